"""PyNN's connectors. The simple ones draw a whole projection at once.

They give the same synapses as PyNN's own, which go from one postsynaptic cell to the next; where
random weights or functions of the distance are asked for, they leave the work to PyNN, so that
a seed gives the same numbers as with other back ends.
"""

from __future__ import annotations

from copy import deepcopy
from numbers import Real
from typing import Any

import numpy as np
from lazyarray import larray
from numpy.typing import NDArray
from pyNN import connectors
from pyNN.connectors import CSAConnector
from pyNN.random import NumpyRNG, RandomDistribution

from pyNN_brainscales_emu.call_arguments import names_of
from pyNN_brainscales_emu.connection_files import path_of, read_connections
from pyNN_brainscales_emu.connector_arguments import CheckedArguments, whole_number
from pyNN_brainscales_emu.drawn_pairs import permitted_pairs
from pyNN_brainscales_emu.errors import ParameterError
from pyNN_brainscales_emu.fixed_numbers import FixedNumberPostConnector, FixedNumberPreConnector
from pyNN_brainscales_emu.front_end_errors import (
    ProjectionError,
    SynapseError,
)
from pyNN_brainscales_emu.numpy_stream import NumpyStream
from pyNN_brainscales_emu.pair_connection import check_memory, connect_pairs, constant_values
from pyNN_brainscales_emu.probability_connectors import (
    DisplacementDependentProbabilityConnector,
    DistanceDependentProbabilityConnector,
    IndexBasedProbabilityConnector,
)
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


class AllToAllConnector(CheckedArguments, connectors.AllToAllConnector):  # type: ignore[misc]
    """Every cell to every cell; arguments as PyNN's connector of this name."""

    def connect(self, projection: Any) -> None:
        """Connect every cell to every cell."""
        check_memory(projection, np.prod(projection.shape, dtype=float))
        values = constant_values(self, projection)
        if values is None:
            super().connect(projection)
            return
        n_pre, n_post = projection.shape
        pre = np.repeat(np.arange(n_pre), n_post)
        post = np.tile(np.arange(n_post), n_pre)
        kept = _allowed(self, projection, pre, post)
        projection.connect_arrays(pre[kept], post[kept], values)


class OneToOneConnector(CheckedArguments, connectors.OneToOneConnector):  # type: ignore[misc]
    """Cell i to cell i; arguments as PyNN's connector of this name."""

    def connect(self, projection: Any) -> None:
        """Connect cell i to cell i."""
        values = constant_values(self, projection)
        if values is None:
            super().connect(projection)
            return
        index = np.arange(min(projection.shape))
        projection.connect_arrays(index, index, values)


