"""The numbers of the BrainScaleS-1 wafer: each once, with its unit and source.

Only plain numbers stand here; coordinates and tables of the geometry have modules of their own.
Units are in the names (``_V``, ``_A``, ``_F``, ``_S``; ``_NS`` nanoseconds of hardware time).
Sources: ``repository:path`` of the public repositories of the GitHub organisation
electronicvisions; Schmitt et al. (2017), "Neuromorphic hardware in the loop", IJCNN,
arXiv 1703.01909; Vogginger et al. (2026), arXiv 2603.24854.
"""

from __future__ import annotations

from typing import Final

# --- counts ----------------------------------------------------------------------------------
# halco:include/halco/hicann/v2/{hicann,neuron,synapse,external}.h

#: HICANN chips on a wafer (Schmitt et al. 2017, section II).
HICANNS_PER_WAFER: Final = 384
#: Reticles, and FPGAs, of a wafer; one FPGA serves one reticle.
RETICLES_PER_WAFER: Final = 48
FPGAS_PER_WAFER: Final = 48
#: Neuron circuits (denmems) of a HICANN: 256 columns of a top and a bottom one.
DENMEMS_PER_HICANN: Final = 512
DENMEM_COLUMNS: Final = 256
DENMEM_ROWS: Final = 2
#: Synaptic inputs of a denmem: left and right.
SYNAPTIC_INPUTS_PER_DENMEM: Final = 2
#: Neuron blocks of a HICANN, each of 32 columns and with one priority encoder.
NEURON_BLOCKS_PER_HICANN: Final = 8
COLUMNS_PER_NEURON_BLOCK: Final = 32
DENMEMS_PER_NEURON_BLOCK: Final = 64
#: Denmems of a logical neuron: even numbers
#: (marocco:marocco/coordinates/LogicalNeuron.cpp; default marocco:marocco/placement/parameters/
#: NeuronPlacement.cpp).
NEURON_SIZE_MIN: Final = 2
NEURON_SIZE_MAX: Final = 64
NEURON_SIZE_DEFAULT: Final = 4
NEURON_SIZES: Final = range(NEURON_SIZE_MIN, NEURON_SIZE_MAX + 1, DENMEM_ROWS)
#: Synapse arrays of a HICANN: top and bottom.
SYNAPSE_ARRAYS_PER_HICANN: Final = 2
SYNAPSE_ROWS_PER_ARRAY: Final = 224
SYNAPSE_ROWS_PER_HICANN: Final = 448
SYNAPSE_COLUMNS: Final = 256
SYNAPSES_PER_HICANN: Final = 114_688
#: Synapse drivers of a HICANN: 112 on either side, 56 in each quadrant; each drives two rows.
DRIVERS_PER_HICANN: Final = 224
DRIVERS_PER_SIDE: Final = 112
DRIVERS_PER_QUADRANT: Final = 56
ROWS_PER_DRIVER: Final = 2
#: Drivers that may be chained to one source line
#: (marocco:marocco/routing/parameters/SynapseRouting.cpp).
DRIVER_CHAIN_LENGTH: Final = 3
#: Mergers of a HICANN below the DNC mergers: 8 + 4 + 2 + 1 (halbe:hal/HICANN/MergerTree.h).
MERGERS_PER_TREE: Final = 15
#: Analog outputs of a HICANN (halco:include/halco/hicann/v2/external.h).
ANALOG_OUTPUTS_PER_HICANN: Final = 2
#: Channels of the link between a HICANN and its FPGA; each has one direction
#: (halbe:hal/HICANN/GbitLink.h).
LINK_CHANNELS_PER_HICANN: Final = 8
#: Sources that one layer-1 line can carry: 64 addresses of 6 bits less address 0 (background
#: events) and 1, 17, 33, 49 (which make decoder 1 mean "off")
#: (marocco:marocco/placement/internal/L1AddressPool.cpp).
ADDRESSES_PER_LINE: Final = 59

# --- floating gates --------------------------------------------------------------------------

