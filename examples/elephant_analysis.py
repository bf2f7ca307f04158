"""A balanced network of AdEx neurons on the emulated wafer, analysed with Elephant.

Four in five neurons excite, one in five inhibits; a pool of Poisson sources drives all of them.
Excitation and inhibition nearly cancel, so neurons fire irregularly (coefficient of variation of
the inter-spike intervals near 1) and almost independently (correlations near 0).

What to see in the figure: neurons fire irregularly; now and then many of them become more active
together, without a strict period. Rates differ from neuron to neuron much more on the wafer than on
the ideal substrate (``--substrate ideal``), because every circuit has its own threshold, leak and
weights. The correlation matrix has no blocks.

Run it: ``python examples/elephant_analysis.py --help``
"""

import argparse
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pyNN.brainscales_emu as brainscales_emu

CELL = {
    "cm": 0.2,  # nF: the capacitance that the calibrated ranges are given for
    "tau_m": 15.0,
    "tau_refrac": 2.0,
    "v_rest": -70.0,
    "v_reset": -55.0,
    "v_thresh": -50.0,
    "v_spike": -40.0,
    "delta_T": 1.0,  # PyNN's default, 2 mV, lies outside the range of the circuits
    "a": 1.0,
    "b": 0.01,
    "tau_w": 100.0,
    "e_rev_E": 0.0,
    "e_rev_I": -80.0,
    "tau_syn_E": 5.0,
    "tau_syn_I": 5.0,
}
N_SOURCES = 100
SOURCE_RATE_HZ = 20.0
FAN_IN_EXTERNAL = 20
FAN_IN_SHARE = 0.1  # of either kind of neuron
WEIGHT_EXTERNAL = 0.0024  # uS
WEIGHT_EXCITATORY = 0.0008
WEIGHT_INHIBITORY = 0.015
BIN_MS = 10.0
MIN_SPIKES = 4  # fewer give no coefficient of variation


def build_network(sim: Any, size: int, seed: int) -> Any:
    """Create and wire the network; return the population of all neurons, spikes recorded."""
    rng = sim.NumpyRNG(seed=seed)
    neurons = sim.Population(size, sim.EIF_cond_exp_isfa_ista(**CELL), label="neurons")
    neurons.initialize(v=sim.RandomDistribution("uniform", (-70.0, -50.0), rng=rng))
    n_excitatory = int(0.8 * size)
    excitatory, inhibitory = neurons[:n_excitatory], neurons[n_excitatory:]
    sources = sim.Population(
        N_SOURCES, sim.SpikeSourcePoisson(rate=SOURCE_RATE_HZ), label="background"
    )
    for label, source, fan_in, weight in (
        ("external", sources, FAN_IN_EXTERNAL, WEIGHT_EXTERNAL),
        ("excitatory", excitatory, round(FAN_IN_SHARE * excitatory.size), WEIGHT_EXCITATORY),
        ("inhibitory", inhibitory, round(FAN_IN_SHARE * inhibitory.size), WEIGHT_INHIBITORY),
    ):
        receptor = "inhibitory" if source is inhibitory else "excitatory"
        connector = sim.FixedNumberPreConnector(fan_in, allow_self_connections=False, rng=rng)
        synapse = sim.StaticSynapse(weight=weight, delay=1.0)
        sim.Projection(source, neurons, connector, synapse, receptor_type=receptor, label=label)
    neurons.record("spikes")
    return neurons


def analyse(spiketrains: list[Any]) -> dict[str, np.ndarray]:
    """Return rates (Hz), coefficients of variation and correlations, as Elephant computes them."""
    import quantities as pq
    from elephant.conversion import BinnedSpikeTrain
    from elephant.spike_train_correlation import correlation_coefficient
    from elephant.statistics import cv, isi, mean_firing_rate

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The 'copy' argument in Quantity")
        warnings.filterwarnings("ignore", message="Binning discarded")  # a spike at the very end
        active = [train for train in spiketrains if len(train) >= MIN_SPIKES]
        rates = [mean_firing_rate(train).rescale(pq.Hz).item() for train in spiketrains]
        variation = [cv(isi(train).magnitude) for train in active]
        binned = BinnedSpikeTrain(active, bin_size=BIN_MS * pq.ms)
        correlation = correlation_coefficient(binned)
    return {
        "rate_hz": np.array(rates),
        "cv_isi": np.array(variation),
        "correlation": np.asarray(correlation),
    }


def print_table(result: dict[str, np.ndarray], title: str) -> None:
    """Print mean, spread and number of values of every measure."""
    matrix = result["correlation"]
    pairs = matrix[np.triu_indices(len(matrix), k=1)]
    print(f"\n{title}")
    print(f"{'measure':<28}{'mean':>9}{'sd':>9}{'values':>9}")
    for name, values in (
        ("rate (Hz)", result["rate_hz"]),
        ("CV of inter-spike intervals", result["cv_isi"]),
        (f"correlation, {BIN_MS:g} ms bins", pairs),
    ):
        print(f"{name:<28}{values.mean():>9.3f}{values.std():>9.3f}{len(values):>9}")


def draw(spiketrains: list[Any], result: dict[str, np.ndarray], path: Path, title: str) -> None:
    """Save raster, histograms and correlation matrix as one figure."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 7.5), layout="constrained")
    figure.suptitle(title)
    axes = figure.subplot_mosaic("AA;BD;CD", height_ratios=(1.6, 1, 1))
    axes["A"].eventplot([train.magnitude for train in spiketrains], colors="black", linewidths=0.5)
    axes["A"].set(xlabel="time (ms)", ylabel="neuron")
    axes["B"].hist(result["rate_hz"], bins=30, color="tab:blue")
    axes["B"].set(xlabel="rate (Hz)", ylabel="neurons")
    axes["C"].hist(result["cv_isi"], bins=30, color="tab:orange")
    axes["C"].axvline(1.0, color="black", linestyle=":", label="Poisson process")
    axes["C"].set(xlabel="CV of inter-spike intervals", ylabel="neurons")
    axes["C"].legend()
    image = axes["D"].imshow(result["correlation"], vmin=-0.3, vmax=0.3, cmap="RdBu_r")
    axes["D"].set(title=f"correlation of spike counts, {BIN_MS:g} ms bins", xlabel="active neuron")
    figure.colorbar(image, ax=axes["D"])
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=150)


def main(argv: list[str] | None = None) -> dict[str, np.ndarray]:
    """Run the example; return what was measured."""
    args = parse_arguments(argv)
    sim = brainscales_emu
    sim.setup(timestep=0.1, substrate=args.substrate, seed=args.seed)
    neurons = build_network(sim, args.size, args.seed)
    sim.run(args.duration)
    spiketrains = list(neurons.get_data("spikes").segments[0].spiketrains)
    print(sim.report())
    sim.end()
    result = analyse(spiketrains)
    title = f"{args.size} AdEx neurons, {args.duration:g} ms, substrate {args.substrate}"
    print_table(result, title)
    path = args.output / "elephant_analysis.png"
    draw(spiketrains, result, path, title)
    print(f"figure: {path}")
    return result


def parse_arguments(argv: list[str] | None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--substrate", choices=("brainscales1", "ideal"), default="brainscales1")
    parser.add_argument("--size", type=int, default=400, help="number of neurons (400)")
    parser.add_argument("--duration", type=float, default=2000.0, help="in ms (2000)")
    parser.add_argument("--output", type=Path, default=Path("output"), help="folder (./output)")
    parser.add_argument("--seed", type=int, default=42, help="wiring and stimulus (42)")
    return parser.parse_args(argv)


if __name__ == "__main__":
    main()
