"""What the links of a mapped network will have to carry, from rates, before anything runs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.description.bio_graph import BioGraph
from pyNN_brainscales_emu.hardware.constants import FPGAS_PER_WAFER, HICANNS_PER_WAFER
from pyNN_brainscales_emu.hardware.topology import HICANN_FPGA
from pyNN_brainscales_emu.link_settings import Links
from pyNN_brainscales_emu.mapping.line_addresses import neurons_per_block
from pyNN_brainscales_emu.mapping.merger_routing import MergerStrategy, route_mergers
from pyNN_brainscales_emu.mapping.neuron_placement import NeuronPlacement
from pyNN_brainscales_emu.mapping.results import Placement
from pyNN_brainscales_emu.mapping.source_placement import place_sources
from pyNN_brainscales_emu.mapping.usable_components import usable_components
from pyNN_brainscales_emu.options import Options

#: HICANNs named in a warning; the others are counted.
_NAMED = 8


@dataclass(frozen=True, eq=False)
class LinkLoads:
    """Expected events on the links, in Hz of biological time.

    Attributes
    ----------
    down_hz, up_hz : (384,) float64
        Stimulus events to each HICANN, and recorded spikes from it.
    fpga_hz : (48,) float64
        Stimulus events that each FPGA releases.
    link_limit_hz, link_up_limit_hz, fpga_limit_hz : float
        What a link carries to the wafer and from it, and what an FPGA releases.
    utilisation : float
        Share of the limits above which a link counts as overloaded.
    """

    down_hz: NDArray[np.float64]
    up_hz: NDArray[np.float64]
    fpga_hz: NDArray[np.float64]
    link_limit_hz: float
    link_up_limit_hz: float
    fpga_limit_hz: float
    utilisation: float

    @property
    def overloaded_links(self) -> NDArray[np.int64]:
        """HICANNs whose link has to carry more than its share, either way."""
        down = self.down_hz > self.utilisation * self.link_limit_hz
        return np.flatnonzero(down | (self.up_hz > self.utilisation * self.link_up_limit_hz))

    @property
    def overloaded_fpgas(self) -> NDArray[np.int64]:
        """FPGAs that have to release more than their share, or serve an overloaded link."""
        own = np.flatnonzero(self.fpga_hz > self.utilisation * self.fpga_limit_hz)
        return np.union1d(own, HICANN_FPGA[self.overloaded_links]).astype(np.int64)

    def __str__(self) -> str:
        lines = [f"{'HICANN':>8}{'FPGA':>6}{'down Hz':>12}{'share':>8}{'up Hz':>12}{'share':>8}"]
        lines += [
            f"{hicann:>8}{HICANN_FPGA[hicann]:>6}"
            f"{self.down_hz[hicann]:>12.1f}{self.down_hz[hicann] / self.link_limit_hz:>8.2f}"
            f"{self.up_hz[hicann]:>12.1f}{self.up_hz[hicann] / self.link_up_limit_hz:>8.2f}"
            for hicann in np.flatnonzero(self.down_hz + self.up_hz)
        ]
        lines += [
            f"FPGA {fpga}: {load:.1f} Hz, share {load / self.fpga_limit_hz:.2f}"
            for fpga, load in enumerate(self.fpga_hz)
            if load
        ]
        return "\n".join(lines)

    def warning(self, proposed: NDArray[np.integer] | None = None) -> str | None:
        """Return what to say about overloaded FPGAs; None if there are none.

        Parameters
        ----------
        proposed : (n_sources,) integer, optional
            HICANNs on which automatic placement would put the spike sources.
        """
        if not len(self.overloaded_fpgas):
            return None
        fpgas = ", ".join(map(str, self.overloaded_fpgas))
        links = ", ".join(
            f"{hicann} ({self.down_hz[hicann]:.4g} Hz down, {self.up_hz[hicann]:.4g} Hz up)"
            for hicann in self.overloaded_links[:_NAMED]
        )
        more = len(self.overloaded_links) - _NAMED
        message = (
            f"FPGA {fpgas}: more events are expected than {self.utilisation:.0%} of what the links "
            f"carry ({self.link_limit_hz:.4g} Hz a HICANN, {self.fpga_limit_hz:.4g} Hz an FPGA, of "
            "biological time); events will be late or lost."
        )
        if links:
            message += f" HICANNs: {links}{f' and {more} more' if more > 0 else ''}."
        if proposed is not None and len(proposed):
            hicanns = ", ".join(map(str, np.unique(proposed)))
            message += f" For the spike sources automatic placement proposes HICANNs {hicanns}."
        return message


def link_loads(
    placement: Placement,
    source_hz: NDArray[np.float64],
    neuron_hz: NDArray[np.float64],
    links: Links,
    speedup: float,
    utilisation: float,
) -> LinkLoads:
    """Return the expected loads.

    Parameters
    ----------
    placement : Placement
    source_hz : (n_sources,) float64
        Biological rate of each spike source.
    neuron_hz : (n_neurons,) float64
        That of the recorded spikes of each neuron; 0 where none are recorded.
    links : Links
    speedup : float
    utilisation : float
    """
    down = _summed(placement.source_hicann, source_hz, HICANNS_PER_WAFER)
    up = _summed(placement.neuron_hicann, neuron_hz, HICANNS_PER_WAFER)
    return LinkLoads(
        down_hz=down,
        up_hz=up,
        fpga_hz=_summed(HICANN_FPGA, down, FPGAS_PER_WAFER),
        link_limit_hz=links.link_rate_hz / speedup,
        link_up_limit_hz=links.link_up_rate_hz / speedup,
        fpga_limit_hz=links.fpga_rate_hz / speedup,
        utilisation=utilisation,
    )


def proposed_hicanns(graph: BioGraph, placement: Placement, options: Options) -> NDArray[np.int32]:
    """Return (n_sources,) HICANNs where automatic placement would put the spike sources.

    The neurons stay where they are; bandwidth counts, whatever ``mapping_options`` say, and chains
    of drivers do not.
    """
    routing = route_mergers(
        neurons_per_block(placement),
        MergerStrategy(options.mapping_options.merger_strategy),
        defects=usable_components(options.defects, options.neuron_size).mergers,
    )
    neurons = NeuronPlacement(
        placement.neuron_hicann, placement.neuron_denmem, placement.neuron_size
    )
    automatic = replace(
        options,
        on_loss="ignore",
        mapping_options=replace(options.mapping_options, consider_firing_rate=True),
    )
    free = replace(graph, placement_requests=())
    return place_sources(free, neurons, routing.input_mergers, automatic).hicann


def _summed(
    number: NDArray[np.integer[Any]], values: NDArray[np.float64], n: int
) -> NDArray[np.float64]:
    """Return the sum of the values of each number, (n,)."""
    return np.bincount(number, weights=values, minlength=n).astype(np.float64)
