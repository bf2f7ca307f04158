"""What connectors do with the pairs of cells that they have found."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.emulator.ordering import order_by
from pyNN_brainscales_emu.errors import CapacityError
from pyNN_brainscales_emu.hardware.constants import HICANNS_PER_WAFER, SYNAPSES_PER_HICANN
from pyNN_brainscales_emu.machine_memory import memory_limit

#: Memory in bytes that a network takes for each synapse until it runs on the ideal substrate, about
#: (`benchmarks/full_wafer.py`). Weights and delays that differ, and a wafer, take more.
_BYTES_PER_SYNAPSE = 52


def check_memory(projection: Any, n_synapses: float) -> None:
    """Raise `CapacityError` for more synapses than this machine can hold, before it tries."""
    memory = memory_limit()
    if memory is not None and n_synapses * _BYTES_PER_SYNAPSE > memory:
        raise CapacityError(
            f"{projection.owner}: about {n_synapses:.3g} synapses are too many for this machine",
            limit=f"{memory / _BYTES_PER_SYNAPSE:.2g} in {memory / 2**30:.3g} GiB of memory",
            remedy=f"A whole wafer has {HICANNS_PER_WAFER * SYNAPSES_PER_HICANN} synapses.",
        )


def connect_pairs(connector: Any, projection: Any, pre: NDArray[Any], post: NDArray[Any]) -> None:
    """Connect pairs of cells; values that are not constant are left to PyNN, cell by cell."""
    values = constant_values(connector, projection)
    if values is not None:
        projection.connect_arrays(pre, post, values)
        return
    order, start = order_by(post, projection.shape[1])
    sources = np.split(pre[order], start[1:-1])
    connector._standard_connect(projection, lambda mask=None: sources)


def constant_values(connector: Any, projection: Any) -> dict[str, Any] | None:
    """Return weight and delay if each is one number for all synapses, else None."""
    space = projection.synapse_type.native_parameters
    space.shape = projection.shape
    if connector.location_selector is not None or connector.callback is not None:
        return None
    if not all(value.is_homogeneous and not value.operations for _, value in space.items()):
        return None
    return {name: float(value.evaluate(simplify=True)) for name, value in space.items()}
