"""The membrane as the analog read-out sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.hardware.constants import (
    ADC_BITS,
    ADC_FULL_SCALE_V,
    ADC_RATE_HZ,
    READOUT_NOISE_V,
)
from pyNN_brainscales_emu.hardware.scaling import Scaling
from pyNN_brainscales_emu.keyed_random import Purpose, normal

if TYPE_CHECKING:
    from pyNN_brainscales_emu.mapping.analog_outputs import AnalogOutputs

Signal = NDArray[np.floating[Any]]

#: Positions nearer to a time step than this share of it lie on the step: rounding errors.
_ON_THE_STEP = 1e-7
#: So many values are converted at once.
_BLOCK = 16_384


def digitise(v_mV: Signal, scaling: Scaling, bits: int = ADC_BITS) -> Signal:  # noqa: N803
    """Return a membrane trace with the range and the resolution of the converter.

    Parameters
    ----------
    v_mV : array
        Membrane voltage in biological mV.
    scaling : Scaling
    bits : int
        Resolution of the converter.

    Returns
    -------
    array
        The same shape and type, mV. NaN stays NaN.
    """
    volts = _converted(scaling.voltage_to_hw(v_mV), bits)
    return scaling.voltage_to_bio(volts).astype(v_mV.dtype)


def _converted(volts: NDArray[np.float64], bits: int) -> NDArray[np.float64]:
    """Return the voltages that the converter's codes stand for, V."""
    step = ADC_FULL_SCALE_V / (2**bits - 1)
    return np.asarray(np.rint(np.clip(volts, 0.0, ADC_FULL_SCALE_V) / step) * step)


@dataclass(frozen=True)
class SampleClock:
    """The converter's clock in biological time, and how many of its samples are kept.

    Samples are numbered from time 0 on; sample n is taken at ``n * period_ms``.

    Attributes
    ----------
    dt_ms : float
        Time step of the emulation.
    speedup : float
    every : int
        Every so many conversions one is kept.
    """

    dt_ms: float
    speedup: float
    every: int = 1

    @classmethod
    def nearest(cls, interval_ms: float, dt_ms: float, speedup: float) -> SampleClock:
        """Return the clock whose period is nearest to a sampling interval."""
        every = round(interval_ms / cls(dt_ms, speedup).period_ms)
        return cls(dt_ms, speedup, max(1, every))

    @property
    def period_ms(self) -> float:
        """Biological time between two samples."""
        return 1e3 * self.every * self.speedup / ADC_RATE_HZ

    def first(self, start_ms: float) -> int:
        """Return the number of the first sample at or after a time."""
        return int(np.ceil(start_ms / self.period_ms - _ON_THE_STEP))

    def end(self, n_steps: int) -> int:
        """Return the number of the first sample after some time steps."""
        return int(np.floor((n_steps + _ON_THE_STEP) * self.dt_ms / self.period_ms)) + 1

    def step_before(self, sample: int) -> int:
        """Return the last time step that is not after a sample."""
        return int(np.floor(sample * self.period_ms / self.dt_ms + _ON_THE_STEP))

    def sample(self, v: Signal, first: int, first_step: int = 0) -> Signal:
        """Return a signal at the times of the samples, linear between the time steps.

        Parameters
        ----------
        v : (n, n_signals) float array
            From a time step on, at every time step.
        first : int
            Number of the first sample wanted.
        first_step : int
            Of `v`; not after the first sample.

        Returns
        -------
        (n_samples, n_signals) float array
            Until the last time step.
        """
        last = len(v) - 1
        position = np.arange(first, self.end(first_step + last)) * (self.period_ms / self.dt_ms)
        nearest = np.rint(position)
        position = np.where(np.abs(position - nearest) < _ON_THE_STEP, nearest, position)
        step = np.floor(position).astype(np.int64)
        share = (position - step)[:, np.newaxis].astype(v.dtype)
        before = np.minimum(step - first_step, last)
        after = np.minimum(before + 1, last)
        return np.asarray(v[before] + share * (v[after] - v[before]))


@dataclass(frozen=True, eq=False)
class HardwareReadout:
    """The channels of the read-out with the membranes that are on them.

    Attributes
    ----------
    outputs : AnalogOutputs
    shift_V, known_shift_V : (n,) float64
        Offset of the amplifier of the denmem that is put out, and what the calibration takes it
        for: this is subtracted from what the converter finds.
    scaling : Scaling
    seed : int
    bits : int
        Resolution of the converter.
    is_exact : bool
        Samples are taken at their times, but without noise, offsets and conversion.
    unreadable : mapping of str to int
        Signals other than the membrane that were asked for, and of how many cells: the hardware
        has no way out for them.
    """

    outputs: AnalogOutputs
    shift_V: NDArray[np.float64]  # noqa: N815  (the unit's name)
    known_shift_V: NDArray[np.float64]  # noqa: N815
    scaling: Scaling
    seed: int
    bits: int = ADC_BITS
    is_exact: bool = False
    unreadable: Mapping[str, int] | None = None

    def read(
        self,
        v: Signal,
        cells: NDArray[np.int64],
        clock: SampleClock,
        first: int,
        presentation: int,
        first_step: int = 0,
    ) -> Signal:
        """Return what the converter finds, (n_samples, n_cells), mV; NaN of cells not read.

        Parameters
        ----------
        v : (n, n_read) float array
            Membranes, mV, of those cells that are read, at every time step from `first_step` on.
        cells : (n_cells,) int64
            Cell indices, of whatever cells.
        clock : SampleClock
        first : int
            Number of the first sample wanted.
        presentation : int
            Each presentation has noise of its own.
        first_step : int
            Of `v`; not after the first sample.
        """
        place = self.outputs.position(cells)
        is_read = place >= 0
        end = clock.end(first_step + len(v) - 1)
        found = np.full((max(0, end - first), len(cells)), np.nan, dtype=v.dtype)
        sampled = clock.sample(v, first, first_step)
        if not self.is_exact:
            sampled = self._convert_all(sampled, place[is_read], clock, first, presentation)
        found[:, is_read] = sampled
        return found

    def _convert_all(
        self,
        v: Signal,
        place: NDArray[np.intp],
        clock: SampleClock,
        first: int,
        presentation: int,
    ) -> Signal:
        """Convert block by block: the generator's temporaries then stay small."""
        rows = max(1, _BLOCK // max(1, len(place)))
        blocks = [
            self._convert(v[start : start + rows], place, clock, first + start, presentation)
            for start in range(0, len(v), rows)
        ]
        return np.concatenate([v[:0], *blocks])

    def _convert(
        self,
        v: Signal,
        place: NDArray[np.intp],
        clock: SampleClock,
        first: int,
        presentation: int,
    ) -> Signal:
        conversion = (first + np.arange(len(v))) * clock.every
        cell = self.outputs.cell[place].astype(np.uint64)
        noise = normal(
            self.seed,
            Purpose.READOUT,
            np.uint64(presentation) << np.uint64(32) | cell,
            conversion[:, np.newaxis],
        )
        volts = self.scaling.voltage_to_hw(v) + self.shift_V[place] + READOUT_NOISE_V * noise
        known = _converted(volts, self.bits) - self.known_shift_V[place]
        return self.scaling.voltage_to_bio(known).astype(v.dtype)
