"""Files of mappings: NumPy archives (npz) of plain arrays, without pickled objects.

An archive holds ``format`` and ``schema_version``, and the arrays of the result under dotted names
(``lines.hicann``, ``projection0.site``, ``defects.denmem`` with one coordinate a row, ...);
``origin`` is a text in JSON: the options that the mapping was made with.
"""

from __future__ import annotations

import json
import os
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.errors import DataError, OptionError
from pyNN_brainscales_emu.hardware.defects import CLASSES, as_list, from_lists
from pyNN_brainscales_emu.mapping.layer1_results import (
    DriverAllocation,
    Layer1Routing,
    LineTable,
    RowSettings,
)
from pyNN_brainscales_emu.mapping.mapped_network import MappedNetwork
from pyNN_brainscales_emu.mapping.mapping_file_check import mapping_problems
from pyNN_brainscales_emu.mapping.origin import MappingOrigin
from pyNN_brainscales_emu.mapping.results import MappingResult, Placement, ProjectionRouting
from pyNN_brainscales_emu.whole_files import whole_file

FORMAT: Final = "pyNN_brainscales_emu mapping"
SCHEMA_VERSION: Final = 3
#: Parts of the result that consist of arrays.
_PARTS: Final[dict[str, type]] = {
    "placement": Placement,
    "lines": LineTable,
    "layer1": Layer1Routing,
    "drivers": DriverAllocation,
    "rows": RowSettings,
}
#: Entries beside those of the parts, of the projections and of the defects.
_ENTRIES: Final = (
    "row_place",
    "block_merger",
    "neuron_synapses",
    "network.populations",
    "network.populations.numbers",
    "network.projections",
    "network.projections.numbers",
    "origin",
    "seconds",
    "seconds.values",
)
#: What reading a damaged or foreign file may raise.
_UNREADABLE: Final = (
    KeyError,
    IndexError,
    ValueError,
    TypeError,
    AttributeError,
    EOFError,
    RuntimeError,
    OverflowError,
    MemoryError,
    OptionError,
    zipfile.BadZipFile,
    zlib.error,
)
#: The first bytes of an archive.
_ARCHIVE: Final = b"PK"
_T = TypeVar("_T")
Arrays = Mapping[str, NDArray[Any]]


def save_mapping(mapping: MappingResult, path: str | os.PathLike[str]) -> None:
    """Write a mapping, whole or not at all; see `MappingResult.save`."""
    with whole_file("mapping", path) as partial, partial.open("wb") as stream:
        np.savez(stream, allow_pickle=False, **_arrays(mapping))


def _arrays(mapping: MappingResult) -> dict[str, Any]:
    arrays: dict[str, Any] = {
        "format": np.array(FORMAT),
        "schema_version": np.array(SCHEMA_VERSION),
        "row_place": mapping.row_place,
        "block_merger": mapping.block_merger,
        "neuron_synapses": mapping.neuron_synapses,
    }
    for part in _PARTS:
        arrays |= _columns(part, getattr(mapping, part))
    for number, routing in enumerate(mapping.projections):
        arrays |= _columns(f"projection{number}", routing)
    arrays |= {f"defects.{name}": as_list(name, mapping.defects) for name in CLASSES}
    for kind in ("populations", "projections"):
        entries = getattr(mapping.network, kind)
        arrays[f"network.{kind}"] = np.array([entry[0] for entry in entries], dtype=np.str_)
        numbers = [entry[1:] for entry in entries]
        arrays[f"network.{kind}.numbers"] = np.array(numbers, dtype=np.int64).reshape(-1, 2)
    arrays["origin"] = np.array(json.dumps(mapping.origin.to_dict()))
    arrays["seconds"] = np.array(list(mapping.seconds), dtype=np.str_)
    arrays["seconds.values"] = np.array(list(mapping.seconds.values()), dtype=float)
    return arrays


def _columns(name: str, part: Any) -> dict[str, Any]:
    return {f"{name}.{column.name}": getattr(part, column.name) for column in fields(part)}


