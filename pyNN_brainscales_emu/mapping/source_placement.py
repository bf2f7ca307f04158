"""Placement of spike sources: which link brings each source's events onto the wafer.

A source goes to the HICANN nearest to the mean position of its targets that has a free channel
and bandwidth left, after marocco:marocco/placement/ (input placement) and its budget
(marocco:marocco/placement/internal/InputPlacement.h). A channel takes no more sources than one
chain of synapse drivers can serve on each target HICANN. A source that reaches targets on several
HICANNs enters the wafer once; layer 1 carries it on.

Not modelled: several entry points for one source.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.description.bio_graph import BioGraph
from pyNN_brainscales_emu.errors import warn_of_loss
from pyNN_brainscales_emu.hardware.topology import (
    HICANN_DISTANCE,
    HICANN_X,
    HICANN_Y,
    SPIRAL_ORDER,
    nearest_hicann,
)
from pyNN_brainscales_emu.mapping.link_budget import LinkBudget
from pyNN_brainscales_emu.mapping.neuron_placement import NeuronPlacement
from pyNN_brainscales_emu.mapping.placement_errors import no_address_by_hand, too_many_sources
from pyNN_brainscales_emu.mapping.placement_requests import of_sources, request_name
from pyNN_brainscales_emu.mapping.source_chains import SourceChains
from pyNN_brainscales_emu.mapping.source_rates import source_rates
from pyNN_brainscales_emu.options import Options

#: No request says where the source goes.
_ANYWHERE = -1


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


def place_sources(
    graph: BioGraph,
    neurons: NeuronPlacement,
    free_channels: NDArray[np.bool_],
    options: Options,
    chains: SourceChains | None = None,
) -> SourcePlacement:
    """Place all spike sources of a network.

    Sources placed by hand come first. Then every HICANN takes the sources that belong there, in the
    order of creation; those left over go to the next HICANNs by distance. What the chains of
    drivers keep out everywhere is
    placed in the same way without regard to them. Sources that exceed the bandwidth everywhere go
    to the least loaded links, and their events will be late or lost.

    Parameters
    ----------
    graph : BioGraph
    neurons : NeuronPlacement
    free_channels : (384, 8) bool
        Channels that neurons leave free, `MergerRouting.input_mergers`.
    options : Options
        ``speedup``, ``links``, ``on_loss``, ``effects.off_wafer_pulses`` and ``mapping_options``
        are used.
    chains : SourceChains, optional
        None: only addresses limit the sources of a channel.

    Raises
    ------
    PlacementError
        If the HICANNs named for sources have no addresses left for them.
    CapacityError
        If there are more sources than addresses on the channels that neurons leave free.

    Warns
    -----
    warn_of_loss
        Once, if the budget is exceeded (not with ``on_loss='ignore'``, nor where links are
        perfect).
    """
    rate = options.speedup * source_rates(graph)
    how = options.mapping_options
    counted = rate if how.consider_firing_rate else np.zeros(len(rate))
    budget = LinkBudget(free_channels, counted, chains, how.bandwidth_utilization, options.links)
    if len(rate) > budget.n_addresses:
        raise too_many_sources(graph, budget.n_addresses, options.defects.any)
    _place_by_hand(graph, budget)
    home = _homes(graph, neurons)
    left = _place(budget, home, counted, np.flatnonzero(budget.hicann < 0))
    if len(left):
        budget.forget_chains()
        left = _place(budget, home, counted, left)
    if len(left):
        budget.spread(left, near=int(home[left[0]]))
        if options.effects.off_wafer_pulses and options.on_loss != "ignore":
            _warn(len(left), rate, budget.total_hz, options.speedup)
    return SourcePlacement(budget.hicann, budget.channel)


def _place_by_hand(graph: BioGraph, budget: LinkBudget) -> None:
    """Place the sources for which `place()` names HICANNs; of several requests the last rules.

    They go where they are wanted even if that exceeds the bandwidth or the chains of drivers.
    """
    wanted = np.full(len(graph.sources), _ANYWHERE)
    for number, request in enumerate(graph.placement_requests):
        if request.hicanns and of_sources(graph, request):
            wanted[graph.local_index[np.asarray(request.cells)]] = number
    for number in np.unique(wanted[wanted != _ANYWHERE]):
        request, sources = graph.placement_requests[number], np.flatnonzero(wanted == number)
        hicanns = np.array(request.hicanns, dtype=np.int64)
        left = sources
        for hicann in hicanns:
            left = budget.take(left, int(hicann))
        left = budget.spread(left, int(hicanns[0]), among=hicanns)
        budget.reopen(hicanns)
        left = budget.spread(left, int(hicanns[0]), among=hicanns)
        if len(left):
            name = request_name(graph, request)
            raise no_address_by_hand(name, len(left), len(sources), len(sources) - len(left))


def _place(
    budget: LinkBudget,
    home: NDArray[np.int32],
    rate: NDArray[np.float64],
    sources: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Place sources at home or nearby; return those that fit nowhere."""
    return _place_nearby(budget, home, rate, _place_at_home(budget, home, sources))


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


def _place_at_home(
    budget: LinkBudget, home: NDArray[np.int32], sources: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Give each HICANN the sources that belong there; return those that do not fit."""
    left = [sources[:0]]
    for hicann in np.unique(home[sources]):
        left.append(budget.take(sources[home[sources] == hicann], int(hicann)))
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


def _warn(n_left: int, rate: NDArray[np.float64], budget_hz: float, speedup: float) -> None:
    warn_of_loss(
        f"{n_left} of {len(rate)} spike sources exceed the bandwidth of the FPGA links: all "
        f"sources together ask for {rate.sum():.3g} events/s of hardware time "
        f"({rate.sum() / speedup:.4g} Hz of biological time), the budget of the links is "
        f"{budget_hz:.3g} events/s ({budget_hz / speedup:.4g} Hz); events will be late or lost. "
        "Use lower rates or a smaller speedup."
    )
