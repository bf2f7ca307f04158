"""Modules, handles and runs."""

import pytest
import torch

import pyNN_brainscales_emu.spiking as snn
from pyNN_brainscales_emu.errors import NetworkError, OptionError, ParameterError
from pyNN_brainscales_emu.spiking.functional import linear_exponential_clamp


def network(experiment):
    """Return the layers of a small network, 5-8-3."""
    return (
        snn.Synapse(5, 8, experiment),
        snn.LIF(8, experiment, leak=0.0, reset=0.0, threshold=0.2),
        snn.Synapse(8, 3, experiment),
        snn.LI(3, experiment, leak=0.0),
    )


def call(layers, spikes):
    handle = snn.LIFObservables(spikes=spikes)
    handles = []
    for layer in layers:
        handle = layer(handle)
        handles.append(handle)
    return handles


def test_handles_are_empty_until_the_run_fills_them():
    experiment = snn.Experiment(mock=True)
    handles = call(network(experiment), (torch.rand(20, 4, 5) < 0.3).float())
    assert handles[1].spikes is None
    assert snn.run(experiment, None) is None
    assert handles[0].graded_spikes.shape == (20, 4, 8)
    assert handles[1].spikes.shape == (20, 4, 8)
    assert handles[3].membrane_cadc.shape == (20, 4, 3)


def test_learning_lowers_the_loss():
    experiment = snn.Experiment(mock=True)
    layers = network(experiment)
    spikes = (torch.rand(40, 16, 5) < 0.3).float()
    target = torch.randint(3, (16,))
    optimiser = torch.optim.Adam([layers[0].weight, layers[2].weight], lr=2e-2)
    losses = []
    for _ in range(60):
        optimiser.zero_grad()
        handles = call(layers, spikes)
        snn.run(experiment, None)
        scores = handles[-1].membrane_cadc.max(dim=0).values
        loss = torch.nn.functional.cross_entropy(10 * scores, target)
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]


@pytest.mark.parametrize("batch", [0, 1])
def test_batches_of_one_and_none(batch):
    experiment = snn.Experiment(mock=True)
    handles = call(network(experiment), torch.zeros(10, batch, 5))
    with torch.no_grad():
        snn.run(experiment, None)
    assert handles[3].membrane_cadc.shape == (10, batch, 3)


def test_double_precision():
    experiment = snn.Experiment(mock=True)
    layers = [layer.double() for layer in network(experiment)]
    handles = call(layers, torch.rand(10, 2, 5).double())
    snn.run(experiment, None)
    assert handles[3].membrane_cadc.dtype == torch.float64


def test_a_readout_sums_what_several_synapses_bring():
    experiment = snn.Experiment(mock=True)
    a, b = snn.Synapse(4, 2, experiment), snn.Synapse(4, 2, experiment)
    spikes = (torch.rand(15, 3, 4) < 0.5).float()
    inputs = [snn.LIFObservables(spikes=spikes) for _ in range(2)]
    readout = snn.LI(2, experiment, leak=0.0)
    together = readout(a(inputs[0]), b(inputs[1]))
    snn.run(experiment, None)
    single = snn.Experiment(mock=True)
    sum_of_both = snn.Synapse(4, 2, single)
    sum_of_both.weight.data = a.weight.data + b.weight.data
    alone = snn.LI(2, single, leak=0.0)(sum_of_both(snn.LIFObservables(spikes=spikes)))
    snn.run(single, None)
    torch.testing.assert_close(together.membrane_cadc, alone.membrane_cadc)


def test_dropout_silences_neurons_in_the_whole_batch_and_none_in_evaluation():
    experiment = snn.Experiment(mock=True)
    synapse, neurons = snn.Synapse(5, 30, experiment), snn.LIF(30, experiment, threshold=0.01,
                                                              leak=0.0, reset=0.0)  # fmt: skip
    synapse.weight.data.fill_(5.0)
    dropout = snn.BatchDropout(30, 0.5, experiment)
    for training in (True, False):
        dropout.train(training)
        handle = dropout(neurons(synapse(snn.LIFObservables(spikes=torch.ones(20, 3, 5)))))
        snn.run(experiment, None)
        fired = handle.spikes.sum(dim=0) > 0
        assert torch.equal(fired, dropout.mask.expand(3, 30))
        assert torch.equal(neurons.mask, dropout.mask)
        assert dropout.mask.all() != training


