"""PyNN's connectors. The simple ones draw a whole projection at once.

They give the same synapses as PyNN's own, which go from one postsynaptic cell to the next; where
random weights or functions of the distance are asked for, they leave the work to PyNN, so that
a seed gives the same numbers as with other back ends.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyNN import connectors
from pyNN.connectors import (
    ArrayConnector,
    CloneConnector,
    CSAConnector,
    DisplacementDependentProbabilityConnector,
    DistanceDependentProbabilityConnector,
    FixedNumberPostConnector,
    FixedNumberPreConnector,
    FixedTotalNumberConnector,
    IndexBasedProbabilityConnector,
    SmallWorldConnector,
)

from pyNN_brainscales_emu.front_end_errors import SynapseError

__all__ = [
    "AllToAllConnector",
    "ArrayConnector",
    "CSAConnector",
    "CloneConnector",
    "DisplacementDependentProbabilityConnector",
    "DistanceDependentProbabilityConnector",
    "FixedNumberPostConnector",
    "FixedNumberPreConnector",
    "FixedProbabilityConnector",
    "FixedTotalNumberConnector",
    "FromFileConnector",
    "FromListConnector",
    "IndexBasedProbabilityConnector",
    "OneToOneConnector",
    "SmallWorldConnector",
]

#: Random numbers drawn at a time.
CHUNK = 4_000_000


class AllToAllConnector(connectors.AllToAllConnector):  # type: ignore[misc]
    """Every cell to every cell; arguments as PyNN's connector of this name."""

    def connect(self, projection: Any) -> None:
        """Connect every cell to every cell."""
        values = _constant_values(self, projection)
        if values is None:
            super().connect(projection)
            return
        n_pre, n_post = projection.shape
        pre = np.repeat(np.arange(n_pre), n_post)
        post = np.tile(np.arange(n_post), n_pre)
        kept = _allowed(self, projection, pre, post)
        projection.connect_arrays(pre[kept], post[kept], values)


class OneToOneConnector(connectors.OneToOneConnector):  # type: ignore[misc]
    """Cell i to cell i; arguments as PyNN's connector of this name."""

    def connect(self, projection: Any) -> None:
        """Connect cell i to cell i."""
        values = _constant_values(self, projection)
        if values is None:
            super().connect(projection)
            return
        index = np.arange(min(projection.shape))
        projection.connect_arrays(index, index, values)


class FixedProbabilityConnector(connectors.FixedProbabilityConnector):  # type: ignore[misc]
    """Each pair of cells with one probability; arguments as PyNN's connector of this name."""

    def connect(self, projection: Any) -> None:
        """Connect each pair of cells with the given probability."""
        values = _constant_values(self, projection)
        if values is None or self.allow_self_connections == "NoMutual":
            super().connect(projection)
            return
        n_pre, n_post = projection.shape
        cells = max(1, CHUNK // n_pre)
        for first in range(0, n_post, cells):
            n_drawn = min(cells, n_post - first)
            # The order of PyNN's own connector: one postsynaptic cell after the other.
            drawn = self.rng.next(n_drawn * n_pre, "uniform", {"low": 0, "high": 1})
            post, pre = np.divmod(np.flatnonzero(drawn < self.p_connect), n_pre)
            kept = _allowed(self, projection, pre, post + first)
            projection.connect_arrays(pre[kept], post[kept] + first, values)


class FromListConnector(connectors.FromListConnector):  # type: ignore[misc]
    """The pairs of a list; arguments as PyNN's connector of this name."""

    def connect(self, projection: Any) -> None:
        """Connect the cells of the list."""
        _check_target_indices(self.conn_list, projection)
        super().connect(projection)


class FromFileConnector(connectors.FromFileConnector):  # type: ignore[misc]
    """The pairs of a list in a file; arguments as PyNN's connector of this name."""

    def connect(self, projection: Any) -> None:
        """Connect the cells of the list in the file."""
        super().connect(projection)
        _check_target_indices(self.conn_list, projection)


def _constant_values(connector: Any, projection: Any) -> dict[str, Any] | None:
    """Return weight and delay if each is one number for all synapses, else None."""
    space = projection.synapse_type.native_parameters
    space.shape = projection.shape
    if connector.location_selector is not None or connector.callback is not None:
        return None
    if not all(value.is_homogeneous and not value.operations for _, value in space.items()):
        return None
    return {name: float(value.evaluate(simplify=True)) for name, value in space.items()}


def _allowed(
    connector: Any, projection: Any, pre: NDArray[np.int64], post: NDArray[np.int64]
) -> NDArray[np.bool_] | slice:
    """Return which synapses are kept if no cell may connect to itself."""
    if connector.allow_self_connections:
        return slice(None)
    pre_cells = projection.pre.all_cells.astype(np.int64)
    post_cells = projection.post.all_cells.astype(np.int64)
    kept: NDArray[np.bool_] = pre_cells[pre] != post_cells[post]
    return kept


def _check_target_indices(connections: NDArray[Any], projection: Any) -> None:
    """Raise for postsynaptic indices out of range, which PyNN leaves out without a word."""
    if not connections.size:
        return
    for column, side, size in (
        (0, "presynaptic", projection.pre.size),
        (1, "postsynaptic", projection.post.size),
    ):
        index = connections[:, column]
        wrong = ~((index >= 0) & (index < size) & (index == np.floor(index)))
        if wrong.any():
            raise SynapseError(
                f"{projection.owner}: {side} index in line {int(np.argmax(wrong))} of the list",
                value=float(index[np.argmax(wrong)]),
                limit=f"0 to {size - 1}",
            )
