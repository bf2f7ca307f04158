"""``report``: print saved reports, several side by side."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Final

from pyNN_brainscales_emu.command_line.output import write_line
from pyNN_brainscales_emu.command_line.report_tables import write_side_by_side
from pyNN_brainscales_emu.data.report_file import load_report

_DESCRIPTION: Final = """\
Print reports that sim.report().save(FILE) wrote: what was asked, what the wafer realises, what was
clipped and lost. Several files are shown side by side."""


def add_parser(commands: Any) -> None:
    """Add the command to the sub-parsers."""
    parser = commands.add_parser(
        "report",
        help="print saved reports, several side by side",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE", help="saved reports (JSON)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    reports = [load_report(path) for path in arguments.files]
    if len(reports) == 1:
        write_line(str(reports[0]))
    else:
        write_side_by_side(arguments.files, reports)
    return 0
