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
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.errors import DataError
from pyNN_brainscales_emu.files.formats import FileFormat
from pyNN_brainscales_emu.files.hdf5 import (
    integer_attribute,
    new_file,
    read_table,
    reading_file,
    sub_group,
    text_attribute,
)
from pyNN_brainscales_emu.hardware.constants import FG_BLOCKS_PER_HICANN
from pyNN_brainscales_emu.hardware.floating_gate import SHARED_CELLS, SHARED_NEURON_CELLS
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

FORMAT: Final = FileFormat(
    kind="hardware configuration",
    version=2,
    remedy="Save one with sim.hardware_config().save(path).",
)
_ASKED: Final = ("held", "value", "outside")
#: Types of the columns of rows that are not int32.
_ROW_TYPES: Final = {"receptor": np.int8, "stp_mode": np.int8}
_DENMEMS: Final = ("neuron", "hicann", "denmem")


def save_config(
    config: HardwareConfig, path: str | os.PathLike[str], *, overwrite: bool = False
) -> None:
    """Write a configuration; see `HardwareConfig.save`."""
    FORMAT.check_labels(path, config.network.labels)
    with new_file(FORMAT, path, overwrite=overwrite) as file:
        _write(file, config)


def load_config(path: str | os.PathLike[str]) -> HardwareConfig:
    """Read a configuration.

    Raises
    ------
    DataError
        If the file is missing, damaged, of another kind or version, or holds numbers that cannot
        be.
    """
    with reading_file(FORMAT, path) as file:
        config = _read(file)
        problems = problems_of(config)
    if problems:
        raise DataError(
            f"{FORMAT.kind} {os.fspath(path)}: {'; '.join(problems)}",
            remedy="The file cannot be trusted: save it again.",
        )
    return config


# --- writing ---------------------------------------------------------------------------------


def _write(file: Any, config: HardwareConfig) -> None:
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
    network = _network(sub_group(file, "network"))
    return HardwareConfig(
        wafer=integer_attribute(file, "wafer"),
        variation=text_attribute(file, "variation"),
        network=network,
        places=integer_attribute(file, "places"),
        neurons=_neurons(file, network),
        shared_cells=_shared_cells(sub_group(file, "shared")),
        synapses=_synapses(file, network),
        write_number=integer_attribute(file, "write_number"),
    )


def _network(group: Any) -> MappedNetwork:
    entries: dict[str, list[Any]] = {}
    for kind, n_numbers in (("populations", 2), ("projections", 2)):
        labels = sub_group(group, kind)
        entries[kind] = [
            (text_attribute(labels, f"label{i}"), *_numbers(labels, f"numbers{i}", n_numbers))
            for i in range(integer_attribute(labels, "n"))
        ]
    populations = [
        (label, size, bool(is_source)) for label, size, is_source in entries["populations"]
    ]
    return MappedNetwork(tuple(populations), tuple(entries["projections"]))


def _numbers(group: Any, name: str, n: int) -> list[int]:
    numbers = np.asarray(group.attrs[name])
    if numbers.shape != (n,) or numbers.dtype.kind not in "iu" or np.any(numbers < 0):
        raise ValueError(f"{name} is no list of {n} numbers")
    return [int(number) for number in numbers]


def _neurons(file: Any, network: MappedNetwork) -> StoredNeurons:
    places = sub_group(file, "denmems")
    neuron, hicann, denmem = (_integers(places, name, np.intp) for name in _DENMEMS)
    first = np.flatnonzero(np.diff(neuron, prepend=-1))
    n_neurons = sum(size for _, size, is_source in network.populations if not is_source)
    n_of = {cell: (n_neurons if cell in SHARED_NEURON_CELLS else len(neuron)) for cell in ROLES}
    stored, on, clipped = (sub_group(file, name) for name in ("floating_gates", "on", "clipped"))
    return StoredNeurons(
        NeuronDenmems(neuron, hicann, denmem, first),
        cells={cell: _integers(stored, cell, np.int32, (len(neuron),)) for cell in DENMEM_CELLS},
        on={cell: _flags(on, cell, n_of[cell]) for cell in SWITCHED_CELLS},
        clipped={cell: _flags(clipped, cell, n_of[cell]) for cell in ROLES},
        asked=_asked(sub_group(file, "asked"), n_of) if "asked" in file else {},
    )


def _asked(group: Any, n_of: Mapping[str, int]) -> Mapping[str, AskedCell]:
    asked = {}
    for cell in ROLES:
        columns, n = sub_group(group, cell), n_of[cell]
        held, value = (read_table(columns, name, "f", (n,)) for name in ("held", "value"))
        asked[cell] = AskedCell(
            held.astype(float), value.astype(float), _flags(columns, "outside", n)
        )
    return asked


def _shared_cells(group: Any) -> SharedCells:
    hicann = _integers(group, "hicann", np.int32)
    blocks = (len(hicann), FG_BLOCKS_PER_HICANN)
    return SharedCells(
        hicann,
        {cell: _integers(group, cell, np.int32, blocks) for cell in SHARED_CELLS},
        _integers(group, "mode", np.int8, hicann.shape),
    )


def _synapses(file: Any, network: MappedNetwork) -> StoredSynapses:
    rows = sub_group(file, "rows")
    columns: dict[str, Any] = {
        column.name: _integers(rows, column.name, _ROW_TYPES.get(column.name, np.int32))
        for column in fields(RowTable)
    }
    strength = read_table(rows, "translated_strength", "f").astype(float)
    digital, clipped, by_hand = [], [], []
    for number, (_, size, _) in enumerate(network.projections):
        group = sub_group(sub_group(file, "projections"), str(number))
        digital.append(_integers(group, "digital", np.int16, (size,)))
        clipped.append(_flags(group, "clipped", size))
        by_hand.append(_flags(group, "by_hand", size) if "by_hand" in group else None)
    return StoredSynapses(
        RowTable(**columns), tuple(digital), tuple(clipped), tuple(by_hand), strength
    )


def _integers(
    group: Any, name: str, dtype: Any, shape: tuple[int, ...] | None = None
) -> NDArray[Any]:
    """Return a data set of whole numbers that fit the type."""
    values = read_table(group, name, "iu", shape)
    limits = np.iinfo(dtype)
    if values.size and (values.min() < limits.min or values.max() > limits.max):
        raise ValueError(f"{name} holds numbers beyond {limits.dtype}")
    return values.astype(dtype)


def _flags(group: Any, name: str, size: int) -> NDArray[np.bool_]:
    return read_table(group, name, "b", (size,))