def load_mapping(path: str | os.PathLike[str]) -> MappingResult:
    """Read a mapping.

    Raises
    ------
    DataError
        If the file is missing, damaged, or of another kind or version.
    """
    name = file_name(path)
    try:
        arrays = _read(name, path)
        mapping = _mapping(arrays)
        problems = mapping_problems(mapping)
    except OSError as error:
        raise DataError(f"{name} cannot be read: {error.strerror or error}") from error
    except _UNREADABLE as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{name} is damaged: {error}".rstrip(".")) from error
    if problems:
        raise DataError(f"{name} is damaged: {'; '.join(problems)}")
    return mapping


def file_name(path: str | os.PathLike[str]) -> str:
    """Return what messages call a file."""
    return f"Mapping file {os.fspath(path)!r}"


def _read(name: str, path: str | os.PathLike[str]) -> dict[str, NDArray[Any]]:
    with Path(path).open("rb") as stream:
        if stream.read(len(_ARCHIVE)) != _ARCHIVE:
            raise DataError(f"{name} is damaged, or no mapping: it is no NumPy archive")
        stream.seek(0)
        loaded = np.load(stream, allow_pickle=False)
        if not isinstance(loaded, np.lib.npyio.NpzFile):
            raise DataError(f"{name} is no mapping")
        with loaded as archive:
            _check_format(name, archive)
            return {key: archive[key] for key in archive.files}


def _check_format(name: str, archive: Any) -> None:
    if "format" not in archive or str(archive["format"]) != FORMAT:
        raise DataError(f"{name} is no mapping", limit=f"'format': {FORMAT!r}")
    version = archive["schema_version"].item()
    if type(version) is not int or version != SCHEMA_VERSION:
        raise DataError(
            f"{name} is of another version",
            value=version,
            limit=SCHEMA_VERSION,
            remedy="Map the network again with map_network() and save the mapping.",
        )


def _check_entries(arrays: Arrays) -> None:
    """Raise `ValueError` with the names of all entries that are missing."""
    expected = [
        *_ENTRIES,
        *(f"{part}.{column.name}" for part, cls in _PARTS.items() for column in fields(cls)),
        *(f"defects.{name}" for name in CLASSES),
    ]
    for number in range(len(arrays.get("network.projections", ()))):
        expected += [f"projection{number}.{column.name}" for column in fields(ProjectionRouting)]
    missing = [name for name in expected if name not in arrays]
    if missing:
        raise ValueError(f"it is without {', '.join(missing)}")


def _mapping(arrays: Arrays) -> MappingResult:
    _check_entries(arrays)
    parts: dict[str, Any] = {name: _part(arrays, name, cls) for name, cls in _PARTS.items()}
    network = MappedNetwork(
        tuple(
            (label, size, bool(is_source))
            for label, size, is_source in _rows(arrays, "populations")
        ),
        tuple(_rows(arrays, "projections")),
    )
    return MappingResult(
        projections=tuple(
            _part(arrays, f"projection{number}", ProjectionRouting)
            for number in range(len(network.projections))
        ),
        row_place=arrays["row_place"],
        block_merger=arrays["block_merger"],
        neuron_synapses=arrays["neuron_synapses"],
        defects=from_lists({name: arrays[f"defects.{name}"] for name in CLASSES}),
        network=network,
        origin=MappingOrigin.from_dict(json.loads(str(arrays["origin"]))),
        seconds=dict(
            zip(arrays["seconds"].tolist(), arrays["seconds.values"].tolist(), strict=True)
        ),
        **parts,
    )


def _part(arrays: Arrays, name: str, cls: type[_T]) -> _T:
    return cls(**{column.name: arrays[f"{name}.{column.name}"] for column in fields(cls)})  # type: ignore[arg-type]


def _rows(arrays: Arrays, kind: str) -> list[tuple[str, int, int]]:
    labels, numbers = arrays[f"network.{kind}"].tolist(), arrays[f"network.{kind}.numbers"].tolist()
    return [(label, *pair) for label, pair in zip(labels, numbers, strict=True)]
