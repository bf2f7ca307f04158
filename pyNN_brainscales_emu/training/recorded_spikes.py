"""The spikes that a network fired while images were presented, in memory and in a file."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import neo
import numpy as np
import quantities as pq
from neo.core.spiketrainlist import SpikeTrainList
from numpy.typing import NDArray

from pyNN_brainscales_emu.errors import DataError, RecordingError
from pyNN_brainscales_emu.training import relu_network
from pyNN_brainscales_emu.training.archive import UNREADABLE, read_archive
from pyNN_brainscales_emu.training.encoding import PRESENTATION_DURATION
from pyNN_brainscales_emu.whole_files import whole_file

_FORMAT = "pyNN_brainscales_emu recorded spikes 1"


@dataclass(frozen=True)
class LayerSpikes:
    """Spikes of one layer as flat arrays.

    Attributes
    ----------
    image, cell : array of int, (n_spikes,)
    time : array of float, (n_spikes,)
        In ms from the start of the image's presentation.
    n_images, n_cells : int
    """

    image: NDArray[np.integer]
    cell: NDArray[np.integer]
    time: NDArray[np.floating]
    n_images: int
    n_cells: int

    def counts(self) -> NDArray[np.int64]:
        """Return the number of spikes of each cell in each presentation, (n_images, n_cells)."""
        index = np.asarray(self.image, dtype=np.int64) * self.n_cells + self.cell
        size = self.n_images * self.n_cells
        return np.bincount(index, minlength=size).reshape(self.n_images, self.n_cells)

    def of_image(self, image: int) -> tuple[NDArray[np.integer], NDArray[np.floating]]:
        """Return cells and times of one presentation's spikes."""
        chosen = self.image == image
        return self.cell[chosen], self.time[chosen]


@dataclass(frozen=True)
class RecordedSpikes:
    """Spikes of all recorded layers, with the labels of the images presented.

    Attributes
    ----------
    layers : mapping of str to LayerSpikes
        In the order of the network; the last one has the label units.
    labels : array of int, (n_images,)
        The class that each image shows.
    duration : float
        Of one presentation, in ms.
    """

    layers: Mapping[str, LayerSpikes]
    labels: NDArray[np.intp]
    duration: float = PRESENTATION_DURATION

    def accuracy(self) -> float:
        """Return the fraction of images whose label unit fired most."""
        label_layer = list(self.layers.values())[-1]
        return relu_network.accuracy(label_layer.counts(), self.labels)

    def save(self, path: str | Path) -> Path:
        """Write everything to a NumPy archive (.npz, no pickled objects) and return its path.

        Its folder is made if it does not exist.

        Raises
        ------
        DataError
            If the file cannot be written.
        """
        kind = "recorded spikes"
        with whole_file(kind, path, make_folder=True) as partial, partial.open("wb") as file:
            _write_archive(file, self._arrays())
        return Path(path)

    @classmethod
    def load(cls, path: str | Path) -> RecordedSpikes:
        """Read what `save` wrote.

        Raises
        ------
        DataError
            If the file is missing, damaged or of another kind.
        """
        try:
            arrays = read_archive(path, _FORMAT)
            layers = {str(name): _layer(arrays, str(name)) for name in arrays["layers"]}
            return cls(layers, arrays["labels"], float(arrays["duration"]))
        except UNREADABLE as error:
            raise DataError(
                f"no file of recorded spikes: {path} ({type(error).__name__}: {error})",
                remedy="Give a file that the training example or RecordedSpikes.save() wrote.",
            ) from error

    def to_neo(self, images: slice = slice(None)) -> neo.Block:
        """Return a Neo Block with one Segment for each presentation.

        Parameters
        ----------
        images : slice
            The presentations to convert; Neo objects are slow to build by the thousand.
        """
        block = neo.Block(name="presentations")
        for image in range(len(self.labels))[images]:
            segment = neo.Segment(name=f"image {image}", index=image, label=int(self.labels[image]))
            for trains in self._trains(image):
                segment.spiketrains.extend(trains)
            block.segments.append(segment)
        block.check_relationships()
        return block

    def _trains(self, image: int) -> Iterator[SpikeTrainList]:
        for name, layer in self.layers.items():
            cell, time = layer.of_image(image)
            yield SpikeTrainList.from_spike_time_array(
                time.astype(np.float64),
                cell,
                np.arange(layer.n_cells),
                units="ms",
                t_start=0 * pq.ms,
                t_stop=self.duration * pq.ms,
                layer=np.repeat(name, layer.n_cells),
            )

    def _arrays(self) -> Iterator[tuple[str, NDArray[Any]]]:
        yield "format", np.array(_FORMAT)
        yield "layers", np.array(list(self.layers))
        yield "labels", np.asarray(self.labels)
        yield "duration", np.array(self.duration)
        for name, layer in self.layers.items():
            yield f"{name}.shape", np.array([layer.n_images, layer.n_cells])
            yield f"{name}.image", np.asarray(layer.image, dtype=np.int32)
            yield f"{name}.cell", np.asarray(layer.cell, dtype=np.int32)
            yield f"{name}.time_ms", np.asarray(layer.time, dtype=np.float32)


def _write_archive(file: IO[bytes], arrays: Iterable[tuple[str, NDArray[Any]]]) -> None:
    """Write arrays as `numpy.savez_compressed` does, in a fifth of the time.

    Times are written as they are: compression makes them a seventh smaller and takes longer than
    the emulation. Images and cells, which repeat, become a hundredth at the lowest level already.
    """
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, array in arrays:
            entry = f"{name}.npy"
            is_stored = array.dtype.kind == "f"
            place = zipfile.ZipInfo(entry) if is_stored else entry  # which is stored by itself
            with archive.open(place, "w", force_zip64=True) as stream:
                np.lib.format.write_array(stream, array, allow_pickle=False)


def from_neo(
    spiketrains: SpikeTrainList,
    n_images: int,
    n_cells: int,
    start: float,
    duration: float = PRESENTATION_DURATION,
) -> LayerSpikes:
    """Cut the spike trains of one long run into presentations.

    Parameters
    ----------
    spiketrains : sequence of neo.SpikeTrain
        One for each cell, in the order of the cells.
    n_images, n_cells : int
    start : float
        When the first presentation began, in ms.
    duration : float
        Of one presentation, in ms.

    Raises
    ------
    RecordingError
        If there is not one train for each cell.
    """
    if len(spiketrains) != n_cells:
        raise RecordingError(
            "recorded spikes do not belong to this layer",
            value=f"{len(spiketrains)} spike trains",
            limit=f"{n_cells} cells",
        )
    trains = [np.asarray(train.rescale("ms").magnitude, dtype=float) for train in spiketrains]
    cell = np.repeat(np.arange(n_cells), [len(train) for train in trains])
    time = np.concatenate([*trains, np.empty(0)]) - start
    image = np.floor(time / duration).astype(np.int64)
    kept = (image >= 0) & (image < n_images)
    image, cell, time = image[kept], cell[kept], time[kept]
    order = np.lexsort((time, image))
    image, cell, time = image[order], cell[order], time[order]
    return LayerSpikes(image, cell, time - image * duration, n_images, n_cells)


def _layer(arrays: Mapping[str, NDArray[Any]], name: str) -> LayerSpikes:
    n_images, n_cells = (int(size) for size in arrays[f"{name}.shape"])
    image, cell, time = (arrays[f"{name}.{part}"] for part in ("image", "cell", "time_ms"))
    return LayerSpikes(image, cell, time, n_images, n_cells)
