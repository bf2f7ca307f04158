import numpy as np
from graph_builders import graph, neurons, poisson, spike_array

from pyNN_brainscales_emu.mapping.source_rates import source_rates


def test_rates_of_poisson_and_array_sources():
    trains = [[], [5.0], [0.0, 10.0, 20.0, 50.0], [7.0, 7.0], [1.0, 3.0]]
    network = graph([neurons(2), poisson([20.0, 0.0], 2), spike_array(trains, 4)])
    # Three intervals in 50 ms; one in 2 ms.
    np.testing.assert_allclose(source_rates(network), [20.0, 0.0, 0.0, 0.0, 60.0, 0.0, 500.0])


def test_network_without_sources():
    assert source_rates(graph([neurons(2)])).shape == (0,)
