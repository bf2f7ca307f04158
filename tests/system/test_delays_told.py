"""Delays that the wafer cannot keep are told when they are asked for, each projection once."""

import warnings

import numpy as np
import pytest

import pyNN_brainscales_emu as sim

#: The shortest way on layer 1 at a speed-up of 10 000, ms; see `transport_delay_ms`.
SHORTEST_MS = 0.64


def build(*delays, **options):
    sim.setup(**{"substrate": "brainscales1", **options})
    sources = sim.Population(2, sim.SpikeSourceArray(spike_times=[5.0]))
    neurons = sim.Population(2, sim.IF_cond_exp(tau_refrac=1.0, v_thresh=-55.0))
    return [
        sim.Projection(
            sources,
            neurons,
            sim.AllToAllConnector(),
            sim.StaticSynapse(weight=0.004, delay=delay),
            label=f"after {number}",
        )
        for number, delay in enumerate(delays)
    ]


def told(call):
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        call()
    return [str(warning.message) for warning in said if "delay" in str(warning.message)]


def test_a_long_delay_is_told_once_and_the_others_are_not():
    slow, default, usual = build(20.0, None, 1.0)
    assert len(default) == len(usual) == 4
    (message,) = told(lambda: sim.run(10.0))
    assert "4 synapses of 'after 0' (asked up to 20 ms, realised 0.64" in message
    assert "'after 1'" not in message
    assert "'after 2'" not in message
    assert told(lambda: sim.run(10.0)) == []
    sim.reset()
    slow.set(delay=30.0)
    assert told(lambda: sim.run(10.0)) == []


def test_a_delay_set_later_is_told_at_the_next_run():
    _, usual = build(1.0, 1.0)
    assert told(lambda: sim.run(1.0)) == []
    delays = np.array([[1.0, 8.0], [2 * SHORTEST_MS - 0.01, 1.0]])
    usual.set(delay=delays)
    (message,) = told(lambda: sim.run(1.0))
    assert "1 synapse of 'after 1' (asked up to 8 ms" in message


def test_it_is_an_error_where_losses_are():
    build(20.0, on_loss="raise")
    for _ in range(2):
        with pytest.raises(sim.ParameterRangeError, match=r"cannot keep delays: 4 synapses"):
            sim.run(1.0)


@pytest.mark.parametrize(
    "options", [{"on_loss": "ignore"}, {"effects": "none"}, {"substrate": "ideal"}]
)
def test_nothing_is_told_where_nothing_is_lost(options):
    build(20.0, **options)
    assert told(lambda: sim.run(1.0)) == []
