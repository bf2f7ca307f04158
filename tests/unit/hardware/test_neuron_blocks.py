import numpy as np

from pyNN_brainscales_emu.hardware.coordinates import NeuronOnHICANN
from pyNN_brainscales_emu.hardware.neuron_blocks import denmems_of_block, neuron_block

DENMEMS = np.arange(512)


def test_blocks_are_those_of_the_coordinates():
    expected = [int(NeuronOnHICANN(denmem).block) for denmem in DENMEMS]
    assert neuron_block(DENMEMS).tolist() == expected


def test_every_denmem_belongs_to_one_block_of_64():
    members = denmems_of_block(np.arange(8))
    assert members.shape == (8, 64)
    assert sorted(members.ravel()) == DENMEMS.tolist()
    assert (neuron_block(members) == np.arange(8)[:, np.newaxis]).all()
