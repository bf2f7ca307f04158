"""Small networks of every kind, drawn by Hypothesis as plain data, and built from them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

import pyNN_brainscales_emu as sim

SUBSTRATES = ("ideal", "brainscales1")
ON_WAFER = ("IF_cond_exp", "EIF_cond_exp_isfa_ista")
CONDUCTANCES = (*ON_WAFER, "IF_cond_alpha")
MILLIVOLTS = ("IF_curr_delta", "Izhikevich")
NEURONS = (*CONDUCTANCES, "IF_curr_exp", "IF_curr_alpha", *MILLIVOLTS)
SOURCES = ("SpikeSourcePoisson", "SpikeSourceArray")
#: What populations of neurons record from the beginning on.
OF_NEURONS = (["spikes", "v"], ["spikes", "v"], ["spikes"], ["v"], [])
#: So large a weight moves a membrane by some mV.
WEIGHTS = {"conductance": 0.01, "current": 1.0, "membrane": 8.0}


@dataclass(frozen=True)
class NetworkPlan:
    """What is built, as plain data that a failing test prints.

    Attributes
    ----------
    options : dict
        Of `setup()`.
    populations : tuple of (kind, size, parameters, initial values)
        Sources first.
    groups : tuple of (kind, arguments)
        Views and assemblies, by numbers of populations.
    projections : tuple of dict
    currents : tuple of (parameters, number of a population)
    recorded : tuple of lists of str
        What each population records from the beginning on.
    """

    options: dict[str, Any]
    populations: tuple[Any, ...]
    groups: tuple[Any, ...]
    projections: tuple[Any, ...]
    currents: tuple[Any, ...]
    recorded: tuple[Any, ...]

    @property
    def dt(self) -> float:
        return self.options["timestep"]


@dataclass
class Network:
    """What was built from a plan."""

    plan: NetworkPlan
    populations: list[Any] = field(default_factory=list)
    groups: list[Any] = field(default_factory=list)
    projections: list[Any] = field(default_factory=list)
    currents: list[Any] = field(default_factory=list)

    @property
    def all_groups(self) -> list[Any]:
        """Populations, then views and assemblies."""
        return [*self.populations, *self.groups]


# --- drawing -----------------------------------------------------------------------------------


@st.composite
def network_plans(draw, substrates=SUBSTRATES):
    """Draw a network."""
    options = draw(setup_options(draw(st.sampled_from(substrates))))
    kinds = NEURONS if options["substrate"] == "ideal" else ON_WAFER
    sources = draw(st.lists(st.sampled_from(SOURCES), min_size=1, max_size=2))
    neurons = draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=3))
    populations = tuple(draw(population_plans(kind)) for kind in (*sources, *neurons))
    groups = tuple(draw(st.lists(group_plans(populations), max_size=2)))
    targets = list(range(len(sources), len(populations)))
    projections = tuple(
        draw(projection_plans(populations, pre, post, number))
        for number, (pre, post) in enumerate(
            draw(
                st.lists(
                    st.tuples(
                        st.integers(0, len(populations) - 1),
                        st.sampled_from(targets),
                    ),
                    min_size=1,
                    max_size=4,
                )
            )
        )
    )
    currents = ()
    if options["substrate"] == "ideal":
        currents = tuple(draw(st.lists(current_plans(targets), max_size=2)))
    recorded = tuple(
        draw(st.sampled_from([["spikes"], ["spikes"], []] if kind in SOURCES else OF_NEURONS))
        for kind, *_ in populations
    )
    return NetworkPlan(options, populations, groups, projections, currents, recorded)


@st.composite
def setup_options(draw, substrate):
    """Draw options of `setup()`."""
    options = {
        "substrate": substrate,
        "timestep": draw(st.sampled_from([0.1, 0.1, 0.25, 0.05, 1 / 3, 0.07])),
        "seed": draw(st.integers(0, 3)),
        "precision": draw(st.sampled_from(["single", "double"])),
        "on_loss": "ignore",
    }
    if substrate == "brainscales1":
        options["effects"] = draw(st.sampled_from(["all", "none"]))
        options["readout"] = draw(st.sampled_from(["virtual", "virtual", "hardware"]))
        options["neuron_size"] = draw(st.sampled_from([4, 8]))
        options["input_saturation"] = draw(st.booleans())
        options["speedup"] = draw(st.sampled_from([10_000.0, 5_000.0]))
    return options


@st.composite
def population_plans(draw, kind):
    """Draw a population of one kind of cells."""
    size = draw(st.integers(1, 4))
    if kind == "SpikeSourceArray":
        return kind, size, {"spike_times": draw(trains(size))}, {}
    if kind == "SpikeSourcePoisson":
        rates = draw(
            st.lists(st.sampled_from([300.0, 1000.0, 0.0, 50.0]), min_size=size, max_size=size)
        )
        window = draw(st.sampled_from([{}, {}, {"start": 5.0, "duration": 20.0}]))
        return kind, size, {"rate": rates, **window}, {}
    parameters = {} if kind == "Izhikevich" else {"v_thresh": draw(st.sampled_from([-60.0, -50.0]))}
    if kind not in ("Izhikevich", *ON_WAFER):
        parameters["i_offset"] = draw(st.sampled_from([0.6, 0.0]))
    initial = draw(st.sampled_from([{}, {"v": -60.0}]))
    return kind, size, parameters, initial


#: Times in units of 0.01 ms: many on the grids of time steps, many beside them.
MOMENTS = st.one_of(st.integers(0, 60).map(lambda ms: 100 * ms), st.integers(0, 6000))


def trains(size):
    """Draw spike times in ms of some cells."""
    times = st.lists(MOMENTS, min_size=2, max_size=12).map(
        lambda moments: [m / 100 for m in sorted(moments)]
    )
    return st.lists(times, min_size=size, max_size=size)


@st.composite
def group_plans(draw, populations):
    """Draw a view of a population, a view of the view, or an assembly."""
    number = draw(st.integers(0, len(populations) - 1))
    size = populations[number][1]
    chosen = sorted(draw(st.sets(st.integers(0, size - 1), min_size=1)))
    kind = draw(st.sampled_from(["view", "view of a view", "assembly"]))
    if kind == "assembly":
        others = draw(st.sets(st.integers(0, len(populations) - 1), min_size=1, max_size=3))
        return kind, sorted(others), number, chosen
    return kind, number, chosen


def weight_unit(kind):
    """Return what a weight onto cells of a kind is."""
    if kind in CONDUCTANCES:
        return "conductance"
    return "membrane" if kind in MILLIVOLTS else "current"


@st.composite
def projection_plans(draw, populations, pre, post, number):
    """Draw a projection between two populations."""
    receptor = draw(st.sampled_from(["excitatory", "inhibitory"]))
    unit = weight_unit(populations[post][0])
    sign = -1 if receptor == "inhibitory" and unit != "conductance" else 1
    scale = sign * WEIGHTS[unit]
    shape = (populations[pre][1], populations[post][1])
    connectors = [("AllToAll",), ("OneToOne",)]
    connectors.append(("FixedProbability", draw(st.sampled_from([0.3, 1.0, 0.0]))))
    connectors.append(("FixedNumberPre", draw(st.integers(0, 3))))
    connectors.append(("FixedNumberPost", draw(st.integers(0, 3))))
    connectors.append(("FixedTotalNumber", draw(st.integers(0, 9))))
    pairs = st.tuples(st.integers(0, shape[0] - 1), st.integers(0, shape[1] - 1))
    connectors.append(("FromList", draw(st.lists(pairs, max_size=6))))
    connectors.append(("DistanceDependent", "d < 2"))
    if number:
        connectors.append(("Clone", draw(st.integers(0, number - 1))))
    return {
        "pre": pre,
        "post": post,
        "connector": draw(st.sampled_from(connectors)),
        "weight": draw(values(scale)),
        "delay": draw(st.sampled_from([None, 1 / 3, 1.0, 2.5, ("uniform", 0.5, 3.0)])),
        "receptor_type": receptor,
        "seed": draw(st.integers(0, 9)),
    }


def values(scale):
    """Draw a weight: a number, or a distribution."""
    numbers = st.sampled_from([3.0, 1.0, 0.3, 0.0]).map(lambda share: share * scale)
    low, high = sorted((0.2 * scale, 2 * scale))
    return st.one_of(numbers, st.just(("uniform", low, high)))


@st.composite
def current_plans(draw, neurons):
    """Draw a current and what it is injected into."""
    start = draw(MOMENTS) / 100
    parameters = {"amplitude": draw(st.sampled_from([-0.2, 0.5])), "start": start}
    if draw(st.booleans()):
        parameters["stop"] = start + draw(MOMENTS) / 100
    return parameters, draw(st.sampled_from(neurons))


# --- building ----------------------------------------------------------------------------------


def build(plan: NetworkPlan, **options: Any) -> Network:
    """Build a network; `options` win over those of the plan."""
    sim.setup(**{**plan.options, **options})
    network = Network(plan)
    for kind, size, parameters, initial in plan.populations:
        cells = getattr(sim, kind)(**parameters)
        network.populations.append(sim.Population(size, cells, initial_values=initial))
    for group in plan.groups:
        network.groups.append(built_group(group, network.populations))
    for projection in plan.projections:
        network.projections.append(built_projection(network, projection))
    for parameters, target in plan.currents:
        source = sim.DCSource(**parameters)
        source.inject_into(network.populations[target])
        network.currents.append(source)
    return network


def built_group(group, populations):
    """Return a view or an assembly."""
    kind, *arguments = group
    if kind == "assembly":
        numbers, number, chosen = arguments
        parts = [populations[n] for n in numbers if n != number]
        return sim.Assembly(*parts, populations[number][chosen])
    number, chosen = arguments
    view = populations[number][chosen]
    return view if kind == "view" else view[: max(1, len(chosen) - 1)]


def built_projection(network, plan):
    """Return a projection; a clone of one between other cells connects all."""
    pre, post = network.populations[plan["pre"]], network.populations[plan["post"]]
    synapse = {"weight": distribution(plan["weight"], plan["seed"])}
    if plan["delay"] is not None:
        synapse["delay"] = distribution(plan["delay"], plan["seed"] + 1)
        if not isinstance(plan["delay"], tuple):
            synapse["delay"] = max(plan["delay"], network.plan.dt)
    return sim.Projection(
        pre,
        post,
        connector(network, plan, pre, post),
        sim.StaticSynapse(**synapse),
        receptor_type=plan["receptor_type"],
    )


def distribution(value, seed):
    """Return a number, or the distribution that a tuple describes."""
    if not isinstance(value, tuple):
        return value
    name, low, high = value
    return sim.RandomDistribution(name, low=low, high=high, rng=sim.NumpyRNG(seed=seed))


def connector(network, plan, pre, post):
    """Return the connector of a projection."""
    kind, *arguments = plan["connector"]
    rng = sim.NumpyRNG(seed=plan["seed"])
    if kind == "Clone":
        reference = network.projections[arguments[0]]
        if (reference.pre, reference.post) == (pre, post):
            return sim.CloneConnector(reference)
        return sim.AllToAllConnector()
    if kind == "FromList":
        return sim.FromListConnector(arguments[0])
    if kind == "DistanceDependent":
        return sim.DistanceDependentProbabilityConnector(arguments[0], rng=rng)
    if kind in ("AllToAll", "OneToOne"):
        return getattr(sim, f"{kind}Connector")()
    if kind == "FixedTotalNumber":
        return sim.FixedTotalNumberConnector(*arguments, rng=rng, with_replacement=True)
    if kind.startswith("FixedNumber"):
        return getattr(sim, f"{kind}Connector")(*arguments, rng=rng, with_replacement=True)
    return sim.FixedProbabilityConnector(*arguments, rng=rng)
