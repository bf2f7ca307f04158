import numpy as np
import pytest

from pyNN_brainscales_emu.mapping.output_channels import output_channels


def channels_for(neurons_per_block, hicann=100):
    """Return the channels that a HICANN with so many neurons in each block needs."""
    block = np.repeat(np.arange(8), neurons_per_block)
    in_use = output_channels(np.full(len(block), hicann, dtype=np.int32), (32 * block).astype(int))
    assert not np.delete(in_use, hicann, axis=0).any()
    return np.flatnonzero(in_use[hicann]).tolist()


@pytest.mark.parametrize(
    ("neurons_per_block", "channels"),
    [
        ([0] * 8, []),
        ([1, 0, 0, 0, 0, 0, 0, 0], [3]),
        ([7] * 8, [3]),  # 56 neurons share one output
        ([8] * 8, [3, 5]),  # 64 do not: halves of 32
        ([16] * 8, [1, 3, 5, 6]),  # halves of 64 do not: pairs of 32
        ([32] * 8, list(range(8))),  # pairs of 64 do not
        ([30, 29, 0, 0, 1, 0, 0, 0], [3, 5]),  # 59 addresses are enough for the half
        ([30, 30, 0, 0, 1, 0, 0, 0], [0, 1, 5]),
        ([0, 0, 30, 30, 0, 0, 0, 0], [2, 3]),
        ([32, 0, 32, 0, 0, 0, 0, 0], [1, 3]),
    ],
)
def test_as_few_outputs_as_the_addresses_allow(neurons_per_block, channels):
    assert channels_for(neurons_per_block) == channels


def test_denmems_of_the_bottom_row_belong_to_the_same_blocks():
    hicann = np.zeros(60, dtype=np.int32)
    top = np.repeat([0, 64], 30)
    np.testing.assert_array_equal(output_channels(hicann, top), output_channels(hicann, top + 256))
