"""The spike trains of a segment as Neo objects, all made at once when one is looked at.

Neo's own `SpikeTrainList` makes each train with the constructor of `neo.SpikeTrain`, which parses
units, converts and compares times: some hundred microseconds, whatever the length of the train,
and a search through all spikes. Here one train of all spikes goes through the constructor, and
the others are parts of it.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from itertools import pairwise
from typing import Any

import numpy as np
from neo import SpikeTrain
from neo.core.spiketrainlist import SpikeTrainList
from numpy.typing import NDArray


class RecordedSpikeTrains(SpikeTrainList):  # type: ignore[misc]
    """A Neo `SpikeTrainList` that makes its trains fast.

    Made with `from_spike_time_array`; the trains are ordinary `neo.SpikeTrain` objects, each with
    memory and annotations of its own.

    Differences from Neo's list: what looks at the trains in any way makes them first (Neo's
    fails to find, count and remove trains of a list made from arrays); the sum of two lists
    keeps the annotations; arrays and channels are those of the list as it is, also after trains
    were added or removed. Pickled it becomes Neo's own list, to be read without this package.
    """

    segment: Any
    _spike_time_array: Any
    _channel_id_array: Any
    _all_channel_ids: Any
    _annotations: dict[str, Any]
    _spiketrain_metadata: dict[str, Any]

    def __init__(self, items: Any = None, parent: Any = None) -> None:
        self._made: list[SpikeTrain] | None = None
        self._as_made: list[SpikeTrain] = []
        super().__init__(items, parent)

    # Neo's list keeps its trains in this attribute, None until they are made.
    @property
    def _items(self) -> list[SpikeTrain]:
        if self._made is None:
            self._spiketrains_from_array()
        assert self._made is not None
        return self._made

    @_items.setter
    def _items(self, items: list[SpikeTrain] | None) -> None:
        self._made = items

    def _spiketrains_from_array(self) -> None:
        with _without_garbage_collection():
            self._made = [] if self._spike_time_array is None else list(self._trains())
        self._as_made = self._made.copy()

    def _trains(self) -> Iterator[SpikeTrain]:
        times, bounds = _by_channel(
            self._spike_time_array, self._channel_id_array, self._all_channel_ids
        )
        whole = SpikeTrain(times, **self._spiketrain_metadata)
        annotations = self._annotations_by_channel()
        for first, last in pairwise(bounds):
            # Past the method of SpikeTrain, which copies what a new train does not have.
            train: Any = np.ndarray.__getitem__(whole, slice(first, last))
            train.t_start, train.t_stop = whole.t_start.copy(), whole.t_stop.copy()
            train.annotations = next(annotations)
            train.segment = self.segment
            yield train

    def _annotations_by_channel(self) -> Iterator[dict[str, Any]]:
        """Yield the annotations of each train; a list or array has one value for each."""
        ids = list(self._all_channel_ids)
        columns = [
            list(value) if _is_column(value, len(ids)) else [value] * len(ids)
            for value in self._annotations.values()
        ]
        names = (*self._annotations, "channel_id")
        for values in zip(*columns, ids, strict=True):
            yield dict(zip(names, values, strict=True))

    # --- what Neo's list reads off its arrays ----------------------------------------------------

    def __len__(self) -> int:
        if self._made is None:
            return 0 if self._all_channel_ids is None else len(self._all_channel_ids)
        return len(self._made)

    def __str__(self) -> str:
        if self._made is None and self._spike_time_array is not None:
            return (
                f"SpikeTrainList containing {self._spike_time_array.size} spikes "
                f"from {len(self)} neurons"
            )
        return str(self._items)

    @property
    def multiplexed(self) -> tuple[NDArray[Any], Any]:
        """Channel and time of all spikes, as Neo's list gives them."""
        self._forget_old_arrays()
        return super().multiplexed  # type: ignore[no-any-return]

    @property
    def all_channel_ids(self) -> Any:
        """The channels, one for each train."""
        self._forget_old_arrays()
        return super().all_channel_ids

    @property
    def t_start(self) -> Any:
        """When the recording began; the earliest if the trains differ."""
        self._forget_old_arrays()
        return super().t_start

    @property
    def t_stop(self) -> Any:
        """When the recording ended; the latest if the trains differ."""
        self._forget_old_arrays()
        return super().t_stop

    def _forget_old_arrays(self) -> None:
        """Forget the arrays if the list is no longer the one that was made from them."""
        if self._made is None or _are_same(self._made, self._as_made):
            return
        self._spike_time_array = self._channel_id_array = self._all_channel_ids = None
        self._spiketrain_metadata = {}
        self._as_made = self._made.copy()

    # --- sums and copies -------------------------------------------------------------------------

    def __add__(self, other: Any) -> Any:
        if isinstance(other, SpikeTrainList):
            return SpikeTrainList([*self, *other])
        return super().__add__(other)

    def __iadd__(self, other: Any) -> RecordedSpikeTrains:
        if isinstance(other, SpikeTrainList):
            self._items.extend(other)
            return self
        return super().__iadd__(other)  # type: ignore[no-any-return]

    def __deepcopy__(self, memo: dict[int, Any]) -> RecordedSpikeTrains:
        copied = type(self)()
        memo[id(self)] = copied
        copied.__dict__.update(deepcopy(self.__dict__, memo))
        return copied

    def __reduce__(self) -> tuple[Any, ...]:
        self._forget_old_arrays()
        state = {**self.__dict__, "_items": self._made}
        del state["_made"], state["_as_made"]
        return SpikeTrainList, (), state


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Keep Python from looking, again and again, for garbage among objects that all are kept."""
    is_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if is_enabled:
            gc.enable()


def _by_channel(times: Any, channel: Any, channels: Any) -> tuple[Any, list[int]]:
    """Return the times of the spikes channel by channel, and where each channel begins and ends.

    Spikes of channels that are none of `channels` are left out, as Neo's list does.
    """
    channel, channels = np.asarray(channel), np.asarray(channels)
    ascending = np.argsort(channels, kind="stable")
    place = np.searchsorted(channels, channel, sorter=ascending)
    known = np.flatnonzero(place < len(channels))
    number = ascending[place[known]]
    is_meant = channels[number] == channel[known]
    known, number = known[is_meant], number[is_meant]
    order = np.argsort(number, kind="stable")
    ends = np.cumsum(np.bincount(number, minlength=len(channels)))
    return times[known[order]], [0, *ends.tolist()]


def _is_column(value: Any, n_channels: int) -> bool:
    return not isinstance(value, str) and hasattr(value, "__len__") and len(value) == n_channels


def _are_same(trains: list[SpikeTrain], others: list[SpikeTrain]) -> bool:
    """Return whether two lists hold the same objects."""
    return len(trains) == len(others) and all(
        train is other for train, other in zip(trains, others, strict=True)
    )
