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
import cProfile
import pstats
import time
from typing import Any

import _brian2
import numpy as np
from _tables import TIMING, Timing, measure, parser, print_json, print_table, ratio
from numpy.typing import NDArray

import pyNN_brainscales_emu as sim
from pyNN_brainscales_emu.training import (
    SpikingNetwork,
    load_digits,
    load_mnist,
    quantise_all,
    train_software_model,
)
from pyNN_brainscales_emu.training.conversion import Levels
from pyNN_brainscales_emu.training.encoding import (
    PRESENTATION_DURATION,
    poisson_rates,
    poisson_trains,
)
from pyNN_brainscales_emu.training.spiking_network import DELAY, NEURON_PARAMETERS, STIMULUS_WEIGHT

#: Options of `setup()`: Schmitt et al. (2017) scaled voltages by 20 around 1.8 V.
SUBSTRATES: dict[str, dict[str, Any]] = {
    "ideal": {},
    "brainscales1": {"variation": "schmitt2017", "voltage_scaling": (20.0, 1.8)},
}
#: Conductance of one step of a weight (uS) for which the label units fire at about 30 Hz.
WEIGHT_UNIT = {"digits": 0.70e-3, "mnist": 0.24e-3}


def main() -> None:
    """Measure all substrates and numbers of threads, then the peer."""
    arguments = parse_arguments()
    levels, rates = stimuli_and_weights(arguments)
    unit = WEIGHT_UNIT[arguments.data]
    results = [
        run_ours(substrate, threads, levels, rates, unit, arguments)
        for substrate in arguments.substrates
        for threads in arguments.threads
    ]
    peers = []
    if not arguments.no_peer and _brian2.is_installed():
        peers = [run_brian2(threads, levels, rates, unit) for threads in arguments.threads]
    report(results, peers, arguments)


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    options = parser(__doc__.splitlines()[0], repetitions=5)
    options.add_argument("--trials", type=int, default=1200, help="images in the batch")
    options.add_argument("--substrates", nargs="+", choices=SUBSTRATES, default=list(SUBSTRATES))
    options.add_argument("--data", choices=WEIGHT_UNIT, default="digits", help="images to show")
    options.add_argument("--data-dir", help="folder of the MNIST files")
    options.add_argument("--profile", action="store_true", help="print where the time goes")
    return options.parse_args()


def stimuli_and_weights(
    arguments: argparse.Namespace,
) -> tuple[list[Levels], NDArray[np.float64]]:
    """Return the signed 4-bit weights of a trained model, and the rates of the batch in Hz."""
    mnist = arguments.data == "mnist"
    images = (load_mnist(arguments.data_dir) if mnist else load_digits()).train
    model = train_software_model(images, seed=1, progress=False)
    chosen = np.random.default_rng(1).integers(len(images), size=arguments.trials)
    return quantise_all(model.weights), poisson_rates(images.take(chosen).images)


def run_ours(
    substrate: str,
    threads: int,
    levels: list[Levels],
    rates: NDArray[np.float64],
    unit: float,
    arguments: argparse.Namespace,
) -> dict[str, Any]:
    """Measure one substrate and number of threads."""
    sim.setup(substrate=substrate, threads=threads, on_loss="ignore", **SUBSTRATES[substrate])
    network = SpikingNetwork(sim, weight_unit=unit)
    network.set_weights(levels)

    def batch() -> list[NDArray[np.int64]]:
        data = sim.run_trials(
            PRESENTATION_DURATION, {network.sources: rates}, record=network.layers
        )
        return [data.spike_counts(layer) for layer in network.layers]

    begin = time.perf_counter()
    counts = batch()  # maps, translates and compiles
    first = time.perf_counter() - begin
    timing = measure(batch, arguments.repetitions)
    if arguments.profile:
        print_profile(batch, f"{substrate}, {threads} thread(s)")
    return {
        "simulator": substrate,
        "threads": threads,
        "timing": timing,
        "first_s": first,
        "spikes": [float(count.sum(axis=1).mean()) for count in counts],
    }


def print_profile(function: Any, title: str) -> None:
    """Print the functions that take most of the time."""
    profile = cProfile.Profile()
    profile.runcall(function)
    print(f"\n{title}")
    pstats.Stats(profile).strip_dirs().sort_stats("tottime").print_stats(14)


