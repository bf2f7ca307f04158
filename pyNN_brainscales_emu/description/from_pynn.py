"""The one place that reads PyNN objects: populations, projections, recorders -> `BioGraph`.

Every object keeps its own frozen part of the description until it changes, so describing a
network of which one part changed costs only that part.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.array_pieces import looked_up
from pyNN_brainscales_emu.description.bio_graph import (
    NEURON_TYPES,
    SOURCE_TYPES,
    BioGraph,
    BioPopulation,
    BioProjection,
    CurrentInjection,
    RecordingRequest,
    SpikeTimes,
)
from pyNN_brainscales_emu.errors import ParameterError
from pyNN_brainscales_emu.neuron_models.model import NeuronModel, Series
from pyNN_brainscales_emu.neuron_models.point_neuron import compose
from pyNN_brainscales_emu.neuron_models.registry import model_of

#: State variables of the standard models under the names of the description.
STATE_VARIABLES = {"isyn_exc": "gsyn_exc", "isyn_inh": "gsyn_inh"}


def describe(session: Any) -> BioGraph:
    """Return the description of the network.

    Parameters
    ----------
    session : Session
        Holds the populations, projections, current sources and placement requests.

    Returns
    -------
    BioGraph
        The same object as long as nothing changes.
    """
    if session.graph is None:
        session.graph = BioGraph(
            populations=tuple(p.description() for p in session.populations),
            projections=tuple(p.description() for p in session.projections),
            currents=tuple(
                describe_current(source, *session.current_window)
                for source in session.current_sources
            ),
            placement_requests=tuple(session.placement_requests),
            recording_requests=tuple(
                request for p in session.populations for request in p.recorder.requests()
            ),
        )
    graph: BioGraph = session.graph
    return graph


def describe_population(population: Any) -> BioPopulation:
    """Return the description of one population."""
    if population.trains is not None:
        return BioPopulation(
            label=population.label,
            cell_type="SpikeSourceArray",
            size=population.size,
            first_cell=int(population.first_id),
            parameters={},
            spike_times=population.trains.spike_times(population.columns),
        )
    columns = dict(population.columns)
    trains = columns.pop("spike_times", None)
    model = neuron_model(population.celltype)
    for series in () if model is None else model.series:
        columns |= as_terms(series, columns.pop(series.name))
    return BioPopulation(
        label=population.label,
        cell_type=model_name(population.celltype),
        size=population.size,
        first_cell=int(population.first_id),
        parameters=columns,
        initial_values={
            STATE_VARIABLES.get(name, name): values
            for name, values in population.initial_columns.items()
        },
        spike_times=None if trains is None else join_trains([t.value for t in trains]),
        composition=getattr(population.celltype, "composition", None),
    )


def describe_projection(projection: Any) -> BioProjection:
    """Return the description of one projection."""
    synapses = projection.synapses
    return BioProjection(
        label=projection.label,
        receptor=projection.receptor_type,
        presynaptic=looked_up(cell_indices(projection.pre).astype(np.int32), synapses.pre),
        postsynaptic=looked_up(cell_indices(projection.post).astype(np.int32), synapses.post),
        weight=synapses.values["weight"],
        delay_ms=synapses.values["delay"],
        gmax=projection.gmax,
        digital_weights=projection.asked_digital_weights,
        priority=projection.priority,
        rule=projection.rule,
    )


def describe_current(source: Any, first_step: int, last_step: int) -> CurrentInjection:
    """Return the description of one current source, for the time steps that come next."""
    times, amplitudes = source.profile(first_step, last_step)
    return CurrentInjection(cells=source.cells, times_ms=times, amplitudes_nA=amplitudes)


def describe_recording(recorder: Any, dt: float) -> tuple[RecordingRequest, ...]:
    """Return what one recorder asks for.

    Parameters
    ----------
    recorder : Recorder
    dt : float
        Time step, ms.
    """
    interval = max(1, round(recorder.sampling_interval / dt))
    return tuple(
        RecordingRequest(
            variable=variable.name,
            cells=np.sort(np.fromiter(ids, dtype=np.int64, count=len(ids))),
            interval_steps=1 if variable.name == "spikes" else interval,
        )
        for variable, ids in sorted(recorder.recorded.items())
        if ids
    )


def model_name(celltype: Any) -> str:
    """Return the name of the standard model that a cell type is, or is derived from."""
    names = [cls.__name__ for cls in type(celltype).__mro__]
    known = [name for name in names if name in NEURON_TYPES + SOURCE_TYPES]
    if not known:
        raise ParameterError(
            f"cell type {names[0]}: the engine has no model of it",
            value=names[0],
            limit=", ".join(NEURON_TYPES + SOURCE_TYPES),
            remedy="Add a model of it (docs/developer/neuron_models.md).",
        )
    return known[0]


def neuron_model(celltype: Any) -> NeuronModel | None:
    """Return the model of a cell type; None for spike sources."""
    composition = getattr(celltype, "composition", None)
    if composition is not None:
        return compose(composition)
    name = model_name(celltype)
    return model_of(name) if name in NEURON_TYPES else None


def cell_indices(cells: Any) -> NDArray[np.int64]:
    """Return the cell indices of a population, view or assembly, in its order."""
    return np.asarray(cells.all_cells).astype(np.int64)


def as_terms(series: Series, lists: NDArray[Any]) -> dict[str, NDArray[np.float64]]:
    """Return a parameter that is a list as one column for each term of the model."""
    columns = np.full((series.length, len(lists)), series.filler)
    for cell, values in enumerate(lists):
        columns[: len(values.value), cell] = values.value
    return {p.name: column for p, column in zip(series.parameters, columns, strict=True)}


def join_trains(trains: list[NDArray[np.float64]]) -> SpikeTimes:
    """Return spike trains as one array of times and the offsets of the trains."""
    sizes = np.fromiter((train.size for train in trains), dtype=np.int64, count=len(trains))
    times = np.concatenate(trains) if trains else np.zeros(0)
    return SpikeTimes(
        offsets=np.append(0, np.cumsum(sizes)), times_ms=np.asarray(times, dtype=np.float64)
    )
