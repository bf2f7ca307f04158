"""Arguments of wrong kinds, for every public function: errors of the package, or of PyNN."""

import inspect
import warnings
from contextlib import suppress

import numpy as np
import pytest
from pyNN import errors as pynn_errors

import pyNN_brainscales_emu as sim

#: Errors that a script can expect: the package's, and those that PyNN documents.
ERRORS = (
    sim.BrainScaleSError,
    pynn_errors.InvalidParameterValueError,
    pynn_errors.NonExistentParameterError,
    pynn_errors.ConnectionError,
    pynn_errors.RecordingError,
    NotImplementedError,
)
#: Names that are PyNN's own classes and functions, unchanged.
OF_PYNN = (
    "CSAConnector", "Cuboid", "GSLRNG", "Grid2D", "Grid3D", "Line", "Network", "NumpyRNG",
    "RandomDistribution", "RandomStructure", "Space", "Sphere", "StandardCellType",
)  # fmt: skip
#: Methods that PyNN has for its own use, of Python's `int`, and those that projections,
#: populations and current sources have for this package.
INTERNAL = (
    "as_integer_ratio", "bit_count", "bit_length", "conjugate", "from_bytes", "to_bytes",
    "get_native_names", "get_scaled_parameters", "has_parameter", "reverse_translate", "translate",
    "computed_parameters_include", "set_native_parameters", "index_from_parent_index",
    "index_in_grandparent", "can_record", "position_generator", "describe", "checked_columns",
    "connect_arrays", "replace_columns", "replace_initial_column", "set_one", "initialize_one",
    "initial_values_of",
)  # fmt: skip
#: Arguments that are flags, or mean nothing in one process.
FLAGS = ("gather", "simplify", "clear", "with_address", "copy", "compatible_output")


class Network:
    """A small network that has run, and one that `setup()` has replaced."""

    def __init__(self, substrate="ideal"):
        sim.setup(substrate=substrate)
        self.old = sim.Population(2, sim.IF_cond_exp())
        sim.setup(substrate=substrate, on_loss="ignore")
        self.sources = sim.Population(3, sim.SpikeSourcePoisson(rate=100.0))
        self.neurons = sim.Population(4, sim.IF_cond_exp())
        self.projection = sim.Projection(self.sources, self.neurons, sim.AllToAllConnector())
        self.neurons.record(["spikes", "v"])
        sim.run(1.0)

    @property
    def objects(self):
        return {
            "population": self.neurons,
            "view": self.neurons[1:3],
            "assembly": self.neurons + self.sources,
            "projection": self.projection,
            "connection": self.projection[0],
            "cell": self.neurons[0],
            "current": sim.DCSource(amplitude=0.1),
            "module": sim,
        }

    def good(self, name):
        """Return what an argument of a name may be."""
        by_name = {
            "amplitude": 0.1,
            "attribute_names": "weight",
            "annotation_keys": "none",
            "cell": "E_l",
            "cellclass": sim.IF_cond_exp(),
            "cells": self.neurons,
            "conn_list": [(0, 0)],
            "connector": sim.AllToAllConnector(),
            "current_source": sim.DCSource(),
            "duration": 1.0,
            "file": "none",
            "filename": "none.pkl",
            "format": "list",
            "id": self.neurons[0],
            "index": 0,
            "io": "none.txt",
            "label": "none",
            "n": 2,
            "name": "tau_m",
            "other": self.sources,
            "p_connect": 0.5,
            "parameter_names": "tau_m",
            "position": (0, 0, 0),
            "post": self.neurons,
            "postsynaptic_population": self.neurons,
            "pre": self.sources,
            "presynaptic_population": self.sources,
            "simtime": 1.0,
            "size": 3,
            "source": self.neurons,
            "stimuli": {self.sources: np.ones((2, 3))},
            "target": self.neurons,
            "time_point": 9.0,
            "value": 1.0,
            "variable": "v",
            "variables": "v",
        }
        return by_name.get(name)

    def wrong(self):
        """Return values, each of which is wrong for most arguments."""
        return [
            None,
            -1,
            2**70,
            1.5,
            float("nan"),
            float("inf"),
            "x",
            b"x",
            "",
            True,
            [],
            [1, 2],
            ["x"],
            (),
            {},
            {"x": 1},
            object(),
            object,
            np.array(5),
            np.array([1.0, np.nan]),
            np.zeros((2, 2)),
            np.array(["x"]),
            lambda: 1,
            self.neurons,
            self.neurons[0],
            self.old,
            self.old[0],
            self.projection,
            sim.NumpyRNG(seed=1),
            1j,
            np.datetime64("2000"),
            slice(0, 0),
            {1, 2},
            sim,
            np.ma.masked,
            ...,
            iter([1]),
            sim.IF_cond_exp(),
            sim.StaticSynapse(),
            sim.DCSource(),
        ]


