"""A PyNN script for any back end: two recurrent networks that sustain their activity.

`coba` is the network of Vogels and Abbott (2005) as in Brette et al. (2007), `adex` that of
`_published_networks.py`. Prints the times of its stages, from the first line to the last spike
train read, as one line of JSON.
"""

import time

BEGIN = time.perf_counter()

import argparse  # noqa: E402
import importlib  # noqa: E402
import json  # noqa: E402
import os  # noqa: E402

from pyNN.random import NumpyRNG, RandomDistribution  # noqa: E402

CONDUCTANCES = {"tau_syn_E": 5.0, "tau_syn_I": 10.0, "e_rev_E": 0.0, "e_rev_I": -80.0}
MEMBRANE = {"cm": 0.2, "tau_m": 20.0, "v_rest": -60.0, "v_reset": -60.0, "v_thresh": -50.0}
UPSWING = {"delta_T": 2.5, "v_spike": -40.0, "a": 1.0, "tau_w": 600.0}
NETWORKS = {
    "coba": {
        "model": "IF_cond_exp",
        "cell": CONDUCTANCES | MEMBRANE | {"tau_refrac": 5.0},
        "size": 4000,
        "inputs": 80,
        "weights": {"excitatory": 0.006, "inhibitory": 0.067},
        "delay": 0.2,
    },
    "adex": {
        "model": "EIF_cond_exp_isfa_ista",
        "cell": CONDUCTANCES | MEMBRANE | UPSWING | {"tau_refrac": 2.5},
        "size": 22_445,
        "inputs": 180,
        "weights": {"excitatory": 0.008, "inhibitory": 0.055},
        "jumps": {"excitatory": 0.005, "inhibitory": 0.0},
        "delay": 0.5,
    },
}

options = argparse.ArgumentParser(description=__doc__)
options.add_argument("backend", help="such as pyNN.brainscales_emu or pyNN.nest")
options.add_argument("network", choices=NETWORKS)
options.add_argument("--size", type=int, help="number of neurons")
options.add_argument("--duration", type=float, default=1000.0, help="ms")
options.add_argument("--threads", type=int, default=1)
options.add_argument("--default-rng", action="store_true", help="connect without a NumpyRNG")
arguments = options.parse_args()
network = NETWORKS[arguments.network]
size = arguments.size or network["size"]

sim = importlib.import_module(arguments.backend)
stages = {"import": time.perf_counter()}

rng = NumpyRNG(seed=1)
connecting = {} if arguments.default_rng else {"rng": rng}
sim.setup(timestep=0.1, min_delay=network["delay"], max_delay=1.0, threads=arguments.threads)
model = getattr(sim, network["model"])
neurons = sim.Population(size, model(**network["cell"]), label="neurons")
neurons.initialize(v=RandomDistribution("uniform", (-60.0, -50.0), rng=rng))
n_excitatory = round(0.8 * size)
parts = {"excitatory": neurons[:n_excitatory], "inhibitory": neurons[n_excitatory:]}
for receptor, part in parts.items():
    if "jumps" in network:
        part.set(b=network["jumps"][receptor])
    sim.Projection(
        part,
        neurons,
        sim.FixedProbabilityConnector(network["inputs"] / size, **connecting),
        sim.StaticSynapse(weight=network["weights"][receptor], delay=network["delay"]),
        receptor_type=receptor,
    )
start = sim.Population(20, sim.SpikeSourcePoisson(rate=100.0, duration=50.0), label="start")
sim.Projection(
    start,
    neurons,
    sim.FixedProbabilityConnector(0.01, rng=rng),
    sim.StaticSynapse(weight=0.1, delay=network["delay"]),
    receptor_type="excitatory",
)
neurons.record("spikes")
stages["build"] = time.perf_counter()

sim.run(arguments.duration)
stages["run"] = time.perf_counter()

n_spikes = sum(len(train) for train in neurons.get_data().segments[0].spiketrains)
stages["read"] = time.perf_counter()

figures = {
    "wall": stages["read"] - BEGIN,
    "cpu": time.process_time(),
    "load": os.getloadavg()[0],
    "rate_hz": n_spikes / size / arguments.duration * 1e3,
    "ends_s": {stage: end - BEGIN for stage, end in stages.items()},
}
sim.end()
print(json.dumps(figures))
