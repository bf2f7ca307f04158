"""A batch of presentations to one feed-forward LIF network, in plain NumPy: slow and short.

Conductance-based, exponential synapses, exponential Euler with the conductances frozen during a
step, spikes on the grid, a delay of one step. All trials advance together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class LIFNeurons:
    """Parameters of neurons: scalars or arrays of one value per neuron (mV, ms, nF)."""

    v_rest: np.ndarray | float = -40.0
    v_reset: np.ndarray | float = -64.0
    v_thresh: np.ndarray | float = -37.5
    e_rev_E: np.ndarray | float = 0.0
    e_rev_I: np.ndarray | float = -80.0
    tau_m: np.ndarray | float = 20.0
    tau_syn_E: np.ndarray | float = 5.0
    tau_syn_I: np.ndarray | float = 5.0
    tau_refrac: np.ndarray | float = 0.1
    cm: np.ndarray | float = 0.2


def simulate(
    neurons: LIFNeurons,
    excitatory: np.ndarray,
    inhibitory: np.ndarray,
    rates: np.ndarray,
    stimulus_weight: float,
    seed: int,
    duration: float = 1000.0,
    on: float = 900.0,
    dt: float = 0.1,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the spikes as flat arrays (trial, neuron, time in ms).

    `excitatory` and `inhibitory` are matrices in uS between all neurons; `rates` (Hz,
    trials x sources) drive the first neurons one to one through `stimulus_weight` (uS).
    """
    rng = np.random.default_rng(seed)
    n_trials, n_sources = rates.shape
    shape = (n_trials, len(excitatory))
    f32 = np.float32
    v = np.full(shape, neurons.v_rest, dtype=f32)
    g_e, g_i = np.zeros(shape, f32), np.zeros(shape, f32)
    waiting = np.zeros(shape, f32)
    decay_e, decay_i = (
        f32(np.exp(-dt / np.asarray(t))) for t in (neurons.tau_syn_E, neurons.tau_syn_I)
    )
    g_leak = np.asarray(neurons.cm) / np.asarray(neurons.tau_m)
    weights = np.hstack([excitatory, inhibitory]).astype(f32)
    mean_events = (rates * dt * 1e-3).astype(f32)
    found = []
    for step in range(round(duration / dt)):
        total = g_leak + g_e + g_i
        target = (g_leak * neurons.v_rest + g_e * neurons.e_rev_E + g_i * neurons.e_rev_I) / total
        moving = waiting <= 0
        v = np.where(moving, target + (v - target) * np.exp(-dt / neurons.cm * total), v)
        v = v.astype(f32)
        waiting -= dt
        spikes = moving & (v >= neurons.v_thresh)
        v[spikes] = np.broadcast_to(neurons.v_reset, shape)[spikes]
        waiting[spikes] = np.broadcast_to(neurons.tau_refrac, shape)[spikes] - dt / 2
        g_e *= decay_e
        g_i *= decay_i
        trial, cell = np.nonzero(spikes)
        found.append((trial, cell, np.full(len(trial), (step + 1) * dt)))
        if len(trial):
            arriving = spikes.astype(f32) @ weights
            g_e += arriving[:, : shape[1]]
            g_i += arriving[:, shape[1] :]
        if step * dt < on:
            events = rng.random((n_trials, n_sources), dtype=f32) < mean_events
            g_e[:, :n_sources] += stimulus_weight * events
    trial, cell, time = (np.concatenate(part) for part in zip(*found, strict=True))
    return trial, cell, time
