"""Known values of the step function's coefficients."""

import re
from pathlib import Path

import numpy as np
import pytest
from experiment_builders import neurons

from pyNN_brainscales_emu.emulator.coefficients import (
    EMPTY_LANE,
    LANES,
    N_COEFFICIENTS,
    N_STATES,
    coefficients,
    initial_state,
)

DT = 0.1
HEADER = Path(__file__).resolve().parents[3] / "cython_kernels" / "vector_step.h"


def names():
    """The coefficients' names, in the order of the kernel's own enumeration."""
    text = re.sub(r"/\*.*?\*/", "", HEADER.read_text(), flags=re.DOTALL)
    listed = re.findall(r"enum \{([^}]*N_PARAMETERS[^}]*)\}", text)[0]
    found = [name.split("=")[0].strip() for name in listed.split(",")]
    return [name for name in found if not name.startswith("N_")]


def by_name(cells, dt_ms=DT):
    return dict(zip(names(), coefficients(cells, dt_ms).T, strict=True))


def test_of_inputs_that_saturate():
    c = by_name(neurons(2, input_limit=[0.01, 0.5]))
    np.testing.assert_allclose(c["P_INPUT_LIMIT"], [0.1 / 0.2 * 0.01, 0.1 / 0.2 * 0.5])
    np.testing.assert_allclose(c["P_INVERSE_LIMIT"] * c["P_INPUT_LIMIT"], 0.5)
    linear = by_name(neurons(2))
    assert not linear["P_INPUT_LIMIT"].any()
    assert not linear["P_INVERSE_LIMIT"].any()


def test_the_kernels_enumeration_has_as_many_entries():
    assert len(names()) == N_COEFFICIENTS
    assert N_STATES == 5
    assert LANES % 16 == 0


def test_of_a_conductance_based_lif_neuron():
    c = by_name(neurons(1, i_offset=0.05))
    assert c["P_DECAY_E"] == pytest.approx(np.exp(-0.1 / 5))
    assert c["P_DECAY_I"] == pytest.approx(np.exp(-0.1 / 8))
    # 1 uS for the whole step would be dt / cm = 0.5; the mean of a decay is a little less.
    assert c["P_GAIN_E"] == pytest.approx(0.5 * 5 / 0.1 * (1 - np.exp(-0.1 / 5)))
    assert c["P_GAIN_I"] == pytest.approx(0.5 * 8 / 0.1 * (1 - np.exp(-0.1 / 8)))
    assert (c["P_REVERSAL_E"], c["P_REVERSAL_I"]) == (0.0, -80.0)
    assert c["P_CONDUCTANCE"] == 1
    assert c["P_LEAK"] == pytest.approx(0.1 / 20)
    assert c["P_DRIVE"] == pytest.approx(0.005 * -65 + 0.05 * 0.5)
    assert (c["P_THRESHOLD"], c["P_RESET"]) == (-50.0, -68.0)
    assert c["P_REFRACTORY"] == pytest.approx(20)
    assert (c["P_EXP_LEAK"], c["P_INVERSE_SLOPE"]) == (0.0, 0.0)


def test_of_a_current_based_neuron():
    c = by_name(neurons(1, conductance_based=False))
    assert (c["P_REVERSAL_E"], c["P_REVERSAL_I"], c["P_CONDUCTANCE"]) == (1.0, 1.0, 0.0)


def test_of_an_adex_neuron():
    c = by_name(neurons(1, adex=True))
    assert c["P_THRESHOLD"] == -40.0
    assert c["P_EXP_THRESHOLD"] == -50.0
    assert c["P_ADAPT_RATE"] == pytest.approx(1 - np.exp(-0.001))
    assert c["P_ADAPT_GAIN"] == pytest.approx(0.002 * (1 - np.exp(-0.001)))  # 2 nS in uS
    assert c["P_ADAPT_DRIVE"] == pytest.approx(0.5)
    assert c["P_ADAPT_JUMP"] == 0.03
    assert (c["P_SLOPE"], c["P_INVERSE_SLOPE"]) == (2.0, 0.5)
    assert c["P_EXP_LEAK"] == pytest.approx(0.005)


def test_without_exponential_term_the_lower_threshold_counts():
    c = by_name(neurons(1, adex=True, delta_T=0.0))
    assert c["P_THRESHOLD"] == -50.0
    assert np.isfinite(coefficients(neurons(1, adex=True, delta_T=0.0), DT)).all()


def test_an_empty_lane_never_fires():
    threshold = names().index("P_THRESHOLD")
    assert EMPTY_LANE[threshold] > 1e29
    assert np.count_nonzero(EMPTY_LANE) == 1


def test_the_initial_state():
    state = initial_state(neurons(2, adex=True, v=[-60.0, -55.0], w=0.01))
    assert state.tolist() == [[-60.0, 0, 0, 0, 0.01], [-55.0, 0, 0, 0, 0.01]]
