"""A balanced network of the size that Schmitt et al. (2017, table I) scale to the whole wafer.

22 445 EIF_cond_exp_isfa_ista neurons, four in five excitatory, each with 144 excitatory and 36
inhibitory synapses (4.04 million), delay 1 ms. Parameters of the neurons as in Destexhe (2009),
synapses scaled to the number of inputs, and a constant current that keeps the network in the
asynchronous irregular state at about 13 Hz. Measured is 1 s on the ideal substrate, without what
comes before; that is shown by stage.
"""

from __future__ import annotations

import argparse

import _networks
import numpy as np
from _tables import parser
from numpy.typing import NDArray

import pyNN_brainscales_emu as sim

CELL = {
    "cm": 0.2,
    "tau_m": 20.0,
    "v_rest": -60.0,
    "v_reset": -60.0,
    "v_thresh": -50.0,
    "v_spike": -40.0,
    "delta_T": 2.5,
    "tau_w": 600.0,
    "tau_refrac": 2.5,
    "a": 1.0,
    "b": 0.005,
    "tau_syn_E": 5.0,
    "tau_syn_I": 10.0,
    "e_rev_E": 0.0,
    "e_rev_I": -80.0,
    "i_offset": 0.9,
}
EXCITATORY_SHARE, DELAY = 0.8, 1.0
INPUTS = {"excitatory": 144, "inhibitory": 36}  # of each neuron
# The model has 6 and 67 nS with 40 inputs; here their sum is the same.
WEIGHTS = {"excitatory": 6e-3 * 40 / 180, "inhibitory": 67e-3 * 40 / 180}  # uS


def main() -> None:
    """Measure all numbers of threads, then the peer."""
    arguments = parse_arguments()
    results = []
    for threads in arguments.threads:
        network, result = _networks.measure_ours(
            lambda: build(arguments.size, arguments.seed),
            arguments.duration,
            threads,
            arguments.repetitions,
            {"substrate": "ideal"},
        )
        results.append(result)
    peers = _networks.measure_peer(network, arguments.duration, arguments)
    title = f"AdEx: {arguments.size} neurons, {network.n_synapses} synapses"
    _networks.report("adex", title, results, peers)


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    options = parser(__doc__.splitlines()[0], repetitions=3)
    options.add_argument("--size", type=int, default=22_445, help="number of neurons")
    options.add_argument("--duration", type=float, default=1000.0, help="ms of biological time")
    options.add_argument("--seed", type=int, default=1, help="of the network")
    return options.parse_args()


def build(size: int, seed: int) -> _networks.Network:
    """Create and wire the network."""
    neurons = sim.Population(size, sim.EIF_cond_exp_isfa_ista(**CELL), label="neurons")
    v_init = np.random.default_rng(seed).uniform(-65.0, CELL["v_thresh"], size)
    neurons.initialize(v=v_init)
    neurons.record("spikes")
    return _networks.Network(neurons, connect(neurons, seed), CELL, v_init, adex=True)


def connect(neurons: sim.Population, seed: int) -> list[sim.Projection]:
    """Give each neuron its inputs, drawn with repetition among all neurons of a kind."""
    rng = np.random.default_rng(seed + 1)
    n_excitatory = round(EXCITATORY_SHARE * neurons.size)
    parts = {"excitatory": neurons[:n_excitatory], "inhibitory": neurons[n_excitatory:]}
    return [
        sim.Projection(
            part,
            neurons,
            DrawnInputs(INPUTS[receptor], rng),
            sim.StaticSynapse(weight=WEIGHTS[receptor], delay=DELAY),
            receptor_type=receptor,
        )
        for receptor, part in parts.items()
    ]


class DrawnInputs(sim.AllToAllConnector):
    """A fixed number of inputs of each cell, drawn for all cells at once.

    PyNN's FixedNumberPreConnector goes from cell to cell and takes some ten times as long.
    """

    def __init__(self, n: int, rng: np.random.Generator) -> None:
        super().__init__()
        self.n = n
        self.generator = rng

    def connect(self, projection: sim.Projection) -> None:
        """Draw and connect."""
        n_pre, n_post = projection.shape
        pre: NDArray[np.int64] = self.generator.integers(n_pre, size=n_post * self.n)
        post = np.repeat(np.arange(n_post), self.n)
        synapse = projection.synapse_type.native_parameters
        values = {name: synapse[name].base_value for name in ("weight", "delay")}
        projection.connect_arrays(pre, post, values)


if __name__ == "__main__":
    main()
