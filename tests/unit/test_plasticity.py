"""Synapses that change, on the ideal substrate: against plain twins, closed forms, statistics."""

import numpy as np
import pytest
from reference.plasticity import stdp_weights, tsodyks_releases

import pyNN_brainscales_emu as sim
from pyNN_brainscales_emu._kernels import engine_double, engine_single
from pyNN_brainscales_emu.description.synapse_rules import RULES
from pyNN_brainscales_emu.errors import RunError
from pyNN_brainscales_emu.front_end_errors import ProjectionError, SynapseError

RULE = {"tau_plus": 16.0, "tau_minus": 25.0, "a_plus": 0.02, "a_minus": 0.018, "w_min": 0.0,
        "w_max": 0.01}  # fmt: skip
DEPENDENCES = {
    "additive": (sim.AdditiveWeightDependence, (0.0, 0.0), {}),
    "multiplicative": (sim.MultiplicativeWeightDependence, (1.0, 1.0), {}),
    "mixed": (sim.AdditivePotentiationMultiplicativeDepression, (0.0, 1.0), {}),
    "guetig": (sim.GutigWeightDependence, (0.4, 0.7), {"mu_plus": 0.4, "mu_minus": 0.7}),
}


def stdp(dependence="additive", fraction=1.0, weight=0.004, delay=2.0, w_min=0.0):
    kind, _, exponents = DEPENDENCES[dependence]
    return sim.STDPMechanism(
        sim.SpikePairRule(tau_plus=16.0, tau_minus=25.0, A_plus=0.02, A_minus=0.018),
        kind(w_min=w_min, w_max=0.01, **exponents),
        dendritic_delay_fraction=fraction,
        weight=weight,
        delay=delay,
    )


def driven_network(synapse, threads=1, precision="double", pieces=1, duration=400.0, quiet=50.0):
    """Run 12 sources onto 20 neurons that fire at random; return the projection and all spikes.

    All is quiet in the last `quiet` ms, so every spike has met every synapse.
    """
    sim.setup(timestep=0.1, substrate="ideal", threads=threads, precision=precision)
    active = duration - quiet if quiet else 1e9
    pre = sim.Population(12, sim.SpikeSourcePoisson(rate=30.0, duration=active))
    drive = sim.Population(20, sim.SpikeSourcePoisson(rate=900.0, duration=active))
    post = sim.Population(20, sim.IF_cond_exp(tau_refrac=2.0))
    weight = sim.StaticSynapse(weight=0.012, delay=1.0)
    sim.Projection(drive, post, sim.OneToOneConnector(), weight)
    projection = sim.Projection(pre, post, sim.AllToAllConnector(), synapse)
    pre.record("spikes")
    post.record("spikes")
    for _ in range(pieces):
        sim.run(duration / pieces)
    trains = [[np.asarray(t) for t in p.get_data().segments[0].spiketrains] for p in (pre, post)]
    return projection, *trains


def test_rules_of_the_kernels_and_of_the_description_agree():
    for kernel in (engine_single, engine_double):
        assert {
            name: (parameters, variables) for name, (_, parameters, variables, _) in
            kernel.RULES.items()
        } == {name: (m.parameters, tuple(m.variables)) for name, m in RULES.items()}  # fmt: skip


@pytest.mark.parametrize("dependence", DEPENDENCES)
@pytest.mark.parametrize("fraction", [1.0, 0.6, 0.2])
def test_weights_equal_the_twin(dependence, fraction):
    projection, pre, post = driven_network(stdp(dependence, fraction))
    found = projection.get("weight", format="array")
    assert sum(map(len, post)) > 400
    rule = dict(RULE, mu_plus=DEPENDENCES[dependence][1][0], mu_minus=DEPENDENCES[dependence][1][1])
    expected = [
        [stdp_weights(a, b, 0.004, rule, 2.0, fraction, 400.0)[1] for b in post] for a in pre
    ]
    np.testing.assert_allclose(found, expected, rtol=1e-9)
    assert found.std() > 1e-4


