"""Neurons on the circuits of BrainScaleS-2."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyNN_brainscales_emu.errors import CapacityError
from pyNN_brainscales_emu.substrates.brainscales2.mapping.placement import place_neurons


def test_single_circuits_fill_the_chip_by_turns_over_the_outputs():
    placement = place_neurons([1] * 512)
    assert placement.circuit[:9].tolist() == [0, 32, 64, 96, 128, 160, 192, 224, 256]
    assert placement.output[:9].tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 0]
    assert np.unique(placement.circuit).size == 512


def test_a_neuron_of_eight_circuits_takes_four_columns():
    placement = place_neurons([8] * 9)
    assert placement.circuits_of(8).tolist() == [4, 260, 5, 261, 6, 262, 7, 263]


def test_neurons_larger_than_an_output_stand_one_after_the_other():
    placement = place_neurons([100, 100, 156, 100])
    assert placement.output.tolist() == [0, 1, 4, 6]


@given(st.lists(st.integers(1, 40), max_size=40))
def test_no_circuit_is_given_twice_and_no_neuron_crosses_the_middle(circuits):
    try:
        placement = place_neurons(circuits)
    except CapacityError:
        assert sum(circuits) > 512 - 2 * 40
        return
    assert np.unique(placement.circuit).size == sum(circuits)
    for neuron, size in enumerate(circuits):
        columns = placement.circuits_of(neuron) % 256
        assert len(columns) == size
        assert len(set((columns // 128).tolist())) == 1


def test_neurons_without_a_place_are_named():
    with pytest.raises(CapacityError, match=r"number 72.*7 circuits"):
        place_neurons([7] * 73)
