"""What users may choose of the loop: rules, encoders, metrics, callbacks, and what goes wrong."""

import errno
from dataclasses import replace

import numpy as np
import pytest
from reference.fake_pynn import FakeTrials

from pyNN_brainscales_emu.errors import DataError, ParameterError, TrainingError
from pyNN_brainscales_emu.training import (
    AbsoluteWeights,
    Adam,
    CrossEntropy,
    DataSet,
    Descent,
    EarlyStopping,
    InTheLoopTrainer,
    LabelledImages,
    LoopSettings,
    Presentation,
    Quantiser,
    SoftwareSettings,
    SpikingNetwork,
    load_checkpoint,
    load_digits,
    poisson_rates,
    train_software_model,
)

N_FEATURES, N_CLASSES = 12, 3


def blobs(n, seed):
    """Features that are larger around a place that belongs to the class."""
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, N_CLASSES, n)
    place = np.arange(N_FEATURES) // (N_FEATURES // N_CLASSES)
    features = generator.uniform(0, 0.4, (n, N_FEATURES)) + 0.5 * (place == labels[:, None])
    return LabelledImages(features, labels)


@pytest.fixture(scope="module")
def data():
    return DataSet("blobs", (0, 1, 2), blobs(300, 1), blobs(200, 2))


def encoder(features):
    return 60.0 * features


def make(data, network=None, weights=None, offset=6.0, **options):
    """Return a trainer of a small network of one hidden layer, with features of its own."""
    settings = {"batch_size": 100, "silent_labels_learn": True}
    settings |= {name: options.pop(name) for name in list(options) if name in SETTINGS}
    network = network or SpikingNetwork(FakeTrials(offset=offset, seed=3), (12, 8, 3))
    if weights is None:
        generator = np.random.default_rng(5)
        weights = [generator.uniform(-0.2, 0.3, (12, 8)), generator.uniform(-0.3, 0.5, (8, 3))]
    return InTheLoopTrainer(
        network, data, weights, LoopSettings(**settings), encoder=encoder, **options
    )


SETTINGS = LoopSettings.__dataclass_fields__


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"optimiser": Descent(momentum=0.5)},
        {"optimiser": Adam(learning_rate=0.01)},
        {"loss": CrossEntropy()},
        {"straight_through": True},
        {"penalties": (AbsoluteWeights(1e-4),)},
    ],
)
def test_networks_of_other_layers_learn_with_each_rule(data, options):
    trainer = make(data, **options)
    before = trainer.evaluate(progress=False).accuracy
    trainer.run(30, evaluate_every=0, progress=False)
    after = trainer.evaluate(progress=False).accuracy
    assert before < 0.75
    assert after > 0.9


def test_straight_through_is_a_step_with_rounded_weights(data):
    trainer = make(data, straight_through=True)
    old = trainer.state.weights
    shown = spied(trainer)
    new = trainer.run(1, evaluate_every=0, progress=False).weights
    a0, a1, y = (count / 0.9 for count in shown["answer"].counts)
    wanted = np.eye(3)[data.train.labels[shown["batch"]]]
    delta = 2 * (y / 30 - wanted) / wanted.size / 30
    rounded = np.rint(15 * old[1]) / 15
    gradients = a0.T @ (delta @ rounded.T * (a1 > 0)), a1.T @ delta
    for found, weight, gradient in zip(new, old, gradients, strict=True):
        expected = np.clip(weight - 0.05 * (gradient + 0.001 * weight), -1, 1)
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


def test_penalties_add_to_step_and_cost(data):
    plain, penalised = make(data), make(data, penalties=(AbsoluteWeights(0.01),))
    old = plain.state.weights
    one, other = (t.run(1, evaluate_every=0, progress=False) for t in (plain, penalised))
    for a, b, weight in zip(one.weights, other.weights, old, strict=True):
        inside = np.abs(a) < 0.99
        np.testing.assert_allclose((a - b)[inside], (0.05 * 0.01 * np.sign(weight))[inside])
    more = 0.01 * sum(np.abs(weight).sum() for weight in old)
    assert other.history["cost"][0] - one.history["cost"][0] == pytest.approx(more)


def test_weights_stay_within_the_scales_of_their_layers(data):
    quantiser = Quantiser((0.3, 0.5))
    network = SpikingNetwork(FakeTrials(offset=6.0, seed=3), (12, 8, 3), quantiser=quantiser)
    trainer = make(data, network, optimiser=Descent(learning_rate=1.0))
    state = trainer.run(5, evaluate_every=0, progress=False)
    for weight, level, scale in zip(state.weights, trainer.levels, (0.3, 0.5), strict=True):
        assert np.abs(weight).max() == pytest.approx(scale)
        np.testing.assert_array_equal(level, np.rint(15 * weight / scale))


