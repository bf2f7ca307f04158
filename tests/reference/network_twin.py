"""The engine's scheme for a whole network, in plain NumPy: step by step, spike by spike.

Exponential Euler with the conductances' means over a step, which inputs may saturate; an event
inside a step split over two slots; threshold crossing, reset and refractory period inside the
step; the exponential current of AdEx neurons integrated alone, half a step ahead; Runge-Kutta for
Izhikevich neurons, which start again from the reset inside the step. No blocks, no lanes, no
threads; float64. Stimuli have given times, links are perfect.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from reference.gif_twin import Gif
from reference.hh_twin import HodgkinHuxley
from reference.receptors_twin import Receptors

ON_GRID, LARGEST_X, LARGEST_SUM, PEAK, OVER = 3e-6, 17.0, 40.0, 30.0, 1e-4
SIGNALS = (
    "v", "w", "u", "gsyn_exc", "gsyn_inh", "g_s", "g_r", "m", "h", "n", "i_eta", "v_t",
)  # fmt: skip
RECEPTORS = (("exc", "E"), ("inh", "I"))


@dataclass
class TwinRecording:
    """Signals at the grid points, (n_steps + 1, n_neurons), and the spikes in order of firing."""

    signals: dict
    neuron: np.ndarray
    time_ms: np.ndarray


def simulate(experiment, n_steps):
    """Run an experiment from its initial values."""
    network = _Network(experiment, n_steps)
    stimuli = experiment.stimuli
    for source in range(stimuli.size):
        for time in stimuli.times_ms[stimuli.offsets[source] : stimuli.offsets[source + 1]]:
            network.send(source, time / experiment.dt_ms)
    signals = {name: [] for name in SIGNALS}
    spikes = []
    for step in range(n_steps):
        _note(signals, network)
        for neuron, fraction in network.advance(step):
            spikes.append((neuron, (step + fraction) * experiment.dt_ms))
            network.send(stimuli.size + neuron, step + fraction)
    _note(signals, network)
    neuron, time = np.array([s[0] for s in spikes], int), np.array([s[1] for s in spikes])
    before_end = time <= n_steps * experiment.dt_ms
    return TwinRecording(
        {name: np.array(rows) for name, rows in signals.items()},
        neuron[before_end],
        time[before_end],
    )


def _note(signals, network):
    for name in SIGNALS:
        signals[name].append(getattr(network, name).copy())


class _Network:
    def __init__(self, experiment, n_steps):
        self.dt, self.synapses = experiment.dt_ms, experiment.synapses
        neurons = experiment.neurons
        self.p, self.model = _by_neuron(neurons)
        self.n_receptors = np.zeros(neurons.size, dtype=int)
        for group in neurons.groups:
            self.n_receptors[group.index] = len(group.model.receptors)
        self.limit = neurons.input_limit
        self.current = np.array([p.get("i_offset", 0.0) for p in self.p])
        self.changes = experiment.currents
        self.delays = self.synapses.delay_ms / self.dt
        for name in SIGNALS:
            setattr(self, name, _initial(neurons, name))
        self.rise = np.zeros((2, len(self.v)))  # of inputs of the shape of an alpha function
        self.gif = {
            i: Gif(self.p[i], self.dt, experiment.seed, i)
            for i, model in enumerate(self.model)
            if model == "gif_cond_exp"
        }
        self.hh = {
            i: HodgkinHuxley(self.v[i], self.m[i], self.h[i], self.n[i])
            for i, model in enumerate(self.model)
            if model == "hh_cond_exp"
        }
        self.composed = {
            i: Receptors(model, self.p[i], self.dt)
            for i, model in enumerate(self.model)
            if model.startswith("PointNeuron")
        }
        for i, gif in self.gif.items():
            self.v_t[i] = gif.v_t
        self.waiting = np.zeros(len(self.v))  # rest of the refractory period, in steps
        n_slots = n_steps + int(self.delays.max(initial=1)) + 4
        n_inputs = max((len(group.model.receptors) for group in neurons.groups), default=2)
        self.inbox = np.zeros((n_slots, n_inputs, len(self.v)))

    def send(self, source, time):
        """Put an event at `time` (in steps) into the slots of all targets."""
        for i in np.flatnonzero(self.synapses.source == source):
            arrival = time + self.delays[i]
            nearest = np.rint(arrival)
            if abs(arrival - nearest) < ON_GRID:
                arrival = nearest
            slot = int(np.floor(arrival))
            if slot + 1 >= len(self.inbox):
                continue
            late = arrival - slot
            place = (int(self.synapses.receptor[i]), self.synapses.target[i])
            self.inbox[slot][place] += self.synapses.weight[i] * (1 - late)
            self.inbox[slot + 1][place] += self.synapses.weight[i] * late

    def advance(self, step):
        """Advance by one step and return the spikes: pairs of neuron and fraction of the step."""
        now = self.changes.step == step
        np.add.at(self.current, self.changes.neuron[now], self.changes.delta_nA[now])
        spikes = []
        for i in range(len(self.v)):
            p, events = self.p[i], self.inbox[step, : self.n_receptors[i], i]
            fraction = self._advance_neuron(i, p, events, step)
            if fraction is not None:
                spikes.append((i, max(fraction, 0.0)))
        return spikes

    def _advance_neuron(self, i, p, events, step):
        """Advance one neuron and return the fraction of the step at which it fires, or None."""
        if self.model[i] == "izhikevich":
            self.v[i], self.u[i], fraction = _advance_izhikevich(
                p, self.dt, self.current[i], self.v[i] + events.sum(), self.u[i]
            )
            return fraction
        if self.model[i] == "hh_cond_exp":
            fraction = self.hh[i].advance(p, self.dt, self.current[i], events)
            for name in ("v", "m", "h", "n", "gsyn_exc", "gsyn_inh"):
                getattr(self, name)[i] = getattr(self.hh[i], name)
            return fraction
        v = self.v[i]
        if i in self.composed:
            return self._advance_composed(i, p, events, v)
        if self.model[i] == "lif_curr_delta":
            inputs = np.zeros(2)
            v += events.sum() if self.waiting[i] <= OVER else 0.0
        else:
            inputs = self._mean_inputs(i, p, events)
        x, drive = self._linear_terms(i, p, *inputs)
        if self.model[i] == "gif_cond_exp":
            gif = self.gif[i]
            self.v[i], self.waiting[i], fraction = gif.advance(step, x, drive, v, self.waiting[i])
            self.i_eta[i], self.v_t[i] = gif.i_eta, gif.v_t
            return fraction
        if self.model[i] == "lif_cond_exp_gsfa_grr":
            x, drive = self._with_opened(i, p, x, drive)
        advance = _advance_adex if self.model[i].startswith("adex") else _advance_lif
        state, fraction = advance(p, self.dt, x, drive, v, self.w[i], self.waiting[i])
        self.v[i], self.w[i], self.waiting[i] = state
        if self.model[i] == "lif_cond_exp_gsfa_grr" and fraction is not None:
            for g, name in ((self.g_s, "sfa"), (self.g_r, "rr")):
                g[i] += p[f"q_{name}"] * np.exp(-(1 - fraction) * self.dt / p[f"tau_{name}"])
        return fraction

    def _advance_composed(self, i, p, events, v):
        x, drive = self.composed[i].sums(events)
        leak = self.dt / p["tau_m"]
        x = x + leak
        drive = drive + leak * p["v_rest"] + self.dt / p["cm"] * self.current[i]
        factor = LARGEST_SUM / max(x, LARGEST_SUM)
        advance = _advance_adex if "AdExp" in self.model[i] else _advance_lif
        state, fraction = advance(
            p, self.dt, x * factor, drive * factor, v, self.w[i], self.waiting[i]
        )
        self.v[i], self.w[i], self.waiting[i] = state
        return fraction

    def _with_opened(self, i, p, x, drive):
        """Add the conductances that the neuron's own spikes have opened, in nS; they decay."""
        for g, name in ((self.g_s, "sfa"), (self.g_r, "rr")):
            part = self.dt / p[f"tau_{name}"]
            opened = min(1e-3 * g[i] * _mean_of_decay(part) * self.dt / p["cm"], LARGEST_X)
            x, drive = x + opened, drive + opened * p[f"e_rev_{name}"]
            g[i] *= np.exp(-part)
        factor = LARGEST_SUM / max(x, LARGEST_SUM)
        return x * factor, drive * factor

    def _mean_inputs(self, i, p, events):
        """Advance both inputs of a neuron and return what acts on it in the mean of the step."""
        means = []
        for r, (name, receptor) in enumerate(RECEPTORS):
            g, part = getattr(self, f"gsyn_{name}"), self.dt / p[f"tau_syn_{receptor}"]
            if "alpha" in self.model[i]:
                rise = self.rise[r, i] + events[r]
                mean = g[i] * _mean_of_decay(part) + rise * np.e * _mean_of_rise(part)
                g[i] = (g[i] + rise * np.e * part) * np.exp(-part)
                self.rise[r, i] = rise * np.exp(-part)
            else:
                g[i] += events[r]
                mean = g[i] * _mean_of_decay(part)
                g[i] *= np.exp(-part)
            means.append(self._acting(i, mean))
        return means

    def _linear_terms(self, i, p, exc, inh):
        """Return x and drive of dv/ds = drive - x v, s in steps."""
        x_exc, x_inh = exc * self.dt / p["cm"], inh * self.dt / p["cm"]
        leak = self.dt / p["tau_m"]
        drive = leak * p["v_rest"] + self.dt / p["cm"] * self.current[i]
        if "e_rev_E" in p:
            x_exc, x_inh = min(x_exc, LARGEST_X), min(x_inh, LARGEST_X)
            drive += x_exc * p["e_rev_E"] + x_inh * p["e_rev_I"]
            return leak + x_exc + x_inh, drive
        return leak, drive + x_exc + x_inh

    def _acting(self, i, g):
        """Return what an input makes of the conductance that its synapses ask for."""
        if self.limit is None:
            return g
        u = g / self.limit[i]
        if abs(u) >= np.sqrt(2):
            return np.sign(u) * self.limit[i]
        return g * np.sqrt(1 - u**2 / 4)


