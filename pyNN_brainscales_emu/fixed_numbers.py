"""Connectors that give each cell a number of partners, drawn at random.

They draw the numbers that PyNN's connectors of these names draw, cell by cell, and differ where
those fail: no partner at all, one cell only, and cells that are in both groups, also of views.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyNN import connectors

from pyNN_brainscales_emu.connector_arguments import CheckedArguments, whole_number
from pyNN_brainscales_emu.emulator.ordering import order_by
from pyNN_brainscales_emu.front_end_errors import ProjectionError
from pyNN_brainscales_emu.pair_connection import check_memory, connect_pairs, constant_values
from pyNN_brainscales_emu.partner_draws import drawn_partners, draws_at_once

Indices = NDArray[np.int64]


class FixedNumberPreConnector(CheckedArguments, connectors.FixedNumberPreConnector):  # type: ignore[misc]
    """Each postsynaptic cell gets `n` presynaptic ones; arguments as PyNN's connector."""

    def connect(self, projection: Any) -> None:
        """Draw the presynaptic cells of each postsynaptic one, and connect them."""
        n_pre, n_post = projection.shape
        itself = same_cells(projection).post_in_pre
        excludes = _excludes_itself(self, itself)
        if excludes is not None and draws_at_once(self, n_pre, excludes):
            self._connect_at_once(projection, excludes)
            return
        drawn = _drawn_partners(self, projection, self._numbers(n_post), n_pre, itself)
        sources = list(drawn)
        self._standard_connect(projection, lambda mask=None: sources)

    def _connect_at_once(self, projection: Any, excludes_itself: bool) -> None:
        n_pre, n_post = projection.shape
        check_memory(projection, self.n * n_post)
        values = constant_values(self, projection)

        def sources(mask: Any = None) -> Iterator[Indices]:
            yield from drawn_partners(self, n_pre, n_post, excludes_itself)

        if values is None:  # which PyNN copies before the first cell is drawn
            self._standard_connect(projection, sources)
            return
        pre = drawn_partners(self, n_pre, n_post, excludes_itself)
        projection.connect_arrays(pre.ravel(), np.repeat(np.arange(n_post), self.n), values)

    def _numbers(self, n_cells: int) -> Iterator[Any]:
        drawn = isinstance(self.n, int)
        return iter([self.n] * n_cells if drawn else np.atleast_1d(self.n.next(n_cells)))


class FixedNumberPostConnector(CheckedArguments, connectors.FixedNumberPostConnector):  # type: ignore[misc]
    """Each presynaptic cell gets `n` postsynaptic ones; arguments as PyNN's connector."""

    def connect(self, projection: Any) -> None:
        """Draw the postsynaptic cells of each presynaptic one, and connect them."""
        n_pre, n_post = projection.shape
        itself = same_cells(projection).pre_in_post
        excludes = _excludes_itself(self, itself)
        if excludes is not None and draws_at_once(self, n_post, excludes):
            check_memory(projection, self.n * n_pre)
            post = drawn_partners(self, n_post, n_pre, excludes)
            pre = np.repeat(np.arange(n_pre), self.n)
            connect_pairs(self, projection, pre, post.ravel())
            return
        drawn = _drawn_partners(self, projection, self._numbers(n_pre), n_post, itself)
        targets = list(drawn)
        pre = np.repeat(np.arange(n_pre), [len(cells) for cells in targets])
        order, start = order_by(np.concatenate(targets), n_post)
        sources = np.split(pre[order], start[1:-1])
        self._standard_connect(projection, lambda mask=None: sources)

    def _numbers(self, n_cells: int) -> Iterator[Any]:
        """Draw a number when it is asked for, between the draws of the cells, as PyNN does."""
        return (self.n if isinstance(self.n, int) else self.n.next() for _ in range(n_cells))


class SameCells:
    """Which cells are on both sides of a projection, also through different views.

    Attributes
    ----------
    pre_in_post : (n_pre,) int64
        Index among the postsynaptic cells of each presynaptic one; -1 if it is not there.
    post_in_pre : (n_post,) int64
        The other way round.
    """

    def __init__(self, pre: Indices, post: Indices) -> None:
        self.pre_in_post = np.full(len(pre), -1, dtype=np.int64)
        self.post_in_pre = np.full(len(post), -1, dtype=np.int64)
        _, in_pre, in_post = np.intersect1d(pre, post, return_indices=True)
        self.pre_in_post[in_pre] = in_post
        self.post_in_pre[in_post] = in_pre


def same_cells(projection: Any) -> SameCells:
    """Return which cells are on both sides of a projection."""
    return SameCells(
        projection.pre.all_cells.astype(np.int64), projection.post.all_cells.astype(np.int64)
    )


def _excludes_itself(connector: Any, itself: Indices) -> bool | None:
    """Return whether cell i may not have partner i; None where other cells are excluded."""
    if connector.allow_self_connections is True or (itself < 0).all():
        return False if isinstance(connector.allow_self_connections, bool) else None
    if connector.allow_self_connections is False and (itself == np.arange(len(itself))).all():
        return True
    return None


def _drawn_partners(
    connector: Any, projection: Any, numbers: Iterator[Any], n_cells: int, itself: Indices
) -> Iterator[Indices]:
    """Yield the partners of one cell after the other.

    Parameters
    ----------
    connector, projection
    numbers : iterator of int
        How many partners each cell gets.
    n_cells : int
        That the partners are drawn from.
    itself : (n,) int64
        Index of each cell among them, or -1.
    """
    what = f"{projection.owner}: {type(connector).__name__}"
    if connector.allow_self_connections == "NoMutual":
        raise ProjectionError(
            f"{what}: allow_self_connections", value="NoMutual", limit="True or False"
        )
    excluded = np.full(len(itself), -1) if connector.allow_self_connections else itself
    for number, cell in zip(numbers, excluded.tolist(), strict=True):
        n = whole_number(f"{what}: n", number)
        if n and n_cells == 1 and cell == 0:
            raise ProjectionError(
                f"{what}: a cell that may not connect to itself has no other to connect to",
                value=n,
                limit="0 connections",
            )
        yield (
            _with_repetition(connector.rng, n, n_cells, cell)
            if (connector.with_replacement)
            else _without_repetition(connector.rng, n, n_cells, cell)
        )


def _with_repetition(rng: Any, n: int, n_cells: int, excluded: int) -> Indices:
    drawn = _uniform(rng, n, n_cells)
    wrong = np.flatnonzero(drawn == excluded)
    while wrong.size:
        drawn[wrong] = _uniform(rng, wrong.size, n_cells)
        wrong = wrong[drawn[wrong] == excluded]
    return drawn


def _uniform(rng: Any, n: int, n_cells: int) -> Indices:
    if not n:
        return np.empty(0, dtype=np.int64)
    drawn = rng.next(n, "uniform_int", {"low": 0, "high": n_cells}, mask=None)
    return np.atleast_1d(drawn).astype(np.int64)


def _without_repetition(rng: Any, n: int, n_cells: int, excluded: int) -> Indices:
    """Draw cells; one is drawn again only when all others have been."""
    if not n:
        return np.empty(0, dtype=np.int64)
    cells = np.arange(n_cells)
    if excluded >= 0:
        cells = cells[cells != excluded]
    whole_sets, rest = divmod(n, len(cells))
    drawn = [cells] * whole_sets
    if rest:
        drawn.append(rng.permutation(cells)[:rest])
    return np.concatenate(drawn).astype(np.int64)
