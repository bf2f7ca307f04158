"""What one run of the experiment of Schmitt et al. (2017) costs beside its presentations.

Measures the parts of `examples/schmitt2017.py` on one wafer: data, training in software, building
and mapping with the first presentation, one iteration of the loop with a fifth of the test images,
and a test with all of them. The whole run has 40 iterations and two tests: 99 000 presentations.
Beside it stands what the presentations cost that a bare `run_trials` shows, 1 200 at a time, with
the spike counts of all layers.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from _tables import load, print_json, print_table

import pyNN_brainscales_emu as sim
from pyNN_brainscales_emu.errors import DataError
from pyNN_brainscales_emu.training import (
    InTheLoopTrainer,
    LoopSettings,
    SoftwareSettings,
    load_mnist,
    poisson_rates,
    train_software_model,
)
from pyNN_brainscales_emu.training.encoding import PRESENTATION_DURATION

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "schmitt2017.py"
ITERATIONS, TESTS = 40, 2


def main() -> None:
    """Measure the parts, and print them."""
    arguments = parse_arguments()
    example = load_example()
    seconds: dict[str, float] = {}
    try:
        data = timed(seconds, "data", lambda: load_mnist(arguments.data_dir))
    except DataError as error:
        print(f"left out: {error}")
        print_json("training_run", {"left_out": str(error)})
        return
    steps = SoftwareSettings(steps=arguments.software_steps)
    model = timed(
        seconds,
        "software training",
        lambda: train_software_model(data.train, steps, seed=1, progress=False),
    )
    trainer = timed(seconds, "building, mapping, first image", lambda: build(example, data, model))
    fifth = data.test.take(slice(None, None, example.EVERY_IMAGE))
    batch = poisson_rates(data.train.images[: LoopSettings().batch_size])
    iterations, batches = [], []
    for _ in range(arguments.repetitions):  # in turn, so that what else goes on meets both alike
        iterations.append(clocked(lambda: iterate(trainer, fifth)))
        batches.append(clocked(lambda: present(trainer.network, batch)))
    iteration, bare = min(iterations), min(batches)
    test = clocked(lambda: trainer.evaluate(progress=False))

    seconds |= {
        f"{ITERATIONS} iterations": ITERATIONS * iteration,
        f"{TESTS} tests": TESTS * test,
    }
    images = len(batch), len(fifth), len(data.test)
    presentations = ITERATIONS * (images[0] + images[1]) + TESTS * images[2]
    whole, alone = sum(seconds.values()), presentations / images[0] * bare
    rows = [[name, f"{value:.2f}"] for name, value in seconds.items()]
    rows += [["whole run", f"{whole:.1f}"], ["its presentations alone", f"{alone:.1f}"]]
    print_table("One run", ("part", "s"), rows)
    print(f"\nwhole run over presentations alone: {whole / alone:.2f}; load {load():.1f}")
    figures = {"seconds": seconds, "presentations": presentations, "batch_s": bare}
    print_json("training_run", {**figures, "whole_s": whole, "ratio": whole / alone})


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--data-dir", help="folder with the four MNIST files")
    options.add_argument("--software-steps", type=int, default=15_000)
    options.add_argument("--repetitions", type=int, default=3)
    return options.parse_args()


def load_example() -> Any:
    """Import the example by its file."""
    spec = importlib.util.spec_from_file_location("schmitt2017", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def timed(seconds: dict[str, float], name: str, function: Callable[[], Any]) -> Any:
    """Note how long a function takes, and return what it returns."""
    begin = time.perf_counter()
    result = function()
    seconds[name] = time.perf_counter() - begin
    return result


def clocked(function: Callable[[], Any]) -> float:
    """Return how long a function takes, in s."""
    begin = time.perf_counter()
    function()
    return time.perf_counter() - begin


def build(example: Any, data: Any, model: Any) -> InTheLoopTrainer:
    """Build the network and show an image, before which it is mapped and translated."""
    network = example.build(wafer=1, seed=1)
    trainer = InTheLoopTrainer(network, data, model.weights, seed=1)
    trainer.evaluate(data.test.take(slice(0, 1)), progress=False)
    return trainer


def present(network: Any, rates: np.ndarray) -> None:
    """Show images, and count the spikes of all layers."""
    data = sim.run_trials(PRESENTATION_DURATION, {network.sources: rates}, record=network.layers)
    for layer in network.layers:
        data.spike_counts(layer)


def iterate(trainer: InTheLoopTrainer, images: Any) -> None:
    """Do one iteration of the loop."""
    trainer.run(trainer.state.iteration + 1, evaluate_with=images, progress=False)


if __name__ == "__main__":
    main()
