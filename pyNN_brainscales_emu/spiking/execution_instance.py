"""One run of a chip: modules that share an instance run together."""

from __future__ import annotations

from itertools import count
from typing import ClassVar


class ExecutionInstance:
    """One run of a chip.

    Parameters
    ----------
    calib_path, calib_cache_dir : optional
        Of a calibration; the emulator computes its own by default.
    input_loopback : bool
        Whether the input spikes are recorded as the chip sees them, and used for the gradient.
    """

    _numbers: ClassVar[count[int]] = count()

    def __init__(
        self,
        calib_path: object = None,
        calib_cache_dir: object = None,
        input_loopback: bool = False,
    ) -> None:
        self.ID = next(self._numbers)
        self.calib_path = calib_path
        self.calib_cache_dir = calib_cache_dir
        self.input_loopback = input_loopback

    def __repr__(self) -> str:
        return f"ExecutionInstance({self.ID})"
