"""A number of partners for each cell, drawn for all cells at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.numpy_stream import NumpyStream


def draws_at_once(connector: Any, n_partners: int, excludes_itself: bool) -> bool:
    """Return whether a `FixedNumberConnector` can be left to `drawn_partners`.

    Not if its number of partners is drawn, if its random numbers are not NumPy's, or if numbers
    are drawn again until a cell is not its own partner.
    """
    if not (isinstance(connector.n, int) and NumpyStream.is_known(connector.rng)):
        return False
    return not excludes_itself or (not connector.with_replacement and n_partners > 1)


def drawn_partners(
    connector: Any, n_partners: int, n_cells: int, excludes_itself: bool
) -> NDArray[np.int64]:
    """Return the partners of each cell, (n_cells, n), as PyNN's own connectors draw them.

    Parameters
    ----------
    connector : FixedNumberPreConnector or FixedNumberPostConnector
    n_partners : int
        From which they are drawn.
    n_cells : int
        Cells that get partners.
    excludes_itself : bool
        Whether cell i may not have partner i.
    """
    if connector.with_replacement:
        drawn = connector.rng.randint(0, n_partners, size=(n_cells, connector.n))
        return np.asarray(drawn, dtype=np.int64)
    n_allowed = n_partners - excludes_itself
    n_rounds, n_others = divmod(connector.n, n_allowed)
    partners = np.empty((n_cells, connector.n), dtype=np.int64)
    partners[:, : n_rounds * n_allowed] = np.tile(np.arange(n_allowed), n_rounds)
    if n_others:
        others = NumpyStream(connector.rng).permutations(n_cells, n_allowed, n_others)
        partners[:, n_rounds * n_allowed :] = others
    if excludes_itself:
        partners += partners >= np.arange(n_cells)[:, np.newaxis]
    return partners