def test_learning_needs_the_recorded_spikes(data):
    """With the rates of other images in place of those recorded nothing is learnt."""
    good, bad = make(data), make(data)
    present = bad.network.present

    def shuffled(rates, generator, **options):
        answer = present(rates, generator, **options)
        order = np.random.default_rng(len(bad.state.history["cost"])).permutation(len(rates))
        return Presentation(tuple(counts[order] for counts in answer.counts))

    bad.network.present = shuffled
    for trainer in (good, bad):
        trainer.run(30, evaluate_every=0, progress=False)
    bad.network.present = present
    assert good.evaluate(progress=False).accuracy > 0.9
    assert bad.evaluate(progress=False).accuracy < 0.6


def test_metrics_are_columns_of_the_history(data, tmp_path):
    metrics = {"hidden rate": lambda answer, labels: answer.rates()[1].mean()}
    path = tmp_path / "checkpoint.npz"
    trainer = make(data, metrics=metrics)
    shown = spied(trainer)
    state = trainer.run(2, checkpoint=path, evaluate_every=0, progress=False)
    assert state.history["hidden rate"][-1] == shown["answer"].rates()[1].mean()
    assert load_checkpoint(path)[0].history["hidden rate"].tolist() == (
        state.history["hidden rate"].tolist()
    )
    with pytest.raises(TrainingError, match="metrics"):
        make(data).resume(path)
    with pytest.raises(ParameterError, match=r"names that the history has already; got .'cost'"):
        make(data, metrics={"cost": lambda answer, labels: 0.0})


def test_history_is_a_table(data, tmp_path):
    state = make(data).run(3, evaluate_every=2, progress=False)
    table = state.table()
    assert table["iteration"].tolist() == [1, 2, 3]
    assert table["cost"].tolist() == state.history["cost"].tolist()
    lines = table.to_csv(tmp_path / "history.csv").read_text().splitlines()
    assert lines[0] == "iteration,cost,batch_accuracy,test_accuracy,weight_change"
    assert [line.split(",")[3] == "" for line in lines[1:]] == [True, False, True]


def test_callbacks_see_each_iteration_and_can_end_the_training(data):
    seen = []
    trainer = make(data)
    state = trainer.run(
        9,
        evaluate_every=0,
        progress=False,
        callback=[lambda state: state.iteration == 3, lambda state: seen.append(state.iteration)],
    )
    assert state.iteration == trainer.state.iteration == 3
    assert seen == [1, 2, 3]


@pytest.mark.parametrize(
    ("values", "options", "ends"),
    [
        ([0.5, 0.6, 0.6, 0.6], {"patience": 2}, 4),
        ([0.5, np.nan, 0.4, np.nan, 0.3], {"patience": 2}, 5),
        ([0.5, 0.6, 0.7, 0.8], {"patience": 1}, None),
        ([0.5, 0.6, 0.7, 0.8], {"patience": 1, "smallest": 0.2}, 2),
        ([3.0, 2.0, 2.5, 1.0], {"patience": 1, "larger_is_better": False}, 3),
    ],
)
def test_early_stopping(data, values, options, ends):
    state = make(data).state
    stop = EarlyStopping(column="cost", **options)
    found = [
        n
        for n in range(1, len(values) + 1)
        if stop(replace(state, iteration=n, history={"cost": np.array(values[:n])}))
    ]
    assert found[:1] == ([] if ends is None else [ends])
    with pytest.raises(ParameterError, match="column; got 'x'"):
        EarlyStopping(column="x")(state)


def test_a_cost_that_is_no_number_keeps_the_last_good_state(data, tmp_path):
    path = tmp_path / "checkpoint.npz"

    class Exploding:
        def value(self, outputs, wanted):
            return float("nan") if len(trainer.state.history["cost"]) == 2 else 1.0

        def gradient(self, outputs, wanted):
            return outputs * 0

    trainer = make(data, loss=Exploding())
    with pytest.raises(TrainingError, match=r"iteration 3 in the loop: .*no number any more"):
        trainer.run(5, checkpoint=path, evaluate_every=0, progress=False)
    assert trainer.state.iteration == load_checkpoint(path)[0].iteration == 2


