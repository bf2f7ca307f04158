"""Numbers that sum a mapping up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from pyNN_brainscales_emu.hardware.constants import (
    DENMEMS_PER_HICANN,
    DRIVERS_PER_HICANN,
    HICANNS_PER_WAFER,
    SYNAPSES_PER_HICANN,
)


@dataclass(frozen=True)
class MappingStatistics:
    """What the original tool's statistics give, and what is in use.

    Usages count, as there, the HICANNs with neurons only (marocco:marocco/HardwareUsage.cpp); those
    of the wafer count all HICANNs.

    Attributes
    ----------
    n_populations, n_projections, n_neurons, n_sources, n_synapses : int
        Of the network, as asked.
    n_denmems : int
        Denmems of all neurons.
    n_synapses_lost : int
    n_synapses_lost_on_layer1 : int
        Of these, for want of a route.
    losses : mapping of str to int
        Lost synapses by reason; only reasons that occur.
    n_synapses_placed : int
        Hardware synapses in use.
    n_hicanns, n_fpgas : int
        With neurons or stimuli.
    n_hicanns_with_neurons : int
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
    losses: Mapping[str, int]
    n_synapses_placed: int
    n_hicanns: int
    n_hicanns_with_neurons: int
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
        """Share of the denmems that is in use, on HICANNs with neurons."""
        return self._share(self.n_denmems, DENMEMS_PER_HICANN)

    @property
    def synapse_usage(self) -> float:
        """Share of the synapses that is in use, on HICANNs with neurons."""
        return self._share(self.n_synapses_placed, SYNAPSES_PER_HICANN)

    @property
    def driver_usage(self) -> float:
        """Share of the synapse drivers that is in use, on HICANNs with neurons."""
        return self._share(self.n_drivers, DRIVERS_PER_HICANN)

    @property
    def neuron_usage_of_wafer(self) -> float:
        """Share of the wafer's denmems that is in use."""
        return self.n_denmems / (HICANNS_PER_WAFER * DENMEMS_PER_HICANN)

    @property
    def synapse_usage_of_wafer(self) -> float:
        """Share of the wafer's synapses that is in use."""
        return self.n_synapses_placed / (HICANNS_PER_WAFER * SYNAPSES_PER_HICANN)

    @property
    def driver_usage_of_wafer(self) -> float:
        """Share of the wafer's synapse drivers that is in use."""
        return self.n_drivers / (HICANNS_PER_WAFER * DRIVERS_PER_HICANN)

    @property
    def total_seconds(self) -> float:
        """Time of all steps."""
        return sum(self.seconds.values())

    def _share(self, used: int, per_hicann: int) -> float:
        return used / max(1, self.n_hicanns_with_neurons * per_hicann)

    def to_dict(self) -> dict[str, Any]:
        """Return all numbers, the derived ones too."""
        return {**asdict(self), **{name: getattr(self, name) for name in _DERIVED}}

    def __str__(self) -> str:
        lines = [
            f"{name:<32} {_text(value)}"
            for name, value in self.to_dict().items()
            if name not in ("seconds", "losses")
        ]
        lost = [f"  lost, {reason:<24} {count:>10}" for reason, count in self.losses.items()]
        return "\n".join(
            [*lines, *lost, *(f"  {k:<30} {v:>10.3f} s" for k, v in self.seconds.items())]
        )


#: What `to_dict` gives besides the fields.
_DERIVED: Final = (
    "n_synapses_set",
    "synapse_loss",
    "synapse_loss_after_l1_routing",
    "neuron_usage",
    "synapse_usage",
    "driver_usage",
    "neuron_usage_of_wafer",
    "synapse_usage_of_wafer",
    "driver_usage_of_wafer",
    "total_seconds",
)


def _text(value: float) -> str:
    return f"{value:>10.4f}" if isinstance(value, float) else f"{value:>10}"
