"""The second stage: from the description to the wafer.

The order of the steps is that of the original tool: neurons, merger trees, spike sources, lines
and addresses, routes over layer 1, synapse drivers, rows, synapses.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.description.bio_graph import BioGraph
from pyNN_brainscales_emu.mapping.driver_requirement import (
    route_table,
    wanted_routes,
)
from pyNN_brainscales_emu.mapping.layer1_results import Layer1Routing, LineTable
from pyNN_brainscales_emu.mapping.layer1_routing import Layer1Settings, route_layer1
from pyNN_brainscales_emu.mapping.line_addresses import (
    AddressOrder,
    assign_lines,
    neurons_per_block,
)
from pyNN_brainscales_emu.mapping.line_priorities import line_priorities, tell_unknown_labels
from pyNN_brainscales_emu.mapping.losses import report_losses
from pyNN_brainscales_emu.mapping.mapped_network import network_of
from pyNN_brainscales_emu.mapping.merger_limit import DriverChainLimit
from pyNN_brainscales_emu.mapping.merger_routing import (
    MergerRouting,
    MergerStrategy,
    route_mergers,
)
from pyNN_brainscales_emu.mapping.neuron_columns import NeuronColumns, neuron_columns
from pyNN_brainscales_emu.mapping.neuron_losses import synapses_by_neuron
from pyNN_brainscales_emu.mapping.neuron_placement import NeuronPlacement, place_neurons
from pyNN_brainscales_emu.mapping.origin import MappingOrigin
from pyNN_brainscales_emu.mapping.projection_routing import projection_routings, without_losses
from pyNN_brainscales_emu.mapping.results import MappingResult, Placement
from pyNN_brainscales_emu.mapping.source_chains import SourceChains
from pyNN_brainscales_emu.mapping.source_placement import place_sources
from pyNN_brainscales_emu.mapping.synapse_capacity import check_targets, name_fan_in_losses
from pyNN_brainscales_emu.mapping.synapse_rows import row_settings
from pyNN_brainscales_emu.mapping.synapse_sites import synapse_sites
from pyNN_brainscales_emu.mapping.synapse_table import SynapseTable, synapses_by_target
from pyNN_brainscales_emu.mapping.usable_components import (
    ALL_USABLE,
    UsableComponents,
    usable_components,
)
from pyNN_brainscales_emu.mapping.wide_defects import with_consequences
from pyNN_brainscales_emu.mapping_options import MappingOptions
from pyNN_brainscales_emu.options import Options

#: What takes time, in this order.
STEPS: Final = (
    "synapses by target",
    "neuron placement",
    "merger routing",
    "source placement",
    "layer-1 routing",
    "synapse sites",
    "losses",
)
_NO_CELLS = np.zeros(0, dtype=np.int32)


def map_network(
    graph: BioGraph,
    options: Options,
    blacklisted: NDArray[np.bool_] | None = None,
    progress: Callable[[str], None] | None = None,
) -> MappingResult:
    """Place a network on the wafer, route it, and find out which synapses can be realised.

    The result depends on nothing but the arguments.

    Parameters
    ----------
    graph : BioGraph
    options : Options
        ``neuron_size``, ``mapping_options``, ``defects``, ``speedup``, ``effects`` and
        ``on_loss`` are used.
    blacklisted : (384, 512) bool, optional
        Denmems that no neuron may use, because they could not be calibrated: they count as
        defect.
    progress : callable, optional
        Called with the name of each of `STEPS` when it is done.

    Raises
    ------
    PlacementError, CapacityError
        If the cells do not fit; see `place_neurons` and `place_sources`.
    CapacityError
        If synapses are lost and ``on_loss`` is ``'raise'``.
    NetworkError
        If a projection has spike sources as targets.
    OptionError
        If priorities are of no projection and ``on_loss`` is ``'raise'``.

    Warns
    -----
    warn_of_loss
        If synapses are lost, or priorities are of no projection, and ``on_loss`` is ``'warn'``.
    """
    check_targets(graph)
    tell_unknown_labels(graph, options.mapping_options, options.on_loss)
    watch = _StopWatch(progress)
    defects = with_consequences(options.defects)
    if blacklisted is not None:
        defects = replace(defects, denmem=defects.denmem | blacklisted)
    options = replace(options, defects=defects)
    usable = usable_components(defects, options.neuron_size) if defects.any else ALL_USABLE
    synapses = synapses_by_target(graph)
    watch.lap("synapses by target")
    neurons = place_neurons(graph, options, usable)
    watch.lap("neuron placement")
    mergers = _merger_routing(graph, neurons, synapses, options.mapping_options, usable)
    watch.lap("merger routing")
    placement = _with_sources(graph, neurons, mergers, options)
    watch.lap("source placement")
    order = AddressOrder(options.mapping_options.l1_address_assignment)
    lines = assign_lines(graph, placement, mergers, order)
    result = _routed(graph, placement, mergers, lines, synapses, options, usable, watch)
    report_losses(graph, result, options.on_loss)
    return result


@dataclass
class _StopWatch:
    """How long the steps take; tells each that is done."""

    progress: Callable[[str], None] | None
    seconds: dict[str, float] = field(default_factory=dict)
    last: float = field(default_factory=time.perf_counter)

    def lap(self, step: str) -> None:
        now = time.perf_counter()
        self.seconds[step], self.last = now - self.last, now
        if self.progress is not None:
            self.progress(step)


# --- cells -----------------------------------------------------------------------------------


def _neurons_only(neurons: NeuronPlacement) -> Placement:
    return Placement(neurons.hicann, neurons.denmem, neurons.size, _NO_CELLS, _NO_CELLS)


def _merger_routing(
    graph: BioGraph,
    neurons: NeuronPlacement,
    synapses: SynapseTable,
    options: MappingOptions,
    usable: UsableComponents,
) -> MergerRouting:
    placement = _neurons_only(neurons)
    order = AddressOrder(options.l1_address_assignment)
    return route_mergers(
        neurons_per_block(placement),
        MergerStrategy(options.merger_strategy),
        DriverChainLimit(graph, placement, synapses, order, options.driver_chain_length),
        usable.mergers,
    )


def _with_sources(
    graph: BioGraph, neurons: NeuronPlacement, mergers: MergerRouting, options: Options
) -> Placement:
    how = options.mapping_options
    order = AddressOrder(how.l1_address_assignment)
    columns = neuron_columns(_neurons_only(neurons))
    chains = SourceChains(graph, columns, order, how.driver_chain_length)
    sources = place_sources(graph, neurons, mergers.input_mergers, options, chains)
    return Placement(neurons.hicann, neurons.denmem, neurons.size, sources.hicann, sources.channel)


# --- synapses --------------------------------------------------------------------------------


def _routed(
    graph: BioGraph,
    placement: Placement,
    mergers: MergerRouting,
    lines: LineTable,
    synapses: SynapseTable,
    options: Options,
    usable: UsableComponents,
    watch: _StopWatch,
) -> MappingResult:
    """Route lines, share out drivers and rows, and give every synapse its site."""
    columns = neuron_columns(placement)
    layer1 = _routes(graph, synapses, columns, lines, options.mapping_options, usable)
    watch.lap("layer-1 routing")
    routes = route_table(layer1.route_line, layer1.route_target, lines.n_lines)
    how = options.mapping_options
    sites = synapse_sites(synapses, columns, lines, layer1, routes, how, usable)
    drivers, placed = sites.drivers, sites.placed
    watch.lap("synapse sites")
    name_fan_in_losses(synapses, placement.neuron_size, placed.reason)
    routings, row_place = projection_routings(graph, placed, lines, layer1, routes)
    if not options.effects.routing_loss:
        routings, row_place = without_losses(graph, placement, routings, row_place)
    settings = row_settings(sites.half_rows, drivers, layer1.route_target)
    watch.lap("losses")
    return MappingResult(
        placement,
        routings,
        row_place,
        mergers.block_merger,
        lines,
        layer1,
        drivers,
        settings,
        options.defects,
        network_of(graph),
        watch.seconds,
        MappingOrigin.of(options),
        synapses_by_neuron(graph, routings),
    )


def _routes(
    graph: BioGraph,
    synapses: SynapseTable,
    columns: NeuronColumns,
    lines: LineTable,
    options: MappingOptions,
    usable: UsableComponents,
) -> Layer1Routing:
    line, target = wanted_routes(synapses, columns, lines)
    return route_layer1(
        lines.hicann,
        lines.merger,
        np.searchsorted(line, np.arange(lines.n_lines + 1)),
        target,
        line_priorities(graph, lines, options),
        usable.layer1,
        Layer1Settings(
            options.l1_routing_algorithm,  # type: ignore[arg-type]  # checked by the options
            options.switch_ordering,  # type: ignore[arg-type]
            options.shuffle_switches_seed,
            options.neighbour_lines,
        ),
    )
