"""Many independent presentations of one network at once."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu import simulator
from pyNN_brainscales_emu.assemblies import Assembly
from pyNN_brainscales_emu.description.from_pynn import describe
from pyNN_brainscales_emu.errors import NetworkError, ParameterError, RecordingError
from pyNN_brainscales_emu.front_end_errors import WrongKindError
from pyNN_brainscales_emu.parameter_values import is_finite
from pyNN_brainscales_emu.populations import Population, PopulationView
from pyNN_brainscales_emu.projections import Projection
from pyNN_brainscales_emu.recording import SPIKES
from pyNN_brainscales_emu.standardmodels.electrodes import NoisyCurrentSource
from pyNN_brainscales_emu.trial_data import TrialData, TrialPopulation
from pyNN_brainscales_emu.trial_signals import (
    check_trial_signals,
    trial_signals,
    variable_names,
)
from pyNN_brainscales_emu.trial_stimuli import trial_stimuli

CELLS = (Population, PopulationView, Assembly)

_LAST_PRESENTATION = 2**31


def run_trials(
    duration: float,
    stimuli: Mapping[Any, Any],
    record: Iterable[Any] | Mapping[Any, Any] | None = None,
    weights: Mapping[Any, Any] | None = None,
    annotations: Mapping[str, Any] | None = None,
    first_presentation: int | None = None,
    *,
    sampling_interval: float | None = None,
) -> TrialData:
    """Show the same network many stimuli, each from the reset state.

    The result is that of the loop ``reset(); set stimuli; run(duration)``, trial by trial and
    bit by bit, in a small part of its time. The time and the recordings of `run` stay as they
    are. A wafer's network that has not run yet is placed for the rates that its sources have, not
    for those of the trials.

    Parameters
    ----------
    duration : float
        Duration of each trial, ms.
    stimuli : mapping
        By population of spike sources. SpikeSourcePoisson: an array (n_trials, size) of rates in
        Hz. SpikeSourceArray: a sequence over trials of sequences over cells of spike times in
        ms. Arrays may be those of any library that NumPy can read. Populations not named keep
        their own stimuli in every trial.
    record : Population, iterable of Population, or mapping, optional
        Whose spikes are wanted; they are recorded from now on. Default: the populations that
        record spikes already. A mapping by population names variables, as in
        ``{cells: ['spikes', 'v']}``; signals are sampled in these trials only, and leave what the
        populations record as it is.
    weights : mapping, optional
        By projection: weights, as for `Projection.set`, set before the trials.
    annotations : mapping, optional
        For the Neo data: lists or arrays with one value a trial go to the trial's segment,
        anything else to the block.
    first_presentation : int, optional
        Number of the first trial's presentation, 1 to 2**31; it keys the random numbers of Poisson
        sources and links, so that the same number gives the same trials. Default: the trials
        continue the count of presentations, as the loop would.
    sampling_interval : float, optional
        Of the signals, ms: a multiple of the time step, which is the default.

    Returns
    -------
    TrialData

    Raises
    ------
    ParameterError
        For stimuli of the wrong shape, different numbers of trials, or values that cannot be; for
        such weights or a duration that cannot be. Nothing is changed then.
    NetworkError
        For an object that is no population of spike sources of the present network.
    RecordingError
        If no population records spikes, or a variable cannot be recorded.
    CapacityError
        If the signals do not fit into the memory.
    """
    session = simulator.state.session
    n_steps = _n_steps(duration)
    _check_presentation(first_presentation)
    _check_mapping("annotations", annotations, "by name")
    populations = _recorded_populations(record)
    signals = trial_signals(record, sampling_interval)
    columns = _weight_columns(weights)
    trials = trial_stimuli(describe(session), _by_first_cell(stimuli))
    simulator.state.check_before_run()
    _check_currents(session.current_sources)
    _check_sources(session.populations, stimuli)
    check_trial_signals(signals, n_steps, trials.n_trials, session.options)
    # Everything is checked: only now the network changes.
    for projection, column in columns.items():
        projection.replace_columns({"weight": column})
    for population in populations if record is not None else ():
        if not _wants_spikes(record, population):
            continue
        if len(population.recorder.recorded.get(SPIKES, ())) < population.size:
            population.record("spikes")
    simulator.state.want_currents(0, n_steps)
    graph = describe(session)
    record_sources = any(not p.celltype.injectable for p in populations)
    raw = session.pipeline.run_trials(
        graph,
        session.change,
        n_steps,
        trials,
        record_sources,
        first_presentation,
        signals.recording(graph),
    )
    simulator.state.note_update()
    recorded = tuple(
        TrialPopulation.of(population, signals.of(population)) for population in populations
    )
    return TrialData(raw, recorded, n_steps, session.options.timestep, annotations or {})


def _check_currents(sources: Sequence[Any]) -> None:
    """Refuse noise: all trials would get the same, where single runs get noise of their own."""
    if any(isinstance(source, NoisyCurrentSource) for source in sources):
        raise ParameterError(
            "run_trials(): the network has a NoisyCurrentSource",
            limit="currents that are the same in all trials",
            remedy="Use a loop of reset() and run().",
        )


def _check_sources(populations: Sequence[Any], stimuli: Mapping[Any, Any]) -> None:
    """Refuse sources whose spikes are made presentation by presentation, unless they are given."""
    for population in populations:
        if population.trains is not None and population not in stimuli:
            raise ParameterError(
                f"run_trials(): population {population.label!r}",
                value=type(population.celltype).__name__,
                limit="SpikeSourcePoisson, SpikeSourceArray, or spike times given for the trials",
                remedy="Use a loop of reset() and run(), or give its spike times.",
            )


def _wants_spikes(record: Any, population: Any) -> bool:
    """Whether spikes of a population are asked for."""
    if not isinstance(record, Mapping):
        return True
    return "spikes" in variable_names(record[population])


def _n_steps(duration: Any) -> int:
    what = "run_trials(): duration"
    if not is_finite(duration):
        raise ParameterError(what, value=duration, limit="a finite number of ms")
    n_steps = simulator.state.steps(what, float(duration))
    if n_steps < 1:
        raise ParameterError(what, value=duration, limit=f">= {simulator.state.dt:g} ms")
    return n_steps


def _check_mapping(name: str, value: Any, keys: str) -> None:
    if value is not None and not isinstance(value, Mapping):
        raise WrongKindError(
            f"run_trials(): {name}", value=type(value).__name__, limit=f"a mapping, {keys}"
        )


def _weight_columns(weights: Mapping[Any, Any] | None) -> dict[Any, NDArray[np.float64]]:
    """Return checked weights of all synapses, by projection."""
    _check_mapping("weights", weights, "by projection")
    columns = {}
    for projection, values in (weights or {}).items():
        if not isinstance(projection, Projection):
            raise WrongKindError("run_trials(): weights", value=projection, limit="a Projection")
        simulator.state.require_present(projection.session, projection.owner)
        columns[projection] = projection.checked_columns({"weight": values})["weight"]
    return columns


def _by_first_cell(stimuli: Mapping[Any, Any]) -> dict[int, Any]:
    """Return stimuli by the number of the first cell of their population."""
    if stimuli is None:
        raise WrongKindError("run_trials(): stimuli", value=stimuli, limit="a mapping")
    _check_mapping("stimuli", stimuli, "by population of spike sources")
    return {_source(population): value for population, value in stimuli.items()}


def _check_presentation(number: int | None) -> None:
    if number is None:
        return
    try:
        is_allowed = 1 <= operator.index(number) <= _LAST_PRESENTATION
    except TypeError:  # arrays with more than one element have __index__ as well
        is_allowed = False
    if not is_allowed:
        raise ParameterError(
            "run_trials(): first_presentation",
            value=number,
            limit=f"an integer from 1 to {_LAST_PRESENTATION}",
        )


def _recorded_populations(asked: Any) -> list[Any]:
    """Return the populations whose spikes or signals are wanted."""
    present = simulator.state.session.populations
    if asked is None:
        populations = [p for p in present if p.recorder.recorded.get(SPIKES)]
    elif isinstance(asked, CELLS):
        populations = [asked]
    elif (
        isinstance(asked, Iterable) and getattr(asked, "ndim", 1) > 0 and not isinstance(asked, str)
    ):
        populations = list(asked)
    else:
        raise WrongKindError(
            "run_trials(): record",
            value=asked,
            limit="populations whose spikes are wanted, or variables by population",
        )
    for population in populations:
        _require_present(population)
    if not populations:
        raise RecordingError(
            "run_trials(): no population records spikes",
            remedy="Name populations in record=[...], or call population.record('spikes').",
        )
    return populations


def _source(population: Any) -> int:
    """Return the number of the first cell of a population of spike sources."""
    _require_present(population)
    if population.celltype.injectable:
        raise NetworkError(
            f"run_trials(): {population.label!r} is no population of spike sources",
            value=type(population.celltype).__name__,
            limit="SpikeSourcePoisson, SpikeSourceArray",
        )
    return int(population.first_id)


def _require_present(population: Any) -> None:
    if not any(population is present for present in simulator.state.session.populations):
        name = population.label if isinstance(population, CELLS) else population
        raise NetworkError(
            f"run_trials(): {name!r} is no population of the present network",
            remedy="Views and assemblies cannot be named; name their populations.",
        )
