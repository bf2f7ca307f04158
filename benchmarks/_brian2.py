"""The peer: Brian2 in its fastest mode, C++ standalone with OpenMP and float32.

Its run time is what the compiled program measures around its own loop over time steps; writing,
compiling and starting the program, and reading its results, come on top (`build_s`).
"""

from __future__ import annotations

import importlib
import os
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from _tables import Timing
from numpy.typing import NDArray

#: Units of the parameters as PyNN has them, in SI.
UNITS = {"v": 1e-3, "e": 1e-3, "t": 1e-3, "c": 1e-9, "d": 1e-3, "a": 1e-9, "b": 1e-9, "i": 1e-9}

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
ADEX = (
    """
dv/dt = (v_rest - v + delta_T * exp((v - v_thresh) / delta_T)) / tau_m
        + (ge * (e_rev_E - v) + gi * (e_rev_I - v) + i_offset - w) / capacitance
        : volt (unless refractory)
dw/dt = (a * (v - v_rest) - w) / tau_w : amp
"""
    + CONDUCTANCES
)


@dataclass(frozen=True)
class PeerRun:
    """Times of the peer, and its answer.

    Attributes
    ----------
    run : Timing
        Of the loop over time steps.
    build_s : float
        Writing and compiling the program, s.
    counts : (n_neurons,) int64
        Number of spikes of each neuron.
    """

    run: Timing
    build_s: float
    counts: NDArray[np.int64]


def is_installed() -> bool:
    """Return whether the peer can be measured; says why not."""
    try:
        importlib.import_module("brian2")
    except Exception as error:  # Brian2 2.9 also fails with NumPy from 2.4 on
        print(f"no comparison: brian2 cannot be imported ({type(error).__name__}: {error})")
        return False
    return True


def measure_standalone(
    build: Callable[[Any], Any], duration_ms: float, threads: int, repetitions: int
) -> PeerRun:
    """Build a network, compile it and run the program some times.

    Parameters
    ----------
    build : callable
        Gets the module ``brian2`` and returns ``(objects, spike monitor)``.
    duration_ms : float
    threads, repetitions : int
    """
    import brian2

    brian2.prefs.core.default_float_dtype = np.float32
    # 0: without OpenMP, which is faster than with one thread.
    brian2.prefs.devices.cpp_standalone.openmp_threads = threads if threads > 1 else 0
    brian2.prefs.devices.cpp_standalone.extra_make_args_unix = [f"-j{os.cpu_count()}"]
    with tempfile.TemporaryDirectory() as folder:
        device = _fresh_device(brian2, folder)
        brian2.defaultclock.dt = 0.1 * brian2.ms
        objects, monitor = build(brian2)
        begin = time.perf_counter()
        network = brian2.Network(*objects)
        network.run(duration_ms * brian2.ms)
        device.build(directory=folder, compile=True, run=False)
        build_s = time.perf_counter() - begin
        timing = Timing()
        for _ in range(repetitions):
            device.run(folder, with_output=False, run_args=[])
            timing.add(float(device._last_run_time))
        return PeerRun(timing, build_s, np.array(monitor.count))


def _fresh_device(brian2: Any, folder: str) -> Any:
    brian2.set_device("cpp_standalone", directory=folder, build_on_run=False)
    brian2.device.reinit()
    brian2.device.activate(directory=folder, build_on_run=False)
    return brian2.device


def namespace(brian2: Any, parameters: Mapping[str, float]) -> dict[str, Any]:
    """Return PyNN's parameters (mV, ms, nF, nA; a in nS) with units."""
    quantity = {"v": brian2.volt, "e": brian2.volt, "d": brian2.volt, "t": brian2.second}
    quantity |= {"c": brian2.farad, "i": brian2.amp, "b": brian2.amp, "a": brian2.siemens}
    named = {"capacitance" if n == "cm" else n: value for n, value in parameters.items()}
    return {n: value * UNITS[n[0]] * quantity[n[0]] for n, value in named.items()}


def neurons(brian2: Any, size: int, parameters: Mapping[str, float], adex: bool = False) -> Any:
    """Return a group of PyNN's IF_cond_exp, or EIF_cond_exp_isfa_ista with `adex`."""
    threshold, jump = ("v > v_spike", "; w += b") if adex else ("v > v_thresh", "")
    return brian2.NeuronGroup(
        size,
        ADEX if adex else LIF,
        threshold=threshold,
        reset="v = v_reset" + jump,
        refractory=parameters["tau_refrac"] * brian2.ms,
        # Its fastest method (four times as fast as exponential Euler) and least accurate one.
        method="euler",
        namespace=namespace(brian2, parameters),
    )


def synapses(
    brian2: Any,
    pre: Any,
    post: Any,
    receptor: str,
    addresses: tuple[NDArray[np.int64], NDArray[np.int64]],
    weight_us: float | NDArray[np.float64],
    delay_ms: float,
) -> Any:
    """Return static synapses; a single weight or delay becomes a constant of the program."""
    effect = {"excitatory": "ge += weight", "inhibitory": "gi += weight"}[receptor]
    options: dict[str, Any] = {"on_pre": effect, "delay": delay_ms * brian2.ms}
    if np.ndim(weight_us) == 0:
        options["namespace"] = {"weight": float(weight_us) * brian2.usiemens}
    else:
        options["model"] = "weight : siemens (constant)"
    result = brian2.Synapses(pre, post, **options)
    result.connect(i=addresses[0], j=addresses[1])
    if "model" in options:
        result.weight = weight_us * brian2.usiemens
    return result
