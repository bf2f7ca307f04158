from dataclasses import replace

import numpy as np
import pytest
from graph_builders import graph, neurons, projection
from routing_builders import line_table

from pyNN_brainscales_emu.errors import LossWarning, OptionError
from pyNN_brainscales_emu.mapping.line_priorities import line_priorities
from pyNN_brainscales_emu.mapping.mapper import map_network
from pyNN_brainscales_emu.mapping_options import MappingOptions
from pyNN_brainscales_emu.options import Options


def test_mean_over_the_projections_that_a_line_carries():
    first = projection([0, 0, 1], [3, 3, 3], label="first")
    second = replace(projection([1, 2], [3, 3], label="second"), priority=4.0)
    third = projection([2, 4], [3, 3], label="third")
    network = graph([neurons(5)], [first, second, third])
    # Cells 0, 1 and 2 have lines 0, 1 and 2; 3 has none to speak of; 4 has no line at all.
    lines = line_table([0, 1, 2, 3, -1], [63, 63, 63, 63, -1], 4)
    options = MappingOptions(priorities={"first": 2.0, "second": 9.0})
    np.testing.assert_array_equal(line_priorities(network, lines, options), [2.0, 3.0, 2.5, 1.0])
    equal = graph([neurons(5)], [first, third])
    np.testing.assert_array_equal(line_priorities(equal, lines, MappingOptions()), np.ones(4))


def test_priorities_of_no_projection_are_told():
    network = graph([neurons(5)], [projection([0], [3], label="first")])
    priorities = MappingOptions(priorities={"firts": 2.0, "first": 3.0})
    text = r"priorities of projections that there are not.*\['firts'\].*mean 'first'"
    with pytest.raises(OptionError, match=text):
        map_network(network, Options(mapping_options=priorities, on_loss="raise"))
    with pytest.warns(LossWarning, match=text):
        map_network(network, Options(mapping_options=priorities))
    map_network(network, Options(mapping_options=priorities, on_loss="ignore"))
