"""Stored values by name and place, edited copies, and files of them."""

from dataclasses import replace

import numpy as np
import pytest

from pyNN_brainscales_emu.calibration.nominal import nominal_curves
from pyNN_brainscales_emu.effects import Effects
from pyNN_brainscales_emu.errors import DataError, ParameterError, ParameterRangeError
from pyNN_brainscales_emu.hardware.floating_gate import (
    BIAS_CELLS,
    GMAX_DAC,
    NEURON_CELLS,
    SHARED_CELLS,
)
from pyNN_brainscales_emu.mapping.results import MappingResult
from pyNN_brainscales_emu.options import Options
from pyNN_brainscales_emu.translation.gmax import LEVELS_S
from pyNN_brainscales_emu.translation.rows import block_of_row
from pyNN_brainscales_emu.translation.stage import Translator, same_gates

EXACT = Options(effects=Effects.only("parameter_quantisation", "parameter_range"))
QUANTISED = Options(effects=Effects.only("weight_quantisation"))
#: Cells of the real chip (halbe:hal/HICANN/FGBlock.h).
HARDWARE_CELLS = (
    "E_l E_syni E_synx I_bexp I_convi I_convx I_fire I_gl I_gladapt I_intbbi I_intbbx I_pl "
    "I_radapt I_rexp I_spikeamp V_exp V_syni V_syntci V_syntcx V_synx V_t V_convoffi V_convoffx"
)
HARDWARE_SHARED = (
    "V_reset int_op_bias V_dllres V_bout V_bexp V_fac I_breset V_dep I_bstim V_thigh V_gmax0 "
    "V_gmax1 V_gmax2 V_gmax3 V_tlow V_clra V_clrc V_stdf V_m V_bstdf V_dtc V_br V_ccas"
)


def translated(network, options=EXACT):
    return Translator(*network, options).translate(0)


@pytest.fixture
def adex(population, neurons_only):
    """Three AdEx neurons of two denmems each, and their translator."""
    cells = population(3, "EIF_cond_exp_isfa_ista", a=[4.0, 0.0, 4.0], b=[0.05, 0.0, 0.05])
    return Translator(*neurons_only(cells, size=2), EXACT)


# --- layout ----------------------------------------------------------------------------------


def test_all_cells_of_the_hardware_are_there(population, neurons_only):
    config = translated(neurons_only(population(2))).config
    assert set(config.neurons.cells) == {*NEURON_CELLS, *BIAS_CELLS} == set(HARDWARE_CELLS.split())
    assert len(HARDWARE_CELLS.split()) == 23
    assert set(config.shared_cells.cells) == set(SHARED_CELLS) == set(HARDWARE_SHARED.split())
    for cell in HARDWARE_CELLS.split():
        assert config.floating_gates(cell).shape == (8,)
    for cell in SHARED_CELLS:
        assert config.shared(cell).shape == (1, 4)
    assert config.gmax.shape == (1, 4, 4)
    np.testing.assert_array_equal(config.gmax[0, 2], GMAX_DAC)


def test_blocks_have_the_cells_of_their_side(population, neurons_only):
    config = translated(neurons_only(population(2))).config
    for cell, exists in (("V_bout", [1, 0, 1, 0]), ("V_bexp", [0, 1, 0, 1])):
        np.testing.assert_array_equal(config.shared(cell)[0] >= 0, exists)
    with pytest.raises(ParameterError, match="V_clrc: the block does not have this cell"):
        config.with_shared("V_clrc", 3, block=2)
    assert config.with_shared("V_clrc", 3).shared("V_clrc").tolist() == [[-1, 3, -1, 3]]


def test_reset_potential_of_the_blocks(population, neurons_only):
    lif = population(4, v_reset=[-60.0, -64.0, -62.0, -68.0])
    config = translated(neurons_only(lif, size=2)).config
    even, odd = (np.rint((v * 0.01 + 1.2) * 1023 / 1.8) for v in (-61.0, -66.0))
    overall = np.rint((even + odd) / 2)
    np.testing.assert_allclose(config.shared("V_reset")[0], [even, odd, overall, overall], atol=1)
    assert config.shared("V_reset")[0, 0] == even
    assert config.shared("V_reset")[0, 1] == odd


