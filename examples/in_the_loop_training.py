"""Train a spiking network to read digits, with the emulated wafer in the loop.

What happens (after Schmitt et al., 2017, "Neuromorphic hardware in the loop"):

1. A small network of rectified linear units, 100-15-15-5, learns in software to tell five digits.
2. Its weights become 4-bit synaptic weights of a network of spiking neurons on the wafer. The
   wafer's neurons differ from each other and from what was asked for, and much of the accuracy
   is lost.
3. The wafer stays in the loop: it computes the forward pass, the host reads the firing rates and
   changes the weights. Within about fifteen iterations the network learns to live with its
   substrate.

What to see: the printed table, and in the output folder a figure (accuracy over the iterations,
spikes of some presentations, weights before and after), the recorded spikes and a checkpoint. The
accuracies in the table are computed again from the files of recorded spikes.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from pyNN_brainscales_emu.errors import BrainScaleSError
from pyNN_brainscales_emu.training import (
    Evaluation,
    InTheLoopTrainer,
    LoopSettings,
    RecordedSpikes,
    SoftwareSettings,
    SpikingNetwork,
    check_checkpoint,
    dequantise,
    load_digits,
    load_mnist,
    model_accuracy,
    pictures,
    quantise_all,
    train_software_model,
)

# Conductance of one step of a 4-bit weight, in nS at a capacitance of 0.2 nF: chosen so that on a
# wafer without variation the label unit of the digit shown fires at about its norm of 30 Hz. The
# digits of scikit-learn have twice the ink of MNIST's, so each grey level stands for half the rate.
WEIGHT_UNIT_NS = {"digits": 0.84, "mnist": 0.62}
# The digits are learnt within about fifteen iterations.
ITERATIONS = {"digits": 20, "mnist": 40}
# Testing after each iteration costs little with 300 images, but much with 5083.
EVALUATE_EVERY = {"digits": 1, "mnist": 5}

RASTER_PRESENTATIONS = 5

UNITS = {"tau_m": "ms", "tau_refrac": "ms", "tau_syn_E": "ms", "tau_syn_I": "ms"}  # others: mV

MNIST_HELP = """
MNIST (for --data mnist) is four files, packed or unpacked, in one folder:
  train-images-idx3-ubyte.gz    train-labels-idx1-ubyte.gz
  t10k-images-idx3-ubyte.gz     t10k-labels-idx1-ubyte.gz
