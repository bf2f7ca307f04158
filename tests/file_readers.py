"""Every reader of files that the package has, with a good file for each."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import pyNN_brainscales_emu as sim
from pyNN_brainscales_emu.calibration.computed import default_calibration
from pyNN_brainscales_emu.calibration.storage import load_calibration, save_calibration
from pyNN_brainscales_emu.calibration.virtual_wafer import VirtualHICANN
from pyNN_brainscales_emu.connection_files import read_connections
from pyNN_brainscales_emu.data.report_file import load_report
from pyNN_brainscales_emu.mapping.mapping_file import load_mapping
from pyNN_brainscales_emu.training import (
    LayerSpikes,
    RecordedSpikes,
    TrainingState,
    load_checkpoint,
    save_checkpoint,
)
from pyNN_brainscales_emu.training.checkpoint import HISTORY
from pyNN_brainscales_emu.training.mnist import read_idx
from pyNN_brainscales_emu.translation.config_file import load_config

#: Magic number of images in the idx format: unsigned bytes, three dimensions.
IMAGES = 0x0803


@dataclass(frozen=True)
class Reader:
    """A kind of file.

    Attributes
    ----------
    name : str
        A file name with the right ending.
    save : callable
        Writes a good file to a path.
    load : callable
        Reads a file.
    save_again : callable or None
        Writes what was read to another path.
    """

    name: str
    save: Callable[[Path], Any]
    load: Callable[[Path], Any]
    save_again: Callable[[Any, Path], Any] | None = None


def _network() -> sim.Population:
    sim.setup(on_loss="ignore", defects=_defects())
    sources = sim.Population(3, sim.SpikeSourcePoisson(), label="sources")
    cells = sim.Population(4, sim.IF_cond_exp(), label="cells")
    synapse = sim.StaticSynapse(weight=0.002)
    sim.Projection(sources, cells, sim.AllToAllConnector(), synapse, label="input")
    sim.Projection(cells, cells, sim.FixedProbabilityConnector(0.5), synapse, label="within")
    return cells


def _defects() -> sim.Defects:
    return sim.Defects.draw({"hicann": 0.02, "v_line": 0.002}, 3)


def _save_config(path: Path) -> None:
    _network()
    sim.hardware_config().save(path)


def _save_mapping(path: Path) -> None:
    _network()
    sim.map_network().save(path)


def _save_report(path: Path) -> None:
    _network().record("spikes")
    sim.run(1.0)
    sim.report().save(path)


def _save_checkpoint(path: Path) -> None:
    state = TrainingState(
        iteration=2,
        weights=(np.full((4, 3), 0.5), np.full((3, 2), -0.5)),
        memory={"velocity": (np.zeros((4, 3)), np.zeros((3, 2)))},
        generator=np.random.default_rng(1).bit_generator.state,
        history={name: np.array([0.25, 0.5]) for name in HISTORY},
    )
    save_checkpoint(path, state, {"layers": [4, 3, 2], "seed": 7})


def _save_spikes(path: Path) -> None:
    image, cell = np.repeat(np.arange(3), 4), np.tile(np.arange(4), 3)
    layer = LayerSpikes(image, cell, np.linspace(0, 900, 12), 3, 4)
    RecordedSpikes({"hidden": layer, "label": layer}, np.array([1, 0, 3])).save(path)


def _save_connections(path: Path) -> None:
    cells = _network()
    table = [(i, j, 0.001 * (i + 1), 1.5) for i in range(4) for j in range(4)]
    sim.Projection(cells, cells, sim.FromListConnector(table)).save("all", str(path))


def _idx() -> bytes:
    images = np.arange(48, dtype=np.uint8).reshape(3, 4, 4)
    return struct.pack(">4I", IMAGES, *images.shape) + images.tobytes()


READERS = {
    "calibration": Reader(
        "calibration.h5",
        lambda path: save_calibration(
            path, [default_calibration(VirtualHICANN(33, 297, "default"))], "default"
        ),
        load_calibration,
        lambda loaded, path: save_calibration(path, loaded.hicanns.values(), loaded.variation),
    ),
    "configuration": Reader(
        "config.h5", _save_config, load_config, lambda loaded, path: loaded.save(path)
    ),
    "mapping": Reader(
        "mapping.npz", _save_mapping, load_mapping, lambda loaded, path: loaded.save(path)
    ),
    "checkpoint": Reader(
        "checkpoint.npz",
        _save_checkpoint,
        load_checkpoint,
        lambda loaded, path: save_checkpoint(path, *loaded),
    ),
    "spikes": Reader(
        "spikes.npz", _save_spikes, RecordedSpikes.load, lambda loaded, path: loaded.save(path)
    ),
    "defects": Reader(
        "defects.json",
        lambda path: sim.save_defects(_defects(), path),
        sim.load_defects,
        sim.save_defects,
    ),
    "report": Reader("report.json", _save_report, load_report, lambda loaded, path: str(loaded)),
    "connections": Reader("connections.txt", _save_connections, read_connections),
    "images": Reader(
        "images", lambda path: path.write_bytes(_idx()), lambda path: read_idx(path, IMAGES)
    ),
    "packed images": Reader(
        "images.gz",
        lambda path: path.write_bytes(gzip.compress(_idx())),
        lambda path: read_idx(path, IMAGES),
    ),
}
