"""Repeat the experiment of Schmitt et al. (2017), "Neuromorphic hardware in the loop".

A network of 100-15-15-5 rectified linear units learns in software to tell the digits 0, 1, 4, 6, 7
of MNIST (10 x 10 pixels; 30 690 images to train with, 5 083 to test with). Its weights, rounded to
4 bits, go to a spiking network on the emulated wafer: 135 neurons of four denmems, placed at random
on eight HICANNs, 3 700 synapses, neuron parameters of table II with the spread of that table. Then
the network learns on with the wafer in the loop: 40 iterations of 1 200 images.

Published, as medians over 130 placements and initial weights: 97 % in software, 72 (62 to 84) %
after conversion, 95 (93 to 96) % after the loop.

One run draws weights before and after the loop, the accuracy over the iterations, and the spikes of
five presentations of each digit (figures 8 to 10 of the paper). With --repeat it is done on so many
wafers, with placements and initial weights of their own, and the distribution is drawn and printed.
What is finished stays in the output folder, and --resume goes on from there. With --ablation a
table tells what each of the wafer's effects costs: alone, and when it is the only one that is off.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyNN.brainscales_emu as sim
from matplotlib.figure import Figure

from pyNN_brainscales_emu.errors import BrainScaleSError
from pyNN_brainscales_emu.hardware.topology import HICANN_X, HICANN_Y, SPIRAL_ORDER, spiral_order
from pyNN_brainscales_emu.training import (
    InTheLoopTrainer,
    LoopSettings,
    SoftwareSettings,
    SpikingNetwork,
    Table,
    ablation,
    load_mnist,
    model_accuracy,
    pictures,
    repeat,
    train_software_model,
)

# A fifteenth of the conductance of a synapse with the largest weight, at 0.2 nF, in uS: with it the
# label of the digit shown fires at its norm of 30 Hz where no circuit varies (docs/decisions.md).
WEIGHT_UNIT = 0.42e-3
# The random placement draws eight of the sixteen HICANNs around a place on the inner wafer.
N_HICANNS, N_NEAR, N_MIDDLES = 8, 16, 200
# Neurons of four denmems that a neuron block has room for.
BLOCK_SIZE = 16
# After each iteration every fifth test image is shown.
EVERY_IMAGE = 5
SOFTWARE_STEPS, SOFTWARE_MEASURED_EVERY = 15_000, 500
EACH_DIGIT = 5
PUBLISHED = {
    "software": (0.97, 0.97, 0.97),
    "after conversion": (0.62, 0.72, 0.84),
    "after the loop": (0.93, 0.95, 0.96),
}


def run(
    wafer: int,
    seed: int,
    data_dir: str | None = None,
    iterations: int = 40,
    software_steps: int = SOFTWARE_STEPS,
    effects: str | list[str] = "all",
    threads: int | None = None,
    output: str | None = None,
    resume: bool = False,
) -> dict[str, object]:
    """Do the whole experiment on one wafer; draw figures if a folder is given."""
    begin = time.perf_counter()
    data = load_mnist(data_dir)
    curve: dict[int, float] = {}

    def measure(step: int, weights: list[np.ndarray]) -> None:
        if step % SOFTWARE_MEASURED_EVERY == 0:
            curve[step] = model_accuracy(weights, data.test)

    model = train_software_model(
        data.train,
        SoftwareSettings(steps=software_steps),
        seed=seed,
        callback=measure,
        progress=output is not None,
    )
    network = build(wafer, seed, effects, threads)
    settings = LoopSettings()  # those of the paper
    context = {"wafer": wafer, "effects": effects, "software steps": software_steps}
    trainer = InTheLoopTrainer(network, data, model.weights, settings, seed=seed, context=context)
    weights = [trainer.levels]
    drawn = output is not None
    before = trainer.evaluate(keep_spikes=drawn, progress=drawn)
    checkpoint = Path(output) / "checkpoint.npz" if drawn else None
    if resume and checkpoint is not None and checkpoint.exists():
        trainer.resume(checkpoint)
    fifth = data.test.take(slice(None, None, EVERY_IMAGE))
    trainer.run(iterations, checkpoint=checkpoint, evaluate_with=fifth, progress=drawn)
    after = trainer.evaluate(keep_spikes=drawn, progress=drawn)
    weights.append(trainer.levels)
    result = {
        "software": model.accuracy(data.test),
        "after_conversion": before.accuracy,
        "after_loop": after.accuracy,
        "label_rate_before": before.label_rate,
        "label_rate_after": after.label_rate,
        "mean_weight_change": mean_change(*weights),
        "accuracy_of_iterations": trainer.state.history["test_accuracy"].tolist(),
        "wall_seconds": time.perf_counter() - begin,
    }
    if drawn:
        draw_run(Path(output), result, curve, weights, after.spikes, data.classes)
    sim.end()
    return result


def build(
    wafer: int, seed: int, effects: str | list[str] = "all", threads: int | None = None
) -> SpikingNetwork:
    """Build the network on a wafer, at random places."""
    sim.setup(
        timestep=0.1,
        wafer=wafer,
        seed=seed,
        effects=effects,
        threads=threads,
        neuron_size=4,
        variation="schmitt2017",
        voltage_scaling=(20.0, 1.8),
        on_loss="ignore",  # the refractory time "as small as possible" is one
    )
    generator = np.random.default_rng([seed, wafer])
    return SpikingNetwork(
        sim,
        weight_unit=WEIGHT_UNIT,
        digital_weights=True,
        place=lambda layers: place_at_random(layers, generator),
    )


def place_at_random(layers: tuple, generator: np.random.Generator) -> None:
    """Place each neuron on a neuron block of eight HICANNs that lie close together."""
    middle = SPIRAL_ORDER[generator.integers(0, N_MIDDLES)]
    near = spiral_order(int(HICANN_X[middle]), int(HICANN_Y[middle]))[:N_NEAR]
    hicanns = generator.choice(near, N_HICANNS, replace=False)
    places = [(int(hicann), block) for hicann in hicanns for block in range(8)] * BLOCK_SIZE
    chosen = generator.permutation(len(places))
    first = 0
    for layer in layers:
        for cell, place in enumerate(chosen[first : first + layer.size]):
            sim.place(layer[[cell]], neuron_blocks=[places[place]])
        first += layer.size


def mean_change(before: list[np.ndarray], after: list[np.ndarray]) -> float:
    """Return the mean absolute change of a weight, in steps."""
    changes = [np.abs(a.astype(int) - b) for a, b in zip(after, before, strict=True)]
    return float(np.mean(np.concatenate([change.ravel() for change in changes])))


def draw_run(folder, result, curve, weights, spikes, classes) -> None:
    """Draw what figures 8 to 10 of the paper show."""
    figure = Figure(figsize=(11, 5), layout="constrained")
    axes = figure.subplots(2, 1)
    for place, levels, when in zip(axes, weights, ("before", "after"), strict=True):
        image = pictures.draw_weights(place, levels, f"4-bit weights {when} the loop")
    figure.colorbar(image, ax=axes, label="inhibitory | excitatory")
    save(figure, folder / "weights.png")

    figure = Figure(figsize=(9, 3.5), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    steps = list(curve)
    pictures.draw_accuracy(left, {"software": (steps, list(curve.values()))}, xlabel="step")
    curve_of_loop = [result["after_conversion"], *result["accuracy_of_iterations"]]
    pictures.draw_accuracy(
        right,
        {"wafer": (range(len(curve_of_loop)), curve_of_loop), "software": (0, result["software"])},
        xlabel="iteration in the loop",
    )
    save(figure, folder / "accuracy.png")

    figure = Figure(figsize=(14, 6), layout="constrained")
    images = pictures.presentations_of_each_class(spikes.labels, EACH_DIGIT)
    pictures.draw_raster(figure.subplots(), spikes, images, classes)
    save(figure, folder / "raster.png")


def draw_distribution(path: Path, table: Table) -> None:
    """Draw the accuracies of all runs, beside what was published."""
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    columns = [table["software"], table["after_conversion"], table["after_loop"]]
    axes.boxplot([100 * column for column in columns], whis=(0, 100), label="emulated")
    for place, (low, median, high) in enumerate(PUBLISHED.values(), start=1):
        error = [[100 * (median - low)], [100 * (high - median)]]
        axes.errorbar(
            place + 0.35, 100 * median, error, fmt="D", color="C3", capsize=4,
            label="published (median, quartiles)" if place == 1 else None,
        )  # fmt: skip
    axes.set_xticks(range(1, 4), list(PUBLISHED))
    axes.set(ylabel="test accuracy (%)", title=f"{len(table)} wafers, placements, initial weights")
    axes.legend(loc="lower left")
    save(figure, path)


def save(figure: Figure, path: Path) -> None:
    """Write a figure and say where it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=150)
    print(path)


