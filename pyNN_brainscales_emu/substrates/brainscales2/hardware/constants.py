"""The numbers of the BrainScaleS-2 chip (HICANN-X v3): each once, with its unit and source.

Sources: ``repository:path`` of the public repositories of the GitHub organisation
electronicvisions; Arnold et al. (2025), "Scalable network emulation on analog neuromorphic
hardware".
"""

from __future__ import annotations

from typing import Final

# --- counts ----------------------------------------------------------------------------------
# halco:include/halco/hicann-dls/vx/{neuron,synapse,synapse_driver,padi,routing_crossbar}.h

#: Neuron circuits: 256 columns of a top and a bottom one.
COLUMNS: Final = 256
ROWS_OF_CIRCUITS: Final = 2
CIRCUITS: Final = COLUMNS * ROWS_OF_CIRCUITS
#: Columns of the left and of the right half. Circuits of one neuron lie in one of them
#: (grenade:src/grenade/vx/network/placement/greedy_placer.cpp).
COLUMNS_PER_SIDE: Final = 128
CIRCUITS_PER_SIDE: Final = COLUMNS_PER_SIDE * ROWS_OF_CIRCUITS
#: Synapse rows of a hemisphere (top or bottom array), two to a driver.
SYNAPSE_ROWS: Final = 256
ROWS_PER_DRIVER: Final = 2
DRIVERS: Final = SYNAPSE_ROWS // ROWS_PER_DRIVER
#: PADI buses of a hemisphere; driver d sits on bus d mod 4 as number d div 4
#: (halco:src/halco/hicann-dls/vx/synapse_driver.cpp).
BUSES: Final = 4
DRIVERS_PER_BUS: Final = DRIVERS // BUSES
#: Event outputs of the neurons: column div 32; output k reaches PADI bus k mod 4 of both
#: hemispheres (halco:src/halco/hicann-dls/vx/neuron.cpp).
NEURON_OUTPUTS: Final = 8
COLUMNS_PER_OUTPUT: Final = COLUMNS // NEURON_OUTPUTS

# --- events ----------------------------------------------------------------------------------
# halco:include/halco/hicann-dls/vx/event.h

#: Bits of the address that a synapse compares with its own.
LABEL_BITS: Final = 6
LABELS: Final = 1 << LABEL_BITS
#: Bits that select drivers on a bus.
ROW_SELECT_BITS: Final = 5
#: Bits of the row selection that a neuron on the chip sets itself; the others are the number of
#: its event output.
OWN_ROW_SELECT_BITS: Final = 2

# --- synapses --------------------------------------------------------------------------------

#: Largest weight of a synapse (haldls:include/haldls/vx/synapse.h).
WEIGHT_MAX: Final = 63
#: Signed inputs of a circuit: a signed weight takes two rows of opposite sign.
SIGNED_INPUTS_PER_CIRCUIT: Final = SYNAPSE_ROWS // 2
