"""PyNN's connectors. The simple ones draw a whole projection at once.

They give the same synapses as PyNN's own, which go from one postsynaptic cell to the next; where
random weights or functions of the distance are asked for, they leave the work to PyNN, so that
a seed gives the same numbers as with other back ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyNN import connectors
from pyNN.connectors import (
    CSAConnector,
    DisplacementDependentProbabilityConnector,
    DistanceDependentProbabilityConnector,
    IndexBasedProbabilityConnector,
)
from pyNN.random import NumpyRNG, RandomDistribution

from pyNN_brainscales_emu.emulator.ordering import order_by
from pyNN_brainscales_emu.errors import CapacityError, ParameterError
from pyNN_brainscales_emu.front_end_errors import ProjectionError, SynapseError
from pyNN_brainscales_emu.hardware.constants import HICANNS_PER_WAFER, SYNAPSES_PER_HICANN
from pyNN_brainscales_emu.machine_memory import memory_limit
from pyNN_brainscales_emu.numpy_stream import NumpyStream
from pyNN_brainscales_emu.partner_draws import drawn_partners, draws_at_once
from pyNN_brainscales_emu.small_world import SmallWorldConnector

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
#: Memory in bytes that building a network takes for each synapse, about (`benchmarks/mapping.py`).
_BYTES_PER_SYNAPSE = 64


class AllToAllConnector(connectors.AllToAllConnector):  # type: ignore[misc]
    """Every cell to every cell; arguments as PyNN's connector of this name."""

    def connect(self, projection: Any) -> None:
        """Connect every cell to every cell."""
        _check_memory(projection, np.prod(projection.shape, dtype=float))
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
    """Each pair of cells with one probability; arguments as PyNN's connector of this name.

    Raises
    ------
    ParameterError
        For a probability outside of 0 to 1.
    """

    def __init__(self, p_connect: float, *args: Any, **kwargs: Any) -> None:
        if not (isinstance(p_connect, Real) and 0 <= p_connect <= 1):
            raise ParameterError(
                "FixedProbabilityConnector: p_connect", value=p_connect, limit="0 to 1"
            )
        super().__init__(p_connect, *args, **kwargs)

    def connect(self, projection: Any) -> None:
        """Connect each pair of cells with the given probability."""
        _check_memory(projection, self.p_connect * np.prod(projection.shape, dtype=float))
        if self.allow_self_connections == "NoMutual":
            super().connect(projection)
            return
        # PyNN's own connector draws from a copy, so that projections with the same generator have
        # the same pairs. Here they differ, unless their values are drawn or computed.
        is_constant = _constant_values(self, projection) is not None
        rng = self.rng if is_constant else deepcopy(self.rng)
        n_pre, n_post = projection.shape
        cells = max(1, CHUNK // n_pre)
        pieces = []
        for first in range(0, n_post, cells):
            n_drawn = min(cells, n_post - first)
            # The order of PyNN's own connector: one postsynaptic cell after the other.
            post, pre = np.divmod(self._drawn_pairs(rng, n_drawn * n_pre), n_pre)
            post += first
            kept = _allowed(self, projection, pre, post)
            pieces.append((pre[kept], post[kept]))
        _connect_pairs(self, projection, *map(np.concatenate, zip(*pieces, strict=True)))

    def _drawn_pairs(self, rng: Any, n_pairs: int) -> NDArray[np.int64]:
        """Return which of the next pairs of cells are connected."""
        if NumpyStream.is_known(rng):
            return NumpyStream(rng).below(n_pairs, self.p_connect)
        drawn = rng.next(n_pairs, "uniform", {"low": 0, "high": 1})
        return np.flatnonzero(drawn < self.p_connect)


class FixedNumberPreConnector(connectors.FixedNumberPreConnector):  # type: ignore[misc]
    """A number of inputs for each cell; arguments as PyNN's connector of this name."""

    def connect(self, projection: Any) -> None:
        """Connect each postsynaptic cell to the cells drawn for it."""
        n_pre, n_post = projection.shape
        excludes_itself = _excludes_itself(self, projection)
        if not draws_at_once(self, n_pre, excludes_itself):
            super().connect(projection)
            return
        _check_memory(projection, self.n * n_post)

        def sources(mask: Any = None) -> Iterator[NDArray[np.int64]]:
            yield from drawn_partners(self, n_pre, n_post, excludes_itself)

        values = _constant_values(self, projection)
        if values is None:  # which PyNN copies before the first cell is drawn
            self._standard_connect(projection, sources)
            return
        pre = drawn_partners(self, n_pre, n_post, excludes_itself)
        projection.connect_arrays(pre.ravel(), np.repeat(np.arange(n_post), self.n), values)


class FixedNumberPostConnector(connectors.FixedNumberPostConnector):  # type: ignore[misc]
    """A number of targets for each cell; arguments as PyNN's connector of this name."""

    def connect(self, projection: Any) -> None:
        """Connect each presynaptic cell to the cells drawn for it."""
        n_pre, n_post = projection.shape
        excludes_itself = _excludes_itself(self, projection)
        if not draws_at_once(self, n_post, excludes_itself):
            super().connect(projection)
            return
        _check_memory(projection, self.n * n_pre)
        post = drawn_partners(self, n_post, n_pre, excludes_itself)
        _connect_pairs(self, projection, np.repeat(np.arange(n_pre), self.n), post.ravel())


def _excludes_itself(connector: Any, projection: Any) -> bool:
    return not connector.allow_self_connections and bool(projection.pre == projection.post)


class FixedTotalNumberConnector(connectors.FixedTotalNumberConnector):  # type: ignore[misc]
    """A number of pairs drawn at random; arguments as PyNN's connector of this name."""

    def connect(self, projection: Any) -> None:
        """Connect as many pairs as asked for."""
        if not (isinstance(self.n, int) and isinstance(self.rng, NumpyRNG)):
            super().connect(projection)
            return
        _check_memory(projection, self.n)
        _connect_pairs(self, projection, *self._drawn_pairs(projection.shape))

    def _drawn_pairs(self, shape: tuple[int, int]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        # The numbers that PyNN's own connector draws: how many synapses fall to this process, of
        # which there is one, and then source and target in turn.
        number = RandomDistribution("binomial", n=self.n, p=1.0, rng=self.rng).next()
        drawn = self.rng.randint(0, np.array(shape), size=(int(number), 2))
        return drawn[:, 0].copy(), drawn[:, 1].copy()


class ArrayConnector(connectors.ArrayConnector):  # type: ignore[misc]
    """The pairs that a (pre x post) array of booleans marks; arguments as PyNN's connector."""

    array: Any

    def connect(self, projection: Any) -> None:
        """Connect the cells that the array marks."""
        if not isinstance(self.array, (list, tuple, np.ndarray)):
            super().connect(projection)
            return
        self.array = _as_mask(self.array, projection)
        _connect_pairs(self, projection, *np.nonzero(self.array))


class CloneConnector(connectors.CloneConnector):  # type: ignore[misc]
    """The pairs of another projection; arguments as PyNN's connector of this name."""

    def connect(self, projection: Any) -> None:
        """Connect the cells that the other projection connects."""
        reference = self.reference_projection
        if projection.pre != reference.pre or projection.post != reference.post:
            super().connect(projection)  # which raises
            return
        synapses = reference.synapses
        first = synapses.first_of_pair
        _connect_pairs(self, projection, synapses.pre[first], synapses.post[first])


def _as_mask(given: Any, projection: Any) -> NDArray[np.bool_]:
    try:
        array = np.asarray(given)
    except ValueError:  # rows of different lengths
        array = np.zeros(0)
    # Numbers would be taken for the indices of presynaptic cells.
    if array.shape != projection.shape or not (array.dtype == bool or np.isin(array, (0, 1)).all()):
        raise ProjectionError(
            f"{projection.owner}: array of the ArrayConnector",
            value=f"{array.dtype} of shape {array.shape}",
            limit=f"booleans of shape {projection.shape} (pre x post)",
        )
    return array.astype(bool, copy=False)


class FromListConnector(connectors.FromListConnector):  # type: ignore[misc]
    """The pairs of a list; arguments as PyNN's connector of this name.

    Raises
    ------
    ProjectionError
        For something that is no list of tuples of numbers, all with the named columns.
    """

    def __init__(self, conn_list: Any, column_names: Any = None, **kwargs: Any) -> None:
        table = _as_table("FromListConnector", conn_list)
        _check_columns("FromListConnector", table, column_names)
        super().__init__(table, column_names, **kwargs)

    def connect(self, projection: Any) -> None:
        """Connect the cells of the list."""
        _connect_list(self, projection)


class FromFileConnector(connectors.FromFileConnector):  # type: ignore[misc]
    """The pairs of a list in a file; arguments as PyNN's connector of this name."""

    file: Any

    def connect(self, projection: Any) -> None:
        """Connect the cells of the list in the file."""
        if self.distributed:  # as PyNN does; there is one process
            self.file.rename(f"{self.file.name}.0")
        owner = f"{projection.owner}: file {getattr(self.file, 'name', self.file)!r}"
        columns = self.file.get_metadata().get("columns", ("weight", "delay"))
        self.column_names = [name for name in columns if name not in ("i", "j")]
        self.conn_list = _as_table(owner, np.atleast_2d(self.file.read()))
        _check_columns(owner, self.conn_list, self.column_names)
        _connect_list(self, projection)


def _connect_list(connector: Any, projection: Any) -> None:
    _check_names(connector.column_names, projection)
    table = connector.conn_list
    _check_target_indices(table, projection)
    values = _constant_values(connector, projection)
    if values is None or not (table.size and values.keys() >= set(connector.column_names)):
        connectors.FromListConnector.connect(connector, projection)
        return
    values.update(zip(connector.column_names, table.T[2:], strict=True))
    projection.connect_arrays(table[:, 0].astype(np.int64), table[:, 1].astype(np.int64), values)


def _as_table(owner: str, given: Any) -> NDArray[np.float64]:
    try:
        table = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ProjectionError(
            f"{owner}: a list of connections cannot be read ({error})",
            limit="tuples (pre index, post index, weight, delay) of numbers, all of one length",
        ) from error
    if table.size and table.ndim != 2:
        raise ProjectionError(
            f"{owner}: shape of the list of connections",
            value=table.shape,
            limit="one tuple (pre index, post index, weight, delay) a connection",
        )
    return table


def _check_columns(owner: str, table: NDArray[np.float64], names: Any) -> None:
    if not table.size:
        return
    n_columns = table.shape[1]
    allowed = (2, 4) if names is None else (2 + len(names),)
    if n_columns not in allowed:
        named = "pre index, post index" + "".join(f", {name}" for name in names or ())
        raise ProjectionError(
            f"{owner}: number of columns",
            value=n_columns,
            limit=named if names is not None else f"{named}, and, if asked for, weight, delay",
            remedy="Name the columns after the second in column_names.",
        )


def _check_names(names: Any, projection: Any) -> None:
    known = projection.synapse_type.get_parameter_names()
    for name in names:
        if name not in known:
            raise ProjectionError(
                f"{projection.owner}: a column of the list of connections",
                value=name,
                limit=", ".join(known),
            )


def _check_memory(projection: Any, n_synapses: float) -> None:
    """Raise `CapacityError` for more synapses than this machine can hold, before it tries."""
    memory = memory_limit()
    if memory is not None and n_synapses * _BYTES_PER_SYNAPSE > memory:
        raise CapacityError(
            f"{projection.owner}: about {n_synapses:.3g} synapses are too many for this machine",
            limit=f"{memory / _BYTES_PER_SYNAPSE:.2g} in {memory / 2**30:.3g} GiB of memory",
            remedy=f"A whole wafer has {HICANNS_PER_WAFER * SYNAPSES_PER_HICANN} synapses.",
        )


def _connect_pairs(
    connector: Any, projection: Any, pre: NDArray[np.int64], post: NDArray[np.int64]
) -> None:
    """Connect pairs of cells; values that are not constant are left to PyNN, cell by cell."""
    values = _constant_values(connector, projection)
    if values is not None:
        projection.connect_arrays(pre, post, values)
        return
    order, start = order_by(post, projection.shape[1])
    sources = np.split(pre[order], start[1:-1])
    connector._standard_connect(projection, lambda mask=None: sources)


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
