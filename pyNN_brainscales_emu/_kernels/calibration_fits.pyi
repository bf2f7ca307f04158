import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

def fit_curves(
    measured: Array,
    weight: Array,
    log_dac: Array,
    first: float,
    step: float,
    nominal: Array,
    slope: Array,
    tried: Array,
    log_tried: Array,
    ridge_factor: float,
    ridge_gain: float,
    factor: Array,
    gain: Array,
) -> None: ...
