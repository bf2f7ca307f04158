"""Mapping the network of a PyNN script without running it."""

from __future__ import annotations

import runpy
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyNN_brainscales_emu import simulator
from pyNN_brainscales_emu.control import setup
from pyNN_brainscales_emu.errors import BrainScaleSError, NetworkError
from pyNN_brainscales_emu.inspection import map_network
from pyNN_brainscales_emu.mapping.results import MappingResult

#: What a script is mapped with, whatever it says itself: anew, and losses are what is asked for.
_PLANNING_OPTIONS: dict[str, Any] = {
    "substrate": "brainscales1",
    "on_loss": "ignore",
    "mapping": None,
}


class ScriptError(BrainScaleSError, RuntimeError):
    """A script has failed before its first run.

    Attributes
    ----------
    traceback : str
        What Python would have printed.
    """

    def __init__(self, script: Path, text: str) -> None:
        super().__init__(f"{script} failed before its first run()")
        self.traceback = text


class ScriptExitError(BrainScaleSError, RuntimeError):
    """A script has ended itself before its first run; `code` is what it gave to `sys.exit()`."""

    def __init__(self, script: Path, code: Any) -> None:
        super().__init__(f"{script} ended before its first run()", value=code)
        self.code = code


@dataclass(frozen=True)
class ScriptPlan:
    """The network of a script on the wafer.

    Attributes
    ----------
    mapping : MappingResult
    script_seconds : float
        Time that the script took to build the network.
    """

    mapping: MappingResult
    script_seconds: float


def plan_script(script: Path, arguments: Sequence[str] = (), **options: Any) -> ScriptPlan:
    """Run a script until its first `run()` or `run_trials()`, or its end, and map its network.

    Parameters
    ----------
    script : Path
    arguments : sequence of str
        Of the script: its ``sys.argv[1:]``.
    **options
        Options of `setup()` that win over those of the script. The substrate is the wafer, no file
        of a mapping is gone on from, and lost synapses are neither errors nor warnings.

    Raises
    ------
    OptionError, DataError
        For options that cannot be.
    ScriptError, ScriptExitError
        If the script fails, or ends itself with another code than 0.
    NetworkError
        If it built no network.
    PlacementError, CapacityError
        If the network cannot be mapped.
    """
    if not script.is_file():
        raise NetworkError(f"{script}: there is no such script")
    begin = time.perf_counter()
    with _planning(_PLANNING_OPTIONS | options) as plan:
        setup()  # for scripts that do not call it, and to refuse bad options outside of them
        _run(script, arguments, plan)
        if not simulator.state.session.populations:
            raise NetworkError(
                f"{script} has built no network on this back end",
                remedy="It must import pyNN.brainscales_emu and create populations; has it been "
                "given the arguments that it needs?",
            )
        seconds = time.perf_counter() - begin
        return ScriptPlan(map_network(), seconds)


@contextmanager
def _planning(options: dict[str, Any]) -> Iterator[simulator.Planning]:
    """Let `setup()` take these options, and no network run."""
    plan = simulator.state.planning = simulator.Planning(options)
    try:
        yield plan
    finally:
        simulator.state.planning = None


def _run(script: Path, arguments: Sequence[str], plan: simulator.Planning) -> None:
    """Run a script as Python would, as the main program, until the end of the planning."""
    before = sys.argv, sys.path[:]
    sys.argv, sys.path[:] = [str(script), *arguments], [str(script.resolve().parent), *sys.path]
    try:
        runpy.run_path(str(script), run_name="__main__")
    except KeyboardInterrupt:
        raise
    except SystemExit as stop:
        if stop.code not in (None, 0) and not plan.is_reached:
            raise ScriptExitError(script, stop.code) from None
    except BaseException as error:
        if not plan.is_reached:  # else what a script does about the end does not matter
            raise ScriptError(script, _traceback(script, error)) from error
    finally:
        sys.argv, sys.path[:] = before


def _traceback(script: Path, error: BaseException) -> str:
    """Return the traceback as Python prints it, from the script's first line on."""
    step = error.__traceback__
    while step is not None and step.tb_frame.f_code.co_filename != str(script):
        step = step.tb_next
    return "".join(traceback.format_exception(type(error), error, step))
