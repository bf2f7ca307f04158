from pyNN_brainscales_emu.hardware import constants as c


def test_parts_make_up_the_whole():
    assert c.DENMEM_COLUMNS * c.DENMEM_ROWS == c.DENMEMS_PER_HICANN
    assert c.NEURON_BLOCKS_PER_HICANN * c.DENMEMS_PER_NEURON_BLOCK == c.DENMEMS_PER_HICANN
    assert c.COLUMNS_PER_NEURON_BLOCK * c.NEURON_BLOCKS_PER_HICANN == c.DENMEM_COLUMNS
    assert c.SYNAPSE_ROWS_PER_ARRAY * c.SYNAPSE_ARRAYS_PER_HICANN == c.SYNAPSE_ROWS_PER_HICANN
    assert c.SYNAPSE_ROWS_PER_HICANN * c.SYNAPSE_COLUMNS == c.SYNAPSES_PER_HICANN
    assert c.DRIVERS_PER_HICANN * c.ROWS_PER_DRIVER == c.SYNAPSE_ROWS_PER_HICANN
    assert 2 * c.DRIVERS_PER_SIDE == 4 * c.DRIVERS_PER_QUADRANT == c.DRIVERS_PER_HICANN


def test_wafer_has_the_published_number_of_circuits_and_synapses():
    """Schmitt et al. (2017), section II and halco's synapse array."""
    assert c.HICANNS_PER_WAFER * c.DENMEMS_PER_HICANN == 196_608
    assert c.HICANNS_PER_WAFER * c.SYNAPSES_PER_HICANN == 44_040_192


def test_layer_1_delay_is_the_published_law_in_biological_time():
    to_ms = 1e-6 * c.SPEEDUP_DEFAULT
    for distance, expected in ((0, 0.6444), (10, 1.0414)):
        delay = (c.LAYER1_DELAY_NS + c.LAYER1_DELAY_PER_HICANN_NS * distance) * to_ms
        assert abs(delay - expected) < 1e-12
