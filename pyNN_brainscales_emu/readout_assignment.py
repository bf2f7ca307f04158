"""What the analog read-out records of a network: between description and emulation."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from pyNN_brainscales_emu.data.readout import HardwareReadout
from pyNN_brainscales_emu.description.bio_graph import BioGraph, RecordingRequest
from pyNN_brainscales_emu.hardware.scaling import Scaling
from pyNN_brainscales_emu.keyed_random import Purpose, seed_of
from pyNN_brainscales_emu.options import Options

if TYPE_CHECKING:
    from pyNN_brainscales_emu.calibration.sources import WaferCalibration
    from pyNN_brainscales_emu.mapping.analog_outputs import AnalogOutputs
    from pyNN_brainscales_emu.mapping.results import MappingResult


def assign_readout(
    graph: BioGraph,
    mapping: MappingResult,
    options: Options,
    calibration: WaferCalibration,
    present: AnalogOutputs | None = None,
) -> HardwareReadout:
    """Put the membranes that are to be recorded on the channels of the read-out.

    Parameters
    ----------
    graph : BioGraph
    mapping : MappingResult
    options : Options
    calibration : WaferCalibration
        Knows the offsets of the amplifiers, which are taken off.
    present : AnalogOutputs, optional
        Membranes that are being read and keep their channels.
    """
    from pyNN_brainscales_emu.calibration.readout_shift import readout_shift
    from pyNN_brainscales_emu.mapping.analog_outputs import assign_analog_outputs

    wanted = [r for r in graph.recording_requests if r.variable == "v"]
    cells = np.unique(np.concatenate([np.zeros(0, np.int64), *(r.cells for r in wanted)]))
    outputs = assign_analog_outputs(
        cells,
        graph.local_index[cells],
        mapping.placement,
        # A mapping from a file does not know the defects of this `setup()`.
        mapping.defects.analog_output | options.defects.analog_output,
        present,
    )
    unreadable: Counter[str] = Counter()
    for request in graph.recording_requests:
        if request.variable not in ("v", "spikes"):
            unreadable[request.variable] += len(request.cells)
    hicann, denmem = outputs.hicann, outputs.denmem
    truth = readout_shift(options.wafer, hicann, denmem)
    return HardwareReadout(
        outputs=outputs,
        shift_V=truth if options.effects.fixed_pattern else np.zeros(len(denmem)),
        known_shift_V=calibration.readout_shift(hicann, denmem),
        scaling=Scaling(*options.voltage_scaling, options.speedup),
        seed=seed_of(options.seed, Purpose.READOUT, options.wafer),
        bits=options.adc_bits,
        is_exact=not options.effects.readout,
        unreadable=dict(unreadable),
    )


def only_read(graph: BioGraph, readout: HardwareReadout | None) -> BioGraph:
    """Return a network of which no signals are recorded but those that the read-out needs.

    These are needed at every time step: the converter samples between them. Without a read-out
    the network is returned as it is.
    """
    if readout is None:
        return graph
    spikes = tuple(r for r in graph.recording_requests if r.variable == "spikes")
    membranes = RecordingRequest("v", np.sort(readout.outputs.cell))
    return replace(graph, recording_requests=(*spikes, membranes))
