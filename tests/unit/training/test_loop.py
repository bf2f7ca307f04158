import re
from dataclasses import replace

import numpy as np
import pytest
from reference.fake_pynn import FakeSequence, FakeTrials

from pyNN_brainscales_emu.errors import DataError, ParameterError, TrainingError
from pyNN_brainscales_emu.training import (
    WEIGHT_UNIT,
    Adam,
    Descent,
    InTheLoopTrainer,
    LoopSettings,
    SoftwareSettings,
    SpikingNetwork,
    check_checkpoint,
    load_checkpoint,
    load_digits,
    quantise_all,
    save_checkpoint,
    train_software_model,
)


@pytest.fixture(scope="module")
def digits():
    return load_digits()


@pytest.fixture(scope="module")
def model(digits):
    return train_software_model(digits.train, SoftwareSettings(steps=3000), seed=0)


@pytest.fixture
def make(digits, model):
    def make_trainer(kind=FakeTrials, offset=10.0, seed=7, context=None, **settings):
        settings = {"batch_size": 200, "silent_labels_learn": True, **settings}
        network = SpikingNetwork(kind(offset=offset, seed=3))
        return InTheLoopTrainer(
            network, digits, model.weights, LoopSettings(**settings), seed=seed, context=context
        )

    return make_trainer


def same(a, b):
    return (
        a.iteration == b.iteration
        and a.generator == b.generator
        and all(np.array_equal(x, y) for x, y in zip(a.weights, b.weights, strict=True))
        and a.memory.keys() == b.memory.keys()
        and all(
            np.array_equal(x, y)
            for name in a.memory
            for x, y in zip(a.memory[name], b.memory[name], strict=True)
        )
        and all(np.array_equal(a.history[k], b.history[k], equal_nan=True) for k in a.history)
    )


def test_loop_makes_up_for_neurons_that_differ(make):
    trainer = make(batch_size=1200)
    before = trainer.evaluate().accuracy
    state = trainer.run(30, evaluate_every=10)
    after = trainer.evaluate().accuracy
    assert before < 0.85
    assert after > before + 0.1
    assert after > 0.95
    assert np.isnan(state.history["test_accuracy"]).sum() == 27
    assert state.history["cost"][-5:].mean() < 0.5 * state.history["cost"][0]


def test_loop_runs_on_a_back_end_without_trials(make):
    trainer = make(FakeSequence, batch_size=60)
    first = trainer.run(3, evaluate_every=0)
    assert same(first, make(FakeSequence, batch_size=60).run(3, evaluate_every=0))
    assert np.isnan(first.history["test_accuracy"]).all()


def test_accuracy_follows_from_the_spikes(make, digits):
    evaluation = make().evaluate(digits.test.take(slice(0, 50)), keep_spikes=True)
    assert evaluation.spikes.accuracy() == evaluation.accuracy
    rate = evaluation.counts[-1][np.arange(50), digits.test.labels[:50]].mean() / 0.9
    assert evaluation.label_rate == pytest.approx(rate)


def test_step_is_the_published_rule(make, digits, model):
    trainer = make(batch_size=1200, silent_labels_learn=False)
    shown = {}
    present = trainer.network.present

    def spy(rates, generator, **options):
        shown["answer"] = present(rates, generator, **options)
        return shown["answer"]

    trainer.network.present = spy
    state = trainer.run(1, evaluate_every=0)
    a0, a1, a2, y = (count / 0.9 for count in shown["answer"].counts)
    wanted = np.eye(5)[digits.train.labels]
    w = model.weights
    delta = 2 / 5 / 30 * (y / 30 - wanted) / len(wanted) * (y > 0)
    delta_2 = delta @ w[2].T * (a2 > 0)
    delta_1 = delta_2 @ w[1].T * (a1 > 0)
    for new, old, gradient in zip(
        state.weights, w, (a0.T @ delta_1, a1.T @ delta_2, a2.T @ delta), strict=True
    ):
        expected = np.clip(old - 0.05 * (gradient + 0.001 * old), -1, 1)
        np.testing.assert_allclose(new, expected, rtol=1e-9, atol=1e-12)


def test_network_gets_the_rounded_weights(make):
    trainer = make()
    trainer.run(2, evaluate_every=0)
    trainer.evaluate()
    for (excitatory, inhibitory), level in zip(
        trainer.network.projections, trainer.levels, strict=True
    ):
        np.testing.assert_allclose(excitatory.weight - inhibitory.weight, WEIGHT_UNIT * level)


def test_measuring_the_accuracy_does_not_change_the_training(make):
    often, never = make().run(4, evaluate_every=1), make().run(4, evaluate_every=0)
    assert all(np.array_equal(a, b) for a, b in zip(often.weights, never.weights, strict=True))


