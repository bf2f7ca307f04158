"""Networks larger than the chip: how many runs they take, and how they are cut."""

from pyNN_brainscales_emu.partition.capacity import Capacity
from pyNN_brainscales_emu.partition.known_networks import KNOWN_NETWORKS
from pyNN_brainscales_emu.partition.layers import Convolution, Dense, LayeredNetwork, Pooling
from pyNN_brainscales_emu.partition.run_counts import LayerRuns, RunCounts, count_runs

__all__ = [
    "KNOWN_NETWORKS",
    "Capacity",
    "Convolution",
    "Dense",
    "LayerRuns",
    "LayeredNetwork",
    "Pooling",
    "RunCounts",
    "count_runs",
]
