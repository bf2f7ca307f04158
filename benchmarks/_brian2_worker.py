"""Measures networks in Brian2's fastest mode, C++ standalone; see `_workers.py`.

A run's time is what the compiled program measures around its own loop over the time steps, and its
processor time that of the whole program, reading the synapses and writing the results included.
Numbers are single, weights and delays that are equal for all synapses are constants of the
program, and the compiler has Brian2's own options (-O3 -ffast-math -march=native).
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import brian2
import numpy as np
from _networks import NEURONS, Network, Synapses
from _worker_loop import children_cpu_s, serve

DT_MS = 0.1
CONDUCTANCES = """
dge/dt = -ge / tau_syn_E : siemens
dgi/dt = -gi / tau_syn_I : siemens
"""
LIF = (
    """
dv/dt = (v_rest - v) / tau_m + (ge * (e_rev_E - v) + gi * (e_rev_I - v) + i_offset) / capacitance
        : volt (unless refractory)
"""
    + CONDUCTANCES
)
# Exponential Euler wants equations that are linear in v: the upswing counts as constant in a step.
ADEX = (
    """
upswing = delta_T * exp((v - v_thresh) / delta_T) : volt (constant over dt)
dv/dt = (v_rest - v + upswing) / tau_m
        + (ge * (e_rev_E - v) + gi * (e_rev_I - v) + i_offset - w) / capacitance
        : volt (unless refractory)
dw/dt = (a * (v - v_rest) - w) / tau_w : amp
"""
    + CONDUCTANCES
)
#: Equations, condition to fire, what happens besides the reset.
MODELS = {
    "IF_cond_exp": (LIF, "v > v_thresh", ""),
    "EIF_cond_exp_isfa_ista": (ADEX, "v > v_spike", "; w += b"),
}
#: PyNN's units by the first letter of a parameter (a is in nS), and their dimensions.
UNITS = {
    "v": (brian2.mV, "volt"),
    "e": (brian2.mV, "volt"),
    "d": (brian2.mV, "volt"),
    "t": (brian2.ms, "second"),
    "c": (brian2.nF, "farad"),
    "i": (brian2.nA, "amp"),
    "b": (brian2.nA, "amp"),
    "a": (brian2.nS, "siemens"),
}


class Measurement:
    """One network and the runs of it."""

    def prepare(
        self, network: str, threads: int, duration_ms: float, method: str = "exponential_euler"
    ) -> dict[str, Any]:
        """Write and compile the program."""
        self.folder = tempfile.mkdtemp()
        brian2.prefs.core.default_float_dtype = np.float32
        # 0: without OpenMP, which is faster than with one thread.
        brian2.prefs.devices.cpp_standalone.openmp_threads = threads if threads > 1 else 0
        brian2.prefs.devices.cpp_standalone.extra_make_args_unix = [f"-j{os.cpu_count()}"]
        brian2.set_device("cpp_standalone", directory=self.folder, build_on_run=False)
        brian2.defaultclock.dt = DT_MS * brian2.ms
        begin = time.perf_counter()
        objects, self.monitor = build(Network.load(Path(network)), method)
        self.duration_ms = duration_ms
        brian2.Network(*objects).run(duration_ms * brian2.ms)
        brian2.device.build(directory=self.folder, compile=True, run=False)
        return {"build_s": time.perf_counter() - begin}

    def run(self, **_: Any) -> dict[str, Any]:
        """Run the program, which is made for one duration."""
        before = children_cpu_s()
        brian2.device.run(self.folder, with_output=False, run_args=[])
        rate = np.mean(self.monitor.count) / self.duration_ms * 1e3
        wall = float(brian2.device._last_run_time)
        cpu = children_cpu_s() - before
        # The memory is that of the program, and not known here.
        return {"wall": wall, "cpu": cpu, "rate_hz": float(rate), "peak_mb": None}

    def close(self) -> None:
        """Remove the program."""
        shutil.rmtree(self.folder, ignore_errors=True)


def build(network: Network, method: str) -> tuple[list[Any], Any]:
    """Return the network's objects, and the monitor of its spikes."""
    neurons = neuron_group(network, method)
    objects, origins = [neurons], {NEURONS: neurons}
    if network.n_sources:
        sources = brian2.SpikeGeneratorGroup(
            network.n_sources, network.source, network.spike_ms * brian2.ms
        )
        objects.append(sources)
        origins["sources"] = sources
    objects += [
        connect(synapses, origins[synapses.origin], neurons) for synapses in network.synapses
    ]
    # As the emulator does, it records every spike with its time.
    monitor = brian2.SpikeMonitor(neurons)
    return [*objects, monitor], monitor


def neuron_group(network: Network, method: str) -> Any:
    """Return the neurons; parameters that are equal for all are constants of the program."""
    equations, condition, besides = MODELS[network.model]
    parameters = {"i_offset": 0.0, **network.parameters}
    parameters["capacitance"] = parameters.pop("cm")
    values = {name: value * UNITS[name[0]][0] for name, value in parameters.items()}
    own = {name: value for name, value in values.items() if np.ndim(value)}
    equations += "".join(f"{name} : {UNITS[name[0]][1]} (constant)\n" for name in own)
    group = brian2.NeuronGroup(
        network.size,
        equations,
        threshold=condition,
        reset="v = v_reset" + besides,
        refractory=network.parameters["tau_refrac"] * brian2.ms,
        method=method,
        namespace={name: value for name, value in values.items() if name not in own},
    )
    for name, value in own.items():
        setattr(group, name, value)
    group.v = network.v_init * brian2.mV
    return group


def connect(synapses: Synapses, origin: Any, neurons: Any) -> Any:
    """Return the synapses; a weight that is equal for all is a constant of the program."""
    effect = {"excitatory": "ge += weight", "inhibitory": "gi += weight"}[synapses.receptor]
    options: dict[str, Any] = {"on_pre": effect, "delay": synapses.delay_ms * brian2.ms}
    if np.ndim(synapses.weight_us) == 0:
        options["namespace"] = {"weight": synapses.weight_us * brian2.uS}
    else:
        options["model"] = "weight : siemens (constant)"
    result = brian2.Synapses(origin, neurons, **options)
    result.connect(i=synapses.pre, j=synapses.post)
    if "model" in options:
        result.weight = synapses.weight_us * brian2.uS
    return result


if __name__ == "__main__":
    measurement = Measurement()
    try:
        serve({"prepare": measurement.prepare, "run": measurement.run})
    finally:
        measurement.close()