def _by_neuron(neurons):
    """Return parameters and the model's name of each neuron."""
    parameters, model = [None] * neurons.size, [""] * neurons.size
    for group in neurons.groups:
        for place, i in enumerate(group.index):
            parameters[i] = {name: values[place] for name, values in group.parameters.items()}
            if group.model.name == "facets_hardware1":
                fixed = {"cm": 0.2, "tau_refrac": 1.0, "e_rev_E": 0.0}
                parameters[i] |= fixed | {"tau_m": 0.2 / (1e-3 * parameters[i]["g_leak"])}
            model[i] = group.model.name
    return parameters, model


def _initial(neurons, name):
    values = np.zeros(neurons.size)
    for group in neurons.groups:
        if name in group.initial_values:
            values[group.index] = group.initial_values[name]
    return values


def _mean_of_decay(part):
    """Return the mean of exp(-t / tau) from 0 to `part` times tau."""
    return (1 - np.exp(-part)) / part


def _mean_of_rise(part):
    """Return the mean of t / tau exp(-t / tau) from 0 to `part` times tau."""
    return (1 - (1 + part) * np.exp(-part)) / part


def _goal(p):
    """Return where a spike is registered."""
    if "v_spike" not in p:
        return p["v_thresh"]
    return p["v_spike"] if p["delta_T"] > 0 else min(p["v_thresh"], p["v_spike"])


