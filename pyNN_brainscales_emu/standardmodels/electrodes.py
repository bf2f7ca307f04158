"""Current sources: a constant current between two times, on the ideal substrate.

Convention (PyNN's): at the source the current starts at `start`; a cell's membrane answers one
time step later. All times are put on the grid of time steps.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyNN.parameters import ParameterSpace
from pyNN.standardmodels import build_translations, electrodes

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
from pyNN_brainscales_emu.standardmodels.availability import unavailable


class DCSource(NamedParameters, electrodes.DCSource):  # type: ignore[misc]
    """Constant current: ``amplitude`` in nA from ``start`` to ``stop`` in ms.

    Raises
    ------
    InvalidParameterError
        If it would stop before it starts, or for something that is no number.
    """

    translations = build_translations(
        ("amplitude", "amplitude"), ("start", "start"), ("stop", "stop")
    )

    def __init__(self, *unnamed: Any, **parameters: Any) -> None:
        super().__init__(*unnamed, **parameters)
        self._cells: list[NDArray[np.int64]] = []
        self._values: dict[str, float] = {}
        self._steps: list[tuple[float, float]] = []
        space = self.native_parameters
        for name, value in space.items():
            check_length(type(self).__name__, f"parameter {name}", value, 1)
        space.shape = (1,)
        self.set_native_parameters(space)
        self.check_before_run()

    def inject_into(self, cells: Any, location: str | None = None) -> None:
        """Inject the current into cells.

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
        if location is not None:
            raise NotImplementedError("DCSource: neurons have one compartment only")
        if not state.options.is_ideal:
            raise ParameterError(
                "DCSource: a wafer has no constant current source for single neurons",
                value=state.options.substrate,
                limit="substrate='ideal'",
                remedy="Use setup(substrate='ideal'), or spike sources instead of the current.",
            )
        ids = _neurons(cells)
        self._cells.append(np.fromiter(ids, dtype=np.int64, count=len(ids)))
        if self not in state.session.current_sources:
            state.session.current_sources.append(self)
            self.forget_past()
        state.mark(Change.CURRENTS)

    @property
    def cells(self) -> NDArray[np.int64]:
        """Cell indices of the cells that get the current."""
        return np.concatenate(self._cells) if self._cells else np.zeros(0, dtype=np.int64)

    def set_native_parameters(self, parameters: Any) -> None:
        """Set parameters; what has flowed until now stays as it was."""
        evaluate(type(self).__name__, parameters, simplify=True)
        values = {name: float(np.ravel(value)[0]) for name, value in parameters.items()}
        for name, value in values.items():
            check_numbers(type(self).__name__, name, np.array([value]))
        self._values = {**self._values, **values}
        self._steps = self._continue_from(state.t)
        state.mark(Change.CURRENTS)

    def set_parameters(self, copy: bool = True, **parameters: Any) -> None:
        """Set some of ``amplitude``, ``start`` and ``stop``.

        Raises
        ------
        InvalidParameterError
            For something that is no number. That `stop` lies before `start` is told at the next
            run, so that one may be set after the other.
        """
        model = type(self).__name__
        super().set_parameters(copy, **plain_values(model, self.default_parameters, parameters, 1))

    def check_before_run(self) -> None:
        """Raise if the current would stop before it starts.

        Raises
        ------
        InvalidParameterError
        """
        start, stop = self._values["start"], self._values["stop"]
        if stop < start:
            raise InvalidParameterError(
                f"{type(self).__name__}: stop",
                value=stop,
                limit=f">= start, which is {start:g} ms",
                remedy="Use set_parameters(start=..., stop=...).",
            )

    def get_native_parameters(self) -> Any:
        """Return the parameters as a PyNN `ParameterSpace`."""
        return ParameterSpace(self._values, self.get_schema(), shape=(1,))

    def get_parameters(self) -> dict[str, float]:
        """Return a dict of the parameters, as numbers."""
        return dict(self._values)

    def profile(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the current as steps, on the grid of time steps.

        Returns
        -------
        times_ms, amplitudes_nA : (k,) float64
            The amplitude ``i`` flows from time ``i`` on; before the first time nothing flows.
        """
        steps = np.array(self._steps).reshape(-1, 2)
        return np.rint(steps[:, 0] / state.dt) * state.dt, steps[:, 1].copy()

    def record(self) -> None:
        """Ask for the current to be recorded; it is known at all times, so nothing is needed."""

    def forget_past(self) -> None:
        """Start again at time 0 with the present parameters."""
        self._steps = self._plan()

    def _plan(self) -> list[tuple[float, float]]:
        """Return the steps that the present parameters ask for, from time 0 on."""
        start, stop = (max(0.0, self._values[name]) for name in ("start", "stop"))
        return [(start, self._values["amplitude"]), (stop, 0.0)] if stop > start else []

    def _continue_from(self, now: float) -> list[tuple[float, float]]:
        """Return what has flowed before `now`, followed by the present plan."""
        plan = self._plan()
        if now == 0:
            return plan
        half_step = 0.5 * state.dt
        past = [step for step in self._steps if step[0] < now - half_step]
        due = [amplitude for time, amplitude in plan if time < now + half_step]
        ahead = [step for step in plan if step[0] >= now + half_step]
        return [*past, (now, due[-1] if due else 0.0), *ahead]

    def _get_data(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return times (ms) and current (nA) at every time step until now."""
        sample_times = np.arange(state.step_count + 1, dtype=np.float64) * state.dt
        times, amplitudes = self.profile()
        step = np.searchsorted(times - 0.5 * state.dt, sample_times, side="right")
        return sample_times, np.append(np.zeros(1), amplitudes)[step]


def _neurons(cells: Any) -> list[ID]:
    """Return neurons as a list of their ids; raise for anything else."""
    ids = list(cells) if isinstance(cells, Iterable) and getattr(cells, "ndim", 1) > 0 else [cells]
    for cell in ids:
        if not isinstance(cell, ID):
            raise WrongKindError(
                "DCSource: cells", value=cell, limit="a Population, PopulationView, Assembly or IDs"
            )
    for population in {id(cell.parent): cell.parent for cell in ids}.values():
        state.require_present(population.session, f"Population {population.label!r}")
        if not population.celltype.injectable:
            raise WrongKindError(
                f"DCSource: population {population.label!r} is a spike source", limit="neurons"
            )
    return ids


StepCurrentSource = unavailable(electrodes.StepCurrentSource)
ACSource = unavailable(electrodes.ACSource)
NoisyCurrentSource = unavailable(electrodes.NoisyCurrentSource)