def run_brian2(
    threads: int, levels: list[Levels], rates: NDArray[np.float64], unit: float
) -> dict[str, Any]:
    """Measure the peer, whose single run is long."""
    n_trials = len(rates)
    run = _brian2.measure_standalone(
        lambda brian2: side_by_side(brian2, levels, rates, unit), PRESENTATION_DURATION, threads, 1
    )
    per_layer = np.split(run.counts, np.cumsum([n_trials * n for n in layer_sizes(levels)])[:-1])
    return {
        "simulator": "Brian2 standalone",
        "threads": threads,
        "timing": run.run,
        "first_s": run.build_s,
        "spikes": [float(count.sum() / n_trials) for count in per_layer],
    }


def layer_sizes(levels: list[Levels]) -> list[int]:
    """Return the numbers of neurons of the layers."""
    return [levels[0].shape[0], *(level.shape[1] for level in levels)]


def side_by_side(
    brian2: Any, levels: list[Levels], rates: NDArray[np.float64], unit: float
) -> tuple[list[Any], Any]:
    """Return one copy of the network for each trial; layer by layer, trial by trial."""
    n_trials, sizes = len(rates), layer_sizes(levels)
    firsts = np.cumsum([0, *(n_trials * size for size in sizes)])
    neurons = _brian2.neurons(brian2, int(firsts[-1]), NEURON_PARAMETERS)
    neurons.v = NEURON_PARAMETERS["v_rest"] * brian2.mV
    sources = spike_generator(brian2, rates)
    one_to_one = np.arange(rates.size)
    objects = [
        neurons,
        sources,
        _brian2.synapses(
            brian2, sources, neurons, "excitatory", (one_to_one, one_to_one), STIMULUS_WEIGHT, DELAY
        ),
    ]
    for layer, level in enumerate(levels):
        for receptor, sign in (("excitatory", 1), ("inhibitory", -1)):
            addresses, weight = copies(sign * level, n_trials, firsts[layer : layer + 2])
            objects.append(
                _brian2.synapses(
                    brian2, neurons, neurons, receptor, addresses, weight * unit, DELAY
                )
            )
    monitor = brian2.SpikeMonitor(neurons, record=False)
    return [*objects, monitor], monitor


def spike_generator(brian2: Any, rates: NDArray[np.float64]) -> Any:
    """Return sources with ready-made Poisson trains: faster than drawing in every step."""
    trial, pixel, time_ms = poisson_trains(rates, np.random.default_rng(2))
    event = np.unique((trial * rates.shape[1] + pixel) * 10_000 + (time_ms * 10).astype(int))
    source, step = np.divmod(event, 10_000)
    return brian2.SpikeGeneratorGroup(rates.size, source, step * 0.1 * brian2.ms)


def copies(
    levels: Levels, n_trials: int, firsts: NDArray[np.int64]
) -> tuple[tuple[NDArray[np.int64], NDArray[np.int64]], NDArray[np.float64]]:
    """Return addresses and weights of the positive entries, once for each trial."""
    pre, post = np.nonzero(levels > 0)
    trial = np.arange(n_trials)[:, np.newaxis]
    addresses = [
        (first + trial * size + index).ravel()
        for first, size, index in zip(firsts, levels.shape, (pre, post), strict=True)
    ]
    return (addresses[0], addresses[1]), np.tile(levels[pre, post], n_trials).astype(float)


def report(
    results: list[dict[str, Any]], peers: list[dict[str, Any]], arguments: argparse.Namespace
) -> None:
    """Print the table and the JSON line."""
    peer_timings: list[Timing] = [peer["timing"] for peer in peers]
    everything = [*results, *peers]
    rows = [
        [
            f"{result['simulator']}, {result['threads']} thread(s)",
            *result["timing"].cells(),
            f"{result['first_s']:.2f}",
            "/".join(f"{spikes:.0f}" for spikes in result["spikes"]),
            ratio(peer_timings, result["timing"]),
        ]
        for result in everything
    ]
    title = f"Training batch: {arguments.trials} trials of 1 s, {arguments.data}"
    headings = ("simulator", *TIMING, "first/build s", "spikes a trial by layer", "x peer")
    print_table(title, headings, rows)
    records = [{**result, "timing": result["timing"].record()} for result in everything]
    print_json("training_batch", {"trials": arguments.trials, "results": records})


if __name__ == "__main__":
    main()
