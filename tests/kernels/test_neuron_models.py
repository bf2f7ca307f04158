"""Closed forms of the models beyond those of the wafer, in double precision."""

from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest
from experiment_builders import (
    IZHIKEVICH,
    emulate,
    experiment,
    given_times,
    neurons,
    synapses,
    trial_stimuli,
)
from reference import ode_models
from scipy.integrate import solve_ivp
from scipy.stats import kstest

from pyNN_brainscales_emu._kernels import engine_double
from pyNN_brainscales_emu.emulator.engine import Emulation
from pyNN_brainscales_emu.emulator.kernel_models import model_number, parameter_rows
from pyNN_brainscales_emu.emulator.trials import TrialRunner
from pyNN_brainscales_emu.errors import ParameterError
from pyNN_brainscales_emu.neuron_models.registry import MODELS

DT = 0.1
TAU_M, TAU_SYN, CM, REST = 20.0, 5.0, 0.2, -65.0
LIF_MODELS = [name for name in sorted(MODELS) if name.startswith("lif") and "gsfa" not in name]


def recorded(cells, name, n_steps, events=(), weight=0.0, delay_ms=1.0, dt_ms=DT, **options):
    """The recording of neurons that all get the same events, with one signal of the first one."""
    targets = np.arange(cells.size)
    projections = synapses(np.zeros(cells.size), targets, weight, delay_ms)
    made = experiment(cells, given_times(list(events)), projections, dt_ms=dt_ms, **options)
    made = replace(made, recording=replace(made.recording, signals={name: targets}))
    recording = emulate(made, n_steps, precision="double").recording()
    return recording.signals[name][:, 0], recording