def print_distribution(table: Table) -> None:
    """Print median and quartiles, beside what was published."""
    print(f"\n{len(table)} runs{'':16} {'median (quartiles) %':>24} {'published':>18}")
    for (name, published), column in zip(
        PUBLISHED.items(), ("software", "after_conversion", "after_loop"), strict=True
    ):
        ours, theirs = (
            f"{100 * median:.1f} ({100 * low:.1f}-{100 * high:.1f})"
            for low, median, high in (table.quartiles(column), published)
        )
        print(f"{name:22} {ours:>24} {theirs:>18}")


@contextmanager
def executor_named(name: str):
    """Give what `repeat` takes as its executor."""
    if name == "processes":
        yield None
    elif name.isdecimal():
        yield int(name)
    elif name == "mpi":
        from mpi4py.futures import MPIPoolExecutor

        with MPIPoolExecutor() as executor:
            yield executor
    else:
        from distributed import Client

        with Client(name.removeprefix("dask:")) as client:
            yield client.get_executor()


def parse_arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--data-dir", metavar="DIR", help="folder with the four MNIST files (default: the "
        "environment variable PYNN_BRAINSCALES_EMU_DATA)")  # fmt: skip
    add("--wafer", type=int, default=1, metavar="N", help="number of the virtual wafer, the first "
        "one with --repeat (default: %(default)s)")  # fmt: skip
    add("--seed", type=int, default=1, metavar="N",
        help="of initial weights, placement and spike trains (default: %(default)s)")  # fmt: skip
    add("--repeat", type=int, metavar="N",
        help="repeat it on N wafers with numbers and seeds that count up")  # fmt: skip
    add("--ablation", metavar="NAMES", help="tell what effects cost (all, or names with commas "
        "between them) on as many wafers as --repeat says; with --iterations 0 of the conversion "
        "alone")  # fmt: skip
    add("--executor", default="processes", metavar="NAME",
        help="who performs the repetitions: processes, a number of processes, dask:ADDRESS of a "
        "scheduler, or mpi (default: %(default)s)")  # fmt: skip
    add(
        "--iterations", type=int, default=40, metavar="N", help="in the loop (default: %(default)s)"
    )
    add("--software-steps", type=int, default=SOFTWARE_STEPS, metavar="N",
        help="of the training in software (default: %(default)s)")  # fmt: skip
    add("--effects", default="all", metavar="NAMES", help="all, none, or names of effects with "
        "commas between them (default: %(default)s)")  # fmt: skip
    add("--threads", type=int, metavar="N", help="of the emulator (default: all cores; one for "
        "each process with --repeat)")  # fmt: skip
    add("--output", type=Path, default=Path("output/schmitt2017"), metavar="DIR",
        help="folder for figures and results (default: %(default)s)")  # fmt: skip
    add("--resume", action="store_true", help="go on with what the output folder holds")
    return parser.parse_args(argv)


