"""Mean rates of the balanced random network of wafer 30, with and without saturating inputs.

The network, its parameters and their spread are those of brainscales1-demos:random_network.rst:
2 083 LIF neurons of 8 denmems, in-degrees 166, 41 and 200 (external), external rates eta times
threshold, inhibition g times excitation. Its rates on the wafer follow the simulation up to about
50 Hz, fall behind above, and reach 250 Hz. Nothing but the saturation is switched on.
"""

from __future__ import annotations

import argparse
import json
import warnings
from typing import Any

import numpy as np

import pyNN_brainscales_emu as sim

N_EXC, N_INH = 1666, 417
IN_DEGREES = {"excitatory": 166, "inhibitory": 41, "external": 200}
WEIGHT = 1.2 * 0.6 / 3.0 / 140.0  # uS
THRESHOLD_RATE = 3333.3  # Hz for each neuron
#: Mean and standard deviation.
CELL = {
    "cm": (1.0, 0.0), "tau_m": (10.0, 2.0), "tau_syn_E": (3.0, 0.4), "tau_syn_I": (3.0, 0.2),
    "tau_refrac": (2.0, 1.0), "v_rest": (0.0, 1.96), "v_reset": (10.0, 4.2),
    "v_thresh": (20.0, 1.12), "e_rev_E": (140.0, 14.0), "e_rev_I": (-140.0, 1.96),
}  # fmt: skip
SMALLEST = {"tau_m": 3.0, "tau_syn_E": 0.5, "tau_syn_I": 0.5, "tau_refrac": 0.1}
LARGEST = {"v_reset": 16.0}
#: Hardware volts 0.45 to 1.3 span the reversal potentials.
VOLTAGE_SCALING = (0.85 / 0.28, 0.875)
DISCARDED_MS = 200.0


def main() -> None:
    """Print the table of rates."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--g", type=float, nargs="+", default=[1.0, 4.0, 8.0, 10.0])
    options.add_argument("--eta", type=float, nargs="+", default=[0.8, 1.6, 2.4, 3.2])
    options.add_argument("--duration", type=float, default=1000.0, help="ms")
    arguments = options.parse_args()
    points = [(g, eta) for g in arguments.g for eta in arguments.eta]
    linear, saturating = (rates(points, arguments.duration, on) for on in (False, True))
    print(f"{'g':>5}{'eta':>6}{'linear Hz':>12}{'saturating Hz':>15}{'ratio':>8}")
    results = []
    for (g, eta), one, other in zip(points, linear, saturating, strict=True):
        print(f"{g:>5g}{eta:>6g}{one:>12.1f}{other:>15.1f}{other / one:>8.2f}")
        results.append({"g": g, "eta": eta, "linear_hz": one, "saturating_hz": other})
    print(json.dumps({"benchmark": "input_saturation", "results": results}))


def rates(points: list[tuple[float, float]], duration: float, saturation: bool) -> list[float]:
    """Return the mean rate of the neurons at each point (g, eta), in Hz."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the external rates exceed what the links were made for
        sim.setup(
            substrate="brainscales1", effects="none", neuron_size=8, on_loss="ignore",
            voltage_scaling=VOLTAGE_SCALING, input_saturation=saturation,
        )  # fmt: skip
        neurons, sources, inhibition = network()
        found = []
        for g, eta in points:
            sources.set(rate=eta * THRESHOLD_RATE / IN_DEGREES["external"])
            inhibition.set(weight=g * WEIGHT)
            sim.run(duration)
            trains = neurons.get_data("spikes", clear=True).segments[-1].spiketrains
            _, times = trains.multiplexed
            late = np.count_nonzero(np.asarray(times) > DISCARDED_MS)
            found.append(late / neurons.size / (duration - DISCARDED_MS) * 1e3)
            sim.reset()
        sim.end()
    return found


def network() -> tuple[Any, Any, Any]:
    """Build the network; return neurons, external sources and the inhibitory projection."""
    rng = np.random.default_rng(200)
    n = N_EXC + N_INH
    cell = {
        name: np.clip(rng.normal(mean, sd, n), SMALLEST.get(name), LARGEST.get(name))
        for name, (mean, sd) in CELL.items()
    }
    neurons = sim.Population(
        n, sim.IF_cond_exp(**cell), initial_values={"v": rng.uniform(0, 15, n)}
    )
    neurons.record("spikes")
    sources = sim.Population(n, sim.SpikeSourcePoisson(rate=1.0))
    groups = {
        "excitatory": (neurons[:N_EXC], "excitatory"),
        "inhibitory": (neurons[N_EXC:], "inhibitory"),
        "external": (sources, "excitatory"),
    }
    made = {}
    for name, (group, receptor) in groups.items():
        pre = rng.integers(group.size, size=n * IN_DEGREES[name])
        post = np.repeat(np.arange(n), IN_DEGREES[name])
        delay = np.clip(rng.normal(1.5, 0.2, len(pre)), 0.3, None).round(1)
        columns = np.stack([pre, post, np.full(len(pre), WEIGHT), delay], axis=1)
        made[name] = sim.Projection(
            group, neurons, sim.FromListConnector(columns), sim.StaticSynapse(),
            receptor_type=receptor,
        )  # fmt: skip
    return neurons, sources, made["inhibitory"]


if __name__ == "__main__":
    main()
