"""What the trainer asks of a network: `SpikingNetwork` has it, and a network of one's own may."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.training.conversion import Levels
from pyNN_brainscales_emu.training.presentation import Presentation
from pyNN_brainscales_emu.training.quantiser import Quantiser


class TrainableNetwork(Protocol):
    """A feed-forward network whose weights can be set and whose layers can be watched.

    Attributes
    ----------
    sizes : tuple of int
        Units of each layer, from the input to the labels.
    quantiser : Quantiser
        How float weights become the levels that it takes.
    """

    sizes: tuple[int, ...]
    quantiser: Quantiser

    def set_weights(self, levels: Sequence[Levels]) -> None:
        """Set the signed levels of all layers, each (n_pre, n_post)."""

    def present(
        self,
        rates: NDArray[np.float64],
        generator: np.random.Generator,
        *,
        keep_spikes: bool = False,
        progress: bool = True,
    ) -> Presentation:
        """Return the answer to inputs, (n, sizes[0]) in Hz; see `SpikingNetwork.present`."""
