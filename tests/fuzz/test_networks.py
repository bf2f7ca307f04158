"""Networks of every kind with calls in any order.

What only looks, fails or cuts a run leaves no trace; every error is one of the package's.
A short run belongs to the suite; ``make fuzz`` goes on with other networks for as long as asked.
"""

import numpy as np
from drawn_calls import Player, programs, without_trace
from drawn_networks import build, network_plans, trains
from hypothesis import given, note, settings
from hypothesis import strategies as st

import pyNN_brainscales_emu as sim

#: Grid of the wafer's time stamps at a speed-up of 10 000, in biological ms: data that are handed
#: out in pieces show a stamp that lies before the piece at its begin.
STAMP_GRID_MS = 0.04


#: An example takes some 0.1 s: the suite has a few of them.
some = settings(max_examples=settings.default.max_examples // 3)


@some
@given(st.data())
def test_calls_that_only_look_cut_or_fail_leave_no_trace(data):
    plan = data.draw(network_plans())
    program = data.draw(programs(plan))
    note(f"{plan}\n{program}")
    on_wafer = plan.options["substrate"] != "ideal"
    player = Player(plan, threads=2).perform(program)
    other = Player(plan, threads=1).perform(without_trace(program, on_wafer))
    assert player.outcomes == other.outcomes
    assert player.broken == other.broken
    ours, theirs = player.whole, other.whole
    assert ours["samples"] == theirs["samples"]
    assert ours["spikes"].keys() == theirs["spikes"].keys()
    for key, times in ours["spikes"].items():
        np.testing.assert_allclose(
            times, theirs["spikes"][key], rtol=0, atol=STAMP_GRID_MS if on_wafer else 0
        )


@st.composite
def trial_stimuli(draw, plan):
    """Draw what each population of sources gets in each trial, by its number."""
    n_trials = draw(st.integers(1, 3))
    rates = st.sampled_from([0.0, 100.0, 1000.0])
    stimuli = {}
    for number, (kind, size, *_) in enumerate(plan.populations):
        if kind == "SpikeSourcePoisson":
            of_trial = st.lists(rates, min_size=size, max_size=size)
        elif kind == "SpikeSourceArray":
            of_trial = trains(size)
        else:
            continue
        stimuli[number] = [draw(of_trial) for _ in range(n_trials)]
    return n_trials, stimuli


@some
@given(st.data())
def test_trials_are_the_loop_of_single_runs(data):
    plan = data.draw(network_plans())
    n_trials, stimuli = data.draw(trial_stimuli(plan))
    n_steps = data.draw(st.integers(1, 600))
    interval = data.draw(st.sampled_from([1, 3])) * plan.dt
    # A wafer's network is placed at its first run, for the rates that its sources have then.
    has_run = plan.options["substrate"] != "ideal" or data.draw(st.booleans())
    note(f"{plan}\n{stimuli}\n{n_steps} {interval} {has_run}")
    has_signals = plan.options.get("readout") != "hardware"

    network = build(plan, threads=2)
    if has_run:
        sim.run(plan.dt)
    record = {
        cells: ["spikes", "v"] if cells.celltype.injectable and has_signals else ["spikes"]
        for cells in network.populations
    }
    trials = sim.run_trials(
        n_steps * plan.dt,
        {network.populations[number]: values for number, values in stimuli.items()},
        record=record,
        sampling_interval=interval,
    ).to_neo()

    loop = build(plan, threads=1)
    for cells, variables in zip(loop.populations, record.values(), strict=True):
        cells.record(variables, sampling_interval=interval if "v" in variables else None)
    if has_run:
        sim.run(plan.dt)
    for trial in range(n_trials):
        sim.reset()
        for number, values in stimuli.items():
            kind = plan.populations[number][0]
            name = "rate" if kind == "SpikeSourcePoisson" else "spike_times"
            loop.populations[number].set(**{name: values[trial]})
        sim.run(n_steps * plan.dt)
        segments = [cells.get_data().segments[-1] for cells in loop.populations]
        of_trial = trials.segments[trial]
        single = [train for segment in segments for train in segment.spiketrains]
        for one, other in zip(of_trial.spiketrains, single, strict=True):
            np.testing.assert_array_equal(one.magnitude, other.magnitude)
        signals = [signal for segment in segments for signal in segment.analogsignals]
        for one, other in zip(of_trial.analogsignals, signals, strict=True):
            assert one.t_start == other.t_start
            np.testing.assert_array_equal(one.magnitude, other.magnitude)
