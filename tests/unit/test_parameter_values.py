"""Values that parameters cannot have are refused with the names of object and parameter."""

import numpy as np
import pytest
import quantities as pq
from neo import SpikeTrain
from pyNN import errors as pynn_errors
from pyNN.parameters import Sequence

import pyNN_brainscales_emu as sim


@pytest.fixture(autouse=True)
def _setup():
    sim.setup(substrate="ideal")


def created(name, value):
    sim.Population(2, sim.IF_cond_exp(**{name: value}), label="n")


def changed(name, value):
    sim.Population(2, sim.IF_cond_exp(), label="n").set(**{name: value})


def one_cell(name, value):
    setattr(sim.Population(2, sim.IF_cond_exp(), label="n")[1], name, value)


@pytest.mark.parametrize("do", [created, changed, one_cell])
@pytest.mark.parametrize(
    "value", [None, "x", {}, 1j, [1.0, "a"], [[1.0], [2.0, 3.0]], Sequence([1])]
)
def test_no_numbers(do, value):
    with pytest.raises(pynn_errors.InvalidParameterValueError, match="parameter v_rest") as error:
        do("v_rest", value)
    assert isinstance(error.value, sim.InvalidParameterError)


@pytest.mark.parametrize("do", [created, changed])
@pytest.mark.parametrize("n", [0, 1, 3])
def test_wrong_number_of_values(do, n):
    with pytest.raises(sim.DimensionsError, match=rf"'n'.*tau_m; got {n}; .*2") as error:
        do("tau_m", np.ones(n))
    assert isinstance(error.value, pynn_errors.InvalidDimensionsError)


@pytest.mark.parametrize("do", [created, changed])
def test_wrong_number_of_axes(do):
    with pytest.raises(sim.DimensionsError, match="tau_m"):
        do("tau_m", np.ones((2, 1)))


def test_numbers_of_any_kind():
    draw = sim.RandomDistribution("uniform", (10, 20), rng=sim.NumpyRNG(seed=3))
    population = sim.Population(2, sim.IF_cond_exp(tau_m=range(5, 7), cm=np.float32(0.5)))
    np.testing.assert_array_equal(population.get("tau_m"), [5, 6])
    population.set(cm=np.array(2), tau_m=draw, v_rest=lambda i: -60.0 - i)
    assert population.get("cm") == 2.0
    assert (population.get("tau_m") > 10).all()
    np.testing.assert_array_equal(population.get("v_rest"), [-60, -61])


@pytest.mark.parametrize("value", [None, [1.0, 2.0, 3.0], "x"])
def test_initial_values(value):
    with pytest.raises(sim.InvalidParameterError, match=r"'n'.*initial value of v"):
        sim.Population(2, sim.IF_cond_exp(), initial_values={"v": value}, label="n")


@pytest.mark.parametrize("on_population", [False, True])
@pytest.mark.parametrize(
    ("value", "where"),
    [
        (5.0, ""),
        (None, ""),
        ("abc", ""),
        ({1.0}, ""),
        (np.array(5.0), ""),
        (["a"], "cell 0"),
        ([[1.0], [[2.0]]], "cell 1"),
        ([[1.0], 2.0], "cell 1"),
        ([[1.0], None], "cell 1"),
        (np.ones((2, 2, 2)), "cell 0"),
        ([Sequence([1.0]), Sequence(2.0)], "cell 1"),
        ([[1.0], [2.0], [3.0]], "got 3"),
    ],
)
def test_impossible_spike_times(value, where, on_population):
    def create():
        sim.Population(2, sim.SpikeSourceArray(spike_times=value), label="src")

    def change():
        sim.Population(2, sim.SpikeSourceArray(), label="src").set(spike_times=value)

    with pytest.raises(sim.InvalidParameterError, match=f"spike_times.*{where}") as error:
        (change if on_population else create)()
    assert "src" in str(error.value) or not on_population


def test_a_function_may_return_anything_but_only_trains_are_taken():
    times = np.array([Sequence([1.0]), Sequence(5.0)], dtype=object)
    with pytest.raises(sim.InvalidParameterError, match=r"'src'.*spike_times of cell 1"):
        sim.Population(2, sim.SpikeSourceArray(spike_times=lambda i: times[i]), label="src")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([], [[], []]),
        (range(1, 3), [[1, 2], [1, 2]]),
        ((1.0, 2.0), [[1, 2], [1, 2]]),
        (np.array([[1.0, 2.0], [3.0, 4.0]]), [[1, 2], [3, 4]]),
        ([[], [1.0]], [[], [1]]),
        ([np.array([3.0]), (4.0, 5.0)], [[3], [4, 5]]),
        ([SpikeTrain([3.0] * pq.ms, t_stop=9 * pq.ms), Sequence([4])], [[3], [4]]),
    ],
)
def test_spike_times_of_any_kind(value, expected):
    made = sim.Population(2, sim.SpikeSourceArray(spike_times=value))
    changed = sim.Population(2, sim.SpikeSourceArray())
    changed.set(spike_times=value)
    for population in (made, changed):
        trains = population.get("spike_times", simplify=False)
        assert [list(train.value) for train in trains] == expected


def all_at_once(index):
    """As PyNN's documentation has it: one train for a number, a list of trains for an array."""
    return [Sequence([i, 2.0 * i]) for i in index] if np.ndim(index) else Sequence([index])


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda i: [i, i + 0.5], [[0.0, 0.5], [1.0, 1.5], [2.0, 2.5]]),
        (lambda i: 10.0 + i, [[10.0], [11.0], [12.0]]),
        (lambda i: 10 * i, [[0.0], [10.0], [20.0]]),
        (lambda i: np.arange(i), [[], [0.0], [0.0, 1.0]]),
        (lambda i: Sequence([5.0 * (i + 1)]), [[5.0], [10.0], [15.0]]),
        (lambda i: (), [[], [], []]),
        (all_at_once, [[0.0], [1.0], [2.0]]),
        (lambda index: [[float(i)] for i in index], [[0.0], [1.0], [2.0]]),
    ],
)
def test_functions_give_spike_times(function, expected):
    made = sim.Population(3, sim.SpikeSourceArray(spike_times=function))
    changed = sim.Population(3, sim.SpikeSourceArray())
    changed.set(spike_times=function)
    for population in (made, changed):
        trains = population.get("spike_times")
        trains = trains if isinstance(trains, (list, np.ndarray)) else [trains] * 3
        assert [train.value.tolist() for train in trains] == expected


@pytest.mark.parametrize("value", ["x", None, [[1.0]], [1.0, "a"]])
def test_functions_that_give_no_spike_times(value):
    with pytest.raises(sim.InvalidParameterError, match="spike_times of cell 0"):
        sim.Population(3, sim.SpikeSourceArray(spike_times=lambda i: value))


@pytest.mark.parametrize("do", [created, changed, one_cell])
def test_values_beyond_single_precision(do):
    for value in (1e39, -1e39, 3.5e38):
        with pytest.raises(sim.InvalidParameterError, match=r"v_rest.*up to 3\.4e\+38"):
            do("v_rest", value)
    with pytest.raises(sim.InvalidParameterError, match="initial value of v"):
        sim.Population(2, sim.IF_cond_exp()).initialize(v=1e39)
    sim.Population(2, sim.SpikeSourcePoisson(duration=1e39))  # sources compute in double precision
