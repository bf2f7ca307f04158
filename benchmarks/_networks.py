"""A network as plain arrays: what all simulators get, through a file.

Needs NumPy only, as the peers run in an environment of their own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

NEURONS, SOURCES = "neurons", "sources"


@dataclass(frozen=True)
class Synapses:
    """Static synapses of one kind.

    Attributes
    ----------
    origin : str
        `NEURONS` or `SOURCES`: what `pre` counts.
    receptor : str
        'excitatory' or 'inhibitory'.
    pre, post : (n,) int32
    weight_us : float or (n,) float64
    delay_ms : float
    """

    origin: str
    receptor: str
    pre: NDArray[np.int32]
    post: NDArray[np.int32]
    weight_us: float | NDArray[np.float64]
    delay_ms: float


@dataclass(frozen=True)
class Network:
    """Neurons of one model, sources with given spikes, and synapses.

    Attributes
    ----------
    name : str
    model : str
        PyNN's name of the cell type.
    parameters : mapping
        PyNN's parameters: a number for all neurons, or an array with one for each.
    v_init : (n,) float64
        Membrane potentials at the start, mV.
    n_sources : int
    source, spike_ms : (n_spikes,) int32, float64
        The spikes of the sources, on a grid of 0.1 ms.
    synapses : sequence of Synapses
    """

    name: str
    model: str
    parameters: Mapping[str, float | NDArray[np.float64]]
    v_init: NDArray[np.float64]
    n_sources: int
    source: NDArray[np.int32]
    spike_ms: NDArray[np.float64]
    synapses: tuple[Synapses, ...]

    @property
    def size(self) -> int:
        """Number of neurons."""
        return len(self.v_init)

    @property
    def n_synapses(self) -> int:
        """Number of recurrent synapses."""
        return sum(len(s.pre) for s in self.synapses if s.origin == NEURONS)

    def save(self, path: Path) -> None:
        """Write everything into an .npz file."""
        arrays: dict[str, Any] = {
            "head": json.dumps(
                {"name": self.name, "model": self.model, "n_sources": self.n_sources}
            ),
            "v_init": self.v_init,
            "source": self.source,
            "spike_ms": self.spike_ms,
        }
        arrays |= {f"parameter/{name}": value for name, value in self.parameters.items()}
        for number, synapses in enumerate(self.synapses):
            arrays |= {f"synapses/{number}/{name}": v for name, v in asdict(synapses).items()}
        np.savez(path, **arrays)

    @classmethod
    def load(cls, path: Path) -> Network:
        """Read a file that `save` has written."""
        with np.load(path) as file:
            arrays = {name: file[name] for name in file.files}
        arrays = {name: v.item() if v.ndim == 0 else v for name, v in arrays.items()}
        numbers = sorted({int(n.split("/")[1]) for n in arrays if n.startswith("synapses/")})
        return cls(
            **json.loads(arrays["head"]),
            **{name: arrays[name] for name in ("v_init", "source", "spike_ms")},
            parameters=_below("parameter/", arrays),
            synapses=tuple(Synapses(**_below(f"synapses/{n}/", arrays)) for n in numbers),
        )


def _below(prefix: str, arrays: Mapping[str, Any]) -> dict[str, Any]:
    return {n.removeprefix(prefix): value for n, value in arrays.items() if n.startswith(prefix)}


def random_pairs(
    rng: np.random.Generator, n_pre: int, n_post: int, probability: float
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Connect each pair with the same probability; draws the gaps between connected pairs."""
    n_pairs = n_pre * n_post
    expected = n_pairs * probability
    pairs = np.empty(0, dtype=np.int64)
    while len(pairs) == 0 or pairs[-1] < n_pairs:
        gaps = rng.geometric(probability, int(expected + 10 * np.sqrt(expected + 1)))
        pairs = np.concatenate([pairs, np.cumsum(gaps) + (pairs[-1] if len(pairs) else -1)])
    pre, post = np.divmod(pairs[pairs < n_pairs], n_post)
    return pre.astype(np.int32), post.astype(np.int32)
