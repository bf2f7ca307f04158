"""One batch of in-the-loop training: 1 200 images shown to the network of Schmitt et al. (2017).

100 Poisson sources drive 100-15-15-5 IF_cond_exp neurons with 3 700 synapses (an excitatory and
an inhibitory one for each pair of neurons of neighbouring layers, and one from each source). An
image lasts 1 s: 0.9 s of stimulus, 2 500 Hz in all, and 0.1 s of silence. Measured is what one
iteration of the training asks for: `run_trials` and the spike counts of all four layers.

The weights are those of a model trained in software. The peer (Brian2 C++ standalone) has no
trials: it runs as many copies of the network side by side, with the same weights and rates.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import _peers
import numpy as np
from _comparison import Comparison, peak_memory, rate
from _tables import parser, print_json
from _training_network import side_by_side
from _training_worker import SUBSTRATES
from _workers import Worker
from numpy.typing import NDArray

from pyNN_brainscales_emu.training import (
    load_digits,
    load_mnist,
    quantise_all,
    train_software_model,
)
from pyNN_brainscales_emu.training.conversion import Levels
from pyNN_brainscales_emu.training.encoding import PRESENTATION_DURATION, poisson_rates

#: Conductance of one step of a weight (uS) for which the label units fire at about 30 Hz.
WEIGHT_UNIT = {"digits": 0.70e-3, "mnist": 0.24e-3}


def main(arguments: list[str] | None = None) -> None:
    """Measure all substrates and numbers of threads in turn with the peer."""
    options = parse_arguments(arguments)
    peers = _peers.find(options, "Brian2")
    levels, rates = stimuli_and_weights(options)
    with Comparison() as comparison:
        enter_emulator(comparison, levels, rates, options)
        if "Brian2" in peers:
            enter_brian2(comparison, levels, rates, peers, options)
        comparison.run(options.repetitions)
        if options.profile:
            print_profiles(comparison)
    title = f"Training batch: {options.trials} trials of 1 s, {options.data}"
    references = ["ideal", *(_peers.BRIAN2_METHODS if "Brian2" in peers else ())]
    comparison.print_table(title, references, {"rate Hz": rate, "peak MB": peak_memory})
    figures = {"trials": options.trials, "results": comparison.records()}
    print_json("training_batch", {"peers": peers.versions, **figures})


def parse_arguments(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    options = parser(__doc__, repetitions=3)
    _peers.add_option(options)
    options.add_argument("--trials", type=int, default=1200, help="images in the batch")
    options.add_argument("--substrates", nargs="+", choices=SUBSTRATES, default=list(SUBSTRATES))
    options.add_argument("--data", choices=WEIGHT_UNIT, default="digits", help="images to show")
    options.add_argument("--data-dir", help="folder of the MNIST files")
    options.add_argument("--profile", action="store_true", help="print where the time goes")
    return options.parse_args(arguments)


def stimuli_and_weights(
    options: argparse.Namespace,
) -> tuple[list[Levels], NDArray[np.float64]]:
    """Return the signed 4-bit weights of a trained model, and the rates of the batch in Hz."""
    mnist = options.data == "mnist"
    images = (load_mnist(options.data_dir) if mnist else load_digits()).train
    model = train_software_model(images, seed=1, progress=False)
    chosen = np.random.default_rng(1).integers(len(images), size=options.trials)
    return quantise_all(model.weights), poisson_rates(images.take(chosen).images)


def enter_emulator(
    comparison: Comparison,
    levels: list[Levels],
    rates: NDArray[np.float64],
    options: argparse.Namespace,
) -> None:
    """Enter all substrates and numbers of threads."""
    batch: Path = comparison.folder / "batch.npz"
    np.savez(batch, rates=rates, **{f"level/{n}": level for n, level in enumerate(levels)})
    for substrate in options.substrates:
        for threads in options.threads:
            worker = Worker("_training_worker.py")
            settings: dict[str, Any] = {"substrate": substrate, "unit": WEIGHT_UNIT[options.data]}
            comparison.enter(substrate, threads, worker, batch=str(batch), **settings)


def enter_brian2(
    comparison: Comparison,
    levels: list[Levels],
    rates: NDArray[np.float64],
    peers: _peers.Peers,
    options: argparse.Namespace,
) -> None:
    """Enter the peer's methods and numbers of threads."""
    path = comparison.folder / "network.npz"
    side_by_side(levels, rates, WEIGHT_UNIT[options.data]).save(path)
    for label, method in _peers.BRIAN2_METHODS.items():
        for threads in options.threads:
            worker = Worker("_brian2_worker.py", peers.python)
            settings = {"duration_ms": PRESENTATION_DURATION, "method": method}
            comparison.enter(label, threads, worker, network=str(path), **settings)


def print_profiles(comparison: Comparison) -> None:
    """Print where the time of the emulator's batches goes."""
    for contestant, worker in zip(comparison.contestants, comparison.workers, strict=True):
        if contestant.name in SUBSTRATES:
            print(f"\n{contestant.name}, {contestant.threads} thread(s)")
            print(worker.ask("profile")["table"])


if __name__ == "__main__":
    main()
