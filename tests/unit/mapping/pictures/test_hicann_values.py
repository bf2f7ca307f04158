"""Numbers by HICANN: each is counted again from the placement and the sites."""

import numpy as np
import pytest
from pictured_networks import pictured_mapping, small_mapping

from pyNN_brainscales_emu.errors import OptionError
from pyNN_brainscales_emu.mapping.pictures import hicann_values as values

mapping = pytest.fixture(lambda: pictured_mapping(with_defects=True))


def test_denmems_and_neurons(mapping):
    sizes = [0] * 384
    for hicann, size in zip(
        mapping.placement.neuron_hicann, mapping.placement.neuron_size, strict=True
    ):
        sizes[hicann] += size
    np.testing.assert_array_equal(values.denmems_used(mapping), sizes)
    assert values.neurons_placed(mapping).sum() == mapping.n_neurons
    use = values.hicann_values(mapping, "use")
    np.testing.assert_allclose(use.values, np.array(sizes) / 5.12)
    assert "%" in use.label


def test_synapses_are_those_with_a_site(mapping, monkeypatch):
    hicanns = np.concatenate([routing.places.hicann for routing in mapping.projections])
    expected = np.bincount(hicanns[hicanns >= 0], minlength=384)
    np.testing.assert_array_equal(values.synapses_used(mapping), expected)
    monkeypatch.setattr(values, "_PIECE", 11)
    np.testing.assert_array_equal(values.synapses_used(mapping), expected)
    assert expected.sum() == mapping.stats.n_synapses_placed


def test_drivers_add_up(mapping):
    drivers = values.drivers_used(mapping)
    assert drivers.sum() == mapping.stats.n_drivers
    assert drivers.max() <= 224


def test_loss_is_a_share_of_what_was_asked_on_the_target(mapping):
    by_reason = values.synapses_by_reason(mapping)
    assert by_reason.sum() == mapping.n_synapses_asked
    assert by_reason[:, 1:].sum() == mapping.n_synapses_lost
    share = values.hicann_values(mapping, "loss").values
    asked = by_reason.sum(axis=1)
    np.testing.assert_array_equal(np.isnan(share), asked == 0)
    hicann = int(np.argmax(by_reason[:, 1:].sum(axis=1)))
    assert share[hicann] == pytest.approx(100 * by_reason[hicann, 1:].sum() / asked[hicann])


def test_stimulated_hicanns(mapping):
    found = np.flatnonzero(values.stimulated(mapping))
    np.testing.assert_array_equal(found, np.unique(mapping.placement.source_hicann))


def test_an_unknown_quantity_names_the_known_ones(mapping):
    with pytest.raises(OptionError, match="use, neurons, synapses, loss, drivers"):
        values.hicann_values(mapping, "heat")


@pytest.mark.parametrize("name", ["use", "neurons", "synapses", "loss", "drivers"])
def test_an_empty_network_has_values(name):
    found = values.hicann_values(small_mapping(), name).values
    assert found.shape == (384,)
    assert not np.nansum(found)