Get them, for instance, from https://ossci-datasets.s3.amazonaws.com/mnist/ or from
https://storage.googleapis.com/cvdf-datasets/mnist/.
"""


@dataclass(frozen=True)
class Results:
    """What the run found: test accuracies from 0 to 1, rates in Hz, and the files written."""

    software: float
    software_4bit: float
    after_conversion: float
    after_loop: float
    label_rate_after_conversion: float
    label_rate_after_loop: float
    iterations: int
    seconds: float
    files: dict[str, str]


def parse_arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=MNIST_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )

    def add(name: str, default: object, text: str, **more: object) -> None:
        parser.add_argument(name, default=default, help=f"{text} (default: %(default)s)", **more)

    number = {"metavar": "N"}
    add(
        "--data",
        "digits",
        "digits that scikit-learn ships (601 to train, 300 to test), or MNIST "
        "(30 690, 5 083); classes 0, 1, 4, 6, 7 at 10 x 10",
        choices=("digits", "mnist"),
    )
    add(
        "--data-dir",
        None,
        "folder with the four MNIST files, see below; else the environment "
        "variable PYNN_BRAINSCALES_EMU_DATA names it",
        metavar="DIR",
    )
    add("--software-steps", 15_000, "of the training in software", type=_positive, **number)
    add(
        "--iterations",
        None,
        "in the loop, counted from the very first one; else "
        f"{ITERATIONS['digits']} with the digits, {ITERATIONS['mnist']} with MNIST",
        type=_natural,
        **number,
    )
    add("--batch-size", 1200, "images of an iteration", type=_positive, **number)
    add("--seed", 42, "of initial weights, batches, spike trains", type=_natural, **number)
    add(
        "--substrate",
        "brainscales1",
        "a wafer, or neurons as asked for",
        choices=("brainscales1", "ideal"),
    )
    add("--wafer", 33, "number of the virtual wafer", type=_natural, **number)
    add(
        "--effects",
        "all",
        "distortions to emulate: all, none, or names with commas between",
        metavar="NAMES",
    )
    add("--threads", None, "of the emulator; else all cores", type=_positive, **number)
    add(
        "--simulator",
        "brainscales_emu",
        "or another PyNN back end, such as nest: slow",
        metavar="NAME",
    )
    add("--output", Path("output"), "folder for all files", type=Path, metavar="DIR")
    add(
        "--checkpoint",
        None,
        "file written after each iteration; else checkpoint.npz in the output folder",
        type=Path,
        metavar="FILE",
    )
    parser.add_argument(
        "--resume",
        action="store_true",
        help="go on from the checkpoint of an "
        "interrupted run with the same options; without it the old one is kept as .bak",
    )
    arguments = parser.parse_args(argv)
    arguments.checkpoint = arguments.checkpoint or arguments.output / "checkpoint.npz"
    if arguments.iterations is None:
        arguments.iterations = ITERATIONS[arguments.data]
    return arguments


def _positive(text: str) -> int:
    return _whole_number(text, at_least=1)


def _natural(text: str) -> int:
    return _whole_number(text, at_least=0)


def _whole_number(text: str, at_least: int) -> int:
    if text.isdecimal() and int(text) >= at_least:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {at_least} on")


def load_simulator(name: str) -> object:
    """Import a back end of PyNN; end with a message if there is none of that name."""
    try:
        sim = importlib.import_module(f"pyNN.{name}")
    except ImportError as error:
        reason = str(error)
    else:
        if hasattr(sim, "setup") and hasattr(sim, "Population"):
            return sim
        reason = f"pyNN.{name} is no back end"
    raise SystemExit(
        f"argument --simulator: {name!r} cannot be used: {reason}. Give the name of a PyNN "
        "back end whose simulator is installed, such as nest, neuron or brian2."
    )


def set_up(arguments: argparse.Namespace, sim: object) -> object:
    """Choose the substrate: the only part that knows what the network runs on."""
    if arguments.simulator != "brainscales_emu":
        sim.setup(timestep=0.1)
        return sim
    effects = arguments.effects
    if effects not in ("all", "none"):
        effects = [name.strip() for name in effects.split(",")]
    sim.setup(
        timestep=0.1,
        substrate=arguments.substrate,
        wafer=arguments.wafer,
        effects=effects,
        seed=arguments.seed,
        threads=arguments.threads,
        neuron_size=4,
        variation="schmitt2017",
        voltage_scaling=(20.0, 1.8),
        on_loss="ignore",  # what is lost is printed from the report
    )
    return sim


def print_losses(sim: object) -> None:
    """Print what the circuits cannot be set to, and how many spikes their links have lost."""
    if not hasattr(sim, "report"):
        return
    report = sim.report()
    clipped = {}
    for entry in report.parameters:
        if entry.n_clipped:
            clipped.setdefault(entry.parameter, []).append(entry)
    if clipped:
        changes = (_change(name, entries) for name, entries in clipped.items())
        print(f"the wafer cannot reach: {', '.join(changes)}")
    pulses = report.pulses
    stimulus = pulses.l2_down_dropped_before_sim + pulses.l2_down_lost
    if stimulus or pulses.l2_up_lost:
        print(
            f"the links to the wafer lost {stimulus} of {pulses.l2_down_before_sim} stimulus "
            f"spikes and {pulses.l2_up_lost} of {pulses.l2_up_sent} recorded spikes"
        )


def _change(name: str, entries: list) -> str:
    cells = [entry.n_cells for entry in entries]
    asked = np.average([entry.asked_mean for entry in entries], weights=cells)
    realised = np.average([entry.realised_mean for entry in entries], weights=cells)
    return f"{name} {asked:g} -> {realised:.2g} {UNITS.get(name, 'mV')}"


def main(argv: list[str] | None = None, sim: object | None = None) -> Results:
    """Run the whole experiment and return what it found."""
    start = time.perf_counter()
    arguments = parse_arguments(argv)
    if sim is None:
        sim = load_simulator(arguments.simulator)
    data = load_digits() if arguments.data == "digits" else load_mnist(arguments.data_dir)
    print(f"{data.name}: {len(data.train)} images to train with, {len(data.test)} to test with")

    sim = set_up(arguments, sim)
    network = SpikingNetwork(sim, weight_unit=1e-3 * WEIGHT_UNIT_NS[arguments.data])
    # A label unit that the wafer's variation silences altogether is allowed to come back.
    settings = LoopSettings(batch_size=arguments.batch_size, silent_labels_learn=True)
    run = {"seed": arguments.seed, "context": run_context(arguments)}
    if arguments.resume:  # before all that takes time
        check_checkpoint(arguments.checkpoint, network, data, settings, **run)

    steps = SoftwareSettings(steps=arguments.software_steps)
    model = train_software_model(data.train, steps, seed=arguments.seed)
    rounded = [dequantise(levels) for levels in quantise_all(model.weights)]

    trainer = InTheLoopTrainer(network, data, model.weights, settings, **run)
    before = trainer.evaluate(keep_spikes=True)
    print_losses(sim)
    print(f"after conversion: {before.accuracy:.1%} of the test images are read correctly")
    weights_before = trainer.levels
    if arguments.resume:
        trainer.resume(arguments.checkpoint)
        print(f"resuming after iteration {trainer.state.iteration}")
    state = trainer.run(
        arguments.iterations,
        checkpoint=arguments.checkpoint,
        evaluate_every=EVALUATE_EVERY[arguments.data],
    )
    after = trainer.evaluate(keep_spikes=True)

    output = arguments.output
    output.mkdir(parents=True, exist_ok=True)
    software = model.accuracy(data.test)
    spikes = {"conversion": before, "loop": after}
    accuracies = {
        name: save_spikes(evaluation, output / f"spikes_after_{name}.npz")
        for name, evaluation in spikes.items()
    }
    figure = output / "in_the_loop_training.png"
    weights = (weights_before, trainer.levels)
    accuracies_of_loop = state.history["test_accuracy"]
    draw(figure, accuracies_of_loop, software, (before, after), weights, data.classes)
    sim.end()

    results = Results(
        software=software,
        software_4bit=model_accuracy(rounded, data.test),
        after_conversion=accuracies["conversion"],
        after_loop=accuracies["loop"],
        label_rate_after_conversion=before.label_rate,
        label_rate_after_loop=after.label_rate,
        iterations=state.iteration,
        seconds=time.perf_counter() - start,
        files={
            "figure": str(figure),
            "spikes after conversion": str(output / "spikes_after_conversion.npz"),
            "spikes after the loop": str(output / "spikes_after_loop.npz"),
            "checkpoint": str(arguments.checkpoint),
            "results": str(output / "results.json"),
        },
    )
    (output / "results.json").write_text(json.dumps(asdict(results), indent=2) + "\n")
    print_table(results)
    return results


def run_context(arguments: argparse.Namespace) -> dict[str, object]:
    """Return the options that a resumed run must share with the interrupted one."""
    names = ("simulator", "substrate", "wafer", "effects", "software_steps")
    return {name: getattr(arguments, name) for name in names}


def save_spikes(evaluation: Evaluation, path: Path) -> float:
    """Write the recorded spikes, read them back and return the accuracy that they give."""
    return RecordedSpikes.load(evaluation.spikes.save(path)).accuracy()


def print_table(results: Results) -> None:
    """Print the accuracies, and where everything was written."""
    iterations = "1 iteration" if results.iterations == 1 else f"{results.iterations} iterations"
    rows = (
        ("software model, float weights", results.software, None),
        ("software model, 4-bit weights", results.software_4bit, None),
        ("spiking network, after conversion", results.after_conversion,
         results.label_rate_after_conversion),
        (f"spiking network, after {iterations} in the loop",
         results.after_loop, results.label_rate_after_loop),
    )  # fmt: skip
    print(f"\n{'':50} {'test accuracy':>14} {'rate of the':>14}")
    print(f"{'':50} {'':>14} {'right label':>14}")
    print("-" * 80)
    for name, accuracy, rate in rows:
        shown = "" if rate is None else f"{rate:.1f} Hz"
        print(f"{name:50} {accuracy:>14.1%} {shown:>14}")
    print("-" * 80)
    print("The accuracies of the spiking network were computed from the files of spikes.")
    for name, path in results.files.items():
        print(f"{name:25} {path}")
    print(f"{results.seconds:.0f} s in all")


def draw(
    path: Path,
    accuracies: np.ndarray,
    software: float,
    evaluations: tuple[Evaluation, Evaluation],
    weights: tuple[list[np.ndarray], list[np.ndarray]],
    classes: tuple[int, ...],
) -> None:
    """Draw accuracy, spikes and weights into one figure."""
    before, after = evaluations
    figure = Figure(figsize=(11, 8), layout="constrained")
    axes = figure.subplot_mosaic(
        [["accuracy", "raster"], ["before", "before"], ["after", "after"]],
        height_ratios=(3, 1, 1),
    )
    curve = np.concatenate([[before.accuracy], accuracies])
    curves = {"spiking network": (np.arange(len(curve)), curve), "software model": (0, software)}
    pictures.draw_accuracy(axes["accuracy"], curves, xlabel="iteration in the loop")
    shown = range(min(RASTER_PRESENTATIONS, len(after.spikes.labels)))
    pictures.draw_raster(axes["raster"], after.spikes, shown, classes)
    for name, levels in zip(("before", "after"), weights, strict=True):
        image = pictures.draw_weights(axes[name], levels, f"4-bit weights {name} the loop")
    figure.colorbar(image, ax=[axes["before"], axes["after"]], label="inhibitory | excitatory")
    figure.savefig(path, dpi=150)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("\nInterrupted. The same command with --resume goes on from the checkpoint.")
    except BrainScaleSError as error:
        sys.exit(f"{type(error).__name__}: {error}")
