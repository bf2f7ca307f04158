"""What each distortion of the hardware does to the rates of neurons, alone and left out.

Two networks, each with all ten effects one by one: on its own (`Effects.only`, against a perfect
machine), and left out (`Effects.without`, against the machine with all effects).

* *Poisson*: neurons without connections to each other, under excitatory and inhibitory Poisson
  spikes from sources that they share;
* *recurrent*: the same drive, stronger, and excitatory and inhibitory neurons that are connected at
  random.

The inhibitory time constant of 1 ms is shorter than the circuits can be set to (1.3 ms), so
that there is something out of range. Input and synapses are the same in all runs. *mean* and
*sd* are those of the change of the rates over the neurons; *v* is the root mean square change
of ten recorded membranes before the first event, when only what the circuits rest at and what
the read-out makes of it can differ, and *v all* that of the whole run. The row *another input*
has the reference's effects and other Poisson trains: the sampling error of the rates.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import Any

import numpy as np
from _tables import measure, print_json, print_table
from numpy.typing import NDArray

import pyNN_brainscales_emu as sim

CELL = {
    "cm": 0.2, "tau_m": 15.0, "tau_refrac": 2.0, "tau_syn_E": 5.0, "tau_syn_I": 1.0,
    "v_rest": -60.0, "v_reset": -65.0, "v_thresh": -52.0, "e_rev_E": 0.0, "e_rev_I": -80.0,
}  # fmt: skip
SILENT_MS = 50.0
N_RECORDED = 100
#: Spikes of every second neuron are recorded: more than the links take at these rates would only
#: show how many they lose.
EVERY = 2
DELAY_MS = 1.0
#: Strength of inhibitory over excitatory recurrent synapses.
INHIBITION = 60.0
HEADINGS = (
    "effect", "rate Hz", "mean Hz", "sd Hz", "synapses lost", "spikes lost", "v mV", "v all mV",
)  # fmt: skip


@dataclass(frozen=True)
class Network:
    """One of the two networks; weights in uS.

    Attributes
    ----------
    drive : float
        Weight of the input.
    probability : float
        Of a connection between two neurons.
    """

    name: str
    n_neurons: int
    drive: float
    probability: float
    weight: float = 0.00015
    n_sources: tuple[int, int] = (60, 20)
    inputs: tuple[int, int] = (30, 10)
    rate_hz: float = 20.0


@dataclass(frozen=True)
class Run:
    """What one set of effects made of a network."""

    rates: NDArray[np.float64]
    v: NDArray[np.float64]
    synapses_lost: float
    spikes_lost: float


def main() -> None:
    """Print the tables of both networks."""
    arguments = parse_arguments()
    networks = (
        Network("Poisson", arguments.neurons, drive=0.00065, probability=0.0),
        Network("recurrent", arguments.neurons, drive=0.0008, probability=0.5),
    )
    results: dict[str, Any] = {}
    timing = measure(lambda: results.update({n.name: study(n, arguments) for n in networks}), 1)
    print(f"\n{timing.best:.0f} s, {timing.cpu[0]:.0f} s of CPU time")
    print_json("effects", {"seconds": timing.record(), "results": results})


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("--neurons", type=int, default=500)
    parser.add_argument("--duration", type=float, default=3000.0, help="ms")
    parser.add_argument("--variation", default="default")
    parser.add_argument("--wafer", type=int, default=33)
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


def study(network: Network, arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """Run a network with all sets of effects; print and return what changed."""
    results = []
    for name, reference in (("only", sim.Effects.none()), ("without", sim.Effects.all())):
        base = run(network, reference, arguments)
        rows = [record(network, name, "none of these" if name == "only" else "all", base, base)]
        other = run(network, reference, arguments, input_seed=2)
        rows.append(record(network, name, "another input", other, base))
        for effect in sim.Effects.names():
            changed = run(network, getattr(sim.Effects, name)(effect), arguments)
            rows.append(record(network, name, effect, changed, base))
        results += rows
        what = "each effect on its own" if name == "only" else "each effect left out"
        print_table(f"{network.name}: {what}", HEADINGS, [cells(row) for row in rows])
    return results


def run(network: Network, effects: Any, arguments: argparse.Namespace, input_seed: int = 1) -> Run:
    """Run a network once."""
    sim.setup(
        effects=effects,
        wafer=arguments.wafer,
        variation=arguments.variation,
        threads=arguments.threads,
        on_loss="ignore",
    )
    neurons = build(network, arguments.duration, input_seed)
    sim.run(SILENT_MS + arguments.duration)
    segment = neurons[::EVERY].get_data().segments[0]
    counts = np.array([len(train) for train in segment.spiketrains])
    pulses = sim.pulse_statistics()
    lost = sum(n for name, n in pulses.items() if name.endswith(("_lost", "dropped_before_sim")))
    sent = sum(pulses[f"{way}_sent"] for way in ("l2_down", "l2_up", "l1_neuron"))
    mapping = sim.mapping()
    result = Run(
        rates=counts / arguments.duration * 1e3,
        v=segment.filter(name="v")[0].magnitude.astype(float),
        synapses_lost=mapping.n_synapses_lost / max(mapping.n_synapses_asked, 1),
        spikes_lost=lost / max(sent, 1),
    )
    sim.end()
    return result


def build(network: Network, duration_ms: float, input_seed: int) -> Any:
    """Build a network; its input begins after some silence."""
    neurons = sim.Population(network.n_neurons, sim.IF_cond_exp(**CELL), label="neurons")
    neurons.initialize(v=CELL["v_rest"])
    neurons[::EVERY].record("spikes")
    neurons[: EVERY * N_RECORDED : EVERY].record("v")
    draws = np.random.default_rng(input_seed)
    for receptor, n, inputs in zip(
        ("excitatory", "inhibitory"), network.n_sources, network.inputs, strict=True
    ):
        trains = [poisson_train(draws, network.rate_hz, duration_ms) for _ in range(n)]
        sources = sim.Population(n, sim.SpikeSourceArray(spike_times=trains), label=receptor)
        sim.Projection(
            sources,
            neurons,
            sim.FixedNumberPreConnector(inputs, rng=sim.NumpyRNG(seed=inputs)),
            sim.StaticSynapse(weight=network.drive, delay=DELAY_MS),
            receptor_type=receptor,
        )
    if network.probability:
        connect(neurons, network)
    return neurons


def connect(neurons: Any, network: Network) -> None:
    """Connect four in five neurons as excitatory, the others as inhibitory ones."""
    first = network.n_neurons * 4 // 5
    connector = sim.FixedProbabilityConnector(network.probability, rng=sim.NumpyRNG(seed=5))
    for view, receptor, factor in (
        (neurons[:first], "excitatory", 1.0),
        (neurons[first:], "inhibitory", INHIBITION),
    ):
        synapse = sim.StaticSynapse(weight=factor * network.weight, delay=DELAY_MS)
        sim.Projection(view, neurons, connector, synapse, receptor_type=receptor)


def poisson_train(draws: np.random.Generator, rate_hz: float, duration_ms: float) -> Any:
    """Return the spike times (ms) of a source."""
    n = draws.poisson(rate_hz * duration_ms * 1e-3)
    return SILENT_MS + np.sort(draws.uniform(0.0, duration_ms, n))


def record(network: Network, way: str, effect: str, changed: Run, base: Run) -> dict[str, Any]:
    """Return the figures of a row."""
    change = changed.rates - base.rates
    v = changed.v - base.v
    silent = round(SILENT_MS / 0.1)
    return {
        "network": network.name, "way": way, "effect": effect,
        "rate_hz": float(changed.rates.mean()), "mean_hz": float(change.mean()),
        "sd_hz": float(change.std()), "synapses_lost": changed.synapses_lost,
        "spikes_lost": changed.spikes_lost,
        "v_silent_mV": float(np.sqrt(np.mean(v[:silent] ** 2))),
        "v_mV": float(np.sqrt(np.mean(v**2))),
    }  # fmt: skip


def cells(row: dict[str, Any]) -> list[str]:
    """Return a line of the table."""
    return [
        row["effect"],
        f"{row['rate_hz']:.2f}",
        f"{row['mean_hz']:+.2f}",
        f"{row['sd_hz']:.2f}",
        f"{row['synapses_lost']:.2%}",
        f"{row['spikes_lost']:.2%}",
        f"{row['v_silent_mV']:.3f}",
        f"{row['v_mV']:.2f}",
    ]


if __name__ == "__main__":
    main()
