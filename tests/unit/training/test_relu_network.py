import numpy as np
import pytest

from pyNN_brainscales_emu.errors import ParameterError
from pyNN_brainscales_emu.training import Descent, SquaredError, SquaredWeights
from pyNN_brainscales_emu.training import relu_network as relu

LAYERS = (7, 5, 4, 3)


@pytest.fixture
def problem():
    generator = np.random.default_rng(3)
    weights = relu.initial_weights(generator, LAYERS)
    inputs = generator.uniform(0, 1, (11, 7))
    wanted = relu.targets(generator.integers(3, size=11), 3)
    return weights, inputs, wanted


def numerical_gradient(function, weights, step=1e-6):
    gradients = [np.zeros_like(weight) for weight in weights]
    for weight, gradient in zip(weights, gradients, strict=True):
        for index in np.ndindex(weight.shape):
            kept = weight[index]
            weight[index] = kept + step
            above = function()
            weight[index] = kept - step
            gradient[index] = (above - function()) / (2 * step)
            weight[index] = kept
    return gradients


@pytest.mark.parametrize("linear", [True, False])
@pytest.mark.parametrize("scale", [1.0, 30.0])
def test_gradient_is_that_of_the_cost(problem, linear, scale):
    weights, inputs, wanted = problem
    decay = 0.02

    def cost():
        outputs = relu.forward(weights, inputs, linear_labels=linear)[-1] / scale
        return SquaredError().value(outputs, wanted) + SquaredWeights(decay).value(weights)

    activations = relu.forward(weights, inputs, linear_labels=linear)
    error = SquaredError().gradient(activations[-1] / scale, wanted) / scale
    error = error * (linear | (activations[-1] > 0))
    found = relu.backpropagate(weights, activations, error)
    expected = numerical_gradient(cost, weights)
    for gradient, weight, number in zip(found, weights, expected, strict=True):
        assert np.abs(gradient).max() > 0
        np.testing.assert_allclose(gradient + decay * weight, number, atol=1e-8)


def test_initial_weights_are_truncated_and_seeded():
    first, again = (relu.initial_weights(np.random.default_rng(5)) for _ in range(2))
    assert all((a == b).all() for a, b in zip(first, again, strict=True))
    assert np.abs(first[0]).max() <= 2 / np.sqrt(100)
    # deviation of a normal distribution cut at 2: 0.880; 1500 numbers
    assert abs(first[0].std() * 10 - 0.880) < 5 * 0.88 / np.sqrt(2 * 1500)


def test_of_equal_labels_the_first_wins():
    assert relu.predict(np.array([[0, 3, 3], [0, 0, 0]])).tolist() == [1, 0]


@pytest.mark.parametrize("bad", ["shape", "nan"])
def test_bad_weights(bad):
    weights = relu.initial_weights(np.random.default_rng(0))
    if bad == "shape":
        weights[1] = weights[1][:-1]
    else:
        weights[1][0, 0] = np.nan
    with pytest.raises(ParameterError, match="shapes" if bad == "shape" else "layer 2"):
        relu.check_weights(weights)


def test_descent_by_hand():
    rule = Descent(learning_rate=0.1, momentum=0.5, weight_decay=0.2, weight_limit=1.0)
    weights, velocity = [np.array([[0.5, 0.99]])], [np.array([[0.2, 0.2]])]
    new, memory = rule.step(weights, {"velocity": velocity}, [np.array([[1.0, 0.0]])])
    speed = memory["velocity"]
    np.testing.assert_allclose(speed[0], [[0.1 - 0.1 * 1.1, 0.1 - 0.1 * 0.198]])
    np.testing.assert_allclose(new[0], [[0.49, 1.0]])  # the second one is clipped
    assert weights[0].tolist() == [[0.5, 0.99]]


@pytest.mark.parametrize(
    "bad",
    [{"learning_rate": 0.0}, {"momentum": 1.0}, {"weight_decay": -1.0}, {"weight_limit": np.nan}],
)
def test_descent_refuses(bad):
    with pytest.raises(ParameterError, match=next(iter(bad))):
        Descent(**bad)
