"""The differentiable model: closed forms, gradients, and what measured data do."""

import numpy as np
import pytest
import torch

from pyNN_brainscales_emu.spiking import AnalogObservable, Handle
from pyNN_brainscales_emu.spiking.functional import (
    SuperSpike,
    cuba_aelif_integration,
    exp_cuba_li_integration,
    exp_cuba_lif_integration,
)

DT, TAU = 1e-6, 10e-6


def integrate(input, **changes):
    """Integrate LIF neurons with unit leak conductance, unless told otherwise."""
    arguments = {
        "leak": 0.0,
        "reset": 0.0,
        "threshold": 1.0,
        "tau_syn": TAU,
        "c_mem": TAU,
        "g_l": 1.0,
        "refractory_time": 0.0,
        "method": "superspike",
        "alpha": 50.0,
        "exp_slope": 0.2,
        "exp_threshold": 0.5,
        "subthreshold_adaptation_strength": 1.0,
        "spike_triggered_adaptation_increment": 0.2,
        "tau_adap": 100e-6,
        "dt": DT,
    }
    v, _, i, w, _, z = cuba_aelif_integration(input, **(arguments | changes))
    return v, i, w, z


def twin(x, leak, reset, threshold, refractory_steps=0, adaptive=False, exponential=False):
    """Return v, i, w, z of one neuron, number by number."""
    v, i, w, wait = leak, 0.0, 0.0, 0
    rows = []
    for value in x:
        drive = i + (leak - v) - w
        drive += 0.2 * np.exp((v - 0.5) / 0.2) if exponential else 0.0
        i = i * (1 - DT / TAU) + value
        v = v + DT / TAU * drive
        z = float(v > threshold)
        if adaptive:
            w = w * (1 - DT / 100e-6) + DT / 100e-6 * (v - leak) + 0.2 * z
        v = reset if z else v
        if refractory_steps:
            if wait > 0:
                v, z = reset, 0.0
            wait = refractory_steps if z else max(0, wait - 1)
        rows.append((v, i, w, z))
    return np.array(rows).T


@pytest.mark.parametrize(
    ("terms", "settings"),
    [
        ({}, {}),
        ({"refractory": True, "refractory_time": 5 * DT}, {"refractory_steps": 5}),
        (
            {"subthreshold_adaptation": True, "spike_triggered_adaptation": True},
            {"adaptive": True},
        ),
        ({"exponential": True}, {"exponential": True}),
    ],
)
def test_the_model_equals_its_equations_step_by_step(terms, settings):
    x = torch.rand(200, 1, 1, dtype=torch.float64) * 0.6
    found = integrate(x, leak=0.1, reset=-0.2, **terms)
    expected = twin(x[:, 0, 0].tolist(), 0.1, -0.2, 1.0, **settings)
    assert expected[3].sum() > 3  # it does spike
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one[:, 0, 0].numpy(), other, atol=1e-12)


def test_an_input_acts_one_step_later_and_decays():
    x = torch.zeros(30, 1, 1, dtype=torch.float64)
    x[3] = 1.0
    v, i, _, _ = integrate(x, threshold=10.0)
    steps = np.arange(27)
    np.testing.assert_allclose(i[3:, 0, 0].numpy(), 0.9**steps, rtol=1e-12)
    # with equal time constants of Euler's scheme: n (dt / tau) 0.9**(n - 1)
    np.testing.assert_allclose(v[3:, 0, 0].numpy(), steps * 0.1 * 0.9 ** (steps - 1), atol=1e-12)


def test_several_inputs_are_summed():
    a, b = torch.rand(20, 2, 3), torch.rand(20, 2, 3)
    for one, other in zip(integrate((a, b)), integrate(a + b), strict=True):
        assert torch.equal(one, other)


def test_the_gradient_of_a_membrane_is_that_of_finite_differences():
    x = torch.rand(12, 2, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(
        lambda inputs: integrate(inputs, fire=False, subthreshold_adaptation=True)[0], (x,)
    )


def test_superspike():
    x = torch.tensor([-0.1, 0.0, 0.02], dtype=torch.float64, requires_grad=True)
    z = SuperSpike.apply(x, 50.0)
    assert z.tolist() == [0.0, 0.0, 1.0]
    z.sum().backward()
    np.testing.assert_allclose(x.grad, [1 / 6.0**2, 1.0, 1 / 2.0**2])


def measured(spikes=None, membrane=None, adaptation=None):
    return Handle(
        voltage=AnalogObservable(cadc=membrane),
        adaptation=AnalogObservable(cadc=adaptation),
        spikes=spikes,
    )


def test_measured_data_take_the_place_of_the_model_and_hand_on_its_gradient():
    x = torch.rand(15, 2, 3, requires_grad=True)
    spikes = (torch.rand(15, 2, 3) < 0.2).float()
    membrane = torch.rand(15, 2, 3)
    v, _, _, z = integrate(x, hw_data=measured(spikes, membrane))
    assert torch.equal(v, membrane)
    assert torch.equal(z, spikes)
    z[5].sum().backward()
    weight = 1 / (50.0 * (membrane[5] - 1.0).abs() + 1) ** 2
    # i of step 3 reaches v of step 4, and v of step 5 by leak and by the current that is left
    expected = weight * 0.1 * (0.9 + 0.9)
    torch.testing.assert_close(x.grad[3], expected)
    assert x.grad[5].abs().max() == 0


def test_integration_ends_with_what_was_measured():
    v, i, _, z = integrate(torch.rand(30, 2, 3), hw_data=measured(membrane=torch.rand(20, 2, 3)))
    assert len(v) == len(i) == len(z) == 20


def test_exact_decay():
    x = torch.zeros(20, 1, 1, dtype=torch.float64)
    x[0] = 1.0
    decay = float(np.exp(-0.1))
    v, i, _ = exp_cuba_li_integration(x, leak=0.0, tau_syn_exp=decay, tau_mem_exp=decay)
    np.testing.assert_allclose(i[:, 0, 0], decay ** np.arange(20))
    n = np.arange(20)
    np.testing.assert_allclose(v[:, 0, 0], n * (1 - decay) * decay ** (n - 1.0), atol=1e-12)
    z, v, *_ = exp_cuba_lif_integration(
        10 * x, leak=0.0, reset=-0.5, threshold=0.5, tau_syn_exp=decay, tau_mem_exp=decay,
        method="superspike", alpha=50.0,
    )  # fmt: skip
    assert z.sum() > 0
    assert (v[z > 0] == -0.5).all()
