"""Simulators in processes of their own, which measure when they are asked to.

The peers need an older NumPy than this package, so they live in another environment; the emulator
is measured in the same way. Networks pass through files, results through lines of JSON.
"""

from __future__ import annotations

import json
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
        # What simulators write while they work is shown only if they fail.
        self.errors = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")
        self.process = subprocess.Popen(
            [str(python), str(HERE / script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
        )

    def ask(self, task: str, **options: Any) -> dict[str, Any]:
        """Wait for the results of a task.

        Raises
        ------
        WorkerError
            If the task raised an error, or the process has ended.
        """
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            print(json.dumps({"task": task, **options}), file=self.process.stdin, flush=True)
        except BrokenPipeError:
            pass  # the process has ended, and so has its output
        line = self.process.stdout.readline()
        if not line:
            self.errors.seek(0)
            raise WorkerError(f"{self.script} has ended:\n{self.errors.read()[-3000:]}")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise WorkerError(f"{self.script} failed:\n{answer['error']}")
        return answer

    def close(self) -> None:
        """End the process."""
        self.process.communicate()
        self.errors.close()

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
