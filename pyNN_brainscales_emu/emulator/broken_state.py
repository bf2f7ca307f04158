"""The end of a run in which a neuron's state is no finite number any more."""

from __future__ import annotations

from pyNN_brainscales_emu.errors import RunError

_REMEDY = (
    "Look for weights, currents or parameters beyond what single precision holds "
    "(setup(precision='double') holds more), then call reset()."
)


class BrokenStateError(RunError):
    """A state is no finite number.

    Attributes
    ----------
    neuron : int
        Local index of the first such neuron.
    time_ms : float
        Start of the block of steps after which it was found.
    values : dict of str to float
        The neuron's recordable states; empty where they are not known.
    trial : int or None
    """

    def __init__(
        self,
        neuron: int,
        time_ms: float,
        values: dict[str, float],
        trial: int | None = None,
        name: str | None = None,
    ) -> None:
        self.neuron, self.time_ms, self.values, self.trial = neuron, time_ms, values, trial
        what = name or f"neuron {neuron}"
        when = f"{time_ms:g} ms" + ("" if trial is None else f" of trial {trial}")
        super().__init__(
            f"{what} at {when}: its state is no finite number",
            value=", ".join(f"{key} = {value:g}" for key, value in values.items()) or "not finite",
            limit="finite numbers",
            remedy=_REMEDY,
        )

    def named(self, name: str) -> BrokenStateError:
        """Return the same error with the neuron's name."""
        return BrokenStateError(self.neuron, self.time_ms, self.values, self.trial, name)
