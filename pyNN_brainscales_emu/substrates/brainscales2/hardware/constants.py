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

# --- time ------------------------------------------------------------------------------------

#: Biological time over hardware time: 1 ms is 1 us on the chip.
SPEEDUP: Final = 1000.0

# --- read-out: columnar converter (CADC) --------------------------------------------------------
# Potentials are given in its least significant bits (LSB), as calibration does.

#: calix: 70 and 550 LSB of the analog memory read 20 and 220 LSB
#: (calix:include/ccalix/neuron_calib_target.h).
CADC_LSB_PER_CAPMEM_LSB: Final = 200.0 / 480.0
#: Where the membrane stops, in LSB: -103 and +100 around 128, measured with the largest constant
#: currents, tolerance 20 % (hxtorch:tests/hw/test_spiking_boundary.py).
MEMBRANE_LIMITS_LSB: Final = (25.0, 228.0)

# --- calibration targets and their ranges --------------------------------------------------------
# calix:src/cc/ccalix/neuron_calib_target.cpp, calix:src/py/calix/spiking/neuron.py; LSB of the
# CADC, microseconds of hardware time.

LEAK_LSB: Final = (50.0, 160.0)
RESET_LSB: Final = (50.0, 160.0)
THRESHOLD_LSB: Final = (50.0, 220.0)
TAU_MEM_US: Final = (0.5, 60.0)
TAU_SYN_US: Final = (0.3, 30.0)
REFRACTORY_US: Final = (0.04, 32.0)
#: Leak and threshold of the default calibration.
DEFAULT_LEAK_LSB: Final = 80.0
DEFAULT_THRESHOLD_LSB: Final = 125.0

# --- synaptic strength ------------------------------------------------------------------------

#: Bias of the synapses' current converters (synapse_dac_bias), analog memory LSB; one a chip.
SYNAPSE_BIAS_RANGE: Final = (30, 1022)
SYNAPSE_BIAS_DEFAULT: Final = 600
#: Height of a post-synaptic potential per weight, bias LSB and microsecond of tau_syn, in LSB of
#: the CADC, where tau_mem = tau_syn. Derived from the weight scales of two calibrations (50 at bias
#: 600 and 10 us, hxtorch:tests/hw/test_spiking_weight_scaling.py; 66.4 at 1000 and 6 us,
#: brainscales2-demos:ts_05), which give 5.8e-5 and 7.1e-5.
PSP_LSB_PER_WEIGHT: Final = 6.5e-5
