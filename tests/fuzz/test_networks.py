"""Networks of every kind with calls in any order.

What only looks, fails or cuts a run leaves no trace; every error is one of the package's.
A short run belongs to the suite; ``make fuzz`` goes on with other networks for as long as asked.
"""

import numpy as np
from drawn_calls import Player, programs, without_trace
from drawn_networks import network_plans
from hypothesis import given, note
from hypothesis import strategies as st

#: Grid of the wafer's time stamps at a speed-up of 10 000, in biological ms: data that are handed
#: out in pieces show a stamp that lies before the piece at its begin.
STAMP_GRID_MS = 0.04


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
