"""Stored values through the public interface: look, edit, run, save, load."""

import re

import numpy as np
import pytest

import pyNN_brainscales_emu as sim
from pyNN_brainscales_emu.errors import LossWarning


def build(**options):
    """A driven network of two populations that fires."""
    known = {"substrate": "brainscales1", "on_loss": "ignore", "threads": 1}
    sim.setup(**known | options)
    source = sim.Population(20, sim.SpikeSourcePoisson(rate=60.0), label="source")
    lif = sim.Population(8, sim.IF_cond_exp(tau_m=20.0, v_reset=-65.0), label="lif")
    cells = sim.EIF_cond_exp_isfa_ista(a=4.0, b=0.05, delta_T=1.0, v_reset=-65.0)
    adex = sim.Population(4, cells, label="adex")
    weight = sim.StaticSynapse(weight=0.01)
    drive = sim.Projection(source, lif, sim.AllToAllConnector(), weight, label="drive")
    push = sim.Projection(lif, adex, sim.AllToAllConnector(), weight, label="push")
    for population in (lif, adex):
        population.record("spikes")
    return lif, adex, drive, push


def spikes(*populations):
    return [
        np.asarray(train.magnitude)
        for population in populations
        for train in population.get_data("spikes").segments[-1].spiketrains
    ]


def assert_same(one, two):
    assert sum(map(len, one)) > 20
    for first, second in zip(one, two, strict=True):
        np.testing.assert_array_equal(first, second)


def test_edited_values_are_realised_and_reported():
    lif, _, drive, _ = build()
    config = sim.hardware_config()
    assert config is sim.hardware_config()
    before = lif.get_realised("tau_m")
    sim.set_hardware_config(config.with_floating_gates("I_gl", 20, lif[2:4]))
    assert sim.hardware_config().floating_gates("I_gl", lif[3]).tolist() == [20] * 4
    after = lif.get_realised("tau_m")
    assert (after[2:4] > 2 * before[2:4]).all()
    (report,) = [
        p for p in sim.report().parameters if (p.population, p.parameter) == ("lif", "tau_m")
    ]
    assert report.realised_mean == pytest.approx(after.mean())
    sim.set_hardware_config(sim.hardware_config().with_digital_weights(drive, 4))
    assert (drive.get_digital_weights() == 4).all()
    assert (drive.get("weight", "array") == 0.01).all()


def test_values_of_another_network_are_not_looked_up():
    former_lif, former_adex, former_drive, former_push = build()
    sim.setup(substrate="brainscales1", on_loss="ignore")
    source = sim.Population(20, sim.SpikeSourcePoisson(rate=60.0), label="source")
    lif = sim.Population(8, sim.IF_cond_exp(tau_m=20.0, v_reset=-65.0), label="lif")
    other = sim.Population(5, sim.IF_cond_exp(tau_m=20.0, v_reset=-65.0), label="other")
    weight = sim.StaticSynapse(weight=0.01)
    sim.Projection(source, lif, sim.AllToAllConnector(), weight, label="drive")
    sim.Projection(lif, other, sim.AllToAllConnector(), weight, label="push")
    config = sim.hardware_config()
    for cells in (former_adex, former_adex[1:], former_adex[0], former_lif + former_adex):
        with pytest.raises(sim.PlacementError, match=r"4 neurons 'adex'.*5 neurons 'other'"):
            config.floating_gates("I_gl", cells)
        with pytest.raises(sim.PlacementError, match="not the one that was mapped"):
            config.with_floating_gates("I_gl", 20, cells)
    with pytest.raises(sim.PlacementError, match=r"32 synapses of 'push'.*40 synapses of 'push'"):
        config.digital_weights(former_push)
    with pytest.raises(sim.ParameterError, match="no such projection; got True"):
        config.digital_weights(True)
    # What is equal is found
    np.testing.assert_array_equal(config.where(former_lif), config.where(lif))
    assert len(config.digital_weights(former_drive)) == len(config.digital_weights(np.int64(0)))


def test_gates_are_written_anew_and_weights_are_not():
    lif, adex, drive, _ = build()
    config, first = sim.hardware_config(), adex.get_realised("v_rest")
    mapping = sim.mapping()
    sim.set_hardware_config(config.with_digital_weights(drive, 4).with_rows(gmax_divisor=9))
    np.testing.assert_array_equal(adex.get_realised("v_rest"), first)
    sim.set_hardware_config(config.with_floating_gates("I_gl", 20, lif[0]))
    second = adex.get_realised("v_rest")
    assert (second != first).all()
    sim.set_hardware_config(config)
    third = adex.get_realised("v_rest")
    assert ((third != first) & (third != second)).all()
    assert sim.mapping() is mapping


