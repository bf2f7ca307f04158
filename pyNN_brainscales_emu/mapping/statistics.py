"""Numbers that sum a mapping up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from pyNN_brainscales_emu.hardware.constants import (
    DENMEMS_PER_HICANN,
    DRIVERS_PER_HICANN,
    HICANNS_PER_WAFER,
    SYNAPSES_PER_HICANN,
)


@dataclass(frozen=True)
class MappingStatistics:
    """What the original tool's statistics give, and what is in use.

    Attributes
    ----------
    n_populations, n_projections, n_neurons, n_sources, n_synapses : int
        Of the network, as asked.
    n_denmems : int
        Denmems of all neurons.
    n_synapses_lost : int
    n_synapses_lost_on_layer1 : int
        Of these, for want of a route.
    n_synapses_placed : int
        Hardware synapses in use.
    n_hicanns, n_fpgas : int
        With neurons or stimuli.
    n_lines, n_buses : int
        Layer-1 lines with a route, and the segments of H and V lines that they occupy.
    n_routes, n_routes_failed : int
        Pairs of line and target HICANN that are, and are not, connected.
    n_drivers : int
        Synapse drivers in use.
    seconds : mapping of str to float
        Time of the steps.
    """

    n_populations: int
    n_projections: int
    n_neurons: int
    n_sources: int
    n_denmems: int
    n_synapses: int
    n_synapses_lost: int
    n_synapses_lost_on_layer1: int
    n_synapses_placed: int
    n_hicanns: int
    n_fpgas: int
    n_lines: int
    n_buses: int
    n_routes: int
    n_routes_failed: int
    n_drivers: int
    seconds: Mapping[str, float]

    @property
    def n_synapses_set(self) -> int:
        """Synapses that are realised."""
        return self.n_synapses - self.n_synapses_lost

    @property
    def synapse_loss(self) -> float:
        """Share of the synapses that is lost."""
        return self.n_synapses_lost / max(1, self.n_synapses)

    @property
    def synapse_loss_after_l1_routing(self) -> float:
        """Share of the synapses that is lost for want of a layer-1 route."""
        return self.n_synapses_lost_on_layer1 / max(1, self.n_synapses)

    @property
    def neuron_usage(self) -> float:
        """Share of the wafer's denmems that is in use."""
        return self.n_denmems / (HICANNS_PER_WAFER * DENMEMS_PER_HICANN)

    @property
    def synapse_usage(self) -> float:
        """Share of the wafer's synapses that is in use."""
        return self.n_synapses_placed / (HICANNS_PER_WAFER * SYNAPSES_PER_HICANN)

    @property
    def driver_usage(self) -> float:
        """Share of the wafer's synapse drivers that is in use."""
        return self.n_drivers / (HICANNS_PER_WAFER * DRIVERS_PER_HICANN)

    def to_dict(self) -> dict[str, Any]:
        """Return all numbers, the derived ones too."""
        derived = (
            "n_synapses_set",
            "synapse_loss",
            "synapse_loss_after_l1_routing",
            "neuron_usage",
            "synapse_usage",
            "driver_usage",
        )
        return {**asdict(self), **{name: getattr(self, name) for name in derived}}

    def __str__(self) -> str:
        entries = {name: value for name, value in self.to_dict().items() if name != "seconds"}
        lines = [
            f"{name:<32} {value:.4f}" if isinstance(value, float) else f"{name:<32} {value}"
            for name, value in entries.items()
        ]
        return "\n".join([*lines, *(f"  {k:<30} {v:.3f} s" for k, v in self.seconds.items())])
