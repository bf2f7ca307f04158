import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyNN_brainscales_emu.errors import BrainScaleSError, PlacementError
from pyNN_brainscales_emu.hardware.coordinates import (
    DNCOnWafer,
    FPGAOnWafer,
    GbitLinkOnHICANN,
    HICANNOnWafer,
    NeuronBlockOnHICANN,
    NeuronOnHICANN,
)

SIZES = {
    HICANNOnWafer: 384,
    DNCOnWafer: 48,
    FPGAOnWafer: 48,
    NeuronOnHICANN: 512,
    NeuronBlockOnHICANN: 8,
    GbitLinkOnHICANN: 8,
}


@pytest.mark.parametrize(("kind", "size"), SIZES.items())
def test_range_is_checked(kind, size):
    assert [int(kind(number)) for number in range(size)] == list(range(size))
    for wrong in (-1, size, 1.5, "1", None, True):
        with pytest.raises(PlacementError, match=rf"{kind.__name__}.*0 to {size - 1}"):
            kind(wrong)
    assert issubclass(PlacementError, BrainScaleSError)
    assert issubclass(PlacementError, ValueError)


@given(number=st.integers(0, 383))
def test_hicann_from_its_place(number):
    hicann = HICANNOnWafer(number)
    assert HICANNOnWafer.from_xy(hicann.x, hicann.y) == hicann
    assert hicann.dnc == DNCOnWafer.from_xy(hicann.x // 4, hicann.y // 2)
    assert hicann.fpga == hicann.dnc.fpga


@given(number=st.integers(0, 47))
def test_reticle_from_its_place(number):
    reticle = DNCOnWafer(number)
    assert DNCOnWafer.from_xy(reticle.x, reticle.y) == reticle


@given(number=st.integers(0, 511))
def test_denmem_from_its_place(number):
    denmem = NeuronOnHICANN(number)
    assert number == denmem.y * 256 + denmem.x
    assert NeuronOnHICANN.from_xy(denmem.x, denmem.y) == denmem
    assert int(denmem.block) == denmem.x // 32


def test_the_wafer_has_no_corners():
    with pytest.raises(PlacementError, match=r"\(11, 0\).*x from 12 to 23 in row 0"):
        HICANNOnWafer.from_xy(11, 0)
    with pytest.raises(PlacementError, match=r"x .*0 to 35"):
        HICANNOnWafer.from_xy(36, 7)
    with pytest.raises(PlacementError, match=r"y .*0 to 15"):
        HICANNOnWafer.from_xy(18, -1)
    with pytest.raises(PlacementError, match=r"y .*0 to 1"):
        NeuronOnHICANN.from_xy(0, 2)


def test_coordinates_sort_and_compare_within_their_kind_only():
    assert sorted([HICANNOnWafer(9), HICANNOnWafer(2)])[0] == HICANNOnWafer(2)
    assert HICANNOnWafer(7) != FPGAOnWafer(7)
    with pytest.raises(TypeError):
        assert HICANNOnWafer(1) < FPGAOnWafer(2)


def test_coordinates_are_frozen_hashable_indices():
    hicann = HICANNOnWafer(3)
    with pytest.raises(AttributeError):
        hicann.enum = 4
    assert {hicann: 1}[HICANNOnWafer(3)] == 1
    assert list(range(10))[hicann] == 3
    assert pickle.loads(pickle.dumps(hicann)) == hicann
    assert repr(hicann) == "HICANNOnWafer(3)"
