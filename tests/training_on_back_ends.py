"""A few iterations of a small training on the PyNN back end that is named.

Run as ``python training_on_back_ends.py NAME``; the last line that it prints is a JSON object with
the mean rates of the layers in each iteration, in Hz, the cost of each, and the weights at the end.
"""

import importlib
import json
import sys
from itertools import pairwise

import numpy as np

from pyNN_brainscales_emu.training import (
    DataSet,
    Descent,
    InTheLoopTrainer,
    LabelledImages,
    LoopSettings,
    SpikingNetwork,
)

SIZES = (12, 8, 3)
ITERATIONS, BATCH = 3, 40
OPTIONS = {"brainscales_emu": {"substrate": "ideal", "seed": 4}}


def data():
    """Return features that are larger around a place that belongs to the class."""
    generator = np.random.default_rng(1)
    labels = generator.integers(0, 3, 2 * BATCH)
    features = generator.uniform(0, 0.4, (2 * BATCH, 12))
    features += 0.5 * (np.arange(12) // 4 == labels[:, None])
    images = LabelledImages(features, labels)
    return DataSet("blobs", (0, 1, 2), images, images)


def encoder(features):
    """Return rates in Hz."""
    return 100.0 * features


def train(name):
    """Return what the module's text says."""
    sim = importlib.import_module(f"pyNN.{name}")
    sim.setup(timestep=0.1, **OPTIONS.get(name, {}))
    network = SpikingNetwork(sim, SIZES, weight_unit=1.0e-3)
    generator = np.random.default_rng(2)
    weights = [generator.uniform(-0.2, 0.5, shape) for shape in pairwise(SIZES)]
    metrics = {
        f"rate of layer {number}": lambda answer, labels, number=number: answer.rates()[
            number
        ].mean()
        for number in range(len(SIZES))
    }
    settings = LoopSettings(
        batch_size=BATCH, silent_labels_learn=True, optimiser=Descent(learning_rate=0.01)
    )
    trainer = InTheLoopTrainer(
        network, data(), weights, settings, encoder=encoder, metrics=metrics, seed=3
    )
    state = trainer.run(ITERATIONS, evaluate_every=0, progress=False)
    return {
        "rates": [state.history[name].tolist() for name in metrics],
        "cost": state.history["cost"].tolist(),
        "weights": [weight.tolist() for weight in state.weights],
        "change": state.history["weight_change"].tolist(),
    }


if __name__ == "__main__":
    print(json.dumps(train(sys.argv[1])))  # noqa: T201
