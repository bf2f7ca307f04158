from functools import partial
from itertools import pairwise

import numpy as np
import pytest
from reference.fake_pynn import FakeSequence, FakeTrials

from pyNN_brainscales_emu.errors import DataError, ParameterError
from pyNN_brainscales_emu.training import WEIGHT_UNIT, SpikingNetwork, poisson_rates

LAYERS = (6, 4, 3)


def levels(seed=0, sizes=LAYERS):
    generator = np.random.default_rng(seed)
    return [generator.integers(-15, 16, shape).astype(np.int8) for shape in pairwise(sizes)]


def rates(n=5):
    return poisson_rates(np.random.default_rng(1).uniform(0.1, 1, (n, 6)), 300.0)


def test_network_is_the_published_one():
    network = SpikingNetwork(FakeTrials())
    assert [layer.size for layer in network.layers] == [100, 15, 15, 5]
    sim = network.sources.cells.parameters["_chain"]
    assert len(sim) == 7
    assert sum(p.weight.size for p in sim[1:]) == 3600
    assert network.sources.cells.kind == "SpikeSourcePoisson"
    assert network.sources.cells.parameters["duration"] == 900.0
    assert sim[0].connector == "OneToOneConnector"
    assert sim[0].weight[0, 0] == 0.02
    neurons = network.layers[0].cells.parameters
    assert (neurons["v_rest"], neurons["v_thresh"], neurons["cm"]) == (-40.0, -37.5, 0.2)
    assert network.layers[0].initial == {"v": -40.0}
    assert all(p.gmax == pytest.approx(15 * WEIGHT_UNIT) for p in sim[1:])


def test_weights_go_to_one_of_two_synapses():
    network = SpikingNetwork(FakeTrials(), LAYERS, weight_unit=1e-3)
    wanted = levels()
    network.set_weights(wanted)
    for (excitatory, inhibitory), level in zip(network.projections, wanted, strict=True):
        assert (excitatory.receptor_type, inhibitory.receptor_type) == ("excitatory", "inhibitory")
        np.testing.assert_allclose(excitatory.weight - inhibitory.weight, 1e-3 * level)
        assert (excitatory.weight * inhibitory.weight == 0).all()


def test_levels_may_be_written_as_they_are():
    network = SpikingNetwork(FakeTrials(), LAYERS, digital_weights=True)
    written = {}
    for pair in network.projections:
        for projection in pair:
            projection.set_digital_weights = partial(written.__setitem__, projection)
    wanted = levels()
    network.set_weights(wanted)
    for (excitatory, inhibitory), level in zip(network.projections, wanted, strict=True):
        np.testing.assert_array_equal(written[excitatory], np.where(level > 0, level, -1))
        np.testing.assert_array_equal(written[inhibitory], np.where(level < 0, -level, -1))
        assert not excitatory.weight.any()


def test_levels_cannot_be_written_everywhere():
    with pytest.raises(ParameterError, match="digital_weights; got True"):
        SpikingNetwork(FakeTrials(), LAYERS, digital_weights=True).set_weights(levels())


@pytest.mark.parametrize("kind", [FakeTrials, FakeSequence])
def test_counts_are_those_of_the_spikes(kind):
    network = SpikingNetwork(kind(), LAYERS)
    network.set_weights(levels())
    answer = network.present(rates(), np.random.default_rng(0), keep_spikes=True)
    assert list(answer.spikes) == ["input", "hidden 1", "label"]
    for counts, layer, size in zip(answer.counts, answer.spikes.values(), LAYERS, strict=True):
        assert counts.shape == (5, size)
        assert (counts == layer.counts()).all()
        assert counts.sum() > 0
    np.testing.assert_allclose(answer.rates()[0], answer.counts[0] / 0.9)


@pytest.mark.parametrize("kind", [FakeTrials, FakeSequence])
@pytest.mark.parametrize("n", [1, 3, 7])
def test_chunks_are_put_together_in_order(kind, n, monkeypatch):
    module = "pyNN_brainscales_emu.training.presentation."
    monkeypatch.setattr(module + "_TRIALS_AT_ONCE", 3)
    monkeypatch.setattr(module + "_SLOTS_AT_ONCE", 3)
    sim = kind()
    network = SpikingNetwork(sim, LAYERS)
    network.set_weights(levels())
    wanted = np.zeros((n, 6))
    wanted[np.arange(n), np.arange(n) % 6] = 500.0
    answer = network.present(wanted, np.random.default_rng(0), keep_spikes=True)
    assert sim.calls == -(-n // 3)
    assert answer.counts[0].argmax(axis=1).tolist() == [image % 6 for image in range(n)]
    assert (answer.counts[0] == answer.spikes["input"].counts()).all()


@pytest.mark.parametrize("kind", [FakeTrials, FakeSequence])
def test_same_generator_same_spikes(kind):
    network = SpikingNetwork(kind(), LAYERS)
    network.set_weights(levels())
    first, again, other = (
        network.present(rates(), np.random.default_rng(seed)).counts[0] for seed in (1, 1, 2)
    )
    assert (first == again).all()
    assert (first != other).any()


def test_sequence_goes_on_in_time():
    sim = FakeSequence()
    network = SpikingNetwork(sim, LAYERS)
    for _ in range(2):
        network.present(rates(2), np.random.default_rng(0))
    assert sim.time == 4000.0
    assert network.sources.cells.kind == "SpikeSourceArray"


@pytest.mark.parametrize(
    "bad", [np.ones(6), np.ones((2, 5)), np.ones((0, 6)), -np.ones((1, 6)), np.full((1, 6), np.nan)]
)
def test_bad_rates(bad):
    with pytest.raises(DataError, match="rates"):
        SpikingNetwork(FakeTrials(), LAYERS).present(bad, np.random.default_rng(0))


def test_bad_weights_change_nothing():
    network = SpikingNetwork(FakeTrials(), LAYERS)
    bad = levels()
    bad[1] = bad[1].astype(int) + 40
    with pytest.raises(ParameterError, match="4-bit"):
        network.set_weights(bad)
    with pytest.raises(ParameterError, match="shapes"):
        network.set_weights(levels()[:1])
    assert all((p.weight == 0).all() for pair in network.projections for p in pair)


@pytest.mark.parametrize("bad", [0.0, -1.0, np.nan])
def test_bad_conductances(bad):
    with pytest.raises(ParameterError, match="weight_unit"):
        SpikingNetwork(FakeTrials(), LAYERS, weight_unit=bad)
