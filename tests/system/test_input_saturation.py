"""``setup(input_saturation=...)`` from the user's side."""

import numpy as np
import pytest

import pyNN_brainscales_emu as sim
from pyNN_brainscales_emu.errors import OptionError

CELLS = (sim.IF_cond_exp, sim.EIF_cond_exp_isfa_ista)
#: uS at cm 0.2 nF and a speed-up of 10 000.
LIMIT = 2.5 / (1e4 * 2.16456e-12 / 0.2e-9)


def strongly_driven(cell=sim.IF_cond_exp, substrate="brainscales1", **options):
    sim.setup(substrate=substrate, effects="none", seed=3, **options)
    neurons = sim.Population(20, cell(cm=0.2, v_thresh=-50.0, tau_refrac=1.0), label="neurons")
    sources = sim.Population(40, sim.SpikeSourcePoisson(rate=400.0), label="sources")
    synapses = sim.StaticSynapse(weight=0.2 * LIMIT, delay=1.0)
    sim.Projection(sources, neurons, sim.AllToAllConnector(), synapses)
    neurons.record("spikes")
    return neurons, sources


def n_spikes(neurons, duration=300.0):
    sim.run(duration)
    return neurons.mean_spike_count()


@pytest.mark.parametrize("cell", CELLS)
def test_strong_input_acts_less(cell):
    linear, saturating = (
        n_spikes(strongly_driven(cell, input_saturation=on)[0]) for on in (False, True)
    )
    assert 5 < saturating < 0.7 * linear


def test_off_is_the_default():
    assert n_spikes(strongly_driven()[0]) == n_spikes(strongly_driven(input_saturation=False)[0])


def test_the_ideal_substrate_stays_linear():
    one, other = (
        n_spikes(strongly_driven(substrate="ideal", input_saturation=on)[0]) for on in (False, True)
    )
    assert one == other


@pytest.mark.parametrize("precision", ["single", "double"])
def test_trials_are_the_single_runs(precision):
    neurons, sources = strongly_driven(input_saturation=True, precision=precision)
    trials = sim.run_trials(100.0, {sources: np.full((3, 40), 300.0)}, record=[neurons])
    together = trials.spike_counts(neurons)
    neurons, sources = strongly_driven(input_saturation=True, precision=precision)
    sources.set(rate=300.0)
    single = []
    for _ in range(3):
        sim.reset()
        sim.run(100.0)
        counts = neurons.get_spike_counts()
        single.append([counts[cell] for cell in neurons.all_cells])
    np.testing.assert_array_equal(together, single)
    assert together.min() > 0


def test_the_report_tells_the_limit():
    neurons, _ = strongly_driven(input_saturation=True)
    n_spikes(neurons, 1.0)
    assert f"Synaptic inputs saturate: neurons at {LIMIT:.3g} uS" in str(sim.report())


def test_parameters_changed_later_change_the_limit():
    neurons, _ = strongly_driven(input_saturation=True)
    n_spikes(neurons, 1.0)
    sim.reset()
    neurons.set(cm=0.4)
    n_spikes(neurons, 1.0)
    assert sim.report().input_limits[0].limit_uS == pytest.approx(2 * LIMIT)


def test_a_switch_is_on_or_off():
    with pytest.raises(OptionError, match=r"input_saturation.*True or False"):
        sim.setup(input_saturation="on")
