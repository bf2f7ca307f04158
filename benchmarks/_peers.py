"""Where the peers (Brian2, NEST) are, and which of them are there."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
#: Made by `make peers`.
ENVIRONMENT = HERE.parent / ".venv-peers"
#: Names the interpreter of another environment.
VARIABLE = "PEERS_PYTHON"
PACKAGES = {"Brian2": "brian2", "NEST": "nest", "pyNN.nest": "pyNN.nest"}
#: Brian2's methods by the name of their rows; forward Euler is its fastest and least accurate one.
BRIAN2_METHODS = {"Brian2": "exponential_euler", "Brian2 forward Euler": "euler"}
PRINT_VERSION = "import {0}, sys; print('version', {1}.__version__, file=sys.stderr)"


@dataclass(frozen=True)
class Peers:
    """An environment with peers.

    Attributes
    ----------
    python : path
        Its interpreter.
    versions : dict
        Of the peers that can be imported.
    missing : dict
        Why each of the others cannot be.
    """

    python: Path
    versions: dict[str, str]
    missing: dict[str, str]

    def __contains__(self, name: str) -> bool:
        return name in self.versions


def add_option(options: argparse.ArgumentParser) -> None:
    """Add the options that choose the peers' environment."""
    options.add_argument("--no-peer", action="store_true", help="do not run other simulators")
    options.add_argument(
        "--peers-python",
        type=Path,
        help=f"interpreter of their environment (else: ${VARIABLE}, {ENVIRONMENT.name} as made by "
        "`make peers`, the running one)",
    )


def find(arguments: argparse.Namespace, *wanted: str) -> Peers:
    """Return the peers among the wanted ones; say which are missing and why."""
    python = arguments.peers_python or Path(os.environ.get(VARIABLE) or default_python())
    if arguments.no_peer:
        return Peers(python, {}, dict.fromkeys(wanted, "not asked for"))
    versions: dict[str, str] = {}
    missing: dict[str, str] = {}
    for name in wanted:
        module = PACKAGES[name]
        code = PRINT_VERSION.format(module, module.partition(".")[0])
        try:
            result = subprocess.run(
                [python, "-c", code], capture_output=True, text=True, check=False
            )
        except OSError as error:
            missing[name] = str(error)
            continue
        last = (result.stderr.strip() or "no message").splitlines()[-1]
        if result.returncode == 0 and last.startswith("version "):
            versions[name] = last.removeprefix("version ")
        else:
            missing[name] = last
    for name, reason in missing.items():
        print(f"without {name} ({reason}); `make peers` installs it", file=sys.stderr)
    return Peers(python, versions, missing)


def default_python() -> str:
    """Return the interpreter that `make peers` has installed, else the running one."""
    python = ENVIRONMENT / "bin" / "python"
    return str(python) if python.exists() else sys.executable