@pytest.mark.parametrize("model", LIF_MODELS)
def test_the_membrane_decays_to_rest(model):
    v, _ = recorded(neurons(1, model=model, v=-75.0), "v", 1000)
    expected = REST - 10.0 * np.exp(-DT * np.arange(1001) / TAU_M)
    np.testing.assert_allclose(v, expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("model", LIF_MODELS)
@pytest.mark.parametrize("refractory_ms", [0.0, 0.03, 0.17, 2.0, 3.337])
def test_the_interval_under_constant_current(model, refractory_ms):
    current = np.linspace(0.16, 2.0, 5)
    cells = neurons(5, model=model, i_offset=current, tau_refrac=refractory_ms)
    _, recording = recorded(cells, "v", 4000)
    infinity = REST + current * TAU_M / CM
    expected = refractory_ms + TAU_M * np.log((infinity + 68.0) / (infinity + 50.0))
    for neuron in range(5):
        intervals = np.diff(recording.spike_time_ms[recording.spike_neuron == neuron])
        assert len(intervals) > 3
        np.testing.assert_allclose(intervals, expected[neuron], rtol=0, atol=1e-6)


class TestAlphaFunctions:
    @staticmethod
    def conductance(arrival_ms, delay_ms, dt_ms):
        """Largest deviation of an alpha function that arrives at some time, over its peak."""
        cells = neurons(1, model="lif_cond_alpha")
        n_steps = round(40 / dt_ms)
        event = arrival_ms - delay_ms
        g, _ = recorded(cells, "gsyn_exc", n_steps, [event], 0.004, delay_ms, dt_ms)
        after = np.maximum(dt_ms * np.arange(n_steps + 1) - arrival_ms, 0) / TAU_SYN
        return np.abs(g / 0.004 - after * np.exp(1 - after)).max()

    def test_a_conductance_is_an_alpha_function(self):
        assert self.conductance(4.0, 1.5, DT) < 1e-11

    def test_an_event_off_the_grid_makes_an_error_of_second_order(self):
        # Between the two grid points the alpha function has a kink, which the scheme cannot show:
        # the largest deviation there is of first order, behind it of second.
        coarse, fine = (self.conductance(4.037, 1.5, dt) for dt in (0.1, 0.01))
        assert coarse < 0.1 * np.e / TAU_SYN
        assert fine < coarse / 5

    @pytest.mark.parametrize(("receptor", "tau_ms"), [("exc", 5.0), ("inh", 8.0)])
    def test_it_reaches_the_weight_after_its_time_constant(self, receptor, tau_ms):
        cells = neurons(1, model="lif_curr_alpha", v_thresh=500.0)
        made = experiment(cells, given_times([1.0]),
                          synapses([0], [0], 0.3, inhibitory=receptor == "inh"),
                          signals=(f"gsyn_{receptor}",))  # fmt: skip
        recording = emulate(made, 200, precision="double").recording()
        current = recording.signals[f"gsyn_{receptor}"][:, 0]
        assert np.argmax(current) * DT == pytest.approx(2.0 + tau_ms)
        assert current.max() == pytest.approx(0.3, rel=1e-12)

    @staticmethod
    def psp(after_ms):
        """Of a current-based neuron: V' = -V / tau_m + w t / (C tau_s) exp(1 - t / tau_s)."""
        t = np.maximum(after_ms, 0)
        rate = 1 / TAU_SYN - 1 / TAU_M
        scale = 0.05 / CM * np.e / TAU_SYN
        return scale / rate**2 * (np.exp(-t / TAU_M) - (1 + rate * t) * np.exp(-t / TAU_SYN))

    def deviation_of_psp(self, delay_ms, dt_ms):
        n_steps = round(60 / dt_ms)
        cells = neurons(1, model="lif_curr_alpha")
        v, _ = recorded(cells, "v", n_steps, [3.0], 0.05, delay_ms, dt_ms)
        expected = self.psp(dt_ms * np.arange(n_steps + 1) - 3.0 - delay_ms)
        return np.abs(v - REST - expected).max() / expected.max()

    def test_a_current_based_psp(self):
        assert self.deviation_of_psp(1.5, 0.1) < 2e-4
        assert self.deviation_of_psp(1.5, 0.01) < 2e-6

    def test_a_psp_off_the_grid_has_an_error_of_second_order(self):
        coarse, fine = self.deviation_of_psp(1.537, 0.1), self.deviation_of_psp(1.5037, 0.01)
        assert coarse < 1e-3
        assert fine < coarse / 30

    def test_a_constant_conductance_moves_the_membrane_to_the_weighted_mean(self):
        # tau of 1e5 ms: between 1.1 and 1.3 of it, g stays near 1 on the scale of the membrane.
        cells = neurons(1, model="lif_cond_alpha", v_thresh=500.0, tau_syn_E=1000.0)
        v, _ = recorded(cells, "v", 10100, [9.0], 0.02, 1.0)
        leak = CM / TAU_M
        assert v[10100] == pytest.approx(REST * leak / (leak + 0.02), abs=1e-3)


class TestDelta:
    def test_an_event_moves_the_membrane_by_its_weight_and_it_decays(self):
        v, _ = recorded(neurons(1, model="lif_curr_delta"), "v", 500, [2.5], 7.0, 1.5)
        time = DT * np.arange(501)
        after = time > 4.0 + 1e-9  # the sample at 4 ms is that before the event
        expected = REST + np.where(after, 7.0 * np.exp(-(time - 4.0) / TAU_M), 0.0)
        np.testing.assert_allclose(v, expected, rtol=0, atol=1e-10)

    def test_an_event_off_the_grid_makes_an_error_of_second_order(self):
        time = 0.1 * np.arange(100, 501)
        errors = []
        for dt in (0.1, 0.01):
            v, _ = recorded(neurons(1, model="lif_curr_delta"), "v", round(50 / dt), [3.0], 7.0,
                            1.0 + 0.37 * dt, dt)  # fmt: skip
            expected = REST + 7.0 * np.exp(-(time - 4.0 - 0.37 * dt) / TAU_M)
            errors.append(np.abs(v[round(10 / dt) :: round(0.1 / dt)] - expected).max())
        assert errors[0] < 7.0 * (0.1 / TAU_M) ** 2
        assert errors[1] < errors[0] / 30

    def test_the_inhibitory_receptor_adds_its_negative_weight(self):
        made = experiment(neurons(1, model="lif_curr_delta"), given_times([1.0]),
                          synapses([0, 0], [0, 0], [6.0, -2.0], inhibitory=[False, True]),
                          signals=["v"])  # fmt: skip
        v = emulate(made, 30, precision="double").recording().signals["v"][:, 0]
        assert v[21] == pytest.approx(REST + 4.0 * np.exp(-DT / TAU_M), abs=1e-12)

    def test_a_jump_over_the_threshold_fires_at_once(self):
        v, recording = recorded(neurons(1, model="lif_curr_delta"), "v", 100, [4.0], 16.0)
        assert recording.spike_time_ms.tolist() == [pytest.approx(5.0, abs=1e-12)]
        assert v[51] == -68.0

    def test_a_jump_onto_the_threshold_fires_and_one_below_does_not(self):
        for weight, n_spikes in ((15.0, 1), (14.999, 0)):
            cells = neurons(1, model="lif_curr_delta", tau_m=1e9)
            _, recording = recorded(cells, "v", 100, [4.0], weight)
            assert len(recording.spike_time_ms) == n_spikes

    @pytest.mark.parametrize("refractory_ms", [0.2, 1.0, 2.0, 2.05])
    def test_nothing_moves_it_in_the_refractory_period(self, refractory_ms):
        # The first event makes a spike at 2 ms; one a step follows.
        events = 1.0 + DT * np.arange(40)
        weight = 18.5  # from the reset over the threshold
        cells = neurons(1, model="lif_curr_delta", tau_refrac=refractory_ms)
        _, recording = recorded(cells, "v", 60, events, weight)
        steps_apart = np.ceil(refractory_ms / DT - 1e-9)
        expected = 2.0 + DT * steps_apart * np.arange(int(40 / steps_apart))
        assert recording.spike_time_ms[: len(expected)] == pytest.approx(expected, abs=1e-9)

    def test_single_precision_ends_the_refractory_period_in_the_same_step(self):
        cells = neurons(70, model="lif_curr_delta", tau_refrac=0.1 * np.arange(1, 71))
        projections = synapses(np.zeros(70), np.arange(70), 18.5)
        made = experiment(cells, given_times(1.0 + DT * np.arange(300)), projections)
        single, double = (emulate(made, 400, precision=p).recording()
                          for p in ("single", "double"))  # fmt: skip
        np.testing.assert_array_equal(single.spike_neuron, double.spike_neuron)
        np.testing.assert_allclose(single.spike_time_ms, double.spike_time_ms, rtol=0, atol=1e-4)


class TestIzhikevich:
    @staticmethod
    def resting(b, current_nA=0.0):
        """The stable fixed point: 0.04 v^2 + (5 - b) v + 140 + 1000 I = 0, u = b v."""
        half = (5 - b) / 0.08
        v = -half - np.sqrt(half**2 - (140 + 1000 * current_nA) / 0.04)
        return v, b * v

    @pytest.mark.parametrize(("b", "current"), [(0.2, 0.0), (0.2, 0.003), (0.2, -0.02), (0.1, 0)])
    def test_the_fixed_point_stays_and_is_reached(self, b, current):
        v, u = self.resting(b, current)
        cells = neurons(2, model="izhikevich", b=b, i_offset=current, v=[v, v - 5], u=u)
        made = experiment(cells, signals=("v", "u"))
        signals = emulate(made, 20000, precision="double").recording().signals
        np.testing.assert_allclose(signals["v"][:, 0], v, rtol=0, atol=1e-9)
        np.testing.assert_allclose(signals["u"][:, 0], u, rtol=0, atol=1e-9)
        assert signals["v"][-1, 1] == pytest.approx(v, abs=1e-6)
        assert signals["u"][-1, 1] == pytest.approx(u, abs=1e-6)

    def test_without_a_u_that_follows_the_membrane_is_a_tangent(self):
        # a = 0: dv/dt = 0.04 ((v + 62.5)^2 + k^2), so v = k tan(0.04 k t + ...) - 62.5.
        cells = neurons(1, model="izhikevich", a=0.0, u=-14.0, v=-70.0, i_offset=0.0125)
        v, recording = recorded(cells, "v", 200)
        k = np.sqrt((140 + 14 + 12.5) / 0.04 - 62.5**2)
        start, end = (np.arctan((x + 62.5) / k) for x in (-70.0, 30.0))
        fired = (end - start) / (0.04 * k)
        assert recording.spike_time_ms[0] == pytest.approx(fired, abs=1e-4)
        time = DT * np.arange(201)
        before = time < fired - 1.0
        expected = k * np.tan(0.04 * k * time[before] + start) - 62.5
        np.testing.assert_allclose(v[before], expected, rtol=0, atol=1e-4)

    def test_a_spike_resets_v_and_adds_d_to_u(self):
        # A jump to the peak fires at once; the sample behind it is a step later.
        cells = neurons(1, model="izhikevich", a=0.0, v=-70.0, c=-60.0, d=6.0)
        made = experiment(cells, given_times([1.0]), synapses([0], [0], 100.0), signals=("v", "u"))
        recording = emulate(made, 30, precision="double").recording()
        assert recording.spike_time_ms.tolist() == [2.0]
        v, u = recording.signals["v"][:, 0], recording.signals["u"][:, 0]
        assert u[20:22].tolist() == [-14.0, -8.0]
        slope = 0.04 * 60**2 - 5 * 60 + 140 + 8.0
        assert v[21] == pytest.approx(-60.0 + slope * DT, abs=0.01)

    @pytest.mark.parametrize("kind", [(0.02, 0.2, -65.0, 8.0), (0.02, 0.2, -55.0, 4.0),
                                      (0.02, 0.2, -50.0, 2.0), (0.1, 0.2, -65.0, 2.0),
                                      (0.02, 0.25, -65.0, 2.0)])  # fmt: skip
    def test_regular_firing_and_bursts_under_a_constant_current(self, kind):
        names = dict(zip("abcd", kind, strict=True))
        cells = neurons(1, model="izhikevich", i_offset=0.01, **names)
        _, recording = recorded(cells, "v", 3000)
        reference = ode_models.spike_times("izhikevich", {**names, "i_offset": 0.01}, [], [], [],
                                           300.0)  # fmt: skip
        assert len(reference) > 5
        np.testing.assert_allclose(recording.spike_time_ms, reference, rtol=0, atol=0.05)

    def test_the_error_falls_with_the_step(self):
        cells = neurons(1, model="izhikevich", i_offset=0.01)
        reference = ode_models.spike_times(
            "izhikevich", {**IZHIKEVICH, "i_offset": 0.01}, [], [], [], 300.0
        )
        worst = []
        for dt in (0.2, 0.1, 0.05):
            _, recording = recorded(cells, "v", round(300 / dt), dt_ms=dt)
            worst.append(np.abs(recording.spike_time_ms - reference).max())
        assert worst[0] > 8 * worst[1] > 64 * worst[2]

    @pytest.mark.parametrize("dt_ms", [0.1, 1.0])
    @pytest.mark.parametrize("weight", [-300.0, -1e4, -1e30])
    def test_inhibition_of_any_size_makes_no_spike(self, weight, dt_ms):
        made = experiment(neurons(1, model="izhikevich"), given_times([2.0]),
                          synapses([0], [0], weight, inhibitory=True), dt_ms=dt_ms,
                          signals=["v"])  # fmt: skip
        recording = emulate(made, round(20 / dt_ms)).recording()
        assert not len(recording.spike_time_ms)
        assert recording.signals["v"][-1, 0] > -100.0

    @pytest.mark.parametrize("precision", ["single", "double"])
    def test_excitation_of_any_size_makes_one_spike(self, precision):
        made = experiment(neurons(1, model="izhikevich"), given_times([2.0]),
                          synapses([0], [0], 1e30), signals=["v", "u"])  # fmt: skip
        recording = emulate(made, 200, precision=precision).recording()
        assert recording.spike_time_ms.tolist() == [3.0]
        assert np.isfinite(recording.signals["u"]).all()

    def test_a_reset_close_below_the_peak_fires_once_a_step(self):
        cells = neurons(1, model="izhikevich", c=29.9, d=0.0, v=0.0)
        _, recording = recorded(cells, "v", 50)
        assert len(recording.spike_time_ms) == pytest.approx(50, abs=2)
        assert (np.diff(recording.spike_time_ms) > 0).all()


class TestKernels:
    """What the kernels refuse."""

    @staticmethod
    def network_arguments(made):
        emulation = Emulation(made, precision="double")
        return {
            "model": emulation.layout.unit_model,
            "receptors": emulation._tables.receptors, "parameters": emulation._tables.parameters,
            "state": emulation._tables.state,
            "parameter_start": emulation._tables.parameter_start,
            "state_start": emulation._tables.state_start[:-1],
            "shared": emulation._tables.shared, "ring": emulation._ring,
            "input_start": emulation._tables.input_start[:-1],
            "neuron": emulation._tables.neuron,
            "synapses": emulation._synapse_layout.table(np.zeros(0), emulation.precision),
            "unit_slice": emulation._unit_slice, "block_steps": emulation.block_steps,
            "n_spike_sources": 0, "recorded": np.zeros(3, dtype=np.uint8), "saturating": 0,
            "level": 0, "number": emulation._tables.number, "seed": 1, "purpose": 14,
        }  # fmt: skip

    @pytest.mark.parametrize("number", [len(engine_double.LAYOUT["models"]), 255])
    def test_a_model_number_that_does_not_exist(self, number):
        arguments = self.network_arguments(experiment(neurons(3)))
        engine_double.NetworkKernel(**arguments)
        wrong = np.full_like(arguments["model"], number)
        with pytest.raises(ValueError, match=f"neuron model {number} of entry 0: there are 0 to"):
            engine_double.NetworkKernel(**{**arguments, "model": wrong})

    def test_an_instruction_set_that_does_not_exist(self):
        with pytest.raises(ValueError, match="instruction set 3"):
            Emulation(experiment(neurons(3)), instruction_set=3)

    @pytest.mark.parametrize(
        "model", ["izhikevich", "lif_cond_alpha", "lif_curr_alpha", "lif_curr_delta"]
    )
    def test_saturating_inputs_of_a_model_without_them(self, model):
        made = experiment(neurons(3, model=model, input_limit=0.01))
        with pytest.raises(ValueError, match=f"{model} of entry 0 has no inputs that saturate"):
            Emulation(made)
        runner = TrialRunner(made)
        trials = trial_stimuli(0, 2, made.stimuli)
        with pytest.raises(ValueError, match=f"{model} of entry 0 has no inputs that saturate"):
            runner.run(made, 10, trials, first_presentation=0, recorded=made.recording.spikes)

    def test_a_model_that_the_kernel_lacks(self):
        model = replace(MODELS["lif_curr_delta"], name="lif_of_tomorrow")
        with pytest.raises(ParameterError, match=r"lif_of_tomorrow.*models/lif_of_tomorrow\.h"):
            model_number(model)
        (group,) = neurons(3, model="lif_curr_delta").groups
        made = experiment(replace(neurons(3), groups=(replace(group, model=model),)))
        with pytest.raises(ParameterError, match="lif_of_tomorrow"):
            Emulation(made)

    @pytest.mark.parametrize(
        ("changed", "named"),
        [(lambda c: {**c, "extra": c["leak"]}, "extra"),
         (lambda c: {n: x for n, x in c.items() if n != "leak"}, "leak")],
    )  # fmt: skip
    def test_columns_that_differ_from_those_of_the_header(self, changed, named):
        cells = neurons(3, model="lif_curr_delta")
        (group,) = cells.groups
        columns = group.model.columns
        model = replace(group.model, columns=lambda p, dt_ms: changed(columns(p, dt_ms)))
        group = replace(group, model=model)
        with pytest.raises(ParameterError, match=f"lif_curr_delta: columns.*'{named}'"):
            parameter_rows(replace(cells, groups=(group,)), group, DT)


class TestConductancesOfOwnSpikes:
    def test_a_spike_opens_both_and_they_decay(self):
        current = 1.0
        cells = neurons(1, model="lif_cond_exp_gsfa_grr", i_offset=current, q_sfa=4.0, q_rr=30.0)
        made = experiment(cells, signals=("g_s", "g_r"))
        recording = emulate(made, 100, precision="double").recording()
        (fired,) = recording.spike_time_ms[recording.spike_time_ms < 6.0]
        assert fired == pytest.approx(TAU_M * np.log(100 / 85), abs=1e-5)  # v_inf is 100 mV up
        after = DT * np.arange(60) - fired
        for name, jump, tau in (("g_s", 4.0, 100.0), ("g_r", 30.0, 2.0)):
            expected = np.where(after > 0, jump * np.exp(-after / tau), 0.0)
            np.testing.assert_allclose(recording.signals[name][:60, 0], expected, atol=1e-9)

    def test_they_pull_the_membrane(self):
        # The mean of g_r over the step is exact, so the deviation is of second order.
        cells = neurons(1, model="lif_cond_exp_gsfa_grr", v_thresh=0.0)
        cells.groups[0].initial_values["g_r"][:] = 20.0
        made = experiment(cells, signals=["v"])
        v = emulate(made, 200, precision="double").recording().signals["v"][:, 0]
        p = {"cm": CM, "tau_m": TAU_M, "tau_rr": 2.0, "e": -75.0}

        def slope(t, v):
            g = 20e-3 * np.exp(-t / p["tau_rr"])
            return (REST - v) / p["tau_m"] + g * (p["e"] - v) / p["cm"]

        exact = solve_ivp(slope, (0, 20), [REST], t_eval=DT * np.arange(201), rtol=1e-10)
        np.testing.assert_allclose(v, exact.y[0], rtol=0, atol=2e-3)


class TestFacetsHardware:
    def test_it_is_a_lif_neuron_with_three_fixed_values(self):
        g_leak_nS = 12.5
        own = neurons(3, model="facets_hardware1", g_leak=g_leak_nS, v_reset=-70.0)
        lif = neurons(3, cm=0.2, tau_m=0.2 / (g_leak_nS * 1e-3), tau_refrac=1.0, e_rev_E=0.0,
                      v_reset=-70.0)  # fmt: skip
        one, other = (
            recorded(cells, "v", 1000, 5.0 * np.arange(1, 19), 0.03) for cells in (own, lif)
        )
        np.testing.assert_array_equal(one[0], other[0])
        assert len(one[1].spike_time_ms) > 10
        np.testing.assert_array_equal(one[1].spike_time_ms, other[1].spike_time_ms)


class TestGif:
    """Spikes are drawn; the random numbers are the same for any number of threads and trials."""

    NO_TERMS = MappingProxyType(
        {f"a_{name}_{term}": 0.0 for name in ("eta", "gamma") for term in range(8)}
    )

    def trains(self, size, duration_ms, precision="double", dt_ms=DT, **changed):
        cells = neurons(size, model="gif_cond_exp", **{**self.NO_TERMS, **changed})
        run = emulate(experiment(cells, dt_ms=dt_ms), round(duration_ms / dt_ms),
                      precision=precision)  # fmt: skip
        recording = run.recording()
        return [recording.spike_time_ms[recording.spike_neuron == i] for i in range(size)]

    @pytest.mark.parametrize("precision", ["single", "double"])
    @pytest.mark.parametrize(("dt_ms", "lambda0"), [(0.1, 40.0), (0.1, 2000.0), (1.0, 200.0)])
    def test_at_a_constant_potential_spikes_are_a_poisson_process(self, precision, dt_ms, lambda0):
        # Held at rest, 3 mV below the threshold, with delta_v of 2 mV and no refractory period.
        rate = lambda0 * np.exp(-1.5) * 1e-3
        trains = self.trains(400, 500.0, precision, dt_ms, lambda0=lambda0, v_t_star=REST + 3.0,
                             v_reset=REST, tau_refrac=0.0)  # fmt: skip
        n_spikes = sum(map(len, trains))
        expected = 400 * 500.0 * rate
        assert n_spikes == pytest.approx(expected, abs=4 * np.sqrt(expected))
        first = np.array([train[0] if len(train) else np.inf for train in trains])
        # Times of the first spikes, which none of 500 ms cuts off; Kolmogorov-Smirnov.
        censored = np.minimum(first, 500.0)
        share = np.sort(-np.expm1(-rate * censored)) / -np.expm1(-rate * 500.0)
        share = share[np.sort(first) <= 500.0]
        assert kstest(share, "uniform").pvalue > 1e-3

    def test_the_refractory_period_and_the_intensity_make_the_interval(self):
        trains = self.trains(100, 2000.0, lambda0=100.0, v_t_star=REST, v_reset=REST,
                             tau_refrac=3.33)  # fmt: skip
        intervals = np.concatenate([np.diff(train) for train in trains])
        assert intervals.min() >= 3.33 - 1e-9
        share = np.expm1(-(intervals - 3.33) / 10) / np.expm1(-(60 - 3.33) / 10)
        assert kstest(share[intervals < 60.0], "uniform").pvalue > 1e-3

    def test_a_sharp_threshold_fires_where_a_lif_neuron_does(self):
        values = {"i_offset": np.linspace(0.2, 1.0, 5), "v_reset": -68.0, "tau_refrac": 2.0}
        sharp = self.trains(5, 200.0, delta_v=1e-6, v_t_star=-50.0, lambda0=1000.0, **values)
        recording = emulate(experiment(neurons(5, **values)), 2000, precision="double").recording()
        for i, train in enumerate(sharp):
            lif = recording.spike_time_ms[recording.spike_neuron == i]
            assert len(lif) > 3
            np.testing.assert_allclose(train, lif, rtol=0, atol=0.01)

    def test_a_spike_adds_to_current_and_threshold_and_they_decay(self):
        terms = {"a_eta_0": 0.1, "a_eta_1": -0.02, "a_gamma_0": 3.0, "a_gamma_1": 1.5,
                 "tau_eta_0": 4.0, "tau_eta_1": 30.0, "tau_gamma_0": 7.0,
                 "tau_gamma_1": 90.0}  # fmt: skip
        cells = neurons(1, model="gif_cond_exp", **{**self.NO_TERMS, **terms}, lambda0=1e6,
                        v_t_star=REST, tau_refrac=50.0)  # fmt: skip
        made = experiment(cells, signals=("i_eta", "v_t"))
        recording = emulate(made, 400, precision="double").recording()
        (fired,) = recording.spike_time_ms
        after = DT * np.arange(401) - fired
        for name, base, sums in (("i_eta", 0.0, ((0.1, 4.0), (-0.02, 30.0))),
                                 ("v_t", REST, ((3.0, 7.0), (1.5, 90.0)))):  # fmt: skip
            decayed = sum(jump * np.exp(-after / tau) for jump, tau in sums)
            expected = base + np.where(after > 0, decayed, 0.0)
            np.testing.assert_allclose(recording.signals[name][:, 0], expected, atol=1e-9)

    def test_an_intensity_of_zero_never_fires(self):
        assert not any(map(len, self.trains(50, 100.0, lambda0=0.0, i_offset=5.0)))

    def test_neurons_and_presentations_draw_numbers_of_their_own(self):
        cells = neurons(40, model="gif_cond_exp", **self.NO_TERMS, v_t_star=REST, lambda0=300.0)
        made = experiment(cells)
        runs = [emulate(made, 5000, presentation=k).recording() for k in (0, 1)]
        first = [[r.spike_time_ms[r.spike_neuron == i][0] for i in range(40)] for r in runs]
        assert len(np.unique(first)) == 80

    def test_rare_spikes_are_counted_in_single_precision(self):
        # 1e-6 a step: what a sum of single precision would lose is kept.
        trains = self.trains(3000, 2000.0, "single", lambda0=0.3, v_t_star=REST, v_reset=REST)
        assert sum(map(len, trains)) == pytest.approx(1800, abs=4 * np.sqrt(1800))