def test_weights_of_axonal_delays_see_spikes_up_to_the_step_of_their_arrival():
    projection, pre, post = driven_network(stdp(fraction=0.0))
    rule = dict(RULE, mu_plus=0.0, mu_minus=0.0)
    expected = [[stdp_weights(a, b, 0.004, rule, 2.0, 0.0, 400.0)[1] for b in post] for a in pre]
    found = projection.get("weight", format="array")
    # a pair within one step changes a weight by less than a_plus + a_minus of its limit
    assert np.abs(found - expected).max() < 0.04 * 0.01
    assert np.mean(np.isclose(found, expected, rtol=1e-9)) > 0.6


@pytest.mark.filterwarnings("ignore:setup.threads:pyNN_brainscales_emu.errors.MachineWarning")
@pytest.mark.parametrize(
    "synapse",
    [
        lambda: stdp(fraction=1.0),
        lambda: stdp("guetig", fraction=0.3),
        lambda: stdp(fraction=0.0),
        lambda: sim.TsodyksMarkramSynapse(weight=0.01, delay=1.0, U=0.4, tau_facil=50.0),
        lambda: sim.SimpleStochasticSynapse(weight=0.01, delay=1.0, p=0.3),
        lambda: sim.MultiQuantalSynapse(weight=0.01, delay=1.0, n=5, U=0.3),
    ],
    ids=["dendritic", "mostly axonal", "axonal", "tsodyks", "stochastic", "quantal"],
)
def test_threads_and_cuts_change_no_bit(synapse):
    results = []
    for options in ({}, {"threads": 3}, {"pieces": 8}):
        projection, _, post = driven_network(synapse(), precision="single", **options)
        results.append((projection.get("weight", format="array"), np.concatenate(post)))
    for other in results[1:]:
        for one, another in zip(results[0], other, strict=True):
            np.testing.assert_array_equal(one, another)


def pairing(distance, n_pairs=20, interval=200.0):
    """Return the weight after pairs of spikes, the postsynaptic one later by `distance` ms."""
    sim.setup(timestep=0.1, substrate="ideal", precision="double")
    times = 50.0 + interval * np.arange(n_pairs)
    pre = sim.Population(1, sim.SpikeSourceArray(spike_times=[*times, times[-1] + interval]))
    force = sim.Population(1, sim.SpikeSourceArray(spike_times=times + distance - 5.0))
    post = sim.Population(1, sim.IF_curr_exp(tau_refrac=2.0, tau_syn_E=1.0))
    sim.Projection(force, post, sim.OneToOneConnector(), sim.StaticSynapse(weight=60.0, delay=1.0))
    synapse = sim.STDPMechanism(
        sim.SpikePairRule(tau_plus=16.0, tau_minus=25.0, A_plus=0.02, A_minus=0.018),
        sim.AdditiveWeightDependence(w_max=0.001),
        weight=0.0005,
        delay=1.0,
    )
    projection = sim.Projection(pre, post, sim.OneToOneConnector(), synapse)
    post.record("spikes")
    sim.run(float(times[-1] + interval + 10.0))
    (train,) = post.get_data().segments[0].spiketrains
    assert len(train) == n_pairs
    return projection.get("weight", format="list", with_address=False)[0], np.asarray(train), times


@pytest.mark.parametrize("distance", [-20.0, -6.0, 7.0, 15.0, 40.0])
def test_the_window_of_a_pairing_protocol_is_exponential(distance):
    weight, post, pre = pairing(distance)
    # the synapse compares the presynaptic spike with the postsynaptic one and its way of 1 ms;
    # every spike meets those of all other pairs
    from_post = np.subtract.outer(post + 1.0, [*pre, pre[-1] + 200.0])
    potentiation = np.exp(-from_post[from_post > 0] / 16.0).sum()
    depression = np.exp(from_post[from_post < 0] / 25.0).sum()
    expected = 0.0005 + 0.001 * (0.02 * potentiation - 0.018 * depression)
    assert weight == pytest.approx(expected, rel=1e-9)


