"""The differentiable model of the chip's neurons, by forward Euler.

In this order in each step, with state i, v, w::

    dv = dt / C (i + g_l (leak - v) + g_l Delta_T exp((v - V_T) / Delta_T) - w)
    i  = i (1 - dt / tau_syn) + x_t
    v  = v + dv
    z  = 1 where v > threshold
    w  = w (1 - dt / tau_w) + dt / tau_w a (v - leak) + b z
    v  = reset where z

so an input acts on the membrane one step later. Measured spikes, membranes and adaptation take the
place of the modelled ones where there are any, while the gradient follows the model; a measured
membrane is not reset. These are the equations of hxtorch, to the order of operations.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import torch

from pyNN_brainscales_emu.spiking.functional.surrogate import inject
from pyNN_brainscales_emu.spiking.functional.surrogate import threshold as spikes_above

#: A parameter of the model: one value, or one for each neuron.
Value: TypeAlias = torch.Tensor | float | int


@dataclass(frozen=True)
class Terms:
    """Which terms the equations have.

    Parameters
    ----------
    leaky, fire, exponential, subthreshold_adaptation, spike_triggered_adaptation : bool
    refractory : bool
        Whether a refractory time above zero is to be kept.
    """

    leaky: bool = True
    fire: bool = True
    refractory: bool = False
    exponential: bool = False
    subthreshold_adaptation: bool = False
    spike_triggered_adaptation: bool = False

    @property
    def adaptation(self) -> bool:
        """Whether there is an adaptation current."""
        return self.subthreshold_adaptation or self.spike_triggered_adaptation


@dataclass(frozen=True)
class Measured:
    """What a chip has recorded on the time grid, each (T, batch, neurons) or None."""

    spikes: torch.Tensor | None = None
    membrane: torch.Tensor | None = None
    adaptation: torch.Tensor | None = None
    membrane_madc: Any = None
    adaptation_madc: Any = None

    @classmethod
    def of(cls, hw_data: Any, device: torch.device) -> Measured:
        """Return the content of a handle with voltage, adaptation and spikes."""
        if hw_data is None:
            return cls()
        voltage, adaptation = hw_data.voltage, hw_data.adaptation
        return cls(
            _on(hw_data.spikes, device),
            _on(getattr(voltage, "cadc", None), device),
            _on(getattr(adaptation, "cadc", None), device),
            _on(getattr(voltage, "madc", None), device),
            _on(getattr(adaptation, "madc", None), device),
        )

    def steps(self, modelled: int) -> int:
        """Return how many steps there are of everything."""
        known = (self.spikes, self.membrane, self.adaptation)
        return min(modelled, *(len(data) for data in known if data is not None), modelled)


def cuba_aelif_integration(  # noqa: C901  (one branch a term of the equations)
    input: torch.Tensor | tuple[torch.Tensor, ...],
    *,
    leak: Value,
    reset: Value,
    threshold: Value,
    tau_syn: Value,
    c_mem: Value,
    g_l: Value | None,
    refractory_time: Value,
    method: str,
    alpha: float,
    exp_slope: Value,
    exp_threshold: Value,
    subthreshold_adaptation_strength: Value,
    spike_triggered_adaptation_increment: Value,
    tau_adap: Value,
    hw_data: Any = None,
    dt: float = 1e-6,
    leaky: bool = True,
    fire: bool = True,
    refractory: bool = False,
    exponential: bool = False,
    subthreshold_adaptation: bool = False,
    spike_triggered_adaptation: bool = False,
    integration_step_code: object = None,
) -> tuple[Any, ...]:
    """Integrate current-based neurons with adaptation and exponential term.

    Parameters
    ----------
    input : tensor (T, batch, neurons), or tuple of such
        Weighted spikes; several are summed.
    leak, reset, threshold, exp_slope, exp_threshold : tensor or number
        In units of the model's membrane.
    tau_syn, tau_adap, refractory_time, dt : tensor or number
        In seconds.
    c_mem, g_l : tensor or number
        Capacitance and leak conductance; ``c_mem / g_l`` is the membrane's time constant in s.
    method, alpha
        As `threshold` takes them.
    subthreshold_adaptation_strength, spike_triggered_adaptation_increment : tensor or number
    hw_data : handle with voltage, adaptation, spikes, optional
    leaky, fire, refractory, exponential, subthreshold_adaptation, spike_triggered_adaptation : bool
        Which terms the equations have.
    integration_step_code : optional
        What `CuBaStepCode` makes. Accepted and not used: the terms are chosen by the flags, and no
        code is executed that stands in a text.

    Returns
    -------
    tuple
        membrane_cadc, membrane_madc, current, adaptation_cadc, adaptation_madc, spikes; tensors
        (T, batch, neurons), the second and fifth as measured or None.
    """
    inputs = torch.stack(input).sum(0) if isinstance(input, tuple) else input
    device = inputs.device
    terms = Terms(
        leaky, fire, refractory, exponential, subthreshold_adaptation, spike_triggered_adaptation
    )
    measured = Measured.of(hw_data, device)
    leak, reset, threshold, tau_syn, c_mem, tau_adap, slope, exp_threshold, a, b = (
        _on(value, device)
        for value in (
            *(leak, reset, threshold, tau_syn, c_mem, tau_adap, exp_slope, exp_threshold),
            subthreshold_adaptation_strength,
            spike_triggered_adaptation_increment,
        )
    )
    g_l = 1.0 if g_l is None else _on(g_l, device)
    zeros = torch.zeros_like(inputs[0])
    i, z, w, waiting = zeros, zeros, zeros, zeros
    v = zeros + leak if leaky or subthreshold_adaptation else zeros
    currents, membranes, spikes, adaptations = [], [], [], []
    for step in range(measured.steps(len(inputs))):
        drive = i
        if leaky:
            drive = drive + g_l * (leak - v)
        if exponential:
            drive = drive + g_l * slope * torch.exp((v - exp_threshold) / slope)
        if terms.adaptation:
            drive = drive - w
        dv = dt / c_mem * drive
        i = i * (1 - dt / tau_syn) + inputs[step]
        v = inject(v + dv, _at(measured.membrane, step))
        if fire:
            z = inject(spikes_above(v - threshold, method, alpha), _at(measured.spikes, step))
        if terms.adaptation:
            w = w * (1 - dt / tau_adap)
        if subthreshold_adaptation:
            w = w + dt / tau_adap * a * (v - leak)
        if spike_triggered_adaptation:
            w = w + b * z
        w = inject(w, _at(measured.adaptation, step))
        if fire and measured.membrane is None:
            v = (1 - z.detach()) * v + z.detach() * reset
        if refractory:
            z, v, waiting = _held(z, v, waiting, reset, refractory_time, dt, measured, step)
        currents.append(i)
        membranes.append(v)
        spikes.append(z)
        adaptations.append(w)
    return (
        _stacked(membranes, inputs),
        measured.membrane_madc,
        _stacked(currents, inputs),
        _stacked(adaptations, inputs),
        measured.adaptation_madc,
        _stacked(spikes, inputs),
    )


def _held(
    z: torch.Tensor,
    v: torch.Tensor,
    waiting: torch.Tensor,
    reset: Any,
    refractory_time: Value,
    dt: float,
    measured: Measured,
    step: int,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Hold neurons at the reset for their refractory time; `waiting` counts the steps left."""
    is_held = (waiting > 0).to(v.dtype)
    v = inject((1 - is_held) * v + is_held * reset, _at(measured.membrane, step))
    z = inject((1 - is_held) * z, _at(measured.spikes, step))
    steps = _on(refractory_time, v.device) / dt
    waiting = (1 - z) * torch.relu(waiting - is_held) + z * steps
    return z, v, waiting


@dataclass(frozen=True)
class CuBaStepCode:
    """The terms of the equations, as hxtorch's class of this name takes them.

    The emulator executes no text. `generate` returns one that says what a step does.
    """

    leaky: bool = True
    fire: bool = True
    refractory: bool = False
    exponential: bool = False
    subthreshold_adaptation: bool = False
    spike_triggered_adaptation: bool = False
    hw_voltage_trace_available: bool = False
    hw_adaptation_trace_available: bool = False
    hw_spikes_available: bool = False

    def generate(self) -> str:
        """Return the terms in words."""
        terms = [name for name, value in vars(self).items() if value]
        return "# one step of current-based neurons with: " + ", ".join(terms)


def _on(value: Any, device: torch.device) -> Any:
    return value.to(device) if isinstance(value, torch.Tensor) else value


def _at(data: torch.Tensor | None, step: int) -> torch.Tensor | None:
    return None if data is None else data[step]


def _stacked(steps: list[torch.Tensor], inputs: torch.Tensor) -> torch.Tensor:
    return torch.stack(steps) if steps else torch.zeros_like(inputs)
