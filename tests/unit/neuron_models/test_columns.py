"""Known values of the kernel's parameters."""

import numpy as np
import pytest
from experiment_builders import neurons

from pyNN_brainscales_emu.emulator.kernel_models import initial_rows, of_kernel, parameter_rows

DT = 0.1


def by_name(cells, dt_ms=DT):
    (group,) = cells.groups
    names = of_kernel(group.model)["parameters"]
    return dict(zip(names, parameter_rows(cells, group, dt_ms), strict=True))


def test_of_inputs_that_saturate():
    c = by_name(neurons(2, input_limit=[0.01, 0.5]))
    np.testing.assert_allclose(c["input_limit"], [0.1 / 0.2 * 0.01, 0.1 / 0.2 * 0.5])
    np.testing.assert_allclose(c["inverse_limit"] * c["input_limit"], 0.5)
    linear = by_name(neurons(2))
    assert not linear["input_limit"].any()
    assert not linear["inverse_limit"].any()


def test_of_a_conductance_based_lif_neuron():
    c = by_name(neurons(1, i_offset=0.05))
    assert c["decay_exc"] == pytest.approx(np.exp(-0.1 / 5))
    assert c["decay_inh"] == pytest.approx(np.exp(-0.1 / 8))
    # 1 uS for the whole step would be dt / cm = 0.5; the mean of a decay is a little less.
    assert c["gain_exc"] == pytest.approx(0.5 * 5 / 0.1 * (1 - np.exp(-0.1 / 5)))
    assert c["gain_inh"] == pytest.approx(0.5 * 8 / 0.1 * (1 - np.exp(-0.1 / 8)))
    assert (c["reversal_exc"], c["reversal_inh"]) == (0.0, -80.0)
    assert c["leak"] == pytest.approx(0.1 / 20)
    assert c["drive"] == pytest.approx(0.005 * -65 + 0.05 * 0.5)
    assert (c["threshold"], c["reset"]) == (-50.0, -68.0)
    assert c["refractory"] == pytest.approx(20)


def test_of_an_adex_neuron():
    c = by_name(neurons(1, adex=True))
    assert c["threshold"] == -40.0
    assert c["adapt_rate"] == pytest.approx(1 - np.exp(-0.001))
    gain = 0.002 * (1 - np.exp(-0.001))  # 2 nS in uS
    assert c["half_adapt_gain"] == pytest.approx(gain / 2)
    assert c["adapt_offset"] == pytest.approx(65 * gain)
    assert c["adapt_drive"] == pytest.approx(0.5)
    assert c["adapt_leak"] == pytest.approx(0.25 * gain)
    assert c["adapt_jump"] == 0.03
    assert c["slope"] == 2.0
    # At v_thresh the exponential current moves the membrane by delta_T dt / tau_m.
    assert 2 ** (-50.0 * c["exp_slope"] + c["exp_offset"]) == pytest.approx(0.005)
    assert 2 ** (-48.0 * c["exp_slope"] + c["exp_offset"]) == pytest.approx(0.005 * np.e)


def test_without_exponential_term_the_lower_threshold_counts():
    cells = neurons(1, adex=True, delta_T=0.0)
    c = by_name(cells)
    assert c["threshold"] == -50.0
    assert (c["exp_slope"], c["exp_offset"]) == (0.0, -100.0)
    assert np.isfinite(np.concatenate(list(c.values()))).all()


@pytest.mark.parametrize("adex", [False, True])
def test_a_leak_faster_than_the_step_keeps_where_the_membrane_goes(adex):
    """dt / tau_m is bounded; what the drive and the inputs are in units of the leak stays."""
    slow, fast = (by_name(neurons(1, adex=adex, tau_m=tau, cm=0.2 * tau, i_offset=0.3))
                  for tau in (0.1, 0.001))  # fmt: skip
    assert (slow["leak"], fast["leak"]) == (pytest.approx(1.0), pytest.approx(12.0))
    for name in ("drive", "gain_exc", "gain_inh"):
        assert fast[name] / fast["leak"] == pytest.approx(slow[name] / slow["leak"]), name


def test_the_initial_state():
    (group,) = neurons(2, adex=True, v=[-60.0, -55.0], w=0.01).groups
    rows = dict(zip(of_kernel(group.model)["states"], initial_rows(group), strict=True))
    assert rows.pop("v").tolist() == [-60.0, -55.0]
    assert rows.pop("w").tolist() == [0.01, 0.01]
    assert not np.stack(list(rows.values())).any()
