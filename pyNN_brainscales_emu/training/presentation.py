"""Two ways of showing a batch of images to a network: as independent trials, or one by one.

A back end that has `run_trials` shows the whole batch at once, each image to the network at rest.
Any other PyNN back end shows the images one after the other in a single run, and the silence
between them lets the membranes settle.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.progress import each
from pyNN_brainscales_emu.training.encoding import (
    PRESENTATION_DURATION,
    STIMULUS_DURATION,
    poisson_trains,
)
from pyNN_brainscales_emu.training.recorded_spikes import LayerSpikes, from_neo

#: Presentations are numbered below this limit.
_PRESENTATIONS = 2**31
#: Images of one call of `run_trials`, and of one run with another back end.
_TRIALS_AT_ONCE, _SLOTS_AT_ONCE = 1200, 50


@dataclass(frozen=True)
class Presentation:
    """What a network answered to a batch of images.

    Attributes
    ----------
    counts : tuple of arrays of int, (n_images, n_cells)
        Number of spikes in each presentation, for each layer.
    spikes : mapping of str to LayerSpikes, or None
        The spikes themselves, if they were asked for.
    """

    counts: tuple[NDArray[np.int64], ...]
    spikes: Mapping[str, LayerSpikes] | None = None

    def rates(self) -> list[NDArray[np.float64]]:
        """Return the firing rates in Hz, over the time that the stimulus lasts."""
        return [count / (STIMULUS_DURATION * 1e-3) for count in self.counts]


class Presenter(Protocol):
    """Shows images, given as rates, to a network."""

    def present(
        self,
        rates: NDArray[np.float64],
        generator: np.random.Generator,
        *,
        keep_spikes: bool,
        progress: bool,
    ) -> Presentation:
        """Return the answer to the images with these rates, (n_images, n_pixels) in Hz."""


class TrialPresenter:
    """Shows images as independent trials through the back end's `run_trials`.

    Parameters
    ----------
    sim : module
        A PyNN back end with `run_trials`. If that takes a ``first_presentation``, the number
        that its random draws depend on, each call gets one from the generator, so that an
        interrupted training can be resumed to the bit; otherwise the draws depend on what the
        back end has run before.
    sources : Population
        Of SpikeSourcePoisson.
    layers : sequence of Population
    """

    def __init__(self, sim: Any, sources: Any, layers: Sequence[Any]) -> None:
        self._sim = sim
        self._sources = sources
        self._layers = tuple(layers)
        self._is_numbered = "first_presentation" in inspect.signature(sim.run_trials).parameters

    def present(
        self,
        rates: NDArray[np.float64],
        generator: np.random.Generator,
        *,
        keep_spikes: bool = False,
        progress: bool = True,
    ) -> Presentation:
        """Return the answer to the images with these rates; see `Presenter`."""
        parts = []
        for chunk in _chunks(rates, _TRIALS_AT_ONCE, progress):
            data = self._sim.run_trials(
                PRESENTATION_DURATION,
                {self._sources: chunk},
                record=list(self._layers),
                **self._number(len(chunk), generator),
            )
            parts.append(self._read(data, len(chunk), keep_spikes))
        return _concatenate(parts)

    def _number(self, n_images: int, generator: np.random.Generator) -> dict[str, int]:
        if not self._is_numbered:
            return {}
        return {"first_presentation": int(generator.integers(1, _PRESENTATIONS - n_images))}

    def _read(self, data: Any, n_images: int, keep_spikes: bool) -> Presentation:
        counts = tuple(np.asarray(data.spike_counts(layer)) for layer in self._layers)
        if not keep_spikes:
            return Presentation(counts)
        spikes = {}
        for layer in self._layers:
            trial, cell, time = data.spikes(layer)
            spikes[layer.label] = LayerSpikes(trial, cell, time, n_images, layer.size)
        return Presentation(counts, spikes)


class SlotPresenter:
    """Shows images one after the other, in slots of 0.9 s stimulus and 0.1 s silence.

    The spike trains of the stimulus come from the generator, the answer from Neo data. It uses
    nothing but the common PyNN API, so any back end will do.

    Parameters
    ----------
    sim : module
        A PyNN back end.
    sources : Population
        Of SpikeSourceArray.
    layers : sequence of Population
    """

    def __init__(self, sim: Any, sources: Any, layers: Sequence[Any]) -> None:
        self._sim = sim
        self._sources = sources
        self._layers = tuple(layers)
        for layer in self._layers:
            layer.record("spikes")

    def present(
        self,
        rates: NDArray[np.float64],
        generator: np.random.Generator,
        *,
        keep_spikes: bool = False,
        progress: bool = True,
    ) -> Presentation:
        """Return the answer to the images with these rates; see `Presenter`."""
        parts = [
            self._run(chunk, generator, keep_spikes)
            for chunk in _chunks(rates, _SLOTS_AT_ONCE, progress)
        ]
        return _concatenate(parts)

    def _run(
        self, rates: NDArray[np.float64], generator: np.random.Generator, keep_spikes: bool
    ) -> Presentation:
        start = float(self._sim.get_current_time())
        step = float(self._sim.get_time_step())
        self._sources.set(spike_times=slot_trains(rates, generator, start, step))
        self._sim.run(PRESENTATION_DURATION * len(rates))
        spikes = {
            layer.label: from_neo(
                layer.get_data("spikes", clear=True).segments[-1].spiketrains,
                len(rates),
                layer.size,
                start,
            )
            for layer in self._layers
        }
        counts = tuple(layer.counts() for layer in spikes.values())
        return Presentation(counts, spikes if keep_spikes else None)


def presenter_for(sim: Any, sources: Any, layers: Sequence[Any]) -> Presenter:
    """Return the way of presenting that the back end allows."""
    kind = TrialPresenter if hasattr(sim, "run_trials") else SlotPresenter
    return kind(sim, sources, layers)


def slot_trains(
    rates: NDArray[np.float64], generator: np.random.Generator, start: float, step: float
) -> list[NDArray[np.float64]]:
    """Draw Poisson trains for images that follow each other in slots.

    Parameters
    ----------
    rates : array, (n_images, n_pixels)
        In Hz.
    generator : numpy.random.Generator
    start : float
        Beginning of the first slot, in ms.
    step : float
        Time step, in ms. Spikes lie on its grid, after the start of the slot, and at most one of
        a train on each point, as clock-driven back ends want them.

    Returns
    -------
    list of arrays
        Spike times in ms, one array for each pixel.
    """
    image, pixel, time = poisson_trains(rates, generator)
    on_grid = np.maximum(np.ceil(time / step), 1) + np.round(image * (PRESENTATION_DURATION / step))
    trains = (np.unique(on_grid[pixel == cell]) for cell in range(rates.shape[1]))
    return [start + train * step for train in trains]


def _chunks(rates: NDArray[np.float64], size: int, progress: bool) -> Iterator[NDArray[np.float64]]:
    chunks = [rates[first : first + size] for first in range(0, len(rates), size)]
    return each(chunks, "presenting images", "batches", shown=progress, summary=False)


def _concatenate(parts: Sequence[Presentation]) -> Presentation:
    if len(parts) == 1:
        return parts[0]
    counts = tuple(np.concatenate(layer) for layer in zip(*(p.counts for p in parts), strict=True))
    recorded = [part.spikes for part in parts if part.spikes is not None]
    if not recorded:
        return Presentation(counts)
    spikes = {name: _join([part[name] for part in recorded]) for name in recorded[0]}
    return Presentation(counts, spikes)


def _join(parts: Sequence[LayerSpikes]) -> LayerSpikes:
    first = np.cumsum([0, *(part.n_images for part in parts)])
    images = [part.image + offset for part, offset in zip(parts, first, strict=False)]
    return LayerSpikes(
        np.concatenate(images),
        np.concatenate([part.cell for part in parts]),
        np.concatenate([part.time for part in parts]),
        int(first[-1]),
        parts[0].n_cells,
    )
