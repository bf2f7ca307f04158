"""What a training run is, so that a checkpoint is resumed by the run that it belongs to only."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

from pyNN_brainscales_emu.errors import TrainingError
from pyNN_brainscales_emu.training.data_set import DataSet
from pyNN_brainscales_emu.training.trainable import TrainableNetwork

if TYPE_CHECKING:
    from pyNN_brainscales_emu.training.loop_settings import LoopSettings

_ABSENT = object()


def describe_run(
    network: TrainableNetwork,
    data: DataSet,
    settings: LoopSettings,
    seed: int,
    context: Mapping[str, Any],
) -> dict[str, Any]:
    """Return everything that two runs must share to be the same run, as JSON can hold it."""
    return {
        "settings": described(settings),
        "layers": network.sizes,
        "network": {
            name: described(getattr(network, name, None))
            for name in ("weight_unit", "quantiser", "digital_weights")
        },
        "data": data.name,
        "data_digest": data.digest(),
        "seed": seed,
        "context": dict(context),
    }


def weight_scales(identity: Mapping[str, Any], n_layers: int) -> Sequence[float]:
    """Return the largest absolute weight of each pair of layers of a run; 1 if it names none."""
    quantiser = (identity.get("network") or {}).get("quantiser") or {}
    return quantiser.get("scales") or [1.0] * n_layers


def described(value: Any) -> Any:
    """Return what JSON can hold of a setting: kind and fields of objects, names of functions."""
    if is_dataclass(value) and not isinstance(value, type):
        parts = {field.name: described(getattr(value, field.name)) for field in fields(value)}
        return {"kind": type(value).__name__, **parts}
    if isinstance(value, list | tuple):
        return [described(part) for part in value]
    if isinstance(value, Mapping):
        return {str(key): described(part) for key, part in value.items()}
    if value is None or isinstance(value, str | bool | int | float):
        return value
    named = value if hasattr(value, "__qualname__") else type(value)
    return f"{named.__module__}.{named.__qualname__}"


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