class FixedProbabilityConnector(CheckedArguments, connectors.FixedProbabilityConnector):  # type: ignore[misc]
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
        check_memory(projection, self.p_connect * np.prod(projection.shape, dtype=float))
        if self.allow_self_connections == "NoMutual":
            super().connect(projection)
            return
        # As PyNN's own connector, which draws from a copy: projections with the same generator
        # have the same pairs.
        rng = deepcopy(self.rng)
        n_pre, n_post = projection.shape
        cells = max(1, CHUNK // n_pre)
        pieces = []
        for first in range(0, n_post, cells):
            n_drawn = min(cells, n_post - first)
            # The order of PyNN's own connector: one postsynaptic cell after the other.
            post, pre = np.divmod(self._drawn_pairs(rng, n_drawn * n_pre), n_pre)
            post += first
            kept = _allowed(self, projection, pre, post)
            pieces.append((pre[kept].astype(np.int32), post[kept].astype(np.int32)))
        connect_pairs(self, projection, *map(np.concatenate, zip(*pieces, strict=True)))

    def _drawn_pairs(self, rng: Any, n_pairs: int) -> NDArray[np.int64]:
        """Return which of the next pairs of cells are connected."""
        if NumpyStream.is_known(rng):
            return NumpyStream(rng).below(n_pairs, self.p_connect)
        drawn = rng.next(n_pairs, "uniform", {"low": 0, "high": 1})
        return np.flatnonzero(drawn < self.p_connect)


class FixedTotalNumberConnector(CheckedArguments, connectors.FixedTotalNumberConnector):  # type: ignore[misc]
    """A number of pairs drawn at random; arguments as PyNN's connector of this name.

    PyNN's own leaves `allow_self_connections` and `with_replacement` out of account; here cells
    are not connected to themselves, and pairs are there once only, if that is asked for.
    """

    def connect(self, projection: Any) -> None:
        """Connect as many pairs as asked for."""
        n = self.n if isinstance(self.n, int) else self.n.next()
        n = whole_number(f"{projection.owner}: FixedTotalNumberConnector: n", n)
        check_memory(projection, n)
        pairs = permitted_pairs(self, projection, self._drawn_pairs(n, projection.shape))
        connect_pairs(self, projection, *np.ascontiguousarray(pairs.T))

    def _drawn_pairs(self, n: int, shape: tuple[int, int]) -> NDArray[np.int64]:
        # The numbers that PyNN's own connector draws: how many synapses fall to this process, of
        # which there is one, and then source and target in turn.
        if not isinstance(self.rng, NumpyRNG):
            sides = [self.rng.next(n, "uniform_int", {"low": 0, "high": size}) for size in shape]
            return np.stack(sides, axis=1).astype(np.int64)
        RandomDistribution("binomial", n=n, p=1.0, rng=self.rng).next()
        return np.asarray(self.rng.randint(0, np.array(shape), size=(n, 2)))


class ArrayConnector(CheckedArguments, connectors.ArrayConnector):  # type: ignore[misc]
    """The pairs that a (pre x post) array of booleans marks; arguments as PyNN's connector."""

    array: Any

    def connect(self, projection: Any) -> None:
        """Connect the cells that the array marks."""
        is_function = callable(self.array) and not isinstance(self.array, type)
        if is_function or isinstance(self.array, larray):
            super().connect(projection)
            return
        self.array = _as_mask(self.array, projection)
        connect_pairs(self, projection, *np.nonzero(self.array))


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


class FromListConnector(CheckedArguments, connectors.FromListConnector):  # type: ignore[misc]
    """The pairs of a list; arguments as PyNN's connector of this name.

    Raises
    ------
    ProjectionError
        For something that is no list of tuples of numbers, all with the named columns.
    """

    def __init__(self, conn_list: Any, column_names: Any = None, **kwargs: Any) -> None:
        if column_names is not None:
            column_names = names_of(
                "FromListConnector: column_names", column_names, "names such as 'weight'"
            )
        table = _as_table("FromListConnector", conn_list)
        _check_columns("FromListConnector", table, column_names)
        super().__init__(table, column_names, **kwargs)

    def connect(self, projection: Any) -> None:
        """Connect the cells of the list."""
        _connect_list(self, projection)


class FromFileConnector(CheckedArguments, connectors.FromFileConnector):  # type: ignore[misc]
    """The pairs of a list in a text file; arguments as PyNN's connector of this name.

    See `connection_files` for the format. Nothing in the file is executed.

    Raises
    ------
    WrongKindError
        For files of other formats, which may hold programs.
    DataError
        If the file cannot be read when the cells are connected.
    """

    def __init__(self, file: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(path_of(file), *args, **kwargs)  # of a str PyNN would make the folder

    def connect(self, projection: Any) -> None:
        """Connect the cells of the list in the file."""
        path = self.file
        if self.distributed:  # a file for each process, of which there is one
            path = path.with_name(f"{path.name}.0")
        owner = f"{projection.owner}: file {str(path)!r}"
        self.conn_list, names = read_connections(path)
        _check_columns(owner, self.conn_list, names)
        by_default = ("weight", "delay")[: self.conn_list.shape[1] - 2]
        self.column_names = by_default if names is None else names
        _connect_list(self, projection)


class CloneConnector(CheckedArguments, connectors.CloneConnector):  # type: ignore[misc]
    """The pairs of another projection; arguments as PyNN's connector of this name."""

    def connect(self, projection: Any) -> None:
        """Connect the cells that the other projection connects."""
        reference = self.reference_projection
        if projection.pre != reference.pre or projection.post != reference.post:
            super().connect(projection)  # which raises
            return
        synapses = reference.synapses
        first = synapses.first_of_pair
        connect_pairs(self, projection, synapses.pre[first], synapses.post[first])


def _connect_list(connector: Any, projection: Any) -> None:
    _check_names(connector.column_names, projection)
    table = connector.conn_list
    _check_target_indices(table, projection)
    values = constant_values(connector, projection)
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
