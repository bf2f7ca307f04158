"""Put this package where ``import hxtorch`` finds it."""

from __future__ import annotations

import importlib
import importlib.util
import logging
import sys
from types import ModuleType
from typing import Any, Final

from pyNN_brainscales_emu.errors import OptionError
from pyNN_brainscales_emu.spiking.compatibility import coordinates

_PACKAGE: Final = "pyNN_brainscales_emu.spiking"
#: Sub-modules of ``hxtorch.spiking``, and where they are here.
_MODULES: Final = {
    "": "",
    ".datasets": ".datasets",
    ".datasets.yinyang": ".datasets.yinyang",
    ".execution_instance": ".execution_instance",
    ".experiment": ".experiment",
    ".functional": ".functional",
    ".handle": ".handles",
    ".modules": ".modules",
    ".morphology": ".morphology",
    ".observables": ".observables",
    ".parameter": ".parameters",
    ".run": ".experiment",
    ".transforms": ".transforms",
    ".transforms.decode": ".transforms.decode",
    ".transforms.encode": ".transforms.encode",
    ".transforms.weight_transforms": ".transforms.weight_transforms",
    ".backend.module_manager": ".module_manager",
    ".utils.calib_helper": ".compatibility.calibrations",
}
#: Names of modules that scripts reach through their parent only.
_FOLDERS: Final = (".backend", ".utils")


class _Logger(logging.LoggerAdapter[logging.Logger]):
    """A logger that has the levels as methods too, in capitals, as hxtorch's."""

    def TRACE(self, *parts: object) -> None:  # noqa: N802
        self.debug(_joined(parts))

    def DEBUG(self, *parts: object) -> None:  # noqa: N802
        self.debug(_joined(parts))

    def INFO(self, *parts: object) -> None:  # noqa: N802
        self.info(_joined(parts))

    def WARN(self, *parts: object) -> None:  # noqa: N802
        self.warning(_joined(parts))

    def ERROR(self, *parts: object) -> None:  # noqa: N802
        self.error(_joined(parts))

    def info(self, message: object, *parts: object, **_: Any) -> None:  # type: ignore[override]
        """Log a message of several parts."""
        self.logger.info(_joined((message, *parts)))


class _LogLevel:
    TRACE, DEBUG, INFO, WARN, ERROR, FATAL = 5, 10, 20, 30, 40, 50


def _joined(parts: tuple[object, ...]) -> str:
    return " ".join(map(str, parts))


def _logger_module() -> ModuleType:
    module = ModuleType("hxtorch.logger")
    module.LogLevel = _LogLevel  # type: ignore[attr-defined]
    module.get = lambda name: _Logger(logging.getLogger(name), {})  # type: ignore[attr-defined]
    module.set_loglevel = lambda logger, level: logger.setLevel(level)  # type: ignore[attr-defined]
    module.default_config = lambda level=_LogLevel.WARN, **_: logging.getLogger(  # type: ignore[attr-defined]
        "hxtorch"
    ).setLevel(level)
    return module


def install_as_hxtorch() -> None:
    """Let ``import hxtorch``, ``hxtorch.spiking`` and ``hxtorch.snn`` find this package.

    ``dlens_vx_v3.halco`` has the coordinates that scripts place neurons with. Opening and closing
    the hardware do nothing. Calling it twice is fine.

    Raises
    ------
    OptionError
        If hxtorch itself is installed.
    """
    present = sys.modules.get("hxtorch")
    if present is not None and getattr(present, "is_emulated", False):
        return
    if present is not None or importlib.util.find_spec("hxtorch") is not None:
        raise OptionError(
            "install_as_hxtorch(): hxtorch itself is installed",
            remedy="Import pyNN_brainscales_emu.spiking under a name of its own.",
        )
    top = ModuleType("hxtorch")
    top.is_emulated = True  # type: ignore[attr-defined]
    top.__path__ = []
    top.logger = _logger_module()  # type: ignore[attr-defined]
    top.init_hardware = top.release_hardware = _do_nothing  # type: ignore[attr-defined]
    sys.modules["hxtorch"] = top
    for folder in _FOLDERS:
        for root in ("spiking", "snn"):
            sys.modules[f"hxtorch.{root}{folder}"] = ModuleType(f"hxtorch.{root}{folder}")
    for theirs, ours in _MODULES.items():
        module = importlib.import_module(_PACKAGE + ours)
        for root in ("spiking", "snn"):
            sys.modules[f"hxtorch.{root}{theirs}"] = module
    for root in ("spiking", "snn"):
        setattr(top, root, sys.modules[f"hxtorch.{root}"])
        utils = sys.modules[f"hxtorch.{root}.utils"]
        utils.calib_helper = sys.modules[f"hxtorch.{root}.utils.calib_helper"]  # type: ignore[attr-defined]
    if importlib.util.find_spec("dlens_vx_v3") is None:
        chip = ModuleType("dlens_vx_v3")
        chip.halco = coordinates  # type: ignore[attr-defined]
        sys.modules["dlens_vx_v3"] = chip
        sys.modules["dlens_vx_v3.halco"] = coordinates


def _do_nothing(*_: object, **__: object) -> None:
    """Open or close a chip that is emulated."""