def test_without_write_errors_one_denmem_changes_one_neuron():
    lif, adex, *_ = build(effects=sim.Effects.without("trial_to_trial"))
    config = sim.hardware_config()
    before = [population.get_realised("tau_m") for population in (lif, adex)]
    place = config.denmems.hicann[0], config.denmems.denmem[1]
    sim.set_hardware_config(config.with_floating_gates("I_gl", 5, place))
    after = [population.get_realised("tau_m") for population in (lif, adex)]
    assert np.flatnonzero(before[0] != after[0]).tolist() == [0]
    np.testing.assert_array_equal(before[1], after[1])


def test_edits_act_during_a_presentation():
    lif, _, drive, _ = build()
    sim.run(200.0)
    silent = sim.hardware_config().with_digital_weights(drive, -1)
    sim.set_hardware_config(silent)
    sim.run(300.0)
    times = np.concatenate(spikes(lif))
    assert 0 < len(times)
    assert times.max() < 260.0


def test_later_changes_take_back_only_what_they_change():
    lif, adex, drive, push = build()
    config = sim.hardware_config().with_floating_gates("I_gl", 33)
    config = config.with_digital_weights(push, 3).with_digital_weights(drive, 3)
    sim.set_hardware_config(config)
    lif.set(tau_m=11.0)
    drive.set(weight=0.003)
    config = sim.hardware_config()
    assert (config.floating_gates("I_gl", adex) == 33).all()
    assert (config.floating_gates("I_gl", lif) != 33).all()
    assert (push.get_digital_weights() == 3).all()
    assert (drive.get_digital_weights() > 3).all()
    sim.Projection(lif, lif, sim.OneToOneConnector(), label="more")
    assert (sim.hardware_config().floating_gates("I_gl", adex) != 33).any()


@pytest.mark.parametrize("effects", ["all", sim.Effects.without("parameter_quantisation")])
def test_a_run_after_loading_is_the_same_run(tmp_path, effects):
    lif, adex, drive, _ = build(effects=effects)
    config = sim.hardware_config()
    gates = config.floating_gates("V_t", adex)
    sim.set_hardware_config(config.with_floating_gates("V_t", gates + 7, adex))
    sim.set_hardware_config(sim.hardware_config().with_shared("V_reset", 350))
    sim.set_hardware_config(sim.hardware_config().with_digital_weights(drive, 12))
    sim.run(300.0)
    saved = spikes(lif, adex)
    sim.hardware_config().save(tmp_path / "config.h5")
    lif, adex, *_ = build(effects=effects)
    sim.run(300.0)
    assert any(len(a) != len(b) for a, b in zip(saved, spikes(lif, adex), strict=True))
    lif, adex, *_ = build(effects=effects)
    config = sim.load_hardware_config(tmp_path / "config.h5")
    assert config is sim.hardware_config()
    sim.run(300.0)
    assert_same(saved, spikes(lif, adex))


def test_trials_run_with_edited_values():
    lif, _, drive, _ = build()
    sim.set_hardware_config(sim.hardware_config().with_digital_weights(drive, -1))
    trials = sim.run_trials(100.0, {drive.pre: np.full((2, 20), 100.0)})
    assert trials.spike_counts(lif).sum() == 0


def test_what_cannot_be_used_changes_nothing(tmp_path):
    lif, *_ = build()
    path = tmp_path / "config.h5"
    config = sim.hardware_config()
    config.save(path)
    before = lif.get_realised("tau_m")
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(sim.DataError, match=r"config\.h5: the file is damaged"):
        sim.load_hardware_config(path)
    assert sim.hardware_config() is config
    np.testing.assert_array_equal(lif.get_realised("tau_m"), before)


