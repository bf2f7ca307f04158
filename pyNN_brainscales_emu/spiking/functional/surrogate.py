"""Spikes and what the gradient takes them for."""

from __future__ import annotations

from typing import Any

import torch

from pyNN_brainscales_emu.errors import OptionError


class SuperSpike(torch.autograd.Function):
    """A step forwards, a fast sigmoid's slope backwards.

    The gradient is ``g / (alpha |x| + 1)**2`` (Zenke and Ganguli 2018, arXiv 1705.11146).
    """

    @staticmethod
    def forward(ctx: Any, input: torch.Tensor, alpha: float) -> torch.Tensor:
        """Return 1 where the input is above 0, else 0."""
        ctx.save_for_backward(input)
        ctx.alpha = alpha
        return (input > 0).to(input.dtype)

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, None]:
        """Return the surrogate gradient."""
        (input,) = ctx.saved_tensors
        return gradients[0] / (ctx.alpha * input.abs() + 1.0) ** 2, None


def threshold(input: torch.Tensor, method: str, alpha: float) -> torch.Tensor:
    """Return spikes where the input is above 0, with a surrogate gradient.

    Parameters
    ----------
    input : tensor
        Distance from the threshold.
    method : {'superspike'}
    alpha : float
        Steepness of the surrogate.
    """
    if method != "superspike":
        raise OptionError("surrogate gradient: method", value=method, limit="'superspike'")
    spikes: torch.Tensor = SuperSpike.apply(input, alpha)  # type: ignore[no-untyped-call]
    return spikes


class Injection(torch.autograd.Function):
    """What was measured takes the place of what was modelled; the gradient goes to the model."""

    @staticmethod
    def forward(ctx: Any, modelled: torch.Tensor, measured: torch.Tensor) -> torch.Tensor:
        """Return the measured values."""
        return measured.clone()

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, None]:
        """Hand the gradient to the modelled values."""
        return gradients[0], None


def inject(modelled: torch.Tensor, measured: torch.Tensor | None) -> torch.Tensor:
    """Return measured values with the gradient of the modelled ones; without any, these."""
    if measured is None:
        return modelled
    injected: torch.Tensor = Injection.apply(modelled, measured)  # type: ignore[no-untyped-call]
    return injected
