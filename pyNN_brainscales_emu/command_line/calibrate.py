"""``calibrate``: measure the calibration of HICANNs, compare and merge calibration files."""

from __future__ import annotations

import argparse
import importlib.util
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np

from pyNN_brainscales_emu.calibration.comparison import compare_calibrations
from pyNN_brainscales_emu.calibration.storage import (
    load_calibration,
    merge_calibrations,
    save_calibration,
)
from pyNN_brainscales_emu.calibration.tables import HICANNCalibration
from pyNN_brainscales_emu.calibration.variation import PROFILES
from pyNN_brainscales_emu.calibration.virtual_wafer import VirtualHICANN
from pyNN_brainscales_emu.command_line.output import write_line
from pyNN_brainscales_emu.command_line.output_files import (
    check_picture,
    check_writable,
    save_picture,
)
from pyNN_brainscales_emu.command_line.tables import write_differences, write_spreads
from pyNN_brainscales_emu.errors import OptionError
from pyNN_brainscales_emu.hardware.constants import DENMEMS_PER_HICANN, HICANNS_PER_WAFER
from pyNN_brainscales_emu.measurement.figures import QUANTITIES, draw_calibration
from pyNN_brainscales_emu.measurement.hicann import SEQUENCE, Measurement, measure_hicann
from pyNN_brainscales_emu.measurement.spread import TARGETS, Spread, measure_spreads

_DESCRIPTION: Final = """\
Measure the calibration of HICANNs of a virtual wafer: set the floating gates, stimulate, record
the membranes, fit a curve for each denmem. The tables go to an HDF5 file, which
setup(calibration='FILE') takes. Then set all denmems to the same targets, with and without
calibration, print the spread that is found beside the one that the profile states, and draw both
as figure 3 of Schmitt et al. (2017) does. A HICANN takes about a minute, half of it with
--threads 2. Of several HICANNs, the file has those measured so far."""
_EPILOG: Final = """\
examples:
  python -m pyNN_brainscales_emu calibrate --wafer 33 --hicann 297
  python -m pyNN_brainscales_emu calibrate --compare first.h5 second.h5
  python -m pyNN_brainscales_emu calibrate --merge first.h5 second.h5 --output both.h5"""
_WAFER_END: Final = 2**31
#: What a measurement takes where nothing is given.
_DEFAULTS: Final = {
    "wafer": 33,
    "profile": "default",
    "seed": 0,
    "denmems": DENMEMS_PER_HICANN,
    "threads": 1,
    "cells": ("I_gl", "V_syntcx"),
}


