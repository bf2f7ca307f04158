"""Decoders: one score a neuron from its trace."""

from __future__ import annotations

import torch


class MaxOverTime(torch.nn.Module):
    """The largest value of each trace."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """Return (batch, neurons) of (T, batch, neurons)."""
        return input.max(dim=0).values


class SumOverTime(torch.nn.Module):
    """The sum of each trace."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """Return (batch, neurons) of (T, batch, neurons)."""
        return input.sum(dim=0)


class MeanOverTime(torch.nn.Module):
    """The mean of each trace."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """Return (batch, neurons) of (T, batch, neurons)."""
        return input.mean(dim=0)
