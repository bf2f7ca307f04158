"""Functions of modules that change spikes only."""

from __future__ import annotations

import torch

from pyNN_brainscales_emu.spiking.functional.surrogate import inject


def batch_dropout(input: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Return spikes of the neurons whose mask is True; the others are silent in the whole batch."""
    return input * mask.to(input.device)


def input_neuron(input: torch.Tensor, hw_data: torch.Tensor | None = None) -> torch.Tensor:
    """Return the input spikes, or those that the chip has looped back."""
    if hw_data is None:
        return input
    return inject(input, hw_data.to(input.device)[: len(input)])
