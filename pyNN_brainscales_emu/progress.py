"""How far a long computation is: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Self, TypeVar

from tqdm import tqdm

#: Seconds between two lines where standard error is no terminal, such as a log file.
LINE_EVERY = 5.0

Item = TypeVar("Item")


class Progress:
    """Shows on standard error how many steps are done.

    Parameters
    ----------
    total : int
        Number of steps.
    what : str
        What is going on.
    unit : str
        Name of the steps, in the plural.
    start : int
        Steps that were done before.
    shown : bool
        False: stay silent.
    summary : bool
        Leave the bar, or a line, behind when all is done.
    """

    def __init__(
        self,
        total: int,
        what: str,
        unit: str,
        *,
        start: int = 0,
        shown: bool = True,
        summary: bool = True,
    ) -> None:
        self._total, self._what, self._unit = total, what, unit
        self._done = start
        self._summary = summary
        is_terminal = sys.stderr is not None and sys.stderr.isatty()
        self._says_lines = shown and sys.stderr is not None and not is_terminal
        self._bar = tqdm(
            total=total,
            initial=start,
            desc=what,
            unit=f" {unit}",
            leave=summary,
            disable=not (shown and is_terminal),
        )
        self._begun = self._last_line = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._bar.close()

    def tell(self, **facts: str) -> None:
        """Show facts beside the count of a bar, without counting a step."""
        self._bar.set_postfix(facts)

    def advance(self, **facts: str) -> None:
        """Count one step; the facts are shown beside the count."""
        self._done += 1
        self._bar.update()
        if facts:
            self._bar.set_postfix(facts)
        if self._says_lines:
            self._say(facts)

    def _say(self, facts: dict[str, str]) -> None:
        now = time.monotonic()
        is_last = self._done >= self._total and self._summary
        if is_last or now - self._last_line >= LINE_EVERY:
            parts = [f"{self._done} of {self._total} {self._unit}", f"{now - self._begun:.0f} s"]
            parts += [f"{name} {value}" for name, value in facts.items()]
            sys.stderr.write(f"{self._what}: {', '.join(parts)}\n")
            sys.stderr.flush()
            self._last_line = now


def each(
    items: Sequence[Item], what: str, unit: str, *, shown: bool = True, summary: bool = True
) -> Iterator[Item]:
    """Yield the items and show how many of them are done; the parameters are those of `Progress`.

    A single item is not worth showing.
    """
    shown = shown and len(items) > 1
    with Progress(len(items), what, unit, shown=shown, summary=summary) as progress:
        for item in items:
            yield item
            progress.advance()