def test_vogels_rule():
    sim.setup(timestep=0.1, substrate="ideal", precision="double")
    pre_times, force = np.array([20.0, 80.0, 100.0]), np.array([30.0, 83.0])
    pre = sim.Population(1, sim.SpikeSourceArray(spike_times=pre_times))
    driver = sim.Population(1, sim.SpikeSourceArray(spike_times=force))
    post = sim.Population(1, sim.IF_curr_exp(tau_refrac=2.0, tau_syn_E=1.0))
    sim.Projection(driver, post, sim.OneToOneConnector(), sim.StaticSynapse(weight=60.0, delay=1.0))
    synapse = sim.STDPMechanism(
        sim.Vogels2011Rule(tau=20.0, eta=1e-4, rho=0.003),
        sim.AdditiveWeightDependence(w_max=0.1),
        weight=-0.002,
        delay=1.5,
    )
    projection = sim.Projection(
        pre, post, sim.OneToOneConnector(), synapse, receptor_type="inhibitory"
    )
    post.record("spikes")
    sim.run(150.0)
    (train,) = post.get_data().segments[0].spiketrains
    assert len(train) == 2
    distance = np.abs(np.subtract.outer(np.asarray(train) + 1.5, pre_times))
    magnitude = 0.002 + 1e-4 * (np.exp(-distance / 20.0).sum() - 3 * 2 * 0.003 * 20.0)
    (weight,) = projection.get("weight", format="list", with_address=False)
    assert weight == pytest.approx(-magnitude, rel=1e-9)


@pytest.mark.parametrize(
    ("use", "tau_rec", "tau_facil"), [(0.5, 100.0, 0.0), (0.1, 50.0, 300.0), (0.4, 3.0, 20.0)]
)
def test_short_term_plasticity_releases_what_the_equations_say(use, tau_rec, tau_facil):
    times = np.array([10.0, 20.0, 25.0, 60.0, 61.0, 200.0])
    sim.setup(timestep=0.1, substrate="ideal", precision="double")
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=times))
    target = sim.Population(1, sim.IF_curr_exp(tau_syn_E=3.0, v_thresh=1e3))
    synapse = sim.TsodyksMarkramSynapse(
        weight=0.5, delay=1.0, U=use, tau_rec=tau_rec, tau_facil=tau_facil
    )
    sim.Projection(source, target, sim.OneToOneConnector(), synapse)
    target.record("v")
    sim.run(250.0)
    v = target.get_data().segments[0].filter(name="v")[0].magnitude[:, 0]
    # the membrane is linear: take its response to the releases, with static synapses
    releases = tsodyks_releases(times, use, tau_rec, tau_facil, 3.0)
    sim.setup(timestep=0.1, substrate="ideal", precision="double")
    sources = sim.Population(6, sim.SpikeSourceArray(spike_times=[[t] for t in times]))
    target = sim.Population(1, sim.IF_curr_exp(tau_syn_E=3.0, v_thresh=1e3))
    weights = [(k, 0, 0.5 * releases[k], 1.0) for k in range(6)]
    sim.Projection(sources, target, sim.FromListConnector(weights), sim.StaticSynapse())
    target.record("v")
    sim.run(250.0)
    expected = target.get_data().segments[0].filter(name="v")[0].magnitude[:, 0]
    np.testing.assert_allclose(v, expected, atol=2e-6)
    assert np.ptp(v) > 0.1


def released(synapse, times, n_synapses=4000):
    """Return how much of its weight each of many synapses releases at each of some spikes."""
    sim.setup(timestep=0.1, substrate="ideal", precision="double")
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=times))
    targets = sim.Population(
        n_synapses, sim.IF_curr_exp(tau_syn_E=0.5, tau_m=1000.0, v_thresh=1e3, cm=1.0)
    )
    sim.Projection(source, targets, sim.AllToAllConnector(), synapse)
    targets.record("v", sampling_interval=float(times[1] - times[0]))
    sim.run(float(2 * times[-1] - times[-2]) + 0.1)
    v = targets.get_data().segments[0].filter(name="v")[0].magnitude
    decay = np.exp(-(times[1] - times[0]) / 1000.0)
    jumps = (v[1:] + 65.0) - decay * (v[:-1] + 65.0)
    return jumps[1 : len(times) + 1]


def test_each_spike_passes_with_its_probability_and_independently():
    times = 10.0 * np.arange(1, 9)
    jumps = released(sim.SimpleStochasticSynapse(weight=1.0, delay=0.1, p=0.3), times)
    passed = jumps > 0.5 * jumps.max()
    n = passed.size
    assert abs(passed.mean() - 0.3) < 4 * np.sqrt(0.3 * 0.7 / n)
    together = np.mean(passed[1:] & passed[:-1])
    assert abs(together - 0.09) < 4 * np.sqrt(0.09 * 0.91 / n)
    across = np.corrcoef(passed[:, ::2].ravel(), passed[:, 1::2].ravel())[0, 1]
    assert abs(across) < 4 / np.sqrt(n / 2)