def test_configurations_of_other_networks_and_wafers(tmp_path):
    path = tmp_path / "config.h5"
    build()
    sim.hardware_config().save(path)
    lif, adex, *_ = build()
    sim.Projection(adex, lif, sim.AllToAllConnector(), label="back")
    with pytest.raises(sim.DataError, match="another network: 3 projections instead of 2"):
        sim.load_hardware_config(path)
    build(wafer=34)
    with pytest.raises(sim.DataError, match="another wafer; got 33; allowed: 34"):
        sim.load_hardware_config(path)
    build(variation="schmitt2017")
    with pytest.raises(
        sim.DataError,
        match="another chip: its circuits vary otherwise; got \"variation='default'\"; allowed: "
        "variation='schmitt2017'",
    ):
        sim.load_hardware_config(path)
    lif, *_ = build()
    sim.place(lif, hicanns=[100])
    with pytest.raises(sim.DataError, match="another mapping of this network"):
        sim.load_hardware_config(path)


def test_what_is_no_configuration_is_named():
    build()
    with pytest.raises(sim.ParameterError, match=r"not a configuration; got 'config\.h5'"):
        sim.set_hardware_config("config.h5")


def test_the_ideal_substrate_has_no_stored_values(tmp_path):
    build()
    config = sim.hardware_config()
    build(substrate="ideal")
    for call in (
        sim.hardware_config,
        lambda: sim.set_hardware_config(config),
        lambda: sim.load_hardware_config(tmp_path / "config.h5"),
    ):
        with pytest.raises(sim.SubstrateError, match="no meaning on the ideal substrate"):
            call()


def test_loading_wins_over_edits_of_the_same_number(tmp_path):
    lif, *_ = build()
    path = tmp_path / "config.h5"
    sim.set_hardware_config(sim.hardware_config().with_floating_gates("I_gl", 20, lif[0]))
    saved = lif.get_realised("tau_m")
    sim.hardware_config().save(path)
    lif, *_ = build()
    sim.set_hardware_config(sim.hardware_config().with_floating_gates("I_gl", 300, lif[0]))
    assert lif.get_realised("tau_m")[0] < 0.3 * saved[0]
    sim.load_hardware_config(path)
    np.testing.assert_array_equal(lif.get_realised("tau_m"), saved)


@pytest.mark.filterwarnings("ignore::pyNN_brainscales_emu.errors.LossWarning")
def test_clipped_weights_beside_weights_of_0_are_told():
    """Warnings other than the one about clipped weights would be errors here."""
    _, _, drive, _ = build(on_loss="warn")
    drive.set(weight=np.append(np.zeros(159), 100.0).reshape(20, 8))
    assert np.isfinite(drive.get_realised()).all()


def driven_pair(on_loss):
    """Two projections onto neurons whose parameters are all in range."""
    sim.setup(on_loss=on_loss, threads=1)
    source = sim.Population(20, sim.SpikeSourceArray())
    lif = sim.Population(8, sim.IF_cond_exp(cm=0.2, tau_refrac=2.0))
    weight = sim.StaticSynapse(weight=0.01)
    return [
        sim.Projection(source[:n], lif, sim.AllToAllConnector(), weight, label=label)
        for n, label in ((20, "drive"), (4, "push"))
    ]


def test_a_full_scale_out_of_reach_is_told_once_and_counted():
    drive, push = driven_pair("warn")
    drive.set_gmax(1e3)
    with pytest.warns(
        LossWarning, match=r"full scale \(set_gmax\) of 160 synapses of 'drive'"
    ) as w:
        sim.run(0.1)
    range_uS = 0.126 / 4  # documented, of the strongest row
    pattern = r"asked 1000 uS, realised ([\d.]+), range [\d.e-]+ to ([\d.]+)"
    numbers = re.search(pattern, str(w[0].message)).groups()
    assert [float(number) for number in numbers] == pytest.approx([range_uS] * 2, rel=0.01)
    assert "160 weights" not in str(w[0].message)
    clipped = {p.projection: p.n_clipped for p in sim.report().projections}
    assert clipped == {"drive": 160, "push": 0}
    drive.set_gmax(1e4)
    drive.set(weight=0.011)
    sim.run(0.1)  # warnings are errors here
    push.set_gmax(1e3)
    with pytest.warns(LossWarning, match="32 synapses of 'push'"):
        sim.run(0.1)


def test_a_full_scale_out_of_reach_can_be_an_error():
    drive, _ = driven_pair("raise")
    sim.run(0.1)
    drive.set_gmax(1e3)
    with pytest.raises(sim.ParameterRangeError, match=r"full scale .* range .* to 0\.0315"):
        sim.run(0.1)
    drive.set_gmax(0.02)
    sim.run(0.1)
