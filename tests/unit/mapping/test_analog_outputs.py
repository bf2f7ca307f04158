"""Who is read through which output: topology, limits, defects, channels that are kept."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyNN_brainscales_emu.hardware.floating_gate import shared_block
from pyNN_brainscales_emu.hardware.topology import HICANN_ADC_GROUP
from pyNN_brainscales_emu.mapping.analog_outputs import UnreadReason, assign_analog_outputs
from pyNN_brainscales_emu.mapping.results import Placement

NONE_DEFECT = np.zeros((384, 2), dtype=bool)
FIRST_CELL = 100
NO_SOURCE = np.zeros(0, dtype=np.int32)


def placed(hicanns, denmems=None, size=4):
    """Neurons on these HICANNs, side by side unless told otherwise."""
    hicann = np.asarray(hicanns, dtype=np.int32)
    if denmems is None:
        denmems = [size // 2 * sum(hicann[:i] == h) for i, h in enumerate(hicann)]
    denmem = np.asarray(denmems, dtype=np.int32)
    return Placement(hicann, denmem, np.full(len(hicann), size, np.int32), NO_SOURCE, NO_SOURCE)


def assigned(placement, cells=None, defective=NONE_DEFECT, present=None):
    neurons = np.arange(len(placement.neuron_hicann)) if cells is None else np.asarray(cells)
    return assign_analog_outputs(neurons + FIRST_CELL, neurons, placement, defective, present)


def broken(*outputs):
    defective = NONE_DEFECT.copy()
    for hicann, output in outputs:
        defective[hicann, output] = True
    return defective


def of_group(group, n):
    return np.flatnonzero(group == HICANN_ADC_GROUP)[:n]


def test_two_membranes_of_a_group_wherever_they_sit():
    # Three HICANNs of one group: the third membrane has no channel, though its HICANN is free.
    outputs = assigned(placed(of_group(3, 3)))
    assert outputs.cell.tolist() == [100, 101]
    assert outputs.output.tolist() == [0, 1]
    assert outputs.channel.tolist() == [6, 7]
    assert outputs.unread.tolist() == [102]
    assert outputs.unread_counts() == {UnreadReason.NO_CHANNEL: 1}


def test_twelve_membranes_of_the_wafer():
    outputs = assigned(placed(np.repeat([of_group(g, 1)[0] for g in range(6)], 5)))
    assert outputs.channel.tolist() == list(range(12))
    assert outputs.cell.tolist() == [100 + 5 * g + k for g in range(6) for k in range(2)]
    assert len(outputs.unread) == 18


def test_the_denmems_of_a_hicann_are_on_different_lines():
    # Both neurons begin in an even column of the top row: the second one is put out elsewhere.
    outputs = assigned(placed([7, 7], denmems=[10, 12]))
    assert outputs.denmem.tolist() == [10, 13]
    assert len(set(shared_block(outputs.denmem).tolist())) == 2
    # Neurons of two denmems: only the bottom row is left.
    assert assigned(placed([7, 7], denmems=[10, 12], size=2)).denmem.tolist() == [10, 12 + 256]
    # On another HICANN of the group the lines are others.
    first, second = of_group(2, 2)
    assert assigned(placed([first, second], denmems=[10, 12])).denmem.tolist() == [10, 12]


def test_a_defective_output_leaves_the_other_one():
    outputs = assigned(placed([7, 7]), defective=broken((7, 0)))
    assert (outputs.cell.tolist(), outputs.output.tolist()) == ([100], [1])
    assert outputs.unread_counts() == {UnreadReason.NO_CHANNEL: 1}


def test_a_hicann_without_sound_outputs_is_not_read():
    first, second = of_group(0, 2)
    placement = placed([first, second, second])
    outputs = assigned(placement, defective=broken((first, 0), (first, 1)))
    assert outputs.cell.tolist() == [101, 102]
    assert outputs.unread.tolist() == [100]
    assert outputs.unread_counts() == {UnreadReason.DEFECT_OUTPUT: 1}


def test_the_first_gives_way_to_a_defect_of_the_second():
    first, second = of_group(0, 2)
    outputs = assigned(placed([first, second]), defective=broken((second, 1)))
    assert outputs.cell.tolist() == [101, 100]
    assert outputs.output.tolist() == [0, 1]


def test_membranes_that_are_read_keep_their_channel_and_denmem():
    placement = placed([7, 7, 7])
    present = assigned(placement, cells=[1, 2])
    later = assigned(placement, cells=[0, 1, 2], present=present)
    assert later.cell.tolist() == [101, 102]
    assert later.denmem.tolist() == present.denmem.tolist()
    assert later.unread.tolist() == [100]
    freed = assigned(placement, cells=[0, 2], present=present)
    assert dict(zip(freed.cell.tolist(), freed.output.tolist(), strict=True)) == {102: 1, 100: 0}


def test_nothing_asked():
    outputs = assigned(placed([]))
    assert len(outputs.cell) == len(outputs.unread) == 0
    assert outputs.position(np.array([3, 4])).tolist() == [-1, -1]
    assert outputs.unread_counts() == {}


def test_position():
    outputs = assigned(placed([7, of_group(5, 1)[0], 7]), defective=broken((7, 0)))
    found = outputs.position(np.array([102, 101, 100, 7]))
    assert [outputs.cell[i] if i >= 0 else None for i in found] == [None, 101, 100, None]


def first_that_fit(usable):
    """The lexicographically first largest choice of cells for two outputs, by trying all."""
    n = len(usable)
    for a, b in combinations(range(n), 2):
        fit = (usable[a][0] and usable[b][1]) or (usable[a][1] and usable[b][0])
        if fit and not any(any(usable[i]) for i in range(a)):
            return {a, b}
    able = [i for i in range(n) if any(usable[i])]
    return set(able[:1])


#: Three HICANNs of each group.
SOME = np.concatenate([of_group(g, 3) for g in range(6)]).tolist()


@given(
    hicanns=st.lists(st.sampled_from(SOME), min_size=1, max_size=20),
    broken_outputs=st.sets(st.tuples(st.sampled_from(SOME), st.integers(0, 1))),
)
def test_every_group_reads_the_first_cells_that_fit_together(hicanns, broken_outputs):
    defective = broken(*broken_outputs)
    sound = (~defective).tolist()
    outputs = assigned(placed(hicanns), defective=defective)
    assert len(set(outputs.channel.tolist())) == len(outputs.cell) <= 12
    assert not defective[outputs.hicann, outputs.output].any()
    for group in range(6):
        members = np.flatnonzero(HICANN_ADC_GROUP[np.array(hicanns)] == group)
        usable = [sound[hicanns[m]] for m in members]
        expected = {int(members[i]) + FIRST_CELL for i in first_that_fit(usable)}
        assert set(outputs.cell[outputs.group == group].tolist()) == expected
    both = np.concatenate([outputs.cell, outputs.unread])
    assert sorted(both.tolist()) == list(range(FIRST_CELL, FIRST_CELL + len(hicanns)))
    lines = set(zip(outputs.hicann.tolist(), shared_block(outputs.denmem).tolist(), strict=True))
    assert len(lines) == len(outputs.cell)


@pytest.mark.parametrize("reason", UnreadReason)
def test_every_reason_has_a_label(reason):
    assert reason.label
