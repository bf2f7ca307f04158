"""Weights: from asked values to digital weights and gmax to what the synapses make of them.

asked (uS) -> scaled (S of hardware) -> gmax of the row -> one of 16 levels (`store_synapses`)
-> deviation of row and synapse -> realised (uS) (`realise_synapses`). Rounding is to the nearest
level, so that equal weights stay equal, or by chance as in the original tool (see
`weight_rounding`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.calibration.deviations import row_deviations, synapse_deviations
from pyNN_brainscales_emu.calibration.variation import PROFILES
from pyNN_brainscales_emu.description.bio_graph import BioGraph, BioProjection
from pyNN_brainscales_emu.hardware.constants import (
    CAPACITANCE_BIG_F,
)
from pyNN_brainscales_emu.hardware.scaling import Scaling, neuron_capacitance
from pyNN_brainscales_emu.mapping.results import MappingResult, ProjectionRouting
from pyNN_brainscales_emu.options import Options
from pyNN_brainscales_emu.translation.floating_gates import capacitances
from pyNN_brainscales_emu.translation.full_scale import clipped_full_scale
from pyNN_brainscales_emu.translation.gmax import LEVELS_S, choose_rows
from pyNN_brainscales_emu.translation.realised import RealisedSynapses
from pyNN_brainscales_emu.translation.rows import realised_rows, row_table
from pyNN_brainscales_emu.translation.stored import (
    SharedCells,
    StoredSynapses,
)
from pyNN_brainscales_emu.translation.synapse_identities import (
    row_identities,
    synapse_identities,
)
from pyNN_brainscales_emu.translation.weight_rounding import (
    drawn_level,
    nearest_level,
    rounding_draws,
)

Array = NDArray[np.float64]

OFF = -1

#: Above this a weight is clipped rather than rounded: half a step above the largest level.
_REACH_S = LEVELS_S[-1] + 0.5 * (LEVELS_S[-1] - LEVELS_S[-2])


@dataclass(frozen=True, eq=False)
class _Variation:
    """Factors of rows and single synapses that belong to the wafer, not to the weights."""

    mapping: MappingResult
    wafer: int
    profile: str
    row: Array
    synapse: tuple[Array, ...]


@dataclass(frozen=True, eq=False)
class _Draws:
    """Numbers that round the weights, projection by projection; they belong to the seed."""

    mapping: MappingResult
    seed: int
    of_synapse: tuple[Array, ...]


@dataclass(frozen=True, eq=False)
class _Stored(StoredSynapses):
    """Stored weights that remember the numbers they were rounded by, for the next ones."""

    draws: _Draws | None = None


@dataclass(frozen=True, eq=False)
class _Realised(RealisedSynapses):
    """Realised weights that remember the variation they have, for the next ones."""

    variation: _Variation | None = None


def store_synapses(
    graph: BioGraph,
    mapping: MappingResult,
    options: Options,
    shared_cells: SharedCells | None = None,
    previous: StoredSynapses | None = None,
) -> StoredSynapses:
    """Return digital weights and row settings for the weights of all projections.

    Parameters
    ----------
    graph : BioGraph
    mapping : MappingResult
    options : Options
        Scaling, ``weight_rounding``, seed and the effect ``weight_quantisation``.
    shared_cells : SharedCells, optional
        Their capacitors; by default the big ones.
    previous : StoredSynapses, optional
        What this function returned last. If it belongs to the same mapping and seed, the numbers
        that round the weights are taken over instead of being drawn again; the result is the same.

    Returns
    -------
    StoredSynapses
        A row's strength follows the present weights of all its synapses at each call, except for
        rows of projections with `gmax`: there the largest `gmax` counts, or the largest weight of
        other projections in the row if that is larger. The four V_gmax are taken to be at their
        defaults. A weight of 0 is off. Digital weights set by hand win over the weights.
        ``clipped`` marks weights further above the row's largest level than rounding explains, or
        below half of its smallest level (a weight of 0 still conducts), where
        ``weight_quantisation`` is on; and all synapses of a projection whose `gmax` is further
        from what a row can have than rounding explains.
    """
    factors = _hardware_factors(graph, mapping, options, shared_cells)
    weights_hw = [
        projection.weight * factor
        for projection, factor in zip(graph.projections, factors, strict=True)
    ]
    largest, full_scale = _demands(graph, mapping, weights_hw, factors)
    rows = choose_rows(largest, full_scale)
    draws = _draws(graph, mapping, options, previous)
    drawn = (None,) * len(graph.projections) if draws is None else draws.of_synapse
    strengths, demands = _with_lost(rows.strength), _with_lost(full_scale)
    digital, clipped, too_far = [], [], []
    for number, projection in enumerate(graph.projections):
        routing = mapping.projections[number]
        relative = weights_hw[number] / strengths[routing.row]
        digital.append(_digital(projection, routing, relative, drawn[number]))
        outside = _is_clipped(projection, routing, relative, options)
        far = None
        if _has_levels(projection, options) and projection.gmax is not None:
            of_row = (demands[routing.row], strengths[routing.row])
            far = clipped_full_scale(projection.gmax, routing, factors[number], *of_row, outside)
        too_far.append(far)
        clipped.append(outside if far is None else outside | far.synapses)
    return _Stored(
        row_table(graph, mapping, rows),
        tuple(digital),
        tuple(clipped),
        (None,) * len(digital),
        rows.strength,
        tuple(too_far),
        draws,
    )


def realise_synapses(
    stored: StoredSynapses,
    graph: BioGraph,
    mapping: MappingResult,
    options: Options,
    shared_cells: SharedCells | None = None,
    previous: RealisedSynapses | None = None,
) -> RealisedSynapses:
    """Return what the synapses make of stored values.

    Parameters
    ----------
    stored : StoredSynapses
    graph : BioGraph
    mapping : MappingResult
    options : Options
        Scaling, wafer, variation and the effects ``weight_quantisation``, ``weight_variation``.
    shared_cells : SharedCells, optional
        Their V_gmax and capacitors; by default the default ones.
    previous : RealisedSynapses, optional
        What this function returned last. If it belongs to the same mapping, wafer and profile,
        the deviations of the synapses are taken over instead of being drawn again; the result is
        the same.
    """
    factors = _hardware_factors(graph, mapping, options, shared_cells)
    rows = realised_rows(stored.rows, shared_cells)
    variation = _variation(graph, mapping, options, previous)
    strengths = _with_lost(rows.strength)
    # Weights that are not rounded follow a row whose strength was changed by hand.
    changes = _with_lost(rows.strength / stored.translated_strength)
    realised = []
    for number, projection in enumerate(graph.projections):
        routing = mapping.projections[number]
        scale = strengths[routing.row] / factors[number]
        weight = _nominal(projection, stored.digital[number], scale, options)
        if weight is None:
            weight = projection.weight * changes[routing.row]
            by_hand = stored.by_hand[number]
            if by_hand is not None:
                weight[by_hand] = _levels_uS(stored.digital[number], scale)[by_hand]
        if variation is not None:
            weight *= variation.row[routing.row]
            weight *= variation.synapse[number]
        weight[~routing.realised] = np.nan
        realised.append(weight)
    return _Realised(
        rows, stored.digital, tuple(realised), stored.clipped, stored.full_scale, variation
    )


def _hardware_factors(
    graph: BioGraph, mapping: MappingResult, options: Options, shared_cells: SharedCells | None
) -> list[Array]:
    """Return for each projection the hardware siemens of 1 uS at each synapse.

    The synapse acts through one denmem on the capacitance of all denmems of the neuron.
    """
    scaling = Scaling(*options.voltage_scaling, options.speedup)
    denmem: Array | float = CAPACITANCE_BIG_F
    if shared_cells is not None:
        denmem = capacitances(shared_cells.mode_of(mapping.placement.neuron_hicann))
    capacitance = neuron_capacitance(mapping.placement.neuron_size, denmem)
    of_neuron = scaling.conductance_to_hw(1.0, graph.neuron_parameter("cm"), capacitance)
    of_cell = np.full(graph.n_cells, np.nan)
    of_cell[graph.neurons] = of_neuron
    return [of_cell[projection.postsynaptic] for projection in graph.projections]


def _demands(
    graph: BioGraph,
    mapping: MappingResult,
    weights_hw: Sequence[Array],
    factors: Sequence[Array],
) -> tuple[Array, Array]:
    """Return each row's largest weight and its full scale (NaN where none is given), in S.

    Rows are shared. Where some of the projections in a row have a full scale, the largest of
    these and of the other projections' weights counts.
    """
    given = np.zeros(mapping.n_rows + 1)  # the last entry collects lost synapses (row -1)
    largest = np.zeros(mapping.n_rows + 1)
    free = np.zeros(mapping.n_rows + 1)
    for number, projection in enumerate(graph.projections):
        row = mapping.projections[number].row
        np.maximum.at(largest, row, weights_hw[number])
        if projection.gmax is None:
            np.maximum.at(free, row, weights_hw[number])
        else:
            np.maximum.at(given, row, projection.gmax * factors[number])
    full_scale = np.where(given > 0, np.maximum(given, free), np.nan)
    return largest[:-1], full_scale[:-1]


def _with_lost(of_row: Array) -> Array:
    """Append an entry of 1, which is what the row number -1 of lost synapses then finds."""
    return np.append(of_row, 1.0)


def _digital(
    projection: BioProjection, routing: ProjectionRouting, relative: Array, draw: Array | None
) -> NDArray[np.int16]:
    """Return the digital weights: the relative weights (S at strength 1) rounded, or given."""
    if projection.digital_weights is not None:
        code = np.array(projection.digital_weights, dtype=np.int16)
    else:
        code = nearest_level(relative) if draw is None else drawn_level(relative, draw)
        code[projection.weight == 0] = OFF
    code[~routing.realised] = OFF
    return code


def _nominal(
    projection: BioProjection, code: NDArray[np.int16], scale: Array, options: Options
) -> Array | None:
    """Return weights in uS without variation, None where they are as asked.

    `scale` is uS a siemens at strength 1.
    """
    if not _has_levels(projection, options):
        return None
    return _levels_uS(code, scale)


def _has_levels(projection: BioProjection, options: Options) -> bool:
    """Return whether the synapses have one of 16 weights, so that the rows' full scale matters."""
    return projection.digital_weights is not None or options.effects.weight_quantisation