#: Resolution of a floating-gate cell, in bits and as its largest value
#: (halbe:hal/HICANN/FGBlock.h).
FLOATING_GATE_BITS: Final = 10
FLOATING_GATE_MAX: Final = 2**FLOATING_GATE_BITS - 1
#: What the largest value stands for: 1.8 V in voltage cells, 2 500 nA in current cells.
FLOATING_GATE_FULL_SCALE_V: Final = 1.8
FLOATING_GATE_FULL_SCALE_A: Final = 2.5e-6
#: Blocks of floating gates of a HICANN: top left, top right, bottom left, bottom right
#: (halco:include/halco/hicann/v2/fg.h).
FG_BLOCKS_PER_HICANN: Final = 4

# --- membranes -------------------------------------------------------------------------------
# halbe:hal/HICANNContainer.h, calibtic:src/HMF/NeuronCalibration.cpp,
# calibtic:include/calibtic/HMF/NeuronCalibration.h

#: Capacitance of one denmem with the big and with the small capacitor, nominal.
CAPACITANCE_BIG_F: Final = 2.16456e-12
CAPACITANCE_SMALL_F: Final = 0.1642e-12
#: Ratio of membrane time constants of big and small capacitor that the calibration uses; it is
#: not the ratio of the nominal capacitances.
TIME_CONSTANT_RATIO_BIG_TO_SMALL: Final = 5.0
#: Divisor of the mirror of the leak current in its three modes.
LEAK_DIVISOR_FAST: Final = 1.0
LEAK_DIVISOR_NORMAL: Final = 3.0
LEAK_DIVISOR_SLOW: Final = 27.0

# --- scaling ---------------------------------------------------------------------------------

#: Biological time over hardware time (sthal:sthal/SpeedUp.h, NORMAL).
SPEEDUP_DEFAULT: Final = 10_000.0
#: ``V_hw = alpha * V_bio + shift`` (marocco:pymarocco/ParamTrafo.cpp).
VOLTAGE_SCALING_ALPHA_DEFAULT: Final = 10.0
VOLTAGE_SCALING_SHIFT_DEFAULT_V: Final = 1.2

# --- synapses --------------------------------------------------------------------------------
# calibtic:src/HMF/SynapseCalibration.cpp, calibtic:src/HMF/SynapseRowCalibration.cpp

#: Largest digital weight (4 bits).
WEIGHT_MAX: Final = 15
WEIGHT_LEVELS: Final = 16
#: Conductance of the digital weight w: c0 + c1 w + c2 w^2, at V_gmax 500 nA and an effective
#: divisor of 22. Weight 0 still conducts; "off" is an address of the decoder.
WEIGHT_CURVE_S: Final = (93.9406513768e-9, 81.3443474483e-9, -1.59734048208e-9)
WEIGHT_CURVE_GMAX_A: Final = 500e-9
WEIGHT_CURVE_DIVISOR: Final = 22
#: The four shared currents V_gmax0..3 a row can select, as in the defaults of the executable
#: specification. Their position in the tuple is the row's selector.
GMAX_A: Final = (500e-9, 550e-9, 650e-9, 200e-9)
#: Divisor of V_gmax: the sum of the row's two 4-bit values, each 1..15
#: (halbe:hal/HICANN/RowConfig.h).
GMAX_DIVISOR_MIN: Final = 2
GMAX_DIVISOR_MAX: Final = 30

#: Conductance at which a synaptic input of a denmem saturates. No repository states it; this is a
#: reading of the balanced random network on wafer 30 (brainscales1-demos:random_network.rst), whose
#: rates fall behind those of its simulation above 50 Hz, "saturating synaptic input circuits", and
#: reach 250 Hz at most. With this limit rates of 50 Hz fall by an eighth, those of 100 Hz by a
#: quarter, and the highest, 640 Hz, to 254 Hz (``benchmarks/input_saturation.py``). It is of the
#: size of the leak at a membrane time constant of 1 us, 2.2 uS. Spread between denmems is not
#: published.
SYNAPTIC_INPUT_LIMIT_S: Final = 2.5e-6

# --- layer 1 ---------------------------------------------------------------------------------

#: Delay from a neuron to the synapses on a HICANN `distance` steps away:
#: ``LAYER1_DELAY_NS + LAYER1_DELAY_PER_HICANN_NS * distance``. Fitted on wafer 30: 0.6444 ms +
#: 0.0397 ms a HICANN of biological time at a speed-up of 10 000
#: (brainscales1-demos:cortical_microcircuit.rst, random_network.rst). Their scatter of 0.1 ms
#: between connections is not modelled.
LAYER1_DELAY_NS: Final = 64.44
LAYER1_DELAY_PER_HICANN_NS: Final = 3.97