def test_same_seed_same_numbers(make):
    assert same(make().run(3), make().run(3))
    assert not same(make(seed=8).run(3), make().run(3))


@pytest.mark.parametrize("optimiser", [Descent(), Descent(momentum=0.5), Adam()])
def test_resuming_is_the_same_to_the_bit(make, tmp_path, optimiser):
    options = {"optimiser": optimiser}
    whole = make(**options).run(6)
    path = tmp_path / "folder" / "checkpoint.npz"
    make(**options).run(3, checkpoint=path)
    resumed = make(**options)
    resumed.resume(path)
    assert resumed.state.iteration == 3
    assert same(resumed.run(6, checkpoint=path), whole)
    assert same(load_checkpoint(path)[0], whole)
    assert [file.name for file in path.parent.iterdir()] == ["checkpoint.npz"]


def test_interruption_loses_the_iteration_in_flight_only(make, tmp_path):
    path = tmp_path / "checkpoint.npz"
    trainer = make()
    present, calls = trainer.network.present, []

    def interrupted(*args, **options):
        calls.append(1)
        if len(calls) == 6:  # presentation of the third iteration's test images
            raise KeyboardInterrupt
        return present(*args, **options)

    trainer.network.present = interrupted
    with pytest.raises(KeyboardInterrupt):
        trainer.run(5, checkpoint=path)
    assert trainer.state.iteration == 2
    assert same(load_checkpoint(path)[0], trainer.state)
    assert same(trainer.run(5, checkpoint=path), make().run(5))


def test_a_checkpoint_that_cannot_be_written(make, tmp_path):
    (tmp_path / "file").touch()
    path = tmp_path / "file" / "checkpoint.npz"
    with pytest.raises(DataError, match=r"checkpoint .*checkpoint\.npz: its folder does not"):
        make().run(1, checkpoint=path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_interruption_while_writing_keeps_the_old_checkpoint(make, tmp_path, monkeypatch):
    path = tmp_path / "checkpoint.npz"
    trainer = make()
    old = trainer.run(1, checkpoint=path)

    def broken(file, **arrays):
        file.write(b"half of it")
        raise KeyboardInterrupt

    monkeypatch.setattr(np, "savez", broken)
    with pytest.raises(KeyboardInterrupt):
        trainer.run(2, checkpoint=path)
    assert same(load_checkpoint(path)[0], old)
    assert list(tmp_path.iterdir()) == [path]


def test_callback_sees_each_iteration(make):
    seen = []
    make().run(3, evaluate_every=0, callback=lambda state: seen.append(state.iteration))
    assert seen == [1, 2, 3]


@pytest.mark.parametrize("cut", [0.0, 0.3, 0.98])
def test_truncated_checkpoint_is_refused(make, tmp_path, cut):
    path = tmp_path / "checkpoint.npz"
    trainer = make()
    trainer.run(1, checkpoint=path)
    content = path.read_bytes()
    path.write_bytes(content[: int(cut * len(content))])
    refused(trainer, path, DataError, "the file is damaged|it is no training checkpoint")


@pytest.mark.parametrize("where", [0.1, 0.3, 0.5, 0.7, 0.9])
def test_flipped_byte_is_found(make, tmp_path, where):
    path = tmp_path / "checkpoint.npz"
    trainer = make()
    trainer.run(1, checkpoint=path)
    content = bytearray(path.read_bytes())
    content[int(where * len(content))] ^= 0x55
    path.write_bytes(content)
    refused(trainer, path, DataError, "the file is damaged|it is no training checkpoint")


def test_other_files_are_no_checkpoints(make, tmp_path):
    trainer = make()
    refused(trainer, tmp_path / "nothing.npz", DataError, "there is no such file")
    other = tmp_path / "other.npz"
    np.savez(other, a=np.arange(3))
    refused(trainer, other, DataError, "the file is damaged|it is no training checkpoint")
    np.savez(other, format=np.array("something else 1"))
    refused(trainer, other, DataError, "something else")
    np.save(tmp_path / "pickle.npy", np.array([{}], dtype=object), allow_pickle=True)
    refused(
        trainer,
        tmp_path / "pickle.npy",
        DataError,
        "the file is damaged|it is no training checkpoint",
    )


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"seed": 8}, "seed (7 in the checkpoint, now 8)"),
        ({"batch_size": 100}, "settings.batch_size (200 in the checkpoint, now 100)"),
        (
            {"context": {"wafer": 1, "effects": "all"}},
            "context.wafer (33 in the checkpoint, now 1)",
        ),
        ({"context": {"wafer": 33}}, "context.effects ('all' in the checkpoint, now not set)"),
    ],
)
def test_checkpoint_of_another_run_is_refused(make, tmp_path, change, name):
    path = tmp_path / "checkpoint.npz"
    context = {"wafer": 33, "effects": "all"}
    make(context=context).run(1, checkpoint=path)
    message = re.escape(f"{path} belongs to another training run; different: {name}. Resume")
    refused(make(**{"context": context, **change}), path, TrainingError, message)


