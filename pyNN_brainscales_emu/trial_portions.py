"""Many trials in portions, between which Python hears Ctrl-C."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial, reduce
from operator import add
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.emulator.kernel_models import LANES
from pyNN_brainscales_emu.emulator.raw import RawTrials
from pyNN_brainscales_emu.emulator.trials import TrialRunner
from pyNN_brainscales_emu.experiment.compiled import CompiledExperiment, TrialStimuli
from pyNN_brainscales_emu.links.counts import LinkCounts, PulseCounts
from pyNN_brainscales_emu.portions import Portions, cautious_step_s, interruptible
from pyNN_brainscales_emu.processors import allowed_threads


def run_in_portions(
    runner: TrialRunner,
    experiment: CompiledExperiment,
    n_steps: int,
    trials: TrialStimuli,
    *,
    first_presentation: int,
    **options: Any,
) -> tuple[RawTrials, PulseCounts, LinkCounts | None]:
    """Run trials; the result is equal to the bit to that of ``runner.run`` for all of them.

    Ctrl-C stops the runner for good.

    Parameters
    ----------
    runner, experiment, n_steps, trials, first_presentation
        As for `TrialRunner.run`.
    **options
        Passed on to it.

    Returns
    -------
    raw : RawTrials
    counts : PulseCounts
    link_counts : LinkCounts or None
        Events of each link; None without links.
    """
    run = partial(_run, runner, experiment, n_steps, **options)
    together = LANES * runner.n_threads
    step_s = cautious_step_s(
        experiment.neurons.size, len(experiment.synapses.target), experiment.dt_ms
    )
    portions = Portions.of_trials(n_steps * step_s * LANES)
    parts, counts, links, first = [], PulseCounts(), [], 0
    for n_groups in portions.timed(max(1, -(-trials.n_trials // together))):
        last = min(first + n_groups * together, trials.n_trials)
        some = some_trials(trials, first, last)
        raw, lost, by_link = interruptible(
            partial(run, some, first_presentation=first_presentation + first), runner.stop
        )
        parts.append(raw)
        counts += lost
        links.append(by_link)
        first = last
    return joined(parts), counts, _sum(links)


def _run(
    runner: TrialRunner, experiment: CompiledExperiment, n_steps: int, *trials: Any, **options: Any
) -> tuple[RawTrials, PulseCounts, LinkCounts | None]:
    """Run a portion; `allowed_threads` holds for the thread of Python that calls the kernel."""
    runner.n_threads = allowed_threads(runner.n_threads)
    raw, counts = runner.run(experiment, n_steps, *trials, **options)
    return raw, counts, runner.link_counts


def some_trials(trials: TrialStimuli, first: int, last: int) -> TrialStimuli:
    """Return the stimuli of the trials from `first` to before `last`."""
    n_sources = trials.rate_hz.shape[1]
    offsets = trials.offsets[first * n_sources : last * n_sources + 1]
    return TrialStimuli(
        trials.rate_hz[first:last],
        offsets - offsets[0],
        trials.times_ms[offsets[0] : offsets[-1]],
    )


def joined(parts: Sequence[RawTrials]) -> RawTrials:
    """Return trials that were run one portion after the other as one."""
    if len(parts) == 1:
        return parts[0]
    first = np.cumsum([0, *(part.n_trials for part in parts)], dtype=np.int32)

    def column(name: str) -> NDArray[Any]:
        return np.concatenate([getattr(part, name) for part in parts])

    def numbers(name: str) -> NDArray[np.int32]:
        return np.concatenate(
            [getattr(part, name) + n for part, n in zip(parts, first, strict=False)]
        )

    return RawTrials(
        n_trials=int(first[-1]),
        trial=numbers("trial"),
        neuron=column("neuron"),
        recorded_time_ms=column("recorded_time_ms"),
        source_trial=numbers("source_trial"),
        source_index=column("source_index"),
        source_time_ms=column("source_time_ms"),
        signals={
            name: np.concatenate([part.signals[name] for part in parts], axis=2)
            for name in parts[0].signals
        },
        interval_steps=parts[0].interval_steps,
    )


def _sum(counts: Sequence[LinkCounts | None]) -> LinkCounts | None:
    known = [count for count in counts if count is not None]
    if not known:
        return None
    return LinkCounts(
        reduce(add, (count.down for count in known)), reduce(add, (count.up for count in known))
    )
