"""What all current sources have in common: cells, parameters, and a past that stays as it was.

Convention (PyNN's): at the source the current starts at `start`; a cell's membrane answers one
time step later. All times are put on the grid of time steps.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pyNN.parameters import ParameterSpace, Sequence

from pyNN_brainscales_emu.description.bio_graph import Change
from pyNN_brainscales_emu.errors import ParameterError
from pyNN_brainscales_emu.front_end_errors import InvalidParameterError, WrongKindError
from pyNN_brainscales_emu.parameter_checks import check_numbers
from pyNN_brainscales_emu.parameter_values import (
    NamedParameters,
    check_length,
    evaluate,
    plain_values,
)
from pyNN_brainscales_emu.simulator import ID, state

#: Steps at which the current changes, and the current from each of them on in nA.
Changes = tuple[NDArray[np.int64], NDArray[np.float64]]

_LAST_STEP = 2**62  # stands for all later ones
_NOTHING: Changes = (np.zeros(0, np.int64), np.zeros(0))


class CurrentSource(NamedParameters):
    """Base class of the current sources.

    Raises
    ------
    InvalidParameterError
        For parameters that do not go together, or something that is no number.
    """

    #: Whether the current changes all the time, so that it is worked out run by run.
    changes_always: ClassVar[bool] = False

    def __init__(self, *unnamed: Any, **parameters: Any) -> None:
        super().__init__(*unnamed, **parameters)
        self._cells: list[NDArray[np.int64]] = []
        self._values: dict[str, NDArray[np.float64]] = {}
        self._number = 0
        self._past: Changes = _NOTHING
        self._since = 0
        space = self.native_parameters  # type: ignore[attr-defined]
        for name, value in space.items():
            check_length(type(self).__name__, f"parameter {name}", value, 1)
        space.shape = (1,)
        self.set_native_parameters(space)
        self.check_before_run()

    def inject_into(self, cells: Any, location: str | None = None) -> None:
        """Inject the current into cells, from now on.

        Parameters
        ----------
        cells : Population, PopulationView, Assembly or iterable of ID
        location : str, optional
            For neurons with several compartments, which this back end does not have.

        Raises
        ------
        WrongKindError
            If one of the cells is a spike source, or no cell at all.
        ParameterError
            On a wafer, which has no such current.
        NotImplementedError
            If a location is given.
        """
        model = type(self).__name__
        if location is not None:
            raise NotImplementedError(f"{model}: neurons have one compartment only")
        if not state.options.is_ideal:
            raise ParameterError(
                f"{model}: a wafer has no such current source for single neurons",
                value=state.options.substrate,
                limit="substrate='ideal'",
                remedy="Use setup(substrate='ideal'), or spike sources instead of the current.",
            )
        ids = _neurons(model, cells)
        if self not in state.session.current_sources:
            self._number = len(state.session.current_sources)
            self._cells = []
            state.session.current_sources.append(self)
            self.forget_past()
            self._since = state.step_count
        self._cells.append(np.fromiter(ids, dtype=np.int64, count=len(ids)))
        state.mark(Change.CURRENTS)

    @property
    def cells(self) -> NDArray[np.int64]:
        """Cell indices of the cells that get the current."""
        return np.concatenate(self._cells) if self._cells else np.zeros(0, dtype=np.int64)

    # --- parameters ----------------------------------------------------------------------------

    def set_native_parameters(self, parameters: Any) -> None:
        """Set parameters; what has flowed until now stays as it was."""
        model = type(self).__name__
        evaluate(model, parameters, simplify=True)
        values = {name: _numbers(value) for name, value in parameters.items()}
        for name, value in values.items():
            check_numbers(model, name, value)
        now = state.step_count
        past = self._changes(0, now) if self._values and now else _NOTHING
        is_past = past[0] < now
        self._past = past[0][is_past], past[1][is_past]
        self._since = now
        self._values = {**self._values, **values}
        state.mark(Change.CURRENTS)

    def set_parameters(self, copy: bool = True, **parameters: Any) -> None:
        """Set some of the parameters.

        Raises
        ------
        InvalidParameterError
            For something that is no number. That parameters do not go together is told at the
            next run, so that one may be set after the other.
        """
        model = type(self).__name__
        plain = plain_values(model, self.default_parameters, parameters, 1)
        super().set_parameters(copy, **plain)  # type: ignore[misc]

    def check_before_run(self) -> None:
        """Raise if the parameters do not go together.

        Raises
        ------
        InvalidParameterError
        """
        start, stop = self._number_of("start"), self._number_of("stop")
        if stop < start:
            raise InvalidParameterError(
                f"{type(self).__name__}: stop",
                value=stop,
                limit=f">= start, which is {start:g} ms",
                remedy="Use set_parameters(start=..., stop=...).",
            )

    def get_native_parameters(self) -> Any:
        """Return the parameters as a PyNN `ParameterSpace`."""
        values = {
            name: Sequence(value) if np.ndim(value) else value
            for name, value in self.get_parameters().items()
        }
        return ParameterSpace(values, self.get_schema(), shape=(1,))  # type: ignore[attr-defined]

    def get_parameters(self) -> dict[str, Any]:
        """Return a dict of the parameters: numbers, and arrays of numbers."""
        return {name: float(value[0]) for name, value in self._values.items()}

    def _number_of(self, name: str) -> float:
        return float(self._values[name][0])

    # --- the current ---------------------------------------------------------------------------

    def profile(
        self, first: int = 0, last: int | None = None
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the current as steps, on the grid of time steps.

        Parameters
        ----------
        first, last : int, optional
            Time steps between which a current that `changes_always` is wanted.

        Returns
        -------
        times_ms, amplitudes_nA : (k,) float64
            The amplitude ``i`` flows from time ``i`` on; before the first time nothing flows.
        """
        if not self.changes_always:
            first, last = 0, None
        steps, amplitudes = self._changes(first, _LAST_STEP if last is None else last)
        return steps.astype(np.float64) * state.dt, amplitudes

    def record(self) -> None:
        """Ask for the current to be recorded; it is known at all times, so nothing is needed."""

    def forget_past(self) -> None:
        """Start again at time 0 with the present parameters."""
        self._past = _NOTHING
        self._since = 0

    def _changes(self, first: int, last: int) -> Changes:
        """Return what flows in the steps first to last - 1: as it was, then as it is planned."""
        steps, amplitudes = self._past
        begin = max(0, np.searchsorted(steps, first, side="right") - 1)
        ahead, planned = self._plan(max(first, self._since), max(last, self._since))
        if len(ahead) and planned[0] == 0 and not len(steps):
            ahead, planned = ahead[1:], planned[1:]  # nothing flows before
        past_steps = np.maximum(steps[begin:], first)
        return np.append(past_steps, ahead), np.append(amplitudes[begin:], planned)

    def _plan(self, first: int, last: int) -> Changes:
        """Return what the present parameters ask for in the steps first to last - 1.

        The first change lies at `first`, and is 0 nA if nothing flows then.
        """
        raise NotImplementedError

    def _get_data(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return times (ms) and current (nA) at every time step until now."""
        sample_steps = np.arange(state.step_count + 1)
        steps, amplitudes = self._changes(0, state.step_count + 1)
        place = np.searchsorted(steps, sample_steps, side="right")
        return sample_steps.astype(np.float64) * state.dt, np.append(np.zeros(1), amplitudes)[place]


def time_steps(times_ms: Any) -> NDArray[np.int64]:
    """Return the nearest time steps of some times, from 0 on."""
    steps = np.rint(np.asarray(times_ms, dtype=np.float64) / state.dt)
    return np.clip(steps, 0, _LAST_STEP).astype(np.int64)


def held(steps: NDArray[np.int64], amplitudes: NDArray[np.float64], first: int) -> Changes:
    """Return changes in ascending order from a first step on, with what holds at it."""
    n_before = int(np.searchsorted(steps, first, side="right"))
    holding = amplitudes[n_before - 1] if n_before else 0.0
    return np.append(first, steps[n_before:]), np.append(holding, amplitudes[n_before:])


def _numbers(value: Any) -> NDArray[np.float64]:
    return np.array(getattr(value, "value", value), dtype=np.float64).reshape(-1)


def _neurons(model: str, cells: Any) -> list[ID]:
    """Return neurons as a list of their ids; raise for anything else."""
    ids = list(cells) if isinstance(cells, Iterable) and getattr(cells, "ndim", 1) > 0 else [cells]
    for cell in ids:
        if not isinstance(cell, ID):
            raise WrongKindError(
                f"{model}: cells", value=cell, limit="a Population, PopulationView, Assembly or IDs"
            )
    for population in {id(cell.parent): cell.parent for cell in ids}.values():
        state.require_present(population.session, f"Population {population.label!r}")
        if not population.celltype.injectable:
            raise WrongKindError(
                f"{model}: population {population.label!r} is a spike source", limit="neurons"
            )
    return ids
