"""Simulators in processes of their own, which measure when they are asked to.

The peers need an older NumPy than this package, so they live in another environment; the emulator
is measured in the same way. Networks pass through files, results through lines of JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any

HERE = Path(__file__).resolve().parent


class WorkerError(RuntimeError):
    """A worker could not do what it was asked for; the text is its traceback."""


class Worker:
    """A script that runs `_worker_loop.serve`, in a process of its own.

    Parameters
    ----------
    script : str
        File in this folder.
    python : path or str
        Interpreter of the environment to use.
    """

    def __init__(self, script: str, python: Path | str = sys.executable) -> None:
        self.script = script
        # What simulators print is shown only if they fail; answers have a pipe of their own.
        self.printed = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")
        receiving, sending = os.pipe()
        self.answers = os.fdopen(receiving, encoding="utf-8")
        self.process = subprocess.Popen(
            [str(python), str(HERE / script), str(sending)],
            stdin=subprocess.PIPE,
            stdout=self.printed,
            stderr=subprocess.STDOUT,
            text=True,
            pass_fds=[sending],
        )
        os.close(sending)

    def ask(self, task: str, **options: Any) -> dict[str, Any]:
        """Wait for the results of a task.

        Raises
        ------
        WorkerError
            If the task raised an error, or the process has ended.
        """
        assert self.process.stdin is not None
        try:
            print(json.dumps({"task": task, **options}), file=self.process.stdin, flush=True)
        except BrokenPipeError:
            pass  # the process has ended, and so has its output
        line = self.answers.readline()
        if not line:
            self.printed.seek(0)
            raise WorkerError(f"{self.script} has ended:\n{self.printed.read()[-3000:]}")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise WorkerError(f"{self.script} failed:\n{answer['error']}")
        return answer

    def close(self) -> None:
        """End the process."""
        self.process.communicate()
        self.answers.close()
        self.printed.close()

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            self.process.terminate()
        self.close()
