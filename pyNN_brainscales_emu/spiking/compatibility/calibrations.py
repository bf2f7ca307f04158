"""Names of calibrations in place of paths to files that only the laboratory has."""

from __future__ import annotations

from typing import Final

from pyNN_brainscales_emu.errors import OptionError

#: The calibrations that are made every night for the real chips.
NAMES: Final = ("spiking", "spiking2")


def nightly_calix_native_path(name: str = "spiking") -> str:
    """Return the name of a calibration, which stands for its file.

    Raises
    ------
    OptionError
        For an unknown name.
    """
    if name not in NAMES:
        raise OptionError("nightly calibration", value=name, limit=", ".join(NAMES))
    return name


nightly_calib_path = nightly_calix_native_path
