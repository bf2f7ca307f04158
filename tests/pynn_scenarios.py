"""PyNN's own system tests ("scenarios") against this back end: ``make scenarios``.

Fetches the source distribution of the installed version of PyNN into ``build/pynn``, runs the
scenarios of its test suite with the installed PyNN on both substrates (the wafer with
``effects='none'``), and writes a table. Fails where a scenario fails that `pynn_scenario_results`
does not name, and tells which of the named ones pass.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pynn_scenario_results import MULTI_COMPARTMENT, REASONS

ROOT = Path(__file__).resolve().parents[1]
CACHE = ROOT / "build" / "pynn"
SETUP_OPTIONS = {
    "ideal": {"substrate": "ideal"},
    "brainscales1": {"substrate": "brainscales1", "effects": "none"},
}
REASON_LENGTH = 160  # characters of an error that the table shows


class Substrate:
    """This back end as a scenario sees it, with options for `setup` that no scenario knows."""

    def __init__(self, name: str) -> None:
        self.__name__ = f"pyNN.brainscales_emu.{name}"  # scenarios name their files after it
        self._module = importlib.import_module("pyNN.brainscales_emu")
        self._options = SETUP_OPTIONS[name]

    def setup(self, *unnamed: Any, **options: Any) -> int:
        return self._module.setup(*unnamed, **{**self._options, **options})

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)


@dataclass
class Results:
    """Pytest plugin that keeps outcome and error of each scenario by (name, substrate)."""

    outcomes: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if item.originalname not in MULTI_COMPARTMENT]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: Any) -> Iterator[None]:
        report = yield
        if report.when == "call" or report.outcome != "passed":
            key = (item.originalname.removeprefix("test_"), item.callspec.id)
            error = str(call.excinfo.value) if call.excinfo else ""
            kind = f"{call.excinfo.typename}: " if call.excinfo else ""
            self.outcomes[key] = (report.outcome, kind + " ".join(error.split()))
        return report


def fetch_source() -> Path:
    """Return the folder of the source distribution of the installed version of PyNN."""
    version = importlib.metadata.version("PyNN")
    folder = CACHE / f"pynn-{version}"
    if not folder.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        download = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        source_only = ["--no-binary", ":all:", "--dest", str(CACHE), f"PyNN=={version}"]
        subprocess.run([*download, *source_only], check=True)
        (archive,) = CACHE.glob(f"*-{version}.tar.gz")
        with tempfile.TemporaryDirectory(dir=CACHE) as unpacked:
            with tarfile.open(archive) as files:
                files.extractall(unpacked, filter="data")
            (content,) = Path(unpacked).iterdir()
            content.rename(folder)
    return folder


@contextmanager
def our_substrates(source: Path) -> Iterator[None]:
    """Let each scenario run on our substrates instead of the simulators that it names."""
    sys.path.insert(0, str(source / "test"))
    fixtures = importlib.import_module("system.scenarios.fixtures")
    substrates = [pytest.param(Substrate(name), id=name) for name in SETUP_OPTIONS]
    fixtures.run_with_simulators = lambda *_: pytest.mark.parametrize("sim", substrates)
    try:
        yield
    finally:
        sys.path.remove(str(source / "test"))


def run_scenarios(source: Path, pytest_arguments: list[str]) -> Results:
    """Run the scenarios in a folder of their own, as they write files."""
    results = Results()
    folder = source / "test" / "system" / "scenarios"
    options = ["-q", "--tb=no", "-p", "no:cacheprovider", "--import-mode=prepend", "-c", os.devnull]
    with our_substrates(source), tempfile.TemporaryDirectory() as scratch, chdir(scratch):
        pytest.main([*options, f"--rootdir={source}", str(folder), *pytest_arguments], [results])
    return results


def table(results: Results) -> str:
    """Return the results as a table in Markdown."""
    lines = ["| scenario | substrate | result | reason |", "| --- | --- | --- | --- |"]
    for (name, substrate), (outcome, error) in sorted(results.outcomes.items()):
        reason = "" if outcome == "passed" else REASONS[substrate].get(name, error[:REASON_LENGTH])
        lines.append(f"| {name} | {substrate} | {outcome} | {reason.replace('|', '/')} |")
    for substrate in SETUP_OPTIONS:
        ran = [
            outcome for (_, where), (outcome, _) in results.outcomes.items() if where == substrate
        ]
        lines.append(f"| **passed of {len(ran)}** | {substrate} | **{ran.count('passed')}** | |")
    return "\n".join(lines) + "\n"


def surprises(results: Results) -> tuple[list[str], list[str]]:
    """Return a line for each scenario that fails, and for each that passes, unexpectedly."""
    failing, passing = [], []
    for (name, substrate), (outcome, error) in sorted(results.outcomes.items()):
        is_expected_to_fail = name in REASONS[substrate]
        if outcome == "passed" and is_expected_to_fail:
            passing.append(f"{name} on {substrate} passes: take it out of the expected failures")
        elif outcome != "passed" and not is_expected_to_fail:
            failing.append(f"{name} on {substrate} {outcome}: {error}")
    return failing, passing


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "scenarios.md")
    arguments, pytest_arguments = parser.parse_known_args()
    results = run_scenarios(fetch_source(), pytest_arguments)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(table(results), encoding="utf-8")
    failing, passing = surprises(results)
    for line in (*table(results).splitlines()[-2:], *failing, *passing, arguments.output):
        sys.stdout.write(f"{line}\n")
    return 1 if failing or not results.outcomes else 0


if __name__ == "__main__":
    sys.exit(main())
