"""Weights, delays and parameters of rules, as users give them, as columns."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyNN.parameters import ParameterSpace
from pyNN.random import RandomDistribution

from pyNN_brainscales_emu.array_pieces import constant
from pyNN_brainscales_emu.front_end_errors import InvalidParameterError, SynapseError
from pyNN_brainscales_emu.parameter_values import plain_number
from pyNN_brainscales_emu.standardmodels.synapses import VALUES

#: Random numbers drawn at a time.
PAIRS_DRAWN = 4_000_000


def synapse_column(projection: Any, name: str, value: Any) -> NDArray[np.float64]:
    """Return one value for each synapse of a projection.

    Parameters
    ----------
    projection : Projection
    name : str
        Of the values, for messages and for the schema of the synapse type.
    value
        In one of the forms that `Projection.set` takes.

    Raises
    ------
    SynapseError
        For a wrong number of values, and for what gives no numbers.
    """
    if isinstance(value, (int, float, np.number)):
        return constant(float(value), len(projection))
    if isinstance(value, (list, tuple, np.ndarray)):
        return _from_array(projection, name, np.asarray(_plain(projection, name, value)))
    plain = _plain(projection, name, value)
    if isinstance(plain, np.ndarray):
        return _from_array(projection, name, plain)
    if isinstance(plain, RandomDistribution):
        return _drawn(projection, plain)
    return _evaluated(projection, name, plain)


def _plain(projection: Any, name: str, value: Any) -> Any:
    """Return an array of floats, or what PyNN draws or computes numbers from."""
    try:
        return plain_number(projection.owner, name, value, VALUES, n_axes=3)
    except InvalidParameterError as error:
        raise SynapseError(f"{projection.owner}: {name}", value=value, limit=VALUES) from error


def _from_array(projection: Any, name: str, values: NDArray[np.float64]) -> NDArray[np.float64]:
    column = None
    if values.ndim == 0:
        column = constant(float(values), len(projection))
    elif values.ndim == 1:
        column = projection.synapses.from_list(values)
    elif values.shape == projection.shape:
        column = projection.synapses.from_matrix(values)
    if column is None:
        raise SynapseError(
            f"{projection.owner}: {name} has the wrong shape",
            value=values.shape,
            limit=f"a number, {len(projection)} values (one a synapse), or {projection.shape}",
        )
    return column


def _drawn(projection: Any, distribution: RandomDistribution) -> NDArray[np.float64]:
    """Return random numbers, one a connected pair: elements of a drawn (pre x post) matrix."""
    pair = projection.synapses.pair[projection.synapses.first_of_pair]
    values = np.empty(len(pair))
    n_pairs = projection.shape[0] * projection.shape[1]
    for begin in range(0, n_pairs, PAIRS_DRAWN):
        end = min(begin + PAIRS_DRAWN, n_pairs)
        drawn = np.reshape(distribution.next(end - begin), -1)
        first, last = np.searchsorted(pair, [begin, end])
        values[first:last] = drawn[pair[first:last] - begin]
    return _one_a_pair(projection, values)


def _evaluated(projection: Any, name: str, value: Any) -> NDArray[np.float64]:
    """Return a function of the distance for each connected pair."""
    schema = projection.synapse_type.get_schema()
    space = ParameterSpace({name: value}, schema, projection.shape)
    lazy = projection._handle_distance_expressions(space)[name]
    first = projection.synapses.first_of_pair
    pre, post = projection.synapses.pre[first], projection.synapses.post[first]
    order = np.lexsort((pre, post))
    values = np.empty(len(first))
    ends = np.flatnonzero(np.append(np.diff(post[order]) > 0, len(order) > 0)) + 1
    for start, end in zip([0, *ends.tolist()], ends.tolist(), strict=False):
        chunk = order[start:end]
        try:
            values[chunk] = lazy[pre[chunk], int(post[chunk[0]])]
        except (TypeError, ValueError, LookupError, ArithmeticError) as error:
            raise SynapseError(
                f"{projection.owner}: {name} cannot be computed ({type(error).__name__}: {error})",
                limit=VALUES,
            ) from error
    return _one_a_pair(projection, values)


def _one_a_pair(projection: Any, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the column whose synapses of one pair all have the value of the pair."""
    column: NDArray[np.float64] = projection.synapses.from_list(values)
    return column
