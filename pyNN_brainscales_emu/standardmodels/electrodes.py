"""PyNN's current sources, on the ideal substrate."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyNN.standardmodels import build_translations, electrodes

from pyNN_brainscales_emu.front_end_errors import DimensionsError, InvalidParameterError
from pyNN_brainscales_emu.keyed_random import Purpose, normal
from pyNN_brainscales_emu.simulator import state
from pyNN_brainscales_emu.standardmodels.current_source import (
    Changes,
    CurrentSource,
    held,
    time_steps,
)


def _same_names(model: Any) -> Any:
    return build_translations(*((name, name) for name in model.default_parameters))


class DCSource(CurrentSource, electrodes.DCSource):  # type: ignore[misc]
    """Constant current: ``amplitude`` in nA from ``start`` to ``stop`` in ms."""

    translations = _same_names(electrodes.DCSource)

    def _plan(self, first: int, last: int) -> Changes:
        steps = time_steps([self._number_of("start"), self._number_of("stop")])
        return held(steps, np.array([self._number_of("amplitude"), 0.0]), first)


class StepCurrentSource(CurrentSource, electrodes.StepCurrentSource):  # type: ignore[misc]
    """Current that takes ``amplitudes`` (nA) at ``times`` (ms) and keeps the last of them.

    Times are put on the grid of time steps; of several at one step the last one holds. Reading
    the parameters gives what holds.
    """

    translations = _same_names(electrodes.StepCurrentSource)

    def check_before_run(self) -> None:
        """Raise if times and amplitudes do not go together.

        Raises
        ------
        InvalidParameterError
            For times that are negative or not ascending.
        DimensionsError
            If there is not one amplitude for each time.
        """
        times, amplitudes = self._values["times"], self._values["amplitudes"]
        if len(times) != len(amplitudes):
            raise DimensionsError(
                "StepCurrentSource: number of amplitudes",
                value=len(amplitudes),
                limit=f"one for each of {len(times)} times",
                remedy="Use set_parameters(times=..., amplitudes=...).",
            )
        wrong = np.flatnonzero(np.diff(times, prepend=-1e-9) <= 0)
        if len(wrong):
            raise InvalidParameterError(
                f"StepCurrentSource: times[{wrong[0]}]",
                value=float(times[wrong[0]]),
                limit="ascending times >= 0 ms",
            )

    def get_parameters(self) -> dict[str, Any]:
        """Return a dict of the times and amplitudes that hold, as arrays."""
        steps, amplitudes = self._distinct()
        return {"amplitudes": amplitudes, "times": steps * state.dt}

    def _distinct(self) -> Changes:
        n = min(len(values) for values in self._values.values())
        steps = time_steps(self._values["times"][:n])
        lasting = np.diff(steps, append=-1) != 0
        return steps[lasting], self._values["amplitudes"][:n][lasting]

    def _plan(self, first: int, last: int) -> Changes:
        return held(*self._distinct(), first)


class SampledSource(CurrentSource):
    """Base class of sources whose current is worked out at regular steps of a pulse."""

    changes_always = True

    def _plan(self, first: int, last: int) -> Changes:
        start, stop = time_steps([self._number_of("start"), self._number_of("stop")])
        interval = self._interval()
        begin, end = max(first, int(start)), min(last, int(stop))
        if begin >= end:
            return np.array([first]), np.zeros(1)
        samples = np.arange((begin - start) // interval, -((start - end) // interval))
        steps = np.maximum(start + samples * interval, begin)
        amplitudes = self._amplitudes(samples)
        if begin > first:
            steps, amplitudes = np.append(first, steps), np.append(0.0, amplitudes)
        if end < last:
            steps, amplitudes = np.append(steps, end), np.append(amplitudes, 0.0)
        return steps, amplitudes

    def _interval(self) -> int:
        """Return the number of time steps from one sample to the next."""
        return 1

    def _amplitudes(self, samples: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the current in nA by the number of the sample since the start."""
        raise NotImplementedError


class ACSource(SampledSource, electrodes.ACSource):  # type: ignore[misc]
    """Sine of an ``amplitude`` (nA) and ``frequency`` (Hz) around an ``offset`` (nA).

    Flows from ``start`` to ``stop`` (ms). Its ``phase`` (degrees) is the one at the start; during
    a time step the current keeps the value that it has at the step's beginning.
    """

    translations = _same_names(electrodes.ACSource)

    def _amplitudes(self, samples: NDArray[np.int64]) -> NDArray[np.float64]:
        cycles = self._number_of("frequency") * 1e-3 * state.dt * samples
        angle = 2 * np.pi * cycles + np.deg2rad(self._number_of("phase"))
        wave: NDArray[np.float64] = np.sin(angle)
        return self._number_of("offset") + self._number_of("amplitude") * wave


class NoisyCurrentSource(SampledSource, electrodes.NoisyCurrentSource):  # type: ignore[misc]
    """Gaussian noise of a ``mean`` and ``stdev`` (nA) from ``start`` to ``stop`` (ms).

    A new value is drawn every ``dt`` ms (the time step unless it is given), by the seed of
    `setup`, the source and the number of the value: runs of the same script are equal, each
    presentation has noise of its own, and all cells of a source get the same current.
    """

    translations = _same_names(electrodes.NoisyCurrentSource)

    def __init__(self, *unnamed: Any, **parameters: Any) -> None:
        super().__init__(*unnamed, **{"dt": state.dt, **parameters})

    def check_before_run(self) -> None:
        """Raise if the parameters do not go together.

        Raises
        ------
        InvalidParameterError
            If it would stop before it starts, for a negative ``stdev``, or if ``dt`` is no
            multiple of the time step.
        """
        super().check_before_run()
        n_steps = self._number_of("dt") / state.dt
        if n_steps < 0.5 or abs(n_steps - round(n_steps)) > 1e-6 * n_steps:
            raise InvalidParameterError(
                "NoisyCurrentSource: dt",
                value=self._number_of("dt"),
                limit=f"a multiple of the time step, which is {state.dt:g} ms",
            )
        if self._number_of("stdev") < 0:
            raise InvalidParameterError(
                "NoisyCurrentSource: stdev", value=self._number_of("stdev"), limit=">= 0 nA"
            )

    def _interval(self) -> int:
        return max(1, round(self._number_of("dt") / state.dt))

    def _amplitudes(self, samples: NDArray[np.int64]) -> NDArray[np.float64]:
        index = (max(0, state.segment_counter) << 32) + self._number
        noise = normal(state.options.seed, Purpose.CURRENT_NOISE, index, samples)
        return self._number_of("mean") + self._number_of("stdev") * noise
