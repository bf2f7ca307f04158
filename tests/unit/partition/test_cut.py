"""The automatic cut: never invalid, no more runs than the published cuts by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyNN_brainscales_emu.errors import CapacityError, NetworkError
from pyNN_brainscales_emu.partition import BRAINSCALES2, Capacity, CutGraph, make_plan
from pyNN_brainscales_emu.partition.cut import Cut, cut_automatically
from tests.reference.partition_check import problems_of


def dense(sizes, n_inputs, rates=None):
    """Return a feed-forward network, all to all; inputs come last."""
    first = np.concatenate(([0], np.cumsum(sizes)))
    before = [np.arange(first[-1], first[-1] + n_inputs)]
    before += [np.arange(first[k], first[k + 1]) for k in range(len(sizes) - 1)]
    pre, post = [], []
    for k, size in enumerate(sizes):
        pre.append(np.repeat(before[k], size))
        post.append(np.tile(np.arange(first[k], first[k + 1]), len(before[k])))
    labels = tuple(f"layer {k}" for k in range(len(sizes)))
    return CutGraph(
        labels, tuple(sizes), n_inputs, np.concatenate(pre), np.concatenate(post), rates
    )


def eurosat(events_per_ms):
    """Return 484-128-10 with receptive fields of 3 x 3 x 3 on an image of 66 x 66."""
    graph = dense([484, 128, 10], 0)
    side, n_neurons = 22, 622
    field = np.array([(c, y, x) for c in range(3) for y in range(3) for x in range(3)])
    y, x = np.divmod(np.arange(side * side), side)
    pixel = field[:, 0] * 66**2 + (3 * y[:, None] + field[:, 1]) * 66 + 3 * x[:, None] + field[:, 2]
    pre = np.concatenate([n_neurons + pixel.ravel(), graph.pre])
    post = np.concatenate([np.repeat(np.arange(484), 27), graph.post])
    n_inputs = 3 * 66**2
    rates = np.concatenate([np.zeros(n_neurons), np.full(n_inputs, events_per_ms / n_inputs)])
    return CutGraph(("first", "second", "output"), (484, 128, 10), n_inputs, pre, post, rates)


def test_mnist_takes_no_more_runs_than_the_published_cut():
    graph = dense([256, 10], 784)
    plan = make_plan(graph, BRAINSCALES2, cut_automatically(graph, BRAINSCALES2))
    assert plan.n_parts == 4  # the output finds room beside the last quarter; published: five
    assert plan.n_stages == 2
    assert [dict(part.cells)["layer 0"] for part in plan.parts] == [64] * 4
    assert plan.parts[3].hears == (0, 1, 2)
    assert "448 of 512" in str(plan)


def test_mnist_of_256_inputs_fits_one_chip():
    graph = dense([246, 10], 256)
    assert cut_automatically(graph, BRAINSCALES2).n_parts == 1


def test_eurosat_takes_three_runs_by_its_circuits():
    graph = eurosat(0.0)
    cut = cut_automatically(graph, BRAINSCALES2)
    assert cut.n_parts == 3
    assert problems_of(graph, BRAINSCALES2, cut) == []


@pytest.mark.parametrize("peak", [162.0, 527.0, 1500.0])
def test_eurosat_within_the_event_rate_of_the_link(peak):
    graph = eurosat(peak)
    cut = cut_automatically(graph, BRAINSCALES2, most_events_per_ms=200.0)
    plan = make_plan(graph, BRAINSCALES2, cut)
    assert all(part.events_per_ms <= 200.0 for part in plan.parts)
    assert plan.n_parts <= 10
    assert problems_of(graph, BRAINSCALES2, cut) == []


def test_slices_that_hear_the_same_are_not_made_finer_for_events():
    graph = dense([100], 50, rates=np.full(150, 10.0))
    assert cut_automatically(graph, BRAINSCALES2, most_events_per_ms=200.0).n_parts == 1


def test_slices_follow_receptive_fields():
    """Neurons in random order, each with two neighbouring inputs: slices share few sources."""
    place = np.random.default_rng(1).permutation(1024)
    pre = np.stack([1024 + place, 1024 + (place + 1) % 1024], axis=1).ravel()
    graph = CutGraph(("cells",), (1024,), 1024, pre, np.repeat(np.arange(1024), 2))
    plan = make_plan(graph, BRAINSCALES2, cut_automatically(graph, BRAINSCALES2))
    assert plan.n_parts == 2
    assert sum(part.inputs.size for part in plan.parts) <= 1024 + 4


def test_populations_in_a_circle_stay_in_one_part():
    # a -> b -> c -> a, d alone
    pre = np.concatenate([np.arange(0, 100), np.arange(100, 200), np.arange(200, 300)])
    post = np.concatenate([np.arange(100, 200), np.arange(200, 300), np.arange(0, 100)])
    graph = CutGraph(("a", "b", "c", "d"), (100, 100, 100, 500), 0, pre, post)
    cut = cut_automatically(graph, BRAINSCALES2)
    assert len(set(cut.part[:300].tolist())) == 1
    assert cut.n_parts == 2


def test_what_must_run_together_and_is_too_large_is_named_all_at_once():
    recurrent = np.arange(600)
    pre = np.concatenate([recurrent, 600 + recurrent])
    post = np.concatenate([np.roll(recurrent, 1), 600 + np.roll(recurrent, 1)])
    graph = CutGraph(("left", "right"), (600, 600), 0, pre, post)
    with pytest.raises(CapacityError, match=r"2 reasons:\n- left: .*600.*\n- right: "):
        cut_automatically(graph, BRAINSCALES2)
    with pytest.raises(CapacityError, match=r"layer 0.*65537.*65536 signed inputs"):
        cut_automatically(dense([1], 65_537), BRAINSCALES2)


def test_slices_that_cannot_be_routed_are_halved():
    graph = dense([256], 16)
    cut = cut_automatically(graph, BRAINSCALES2, check=lambda neurons: neurons.size <= 50)
    assert np.bincount(cut.part).max() <= 50
    assert cut.n_parts == 8
    with pytest.raises(CapacityError, match="cannot route"):
        cut_automatically(graph, BRAINSCALES2, check=lambda neurons: False)


@st.composite
def graphs(draw):
    """Random networks: populations of random sizes, sparse projections in any direction."""
    sizes = draw(st.lists(st.integers(1, 40), min_size=1, max_size=6))
    n_inputs = draw(st.integers(0, 30))
    first = np.concatenate(([0], np.cumsum(sizes), [sum(sizes) + n_inputs]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    pre, post = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    pairs = st.tuples(st.integers(0, len(sizes)), st.integers(0, len(sizes) - 1))
    for source, target in draw(st.lists(pairs, max_size=8)):
        sources = np.arange(first[source] if source < len(sizes) else first[-2], first[source + 1])
        targets = np.arange(first[target], first[target + 1])
        chosen = rng.random((sources.size, targets.size)) < rng.random()
        row, column = np.nonzero(chosen)
        pre.append(sources[row])
        post.append(targets[column])
    rates = rng.random(sum(sizes) + n_inputs)
    labels = tuple(f"p{k}" for k in range(len(sizes)))
    return CutGraph(
        labels, tuple(sizes), n_inputs, np.concatenate(pre), np.concatenate(post), rates
    )


@given(graph=graphs(), circuits=st.integers(8, 64), events=st.sampled_from([np.inf, 20.0, 5.0]))
def test_no_cut_is_ever_invalid(graph, circuits, events):
    capacity = Capacity(circuits=circuits, inputs_per_circuit=16)
    try:
        cut = cut_automatically(graph, capacity, most_events_per_ms=events)
    except CapacityError:
        sizes = [
            sum(
                graph.sizes[p]
                * capacity.circuits_for(
                    int(graph.fan_in[graph.first[p] : graph.first[p + 1]].max())
                )
                for p in component
            )
            for component in graph.components
            if len(component) > 1 or component[0] in graph.hears_itself
        ]
        assert max(sizes, default=0) > circuits or graph.fan_in.max() > capacity.most_inputs
        return
    assert problems_of(graph, capacity, cut) == []
    plan = make_plan(graph, capacity, cut)
    assert sorted(np.concatenate([part.neurons for part in plan.parts])) == list(
        range(graph.n_neurons)
    )
    again = cut_automatically(graph, capacity, most_events_per_ms=events)
    np.testing.assert_array_equal(again.part, cut.part)


def test_a_cut_by_hand_is_checked_with_all_problems_at_once():
    graph = dense([256, 10], 784)
    circuits = np.where(np.arange(266) < 256, 7, 2)
    part = np.where(np.arange(266) < 256, 1, 0)
    with pytest.raises(CapacityError, match=r"2 reasons(.|\n)*1792(.|\n)*part 0 hears part 1"):
        make_plan(graph, BRAINSCALES2, Cut(part, circuits))


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"sizes": (2, 2)}, "labels and sizes"),
        ({"post": np.array([0, 1, 1])}, "shape"),
        ({"pre": np.array([0, 9])}, "0 to 2"),
        ({"post": np.array([0, 2])}, "0 to 1"),
        ({"rates_per_ms": np.ones(2)}, "rates_per_ms"),
    ],
)
def test_arrays_that_do_not_fit_are_named(changes, named):
    arguments = {
        "labels": ("cells",),
        "sizes": (2,),
        "n_inputs": 1,
        "pre": np.array([2, 2]),
        "post": np.array([0, 1]),
    }
    with pytest.raises(NetworkError, match=named):
        CutGraph(**(arguments | changes))
