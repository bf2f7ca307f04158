"""Small-world networks: local connections, of which some are moved to random targets."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyNN import connectors
from pyNN.parameters import LazyArray

from pyNN_brainscales_emu.connector_arguments import CheckedArguments, whole_number
from pyNN_brainscales_emu.errors import ParameterError


class SmallWorldConnector(
    CheckedArguments,
    connectors.SmallWorldConnector,  # type: ignore[misc]
    connectors.MapConnector,  # type: ignore[misc]
):
    """Every cell to the cells near it; some connections go to random targets instead.

    Watts and Strogatz (1998), doi 10.1038/30918. Each presynaptic cell is connected to all cells
    at a distance less than `degree`; then each connection is moved, with the probability
    `rewiring`, to a cell drawn from those that it does not connect to. Cells on a line have the
    distances of their indices; with a `pyNN.space.Space` of periodic boundaries that line is the
    ring of the publication.

    Parameters
    ----------
    degree : float
        Distance below which cells are connected, in the units of their positions (um).
    rewiring : float
        Probability that a connection is moved, 0 to 1.
    allow_self_connections : bool or 'NoMutual'
        Whether a cell may connect to itself. ``'NoMutual'``: neither that, nor to a cell that
        may connect to it; only for a population with itself.
    n_connections : int, optional
        Number of connections of each presynaptic cell, drawn from those within `degree`; a cell
        with fewer keeps all. Default: all.
    location_selector, rng, safe, callback
        As for PyNN's connectors.

    Raises
    ------
    ParameterError
        For a degree, probability or number that cannot be.
    """

    def __init__(
        self,
        degree: float,
        rewiring: float,
        allow_self_connections: bool | str = True,
        n_connections: int | None = None,
        location_selector: Any = None,
        rng: Any = None,
        safe: bool = True,
        callback: Any = None,
    ) -> None:
        _require(_lies_in(rewiring, 0, 1), "rewiring", rewiring, "a probability, 0 to 1")
        _require(_lies_in(degree, 0, np.inf), "degree", degree, "a number, >= 0")
        if n_connections is not None:
            limit = "a whole number, >= 0, or None"
            n_connections = whole_number("SmallWorldConnector: n_connections", n_connections, limit)
        self.degree = degree
        super().__init__(
            degree,
            rewiring,
            allow_self_connections,
            n_connections,
            location_selector,
            rng,
            safe,
            callback,
        )

    def connect(self, projection: Any) -> None:
        """Connect every cell to the cells near it, then move some of the connections."""
        distances = self._generate_distance_map(projection)
        allowed = self._allowed(projection)
        columns = (distances < self.degree).by_column()
        near = np.stack([np.atleast_1d(column) for column in columns], axis=1) & allowed
        chosen = np.zeros(projection.shape, dtype=bool)
        # A cell's targets are drawn without repetition: one draw for each cell.
        for source in range(projection.shape[0]):
            chosen[source, self._targets(near[source], allowed[source])] = True
        self._connect_with_map(projection, LazyArray(chosen), distances)

    def _targets(self, near: NDArray[np.bool_], allowed: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Return the targets of one cell, from those near it and those that it may have."""
        targets = np.flatnonzero(near)
        if self.n_connections is not None and self.n_connections < len(targets):
            targets = self.rng.permutation(targets)[: self.n_connections]
        draws = self.rng.next(len(targets), "uniform", {"low": 0, "high": 1})
        free = allowed.copy()
        free[targets] = False
        others = self.rng.permutation(np.flatnonzero(free))
        moved = np.flatnonzero(draws < self.rewiring)[: len(others)]
        targets[moved] = others[: len(moved)]
        return targets

    def _allowed(self, projection: Any) -> NDArray[np.bool_]:
        """Return (pre, post) which cells may be connected."""
        if self.allow_self_connections == "NoMutual":
            mask = self._get_connection_map_no_mutual_connections(projection)
        elif self.allow_self_connections:
            mask = LazyArray(True, shape=projection.shape)
        else:
            mask = self._get_connection_map_no_self_connections(projection)
        allowed: NDArray[np.bool_] = np.asarray(mask.evaluate(simplify=False), dtype=bool)
        return allowed


def _lies_in(value: Any, low: float, high: float) -> bool:
    return isinstance(value, Real) and low <= float(value) <= high


def _require(good: bool, name: str, value: Any, limit: str) -> None:
    if not good:
        raise ParameterError(f"SmallWorldConnector: {name}", value=value, limit=limit)
