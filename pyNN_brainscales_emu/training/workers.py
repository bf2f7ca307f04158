"""Who performs tasks: processes of our own, or the executor of somebody else."""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from typing import Any, Protocol

from pyNN_brainscales_emu.errors import BrainScaleSError, ParameterError
from pyNN_brainscales_emu.training.task import Experiment, Task, perform

#: What became of a task: what it gave, or why it failed.
Outcome = dict[str, Any] | Exception


class Workers(Protocol):
    """Performs tasks, in any order."""

    def outcomes(
        self, experiment: Experiment, tasks: Sequence[Task]
    ) -> Iterator[tuple[Task, Outcome]]:
        """Yield each task once, with what became of it, as soon as it is known."""


def workers_for(executor: Any, attempts: int) -> Workers:
    """Return who performs the tasks.

    Parameters
    ----------
    executor : None, int or Executor
        See `repeat`.
    attempts : int

    Raises
    ------
    ParameterError
        For anything else.
    """
    if executor is None:
        return OwnProcesses(len(os.sched_getaffinity(0)), attempts)
    if isinstance(executor, int) and not isinstance(executor, bool) and executor >= 0:
        return OwnProcesses(executor, attempts) if executor else ThisProcess()
    if callable(getattr(executor, "submit", None)):
        return ForeignExecutor(executor, attempts)
    raise ParameterError(
        "repeat(): executor",
        value=executor,
        limit="None, a number of processes, or an object with submit(), such as those of "
        "concurrent.futures, mpi4py.futures or the get_executor() of a Dask client",
    )


class ThisProcess:
    """Performs one task after the other, here: for small ones, and to look for faults."""

    def outcomes(
        self, experiment: Experiment, tasks: Sequence[Task]
    ) -> Iterator[tuple[Task, Outcome]]:
        """Yield each task once; see `Workers`."""
        for task in tasks:
            try:
                yield task, perform(experiment, task.parameters)
            except Exception as error:
                yield task, error


class ForeignExecutor:
    """Hands all tasks to an executor at once.

    Parameters
    ----------
    executor : object
        With ``submit(function, *arguments)`` that returns a `concurrent.futures.Future`.
    attempts : int
        How often a task is tried. An error that this package raises itself is no accident of a
        worker: it would come again, so the task is not tried again.
    """

    def __init__(self, executor: Any, attempts: int) -> None:
        self._executor = executor
        self._attempts = attempts

    def outcomes(
        self, experiment: Experiment, tasks: Sequence[Task]
    ) -> Iterator[tuple[Task, Outcome]]:
        """Yield each task once; see `Workers`."""
        waiting = {self._submit(experiment, task): (task, 1) for task in tasks}
        try:
            while waiting:
                done, _ = wait(waiting, return_when=FIRST_COMPLETED)
                for future in done:
                    task, attempt = waiting.pop(future)
                    outcome = _outcome(future)
                    if attempt < self._attempts and self._may_be_tried_again(outcome):
                        waiting[self._submit(experiment, task)] = (task, attempt + 1)
                    else:
                        yield task, outcome
        finally:
            for future in waiting:
                future.cancel()

    def _may_be_tried_again(self, outcome: Outcome) -> bool:
        # An executor that is broken takes no task any more, and is not ours to replace.
        return may_succeed_later(outcome) and not isinstance(outcome, BrokenExecutor)

    def _submit(self, experiment: Experiment, task: Task) -> Future[dict[str, Any]]:
        submitted: Future[dict[str, Any]]
        submitted = self._executor.submit(perform, experiment, dict(task.parameters))
        return submitted


class OwnProcesses:
    """Performs tasks in processes of our own, which begin afresh and not as copies of this one.

    When a process dies, the pool of all is lost, and nothing tells which task killed it. So those
    that were under way are tried again alone: only one that dies alone has used up an attempt.

    Parameters
    ----------
    n_processes : int
    attempts : int
        See `ForeignExecutor`.
    """

    def __init__(self, n_processes: int, attempts: int) -> None:
        self._n_processes = n_processes
        self._attempts = attempts

    def outcomes(
        self, experiment: Experiment, tasks: Sequence[Task]
    ) -> Iterator[tuple[Task, Outcome]]:
        """Yield each task once; see `Workers`."""
        left = deque(tasks)
        while left:
            suspects: list[Task] = []
            for task, outcome in self._until_one_dies(experiment, left):
                if may_succeed_later(outcome):
                    suspects.append(task)
                else:
                    yield task, outcome
            for task in suspects:
                yield task, self._alone(experiment, task)

    def _until_one_dies(
        self, experiment: Experiment, left: deque[Task]
    ) -> Iterator[tuple[Task, Outcome]]:
        """Take tasks from `left`, as many at a time as there are processes, until one dies."""
        waiting: dict[Future[dict[str, Any]], Task] = {}
        is_broken = False
        with _pool(self._n_processes) as pool:
            try:
                while waiting or (left and not is_broken):
                    while left and not is_broken and len(waiting) < self._n_processes:
                        try:
                            future = pool.submit(perform, experiment, dict(left[0].parameters))
                        except BrokenExecutor:  # a process has died since the last look
                            is_broken = True
                        else:
                            waiting[future] = left.popleft()
                    done, _ = wait(waiting, return_when=FIRST_COMPLETED)
                    for future in done:
                        outcome = _outcome(future)
                        is_broken = is_broken or isinstance(outcome, BrokenExecutor)
                        yield waiting.pop(future), outcome
            finally:
                if waiting:  # the caller goes no further: it was interrupted
                    _end(pool)

    def _alone(self, experiment: Experiment, task: Task) -> Outcome:
        outcome: Outcome = RuntimeError("it was not tried")
        for _ in range(self._attempts):
            with _pool(1) as pool:
                future = pool.submit(perform, experiment, dict(task.parameters))
                try:
                    outcome = _outcome(future)
                finally:
                    if not future.done():
                        _end(pool)
            if not may_succeed_later(outcome):
                break
        return outcome


def may_succeed_later(outcome: Outcome) -> bool:
    """Return whether a task failed for a reason that another attempt may not meet."""
    return isinstance(outcome, Exception) and not isinstance(outcome, BrainScaleSError)


def _outcome(future: Future[dict[str, Any]]) -> Outcome:
    try:
        return future.result()
    except Exception as error:
        return error


def _pool(n_processes: int) -> ProcessPoolExecutor:
    """Return a pool of processes that begin afresh: OpenMP does not survive a fork."""
    return ProcessPoolExecutor(n_processes, mp_context=multiprocessing.get_context("spawn"))


def _end(pool: ProcessPoolExecutor) -> None:
    """End the processes of a pool at once."""
    processes = list((pool._processes or {}).values())
    pool.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        process.terminate()
