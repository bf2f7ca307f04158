"""What a training run is, so that a checkpoint is resumed by the run that it belongs to only."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from pyNN_brainscales_emu.errors import TrainingError
from pyNN_brainscales_emu.training.data_set import DataSet
from pyNN_brainscales_emu.training.spiking_network import SpikingNetwork

if TYPE_CHECKING:
    from pyNN_brainscales_emu.training.loop import LoopSettings

_ABSENT = object()


def describe_run(
    network: SpikingNetwork,
    data: DataSet,
    settings: LoopSettings,
    seed: int,
    context: Mapping[str, Any],
) -> dict[str, Any]:
    """Return everything that two runs must share to be the same run, as JSON can hold it."""
    return {
        "settings": asdict(settings),
        "layers": network.sizes,
        "weight_unit": network.weight_unit,
        "data": data.name,
        "data_digest": data.digest(),
        "seed": seed,
        "context": dict(context),
    }


def check_identity(found: Mapping[str, Any], expected: Mapping[str, Any], path: Any) -> None:
    """Compare the identity in a checkpoint with that of the present run.

    Parameters
    ----------
    found, expected : mapping
        Anything that JSON can hold, also nested.
    path : path
        Of the checkpoint, for the message.

    Raises
    ------
    TrainingError
        If they differ: it names every value that differs, and only those.
    """
    expected = json.loads(json.dumps(expected))  # tuples become lists, as in the file
    differing = [
        f"{name} ({_shown(old)} in the checkpoint, now {_shown(new)})"
        for name, old, new in _differences(found, expected)
    ]
    if differing:
        raise TrainingError(
            f"the checkpoint {path} belongs to another training run; different: "
            + ", ".join(differing),
            remedy="Resume with the settings of that run, or start without resuming.",
        )


def _differences(
    found: Mapping[str, Any], expected: Mapping[str, Any], prefix: str = ""
) -> Iterator[tuple[str, Any, Any]]:
    for key in sorted({*found, *expected}):
        old, new = found.get(key, _ABSENT), expected.get(key, _ABSENT)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from _differences(old, new, f"{prefix}{key}.")
        elif old != new:
            yield prefix + key, old, new


def _shown(value: Any) -> str:
    return "not set" if value is _ABSENT else repr(value)