def _levels_uS(code: NDArray[np.int16], scale: Array) -> Array:  # noqa: N802  (the unit's name)
    levels = np.append(LEVELS_S, 0.0)  # code -1: off
    return np.asarray(levels[code] * scale)


def _is_clipped(
    projection: BioProjection, routing: ProjectionRouting, relative: Array, options: Options
) -> NDArray[np.bool_]:
    if projection.digital_weights is not None or not options.effects.weight_quantisation:
        return np.zeros(projection.size, dtype=bool)
    too_small = (relative < 0.5 * LEVELS_S[0]) & (projection.weight > 0)
    return np.asarray(((relative > _REACH_S) | too_small) & routing.realised)


def _variation(
    graph: BioGraph,
    mapping: MappingResult,
    options: Options,
    previous: RealisedSynapses | None,
) -> _Variation | None:
    if not options.effects.weight_variation:
        return None
    known = previous.variation if isinstance(previous, _Realised) else None
    if known is not None and known.mapping is mapping:
        if (known.wafer, known.profile) == (options.wafer, options.variation):
            return known
    profile = PROFILES[options.variation]
    identity, sub_identity = synapse_identities(graph, mapping)
    synapse = _factor(synapse_deviations(profile, options.wafer, identity, sub_identity))
    row = row_deviations(profile, options.wafer, row_identities(graph, mapping))
    return _Variation(
        mapping,
        options.wafer,
        options.variation,
        _with_lost(_factor(row)),
        _by_projection(graph, synapse),
    )


def _draws(
    graph: BioGraph,
    mapping: MappingResult,
    options: Options,
    previous: StoredSynapses | None,
) -> _Draws | None:
    if options.weight_rounding != "stochastic":
        return None
    known = previous.draws if isinstance(previous, _Stored) else None
    if known is not None and known.mapping is mapping and known.seed == options.seed:
        return known
    drawn = rounding_draws(options.seed, *synapse_identities(graph, mapping))
    return _Draws(mapping, options.seed, _by_projection(graph, drawn))


def _by_projection(graph: BioGraph, of_synapse: Array) -> tuple[Array, ...]:
    borders = np.cumsum([projection.size for projection in graph.projections])[:-1]
    return tuple(np.split(of_synapse, borders))


def _factor(deviation: Array) -> Array:
    """Return ``1 + deviation``, at least 0: a synapse does not change its sign."""
    return np.maximum(1.0 + deviation, 0.0)
