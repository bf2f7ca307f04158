"""What a rule must offer by which gradients change weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from pyNN_brainscales_emu.training.relu_network import FloatArray

#: What a rule remembers from one step to the next: by name, one array for each layer.
Memory = Mapping[str, tuple[FloatArray, ...]]


class Optimiser(Protocol):
    """A rule by which gradients change weights, without hidden state.

    Everything that it remembers is in its memory, which goes into checkpoints.
    """

    def start(self, weights: Sequence[FloatArray]) -> Memory:
        """Return the memory to start with."""

    def step(
        self, weights: Sequence[FloatArray], memory: Memory, gradients: Sequence[FloatArray]
    ) -> tuple[list[FloatArray], Memory]:
        """Return the new weights and the new memory; the arguments stay as they are."""