# --- links between FPGAs and HICANNs ---------------------------------------------------------

#: Time that a pulse occupies the link of a HICANN, either way: the slow mode of the links,
#: seven FPGA clocks (marocco:marocco/placement/internal/InputPlacement.h). That the way up takes
#: as long as the way down is assumed.
LINK_PULSE_NS: Final = 56.0
LINK_UP_PULSE_NS: Final = 56.0
#: Time that a pulse occupies the FPGA, one clock of 125 MHz (ess:global_src/systemc/sim_def.h).
FPGA_PULSE_NS: Final = 8.0
#: Transmission delay from FPGA to HICANN below saturation, and its jitter, of a single HICANN
#: (Vogginger et al. 2026). The figure for the jitter is taken to be a standard deviation.
LINK_DELAY_NS: Final = 230.0
LINK_JITTER_NS: Final = 8.0
#: How much earlier than its time an FPGA releases a pulse: 25 FPGA clocks, the default for Kintex
#: FPGAs, which serve the wafers (sthal:sthal/FPGAShared.h).
LINK_SEND_AHEAD_NS: Final = 200.0
#: Pulses that wait for a link in the FPGA's transmit queue (ess:global_src/systemc/sim_def.h).
FPGA_FIFO_ENTRIES: Final = 16
#: A pulse that playback would release later than this is dropped (halbe:ESS/halbe_to_ess.cpp).
PLAYBACK_LATE_DROP_NS: Final = 100.0
#: Playback releases pulses that are due less than six FPGA clocks after the one before together
#: with it, and at most 184 of them (hicann-system: addPlaybackPulse).
PLAYBACK_GROUP_GAP_CLOCKS: Final = 6
PLAYBACK_GROUP_SIZE: Final = 184
#: The links of the executable specification: fast mode, 24 ns to send a pulse; the delay assumed
#: from FPGA to HICANN, and 62 FPGA clocks of send-ahead for it; on the wafer a constant
#: (ess:global_src/systemc/sim_def.h, sthal: ESSRunner).
ESS_LINK_PULSE_NS: Final = 24.0
ESS_LINK_DELAY_NS: Final = 500.0
ESS_SEND_AHEAD_NS: Final = 496.0
ESS_LAYER1_DELAY_NS: Final = 80.0
#: Grid of the time stamps of recorded spikes: 250 MHz (halbe:hal/FPGAContainer.h).
TIME_STAMP_NS: Final = 4.0
#: Share of the links' bandwidth that input placement fills
#: (marocco:marocco/placement/parameters/InputPlacement.cpp).
BANDWIDTH_UTILISATION: Final = 0.8

# --- analog read-out ---------------------------------------------------------------------------

#: Resolution of the converter that samples the membrane, and the smaller one that can be chosen
#: for comparison.
ADC_BITS: Final = 12
ADC_BITS_REDUCED: Final = 10
#: Samples a second of hardware time (cake:pycake/helpers/sthal.py).
ADC_RATE_HZ: Final = 96e6
#: Groups of reticles that share the channels of one converter, one channel for each analog output
#: of a HICANN (halco:src/halco/hicann/v2/lookup_tables.cpp): 12 channels a wafer.
ADC_GROUPS_PER_WAFER: Final = 6
#: Largest voltage that it takes, V; the smallest is 0 (halbe:ESS/halbe_to_ess.cpp).
ADC_FULL_SCALE_V: Final = 1.8
#: Standard deviation of the read-out's noise, V: assumed, two steps of the converter. No figure is
#: published; the acceptance test of the read-out boards demands less than 10 mV
#: (sthal:tests/sthal_hwtest_wafer_AnaRM.py).
READOUT_NOISE_V: Final = 1e-3
#: Standard deviation between denmems of the offset of the amplifier that drives the analog output,
#: V: of the histogram of the 512 denmems of a HICANN in cake:doc/calibration.tex, "Offset of analog
#: readout buffer", which ends at three of them.
READOUT_SHIFT_V: Final = 14e-3
READOUT_SHIFT_LIMIT_V: Final = 42e-3