def add_parser(commands: Any) -> None:
    """Add the command to the sub-parsers."""
    parser = commands.add_parser(
        "calibrate",
        help="measure the calibration of HICANNs; compare and merge files",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    chip = parser.add_argument_group("which chip")
    chip.add_argument("--wafer", type=int, help="number of the wafer (33)")
    chip.add_argument(
        "--hicann",
        type=int,
        nargs="+",
        metavar="H",
        help=f"one or more, 0..{HICANNS_PER_WAFER - 1}",
    )
    chip.add_argument(
        "--profile",
        choices=sorted(PROFILES),
        help="how its circuits vary: setup(variation=...) (default)",
    )
    how = parser.add_argument_group("how")
    how.add_argument("--seed", type=int, help="of trial-to-trial errors and noise (0)")
    how.add_argument(
        "--denmems",
        type=int,
        metavar="N",
        help="measure only so many, spread over the HICANN: a quick look; no file is written",
    )
    how.add_argument("--threads", type=int, help="measurements at once (1)")
    _add_results(parser)
    parser.set_defaults(run=run)


def _add_results(parser: argparse.ArgumentParser) -> None:
    results = parser.add_argument_group("results")
    results.add_argument(
        "--output", type=Path, metavar="FILE", help="HDF5 file (calibration-wW-hH.h5)"
    )
    results.add_argument("--overwrite", action="store_true", help="replace existing files")
    figure = results.add_mutually_exclusive_group()
    figure.add_argument(
        "--figure",
        type=Path,
        metavar="FILE",
        help="curves and histograms, .png, .pdf or .svg (beside the tables, if Matplotlib is "
        "installed)",
    )
    figure.add_argument("--no-figure", action="store_true", help="draw nothing")
    results.add_argument(
        "--cells",
        nargs="+",
        choices=sorted(QUANTITIES),
        metavar="CELL",
        help="floating-gate cells in the figure (I_gl V_syntcx)",
    )
    files = parser.add_argument_group("instead of measuring").add_mutually_exclusive_group()
    files.add_argument("--compare", nargs=2, metavar=("A", "B"), help="how two files differ")
    files.add_argument("--merge", nargs="+", metavar="FILE", help="put files into --output")


def run(arguments: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    if arguments.compare or arguments.merge:
        _check_files_only(arguments)
    if arguments.compare:
        first, second = (load_calibration(path) for path in arguments.compare)
        write_differences(first, second, compare_calibrations(first, second))
    elif arguments.merge:
        _merge(arguments)
    else:
        _measure(arguments)
    return 0


def _merge(arguments: argparse.Namespace) -> None:
    if arguments.output is None:
        raise OptionError("--merge needs --output FILE")
    _check_tables(arguments.output, arguments)
    files = [load_calibration(path) for path in arguments.merge]
    merged = merge_calibrations(files)
    save_calibration(
        arguments.output, merged.hicanns.values(), merged.variation, overwrite=arguments.overwrite
    )
    write_line(f"{arguments.output}: wafer {merged.wafer}, profile {merged.variation}")
    for number in sorted(merged.hicanns):
        *others, last = [file.path for file in files if number in file.hicanns]
        instead = f", not of {', '.join(others)}" if others else ""
        write_line(f"   HICANN {number} of {last}{instead}")


def _measure(arguments: argparse.Namespace) -> None:
    for name, value in _DEFAULTS.items():
        if getattr(arguments, name) is None:
            setattr(arguments, name, value)
    _check(arguments)
    whole = arguments.denmems == DENMEMS_PER_HICANN
    output = arguments.output or _default_output(arguments)
    if whole:
        _check_tables(output, arguments)
    figure = _figure(arguments, output) if whole else arguments.figure
    if figure is not None:
        for number in arguments.hicann:
            path = _figure_of(arguments, figure, number)
            check_picture("--figure", path, overwrite=arguments.overwrite)
    tables = _Tables(output, arguments) if whole else None
    try:
        for number in arguments.hicann:
            _calibrate_one(number, arguments, figure, tables)
    except KeyboardInterrupt:
        if tables is not None:
            write_line(tables.state())
        raise
    if tables is not None:
        write_line(f"tables: {output}")


class _Tables:
    """The file of tables: written anew, whole, after each HICANN."""

    def __init__(self, path: Path, arguments: argparse.Namespace) -> None:
        self.path, self.arguments = path, arguments
        self.measured: list[HICANNCalibration] = []

    def add(self, calibration: HICANNCalibration) -> None:
        self.measured.append(calibration)
        replace = self.arguments.overwrite or len(self.measured) > 1
        save_calibration(self.path, self.measured, self.arguments.profile, overwrite=replace)

    def state(self) -> str:
        """Return what has been written and what is missing."""
        if not self.measured:
            return f"tables: nothing was written to {self.path}"
        n = len(self.measured)
        written, missing = self.arguments.hicann[:n], self.arguments.hicann[n:]
        return f"tables: {self.path} has {_hicanns(written)}; without {_hicanns(missing)}"


def _hicanns(numbers: Sequence[int]) -> str:
    return f"HICANN{'s' if len(numbers) != 1 else ''} {', '.join(map(str, numbers)) or 'none'}"


def _calibrate_one(
    number: int, arguments: argparse.Namespace, figure: Path | None, tables: _Tables | None
) -> None:
    """Measure a HICANN; write its tables, print its spreads and draw its figure."""
    chip = VirtualHICANN(arguments.wafer, number, arguments.profile)
    measurement, spreads = _measure_one(chip, arguments)
    if tables is not None:
        tables.add(measurement.calibration)
    write_spreads(measurement, spreads, arguments.profile)
    if figure is not None:
        path = _figure_of(arguments, figure, number)
        save_picture(draw_calibration(measurement, spreads, arguments.cells), path)
        write_line(f"figure: {path}")


def _measure_one(
    chip: VirtualHICANN, arguments: argparse.Namespace
) -> tuple[Measurement, dict[str, Spread]]:
    denmem = np.unique(np.linspace(0, DENMEMS_PER_HICANN - 1, arguments.denmems).astype(int))
    with _progress(f"HICANN {chip.hicann}") as advance:
        common = {"n_threads": arguments.threads, "progress": advance}
        measurement = measure_hicann(chip, denmem, seed=arguments.seed, **common)
        spreads = measure_spreads(
            chip, measurement.calibration, measurement.denmem, seed=arguments.seed + 1, **common
        )
    return measurement, spreads


@contextmanager
def _progress(title: str) -> Iterator[Callable[[str], None]]:
    """Show a bar on a terminal; yield what is to be called after each cell."""
    from tqdm import tqdm

    with tqdm(total=len(SEQUENCE) + len(TARGETS), desc=title, disable=None, leave=False) as bar:

        def advance(cell: str) -> None:
            bar.set_postfix_str(cell)
            bar.update()

        yield advance


def _default_output(arguments: argparse.Namespace) -> Path:
    numbers = "-".join(f"h{number}" for number in arguments.hicann[:3])
    more = f"-and-{len(arguments.hicann) - 3}-more" if len(arguments.hicann) > 3 else ""
    return Path(f"calibration-w{arguments.wafer}-{numbers}{more}.h5")


def _check_tables(path: Path, arguments: argparse.Namespace) -> None:
    """Refuse a file of tables that could not be written after the measurement."""
    check_writable(path, overwrite=arguments.overwrite, module="h5py", extra="io")


def _figure(arguments: argparse.Namespace, output: Path) -> Path | None:
    """Return the figure's path: the one given, or beside the tables where it can be drawn."""
    given: Path | None = arguments.figure
    if given is not None or arguments.no_figure or importlib.util.find_spec("matplotlib") is None:
        return given
    return output.with_suffix(".png")


def _figure_of(arguments: argparse.Namespace, path: Path, number: int) -> Path:
    if len(arguments.hicann) == 1:
        return path
    return path.with_name(f"{path.stem}-h{number}{path.suffix}")


def _check_files_only(arguments: argparse.Namespace) -> None:
    """Refuse what only a measurement could do."""
    names = ["hicann", "figure", *_DEFAULTS]
    if arguments.compare:
        names.append("output")
    for name in names:
        if getattr(arguments, name) is not None:
            other = "--compare" if arguments.compare else "--merge"
            raise OptionError(f"--{name} has no meaning with {other}")


def _check(arguments: argparse.Namespace) -> None:
    """Refuse numbers that no chip has, before anything is measured."""
    if not arguments.hicann:
        raise OptionError("--hicann is needed: which HICANN to measure")
    limits = [("--hicann", number, HICANNS_PER_WAFER) for number in arguments.hicann]
    limits += [("--wafer", arguments.wafer, _WAFER_END), ("--seed", arguments.seed, 2**62)]
    for name, number, end in limits:
        if not 0 <= number < end:
            raise OptionError(name, value=number, limit=f"0 to {end - 1}")
    for name, number, end in (
        ("--denmems", arguments.denmems, DENMEMS_PER_HICANN),
        ("--threads", arguments.threads, 1024),
    ):
        if not 1 <= number <= end:
            raise OptionError(name, value=number, limit=f"1 to {end}")
    if arguments.output is not None and arguments.denmems < DENMEMS_PER_HICANN:
        raise OptionError("--output takes whole HICANNs: leave --denmems or --output out")
    if len(set(arguments.hicann)) < len(arguments.hicann):
        raise OptionError("--hicann names a HICANN twice", value=arguments.hicann)
