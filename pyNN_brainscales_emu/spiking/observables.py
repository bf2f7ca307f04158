"""What was measured on a chip, before it goes into the differentiable model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch


@dataclass
class AnalogObservable:
    """A signal as both converters read it.

    Parameters
    ----------
    cadc : tensor (T, batch, neurons), optional
        All neurons, on the time grid of the model.
    madc : any, optional
        Samples of the fast converter.
    """

    cadc: torch.Tensor | None = None
    madc: Any = None
