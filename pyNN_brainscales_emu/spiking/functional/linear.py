"""Weighted sums of spikes."""

from __future__ import annotations

from typing import Any, Final

import torch

from pyNN_brainscales_emu.errors import ParameterError

#: Largest weight of a synapse on the chip.
WEIGHT_MAX: Final = 63


def linear(
    input: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None = None
) -> torch.Tensor:
    """Return the weighted sums, (..., out)."""
    return torch.nn.functional.linear(input, weight, bias)


def linear_sparse(
    input: torch.Tensor,
    weight: torch.Tensor,
    connections: torch.Tensor | None = None,
    bias: torch.Tensor | None = None,
) -> torch.Tensor:
    """Return the weighted sums; weights of what is not connected are set to zero.

    Parameters
    ----------
    input : tensor (..., in)
    weight : tensor (out, in)
    connections : bool tensor (out, in), optional
        All are connected by default.
    bias : tensor (out,), optional
    """
    if connections is not None:
        with torch.no_grad():
            weight.masked_fill_(~connections, 0.0)
    return torch.nn.functional.linear(input, weight, bias)


class _Rounding(torch.autograd.Function):
    """Multiples of a step forwards, the identity backwards."""

    @staticmethod
    def forward(ctx: Any, values: torch.Tensor, step: float) -> torch.Tensor:
        return torch.round(values / step) * step

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, None]:
        return gradients[0], None


def linear_exponential_clamp(
    inputs: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor | None = None,
    cap: float = 1.5,
    start_weight: float = 61.0,
    quantize: bool = False,
) -> torch.Tensor:
    """Return the weighted sums, with weights that bend towards the largest one of the chip.

    Parameters
    ----------
    inputs : tensor (..., in)
    weight : tensor (out, in)
    bias : tensor (out,), optional
    cap : float
        Model weight of the chip's largest one: 63 over the weight scale.
    start_weight : float
        Chip weight from which on they bend, 0 to below 63.
    quantize : bool
        Whether weights are rounded to the chip's steps; the gradient passes.
    """
    if not 0 <= start_weight < WEIGHT_MAX:
        raise ParameterError(
            "linear_exponential_clamp: start_weight", value=start_weight, limit="0 to below 63"
        )
    start = start_weight / WEIGHT_MAX
    steepness = 1 / (1 - start)
    size = weight.abs() / cap
    bent = cap * (1 - torch.exp(-steepness * (size - start)) / steepness)
    clamped = torch.where(size > start, torch.sign(weight) * bent, weight)
    if quantize:
        clamped = _Rounding.apply(clamped, cap / WEIGHT_MAX)  # type: ignore[no-untyped-call]
    return torch.nn.functional.linear(inputs, clamped, bias)
