"""Optimisers, losses and penalties beside closed forms and numerical derivatives."""

import numpy as np
import pytest

from pyNN_brainscales_emu.errors import ParameterError
from pyNN_brainscales_emu.training import (
    AbsoluteWeights,
    Adam,
    CrossEntropy,
    Descent,
    SquaredError,
    SquaredWeights,
)


def numerical(function, point, epsilon=1e-6):
    gradient = np.empty_like(point)
    for index in np.ndindex(point.shape):
        shift = np.zeros_like(point)
        shift[index] = epsilon
        gradient[index] = (function(point + shift) - function(point - shift)) / (2 * epsilon)
    return gradient


@pytest.mark.parametrize("loss", [SquaredError(), CrossEntropy(), CrossEntropy(sharpness=1.0)])
def test_gradients_of_losses(loss):
    generator = np.random.default_rng(1)
    outputs = generator.uniform(0, 2, (7, 5))
    wanted = np.eye(5)[generator.integers(0, 5, 7)]
    expected = numerical(lambda values: loss.value(values, wanted), outputs)
    np.testing.assert_allclose(loss.gradient(outputs, wanted), expected, atol=1e-8)


def test_losses_by_hand():
    wanted = np.array([[1.0, 0.0]])
    assert SquaredError().value(np.array([[1.0, 3.0]]), wanted) == 4.5
    alike = np.array([[800.0, 800.0]])  # no overflow
    assert CrossEntropy().value(alike, wanted) == pytest.approx(np.log(2))


@pytest.mark.parametrize("penalty", [SquaredWeights(0.3), AbsoluteWeights(0.2)])
def test_gradients_of_penalties(penalty):
    weight = np.random.default_rng(2).uniform(-1, 1, (4, 3))
    expected = numerical(lambda values: penalty.value([values]), weight)
    np.testing.assert_allclose(penalty.gradients([weight])[0], expected, atol=1e-8)


def test_first_step_of_adam_has_the_size_of_the_learning_rate():
    rule = Adam(learning_rate=0.01)
    gradient = np.array([[3.0, -1e-4, 0.0]])
    (new,), _ = rule.step([np.zeros((1, 3))], rule.start([np.zeros((1, 3))]), [gradient])
    np.testing.assert_allclose(new, [[-0.01, 0.01, 0.0]], rtol=1e-3)


def test_adam_is_its_published_algorithm():
    generator = np.random.default_rng(3)
    rule = Adam(learning_rate=0.05, mean_decay=0.8, square_decay=0.9, weight_decay=0.1)
    weight = generator.uniform(-0.5, 0.5, (3, 2))
    found, memory = [weight], rule.start([weight])
    m = v = 0.0
    for t in range(1, 6):
        g = generator.normal(size=(3, 2))
        found, memory = rule.step(found, memory, [g])
        m, v = 0.8 * m + 0.2 * g, 0.9 * v + 0.1 * g**2
        corrected = (m / (1 - 0.8**t)) / (np.sqrt(v / (1 - 0.9**t)) + 1e-8)
        weight = np.clip(weight - 0.05 * (corrected + 0.1 * weight), -1, 1)
        np.testing.assert_allclose(found[0], weight, rtol=1e-12)


def test_weight_decay_is_the_penalty_of_squared_weights():
    weights, gradients = [np.array([[0.5, -0.2]])], [np.array([[0.1, 0.3]])]
    decaying, plain = Descent(weight_decay=0.02), Descent(weight_decay=0.0)
    (one,), _ = decaying.step(weights, decaying.start(weights), gradients)
    more = [gradients[0] + SquaredWeights(0.02).gradients(weights)[0]]
    (other,), _ = plain.step(weights, plain.start(weights), more)
    np.testing.assert_allclose(one, other, rtol=1e-12)


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: Adam(learning_rate=0), "Adam: learning_rate"),
        (lambda: Adam(mean_decay=1.0), "Adam: mean_decay"),
        (lambda: Adam(square_decay=-0.1), "Adam: square_decay"),
        (lambda: Adam(epsilon=0.0), "Adam: epsilon"),
        (lambda: Adam(weight_decay=np.nan), "Adam: weight_decay"),
        (lambda: SquaredWeights(-1.0), "SquaredWeights: factor"),
        (lambda: AbsoluteWeights(np.inf), "AbsoluteWeights: factor"),
    ],
)
def test_bad_rules(make, name):
    with pytest.raises(ParameterError, match=name):
        make()
