"""EventProp: the gradient of spike times against finite differences of the exact times."""

import numpy as np
import pytest
import torch
from scipy.optimize import brentq

from pyNN_brainscales_emu.spiking.functional import (
    EventPropLIFFunction,
    EventPropSynapseFunction,
)

TAU_SYN, TAU_MEM = 6e-6, 12e-6


def first_spike_time(weight, input_time):
    """Return when a membrane crosses 1 after one input of a weight, in closed form."""
    charge = weight * TAU_SYN / (TAU_MEM - TAU_SYN)

    def distance(t):
        return charge * (np.exp(-t / TAU_MEM) - np.exp(-t / TAU_SYN)) - 1.0

    peak = np.log(TAU_MEM / TAU_SYN) / (1 / TAU_SYN - 1 / TAU_MEM)
    return input_time + brentq(distance, 1e-9, peak)


def test_the_gradient_of_a_spike_time_is_exact_as_steps_get_short():
    weight, dt = 8.0, 2e-8
    w = torch.tensor([[weight]], dtype=torch.float64, requires_grad=True)
    x = torch.zeros(1000, 1, 1, dtype=torch.float64)
    x[50] = 1.0
    spikes, _, _ = EventPropLIFFunction.apply(
        EventPropSynapseFunction.apply(x, w, None), 0.0, -50.0, 1.0, TAU_SYN, TAU_MEM, None, dt
    )
    (step,) = np.flatnonzero(spikes[:, 0, 0].detach())
    exact = first_spike_time(weight, 50 * dt)
    assert abs(step * dt - exact) < 3 * dt
    spikes.sum().backward()
    eps = 1e-4
    slope = (first_spike_time(weight + eps, 0.0) - first_spike_time(weight - eps, 0.0)) / (2 * eps)
    # a gradient to spikes asks for earlier ones
    assert w.grad.item() == pytest.approx(-slope, rel=0.02)


def test_measured_spikes_are_returned_and_carry_the_gradient():
    from pyNN_brainscales_emu.spiking import AnalogObservable, Handle

    w = torch.rand(4, 3, requires_grad=True)
    x = (torch.rand(30, 2, 3) < 0.3).float()
    spikes = (torch.rand(30, 2, 4) < 0.1).float()
    data = Handle(voltage=AnalogObservable(), adaptation=AnalogObservable(), spikes=spikes)
    z, v, i = EventPropLIFFunction.apply(
        EventPropSynapseFunction.apply(x, w, None), 0.0, 0.0, 1.0, 6e-6, 6e-6, data, 1e-6
    )
    assert torch.equal(z, spikes)
    assert v is None
    assert i is None
    z.sum().backward()
    assert torch.isfinite(w.grad).all()
    assert w.grad.abs().max() > 0
