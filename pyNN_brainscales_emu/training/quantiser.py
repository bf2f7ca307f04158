"""Float weights as the levels of synapses, with a scale for each layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pyNN_brainscales_emu.errors import ParameterError
from pyNN_brainscales_emu.training.conversion import MAX_LEVEL, Levels, dequantise, quantise
from pyNN_brainscales_emu.training.relu_network import FloatArray


@dataclass(frozen=True)
class Quantiser:
    """Rounds the weights of each layer to 4 bits and a sign, by `quantise`.

    Attributes
    ----------
    scales : tuple of float
        The absolute weight that level 15 stands for, one for each pair of layers; empty: 1 for
        all. Layers with small weights keep more levels with a small scale.
    """

    scales: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "scales", tuple(float(scale) for scale in self.scales))
        if not all(0 < scale < np.inf for scale in self.scales):
            raise ParameterError(
                "Quantiser: scales", value=self.scales, limit="positive numbers, one a layer"
            )

    @classmethod
    def for_weights(cls, weights: Sequence[FloatArray]) -> Quantiser:
        """Return the one whose scales are the largest absolute weights of the layers."""
        return cls(tuple(float(np.abs(weight).max()) or 1.0 for weight in weights))

    def scales_of(self, n_layers: int) -> tuple[float, ...]:
        """Return the scales of so many pairs of layers.

        Raises
        ------
        ParameterError
            If there is another number of them.
        """
        if self.scales and len(self.scales) != n_layers:
            raise ParameterError(
                "Quantiser: scales", value=self.scales, limit=f"{n_layers} numbers, one a layer"
            )
        return self.scales or (1.0,) * n_layers

    def levels(self, weights: Sequence[FloatArray]) -> list[Levels]:
        """Return the signed levels, -15 to 15.

        Raises
        ------
        ParameterError
            If a weight is no number or beyond the scale of its layer.
        """
        scales = self.scales_of(len(weights))
        return [quantise(weight / scale) for weight, scale in zip(weights, scales, strict=True)]

    def rounded(self, weights: Sequence[FloatArray]) -> list[FloatArray]:
        """Return the weights that the levels stand for."""
        scales = self.scales_of(len(weights))
        return [
            scale * dequantise(level)
            for level, scale in zip(self.levels(weights), scales, strict=True)
        ]

    def clipped(self, weights: Sequence[FloatArray]) -> list[FloatArray]:
        """Return the weights, clipped to the scales."""
        scales = self.scales_of(len(weights))
        return [
            np.clip(weight, -scale, scale) for weight, scale in zip(weights, scales, strict=True)
        ]

    def steps(self, n_layers: int) -> list[float]:
        """Return the weight that one level stands for, of each pair of layers."""
        return [scale / MAX_LEVEL for scale in self.scales_of(n_layers)]