def test_checkpoint_can_be_checked_before_there_are_weights(make, digits, tmp_path):
    path = tmp_path / "checkpoint.npz"
    trainer = make()
    with pytest.raises(DataError, match="there is no such file"):
        check_checkpoint(path, trainer.network, digits, trainer.settings, seed=7)
    trainer.run(1, checkpoint=path)
    found = check_checkpoint(path, trainer.network, digits, trainer.settings, seed=7)
    assert same(found, trainer.state)
    with pytest.raises(TrainingError, match="seed"):
        check_checkpoint(path, trainer.network, digits, trainer.settings, seed=8)
    layers = trainer.state.weights[:2]
    identity = load_checkpoint(path)[1]
    save_checkpoint(
        path, replace(trainer.state, weights=layers, memory={"velocity": layers}), identity
    )
    with pytest.raises(TrainingError, match="weights of other shapes"):
        check_checkpoint(path, trainer.network, digits, trainer.settings, seed=7)


def test_new_training_keeps_the_checkpoint_of_a_former_one(make, tmp_path, caplog):
    path = tmp_path / "checkpoint.npz"
    former = make(seed=1).run(2, checkpoint=path)
    trainer = make()
    trainer.run(0, checkpoint=path)
    assert list(tmp_path.iterdir()) == [path]
    assert not caplog.messages
    trainer.run(1, checkpoint=path)
    kept = tmp_path / "checkpoint.npz.bak"
    assert sorted(tmp_path.iterdir()) == [path, kept]
    assert same(load_checkpoint(kept)[0], former)
    assert caplog.messages == [
        f"The checkpoint {path} of a former training is kept as checkpoint.npz.bak"
    ]
    trainer.run(2, checkpoint=path)  # goes on: nothing to be kept
    assert same(load_checkpoint(kept)[0], former)
    assert len(caplog.messages) == 1


def test_interrupted_first_iteration_leaves_the_former_checkpoint(make, tmp_path):
    path = tmp_path / "checkpoint.npz"
    former = make(seed=1).run(2, checkpoint=path)
    trainer = make()

    def interrupted(*args, **options):
        raise KeyboardInterrupt

    trainer.network.present = interrupted
    with pytest.raises(KeyboardInterrupt):
        trainer.run(1, checkpoint=path)
    assert same(load_checkpoint(path)[0], former)


def test_checkpoint_with_bad_weights_is_refused(make, tmp_path):
    trainer = make()
    state = trainer.run(1)
    path = tmp_path / "checkpoint.npz"
    weights = tuple(np.full_like(weight, np.nan) for weight in state.weights)
    save_checkpoint(path, replace(state, weights=weights), {})
    refused(trainer, path, DataError, "its weights are beyond -1 to 1")


def test_checkpoint_with_what_training_cannot_go_on_with_is_refused(make, tmp_path):
    trainer = make()
    state = trainer.run(1)
    path = tmp_path / "checkpoint.npz"
    trainer.run(2, checkpoint=path)
    identity = load_checkpoint(path)[1]
    large = tuple(np.full_like(weight, 2.0) for weight in state.weights)
    save_checkpoint(path, replace(state, weights=large), identity)
    refused(trainer, path, DataError, "its weights are beyond -1 to 1")
    save_checkpoint(path, replace(state, memory={}), identity)
    refused(trainer, path, TrainingError, "memory of another optimiser")


def refused(trainer, path, kind, message):
    before = trainer.state
    existed = path.exists() and path.read_bytes()
    with pytest.raises(kind, match=message):
        trainer.resume(path)
    assert trainer.state is before
    assert (path.exists() and path.read_bytes()) == existed


def test_bad_start(digits, model):
    network = SpikingNetwork(FakeTrials())
    with pytest.raises(ParameterError, match="shapes"):
        InTheLoopTrainer(network, digits, model.weights[:2])
    with pytest.raises(ParameterError, match="4-bit"):
        InTheLoopTrainer(network, digits, [2 * weight / np.abs(weight).max()
                                           for weight in model.weights])  # fmt: skip
    with pytest.raises(ParameterError, match="classes"):
        InTheLoopTrainer(network, load_digits((0, 1)), model.weights)


@pytest.mark.parametrize("bad", [{"batch_size": 0}, {"label_rate": 0.0}, {"total_rate": np.nan}])
def test_bad_settings(bad):
    with pytest.raises(ParameterError, match=next(iter(bad))):
        LoopSettings(**bad)


def test_levels_are_those_of_the_state(make, model):
    for found, expected in zip(make().levels, quantise_all(model.weights), strict=True):
        assert (found == expected).all()