def test_places_of_values(population, neurons_only):
    config = translated(neurons_only(population(200), size=4)).config
    denmems = config.denmems
    assert config.hicanns.tolist() == [0, 1]
    np.testing.assert_array_equal(denmems.neuron[config.where(7)], [7, 7, 7, 7])
    np.testing.assert_array_equal(
        denmems.denmem[config.where([0, 1])], [0, 1, 256, 257, 2, 3, 258, 259]
    )
    mask = config.where((1, 257))
    assert (denmems.hicann[mask], denmems.denmem[mask]) == (1, 257)
    assert config.floating_gates("I_gl", mask).shape == (1,)


def test_driver_quadrants():
    """Upper half: left drivers on odd lines; lower half: on even ones."""
    rows = np.array([0, 1, 2, 3, 222, 223, 224, 225, 226, 227, 447])
    expected = [1, 1, 0, 0, 0, 0, 2, 2, 3, 3, 3]
    np.testing.assert_array_equal(block_of_row(rows), expected)


def test_rows_are_those_of_the_mapping(network):
    config = translated(network({"weight": [1e-3], "receptor": "inhibitory"})).config
    rows = config.rows
    assert (rows.hicann[0], rows.receptor[0], rows.stp_mode[0]) == (-1, 1, 0)


def test_a_configuration_in_a_line(synapses):
    assert repr(synapses.translate(3).config) == (
        "<HardwareConfig of wafer 33: 32 denmems of 8 neurons on 1 HICANN(s) (big capacitors, "
        "normal leak), 2 rows, 8 synapses on, write 3>"
    )


# --- editing ---------------------------------------------------------------------------------


def test_editing_one_denmem_changes_only_its_neuron(population, neurons_only):
    network = neurons_only(population(20), size=4)
    translator = Translator(*network, replace(EXACT, effects=Effects.without("trial_to_trial")))
    before = translator.translate(0)
    place = (0, 2 + 256)  # the lower left denmem of neuron 1
    config = before.config.with_floating_gates("I_gl", 40, place)
    after = translator.use(replace(config, write_number=1), before)
    for name, values in before.realised.neurons.realised.items():
        changed = np.flatnonzero(values != after.realised.neurons.realised[name])
        expected = {"tau_m": [1], "v_rest": [1]}.get(name, [])  # the mean leak's reversal moves too
        assert changed.tolist() == (expected if not np.isnan(values).all() else changed.tolist())
    assert before.config.floating_gates("I_gl", place) != 40
    assert config.floating_gates("I_gl", place) == 40


def test_edited_values_follow_the_curves(adex):
    before = adex.translate(0)
    config = before.config.with_floating_gates("I_gl", {0: 50, 1: [50, 200]})
    config = config.with_floating_gates("E_l", 300).with_floating_gates("V_syntci", 400)
    config = config.with_shared("V_reset", 200)
    realised = adex.use(replace(config, write_number=1), before).realised.neurons.realised
    curve = nominal_curves()["I_gl"].inverse
    one, two = curve(50.0) * 1e7, curve(200.0) * 1e7
    np.testing.assert_allclose(realised["tau_m"][:2], [one, 2 / (1 / one + 1 / two)], rtol=1e-12)
    np.testing.assert_allclose(realised["v_rest"], (300 * 1.8 / 1023 - 1.2) * 100, rtol=1e-12)
    np.testing.assert_allclose(realised["v_reset"], (200 * 1.8 / 1023 - 1.2) * 100, rtol=1e-12)
    tau_syn = nominal_curves()["V_syntci"].inverse(400.0) * 1e7
    np.testing.assert_allclose(realised["tau_syn_I"], tau_syn, rtol=1e-12)


def test_terms_are_switched_by_their_values(adex):
    before = adex.translate(0)
    config = before.config.with_floating_gates("I_gladapt", {0: 0, 1: [300, 0]})
    config = config.with_floating_gates("I_rexp", [1023, 200], 2)
    realised = adex.use(replace(config, write_number=1), before).realised.neurons.realised
    half = nominal_curves()["I_gladapt"].inverse(300.0) / 2
    expected = half * 1e9 / (1e4 * 2.16456e-12 / 0.2e-9)
    np.testing.assert_allclose(realised["a"][:2], [0.0, expected], rtol=1e-12)
    np.testing.assert_allclose(realised["tau_w"][0], before.realised.neurons.realised["tau_w"][0])
    assert realised["tau_w"][1] != 144.0  # I_radapt still holds 1023
    assert realised["delta_T"][2] == 0.0
    assert realised["v_thresh"][2] == realised["v_spike"][2]
    assert realised["delta_T"][0] > 0


