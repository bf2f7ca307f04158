"""From model weights to chip weights."""

from __future__ import annotations

import torch


def linear_saturating(
    weight: torch.Tensor, scale: float = 1.0, min_weight: float = -63.0, max_weight: float = 63.0
) -> torch.Tensor:
    """Return scaled weights, limited to what the chip has; not yet rounded."""
    return torch.clamp(scale * weight, min_weight, max_weight)
