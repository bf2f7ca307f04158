"""One task of a repeated experiment: what it is called, and what came out of it."""

from __future__ import annotations

import hashlib
import json
import platform
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, is_dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from pyNN_brainscales_emu.errors import ParameterError, ThreadError, TrainingError
from pyNN_brainscales_emu.files.formats import FileFormat
from pyNN_brainscales_emu.files.json_text import read_object
from pyNN_brainscales_emu.files.whole import whole_file
from pyNN_brainscales_emu.training.table import plain

Experiment = Callable[..., Any]

RESULT: Final = FileFormat(
    kind="result of a task",
    version=1,
    remedy="Remove the file; the task is then computed again.",
)
#: There is one network in a process, so one task at a time.
_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class Task:
    """One call of an experiment.

    Attributes
    ----------
    experiment : str
        Module and name of the function.
    parameters : mapping
        Its arguments, as JSON can hold them.
    """

    experiment: str
    parameters: Mapping[str, Any]

    @property
    def key(self) -> str:
        """A checksum of experiment, arguments and version of the package: the file's name."""
        content = [self.experiment, dict(self.parameters), package_version()]
        text = json.dumps(content, sort_keys=True)
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()

    def path(self, folder: Path) -> Path:
        """Return the file that holds the result."""
        return folder / f"{self.key}.json"

    def save(self, folder: Path, outcome: Mapping[str, Any]) -> None:
        """Write the outcome, whole or not at all."""
        content = {
            "format": RESULT.name,
            "version": RESULT.version,
            "key": self.key,
            "experiment": self.experiment,
            "parameters": self.parameters,
            "package": package_version(),
            **outcome,
        }
        with whole_file(RESULT.kind, self.path(folder)) as partial:
            partial.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")

    def load(self, folder: Path) -> dict[str, Any]:
        """Return the outcome that `save` wrote.

        Raises
        ------
        DataError
            If the file is missing, damaged or of another task.
        """
        path = self.path(folder)
        with RESULT.reading(path) as found:
            content = read_object(found)
            RESULT.check(path, content.get("format"), content.get("version"))
            if content.get("key") != self.key or not isinstance(content.get("result"), dict):
                raise ValueError("it holds the result of another task")
        return content


def task_of(experiment: Experiment, parameters: Any) -> Task:
    """Return the task that calls an experiment with some arguments.

    Raises
    ------
    ParameterError
        If they are no mapping of names to plain values.
    """
    try:
        if not isinstance(parameters, Mapping):
            raise TypeError(f"{type(parameters).__name__} is no mapping of arguments")
        arguments = plain(parameters)
        json.dumps(arguments, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ParameterError(
            f"repeat(): the parameters of a task cannot be kept in a file: {error}",
            value=parameters,
            limit="names with numbers, texts, truth values, None, and lists and mappings of these",
            remedy="Give the name of a file in place of what is in it.",
        ) from None
    return Task(experiment_name(experiment), arguments)


def experiment_name(experiment: Experiment) -> str:
    """Return module and name of a function that other processes can find by them.

    Raises
    ------
    ParameterError
        If it is no function of a module.
    """
    module, name = getattr(experiment, "__module__", ""), getattr(experiment, "__qualname__", "")
    if not callable(experiment) or not module or not name or "<" in name or "." in name:
        raise ParameterError(
            "repeat(): experiment",
            value=experiment,
            limit="a function that stands at the outermost level of a module",
            remedy="Other processes find it by its name: lambdas, methods and functions inside of "
            "others cannot be found.",
        )
    return f"{_module_name(module)}.{name}"


def _module_name(module: str) -> str:
    """Return the name of a module; that of the script is the name of its file."""
    if module not in ("__main__", "__mp_main__"):
        return module
    return Path(getattr(sys.modules[module], "__file__", None) or module).stem


def perform(experiment: Experiment, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Call the experiment, in whichever process this is, and return its outcome.

    Returns
    -------
    dict
        ``result``: what the experiment returned; ``seconds`` that it took, and the ``host`` and
        ``machine`` that it ran on: processors with other vector units round otherwise.

    Raises
    ------
    ThreadError
        If another thread of this process performs a task.
    TrainingError
        If the experiment returns something else than plain values by their names.
    """
    if not _one_at_a_time.acquire(blocking=False):
        raise ThreadError(
            "repeat(): two tasks in one process, and there is one network in a process",
            limit="one task at a time",
            remedy="Give the workers one thread each: with Dask, threads_per_worker=1.",
        )
    try:
        begin = time.perf_counter()
        result = _plain_result(experiment(**parameters))
        seconds = time.perf_counter() - begin
    finally:
        _one_at_a_time.release()
    return {
        "result": result,
        "seconds": seconds,
        "host": platform.node(),
        "machine": platform.machine(),
    }


def _plain_result(result: Any) -> dict[str, Any]:
    if is_dataclass(result) and not isinstance(result, type):
        result = asdict(result)
    try:
        if not isinstance(result, Mapping):
            raise TypeError(f"it is a {type(result).__name__}")
        return dict(plain(result))
    except TypeError as error:
        raise TrainingError(
            f"repeat(): an experiment returns what cannot be kept in a file: {error}",
            limit="a mapping or dataclass of numbers, texts and lists of them",
            remedy="Write large results to a file and return its name.",
        ) from None


@cache
def package_version() -> str:
    """Return the version of this package."""
    try:
        return version("pyNN-brainscales-emu")
    except PackageNotFoundError:  # used from its sources, without an installation
        return "unknown"