def _relax(v, drive, x, part):
    """Follow dv/ds = drive - x v for `part` of a step."""
    x_part = x * part
    phi = 1 - x_part / 2 if x_part < 1e-8 else -np.expm1(-x_part) / x_part
    return v + (drive - x * v) * part * phi


def _crossing(v0, v1, goal, drive, x, active):
    """Return when v reaches the goal, as part of the active time: a secant and a Newton step."""
    if v0 >= goal:
        return 0.0
    part = (goal - v0) / (v1 - v0) if v1 > v0 else 1.0
    slope = (drive - x * goal) * active
    if slope > 0:
        part += (goal - _relax(v0, drive, x, active * part)) / slope
    return min(max(part, 0.0), 1.0)


def _advance_lif(p, dt, x, drive, v0, w, waiting):
    active = max(1 - waiting, 0.0)
    v = _relax(v0, drive, x, active)
    waiting = max(waiting - 1, 0.0)
    if max(v0, v) < _goal(p) or active == 0:
        return (v, w, waiting), None
    fraction = 1 - active + active * _crossing(v0, v, _goal(p), drive, x, active)
    return (p["v_reset"], w, p["tau_refrac"] / dt - (1 - fraction)), fraction


def _advance_adex(p, dt, x, drive, v0, w0, waiting):
    rate = 1 - np.exp(-dt / p["tau_w"])

    def w_after(mean_v):
        return w0 + (1e-3 * p["a"] * (mean_v - p["v_rest"]) - w0) * rate

    drive = drive - dt / p["cm"] * 0.5 * (w0 + w_after(v0))
    active = max(1 - waiting, 0.0)
    waiting = max(waiting - 1, 0.0)
    linear = _relax(v0, drive, x, active)
    v, part, lag = _exponential(p, dt, v0, linear, drive, x, active)
    if part is None:
        return (v, w_after(0.5 * (v0 + v)), waiting), None
    fraction = 1 - active + active * part + lag
    mean = 0.5 * fraction * (v0 + _goal(p)) + (1 - fraction) * p["v_reset"]
    waiting = p["tau_refrac"] / dt - (1 - fraction)
    jump = p["b"] * (1 - (1 - fraction) * rate)
    return (p["v_reset"], w_after(mean) + jump, waiting), fraction


