"""The state of a training run, and the file that it can be resumed from.

A checkpoint is a NumPy archive without pickled objects. It is written to a second file which then
takes the place of the first, so at any moment there is one complete checkpoint on the disk.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np

from pyNN_brainscales_emu.errors import TrainingError
from pyNN_brainscales_emu.files.archive import Archive, check_format_line, reading_archive
from pyNN_brainscales_emu.files.formats import FileFormat
from pyNN_brainscales_emu.files.whole import whole_file
from pyNN_brainscales_emu.training.identity import check_identity, weight_scales
from pyNN_brainscales_emu.training.optimiser import Memory
from pyNN_brainscales_emu.training.relu_network import FloatArray
from pyNN_brainscales_emu.training.table import Table

_FORMAT: Final = FileFormat(
    kind="training checkpoint",
    version=2,
    remedy="Start the training without resuming, or name the file that an earlier run wrote.",
)
#: What is kept of each iteration, besides the metrics that a user adds.
HISTORY = ("cost", "batch_accuracy", "test_accuracy", "weight_change")


@dataclass(frozen=True)
class TrainingState:
    """Everything that the next iteration depends on.

    Attributes
    ----------
    iteration : int
        Number of iterations done.
    weights : tuple of arrays, (n_pre, n_post)
        Float weights kept by the host.
    memory : mapping of str to tuple of arrays
        What the optimiser remembers, such as the velocity of the weights, which a tuple without
        a name stands for.
    generator : mapping
        State of the NumPy bit generator.
    history : mapping of str to array, (iteration,)
        ``cost`` and ``batch_accuracy`` of the batch presented, ``test_accuracy`` after the
        iteration (NaN where it was not measured), ``weight_change``: mean absolute change of the
        float weights in steps of the 4-bit weight; and the metrics by their names.
    """

    iteration: int
    weights: tuple[FloatArray, ...]
    memory: Memory
    generator: Mapping[str, Any]
    history: Mapping[str, FloatArray]

    def __post_init__(self) -> None:
        if not isinstance(self.memory, Mapping):
            object.__setattr__(self, "memory", {"velocity": tuple(self.memory)})

    def table(self) -> Table:
        """Return the history as a table, one row an iteration."""
        numbers = np.arange(1, self.iteration + 1)
        columns = {name: values.tolist() for name, values in self.history.items()}
        return Table({"iteration": numbers.tolist(), **columns})


def save_checkpoint(path: str | Path, state: TrainingState, identity: Mapping[str, Any]) -> None:
    """Write a checkpoint, whole or not at all.

    Parameters
    ----------
    path : path
    state : TrainingState
    identity : mapping
        What the run is: settings, data, back end; anything that JSON can hold.

    Raises
    ------
    DataError
        If the file cannot be written.
    """
    with whole_file(_FORMAT.kind, path, make_folder=True) as partial, partial.open("wb") as file:
        np.savez(file, allow_pickle=False, **_to_arrays(state, identity))


def load_checkpoint(path: str | Path) -> tuple[TrainingState, dict[str, Any]]:
    """Return the state and the identity that a checkpoint holds.

    Raises
    ------
    DataError
        If the file is missing, damaged, or no checkpoint of this package.
    """
    with reading_archive(_FORMAT, path) as archive:
        check_format_line(_FORMAT, path, archive)
        identity = dict(json.loads(archive.text("identity")))
        return _read(archive, identity), identity


def load_fitting(path: str | Path, identity: Mapping[str, Any]) -> TrainingState:
    """Return the state that a checkpoint of the run with this identity holds.

    Parameters
    ----------
    path : path
    identity : mapping
        Of the present run; see `describe_run`.

    Raises
    ------
    DataError
        If the file is missing or damaged.
    TrainingError
        If it belongs to another run, or its weights do not fit the layers.
    """
    state, found = load_checkpoint(path)
    check_identity(found, identity, path)
    shapes = list(pairwise(identity["layers"]))
    if [weight.shape for weight in state.weights] != shapes:
        raise TrainingError(
            f"the checkpoint {path} has weights of other shapes",
            value=[weight.shape for weight in state.weights],
            limit=shapes,
        )
    return state


def keep_former(path: str | Path) -> Path | None:
    """Copy the checkpoint of a former run, if there is one, to ``<name>.bak`` beside it.

    Returns
    -------
    Path or None
        The copy. The checkpoint itself stays until a newer one takes its place.
    """
    path = Path(path)
    if not path.is_file():
        return None
    kept = path.with_name(path.name + ".bak")
    with whole_file("former checkpoint", kept) as partial:
        shutil.copy2(path, partial)
    return kept


def _to_arrays(state: TrainingState, identity: Mapping[str, Any]) -> dict[str, Any]:
    arrays: dict[str, Any] = {
        "format": np.array(f"{_FORMAT.name} {_FORMAT.version}"),
        "identity": np.array(json.dumps(identity)),
        "iteration": np.array(state.iteration),
        "generator": np.array(json.dumps(state.generator)),
    }
    for index, weight in enumerate(state.weights):
        arrays[f"weights_{index}"] = weight
    for name, parts in state.memory.items():
        arrays |= {f"memory_{name}_{index}": part for index, part in enumerate(parts)}
    return arrays | {f"history_{name}": values for name, values in state.history.items()}


def _read(archive: Archive, identity: Mapping[str, Any]) -> TrainingState:
    """Return the state, every array of which must be of the type that training goes on with."""
    iteration = archive.integer("iteration")
    n_layers = sum(name.startswith("weights_") for name in archive.names)
    if not n_layers or iteration < 0:
        raise ValueError("it holds no weights")
    generator = json.loads(archive.text("generator"))
    generator_from(generator)
    weights = [_floats(archive, f"weights_{index}") for index in range(n_layers)]
    _check_weights(weights, weight_scales(identity, n_layers))
    memory = _memory(archive, n_layers)
    names = [name.removeprefix("history_") for name in archive.names if name.startswith("history_")]
    history = {
        name: _floats(archive, f"history_{name}", (iteration,))
        for name in dict.fromkeys((*HISTORY, *names))
    }
    for name in ("batch_accuracy", "test_accuracy"):
        if np.any((history[name] < 0) | (history[name] > 1)):  # NaN: not measured
            raise ValueError(f"{name} is beyond 0 to 1")
    return TrainingState(iteration, tuple(weights), memory, generator, history)


def _floats(archive: Archive, name: str, shape: tuple[int, ...] | None = None) -> FloatArray:
    values = archive.array(name, "f", shape)
    if values.dtype != np.float64:
        raise ValueError(f"{name} has the type {values.dtype}")
    return values


def _memory(archive: Archive, n_layers: int) -> dict[str, tuple[FloatArray, ...]]:
    """Return what the optimiser remembers: finite numbers for each layer."""
    found = {name.rpartition("_")[0] for name in archive.names if name.startswith("memory_")}
    memory = {
        name.removeprefix("memory_"): tuple(
            _floats(archive, f"{name}_{index}") for index in range(n_layers)
        )
        for name in sorted(found)
    }
    for name, parts in memory.items():
        if not all(np.isfinite(part).all() for part in parts):
            raise ValueError(f"the memory {name} of the optimiser is not finite")
    return memory


def _check_weights(weights: Sequence[FloatArray], scales: Sequence[float]) -> None:
    if any(weight.ndim != 2 for weight in weights):
        raise ValueError("its weights are no matrices")
    if any(one.shape[1] != other.shape[0] for one, other in pairwise(weights)):
        raise ValueError("its layers do not follow each other")
    for weight, scale in zip(weights, scales, strict=True):
        if not np.all(np.abs(weight) <= scale):  # NaN is not
            raise ValueError(f"its weights are beyond {-scale:g} to {scale:g}")


def generator_from(state: Mapping[str, Any]) -> np.random.Generator:
    """Return a generator that goes on from the state of a PCG64 bit generator."""
    generator = np.random.Generator(np.random.PCG64())
    generator.bit_generator.state = dict(state)
    return generator
