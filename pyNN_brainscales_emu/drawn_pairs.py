"""Pairs of cells drawn at random, of which some may not be, or each may be once only."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.fixed_numbers import SameCells, same_cells
from pyNN_brainscales_emu.front_end_errors import ProjectionError

Pairs = NDArray[np.int64]


def permitted_pairs(connector: Any, projection: Any, drawn: Pairs) -> Pairs:
    """Return pairs in which those that may not be were drawn anew.

    Parameters
    ----------
    connector : FixedTotalNumberConnector
        Says whether a cell may connect to itself, and whether a pair may be there twice.
    projection : Projection
    drawn : (n, 2) int64
        Indices of presynaptic and postsynaptic cells, any of which may be drawn.

    Returns
    -------
    (n, 2) int64

    Raises
    ------
    ProjectionError
        If there are not as many pairs.
    """
    what = f"{projection.owner}: {type(connector).__name__}"
    if connector.allow_self_connections == "NoMutual":
        raise ProjectionError(
            f"{what}: allow_self_connections", value="NoMutual", limit="True or False"
        )
    if connector.allow_self_connections and connector.with_replacement:
        return drawn
    n_pre, n_post = projection.shape
    forbidden = (
        np.empty(0, dtype=np.int64)
        if connector.allow_self_connections
        else _self_connections(same_cells(projection), n_post)
    )
    n_permitted = n_pre * n_post - len(forbidden)
    enough = n_permitted >= (1 if connector.with_replacement else len(drawn))
    if len(drawn) and not enough:
        raise ProjectionError(
            f"{what}: n",
            value=len(drawn),
            limit=f"0 to {n_permitted} pairs, each once" if n_permitted else "no pair is permitted",
        )
    number = drawn[:, 0] * n_post + drawn[:, 1]
    if connector.with_replacement:
        number = _redrawn(connector.rng, number, n_pre * n_post, forbidden)
    elif 2 * len(number) <= n_permitted:
        number = _redrawn_once_each(connector.rng, number, n_pre * n_post, forbidden)
    else:  # so many that few would be left to draw again
        permitted = np.setdiff1d(np.arange(n_pre * n_post), forbidden)
        number = connector.rng.permutation(permitted)[: len(number)]
    return np.stack(np.divmod(number, n_post), axis=1).astype(np.int64)


def _self_connections(same: SameCells, n_post: int) -> Pairs:
    """Return the numbers (pre * n_post + post) of the pairs of a cell with itself."""
    pre = np.flatnonzero(same.pre_in_post >= 0)
    return pre * n_post + same.pre_in_post[pre]


def _redrawn(rng: Any, number: Pairs, n_pairs: int, forbidden: Pairs) -> Pairs:
    wrong = np.flatnonzero(np.isin(number, forbidden))
    while wrong.size:
        number[wrong] = _uniform(rng, wrong.size, n_pairs)
        wrong = wrong[np.isin(number[wrong], forbidden)]
    return number


def _redrawn_once_each(rng: Any, number: Pairs, n_pairs: int, forbidden: Pairs) -> Pairs:
    wrong = _repeated_or_forbidden(number, forbidden)
    while wrong.size:
        number[wrong] = _uniform(rng, wrong.size, n_pairs)
        wrong = _repeated_or_forbidden(number, forbidden)
    return number


def _repeated_or_forbidden(number: Pairs, forbidden: Pairs) -> Pairs:
    """Return where a pair may not be, or was there before."""
    wrong = np.isin(number, forbidden)
    repeated = np.ones(len(number), dtype=bool)
    repeated[np.unique(number, return_index=True)[1]] = False
    return np.flatnonzero(wrong | repeated)


def _uniform(rng: Any, n: int, n_pairs: int) -> Pairs:
    drawn = rng.next(n, "uniform_int", {"low": 0, "high": n_pairs}, mask=None)
    return np.atleast_1d(drawn).astype(np.int64)