def _exponential(p, dt, v0, linear, drive, x, active):
    """Return v after the exponential current, and when it spiked (part of the active time, lag).

    Alone it makes u = exp(-(v - v_T) / delta_T) fall at the constant rate dt / tau_m.
    """
    slope = p["delta_T"]
    if linear >= _goal(p):
        return linear, _crossing(v0, linear, _goal(p), drive, x, active), 0.0
    if slope == 0:
        return linear, None, 0.0
    leak = dt / p["tau_m"] * active
    u, u_spike = (np.exp(-(v - p["v_thresh"]) / slope) for v in (linear, p["v_spike"]))
    if u - leak <= u_spike:
        return linear, (u - u_spike) / leak, 0.5
    return linear - slope * np.log1p(-leak / u), None, 0.0


def _advance_izhikevich(p, dt, current, v0, u0):
    """Return v, u and the fraction of the step at which the neuron fires, or None."""

    def slopes(y):
        dv = 0.04 * y[0] ** 2 + 5 * y[0] + 140 - y[1] + 1000 * current
        return dt * np.array([dv, p["a"] * (p["b"] * y[0] - y[1])])

    def moved(y, part):
        k1 = part * slopes(y)
        k2 = part * slopes(y + k1 / 2)
        k3 = part * slopes(y + k2 / 2)
        k4 = part * slopes(y + k3)
        return y + (k1 + 2 * k2 + 2 * k3 + k4) / 6

    start = np.array([max(v0, -(2.5 / dt + 5) / 0.08), u0])  # the lowest that is stable
    end = moved(start, 1.0)
    if max(start[0], end[0]) < PEAK:
        return *end, None
    part, u = 0.0, u0
    if start[0] < PEAK:
        part = _cubic_crossing(start[0], end[0], slopes(start)[0], slopes(end)[0])
        there = moved(start, part)
        part = min(max(part + (PEAK - there[0]) / slopes(there)[0], 0.0), 1.0)
        u = moved(start, part)[1]
    return *moved(np.array([p["c"], u + p["d"]]), 1.0 - part), part


def _cubic_crossing(v0, v1, slope0, slope1):
    """Return where the cubic through both ends with their slopes reaches the peak, to 1 / 1024."""
    low, high = 0.0, 1.0
    for _ in range(10):
        part = (low + high) / 2
        basis = (
            (1 + 2 * part) * (1 - part) ** 2, part * (1 - part) ** 2,
            part**2 * (3 - 2 * part), part**2 * (part - 1),
        )  # fmt: skip
        below = np.dot(basis, (v0, slope0, v1, slope1)) < PEAK
        low, high = (part, high) if below else (low, part)
    return part