def test_terms_that_a_model_lacks_stay_off(population, neurons_only):
    translator = Translator(*neurons_only(population(2)), EXACT)
    before = translator.translate(0)
    config = before.config.with_floating_gates("I_gladapt", 300).with_floating_gates("I_rexp", 300)
    after = translator.use(replace(config, write_number=1), before)
    for name in ("a", "delta_T"):
        assert np.isnan(after.realised.neurons.realised[name]).all()


@pytest.mark.parametrize("missing", ["parameter_quantisation", "parameter_range", "fixed_pattern"])
def test_edited_values_count_where_others_are_as_asked(population, neurons_only, missing):
    chosen = Options(effects=Effects.without("trial_to_trial", "fixed_pattern", missing))
    cells = population(3, tau_m=[20.3, 0.1, 20.3], v_reset=[-60.0, -70.0, -61.7])
    translator = Translator(*neurons_only(cells, size=2), chosen)
    before = translator.translate(0)
    config = before.config.with_floating_gates("I_gl", 50, [0, 1]).with_shared("V_reset", 300)
    after = translator.use(replace(config, write_number=1), before).realised.neurons
    expected = nominal_curves()["I_gl"].inverse(50.0) * 1e7
    np.testing.assert_allclose(after.realised["tau_m"][:2], expected, rtol=1e-12)
    assert after.realised["tau_m"][2] == before.realised.neurons.realised["tau_m"][2]
    np.testing.assert_allclose(after.realised["v_reset"], (300 * 1.8 / 1023 - 1.2) * 100)
    assert not after.clipped["v_reset"].any()
    assert not after.clipped["tau_m"].any()


def test_weights_follow_gmax_divisor_and_digital_value(synapses):
    before = synapses.translate(0)
    codes = before.config.digital_weights(0)
    level, codes[0] = codes[1], 3
    first = before.realised.synapses.realised[0]
    divisor = before.config.rows.gmax_divisor
    config = before.config.with_digital_weights(0, codes)
    config = config.with_rows(gmax_divisor=30, where=np.array([True, False]))
    after = synapses.use(config, before).realised.synapses.realised[0]
    np.testing.assert_allclose(after[1:3], first[1:3] * divisor[0] / 30, rtol=1e-12)
    np.testing.assert_allclose(after[0] / after[1], LEVELS_S[3] / LEVELS_S[level], rtol=1e-12)
    np.testing.assert_array_equal(after[3:], first[3:])
    with_lost = synapses.use(config.with_digital_weights(1, 9), before)
    assert np.isnan(with_lost.realised.synapses.realised[1][2])
    np.testing.assert_array_equal(with_lost.config.digital_weights(1), [9, 9, -1])


def test_v_gmax_scales_the_rows_of_its_block(network):
    graph, mapping = network(
        {"weight": np.full(2, 1e-3), "row": [0, 1], "pre": [0, 1], "site": [0, 2 << 12]}
    )
    place = np.array([[0, 0], [0, 2]], dtype=np.int32)  # blocks 1 and 0
    translator = Translator(graph, replace(mapping, row_place=place), QUANTISED)
    before = translator.translate(0)
    selector = int(before.config.rows.gmax_selector[0])
    value = 2 * GMAX_DAC[selector]
    config = before.config.with_gmax(value, selector=selector, hicann=0, block=1)
    after = translator.use(config, before).realised.synapses.realised[0]
    np.testing.assert_allclose(after / before.realised.synapses.realised[0], [2, 1], rtol=1e-12)


def test_unrounded_weights_follow_edits(network):
    options = Options(effects=Effects.none())
    translator = Translator(*network({"weight": [1e-3, 1.1e-3, 0.0]}), options)
    before = translator.translate(0)
    divisor = int(before.config.rows.gmax_divisor[0])
    selector = int(before.config.rows.gmax_selector[0])
    config = before.config.with_rows(gmax_divisor=3, gmax_selector=selector)
    config = config.with_digital_weights(0, [*before.config.digital_weights(0)[:2], 4])
    after = translator.use(config, before).realised.synapses.realised[0]
    np.testing.assert_allclose(after[:2], np.array([1e-3, 1.1e-3]) * divisor / 3, rtol=1e-12)
    assert after[2] > 0


# --- refusals --------------------------------------------------------------------------------


