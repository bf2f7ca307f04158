"""``setup(calibration=...)`` from the user's side."""

import warnings

import numpy as np
import pytest

import pyNN_brainscales_emu as sim
from pyNN_brainscales_emu.calibration.computed import default_calibration
from pyNN_brainscales_emu.calibration.storage import save_calibration
from pyNN_brainscales_emu.calibration.virtual_wafer import VirtualHICANN
from pyNN_brainscales_emu.errors import (
    CapacityError,
    DataError,
    LossWarning,
    OptionError,
    ParameterRangeError,
)

CELL = {"tau_refrac": 1.0, "e_rev_I": -80.0, "v_reset": -70.0}


@pytest.fixture
def one_hicann(tmp_path):
    path = tmp_path / "hicann297.h5"
    save_calibration(path, [default_calibration(VirtualHICANN(33, 297, "default"))], "default")
    return path


def build(size=40, **options):
    sim.setup(substrate="brainscales1", **options)
    neurons = sim.Population(size, sim.IF_cond_exp(**CELL), label="neurons")
    neurons.record("spikes")
    return neurons


def test_knowledge_narrows_the_spread():
    spread = {}
    for name in ("perfect", "default", "nominal"):
        neurons = build(400, calibration=name)
        sim.run(1.0)
        spread[name] = np.std(neurons.get_realised("v_thresh"))
    assert spread["perfect"] < spread["default"] < 0.3 * spread["nominal"]


@pytest.mark.parametrize("as_type", [str, lambda path: path])
def test_a_file_restricts_the_placement_to_what_was_calibrated(one_hicann, as_type):
    build(calibration=as_type(one_hicann))
    assert set(sim.map_network().placement.neuron_hicann.tolist()) == {297}
    sim.run(1.0)
    config = sim.hardware_config()
    assert set(config.neurons.denmems.hicann.tolist()) == {297}


def test_a_file_is_found_though_the_script_changes_its_folder(one_hicann, monkeypatch):
    monkeypatch.chdir(one_hicann.parent)
    build(calibration=one_hicann.name)
    monkeypatch.chdir("/")
    sim.run(1.0)
    assert sim.hardware_config().hicanns.tolist() == [297]


def test_a_chip_without_fixed_pattern_needs_no_curves_of_a_file(one_hicann):
    effects = sim.Effects.without("fixed_pattern", "trial_to_trial")
    tau_m = {}
    for calibration in (one_hicann, "nominal"):
        neurons = build(calibration=calibration, effects=effects, use_big_capacitors=False)
        sim.run(1.0)
        tau_m[calibration] = neurons.get_realised("tau_m")
    np.testing.assert_array_equal(tau_m[one_hicann], tau_m["nominal"])


def test_places_that_the_file_lacks_are_explained(one_hicann):
    neurons = build(4, calibration=one_hicann)
    sim.place(neurons, hicanns=[100])
    with pytest.raises(sim.PlacementError, match="those that a calibration file lacks"):
        sim.map_network()


def test_a_network_too_large_for_the_file_is_told_why(one_hicann):
    build(200, calibration=one_hicann)
    message = r"allowed: 512 denmems.*a calibration file lacks .*Here these are 196096"
    with pytest.raises(CapacityError, match=message):
        sim.map_network()


def test_bad_calibrations_are_named(one_hicann, tmp_path):
    with pytest.raises(OptionError, match=r"missing\.h5.*'perfect' or an existing file"):
        sim.setup(calibration=tmp_path / "missing.h5")
    with pytest.raises(DataError, match=r"hicann297\.h5: it belongs to another chip"):
        sim.setup(calibration=one_hicann, wafer=34)
    with pytest.raises(DataError, match=r"no curve of the leak.*got 'small capacitors, slow leak'"):
        sim.setup(calibration=one_hicann, use_big_capacitors=False, i_gl_speedup="slow")
    sim.setup(calibration=one_hicann, use_big_capacitors="auto", i_gl_speedup="auto")
    one_hicann.write_bytes(one_hicann.read_bytes()[:5000])
    with pytest.raises(DataError, match=r"hicann297\.h5: the file is damaged"):
        sim.setup(calibration=one_hicann)
    # The ideal substrate needs no calibration.
    sim.setup(substrate="ideal", calibration=one_hicann)


def test_a_bad_calibration_leaves_the_present_network(one_hicann):
    neurons = build(calibration=one_hicann)
    with pytest.raises(DataError, match="another chip"):
        sim.setup(calibration=one_hicann, variation="schmitt2017")
    sim.run(1.0)
    assert np.isfinite(neurons.get_realised("tau_m")).all()


def test_a_file_that_changes_is_read_again(one_hicann):
    build(calibration=one_hicann)
    one_hicann.unlink()
    other = default_calibration(VirtualHICANN(33, 5, "default"))
    save_calibration(one_hicann, [other], "default")
    build(calibration=one_hicann)
    assert set(sim.map_network().placement.neuron_hicann.tolist()) == {5}


def test_denmems_that_could_not_be_calibrated_are_counted():
    """Denmem 254 of HICANN 17 has a straight line that is not plausible."""

    def messages(hicann, **options):
        neurons = build(128, variation="schmitt2017", **options)
        sim.place(neurons, hicanns=[hicann])
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            sim.run(1.0)
        assert np.isfinite(neurons.get_realised("v_rest")).all()
        said = [str(warning.message) for warning in caught]
        return [message for message in said if "could not be calibrated" in message]

    (message,) = messages(17)
    assert "1 denmem in use" in message
    assert "E_l of 1; one is denmem 254 of HICANN 17" in message
    assert messages(17, on_loss="ignore") == []
    assert messages(18) == []


def test_reset_potentials_that_differ_are_explained():
    neurons = build()
    neurons[:20].set(v_reset=-68.0)
    with pytest.warns(LossWarning, match=r"v_reset of 40 neurons.*share its mean"):
        sim.run(1.0)
    assert neurons.get_realised("v_reset").std() < 2.0
    neurons = build(on_loss="raise")
    neurons[:20].set(v_reset=-68.0)
    with pytest.raises(ParameterRangeError, match="share its mean"):
        sim.run(1.0)
