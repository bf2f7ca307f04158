"""What a measurement yields: circuit parameters at some stored values, for many denmems."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Points:
    """Measured points of the curves of one cell.

    Attributes
    ----------
    cell : str
        Name of the floating-gate cell.
    dac : (n_points,) int64
        Stored values.
    value : (n_points, n_denmems) float64
        Circuit parameter, V or s; NaN where the measurement gave nothing plausible.
    """

    cell: str
    dac: NDArray[np.int64]
    value: Array