def test_arrays_cannot_be_edited_in_place(synapses):
    config = synapses.translate(0).config
    edited = config.with_floating_gates("E_l", 300).with_digital_weights(0, 3)
    for held in (config, edited):
        for array in (
            held.neurons.cells["E_l"],
            held.neurons.clipped["V_reset"],
            held.denmems.denmem,
            held.shared_cells.cells["V_gmax0"],
            held.rows.gmax_divisor,
            held.synapses.digital[0],
        ):
            with pytest.raises(ValueError, match="read-only"):
                array[...] = 0


@pytest.mark.parametrize("value", [-1, 1024, 3.5, np.nan, np.inf])
def test_values_that_a_cell_cannot_hold_are_named(adex, value):
    config = adex.translate(0).config
    with pytest.raises(ParameterRangeError, match=r"I_gl of denmem 1 on HICANN 0; .* 0 to 1023"):
        config.with_floating_gates("I_gl", value, (0, 1))
    with pytest.raises(ParameterRangeError, match=r"V_reset of block 2 on HICANN 0; .* 0 to 1023"):
        config.with_shared("V_reset", [5, 5, value, 5])
    with pytest.raises(ParameterRangeError, match=r"V_gmax1 of block 3 on HICANN 0"):
        config.with_gmax(value, selector=1, hicann=0, block=3)


def test_rows_and_weights_have_ranges(synapses):
    config = synapses.translate(0).config
    for name, values in (("gmax_divisor", (1, 31)), ("gmax_selector", (-1, 4))):
        for value in values:
            with pytest.raises(ParameterRangeError, match=f"{name} of row -1 on HICANN -1"):
                config.with_rows(**{name: value})
    for value in (-2, 16, 1.5):
        with pytest.raises(ParameterRangeError, match=r"synapse 0 of 'projection', and 5 others"):
            config.with_digital_weights(0, value)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda c: c.floating_gates("I_gll"), "unknown cell of the denmems.*Did you mean 'I_gl'"),
        (lambda c: c.floating_gates("V_reset"), r"share this cell.*with_shared\('V_reset'"),
        (lambda c: c.shared("V_gmax4"), "unknown shared cell"),
        (lambda c: c.shared("E_l"), r"Use floating_gates\('E_l'\)"),
        (lambda c: c.where(3), "not the neurons of this network"),
        (lambda c: c.where("first"), "not the neurons of this network"),
        (lambda c: c.where("0"), "not the neurons of this network"),
        (lambda c: c.where(1.9), "not the neurons of this network"),
        (lambda c: c.where([True, False, False]), "not the neurons.*array of bool"),
        (lambda c: c.where([0, None]), "not the neurons of this network"),
        (lambda c: c.where((0, 99)), "no such denmem in use"),
        (lambda c: c.where(np.ones(2, dtype=bool)), r"mask of denmems; .*bool of shape \(6,\)"),
        (lambda c: c.with_floating_gates("I_gl", [1, 2]), "values of I_gl.*one whole number, or 6"),
        (lambda c: c.with_floating_gates("I_gl", True), "values of I_gl.*one whole number, or 6"),
        (lambda c: c.with_floating_gates("I_gl", "200"), "values of I_gl.*one whole number, or 6"),
        (lambda c: c.with_floating_gates("I_gl", {0: 3}, 1), "names the places itself"),
        (lambda c: c.with_shared("V_reset", 3, hicann=7), r"HICANN without neurons; got 7"),
        (lambda c: c.with_shared("V_reset", 3, hicann=[0]), r"HICANN without neurons; got \[0\]"),
        (lambda c: c.with_shared("V_reset", "x"), "values of V_reset; got 'x'"),
        (lambda c: c.with_shared("V_reset", 3, block=4), "block of floating gates; got 4"),
        (lambda c: c.with_shared("V_reset", [1, 2]), r"V_reset; got \(2,\); .* or \(1, 4\)"),
        (lambda c: c.with_gmax([1, 2]), "last axis of 4"),
        (lambda c: c.with_gmax(5, selector=4), "selector of V_gmax; got 4"),
        (lambda c: c.digital_weights(0), "no such projection"),
        (lambda c: c.with_rows(gmax_divisor=4, where=(0, 1)), "no such row in use"),
    ],
)
def test_what_does_not_exist_is_refused(adex, call, message):
    with pytest.raises(ParameterError, match=message):
        call(adex.translate(0).config)


