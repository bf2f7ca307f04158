"""Dropout of neurons, the same for all entries of a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from pyNN_brainscales_emu.spiking import functional
from pyNN_brainscales_emu.spiking.handles import LIFObservables
from pyNN_brainscales_emu.spiking.modules.base import HXFunctionalModule

if TYPE_CHECKING:
    from pyNN_brainscales_emu.spiking.experiment import Experiment


class BatchDropout(HXFunctionalModule):
    """Silences neurons of the layer before: on the chip, their event outputs are switched off.

    Parameters
    ----------
    size : int
        Of the layer before.
    dropout : float
        Probability that a neuron is silent in training; none is after `eval()`.
    experiment : Experiment
    """

    output_type = LIFObservables

    def __init__(self, size: int, dropout: float, experiment: Experiment) -> None:
        super().__init__(experiment)
        self.size, self._dropout = size, dropout
        self.mask: torch.Tensor | None = None

    def set_mask(self) -> torch.Tensor:
        """Draw a mask, (size,) bool; return it."""
        if self.training:
            self.mask = torch.rand(self.size) > self._dropout
        else:
            self.mask = torch.ones(self.size, dtype=torch.bool)
        return self.mask

    def forward_func(self, input: Any) -> Any:
        """Return the spikes of the neurons that are not silent."""
        assert self.mask is not None
        return LIFObservables(spikes=functional.batch_dropout(input.spikes, self.mask))

    def extra_repr(self) -> str:
        """Return size and probability."""
        return f"size={self.size}, dropout={self._dropout}"
