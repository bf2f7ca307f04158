"""A network with plastic synapses beside NEST: time and weights.

10 000 neurons at a low rate with 10 million STDP synapses (additive pair rule) onto neurons that a
current keeps firing, so that both simulators have the same spikes to work on.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time

import numpy as np

NEST = """
import json, sys, time
import numpy as np, nest
size, degree, duration, threads = json.loads(sys.argv[1])
nest.ResetKernel(); nest.set_verbosity("M_ERROR")
nest.resolution = 0.1; nest.local_num_threads = threads
rng = np.random.default_rng(1)
cells = nest.Create("iaf_cond_exp", size, {"I_e": 0.0, "C_m": 1000.0, "g_L": 50.0, "t_ref": 2.0,
    "tau_syn_ex": 5.0, "E_L": -65.0, "V_reset": -65.0, "V_th": -50.0, "tau_minus": 20.0})
cells.I_e = list(1e3 * rng.uniform(0.7501, 0.7512, size))
cells.V_m = list(rng.uniform(-65.0, -51.0, size))
nest.Connect(cells, cells, {"rule": "fixed_indegree", "indegree": degree},
    {"synapse_model": "stdp_synapse", "weight": 0.001, "Wmax": 0.002, "delay": 1.5,
     "tau_plus": 20.0, "lambda": 0.01, "alpha": 1.05, "mu_plus": 0.0, "mu_minus": 0.0})
recorder = nest.Create("spike_recorder"); nest.Connect(cells, recorder)
nest.Simulate(0.1)
begin = time.perf_counter(); nest.Simulate(duration); seconds = time.perf_counter() - begin
weights = np.array(nest.GetConnections(cells, cells).weight) if size <= 2000 else np.zeros(1)
print(json.dumps([seconds, recorder.n_events / size / duration * 1e3, float(weights.mean() / 1e3)]))
"""


def emulate(size: int, degree: int, duration: float, threads: int) -> list[float]:
    """Return the seconds of the run, the mean rate in Hz and the mean weight."""
    import pyNN_brainscales_emu as sim

    sim.setup(timestep=0.1, substrate="ideal", threads=threads)
    rng = np.random.default_rng(1)
    cells = sim.Population(
        size,
        sim.IF_cond_exp(
            cm=1.0, tau_m=20.0, tau_refrac=2.0, i_offset=rng.uniform(0.7501, 0.7512, size)
        ),
    )
    cells.initialize(v=rng.uniform(-65.0, -51.0, size))
    synapse = sim.STDPMechanism(
        sim.SpikePairRule(tau_plus=20.0, tau_minus=20.0, A_plus=0.01, A_minus=0.0105),
        sim.AdditiveWeightDependence(w_max=2e-6),
        weight=1e-6,
        delay=1.5,
    )
    projection = sim.Projection(cells, cells, sim.FixedNumberPreConnector(degree), synapse)
    cells.record("spikes")
    sim.run(0.1)
    begin = time.perf_counter()
    sim.run(duration)
    seconds = time.perf_counter() - begin
    rate = cells.mean_spike_count() / (duration + 0.1) * 1e3
    weights = projection.get("weight", format="list", with_address=False) if size <= 2000 else [0.0]
    return [seconds, rate, float(np.mean(weights))]


def main() -> None:
    """Print a table and a JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=10_000)
    parser.add_argument("--degree", type=int, default=1_000)
    parser.add_argument("--duration", type=float, default=1_000.0, help="ms")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--no-peer", action="store_true", help="only the emulator")
    options = parser.parse_args()
    case = [options.size, options.degree, options.duration, options.threads]
    results = {"emulator": emulate(*case)}
    python = os.environ.get("PEERS_PYTHON", ".venv-peers/bin/python")
    if not options.no_peer and (os.path.exists(python)):
        done = subprocess.run(
            [python, "-c", NEST, json.dumps(case)], capture_output=True, text=True, check=False
        )
        if done.returncode == 0:
            results["NEST"] = json.loads(done.stdout.splitlines()[-1])
        else:
            print(done.stderr[-500:], file=sys.stderr)
    print(f"{options.size} neurons, {options.size * options.degree} STDP synapses")
    for name, (seconds, rate, weight) in results.items():
        print(f"{name:10s} {seconds:8.3f} s  {rate:6.2f} Hz  mean weight {1e6 * weight:.5f} pS")
    if "NEST" in results:
        print(f"{results['NEST'][0] / results['emulator'][0]:.1f} times as fast")
    print(json.dumps({"case": case, "results": results}))


if __name__ == "__main__":
    main()
