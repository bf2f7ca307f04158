"""Networks larger than the chip: how many runs they take, and how they are cut."""

from pyNN_brainscales_emu.partition.capacity import BRAINSCALES2, Capacity
from pyNN_brainscales_emu.partition.cut import Cut, cut_automatically
from pyNN_brainscales_emu.partition.cut_graph import CutGraph
from pyNN_brainscales_emu.partition.known_networks import KNOWN_NETWORKS
from pyNN_brainscales_emu.partition.layers import Convolution, Dense, LayeredNetwork, Pooling
from pyNN_brainscales_emu.partition.plan import Part, PartitionPlan, make_plan
from pyNN_brainscales_emu.partition.run_counts import LayerRuns, RunCounts, count_runs

__all__ = [
    "BRAINSCALES2",
    "KNOWN_NETWORKS",
    "Capacity",
    "Convolution",
    "Cut",
    "CutGraph",
    "Dense",
    "LayerRuns",
    "LayeredNetwork",
    "Part",
    "PartitionPlan",
    "Pooling",
    "RunCounts",
    "count_runs",
    "cut_automatically",
    "make_plan",
]
