"""The tables that ``report`` prints for several files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from string import ascii_uppercase
from typing import TypeVar

from pyNN_brainscales_emu.command_line.output import write_line, write_table
from pyNN_brainscales_emu.data.parameter_report import ParameterReport
from pyNN_brainscales_emu.data.report import ProjectionReport, Report

#: Where a file does not have the parameter or projection.
_NOTHING = "-"
_Row = TypeVar("_Row")


def write_side_by_side(files: Sequence[Path], reports: Sequence[Report]) -> None:
    """Print parameters, projections and pulses of several reports, a column for each."""
    names = [_name(number) for number in range(len(reports))]
    for name, path, report in zip(names, files, reports, strict=True):
        write_line(f"{name}: {path}, substrate {report.substrate}")
    write_line()
    _write_parameters(names, reports)
    _write_projections(names, reports)
    counts = [asdict(report.pulses) for report in reports]
    write_table(
        ("pulses", *names),
        [(counter, *(str(count[counter]) for count in counts)) for counter in counts[0]],
    )


def _name(number: int) -> str:
    letters = len(ascii_uppercase)
    return ascii_uppercase[number] if number < letters else f"#{number + 1}"


def _write_parameters(names: Sequence[str], reports: Sequence[Report]) -> None:
    tables = [{(p.population, p.parameter): p for p in report.parameters} for report in reports]
    keys = list(dict.fromkeys(key for table in tables for key in table))
    if not keys:
        return
    columns: list[tuple[str, Callable[[ParameterReport], str]]] = [
        ("asked", lambda p: f"{p.asked_mean:.4g}"),
        ("realised", lambda p: f"{p.realised_mean:.4g} ± {p.realised_sd:.2g}"),
        ("clipped", lambda p: str(p.n_clipped)),
    ]
    head = ("population", "parameter", *(f"{name}: {n}" for n, _ in columns for name in names))
    rows = [
        [*key, *(_cell(table.get(key), show) for _, show in columns for table in tables)]
        for key in keys
    ]
    write_table(head, rows, n_left=2)
    write_line("realised: mean ± standard deviation over the cells\n")


def _write_projections(names: Sequence[str], reports: Sequence[Report]) -> None:
    tables = [{p.projection: p for p in report.projections} for report in reports]
    keys = list(dict.fromkeys(key for table in tables for key in table))
    if not keys:
        return
    columns: list[tuple[str, Callable[[ProjectionReport], str]]] = [
        ("synapses", lambda p: str(p.n_asked)),
        ("lost", lambda p: str(p.n_lost)),
        ("clipped", lambda p: str(p.n_clipped)),
        ("weight err", lambda p: f"{100 * p.weight_error:.1f} %"),
        ("delay ms", lambda p: f"{p.delay_realised_ms:.2f}"),
    ]
    head = ("projection", *(f"{name}: {n}" for n, _ in columns for name in names))
    rows = [
        [key, *(_cell(table.get(key), show) for _, show in columns for table in tables)]
        for key in keys
    ]
    write_table(head, rows)
    write_line("weight err: root mean square over the mean weight; delay: realised mean\n")


def _cell(entry: _Row | None, show: Callable[[_Row], str]) -> str:
    return _NOTHING if entry is None else show(entry)
