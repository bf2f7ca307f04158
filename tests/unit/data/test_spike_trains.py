"""Spike trains made at once against those that Neo makes one by one."""

import pickle
import subprocess
import sys
from copy import copy, deepcopy

import neo
import numpy as np
import pytest
import quantities as pq
from hypothesis import given, settings
from hypothesis import strategies as st
from neo.core.spiketrainlist import SpikeTrainList

from pyNN_brainscales_emu.data.spike_trains import RecordedSpikeTrains

START, STOP = 10.0, 90.0
IDS = [7, 3, 12, 5]
CHANNEL = np.array([3, 7, 12, 3, 3, 99, 7])
TIMES = np.array([20.5, 10.0, 90.0, 15.25, 80.0, 50.0, 33.0])


def arrays(times=TIMES, channel=CHANNEL, ids=IDS, start=START * pq.ms, stop=STOP * pq.ms):
    return {
        "spike_time_array": np.array(times, dtype=float),
        "channel_id_array": np.array(channel, dtype=np.int64),
        "all_channel_ids": ids,
        "t_start": start,
        "t_stop": stop,
        "units": "ms",
        "source_population": "cells",
        "source_index": list(range(len(ids))),
        "place": np.arange(len(ids)) * 0.5,
    }


def in_segment(cls, **given_arrays):
    segment = neo.Segment(name="segment")
    segment.spiketrains = cls.from_spike_time_array(**(given_arrays or arrays()))
    segment.spiketrains.segment = segment
    return segment


@pytest.fixture
def ours():
    return in_segment(RecordedSpikeTrains).spiketrains


@pytest.fixture
def ordinary():
    return in_segment(SpikeTrainList).spiketrains


def described(value):
    """Return everything there is to an object, as plain values that can be compared."""
    if isinstance(value, (neo.Segment, neo.Block)):
        return type(value), value.name
    if isinstance(value, pq.Quantity):
        attributes = {name: described(item) for name, item in vars(value).items()}
        array = np.asarray(value)
        return type(value), array.dtype, array.shape, array.tolist(), attributes
    if isinstance(value, np.ndarray):
        return type(value), value.dtype, value.tolist()
    if isinstance(value, dict):
        return type(value), [(described(k), described(v)) for k, v in value.items()]
    if isinstance(value, (list, tuple, SpikeTrainList)):
        return [described(item) for item in value]
    return type(value), value


def outcome(function, *arguments):
    """Return what a call gives, or how it fails."""
    try:
        return described(function(*arguments))
    except Exception as error:  # of any kind: the same one is expected of both
        return type(error), str(error)


# --- what a train is ------------------------------------------------------------------------------


def test_trains_are_those_that_neo_makes(ours, ordinary):
    assert [type(train) for train in ours] == [neo.SpikeTrain] * 4
    assert described(ours) == described(ordinary)
    for train, other in zip(ours, ordinary, strict=True):
        assert train.segment is ours.segment
        assert repr(train) == repr(other)
        assert train.flags.writeable
        assert train.flags.c_contiguous
        assert isinstance(train.base, pq.Quantity)  # so that Neo refuses to change the units


@settings(deadline=None)
@given(
    spikes=st.lists(st.tuples(st.integers(0, 5), st.floats(START, STOP)), max_size=30),
    ids=st.lists(st.integers(0, 5), min_size=1, max_size=6, unique=True),
    start=st.sampled_from([START * pq.ms, 0.01 * pq.s, 0 * pq.s, 3.0]),
    stop=st.sampled_from([STOP * pq.ms, 0.09 * pq.s, np.float32(95), 1 * pq.s, 89.5, 2.0]),
)
def test_any_arrays_give_the_trains_that_neo_makes(spikes, ids, start, stop):
    given_arrays = arrays([t for _, t in spikes], [c for c, _ in spikes], ids, start, stop)
    trains = RecordedSpikeTrains.from_spike_time_array(**given_arrays)
    try:
        expected = [
            neo.SpikeTrain(
                np.array([t for c, t in spikes if c == number]),
                units="ms",
                t_start=start,
                t_stop=stop,
                source_population="cells",
                source_index=index,
                place=np.float64(index * 0.5),
                channel_id=number,
            )
            for index, number in enumerate(ids)
        ]
    except ValueError:
        with pytest.raises(ValueError, match=r"is (before t_start|after t_stop)"):
            list(trains)
    else:
        assert described(trains) == described(expected)


