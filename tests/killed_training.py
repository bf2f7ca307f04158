"""A training that saves whatever can be saved after each iteration, made to be killed.

Run as ``python killed_training.py FOLDER ITERATIONS``. It goes on from a checkpoint in the folder
if there is one, prints ``ready`` when it begins and ``done`` at the end.
"""

import sys
from itertools import pairwise
from pathlib import Path

import numpy as np

import pyNN_brainscales_emu as sim
from pyNN_brainscales_emu.calibration.computed import default_calibration
from pyNN_brainscales_emu.calibration.storage import save_calibration
from pyNN_brainscales_emu.calibration.virtual_wafer import VirtualHICANN
from pyNN_brainscales_emu.training import (
    InTheLoopTrainer,
    LoopSettings,
    SpikingNetwork,
    load_digits,
)

SIZES = (100, 15, 15, 5)


def trainer():
    """Return a trainer at the start of a short training on the wafer."""
    sim.setup(threads=1, on_loss="ignore")
    rng = np.random.default_rng(5)
    weights = [rng.uniform(-1, 1, shape) for shape in pairwise(SIZES)]
    settings = LoopSettings(batch_size=20)
    return InTheLoopTrainer(SpikingNetwork(sim), load_digits(), weights, settings, seed=3)


def save_all(folder, training):
    """Write files of every kind, over those of the iteration before."""
    images = training.data.test.take(slice(0, 5))
    training.evaluate(images, keep_spikes=True, progress=False).spikes.save(folder / "spikes.npz")
    sim.hardware_config().save(folder / "config.h5", overwrite=True)
    sim.mapping().save(folder / "mapping.npz")
    sim.report().save(folder / "report.json")
    sim.save_defects(sim.Defects.draw({"hicann": 0.02}, 3), folder / "defects.json")
    known = default_calibration(VirtualHICANN(33, 297, "default"))
    save_calibration(folder / "calibration.h5", [known], "default", overwrite=True)


def main(folder, iterations):
    """Train, save, and say so."""
    training = trainer()
    checkpoint = folder / "checkpoint.npz"
    if checkpoint.exists():
        training.resume(checkpoint)
    print("ready", flush=True)  # noqa: T201
    training.run(
        iterations,
        checkpoint=checkpoint,
        evaluate_every=0,
        callback=lambda _: save_all(folder, training),
        progress=False,
    )
    save_all(folder, training)
    print("done", flush=True)  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
