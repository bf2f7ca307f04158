"""The loop closes through the emulated wafer."""

from itertools import pairwise

import numpy as np
import pytest
from training_on_back_ends import SIZES, data, encoder

import pyNN_brainscales_emu as sim
from pyNN_brainscales_emu.training import (
    WEIGHT_UNIT,
    InTheLoopTrainer,
    LoopSettings,
    Presentation,
    Quantiser,
    SpikingNetwork,
)


def make(quantiser=None, **options):
    """Return a trainer of a small network on a wafer with all of its effects."""
    sim.setup(
        wafer=7, seed=4, variation="schmitt2017", voltage_scaling=(20.0, 1.8), on_loss="ignore"
    )
    network = SpikingNetwork(sim, SIZES, weight_unit=WEIGHT_UNIT, quantiser=quantiser, **options)
    scales = (quantiser or Quantiser()).scales_of(2)
    generator = np.random.default_rng(2)
    weights = [
        scale * generator.uniform(-0.2, 0.3, shape)
        for scale, shape in zip(scales, pairwise(SIZES), strict=True)
    ]
    settings = LoopSettings(batch_size=80, silent_labels_learn=True)
    return InTheLoopTrainer(network, data(), weights, settings, encoder=encoder, seed=3)


@pytest.mark.parametrize("scales", [(), (0.5, 1.0)])
def test_trained_weights_are_those_in_the_synapses(scales):
    trainer = make(Quantiser(scales), digital_weights=True)
    before = trainer.levels
    trainer.run(3, evaluate_every=0, progress=False)
    trainer.evaluate(progress=False)
    assert any((a != b).any() for a, b in zip(trainer.levels, before, strict=True))
    for (excitatory, inhibitory), level in zip(
        trainer.network.projections, trainer.levels, strict=True
    ):
        digital = [
            projection.get_digital_weights(format="array")
            for projection in (excitatory, inhibitory)
        ]
        assert set(np.unique(digital)) <= set(range(-1, 16))  # -1: the synapse is off
        strength = np.maximum(digital, 0)
        assert not np.any(strength[0] * strength[1])
        np.testing.assert_array_equal(strength[0] - strength[1], level)


def test_learning_needs_the_spikes_that_the_wafer_fired():
    accuracies = {}
    for kind in ("recorded", "shuffled"):
        trainer = make()
        present = trainer.network.present

        def shuffled(rates, generator, present=present, **options):
            answer = present(rates, generator, **options)
            order = np.random.default_rng(len(rates)).permutation(len(rates))
            return Presentation(tuple(counts[order] for counts in answer.counts))

        if kind == "shuffled":
            trainer.network.present = shuffled
        trainer.run(25, evaluate_every=0, progress=False)
        trainer.network.present = present
        accuracies[kind] = trainer.evaluate(progress=False).accuracy
    assert accuracies["recorded"] > 0.85
    assert accuracies["shuffled"] < 0.6