CALLS = {
    "item": lambda t: t[0],
    "last": lambda t: t[-1],
    "slice": lambda t: t[1:],
    "step": lambda t: t[::-1],
    "mask": lambda t: t[t > 30 * pq.ms],
    "indices": lambda t: t[[0, 0]],
    "time_slice": lambda t: t.time_slice(15 * pq.ms, 0.05 * pq.s),
    "time_slice open": lambda t: t.time_slice(None, 40 * pq.ms),
    "time_slice outside": lambda t: t.time_slice(100 * pq.ms, 110 * pq.ms),
    "time_shift": lambda t: t.time_shift(5 * pq.ms),
    "rescale": lambda t: t.rescale("s"),
    "rescale to the same": lambda t: t.rescale(pq.ms),
    "rescale to volts": lambda t: t.rescale("mV"),
    "plus": lambda t: t + 3 * pq.ms,
    "minus": lambda t: t - 0.001 * pq.s,
    "minus itself": lambda t: t - t,
    "times": lambda t: t.times,
    "magnitude": lambda t: t.magnitude,
    "units": lambda t: t.units,
    "dimensionality": lambda t: t.dimensionality.string,
    "simplified": lambda t: t.simplified,
    "duration": lambda t: t.duration,
    "spike_duration": lambda t: t.spike_duration,
    "sampling_period": lambda t: t.sampling_period,
    "right_sweep": lambda t: t.right_sweep,
    "as_array": lambda t: t.as_array("s"),
    "as_quantity": lambda t: t.as_quantity(),
    "equal": lambda t: t == t.copy(),
    "unequal": lambda t: t != t[0],
    "less": lambda t: t < 0.03 * pq.s,
    "mean": lambda t: t.mean(),
    "diff": lambda t: np.diff(t),
    "sum": lambda t: np.sum(t),
    "times two": lambda t: t.times * 2,
    "histogram": lambda t: np.histogram(t.magnitude, 4, (0, 100))[0],
    "duplicate": lambda t: t.duplicate_with_new_data(t.times + 1 * pq.ms),
    "duplicate too late": lambda t: t.duplicate_with_new_data(t.times + 1 * pq.s),
    "copy": lambda t: t.copy(),
    "copy.copy": copy,
    "deepcopy": deepcopy,
    "pickle": lambda t: pickle.loads(pickle.dumps(t)),
    "repr": repr,
    "str": str,
    "len": len,
    "tolist": lambda t: t.tolist(),
    "hash": hash,
    "parents": lambda t: t.parents,
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("number", range(4))
def test_a_call_gives_what_it_gives_for_neos_train(ours, ordinary, call, number):
    assert outcome(call, ours[number]) == outcome(call, ordinary[number])


def set_item(train):
    train[0] = 40 * pq.ms


def set_item_outside(train):
    train[0] = 100 * pq.ms


def set_units(train):
    train.units = "s"


def shift_in_place(train):
    train += 1 * pq.ms


def stop_later(train):
    train.t_stop += 5 * pq.ms


def start_earlier(train):
    train.t_start -= 5 * pq.ms


def set_stop(train):
    train.t_stop = 0.2 * pq.s


def annotate(train):
    train.annotate(note="first", channel_id=1)


def annotate_spikes(train):
    train.array_annotate(number=np.arange(len(train)))


def annotate_too_many_spikes(train):
    train.array_annotations["number"] = [1] * 50


def set_sweep(train):
    train.left_sweep = 1.5 * pq.ms


def set_waveforms(train):
    train.waveforms = np.zeros((len(train), 1, 5)) * pq.mV
    train.sampling_rate = 10 * pq.kHz


def name(train):
    train.name, train.description = "cell", "fires"


def sort(train):
    train.sort()


def merge(train):
    train.merge(train.copy())


CHANGES = (
    set_item,
    set_item_outside,
    set_units,
    shift_in_place,
    stop_later,
    start_earlier,
    set_stop,
    annotate,
    annotate_spikes,
    annotate_too_many_spikes,
    set_sweep,
    set_waveforms,
    name,
    sort,
    merge,
)


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_does_to_a_train_what_it_does_to_neos(ours, ordinary, change):
    assert outcome(change, ours[1]) == outcome(change, ordinary[1])
    for train, other in zip(ours, ordinary, strict=True):
        assert described(train) == described(other)  # the other trains are as they were
        for call in (lambda t: t[1:], deepcopy, lambda t: t.rescale("s"), repr):
            assert outcome(call, train) == outcome(call, other)


def test_merging_trains_of_a_segment_adds_the_result_to_it(ours, ordinary):
    for trains in (ours, ordinary):
        merged = trains[0].merge(trains[1], trains[3])
        assert trains.segment.spiketrains[-1] is merged
    assert described(ours) == described(ordinary)


@pytest.mark.filterwarnings("ignore:The 'copy' argument in Quantity is deprecated")
def test_elephant_takes_the_trains(ours, ordinary):
    statistics = pytest.importorskip("elephant.statistics")
    conversion = pytest.importorskip("elephant.conversion")
    for function in (
        statistics.mean_firing_rate,
        statistics.isi,
        lambda train: conversion.BinnedSpikeTrain(train, bin_size=5 * pq.ms).to_array(),
        lambda train: statistics.time_histogram([train], 5 * pq.ms),
        lambda train: statistics.fanofactor([train, train]),
    ):
        # The train with spikes in the order of time, as they are recorded.
        assert described(function(ours[0])) == described(function(ordinary[0]))


# --- the list -------------------------------------------------------------------------------------


def test_nothing_is_made_before_it_is_looked_at(ours):
    assert len(ours) == 4
    assert str(ours) == "SpikeTrainList containing 7 spikes from 4 neurons"
    assert ours.all_channel_ids == IDS
    assert (ours.t_start, ours.t_stop) == (START * pq.ms, STOP * pq.ms)
    assert ours.multiplexed[0].tolist() == CHANNEL.tolist()
    assert ours._made is None
    first = ours[0]
    assert ours[0] is first
    assert next(iter(ours)) is first


LIST_CALLS = {
    "item": lambda x: x[2],
    "negative": lambda x: x[-1],
    "outside": lambda x: x[4],
    "slice": lambda x: x[1:3],
    "slice type": lambda x: type(x[1:3]),
    "reversed": lambda x: x[::-1],
    "len": len,
    "list": list,
    "bool": bool,
    "repr": repr,
    "str": str,
    "multiplexed": lambda x: x.multiplexed,
    "channels": lambda x: list(x.all_channel_ids),
    "t_start": lambda x: x.t_start,
    "t_stop": lambda x: x.t_stop,
    "plus list": lambda x: x + [x[0].copy()],
    "list plus": lambda x: [x[0].copy()] + x,
    "plus nothing": lambda x: x + [],
    "nothing plus": lambda x: [] + x,
    "plus numbers": lambda x: x + [1],
    "append number": lambda x: x.append(1),
    "append again": lambda x: x.append(x[0]),
    "segment": lambda x: x.segment.t_start if x[0] is not None else None,
    "segment size": lambda x: x.segment.size,
    "segment slice": lambda x: x.segment.time_slice(20 * pq.ms, 60 * pq.ms).spiketrains,
    "copy": copy,
    "pickle": lambda x: pickle.loads(pickle.dumps(x)),
    "segment copy": lambda x: deepcopy(x.segment).spiketrains,
    "children": lambda x: x.segment.data_children if x[0] is not None else None,
}


@pytest.mark.parametrize("made", [False, True], ids=["not made", "made"])
@pytest.mark.parametrize("call", LIST_CALLS.values(), ids=LIST_CALLS)
def test_a_call_gives_what_it_gives_for_neos_list(ours, ordinary, call, made):
    if made:
        assert described(ours) == described(ordinary)
    assert outcome(call, ours) == outcome(call, ordinary)


def train(time=50.0, number=40):
    return neo.SpikeTrain([time], units="ms", t_start=5.0, t_stop=STOP, channel_id=number)


def test_trains_are_added_and_taken_away(ours):
    listed = list(ours)
    added, others, inserted = train(), [train(60.0), train(70.0)], train(80.0)
    ours.append(added)
    ours.extend(others)
    ours.insert(0, inserted)
    ours += [train(85.0)]
    assert len(ours) == 9
    assert all(a is b for a, b in zip(ours, [inserted, *listed, added, *others], strict=False))
    assert ours[-1].segment is ours.segment is added.segment
    assert ours.pop(0) is inserted
    ours[0] = added
    assert ours[0] is added
    ours.clear()
    assert len(ours) == 0
    assert list(ours) == []
    with pytest.raises(ValueError, match="Can only append SpikeTrain"):
        ours.append([1.0])


def test_arrays_follow_the_trains(ours):
    ours.append(train())
    channel, times = ours.multiplexed
    assert times.magnitude.tolist() == [10.0, 33.0, 20.5, 15.25, 80.0, 90.0, 50.0]
    assert channel.tolist() == [7, 7, 3, 3, 3, 12, 40]
    assert list(ours.all_channel_ids) == [*IDS, 40]
    with pytest.warns(UserWarning, match="multiple values of t_start"):
        assert ours.t_start == 5 * pq.ms


@pytest.mark.parametrize("made", [False, True])
def test_trains_are_found(ours, made):
    if made:
        list(ours)
    assert ours.index(ours[0]) == 0
    assert ours[0] in ours


@pytest.mark.parametrize("other_class", [RecordedSpikeTrains, SpikeTrainList])
def test_the_sum_of_two_lists_has_the_trains_of_both(ours, other_class):
    other = in_segment(other_class, **arrays(ids=[21, 22])).spiketrains
    both = ours + other
    assert isinstance(both, SpikeTrainList)
    assert [t.annotations for t in both] == [t.annotations for t in (*ours, *other)]
    ours += other
    assert len(ours) == 6
    assert len(ours + SpikeTrainList()) == 6
    assert list(ours.all_channel_ids) == [*IDS, 21, 22]


def test_a_list_may_stand_on_the_right(ours):
    both = SpikeTrainList([train()]) + ours
    assert [t.annotations["channel_id"] for t in both] == [40, *IDS]


def test_an_empty_list_is_neos_empty_list():
    assert list(RecordedSpikeTrains()) == []
    assert len(RecordedSpikeTrains()) == 0
    assert str(RecordedSpikeTrains()) == "[]"
    no_cells = RecordedSpikeTrains.from_spike_time_array(**arrays([], [], []))
    assert list(no_cells) == []


def test_a_segment_knows_when_it_begins_without_a_look_at_its_trains(ours):
    assert ours.segment.t_start == START * pq.ms
    assert ours.segment.t_stop == STOP * pq.ms


def test_a_pickled_list_needs_neo_only(ours, tmp_path):
    for number, trains in enumerate((ours, ours)):
        file = tmp_path / f"{number}.pkl"
        file.write_bytes(pickle.dumps(trains.segment))
        script = (
            "import pickle, sys; trains = pickle.load(open(sys.argv[1], 'rb')).spiketrains;"
            "print([t.magnitude.tolist() for t in trains]);"
            "print(any(name.startswith('pyNN') for name in sys.modules))"
        )
        printed = subprocess.run(
            [sys.executable, "-c", script, file], capture_output=True, text=True, check=True
        )
        assert printed.stdout.splitlines() == [
            "[[10.0, 33.0], [20.5, 15.25, 80.0], [90.0], []]",
            "False",
        ]
        list(ours)  # the second time with trains that are made


@pytest.mark.parametrize("made", [False, True])
def test_a_copied_list_has_trains_of_its_own(ours, made):
    if made:
        list(ours)
    copied = deepcopy(ours)
    assert [t.tolist() for t in copied] == [t.tolist() for t in ours]
    copied[1].annotate(note="copy")
    copied.append(train())
    assert "note" not in ours[1].annotations
    assert len(ours) == 4


def test_a_copy_of_a_block_is_whole(ours):
    block = neo.Block()
    block.segments.append(ours.segment)
    copied = deepcopy(block)
    trains = copied.segments[0].spiketrains
    assert trains[1].segment is copied.segments[0]
    assert trains.segment is copied.segments[0]
    assert copied.segments[0].block is copied
    trains[1][0] = 11 * pq.ms
    assert ours[1][0] == 20.5 * pq.ms


@pytest.mark.parametrize(
    ("module", "io", "suffix"),
    [("nixio", "NixIO", "nix"), ("neo", "PickleIO", "pkl"), ("scipy", "NeoMatlabIO", "mat")],
)
def test_trains_are_written_and_read(ours, module, io, suffix, tmp_path):
    pytest.importorskip(module)
    expected = [t.magnitude.tolist() for t in in_segment(SpikeTrainList).spiketrains]
    block = neo.Block(name="block")
    block.segments.append(ours.segment)
    file = str(tmp_path / f"block.{suffix}")
    writer = getattr(neo.io, io)(file)
    writer.write_block(block)
    if hasattr(writer, "close"):
        writer.close()
    reader = getattr(neo.io, io)(file)
    read = reader.read_block()
    assert [t.magnitude.tolist() for t in read.segments[0].spiketrains] == expected
    if hasattr(reader, "close"):
        reader.close()
