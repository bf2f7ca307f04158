"""``doctor``: whether the installation is complete, and what it will run on."""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import os
import platform
from pathlib import Path
from typing import Any, Final

from pyNN_brainscales_emu.command_line.output import write_line, write_table
from pyNN_brainscales_emu.processors import (
    OPENMP_VARIABLES,
    available_processors,
    default_threads,
)

_REQUIRED: Final = ("numpy", "scipy", "PyNN", "neo", "quantities", "lazyarray", "tqdm")
_OPTIONAL: Final = {
    "h5py": "calibration and configuration files",
    "matplotlib": "figures",
    "scikit-learn": "example data",
    "nixio": "NIX files",
    "elephant": "analysis",
}
_INSTRUCTION_SETS: Final = ("baseline", "AVX2", "AVX-512")
_DISTRIBUTION: Final = "pyNN-brainscales-emu"
_ENTRY: Final = "pyNN.brainscales_emu"


def add_parser(commands: Any) -> None:
    """Add the command to the sub-parsers."""
    parser = commands.add_parser(
        "doctor",
        help="check the installation",
        description="Check versions, compiled kernels, instruction set, threads and the entry "
        "point of PyNN. Exit code 1 if something that is needed is missing.",
    )
    parser.set_defaults(run=run)


def run(_: argparse.Namespace) -> int:
    """Print what was found; return 1 if something needed is missing."""
    checks = [*_versions(), *_kernels(), *_processor(), _entry()]
    write_table(
        ("what", "found", ""),
        [(what, found, "" if good else "MISSING") for what, found, good in checks],
        n_left=2,
    )
    healthy = all(good for _, _, good in checks)
    write_line("\nall is well" if healthy else "\nsomething is missing: install the package again")
    return 0 if healthy else 1


Check = tuple[str, str, bool]


def _versions() -> list[Check]:
    checks = [
        ("Python", platform.python_version(), True),
        (_DISTRIBUTION, _version(_DISTRIBUTION) or "not installed, run from its sources", True),
        ("its folder", str(Path(__file__).resolve().parents[1]), True),
    ]
    for name in _REQUIRED:
        version = _version(name)
        checks.append((name, version or "no", version is not None))
    for name, use in _OPTIONAL.items():
        checks.append((f"{name} (optional)", _version(name) or f"no: needed for {use}", True))
    return checks


def _version(distribution: str) -> str | None:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def _kernels() -> list[Check]:
    """Check every kernel that has a declaration."""
    folder = Path(__file__).resolve().parents[1] / "_kernels"
    names = sorted(path.stem for path in folder.glob("*.pyi"))
    failed = [found for name in names if (found := _import_error(_kernel(name)))]
    return [("compiled kernels", "; ".join(failed) or f"all {len(names)}", not failed)]


def _kernel(name: str) -> str:
    return f"pyNN_brainscales_emu._kernels.{name}"


def _processor() -> list[Check]:
    settings = [f"{name}={os.environ[name]}" for name in OPENMP_VARIABLES if name in os.environ]
    checks = [
        ("processors", ", ".join([f"{available_processors()} to be used", *settings]), True),
        ("threads by default", f"{default_threads()}", True),
    ]
    if _import_error(_kernel("engine_single")) is None:
        engine = importlib.import_module(_kernel("engine_single"))
        name = _INSTRUCTION_SETS[engine.instruction_set()]
        checks.append(("instruction set", name, True))
        checks.append(("OpenMP", "yes" if engine.has_openmp() else "no: one thread only", True))
    return checks


def _entry() -> Check:
    error = _import_error(_ENTRY)
    return (f"import {_ENTRY}", error or "works", error is None)


def _import_error(module: str) -> str | None:
    """Return why a module cannot be imported, None if it can."""
    try:
        importlib.import_module(module)
    except Exception as error:  # whatever goes wrong there is what is to be reported
        return " ".join(f"{type(error).__name__}: {error}".split())
    return None
