"""Lines and tables on the standard output stream."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def write_line(text: str = "") -> None:
    """Write one line."""
    sys.stdout.write(text + "\n")


def write_table(head: Sequence[str], rows: Sequence[Sequence[str]], n_left: int = 1) -> None:
    """Write a table: the first `n_left` columns to the left, the others to the right."""
    widths = [max(len(row[k]) for row in (head, *rows)) for k in range(len(head))]
    for row in (head, ["-" * width for width in widths], *rows):
        cells = [
            cell.ljust(width) if k < n_left else cell.rjust(width)
            for k, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        write_line("  ".join(cells).rstrip())
