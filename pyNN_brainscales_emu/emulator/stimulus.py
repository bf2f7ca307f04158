"""What the spike sources emit: Poisson trains and given times, one presentation or many."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu._kernels import stimuli as kernel
from pyNN_brainscales_emu.errors import ParameterError
from pyNN_brainscales_emu.experiment.compiled import StimulusArrays, TrialStimuli
from pyNN_brainscales_emu.keyed_random import Purpose
from pyNN_brainscales_emu.links.events import TrialEvents


class StimulusGenerator:
    """The events of all spike sources of one presentation, window by window.

    A Poisson train is a renewal process with exponential intervals from the source's start on;
    its random numbers are keyed by (seed, presentation, source, number of the interval), so the
    events do not depend on how the time is cut into windows.

    Parameters
    ----------
    stimuli : StimulusArrays
    seed : int
    presentation : int
        Number of the presentation, from 0; another one has other Poisson trains.
    """

    def __init__(self, stimuli: StimulusArrays, seed: int, presentation: int) -> None:
        _check(stimuli.rate_hz, stimuli.size)
        self._stimuli = stimuli
        self._seed = seed
        self._presentation = presentation
        self._intervals_drawn = np.zeros(stimuli.size, dtype=np.uint32)
        self._next_ms = stimuli.start_ms + self._draw_waits(stimuli.rate_hz)
        self._intervals_drawn[stimuli.rate_hz > 0] = 1

    def events(
        self, t_from_ms: float, t_to_ms: float
    ) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        """Return the events in [t_from_ms, t_to_ms); windows follow each other.

        Returns
        -------
        source : (n,) int32
            Local index of the source.
        time_ms : (n,) float64
            Ordered by (source, time).
        """
        capacity = self._capacity(t_from_ms, t_to_ms)
        while True:
            source = np.empty(capacity, dtype=np.int32)
            time_ms = np.empty(capacity)
            next_ms = self._next_ms.copy()
            intervals_drawn = self._intervals_drawn.copy()
            n_events = kernel.presentation_events(
                seed=self._seed,
                purpose=Purpose.POISSON,
                presentation=self._presentation,
                rate_hz=_column(self._stimuli.rate_hz),
                stop_ms=_stop_ms(self._stimuli),
                offsets=np.ascontiguousarray(self._stimuli.offsets, dtype=np.int64),
                times_ms=_column(self._stimuli.times_ms),
                t_from=t_from_ms,
                t_to=t_to_ms,
                next_ms=next_ms,
                number=intervals_drawn,
                source_out=source,
                time_out=time_ms,
            )
            if n_events <= capacity:
                break
            capacity = n_events
        self._next_ms, self._intervals_drawn = next_ms, intervals_drawn
        return source[:n_events].copy(), time_ms[:n_events].copy()

    def change(self, stimuli: StimulusArrays, now_ms: float) -> None:
        """Take new rates, starts, durations and given times, which hold from `now_ms` on.

        The wait of a Poisson source for its next event shrinks or grows as the old rate to the
        new: the process has no memory, so what remains of an interval is an interval. A source
        that was silent draws a new interval. Sources with unchanged rate and start are untouched.

        Raises
        ------
        ParameterError
            If the number of sources differs or a rate is negative or not finite.
        """
        _check(stimuli.rate_hz, self._stimuli.size)
        old = self._stimuli
        changed = (old.rate_hz != stimuli.rate_hz) | (old.start_ms != stimuli.start_ms)
        remaining_ms = self._next_ms - np.maximum(now_ms, old.start_ms)
        sounding = changed & (stimuli.rate_hz > 0)
        waiting = np.isfinite(remaining_ms) & (remaining_ms >= 0)
        scaled, drawn = sounding & waiting, sounding & ~waiting
        wait_ms = np.full(stimuli.size, np.inf)
        wait_ms[scaled] = (remaining_ms[scaled] * old.rate_hz[scaled]) / stimuli.rate_hz[scaled]
        wait_ms[drawn] = self._draw_waits(stimuli.rate_hz)[drawn]
        begin_ms = np.maximum(now_ms, stimuli.start_ms)
        self._next_ms = np.where(changed, begin_ms + wait_ms, self._next_ms)
        self._intervals_drawn[drawn] += 1
        self._stimuli = stimuli

    def _draw_waits(self, rate_hz: NDArray[np.float64]) -> NDArray[np.float64]:
        out = np.empty(len(rate_hz))
        kernel.draw_waits(
            seed=self._seed,
            purpose=Purpose.POISSON,
            presentation=self._presentation,
            rate_hz=_column(rate_hz),
            number=self._intervals_drawn,
            out=out,
        )
        return out

    def _capacity(self, t_from_ms: float, t_to_ms: float) -> int:
        stimuli = self._stimuli
        begin, end = np.maximum(stimuli.start_ms, t_from_ms), np.minimum(_stop_ms(stimuli), t_to_ms)
        expected = stimuli.rate_hz @ np.maximum(end - begin, 0.0) * 1e-3
        return int(_room(expected)) + len(stimuli.times_ms)


def trial_events(
    stimuli: StimulusArrays,
    trials: TrialStimuli,
    seed: int,
    first_presentation: int,
    duration_ms: float,
    n_threads: int = 1,
) -> TrialEvents:
    """Return the events in [0, duration_ms) of many presentations.

    Equal to the bit to one `StimulusGenerator` for each; trial k is presentation
    ``first_presentation + k``.

    Parameters
    ----------
    stimuli : StimulusArrays
        Its starts and durations hold in every trial; its rates and times do not.
    trials : TrialStimuli
        Rates and given times.
    seed, first_presentation : int
    duration_ms : float
    n_threads : int

    Raises
    ------
    ParameterError
        If the number of sources differs or a rate is negative or not finite.
    """
    _check(trials.rate_hz, stimuli.size)
    rate_hz = np.ascontiguousarray(trials.rate_hz, dtype=np.float64)
    start_ms, stop_ms = _column(stimuli.start_ms), _column(_stop_ms(stimuli))
    active_ms = np.maximum(np.minimum(stop_ms, duration_ms) - np.maximum(start_ms, 0.0), 0.0)
    n_given = np.diff(trials.offsets[:: stimuli.size]) if stimuli.size else 0
    room = _room(rate_hz @ active_ms * 1e-3) + n_given
    counts = np.empty(trials.n_trials, dtype=np.int64)
    while True:
        slot_offsets = _offsets(room)
        source = np.empty(slot_offsets[-1], dtype=np.int32)
        time_ms = np.empty(slot_offsets[-1])
        kernel.trial_events(
            seed=seed,
            purpose=Purpose.POISSON,
            first_presentation=first_presentation,
            rate_hz=rate_hz,
            start_ms=start_ms,
            stop_ms=stop_ms,
            offsets=np.ascontiguousarray(trials.offsets, dtype=np.int64),
            times_ms=_column(trials.times_ms),
            t_to=duration_ms,
            slot_offsets=slot_offsets,
            source_slots=source,
            time_slots=time_ms,
            counts=counts,
            num_threads=n_threads,
        )
        if np.all(counts <= room):
            return _close_gaps(slot_offsets, _offsets(counts), source, time_ms, n_threads)
        room = np.maximum(room, counts)


def _check(rate_hz: NDArray[np.float64], n_sources: int) -> None:
    if rate_hz.shape[-1] != n_sources:
        raise ParameterError(
            "spike sources: number of rates", value=rate_hz.shape[-1], limit=f"{n_sources}"
        )
    bad = ~(np.isfinite(rate_hz) & (rate_hz >= 0))
    if bad.any():
        place = tuple(int(axis[0]) for axis in np.nonzero(bad))
        raise ParameterError(
            f"spike source {place[-1]}: rate",
            value=float(rate_hz[place]),
            limit="finite, from 0 Hz on",
        )


def _close_gaps(
    slot_offsets: NDArray[np.int64],
    offsets: NDArray[np.int64],
    source_slots: NDArray[np.int32],
    time_slots: NDArray[np.float64],
    n_threads: int,
) -> TrialEvents:
    events = TrialEvents(offsets, np.empty(offsets[-1], dtype=np.int32), np.empty(offsets[-1]))
    kernel.close_gaps(
        slot_offsets, offsets, source_slots, time_slots, events.source, events.time_ms, n_threads
    )
    return events


def _stop_ms(stimuli: StimulusArrays) -> NDArray[np.float64]:
    return stimuli.start_ms + stimuli.duration_ms


def _room(expected: NDArray[np.float64] | np.float64) -> NDArray[np.int64]:
    """Return room for a Poisson number of events; more than that is rarer than 1e-14."""
    return np.asarray(np.ceil(expected + 8.0 * np.sqrt(expected) + 24.0), dtype=np.int64)


def _offsets(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(counts)])


def _column(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.ascontiguousarray(values, dtype=np.float64)
