"""The spikes that a network fired while images were presented, in memory and in a file."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

import neo
import numpy as np
import quantities as pq
from neo.core.spiketrainlist import SpikeTrainList
from numpy.typing import NDArray

from pyNN_brainscales_emu.errors import RecordingError
from pyNN_brainscales_emu.files.archive import Archive, check_format_line, reading_archive
from pyNN_brainscales_emu.files.formats import FileFormat
from pyNN_brainscales_emu.files.whole import whole_file
from pyNN_brainscales_emu.training import relu_network
from pyNN_brainscales_emu.training.encoding import PRESENTATION_DURATION

_FORMAT: Final = FileFormat(
    kind="recorded spikes",
    version=1,
    remedy="Give a file that the training example or RecordedSpikes.save() wrote.",
)


#: Kinds of NumPy types (``dtype.kind``) of whole numbers.
_INTEGERS: Final = "iu"


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
        with (
            whole_file(_FORMAT.kind, path, make_folder=True) as partial,
            partial.open("wb") as file,
        ):
            _write_archive(file, self._arrays())
        return Path(path)

    @classmethod
    def load(cls, path: str | Path) -> RecordedSpikes:
        """Read what `save` wrote.

        Raises
        ------
        DataError
            If the file is missing, damaged or of another kind, or holds spikes of cells, images
            or times that it does not have.
        """
        with reading_archive(_FORMAT, path, compressed=True) as archive:
            check_format_line(_FORMAT, path, archive)
            return _read(archive)

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
        yield "format", np.array(f"{_FORMAT.name} {_FORMAT.version}")
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


def _read(archive: Archive) -> RecordedSpikes:
    duration = archive.number("duration")
    if not 0 < duration < np.inf:
        raise ValueError(f"presentations take {duration} ms")
    labels = archive.array("labels", _INTEGERS)
    names = archive.array("layers", "U")
    if labels.ndim != 1 or names.ndim != 1 or not names.size:
        raise ValueError("it is without labels or layers")
    layers = {str(name): _layer(archive, str(name), len(labels), duration) for name in names}
    last = list(layers.values())[-1]
    if len(layers) < len(names) or not _within(labels, last.n_cells):
        raise ValueError("labels, or names of layers, that cannot be")
    return RecordedSpikes(layers, labels.astype(np.intp), duration)


def _layer(archive: Archive, name: str, n_images: int, duration: float) -> LayerSpikes:
    found, n_cells = archive.array(f"{name}.shape", _INTEGERS, (2,)).tolist()
    if found != n_images or n_cells < 1:
        raise ValueError(f"layer {name} has {n_cells} cells and {found} of {n_images} images")
    forms = [archive.form(f"{name}.{part}")[0] for part in ("image", "cell", "time_ms")]
    if len(forms[0]) != 1 or len(set(forms)) > 1:
        raise ValueError(f"images, cells and times of layer {name} differ in number")
    image = archive.array(f"{name}.image", _INTEGERS)
    cell = archive.array(f"{name}.cell", _INTEGERS)
    time = archive.array(f"{name}.time_ms", "f")
    if not (_within(image, n_images) and _within(cell, n_cells)):
        raise ValueError(f"layer {name} has spikes of images or cells that it does not have")
    if not np.all((time >= 0) & (time <= duration)):  # NaN is neither
        raise ValueError(f"layer {name} has spikes outside of 0 to {duration:g} ms")
    return LayerSpikes(image, cell, time, n_images, n_cells)


def _within(numbers: NDArray[Any], end: int) -> bool:
    return bool(np.all((numbers >= 0) & (numbers < end)))
