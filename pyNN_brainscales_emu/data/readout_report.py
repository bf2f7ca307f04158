"""What the channels of the wafer's analog read-out record, and what they do not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pyNN_brainscales_emu.data.readout import HardwareReadout
from pyNN_brainscales_emu.description.bio_graph import BioGraph


@dataclass(frozen=True)
class MembraneReport:
    """A membrane that the analog read-out records.

    Attributes
    ----------
    population : str
    index : int
        Of the cell in its population.
    channel : int
        0..11: two for each group of reticles.
    hicann, denmem, output : int
        Which denmem is put out, by which of the two analog outputs of the HICANN.
    """

    population: str
    index: int
    channel: int
    hicann: int
    denmem: int
    output: int


@dataclass(frozen=True)
class ReadoutReport:
    """What the channels of the wafer's analog read-out record.

    Attributes
    ----------
    membranes : tuple of MembraneReport
        In the order of the channels.
    n_asked : int
        Membranes that were to be recorded.
    unread_by_reason : dict of str to int
    unread_by_population : dict of str to int
    unreadable_signals : dict of str to int
        Other signals that were to be recorded, and of how many cells: the wafer has no way out
        for them.
    bits : int
        Resolution of the converter.
    """

    membranes: tuple[MembraneReport, ...]
    n_asked: int
    unread_by_reason: dict[str, int]
    unread_by_population: dict[str, int]
    unreadable_signals: dict[str, int]
    bits: int


def readout_report(graph: BioGraph, readout: HardwareReadout) -> ReadoutReport:
    """Return which membranes of a network the channels record."""
    outputs = readout.outputs
    membranes = []
    for number, cell in enumerate(outputs.cell.tolist()):  # at most twelve
        (population,) = (p for p in graph.populations if cell in p.cells)
        membranes.append(
            MembraneReport(
                population.label,
                cell - population.first_cell,
                int(outputs.channel[number]),
                int(outputs.hicann[number]),
                int(outputs.denmem[number]),
                int(outputs.output[number]),
            )
        )
    unread = {
        p.label: int(np.count_nonzero(np.isin(outputs.unread, p.cells))) for p in graph.populations
    }
    return ReadoutReport(
        membranes=tuple(membranes),
        n_asked=len(outputs.cell) + len(outputs.unread),
        unread_by_reason={r.label: n for r, n in outputs.unread_counts().items()},
        unread_by_population={label: count for label, count in unread.items() if count},
        unreadable_signals=dict(readout.unreadable or {}),
        bits=readout.bits,
    )


def readout_lines(readout: ReadoutReport) -> list[str]:
    """Return what is read and what is not as text."""
    lines = [
        f"Read-out: {len(readout.membranes)} of {readout.n_asked} membranes, {readout.bits} bits"
    ]
    lines += [
        f"  channel {m.channel:>2}: {m.population}[{m.index}], HICANN {m.hicann}, "
        f"denmem {m.denmem}, output {m.output}"
        for m in readout.membranes
    ]
    lines += [f"  not read: {count}, as {why}" for why, count in readout.unread_by_reason.items()]
    lines += [
        f"  not read: {signal} of {count} cells, as the wafer has no way out for it"
        for signal, count in readout.unreadable_signals.items()
    ]
    return lines
