"""Weights of the model as signed 4-bit weights, on an excitatory and an inhibitory synapse each.

Schmitt et al. (2017), section III-B.4: ``w' = sign(W) * round(15 * |W|)``; a positive weight goes
to the excitatory synapse of a pair and a negative one to the inhibitory synapse; the partner is
off.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyNN_brainscales_emu.errors import ParameterError
from pyNN_brainscales_emu.training.relu_network import FloatArray

#: Largest 4-bit weight.
MAX_LEVEL = 15

Levels = NDArray[np.int8]


def quantise(weights: ArrayLike) -> Levels:
    """Return the signed 4-bit weights, -15 to 15, of weights from -1 to 1.

    Raises
    ------
    ParameterError
        If a weight is not a number or beyond -1 and 1.
    """
    weights = np.asarray(weights, dtype=np.float64)
    if not (np.abs(weights) <= 1).all():  # also catches NaN
        bad = weights[~(np.abs(weights) <= 1)]
        raise ParameterError(
            "quantise(): weights that have no 4-bit value",
            value=bad.ravel()[:5].tolist(),
            limit="-1 to 1",
            remedy="Clip the weights while training.",
        )
    # Rounding keeps the sign, and rounds halves to even on both sides alike.
    return np.asarray(np.rint(MAX_LEVEL * weights), dtype=np.int8)


def dequantise(levels: ArrayLike) -> FloatArray:
    """Return the weights, -1 to 1, that signed 4-bit weights stand for."""
    return np.asarray(_checked(levels) / MAX_LEVEL)


def split(levels: ArrayLike) -> tuple[Levels, Levels]:
    """Return the weights 0..15 of the excitatory and of the inhibitory synapses; 0 is off."""
    levels = _checked(levels)
    return np.maximum(levels, 0), np.maximum(-levels, 0)


def join(excitatory: ArrayLike, inhibitory: ArrayLike) -> Levels:
    """Return the signed weights of pairs of synapses: the inverse of `split`."""
    return _checked(_checked(excitatory) - _checked(inhibitory))


def quantise_all(weights: Sequence[FloatArray]) -> list[Levels]:
    """Return the signed 4-bit weights of all layers."""
    return [quantise(weight) for weight in weights]


def _checked(levels: ArrayLike) -> Levels:
    array = np.asarray(levels)
    if not np.issubdtype(array.dtype, np.integer) or (np.abs(array.astype(int)) > MAX_LEVEL).any():
        raise ParameterError(
            "signed 4-bit weights",
            value=f"{array.dtype} from {array.min()} to {array.max()}",
            limit=f"integers from -{MAX_LEVEL} to {MAX_LEVEL}",
        )
    return array.astype(np.int8)