def test_a_full_disk_keeps_the_last_good_checkpoint(data, tmp_path, monkeypatch):
    path = tmp_path / "checkpoint.npz"
    trainer = make(data)
    trainer.run(2, checkpoint=path, evaluate_every=0, progress=False)

    def full(file, **arrays):
        file.write(b"a part")
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(np, "savez", full)
        with pytest.raises(DataError, match=r"cannot be written: No space left on device"):
            trainer.run(3, checkpoint=path, evaluate_every=0, progress=False)
    assert trainer.state.iteration == load_checkpoint(path)[0].iteration == 2
    assert list(tmp_path.iterdir()) == [path]
    whole = make(data).run(3, evaluate_every=0, progress=False)
    resumed = trainer.run(3, checkpoint=path, evaluate_every=0, progress=False)
    assert all(np.array_equal(a, b) for a, b in zip(resumed.weights, whole.weights, strict=True))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda rates: rates[:, :5], r"shape \(300, 5\)"),
        (lambda rates: -rates, "Hz from 0 on"),
        (lambda rates: rates * np.nan, "Hz from 0 on"),
    ],
)
def test_bad_encoders(data, change, message):
    network = SpikingNetwork(FakeTrials(), (12, 8, 3))
    weights = [np.zeros((12, 8)), np.zeros((8, 3))]
    with pytest.raises(ParameterError, match=rf"(?s)encoder's rates.*{message}"):
        InTheLoopTrainer(network, data, weights, encoder=lambda images: change(encoder(images)))


def test_bad_data():
    with pytest.raises(DataError, match="differ in number"):
        LabelledImages(np.zeros((3, 12)), np.zeros(2, dtype=int))
    labels = LabelledImages(np.full((4, 12), 0.5), np.array([0, 1, 2, 3]))
    with pytest.raises(DataError, match=r"test: labels out of range; got \(0, 3\); allowed: 0 to"):
        make(DataSet("blobs", (0, 1, 2), blobs(20, 1), labels))
    bright = LabelledImages(np.full((4, 12), 255.0), np.array([0, 1, 2, 0]))
    network = SpikingNetwork(FakeTrials(), (12, 8, 3))
    weights = [np.zeros((12, 8)), np.zeros((8, 3))]
    with pytest.raises(DataError, match="out of range"):
        InTheLoopTrainer(network, DataSet("blobs", (0, 1, 2), bright, bright), weights)


def test_checkpoint_of_other_rules_is_refused(data, tmp_path):
    path = tmp_path / "checkpoint.npz"
    make(data).run(1, checkpoint=path, evaluate_every=0, progress=False)
    for change, name in (
        ({"optimiser": Adam()}, "settings.optimiser.kind"),
        ({"loss": CrossEntropy()}, "settings.loss.kind"),
        ({"penalties": (AbsoluteWeights(0.1),)}, "settings.penalties"),
        ({"straight_through": True}, "settings.straight_through"),
    ):
        with pytest.raises(TrainingError, match=name):
            make(data, **change).resume(path)


def test_software_training_with_rounded_weights_needs_no_rounding_afterwards():
    digits = load_digits()
    quantiser = Quantiser((0.3, 0.6, 1.0))
    settings = SoftwareSettings(steps=1500, quantiser=quantiser, loss=CrossEntropy())
    model = train_software_model(digits.train, settings, seed=1, progress=False)
    rounded = replace(model, weights=tuple(quantiser.rounded(model.weights)))
    assert rounded.accuracy(digits.test) > 0.9
    adam = SoftwareSettings(steps=800, optimiser=Adam(learning_rate=0.01))
    assert train_software_model(digits.train, adam, progress=False).accuracy(digits.test) > 0.9
    wild = SoftwareSettings(optimiser=Descent(learning_rate=1e200, weight_limit=1e300))
    with np.errstate(all="ignore"), pytest.raises(TrainingError, match="is no number"):
        train_software_model(digits.train, wild, progress=False)


def spied(trainer):
    """Note the answer to each presentation, and which images it is for."""
    shown = {}
    present, draw = trainer.network.present, trainer._draw_batch

    def spy(rates, generator, **options):
        shown["answer"] = present(rates, generator, **options)
        return shown["answer"]

    def draw_batch(generator):
        shown["batch"] = draw(generator)
        return shown["batch"]

    trainer.network.present, trainer._draw_batch = spy, draw_batch
    return shown


def test_default_encoder_is_that_of_the_publication(data):
    images = LabelledImages(data.train.images, data.train.labels)
    network = SpikingNetwork(FakeTrials(), (12, 8, 3))
    asked = {}
    present = network.present

    def spy(rates, generator, **options):
        asked["rates"] = rates
        return present(rates, generator, **options)

    network.present = spy
    weights = [np.zeros((12, 8)), np.zeros((8, 3))]
    trainer = InTheLoopTrainer(network, DataSet("blobs", (0, 1, 2), images, images), weights)
    trainer.evaluate(progress=False)
    np.testing.assert_array_equal(asked["rates"], poisson_rates(images.images))