def test_dropout_must_follow_neurons():
    experiment = snn.Experiment(mock=True)
    synapse, dropout = snn.Synapse(5, 5, experiment), snn.BatchDropout(5, 0.5, experiment)
    dropout(synapse(snn.LIFObservables(spikes=torch.ones(3, 1, 5))))
    with pytest.raises(TypeError, match="follow one layer of neurons"):
        snn.run(experiment, None)


def test_recurrence_needs_a_wrapper():
    experiment = snn.Experiment(mock=True)
    inputs, neurons = snn.Synapse(4, 6, experiment), snn.LIF(6, experiment)
    recurrent = snn.Synapse(6, 6, experiment)
    handle = neurons(inputs(snn.LIFObservables(spikes=torch.zeros(5, 1, 4))))
    neurons(recurrent(handle))
    with pytest.raises(NetworkError, match="HXModuleWrapper"):
        snn.run(experiment, None)


def test_sparse_synapses_learn_only_where_they_are():
    experiment = snn.Experiment(mock=True)
    connections = (torch.rand(6, 4) < 0.4).float()
    synapse = snn.SparseSynapse(connections.to_sparse(), experiment)
    assert torch.equal(synapse.weight != 0, connections.t() != 0)
    handle = synapse(snn.LIFObservables(spikes=torch.ones(3, 2, 6)))
    snn.run(experiment, None)
    expected = (synapse.weight.data * connections.t()).sum(dim=1)
    torch.testing.assert_close(handle.graded_spikes[0, 0], expected)


def test_weights_bend_towards_the_largest_of_the_chip():
    weight = torch.tensor([[0.5, 0.9, 100.0, -100.0]])
    bent = linear_exponential_clamp(torch.eye(4), weight, cap=1.0, start_weight=50.0)[:, 0]
    start = 50 / 63
    assert bent[0] == 0.5
    assert start < bent[1] < 0.9
    torch.testing.assert_close(bent[2:], torch.tensor([1.0, -1.0]))
    steps = linear_exponential_clamp(torch.eye(4), weight, cap=1.0, quantize=True)[:, 0] * 63
    torch.testing.assert_close(steps, steps.round())
    with pytest.raises(ParameterError, match="start_weight"):
        linear_exponential_clamp(torch.eye(4), weight, start_weight=63.0)


def test_states_are_saved_without_code():
    experiment = snn.Experiment(mock=True)
    model = torch.nn.ModuleList(network(experiment))
    import io

    buffer = io.BytesIO()
    torch.save(model.state_dict(), buffer)
    buffer.seek(0)
    again = torch.nn.ModuleList(network(snn.Experiment(mock=True)))
    again.load_state_dict(torch.load(buffer, weights_only=True))
    assert torch.equal(again[0].weight, model[0].weight)


def test_the_chip_is_refused_until_it_is_there():
    experiment = snn.Experiment()
    call(network(experiment), torch.zeros(3, 1, 5))
    with pytest.raises(OptionError, match="mock=True"):
        snn.run(experiment, 3)
    with pytest.raises(OptionError, match="whole number of time steps"):
        snn.run(experiment, 3.0)


def test_a_parameter_of_the_model_may_be_learned():
    experiment = snn.Experiment(mock=True)
    leak = snn.ModelParameter(0.3).make_trainable()
    neurons = snn.LI(2, experiment, leak=leak)
    assert [name for name, _ in neurons.named_parameters()] == ["leak._model_value"]
    with pytest.raises(ParameterError, match="model_value"):
        snn.HXTransformedModelParameter(1.0, lambda v: 2 * v).hardware_value = 3.0
