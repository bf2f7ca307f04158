"""What users are told about lost synapses."""

from __future__ import annotations

import numpy as np

from pyNN_brainscales_emu.description.bio_graph import BioGraph
from pyNN_brainscales_emu.errors import CapacityError, warn_of_loss
from pyNN_brainscales_emu.mapping.results import MappingResult


def report_losses(graph: BioGraph, result: MappingResult, on_loss: str) -> None:
    """Raise or warn if synapses are lost, as ``on_loss`` says.

    Raises
    ------
    CapacityError
        With a line for each projection and reason.
    """
    if not result.n_synapses_lost or on_loss == "ignore":
        return
    if on_loss == "raise":
        raise CapacityError(
            f"{result.n_synapses_lost} of {result.n_synapses_asked} synapses cannot be realised:"
            + "".join(_loss_lines(graph, result)),
            value=result.n_synapses_lost,
            limit="no loss, as on_loss='raise' asks",
            remedy="Use larger neurons (neuron_size), spread them over more neuron blocks and "
            "HICANNs, ask for fewer synapses, or use on_loss='warn'.",
        )
    warn_of_loss(_loss_summary(graph, result))


def _loss_lines(graph: BioGraph, result: MappingResult) -> list[str]:
    """Return a line for each projection and reason with losses."""
    return [
        f"\n- {projection.label}: {count} of {projection.size} ({reason.label})"
        for projection, routing in zip(graph.projections, result.projections, strict=True)
        for reason, count in routing.loss_counts().items()
    ]


def _loss_summary(graph: BioGraph, result: MappingResult) -> str:
    lost = [int(np.count_nonzero(routing.reason)) for routing in result.projections]
    asked = [max(projection.size, 1) for projection in graph.projections]
    worst = int(np.argmax(np.divide(lost, asked)))
    reasons = ", ".join(f"{n} by {reason.label}" for reason, n in result.loss_counts().items())
    return (
        f"{result.n_synapses_lost} of {result.n_synapses_asked} synapses cannot be realised "
        f"({reasons}); worst is projection {graph.projections[worst].label} with {lost[worst]} of "
        f"{graph.projections[worst].size}. Larger neurons (neuron_size), or neurons spread over "
        "more neuron blocks and HICANNs, take more synapses."
    )