def test_configurations_of_other_places_are_refused(population, neurons_only):
    here = translated(neurons_only(population(4))).config
    for network, options, message in (
        (neurons_only(population(5)), EXACT, "another network: population 'population' of size 5"),
        (neurons_only(population(4), per_hicann=2), EXACT, "another mapping of this network"),
        (neurons_only(population(4)), replace(EXACT, wafer=7), "another wafer; got 33; allowed: 7"),
    ):
        translator = Translator(*network, options)
        with pytest.raises(DataError, match=message):
            translator.use(here, translator.translate(0))


# --- changes through PyNN ---------------------------------------------------------------------


def test_edits_outlive_changes_that_leave_their_values(population, neurons_only):
    graph, mapping = neurons_only(population(4), size=2)
    translator = Translator(graph, mapping, EXACT)
    before = translator.translate(0)
    config = before.config.with_floating_gates("I_gl", 60).with_floating_gates("E_l", 333)
    config = config.with_shared("V_reset", 300).with_gmax(99, selector=2)
    edited = translator.use(replace(config, write_number=1), before)
    other, _ = neurons_only(population(4, tau_m=[20.0, 40.0, 20.0, 20.0]))
    after = Translator(other, mapping, EXACT).translate(2, edited)
    fresh = Translator(other, mapping, EXACT).translate(2)
    new = fresh.config.floating_gates("I_gl", 1)[0]
    expected = [60, 60, new, new, 60, 60, 60, 60]
    np.testing.assert_array_equal(after.config.floating_gates("I_gl"), expected)
    assert (after.config.floating_gates("E_l") == 333).all()
    assert (after.config.shared("V_reset") == 300).all()
    assert (after.config.gmax[..., 2] == 99).all()
    assert same_gates(after.translated, fresh.config)


def test_edited_weights_outlive_changes_of_others(synapses):
    before = synapses.translate(0)
    edited = synapses.use(before.config.with_digital_weights(0, 2), before)
    graph = synapses.graph
    weight = np.array([1e-3, 5e-4, 1e-3, 1e-3, 1e-3, 1e-3])
    changed = replace(graph.projections[0], weight=weight)
    other = replace(graph, projections=(changed, graph.projections[1]))
    after = replace(synapses, graph=other).translate_weights(edited)
    new = after.translated.digital_weights(0)[1]
    np.testing.assert_array_equal(after.config.digital_weights(0), [2, new, 2, 2, 2, 2])


def test_edited_weights_do_not_outlive_another_strength_of_their_row(network):
    asked = {"weight": np.full(4, 2e-3), "row": [0, 0, 1, 1]}
    translator = Translator(*network(asked), QUANTISED)
    before = translator.translate(0)
    edited = translator.use(before.config.with_digital_weights(0, 2), before)
    weight = np.array([4e-3, 4e-3, 2e-3, 2e-3])  # of the first row, twice as large
    projection = replace(translator.graph.projections[0], weight=weight)
    later = replace(translator, graph=replace(translator.graph, projections=(projection,)))
    for after in (later.translate_weights(edited), later.translate(1, edited)):
        translated = after.translated.digital_weights(0)
        np.testing.assert_array_equal(translated, before.config.digital_weights(0))
        np.testing.assert_array_equal(after.config.digital_weights(0), [*translated[:2], 2, 2])


def test_without_edits_nothing_is_copied(synapses):
    before = synapses.translate(0)
    assert before.config is before.translated
    again = synapses.translate_weights(before)
    assert again.config is again.translated
    assert again.config.neurons is before.config.neurons


# --- the mapping -----------------------------------------------------------------------------


def test_the_mapping_decides_where_values_belong(network):
    graph, mapping = network({"weight": [1e-3, 1e-3], "site": [0, 16]})
    assert isinstance(mapping, MappingResult)
    config = Translator(graph, mapping, QUANTISED).translate(0).config
    moved = network({"weight": [1e-3, 1e-3], "site": [0, 32]})[1]
    translator = Translator(graph, moved, QUANTISED)
    with pytest.raises(DataError, match="another mapping of this network"):
        translator.use(config, translator.translate(0))


def test_receptors_of_rows_are_those_of_the_mapping(network):
    translator = Translator(*network({"weight": [1e-3, 1e-3]}), QUANTISED)
    present = translator.translate(0)
    rows = replace(present.config.rows, receptor=1 - present.config.rows.receptor)
    edited = replace(present.config, synapses=replace(present.config.synapses, rows=rows))
    with pytest.raises(DataError, match="another mapping of this network"):
        translator.use(edited, present)
