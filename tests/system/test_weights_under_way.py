"""A weight changed in the middle of a run holds for the spikes that are sent after it.

A spike under way keeps the weight that it was sent with, as with NEST: whatever the other delays
in the network are, and wherever the run is cut.
"""

import numpy as np
import pytest

import pyNN_brainscales_emu as sim

CHANGE_MS, DELAY_MS = 10.0, 5.0
OLD, NEW = 0.004, 0.001
SENT_MS = (6.0, 8.0, 9.5, 10.5, 12.0)


def conductances(other_delay, cuts, source_is_neuron, sent_ms=SENT_MS):
    """Return what each of the spikes adds to the conductance of its target, uS."""
    sim.setup(timestep=0.1, substrate="ideal", precision="double")
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=sent_ms))
    if source_is_neuron:  # one spike for each that it gets, about 0.2 ms later
        relay = sim.Population(1, sim.IF_cond_exp(cm=0.1, tau_refrac=0.5, tau_syn_E=0.1))
        sim.Projection(
            source, relay, sim.OneToOneConnector(), sim.StaticSynapse(weight=0.5, delay=0.1)
        )
        relay.record("spikes")
        source = relay
    target = sim.Population(1, sim.IF_cond_exp(v_thresh=0.0, tau_syn_E=1e9))
    projection = sim.Projection(
        source, target, sim.OneToOneConnector(), sim.StaticSynapse(weight=OLD, delay=DELAY_MS)
    )
    if other_delay is not None:
        others = sim.Population(2, sim.IF_cond_exp())
        synapse = sim.StaticSynapse(weight=0.0001, delay=other_delay)
        sim.Projection(others, others, sim.AllToAllConnector(), synapse)
    target.record("gsyn_exc")
    for end in (cut for cut in [*cuts, CHANGE_MS] if cut <= CHANGE_MS):
        sim.run_until(end)
    projection.set(weight=NEW)
    for end in (cut for cut in [*cuts, 20.0] if cut > CHANGE_MS):
        sim.run_until(end)
    if source_is_neuron:
        (train,) = source.get_data("spikes").segments[0].spiketrains
        np.testing.assert_allclose(train.magnitude, np.array(sent_ms) + 0.2, atol=0.15)
    g = target.get_data().segments[0].analogsignals[0].magnitude[:, 0]
    between = np.array(sent_ms) + DELAY_MS + 0.8  # all have arrived by then, and stay
    return np.diff(g[np.rint(between / 0.1).astype(int)], prepend=0.0)


@pytest.mark.parametrize("source_is_neuron", [False, True])
@pytest.mark.parametrize("other_delay", [None, 0.1, 1.3, 4.0])
@pytest.mark.parametrize("cuts", [(), (9.9, 10.1), (6.1, 8.2, 9.7, 11.0, 14.5)])
def test_spikes_under_way_keep_their_weight(other_delay, cuts, source_is_neuron):
    got = conductances(other_delay, cuts, source_is_neuron)
    np.testing.assert_allclose(got, [OLD, OLD, OLD, NEW, NEW], rtol=1e-6)


@pytest.mark.parametrize("other_delay", [None, 0.1, 1.3, 4.0])
@pytest.mark.parametrize("cuts", [(), (9.9,)])
def test_a_spike_at_the_end_of_a_run_has_been_sent(other_delay, cuts):
    got = conductances(other_delay, cuts, False, sent_ms=(8.0, CHANGE_MS, 12.0))
    np.testing.assert_allclose(got, [OLD, OLD, NEW], rtol=1e-6)
