"""The same experiment many times: on several processes or machines, resumable."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from pyNN_brainscales_emu.errors import DataError, ParameterError, TrainingError
from pyNN_brainscales_emu.files.formats import FileFormat
from pyNN_brainscales_emu.files.json_text import read_object
from pyNN_brainscales_emu.files.whole import whole_file
from pyNN_brainscales_emu.progress import Progress
from pyNN_brainscales_emu.training.table import Table
from pyNN_brainscales_emu.training.task import Experiment, Task, experiment_name, task_of
from pyNN_brainscales_emu.training.workers import workers_for

_FOLDER: Final = FileFormat(
    kind="folder of results",
    version=1,
    remedy="Choose another folder.",
)
#: The file that says whose results a folder holds, and that is locked while it is worked on.
_OWNER, _LOCK = "experiment.json", ".lock"
#: Failed tasks that a message names.
_NAMED = 5


def repeat(
    experiment: Experiment,
    parameters: Iterable[Mapping[str, Any]],
    executor: Any = None,
    *,
    folder: str | Path,
    resume: bool = True,
    attempts: int = 3,
    progress: bool = True,
) -> Table:
    """Call an experiment with each set of parameters, on several processes or machines.

    Each result is written to a file of its own as soon as it is known. What was finished before
    is not computed again: the file's name is a checksum of the experiment's name, its arguments
    and the version of this package.

    Parameters
    ----------
    experiment : function
        Of a module. It takes the parameters by their names, and returns a mapping or dataclass of
        plain values. What it returns must follow from the parameters only.
    parameters : iterable of mapping
        One for each task: plain values (numbers, texts, lists of them).
    executor : None, int or Executor, optional
        None: processes, as many as there are processors. A number: so many processes; 0: this
        process, one task after the other. Anything with ``submit`` is used as it is, and stays
        open: ``Client.get_executor()`` of Dask, ``mpi4py.futures.MPIPoolExecutor``, those of
        `concurrent.futures`. Its workers must have one thread each.
    folder : path
        Where the results are kept; one experiment each.
    resume : bool
        False: compute everything again.
    attempts : int
        How often a task is tried whose worker dies or meets an error that this package does not
        know. Errors of this package would come again, and are not tried again.
    progress : bool
        Show how far it is.

    Returns
    -------
    Table
        One row a task, in the order of `parameters`: these, what the experiment returned, and the
        ``seconds`` that it took.

    Raises
    ------
    ParameterError
        If two tasks are the same, the experiment is no function of a module, or parameters are no
        plain values.
    DataError
        If the folder belongs to another experiment, somebody else works on it at the moment, a
        file in it is damaged, or the system refuses to write.
    TrainingError
        When all tasks were tried and some have failed. The results of the others are kept.
    """
    if attempts < 1:
        raise ParameterError("repeat(): attempts", value=attempts, limit="1 or more")
    tasks = [task_of(experiment, one) for one in parameters]
    _check_different(tasks)
    workers = workers_for(executor, attempts)
    with _claimed(Path(folder), experiment_name(experiment)) as place:
        done = _finished(tasks, place) if resume else {}
        left = [task for task in tasks if task.key not in done]
        failed: dict[str, Exception] = {}
        with Progress(
            len(tasks), "repeating", "tasks", start=len(tasks) - len(left), shown=progress
        ) as bar:
            for task, outcome in workers.outcomes(experiment, left):
                if isinstance(outcome, Exception):
                    failed[task.key] = outcome
                else:
                    task.save(place, outcome)
                    done[task.key] = outcome
                bar.advance(**({"failed": str(len(failed))} if failed else {}))
    _raise_failed(tasks, failed, place)
    return _table(tasks, done)


def _check_different(tasks: Sequence[Task]) -> None:
    keys = [task.key for task in tasks]
    twice = [dict(task.parameters) for task in tasks if keys.count(task.key) > 1]
    if twice:
        raise ParameterError(
            "repeat(): the same task more than once",
            value=twice[0],
            remedy="Let the tasks differ, for instance by a seed.",
        )


@contextmanager
def _claimed(folder: Path, experiment: str) -> Iterator[Path]:
    """Give the folder while nobody else works on it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / _LOCK).open("w")
    except OSError as error:
        raise DataError(
            f"{_FOLDER.kind} {folder}: it cannot be used: {error.strerror or error}",
            remedy="Choose a folder that you may write to.",
        ) from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DataError(
                f"{_FOLDER.kind} {folder}: another run works on it",
                remedy="Wait for its end, or choose another folder.",
            ) from None
        _claim(folder / _OWNER, experiment)
        yield folder


def _claim(path: Path, experiment: str) -> None:
    """Write whose results the folder holds, unless it is written there already."""
    if not path.exists():
        owner = {"format": _FOLDER.name, "version": _FOLDER.version, "experiment": experiment}
        with whole_file(_FOLDER.kind, path) as partial:
            partial.write_text(json.dumps(owner, indent=1) + "\n", encoding="utf-8")
        return
    with _FOLDER.reading(path) as found:
        owner = read_object(found)
        _FOLDER.check(path, owner.get("format"), owner.get("version"))
    if owner.get("experiment") != experiment:
        raise DataError(
            f"{_FOLDER.kind} {path.parent}: it belongs to another experiment",
            value=experiment,
            limit=owner.get("experiment"),
            remedy=_FOLDER.remedy,
        )


def _finished(tasks: Sequence[Task], folder: Path) -> dict[str, dict[str, Any]]:
    return {task.key: task.load(folder) for task in tasks if task.path(folder).exists()}


def _raise_failed(tasks: Sequence[Task], failed: Mapping[str, Exception], folder: Path) -> None:
    if not failed:
        return
    reasons = [
        f"{dict(task.parameters)}: {type(failed[task.key]).__name__}: "
        f"{str(failed[task.key]).rstrip('.')}"
        for task in tasks
        if task.key in failed
    ]
    more = [f"and {len(reasons) - _NAMED} more"] if len(reasons) > _NAMED else []
    first = next(iter(failed.values()))
    raise TrainingError(
        f"repeat(): {len(failed)} of {len(tasks)} tasks failed:\n  "
        + "\n  ".join([*reasons[:_NAMED], *more]),
        remedy=f"The results of the others are kept in {folder}; the same call goes on from there.",
    ) from first


def _table(tasks: Sequence[Task], done: Mapping[str, Mapping[str, Any]]) -> Table:
    return Table.from_rows(
        {
            **task.parameters,
            **done[task.key]["result"],
            "seconds": done[task.key]["seconds"],
        }
        for task in tasks
    )
