"""The tables that ``map`` prints."""

from __future__ import annotations

from pyNN_brainscales_emu.command_line.output import write_line, write_table
from pyNN_brainscales_emu.hardware.constants import (
    DENMEMS_PER_HICANN,
    DRIVERS_PER_HICANN,
    FPGAS_PER_WAFER,
    HICANNS_PER_WAFER,
    SYNAPSES_PER_HICANN,
)
from pyNN_brainscales_emu.mapping.results import LossReason, MappingResult


def write_mapping(mapping: MappingResult, script_seconds: float) -> None:
    """Print what is in use, what is realised and lost, projection by projection, and the times."""
    _write_title(mapping)
    _write_use(mapping)
    write_line()
    if mapping.projections:
        _write_projections(mapping)
        write_line()
    _write_times(mapping, script_seconds)
    write_line()
    write_line(_verdict(mapping))


def _write_title(mapping: MappingResult) -> None:
    origin, broken = mapping.origin, mapping.defects.counts()
    defects = ", ".join(f"{count} {name}" for name, count in broken.items() if count)
    write_line(
        f"wafer {origin.wafer}, {origin.neuron_size} denmems a neuron unless placed otherwise, "
        f"defects: {defects or 'none'}"
    )
    stats = mapping.stats
    write_line(
        f"{stats.n_neurons} neurons and {stats.n_sources} spike sources in {stats.n_populations} "
        f"populations; {stats.n_synapses} synapses in {stats.n_projections} projections\n"
    )


def _write_use(mapping: MappingResult) -> None:
    stats = mapping.stats
    rows = [
        ("HICANNs", stats.n_hicanns, HICANNS_PER_WAFER),
        ("FPGAs", stats.n_fpgas, FPGAS_PER_WAFER),
        ("denmems", stats.n_denmems, HICANNS_PER_WAFER * DENMEMS_PER_HICANN),
        ("synapse drivers", stats.n_drivers, HICANNS_PER_WAFER * DRIVERS_PER_HICANN),
        ("hardware synapses", stats.n_synapses_placed, HICANNS_PER_WAFER * SYNAPSES_PER_HICANN),
    ]
    write_table(
        ("of the wafer", "in use", "of", "share"),
        [(what, str(used), str(there), _share(used, there)) for what, used, there in rows],
    )


def _write_projections(mapping: MappingResult) -> None:
    """Print a line for each projection, and their sum; a column for each reason that occurs."""
    reasons = list(mapping.loss_counts())
    head = ("projection", "synapses", "realised", "lost", "share", *(r.label for r in reasons))
    rows = []
    for (label, size, _), routing in zip(
        mapping.network.projections, mapping.projections, strict=True
    ):
        rows.append(_losses(label, size, routing.loss_counts(), reasons))
    if len(rows) > 1:
        rows.append(_losses("all", mapping.n_synapses_asked, mapping.loss_counts(), reasons))
    write_table(head, rows)


def _losses(
    label: str, size: int, counts: dict[LossReason, int], reasons: list[LossReason]
) -> list[str]:
    lost = sum(counts.values())
    numbers = (size, size - lost, lost)
    return [
        label,
        *map(str, numbers),
        _share(lost, size),
        *(str(counts.get(reason, 0)) for reason in reasons),
    ]


def _write_times(mapping: MappingResult, script_seconds: float) -> None:
    stages = [("script", script_seconds), *mapping.seconds.items()]
    write_table(
        ("time", "s"),
        [(stage, f"{seconds:.3f}") for stage, seconds in stages],
    )


def _verdict(mapping: MappingResult) -> str:
    lost, asked = mapping.n_synapses_lost, mapping.n_synapses_asked
    if not asked:
        return "the network has no synapses"
    if not lost:
        return f"all {asked} synapses are realised"
    return f"{lost} of {asked} synapses ({_share(lost, asked)}) are lost"


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2f} %" if whole else "-"
