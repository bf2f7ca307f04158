"""Calls that must fail, each with an error of the package, and change nothing."""

from __future__ import annotations

import numpy as np

import pyNN_brainscales_emu as sim


def neurons(network):
    """Return the first population of neurons."""
    return next(p for p in network.populations if p.celltype.injectable)


def failing(time):
    """Raise, as a callback of run()."""
    raise sim.ParameterError("a callback", value=time)


def all_to_all():
    return sim.AllToAllConnector()


#: What is wrong, and the call, of a network and a group of its cells.
WRONG_CALLS = (
    ("a negative time", lambda n, g: sim.run(-10.0)),
    ("a time that is no number", lambda n, g: sim.run("10")),
    ("NaN as time", lambda n, g: sim.run(float("nan"))),
    ("no callback", lambda n, g: sim.run(1.0, callbacks=[3])),
    ("a callback that resets", lambda n, g: sim.run(1.0, callbacks=[lambda t: sim.reset()])),
    ("a callback of the past", lambda n, g: sim.run(1.0, callbacks=[lambda t: t])),
    ("an unknown variable", lambda n, g: g.record("voltage")),
    ("all variables", lambda n, g: g.record("all")),
    ("an interval off the grid", lambda n, g: g.record("spikes", sampling_interval=0.0123)),
    ("an unknown parameter", lambda n, g: g.set(unknown=1.0)),
    ("an unknown state", lambda n, g: g.initialize(unknown=1.0)),
    ("NaN as a state", lambda n, g: neurons(n).initialize(v=float("nan"))),
    ("too many states", lambda n, g: neurons(n).initialize(v=np.zeros(99))),
    ("an unknown option", lambda n, g: sim.setup(timestepp=0.1)),
    ("a wrong option", lambda n, g: sim.setup(timestep=-1.0)),
    ("no population", lambda n, g: sim.Population(0, sim.IF_cond_exp())),
    ("an unknown cell type", lambda n, g: sim.Population(1, "IF_cond_exp")),
    ("a wrong parameter", lambda n, g: sim.Population(1, sim.IF_cond_exp(tau_m=-1.0))),
    ("a source as target", lambda n, g: sim.Projection(g, n.populations[0], all_to_all())),
    ("no connector", lambda n, g: sim.Projection(g, g, "all")),
    ("a wrong index", lambda n, g: g[1000]),
    ("an empty view", lambda n, g: n.populations[0][[]]),
    ("trials of no length", lambda n, g: sim.run_trials(0.0, {})),
    ("trials of neurons", lambda n, g: sim.run_trials(1.0, {neurons(n): [[1.0]]})),
    ("trials without stimuli", lambda n, g: sim.run_trials(1.0, {})),
    ("a file that cannot be", lambda n, g: g.write_data("/dev/null/data.pkl", clear=True)),
    ("a callback that fails", lambda n, g: sim.run(1.0, callbacks=[failing])),
    ("a foreign cell", lambda n, g: g.id_to_index(-1)),
    ("weights of no projection", lambda n, g: sim.run_trials(1.0, {}, weights={5: 1.0})),
    ("an unknown format", lambda n, g: g.write_data("data.txt")),
)  # fmt: skip