def public_calls():
    """Return (object, function, argument) for every argument of every public function."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        objects = Network().objects
        return [
            (owner, name, argument)
            for owner, thing in objects.items()
            for name in public_names(owner, thing)
            for argument in arguments_of(thing, name)
        ]


def public_names(owner, thing):
    if owner == "module":
        return [name for name in sim.__all__ if name not in OF_PYNN]
    names = [name for name in dir(thing) if not name.startswith("_") and name not in INTERNAL]
    operators = ("__getitem__", "__add__", "__iadd__")
    return names + [name for name in operators if owner != "cell" and name in dir(thing)]


def arguments_of(thing, name):
    """Return the names of the arguments of a function; of anything else, none."""
    function = getattr(thing, name, None)
    is_error = inspect.isclass(function) and issubclass(function, BaseException)
    if not callable(function) or is_error or getattr(function, "__module__", "") == "warnings":
        return []
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return []
    known = [p for p in signature.parameters.values() if p.kind != p.VAR_POSITIONAL]
    return [p.name for p in known if p.name not in FLAGS and p.kind != p.VAR_KEYWORD]


CALLS = sorted(set(public_calls()))


def test_there_are_many_calls():
    assert len(CALLS) > 200
    assert ("module", "run", "simtime") in CALLS
    assert ("assembly", "__getitem__", "index") in CALLS


#: Functions that look at the wafer, or set it, which an ideal network refuses.
OF_THE_WAFER = (
    "get_dac", "get_digital_weights", "get_realised", "hardware_config", "load_hardware_config",
    "load_mapping", "place", "set_digital_weights", "set_gmax", "set_hardware_config",
)  # fmt: skip
FUNCTIONS = sorted({call[:2] for call in CALLS})
ON_SUBSTRATES = [("ideal", *function) for function in FUNCTIONS]
ON_SUBSTRATES += [("brainscales1", *of) for of in FUNCTIONS if of[1] in OF_THE_WAFER]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("substrate", "owner", "name"), ON_SUBSTRATES)
def test_wrong_kinds_of_arguments_are_told(substrate, owner, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    network = Network(substrate)
    for argument in [a for o, n, a in CALLS if (o, n) == (owner, name)]:
        for number in range(len(network.wrong())):
            if sim.simulator.state.session is not network.neurons.session:
                network = Network(substrate)
            value = network.wrong()[number]
            if argument in ("simtime", "time_point", "duration") and isinstance(value, int):
                continue  # a time as any other, if a long one
            function = getattr(network.objects[owner], name)
            with suppress(*ERRORS):
                called(function, argument, value, network)


def called(function, argument, value, network):
    parameters = inspect.signature(function).parameters.values()
    needed = [p for p in parameters if p.default is p.empty and p.kind == p.POSITIONAL_OR_KEYWORD]
    given = {p.name: network.good(p.name) for p in needed} | {argument: value}
    first = [given.pop(p.name) for p in parameters if p.kind == p.POSITIONAL_ONLY]
    return function(*first, **given)


NAMED = {
    "reset": (lambda n: sim.reset(5), r"reset\(\): annotations; got 5"),
    "initialize": (lambda n: sim.initialize(5, v=1.0), r"initialize\(\): cells; got 5"),
    "set": (lambda n: sim.set(5, v=1.0), r"set\(\): cells; got 5"),
    "index": (lambda n: n.neurons.id_to_index("x"), r"'population1': id_to_index\(\).*got 'x'"),
    "negative index": (lambda n: n.neurons.id_to_index(-1), "no such cell; got -1"),
    "foreign cell": (lambda n: n.neurons.id_to_index(n.sources[0]), "no such cell; got 0"),
    "foreign cell of an assembly": (
        lambda n: (n.sources + n.neurons[1:]).id_to_index(n.neurons[0]),
        "Assembly .*no such cell; got 3",
    ),
    "interval": (
        lambda n: n.neurons.record("v", sampling_interval=2**70),
        "sampling_interval; got 1180591620717411303424",
    ),
    "endless interval": (
        lambda n: n.neurons.record("v", sampling_interval=10**400),
        "multiple of the time step",
    ),
    "endless time": (lambda n: sim.run(10**400), r"run\(\): simtime; got 1000"),
    "too long a time": (lambda n: sim.run(1e300), r"run\(\): time; got 1e\+300; allowed: up to"),
    "0-d array": (
        lambda n: sim.run_trials(1.0, {n.sources: np.array(5)}),
        "stimuli of 'population0'; got array",
    ),
    "0-d array to record": (
        lambda n: sim.run_trials(1.0, {n.sources: np.ones((1, 3))}, record=np.array(5)),
        r"run_trials\(\): record; got array\(5\)",
    ),
    "presentation": (
        lambda n: sim.run_trials(1.0, {n.sources: [[1.0] * 3]}, first_presentation=np.ones(2)),
        "first_presentation; got array",
    ),
    "cellparams": (
        lambda n: sim.Population(1, sim.IF_cond_exp(), {"tau_m": 1.0}),
        r"cellparams, beside.*IF_cond_exp\(",
    ),
    "assembly index": (
        lambda n: (n.sources + n.neurons)[7],
        "Assembly .*cells; got 7; allowed: 0 to 6",
    ),
    "assembly file": (
        lambda n: (n.sources + n.neurons).write_data("a.txt"),
        "Assembly .*io; got 'a.txt'",
    ),
    "label": (lambda n: (n.sources + n.neurons).get_population("x"), "no such population; got 'x'"),
}


@pytest.mark.parametrize("what", NAMED)
def test_the_error_names_object_value_and_limit(what):
    call, message = NAMED[what]
    with pytest.raises(sim.BrainScaleSError, match=message):
        call(Network())


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_single_cells_are_set_through_a_view_of_them():
    network = Network()
    sim.set(network.neurons[1], tau_m=7.0)
    assert network.neurons.get("tau_m").tolist() == [20.0, 7.0, 20.0, 20.0]
    network.neurons[2].set_initial_value("v", -61.0)
    assert [cell.get_initial_value("v") for cell in network.neurons] == [-65.0, -65.0, -61.0, -65.0]


def test_cells_of_an_assembly_are_found_in_any_order():
    network = Network()
    assembly = network.neurons[2:] + network.sources
    assert [assembly.id_to_index(cell) for cell in assembly] == [0, 1, 2, 3, 4]
    assert assembly.id_to_index(network.sources.all_cells).tolist() == [2, 3, 4]
    assert assembly[-1] == assembly[4] == network.sources[2]
