"""Single-chip runs of layered networks against the rule of Arnold et al. (2025), figure 2."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyNN_brainscales_emu.errors import CapacityError, NetworkError, OptionError
from pyNN_brainscales_emu.partition import (
    KNOWN_NETWORKS,
    Capacity,
    Convolution,
    Dense,
    LayeredNetwork,
    Pooling,
    count_runs,
)

#: By hand from the rule: ceil(fan-in / 128) circuits a neuron, 512 circuits a chip.
RUNS = {
    "MNIST 784-256-10": 5,
    "MNIST 256-246-10": 2,
    "EuroSAT 484-128-10": 3,
    "SHD 700-128-20": 3,
    "SHD 700-1024-20": 14,
    "SHD 700-128-128-20": 4,
    "SHD 700-1024-1024-20": 30,
    "SHD recurrent 1024": 30,
    "LeNet-5 / MNIST": 20,
    "VGG-11 / CIFAR-10": 2_791,
    "VGG-16 / CIFAR-10": 5_339,
    "ResNet-18 / CIFAR-10": 8_883,
    "VGG-16 / ImageNet": 249_400,
    "ResNet-18 / ImageNet": 29_920,
    "ResNet-34 / ImageNet": 58_944,
}


def test_each_known_network_is_checked():
    assert set(RUNS) == set(KNOWN_NETWORKS)


@pytest.mark.parametrize(("name", "runs"), RUNS.items())
def test_runs_of_known_networks(name, runs):
    assert count_runs(KNOWN_NETWORKS[name]).total == runs


def test_the_numbers_of_a_layer():
    hidden, output = count_runs("784 dense256 dense10").layers
    assert (hidden.circuits_per_neuron, hidden.neurons_per_run, hidden.runs) == (7, 73, 4)
    assert (output.fan_in, output.circuits_per_neuron, output.runs) == (256, 2, 1)


def test_neighbouring_layers_share_a_run_if_they_fit():
    counts = count_runs(KNOWN_NETWORKS["MNIST 256-246-10"])  # 246 x 2 + 10 x 2 = 512 circuits
    assert (counts.total, counts.total_merged) == (2, 1)
    assert count_runs("256 dense247 dense10").total_merged == 2


def test_layers_of_several_runs_share_none():
    assert count_runs("784 dense256 dense10").total_merged == 5


def test_a_recurrent_layer_sees_itself_and_must_fit_one_chip():
    assert count_runs("700 recurrent128 dense20").layers[0].fan_in == 828
    assert count_runs("28 recurrent100").needs_several_chips is False
    counts = count_runs(KNOWN_NETWORKS["SHD recurrent 1024"])
    assert counts.needs_several_chips
    assert "several chips" in str(counts)


def test_a_sequence_of_layers_counts_like_its_text():
    layers = (Convolution(6, 5, padding=2), Pooling(2), Convolution(16, 5), Pooling(2), Dense(120))
    text = "28x28 conv6k5p2 pool2 conv16k5 pool2 dense120"
    assert count_runs(layers, inputs=(1, 28, 28)).layers == count_runs(text).layers


@given(
    inputs=st.integers(1, 2_000),
    sizes=st.lists(st.integers(1, 2_000), min_size=1, max_size=5),
    circuits=st.integers(64, 600),
)
def test_dense_layers_take_as_many_runs_as_filling_chips_one_by_one(inputs, sizes, circuits):
    capacity = Capacity(circuits=circuits, inputs_per_circuit=128)
    text = " ".join([str(inputs), *(f"dense{n}" for n in sizes)])
    filled = 0
    for fan_in, neurons in zip([inputs, *sizes], sizes, strict=False):
        free = 0
        for _ in range(neurons):
            needed = max(1, (fan_in + 127) // 128)
            if free < needed:
                filled, free = filled + 1, circuits
            free -= needed
    assert count_runs(text, chip=capacity).total == filled


@given(st.sampled_from(sorted(KNOWN_NETWORKS)))
def test_a_network_reads_what_it_writes(name):
    network = KNOWN_NETWORKS[name]
    assert LayeredNetwork.parse(str(network), name) == network


@pytest.mark.parametrize(
    "text", ["", "784", "dense10", "784 dens10", "784 dense", "0 dense3", "1x2x3x4 dense3"]
)
def test_a_text_that_cannot_be_read_is_named(text):
    with pytest.raises(NetworkError, match="cannot read"):
        LayeredNetwork.parse(text)


def test_all_words_that_cannot_be_read_are_named():
    with pytest.raises(NetworkError, match="cannot read dance256, max2"):
        LayeredNetwork.parse("784 dance256 dense3 max2")


@pytest.mark.parametrize("text", ["8x8 conv4k9", "8x8 conv4k3 pool7", "784 dense0", "9 conv1k1s0"])
def test_layers_that_do_not_fit_are_named(text):
    with pytest.raises(NetworkError, match="layer"):
        count_runs(text)


def test_more_inputs_than_a_chip_has_are_refused():
    assert count_runs("65536 dense2").total == 2
    with pytest.raises(CapacityError, match=r"dense2 has 65537.*65536 signed inputs"):
        count_runs("65537 dense2")


def test_bad_chips_are_refused():
    with pytest.raises(OptionError, match="brainscales2"):
        count_runs("784 dense10", chip="brainscales3")
    with pytest.raises(OptionError, match="circuits"):
        Capacity(circuits=0, inputs_per_circuit=128)


def test_a_sequence_without_inputs_is_refused():
    with pytest.raises(NetworkError, match="inputs=784"):
        count_runs([Dense(3)])
