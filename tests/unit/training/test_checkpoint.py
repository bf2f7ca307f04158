"""Checkpoints: what a file holds must be what training can go on with."""

import json
from dataclasses import replace

import numpy as np
import pytest

from pyNN_brainscales_emu.errors import DataError
from pyNN_brainscales_emu.training import TrainingState, load_checkpoint, save_checkpoint
from pyNN_brainscales_emu.training.checkpoint import HISTORY, keep_former


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "checkpoint.npz"
    generator = np.random.default_rng(1).bit_generator.state
    state = TrainingState(
        iteration=2,
        weights=(np.full((4, 3), 0.5), np.full((3, 2), -1.0)),
        memory={"velocity": (np.zeros((4, 3)), np.zeros((3, 2)))},
        generator=generator,
        history={name: np.array([0.25, np.nan]) for name in HISTORY},
    )
    save_checkpoint(path, state, {"layers": [4, 3, 2]})
    return path


def changed(path, entries):
    with np.load(path) as archive:
        arrays = {**archive, **entries}
    np.savez(path, **{name: value for name, value in arrays.items() if value is not None})


def test_what_was_written_is_read(path):
    state, identity = load_checkpoint(path)
    assert identity == {"layers": [4, 3, 2]}
    assert state.iteration == 2
    assert [weight.dtype for weight in state.weights] == [np.float64] * 2
    assert state.weights[1].tolist() == [[-1.0] * 2] * 3
    np.testing.assert_array_equal(state.history["cost"], [0.25, np.nan])


def test_a_memory_without_a_name_is_the_velocity(path):
    state, identity = load_checkpoint(path)
    parts = tuple(state.memory["velocity"])
    save_checkpoint(path, replace(state, memory=parts), identity)
    assert list(load_checkpoint(path)[0].memory) == ["velocity"]


def test_weights_within_the_scales_of_the_quantiser(path):
    state, _ = load_checkpoint(path)
    weights = (state.weights[0] * 6, state.weights[1])
    identity = {"network": {"quantiser": {"kind": "Quantiser", "scales": [3.0, 1.0]}}}
    save_checkpoint(path, replace(state, weights=weights), identity)
    assert load_checkpoint(path)[0].weights[0].max() == 3


GOOD = np.full((4, 3), 0.5)


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"weights_0": GOOD.astype(np.int8)}, "weights_0 has the type int8"),
        ({"weights_0": GOOD.astype(np.float32)}, "weights_0 has the type float32"),
        ({"weights_0": GOOD * 1j}, "weights_0 has the type complex128"),
        ({"weights_0": GOOD * np.nan}, "its weights are beyond -1 to 1"),
        ({"weights_0": GOOD * 2e6}, "its weights are beyond -1 to 1"),
        (
            {
                "weights_0": GOOD * 6,
                "identity": np.array('{"network": {"quantiser": {"scales": [2.5, 1.0]}}}'),
            },
            "its weights are beyond -2.5 to 2.5",
        ),
        ({"weights_0": GOOD[:, :2]}, "layers do not follow each other"),
        ({"weights_0": GOOD[0]}, "its weights are no matrices"),
        ({"weights_0": None}, "it is without weights_0"),
        ({"weights_0": None, "weights_1": None}, "it holds no weights"),
        (
            {"memory_velocity_1": np.full((3, 2), np.inf)},
            "velocity of the optimiser is not",
        ),
        ({"memory_velocity_1": None}, "it is without memory_velocity_1"),
        (
            {"memory_velocity_1": np.zeros((3, 2), dtype=int)},
            "velocity_1 has the type int64",
        ),
        ({"history_cost": np.array(["x", "y"])}, "history_cost has the type"),
        ({"history_cost": np.zeros(3)}, r"history_cost has the shape \(3,\) instead of \(2,\)"),
        ({"history_test_accuracy": np.array([0.5, 1.5])}, "test_accuracy is beyond 0 to 1"),
        ({"history_batch_accuracy": np.array([-0.5, 1.0])}, "batch_accuracy is beyond 0 to 1"),
        ({"history_weight_change": None}, "it is without history_weight_change"),
        ({"iteration": np.array(1.7)}, "iteration has the type float64"),
        ({"iteration": np.array(-2)}, "it holds no weights"),
        ({"iteration": np.array([2])}, "iteration has the shape"),
        ({"generator": np.array("{}")}, "damaged"),
        ({"generator": np.array('{"bit_generator": "MT19937"}')}, "damaged"),
        ({"identity": np.array("[")}, "damaged"),
        ({"identity": np.array("5")}, "damaged"),
        ({"format": np.array("pyNN_brainscales_emu training checkpoint 1")}, "version; got 1"),
        ({"format": None}, "it is no training checkpoint file; got ''"),
    ],
)
def test_what_training_cannot_go_on_with(path, entries, message):
    changed(path, entries)
    with pytest.raises(DataError, match=rf"training checkpoint .*checkpoint\.npz: .*{message}"):
        load_checkpoint(path)


def test_a_generator_of_numbers_that_cannot_be(path):
    state = np.random.default_rng(1).bit_generator.state
    state["state"]["state"] = -1
    changed(path, {"generator": np.array(json.dumps(state))})
    with pytest.raises(DataError, match="the file is damaged"):
        load_checkpoint(path)


def test_the_copy_of_a_former_checkpoint_is_whole(path):
    kept = keep_former(path)
    assert kept.read_bytes() == path.read_bytes()
