"""The second stage: from the description to the wafer."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.description.bio_graph import BioGraph
from pyNN_brainscales_emu.errors import CapacityError, warn_of_loss
from pyNN_brainscales_emu.mapping.neuron_placement import place_neurons
from pyNN_brainscales_emu.mapping.results import LossReason, MappingResult, Placement
from pyNN_brainscales_emu.mapping.source_placement import place_sources
from pyNN_brainscales_emu.mapping.synapse_capacity import allocate_synapses, check_targets
from pyNN_brainscales_emu.options import Options


def map_network(
    graph: BioGraph, options: Options, blacklisted: NDArray[np.bool_] | None = None
) -> MappingResult:
    """Place a network on the wafer and find out which of its synapses can be realised.

    The result depends on nothing but the arguments. Denmems
    may be blacklisted; otherwise the wafer is taken to be without defects.

    Parameters
    ----------
    graph : BioGraph
    options : Options
        ``neuron_size``, ``speedup``, ``effects`` and ``on_loss`` are used.
    blacklisted : (384, 512) bool, optional
        Denmems that no neuron may use, because they could not be calibrated.

    Raises
    ------
    PlacementError, CapacityError
        If the cells do not fit; see `place_neurons` and `place_sources`.
    CapacityError
        If synapses are lost and ``on_loss`` is ``'raise'``.
    NetworkError
        If a projection has spike sources as targets.

    Warns
    -----
    warn_of_loss
        If synapses are lost and ``on_loss`` is ``'warn'``.
    """
    check_targets(graph)
    neurons = place_neurons(graph, options, blacklisted)
    sources = place_sources(graph, neurons, options)
    placement = Placement(
        neuron_hicann=neurons.hicann,
        neuron_denmem=neurons.denmem,
        neuron_size=neurons.size,
        source_hicann=sources.hicann,
        source_channel=sources.channel,
    )
    projections, n_rows = allocate_synapses(graph, placement, options)
    result = MappingResult(placement, projections, n_rows)
    _report_losses(graph, result, options.on_loss)
    return result


def _report_losses(graph: BioGraph, result: MappingResult, on_loss: str) -> None:
    if not result.n_synapses_lost or on_loss == "ignore":
        return
    if on_loss == "raise":
        raise CapacityError(
            f"{result.n_synapses_lost} of {result.n_synapses_asked} synapses cannot be realised:"
            + "".join(_loss_lines(graph, result)),
            value=result.n_synapses_lost,
            limit="no loss, as on_loss='raise' asks",
            remedy="Use larger neurons (neuron_size), fewer synapses, or on_loss='warn'.",
        )
    warn_of_loss(_loss_summary(graph, result))


def _loss_lines(graph: BioGraph, result: MappingResult) -> list[str]:
    """Return a line for each projection and reason with losses."""
    lines = []
    for projection, routing in zip(graph.projections, result.projections, strict=True):
        counts = np.bincount(routing.reason, minlength=max(LossReason) + 1)
        lines += [
            f"\n- {projection.label}: {counts[reason]} of {projection.size} ({reason.label})"
            for reason in LossReason
            if reason is not LossReason.REALISED and counts[reason]
        ]
    return lines


def _loss_summary(graph: BioGraph, result: MappingResult) -> str:
    lost = [int(np.count_nonzero(routing.reason)) for routing in result.projections]
    asked = [max(projection.size, 1) for projection in graph.projections]
    worst = int(np.argmax(np.divide(lost, asked)))
    reasons = ", ".join(f"{n} by {reason.label}" for reason, n in result.loss_counts().items())
    return (
        f"{result.n_synapses_lost} of {result.n_synapses_asked} synapses cannot be realised "
        f"({reasons}); worst is projection {graph.projections[worst].label} with {lost[worst]} of "
        f"{graph.projections[worst].size}. Larger neurons (neuron_size) take more synapses."
    )
