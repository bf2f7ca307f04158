"""Placement of spike sources: which link brings each source's events onto the wafer.

A source goes to the HICANN nearest to the mean position of its targets that has a free channel
and bandwidth left, after marocco:marocco/placement/ (input placement) and its budget
(marocco:marocco/placement/internal/InputPlacement.h). A source that reaches targets on several
HICANNs enters the wafer once; layer 1 carries it on.

Not modelled: splitting a channel's sources over several lines for want of synapse drivers; several
entry points for one source.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.description.bio_graph import BioGraph
from pyNN_brainscales_emu.errors import CapacityError, warn_of_loss
from pyNN_brainscales_emu.hardware.topology import (
    HICANN_DISTANCE,
    HICANN_X,
    HICANN_Y,
    SPIRAL_ORDER,
    nearest_hicann,
)
from pyNN_brainscales_emu.mapping.link_budget import LinkBudget
from pyNN_brainscales_emu.mapping.neuron_placement import NeuronPlacement
from pyNN_brainscales_emu.mapping.output_channels import output_channels
from pyNN_brainscales_emu.mapping.source_rates import source_rates
from pyNN_brainscales_emu.options import Options


@dataclass(frozen=True, eq=False)
class SourcePlacement:
    """Where the sources' events enter the wafer, by local index.

    Attributes
    ----------
    hicann, channel : (n_sources,) int32
        See `Placement.source_hicann` and `Placement.source_channel`.
    """

    hicann: NDArray[np.int32]
    channel: NDArray[np.int32]


def place_sources(graph: BioGraph, neurons: NeuronPlacement, options: Options) -> SourcePlacement:
    """Place all spike sources of a network.

    First every HICANN takes the sources that belong there, in the order of creation; those left
    over go to the next HICANNs by distance; those that exceed the budget everywhere go to the
    least loaded links, and their events will be late or lost.

    Parameters
    ----------
    graph : BioGraph
    neurons : NeuronPlacement
    options : Options
        ``speedup``, ``on_loss`` and ``effects.off_wafer_pulses`` are used.

    Raises
    ------
    CapacityError
        If there are more sources than addresses on the channels that neurons leave free.

    Warns
    -----
    warn_of_loss
        Once, if the budget is exceeded (not with ``on_loss='ignore'``, nor where links are
        perfect).
    """
    rate = options.speedup * source_rates(graph)
    budget = LinkBudget(output_channels(neurons.hicann, neurons.denmem), rate)
    _check_addresses(len(rate), int(budget.n_free_addresses.sum()))
    home = _homes(graph, neurons)
    left = _place_at_home(budget, home)
    left = _place_nearby(budget, home, rate, left)
    if len(left):
        budget.spread(left, near=int(home[left[0]]))
        if options.effects.off_wafer_pulses and options.on_loss != "ignore":
            _warn(len(left), rate, budget.total_hz, options.speedup)
    return SourcePlacement(budget.hicann, budget.channel)


def _homes(graph: BioGraph, neurons: NeuronPlacement) -> NDArray[np.int32]:
    """Return the HICANN nearest to the mean position of each source's targets.

    Every synapse counts once. A source without targets belongs to the wafer's centre.
    """
    n_sources = len(graph.sources)
    sums = np.zeros((3, n_sources))
    for projection in graph.projections:
        from_source = graph.is_source[projection.presynaptic]
        source = graph.local_index[projection.presynaptic[from_source]]
        target = neurons.hicann[graph.local_index[projection.postsynaptic[from_source]]]
        sums[0] += np.bincount(source, minlength=n_sources)
        sums[1] += np.bincount(source, weights=HICANN_X[target], minlength=n_sources)
        sums[2] += np.bincount(source, weights=HICANN_Y[target], minlength=n_sources)
    count, x, y = sums
    home = np.full(n_sources, SPIRAL_ORDER[0])
    used = count > 0
    home[used] = nearest_hicann(x[used] / count[used], y[used] / count[used])
    return home


def _place_at_home(budget: LinkBudget, home: NDArray[np.int32]) -> NDArray[np.int64]:
    """Give each HICANN the sources that belong there; return those that do not fit."""
    left = [np.zeros(0, dtype=np.int64)]
    for hicann in np.unique(home):
        left.append(budget.take(np.flatnonzero(home == hicann), int(hicann)))
    return np.sort(np.concatenate(left))


def _place_nearby(
    budget: LinkBudget, home: NDArray[np.int32], rate: NDArray[np.float64], left: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Give sources to the HICANNs around their home; return those that fit nowhere."""
    remaining = [left[:0]]
    for hicann in np.unique(home[left]):
        sources = left[home[left] == hicann]
        order = SPIRAL_ORDER[np.argsort(HICANN_DISTANCE[hicann, SPIRAL_ORDER], kind="stable")]
        usable = (budget.n_free_addresses > 0) & (budget.room_hz() >= rate[sources].min())
        for candidate in order[usable[order]]:
            sources = budget.take(sources, int(candidate))
            if not len(sources):
                break
        remaining.append(sources)
    return np.sort(np.concatenate(remaining))


def _check_addresses(n_sources: int, n_addresses: int) -> None:
    if n_sources > n_addresses:
        raise CapacityError(
            "There are more spike sources than addresses on the link channels that the neurons "
            "leave free",
            value=n_sources,
            limit=f"{n_addresses} addresses",
            remedy="Use fewer sources, or leave neuron blocks empty: each occupied one may need "
            "a channel for its own spikes.",
        )


def _warn(n_left: int, rate: NDArray[np.float64], budget_hz: float, speedup: float) -> None:
    warn_of_loss(
        f"{n_left} of {len(rate)} spike sources exceed the bandwidth of the FPGA links: all "
        f"sources together ask for {rate.sum():.3g} events/s of hardware time "
        f"({rate.sum() / speedup:.4g} Hz of biological time), the budget of the links is "
        f"{budget_hz:.3g} events/s ({budget_hz / speedup:.4g} Hz); events will be late or lost. "
        "Use lower rates or a smaller speedup."
    )
