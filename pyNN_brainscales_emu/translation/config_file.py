"""Configurations in files: HDF5 with a schema version, written whole or not at all.

Layout: attributes ``format``, ``schema_version``, ``wafer``, ``variation``, ``places``,
``write_number``; the groups

* ``network``: labels and numbers of populations and projections;
* ``denmems``: ``neuron``, ``hicann``, ``denmem``;
* ``floating_gates``, ``on``, ``clipped``: a data set for each cell, one entry a denmem;
* ``asked``: for each cell ``held``, ``value``, ``outside``, where effects were switched off;
* ``shared``: ``hicann`` and ``mode``, and for each shared cell (n_hicanns, 4);
* ``rows``: a data set for each column of `RowTable`, and ``translated_strength``;
* ``projections``: by number ``digital``, ``clipped``, ``by_hand``.

Files are data: nothing in them is executed. h5py is needed (extra ``io``).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.errors import DataError
from pyNN_brainscales_emu.hardware.floating_gate import SHARED_CELLS
from pyNN_brainscales_emu.hdf5_files import DAMAGE, new_file, require_h5py
from pyNN_brainscales_emu.mapping.mapped_network import MappedNetwork
from pyNN_brainscales_emu.translation.cell_targets import ROLES
from pyNN_brainscales_emu.translation.circuits import AskedCell
from pyNN_brainscales_emu.translation.compound import NeuronDenmems
from pyNN_brainscales_emu.translation.config_check import problems_of
from pyNN_brainscales_emu.translation.config_places import DENMEM_CELLS
from pyNN_brainscales_emu.translation.hardware_config import HardwareConfig
from pyNN_brainscales_emu.translation.neurons import SWITCHED_CELLS
from pyNN_brainscales_emu.translation.stored import (
    RowTable,
    SharedCells,
    StoredNeurons,
    StoredSynapses,
)

_KIND: Final = "hardware configuration"
FORMAT: Final = f"pyNN_brainscales_emu {_KIND}"
SCHEMA_VERSION: Final = 2
_ASKED: Final = ("held", "value", "outside")
#: Types of the columns of rows that are not int32.
_ROW_TYPES: Final = {"receptor": np.int8, "stp_mode": np.int8}
_DENMEMS: Final = ("neuron", "hicann", "denmem")


def save_config(
    config: HardwareConfig, path: str | os.PathLike[str], *, overwrite: bool = False
) -> None:
    """Write a configuration; see `HardwareConfig.save`."""
    with new_file(_KIND, path, overwrite=overwrite) as file:
        _write(file, config)


def load_config(path: str | os.PathLike[str]) -> HardwareConfig:
    """Read a configuration.

    Raises
    ------
    DataError
        If the file is missing, damaged, of another kind or version, or holds numbers that cannot
        be.
    """
    h5py = require_h5py(_KIND)
    name = f"{_KIND} {os.fspath(path)}"
    if not Path(path).is_file():
        raise DataError(f"{name}: there is no such file")
    try:
        with h5py.File(os.fspath(path), "r") as file:
            _check_version(name, file)
            config = _read(file)
    except DAMAGE as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{name}: the file is damaged ({error})".rstrip(".")) from error
    problems = problems_of(config)
    if problems:
        raise DataError(
            f"{name}: {'; '.join(problems)}", remedy="The file cannot be trusted: save it again."
        )
    return config


def _check_version(name: str, file: Any) -> None:
    if file.attrs.get("format") != FORMAT:
        raise DataError(
            f"{name}: the file is no hardware configuration",
            value=file.attrs.get("format"),
            limit=FORMAT,
        )
    version = np.asarray(file.attrs["schema_version"]).item()
    if type(version) is not int or version != SCHEMA_VERSION:
        raise DataError(
            f"{name}: the file has another schema version",
            value=version,
            limit=SCHEMA_VERSION,
            remedy="Save it again with this version, or read it with the one that wrote it.",
        )


# --- writing ---------------------------------------------------------------------------------


def _write(file: Any, config: HardwareConfig) -> None:
    file.attrs["format"] = FORMAT
    file.attrs["schema_version"] = SCHEMA_VERSION
    for name in ("wafer", "variation", "places", "write_number"):
        file.attrs[name] = getattr(config, name)
    for path, values in _arrays(config).items():
        storage = {"compression": "gzip", "fletcher32": True} if values.size else {}
        file.create_dataset(path, data=values, **storage)
    network = file.create_group("network")
    for kind in ("populations", "projections"):
        entries = getattr(config.network, kind)
        labels = network.create_group(kind)
        labels.attrs["n"] = len(entries)
        for number, (label, *numbers) in enumerate(entries):
            labels.attrs[f"label{number}"] = label
            labels.attrs[f"numbers{number}"] = np.array(numbers, dtype=np.int64)


def _arrays(config: HardwareConfig) -> dict[str, NDArray[Any]]:
    neurons, synapses = config.neurons, config.synapses
    arrays = {f"denmems/{name}": getattr(neurons.denmems, name) for name in _DENMEMS}
    arrays |= {f"floating_gates/{cell}": values for cell, values in neurons.cells.items()}
    arrays |= {f"on/{cell}": values for cell, values in neurons.on.items()}
    arrays |= {f"clipped/{cell}": values for cell, values in neurons.clipped.items()}
    for cell, asked in neurons.asked.items():
        arrays |= {f"asked/{cell}/{name}": getattr(asked, name) for name in _ASKED}
    arrays["shared/hicann"] = config.shared_cells.hicann
    arrays["shared/mode"] = config.shared_cells.mode
    arrays |= {f"shared/{cell}": values for cell, values in config.shared_cells.cells.items()}
    for column in fields(RowTable):
        arrays[f"rows/{column.name}"] = getattr(synapses.rows, column.name)
    arrays["rows/translated_strength"] = synapses.translated_strength
    for number, digital in enumerate(synapses.digital):
        arrays[f"projections/{number}/digital"] = digital
        arrays[f"projections/{number}/clipped"] = synapses.clipped[number]
        by_hand = synapses.by_hand[number]
        if by_hand is not None:
            arrays[f"projections/{number}/by_hand"] = by_hand
    return arrays


# --- reading ---------------------------------------------------------------------------------


def _read(file: Any) -> HardwareConfig:
    network = _network(file["network"])
    return HardwareConfig(
        wafer=int(file.attrs["wafer"]),
        variation=str(file.attrs["variation"]),
        network=network,
        places=int(file.attrs["places"]),
        neurons=_neurons(file),
        shared_cells=SharedCells(
            _integers(file["shared/hicann"], np.int32),
            {cell: _integers(file["shared"][cell], np.int32) for cell in SHARED_CELLS},
            _integers(file["shared/mode"], np.int8),
        ),
        synapses=_synapses(file, len(network.projections)),
        write_number=int(file.attrs["write_number"]),
    )


def _network(group: Any) -> MappedNetwork:
    entries: dict[str, list[Any]] = {}
    for kind in ("populations", "projections"):
        attributes = group[kind].attrs
        entries[kind] = [
            (str(attributes[f"label{i}"]), *(int(n) for n in attributes[f"numbers{i}"]))
            for i in range(int(attributes["n"]))
        ]
    populations = [
        (label, size, bool(is_source)) for label, size, is_source in entries["populations"]
    ]
    return MappedNetwork(tuple(populations), tuple(entries["projections"]))


def _neurons(file: Any) -> StoredNeurons:
    neuron, hicann, denmem = (_integers(file["denmems"][name], np.intp) for name in _DENMEMS)
    first = np.flatnonzero(np.diff(neuron, prepend=-1))
    return StoredNeurons(
        NeuronDenmems(neuron, hicann, denmem, first),
        cells={cell: _integers(file["floating_gates"][cell], np.int32) for cell in DENMEM_CELLS},
        on={cell: _flags(file["on"][cell]) for cell in SWITCHED_CELLS},
        clipped={cell: _flags(file["clipped"][cell]) for cell in ROLES},
        asked=_asked(file["asked"]) if "asked" in file else {},
    )


def _asked(group: Any) -> Mapping[str, AskedCell]:
    return {
        cell: AskedCell(
            np.array(group[cell]["held"], dtype=float),
            np.array(group[cell]["value"], dtype=float),
            _flags(group[cell]["outside"]),
        )
        for cell in ROLES
    }


def _synapses(file: Any, n_projections: int) -> StoredSynapses:
    rows = file["rows"]
    columns: dict[str, Any] = {
        column.name: _integers(rows[column.name], _ROW_TYPES.get(column.name, np.int32))
        for column in fields(RowTable)
    }
    groups = [file[f"projections/{number}"] for number in range(n_projections)]
    return StoredSynapses(
        RowTable(**columns),
        tuple(_integers(group["digital"], np.int16) for group in groups),
        tuple(_flags(group["clipped"]) for group in groups),
        tuple(_flags(group["by_hand"]) if "by_hand" in group else None for group in groups),
        np.array(rows["translated_strength"], dtype=float),
    )


def _integers(data: Any, dtype: Any) -> NDArray[Any]:
    values = np.array(data)
    if values.dtype.kind not in "iu":
        raise ValueError(f"{data.name} does not hold whole numbers")
    return values.astype(dtype)


def _flags(data: Any) -> NDArray[np.bool_]:
    values = np.array(data)
    if values.dtype != bool:
        raise ValueError(f"{data.name} does not hold truth values")
    return values
