"""Which checkpoints a training can go on from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pyNN_brainscales_emu.errors import TrainingError
from pyNN_brainscales_emu.training.checkpoint import TrainingState, load_fitting
from pyNN_brainscales_emu.training.data_set import DataSet
from pyNN_brainscales_emu.training.identity import describe_run, described
from pyNN_brainscales_emu.training.loop_settings import Encoder, LoopSettings, Metric
from pyNN_brainscales_emu.training.trainable import TrainableNetwork


def check_checkpoint(
    path: str | Path,
    network: TrainableNetwork,
    data: DataSet,
    settings: LoopSettings | None = None,
    *,
    encoder: Encoder | None = None,
    metrics: Mapping[str, Metric] | None = None,
    seed: int = 0,
    context: Mapping[str, Any] | None = None,
) -> TrainingState:
    """Return the state in a checkpoint if a trainer made with these arguments could resume it.

    It needs no weights to start from, so it can be asked before the training in software.

    Parameters
    ----------
    path : path
    network, data, settings, encoder, metrics, seed, context
        As for `InTheLoopTrainer`.

    Raises
    ------
    DataError
        If the file is missing or damaged.
    TrainingError
        If it belongs to a run with other settings.
    """
    settings = settings or LoopSettings()
    identity = identity_of(network, data, settings, encoder, metrics, seed, context)
    return resumable(path, identity, network, settings)


def resumable(
    path: str | Path,
    identity: Mapping[str, Any],
    network: TrainableNetwork,
    settings: LoopSettings,
) -> TrainingState:
    """Return the state in a checkpoint of this run, with all that the next iteration needs."""
    state = load_fitting(path, identity)
    network.quantiser.levels(state.weights)
    needed = settings.optimiser.start(state.weights)
    shapes = [
        {name: [part.shape for part in parts] for name, parts in memory.items()}
        for memory in (state.memory, needed)
    ]
    if shapes[0] != shapes[1]:
        raise TrainingError(
            f"the checkpoint {path} holds the memory of another optimiser",
            value=shapes[0],
            limit=shapes[1],
        )
    return state


def identity_of(
    network: TrainableNetwork,
    data: DataSet,
    settings: LoopSettings,
    encoder: Encoder | None,
    metrics: Mapping[str, Metric] | None,
    seed: int,
    context: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """Return everything that two runs must share to be the same run."""
    functions = {"encoder": described(encoder), "metrics": sorted(metrics or {})}
    return {**describe_run(network, data, settings, seed, context or {}), **functions}