def test_release_sites_empty_and_recover():
    """Mean releases of n independent sites follow those of the deterministic model on average."""
    times = 20.0 * np.arange(1, 7)
    sites, use, tau_rec = 4, 0.5, 50.0
    synapse = sim.MultiQuantalSynapse(weight=1.0, delay=0.1, n=sites, U=use, tau_rec=tau_rec)
    jumps = released(synapse, times)
    single = released(sim.StaticSynapse(weight=1.0, delay=0.1), times[:2], n_synapses=1)[0, 0]
    counts = np.rint(jumps / single)
    np.testing.assert_allclose(jumps, counts * single, atol=0.02 * single)
    full = 1.0  # expected share of full sites
    for row in counts:
        expected, spread = sites * full * use, np.sqrt(sites * full * use * (1 - full * use))
        assert abs(row.mean() - expected) < 4 * spread / np.sqrt(row.size)
        full -= full * use
        full = 1.0 - (1.0 - full) * np.exp(-20.0 / tau_rec)


def test_a_single_site_is_the_stochastic_tsodyks_markram_synapse():
    times = 15.0 * np.arange(1, 5)
    shared = {"weight": 1.0, "delay": 0.1, "U": 0.4, "tau_rec": 60.0, "tau_facil": 30.0}
    one = released(sim.StochasticTsodyksMarkramSynapse(**shared), times, 200)
    other = released(sim.MultiQuantalSynapse(n=1, **shared), times, 200)
    np.testing.assert_array_equal(one, other)


def test_get_shows_what_weights_have_become_and_reset_brings_them_back():
    projection, _, _ = driven_network(stdp())
    after = projection.get("weight", format="array")
    assert (after != 0.004).any()
    assert projection.get(["tau_plus", "w_max"], format="array")[1].max() == 0.01
    sim.reset()
    np.testing.assert_array_equal(projection.get("weight", format="array"), 0.004)
    sim.run(400.0)
    assert (projection.get("weight", format="array") != 0.004).any()


def test_weights_are_set_between_runs_and_learn_on():
    projection, _, _ = driven_network(stdp(), duration=100.0, quiet=0.0)
    projection.set(weight=0.006)
    np.testing.assert_array_equal(projection.get("weight", format="array"), 0.006)
    sim.run(100.0)
    weights = projection.get("weight", format="array")
    assert np.abs(weights - 0.006).max() < 0.003
    assert (weights != 0.006).any()
    projection.set(A_plus=0.0, A_minus=0.0)
    before = projection.get("weight", format="array")
    sim.run(100.0)
    np.testing.assert_array_equal(projection.get("weight", format="array"), before)


def test_setting_the_weights_of_another_projection_leaves_learned_ones():
    sim.setup(timestep=0.1, substrate="ideal")
    source = sim.Population(3, sim.SpikeSourcePoisson(rate=400.0))
    cells = sim.Population(3, sim.IF_cond_exp())
    static = sim.Projection(
        source, cells, sim.AllToAllConnector(), sim.StaticSynapse(weight=0.02, delay=1.0)
    )
    plastic = sim.Projection(source, cells, sim.AllToAllConnector(), stdp())
    sim.run(100.0)
    learned = plastic.get("weight", format="array")
    assert (learned != 0.004).any()
    static.set(weight=0.01)
    np.testing.assert_array_equal(plastic.get("weight", format="array"), learned)


def test_parameters_may_differ_from_synapse_to_synapse():
    sim.setup(timestep=0.1, substrate="ideal", precision="double")
    source = sim.Population(2, sim.SpikeSourceArray(spike_times=[10.0, 20.0]))
    cells = sim.Population(3, sim.IF_curr_exp())
    use = np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]])
    projection = sim.Projection(
        source, cells, sim.AllToAllConnector(), sim.TsodyksMarkramSynapse(weight=0.1, U=use)
    )
    np.testing.assert_array_equal(projection.get("U", format="array"), use)
    sim.run(30.0)
    projection.set(U=0.7)
    assert set(projection.get("U", format="list", with_address=False)) == {0.7}