def ablate(arguments: argparse.Namespace, tasks: list[dict[str, object]]) -> Table:
    """Tell what effects cost."""
    names = arguments.ablation
    effects = sim.Effects.names() if names == "all" else names.split(",")
    chips = [{name: value for name, value in task.items() if name != "effects"} for task in tasks]
    with executor_named(arguments.executor) as executor:
        table = ablation(
            run,
            chips,
            effects,
            measured="after_loop" if arguments.iterations else "after_conversion",
            executor=executor,
            folder=arguments.output / "ablation",
            resume=arguments.resume,
        )
    table.to_csv(arguments.output / "ablation.csv")
    return table


def main(argv: list[str] | None = None) -> dict[str, object] | Table:
    """Run the experiment once or many times, and return what came out."""
    arguments = parse_arguments(argv)
    folder = os.environ.get("PYNN_BRAINSCALES_EMU_DATA")
    data_dir = arguments.data_dir or folder
    names = arguments.effects
    options = {
        "data_dir": str(Path(data_dir).resolve()) if data_dir else None,
        "iterations": arguments.iterations,
        "software_steps": arguments.software_steps,
        "effects": names if names in ("all", "none") else names.split(","),
    }
    if arguments.repeat is None and arguments.ablation is None:
        result = run(
            arguments.wafer,
            arguments.seed,
            **options,
            threads=arguments.threads,
            output=str(arguments.output),
            resume=arguments.resume,
        )
        (arguments.output / "result.json").write_text(json.dumps(result, indent=1) + "\n")
        for name in ("software", "after_conversion", "after_loop"):
            print(f"{name.replace('_', ' '):20} {result[name]:.1%}")
        return result
    tasks = [
        {"wafer": arguments.wafer + number, "seed": arguments.seed + number, **options}
        for number in range(arguments.repeat or 1)
    ]
    if arguments.ablation is not None:
        return ablate(arguments, tasks)
    with executor_named(arguments.executor) as executor:
        table = repeat(
            run, tasks, executor, folder=arguments.output / "runs", resume=arguments.resume
        )
    table.to_csv(arguments.output / "distribution.csv")
    draw_distribution(arguments.output / "distribution.png", table)
    print_distribution(table)
    return table


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("\nInterrupted. The same command with --resume goes on.")
    except BrainScaleSError as error:
        sys.exit(f"{type(error).__name__}: {error}")
