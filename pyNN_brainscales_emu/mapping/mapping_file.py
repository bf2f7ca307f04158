"""Files of mappings: NumPy archives (npz) of plain arrays, without pickled objects.

An archive holds ``format`` and ``schema_version``, and the arrays of the result under dotted names
(``lines.hicann``, ``projection0.site``, ``defects.denmem`` with one coordinate a row, ...);
``origin`` is a text in JSON: the options that the mapping was made with.
"""

from __future__ import annotations

import json
import os
from dataclasses import fields
from typing import Any, Final, TypeVar

import numpy as np

from pyNN_brainscales_emu.errors import DataError
from pyNN_brainscales_emu.files.archive import Archive, check_format, reading_archive
from pyNN_brainscales_emu.files.formats import FileFormat
from pyNN_brainscales_emu.files.whole import whole_file
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

FORMAT: Final = FileFormat(
    kind="mapping",
    version=3,
    remedy="Map the network with map_network() and save the mapping.",
)
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
#: Kinds of NumPy types (``dtype.kind``).
_INTEGERS: Final = "iu"
_NUMBERS: Final = "iufb"
_TEXTS: Final = "U"
_T = TypeVar("_T")
#: Of a population or projection: its label and two numbers.
_Entry = tuple[str, int, int]


def save_mapping(mapping: MappingResult, path: str | os.PathLike[str]) -> None:
    """Write a mapping, whole or not at all; see `MappingResult.save`."""
    FORMAT.check_labels(path, mapping.network.labels)
    with whole_file(FORMAT.kind, path) as partial, partial.open("wb") as stream:
        np.savez(stream, allow_pickle=False, **_arrays(mapping))


def _arrays(mapping: MappingResult) -> dict[str, Any]:
    arrays: dict[str, Any] = {
        "format": np.array(FORMAT.name),
        "schema_version": np.array(FORMAT.version),
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
    with reading_archive(FORMAT, path) as archive:
        check_format(FORMAT, path, archive)
        mapping = _mapping(archive)
        problems = mapping_problems(mapping)
    if problems:
        raise DataError(
            f"{file_name(path)}: the file is damaged: {'; '.join(problems)}",
            remedy=FORMAT.remedy,
        )
    return mapping


def file_name(path: str | os.PathLike[str]) -> str:
    """Return what messages call a file."""
    return f"{FORMAT.kind} {os.fspath(path)}"


def _check_entries(archive: Archive) -> None:
    """Raise `ValueError` with the names of all entries that are missing."""
    expected = [
        *_ENTRIES,
        *(f"{part}.{column.name}" for part, cls in _PARTS.items() for column in fields(cls)),
        *(f"defects.{name}" for name in CLASSES),
    ]
    if "network.projections" in archive.names:
        columns = [column.name for column in fields(ProjectionRouting)]
        for number in range(len(archive.array("network.projections", _TEXTS))):
            expected += [f"projection{number}.{column}" for column in columns]
    missing = [name for name in expected if name not in archive.names]
    if missing:
        raise ValueError(f"it is without {', '.join(missing)}")


def _mapping(archive: Archive) -> MappingResult:
    _check_entries(archive)
    parts: dict[str, Any] = {name: _part(archive, name, cls) for name, cls in _PARTS.items()}
    network = MappedNetwork(
        tuple(
            (label, size, bool(is_source))
            for label, size, is_source in _entries(archive, "populations")
        ),
        tuple(_entries(archive, "projections")),
    )
    return MappingResult(
        projections=tuple(
            _part(archive, f"projection{number}", ProjectionRouting)
            for number in range(len(network.projections))
        ),
        row_place=archive.array("row_place", _INTEGERS),
        block_merger=archive.array("block_merger", _INTEGERS),
        neuron_synapses=archive.array("neuron_synapses", _INTEGERS),
        defects=from_lists({name: archive.array(f"defects.{name}", _INTEGERS) for name in CLASSES}),
        network=network,
        origin=MappingOrigin.from_dict(json.loads(archive.text("origin"))),
        seconds=_seconds(archive),
        **parts,
    )


def _part(archive: Archive, name: str, cls: type[_T]) -> _T:
    return cls(
        **{column.name: archive.array(f"{name}.{column.name}", _NUMBERS) for column in fields(cls)}  # type: ignore[arg-type]
    )


def _entries(archive: Archive, kind: str) -> list[_Entry]:
    labels = archive.array(f"network.{kind}", _TEXTS)
    numbers = archive.array(f"network.{kind}.numbers", _INTEGERS, (len(labels), 2))
    pairs = zip(labels.tolist(), numbers.tolist(), strict=True)
    return [(label, first, second) for label, (first, second) in pairs]


def _seconds(archive: Archive) -> dict[str, float]:
    stages = archive.array("seconds", _TEXTS)
    values = archive.array("seconds.values", "f", stages.shape)
    return dict(zip(stages.tolist(), values.tolist(), strict=True))