def test_many_spikes_of_a_neuron_are_forgotten_once_all_synapses_have_seen_them():
    """Sources that rarely fire, onto neurons that fire fast: the weights stay those of the twin."""
    sim.setup(timestep=0.1, substrate="ideal", precision="double")
    pre_times = [[5.0, 390.0], [200.0, 395.0], [398.0]]
    pre = sim.Population(3, sim.SpikeSourceArray(spike_times=pre_times))
    post = sim.Population(2, sim.IF_curr_exp(i_offset=[8.0, 1.2], tau_refrac=0.5))
    projection = sim.Projection(pre, post, sim.AllToAllConnector(), stdp(weight=0.0004))
    post.record("spikes")
    sim.run(400.0)
    trains = [np.asarray(t) for t in post.get_data().segments[0].spiketrains]
    assert len(trains[0]) > 100
    rule = dict(RULE, mu_plus=0.0, mu_minus=0.0)
    expected = [
        [stdp_weights(a, b, 0.0004, rule, 2.0, 1.0, 400.0)[1] for b in trains] for a in pre_times
    ]
    np.testing.assert_allclose(projection.get("weight", format="array"), expected, rtol=1e-9)


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (lambda: sim.TsodyksMarkramSynapse(weight=0.1, U=1.5), "U of"),
        (lambda: sim.TsodyksMarkramSynapse(weight=0.1, tau_rec=-1.0), "tau_rec"),
        (lambda: sim.SimpleStochasticSynapse(weight=0.1, p=np.nan), "p of"),
        (lambda: sim.MultiQuantalSynapse(weight=0.1, n=1.5), "whole number"),
        (
            lambda: sim.STDPMechanism(
                sim.SpikePairRule(tau_plus=0.0), sim.AdditiveWeightDependence(), weight=0.1
            ),
            "tau_plus",
        ),
        (
            lambda: sim.STDPMechanism(
                sim.SpikePairRule(), sim.AdditiveWeightDependence(w_min=0.5, w_max=0.1), weight=0.2
            ),
            "w_min and w_max",
        ),
        (
            lambda: sim.STDPMechanism(
                sim.SpikePairRule(tau_minus=np.array([[10.0, 20.0]])),
                sim.AdditiveWeightDependence(),
                weight=0.1,
            ),
            "tau_minus differs",
        ),
    ],
)
def test_parameters_that_no_rule_can_have_are_named(make, named):
    sim.setup(substrate="ideal")
    source = sim.Population(1, sim.SpikeSourcePoisson())
    cells = sim.Population(2, sim.IF_curr_exp())

    def build():
        sim.Projection(source, cells, sim.AllToAllConnector(), make(), label="learning")
        sim.run(1.0)

    with pytest.raises(SynapseError, match=named):
        build()


def test_parts_of_a_mechanism_are_checked():
    with pytest.raises(ValueError, match="weight_dependence"):
        sim.STDPMechanism(sim.SpikePairRule())
    with pytest.raises(ValueError, match="0 to 1"):
        sim.STDPMechanism(
            sim.SpikePairRule(), sim.AdditiveWeightDependence(), dendritic_delay_fraction=2.0
        )


def test_the_wafer_has_static_synapses():
    sim.setup(substrate="brainscales1")
    source = sim.Population(1, sim.SpikeSourcePoisson())
    cells = sim.Population(1, sim.IF_cond_exp())
    with pytest.raises(ProjectionError, match=r"static.*ideal"):
        sim.Projection(source, cells, sim.AllToAllConnector(), stdp())


def test_trials_of_synapses_that_change_are_refused():
    sim.setup(substrate="ideal")
    source = sim.Population(1, sim.SpikeSourcePoisson(rate=10.0))
    cells = sim.Population(1, sim.IF_cond_exp())
    sim.Projection(source, cells, sim.AllToAllConnector(), stdp(), label="learning")
    with pytest.raises(RunError, match=r"'learning'.*loop"):
        sim.run_trials(10.0, {source: [[5.0], [6.0]]}, record=[cells])
