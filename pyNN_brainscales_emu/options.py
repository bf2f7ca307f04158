"""The options of `setup()`: checked once, frozen afterwards."""

from __future__ import annotations

import difflib
import logging
import math
import operator
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace
from functools import partial
from numbers import Real
from pathlib import Path
from typing import Any

import numpy as np

from pyNN_brainscales_emu.effects import Effects
from pyNN_brainscales_emu.errors import BrainScaleSError, OptionError, noted, raise_together
from pyNN_brainscales_emu.foreign_options import FOREIGN_OPTIONS, MEANINGS
from pyNN_brainscales_emu.hardware.constants import (
    ADC_BITS,
    ADC_BITS_REDUCED,
    NEURON_SIZE_DEFAULT,
    NEURON_SIZE_MAX,
    NEURON_SIZE_MIN,
    NEURON_SIZES,
)
from pyNN_brainscales_emu.hardware.defect_file import load_defects
from pyNN_brainscales_emu.hardware.defects import Defects
from pyNN_brainscales_emu.link_settings import Links
from pyNN_brainscales_emu.mapping_options import MappingOptions
from pyNN_brainscales_emu.processors import available_processors, default_threads

logger = logging.getLogger("PyNN")

SUBSTRATES = ("brainscales1", "ideal")
SUBSTRATE_VARIABLE = "PYNN_BRAINSCALES_EMU_SUBSTRATE"
ON_LOSS = ("raise", "warn", "ignore")
PRECISIONS = ("single", "double")
I_GL_SPEEDUPS = ("slow", "normal", "fast", "auto")
READOUTS = ("virtual", "hardware")
WEIGHT_ROUNDINGS = ("nearest", "stochastic")
CALIBRATIONS = ("default", "nominal", "perfect")
#: The wafer without defects; they are not compared by value, so there is one only.
NO_DEFECTS = Defects()

#: Options that are numbers, and those that are whole numbers.
FLOATS = ("timestep", "min_delay", "max_delay", "speedup")
INTEGERS = ("wafer", "seed", "neuron_size", "threads", "adc_bits")


@dataclass(frozen=True)
class Options:
    """Options of `setup()`; see there for their meaning."""

    timestep: float = 0.1
    min_delay: float | str = "auto"
    max_delay: float | str = "auto"
    substrate: str = field(
        default_factory=lambda: os.environ.get(SUBSTRATE_VARIABLE, SUBSTRATES[0])
    )
    wafer: int = 33
    seed: int = 42
    effects: Effects = field(default_factory=Effects)
    neuron_size: int = NEURON_SIZE_DEFAULT
    speedup: float = 10_000.0
    voltage_scaling: tuple[float, float] = (10.0, 1.2)
    calibration: str | Path = "default"
    defects: Defects = NO_DEFECTS
    variation: str = "default"
    on_loss: str = "warn"
    threads: int | None = None
    readout: str = "virtual"
    adc_bits: int = ADC_BITS
    precision: str = "single"
    use_big_capacitors: bool | str = True
    i_gl_speedup: str = "normal"
    weight_rounding: str = "nearest"
    input_saturation: bool = False
    mapping_options: MappingOptions = field(default_factory=MappingOptions)
    mapping: str | Path | None = None
    links: Links = field(default_factory=Links)

    @property
    def is_ideal(self) -> bool:
        """Whether the ideal substrate was chosen."""
        return self.substrate == "ideal"

    @property
    def reads_channels(self) -> bool:
        """Whether membranes are read through the channels of the wafer's read-out."""
        return self.readout == "hardware" and not self.is_ideal

    @property
    def n_threads(self) -> int:
        """Number of threads of the emulator: not more than there are processors for it."""
        if self.threads is None:
            return default_threads()
        return min(self.threads, available_processors())


def parse_options(given: dict[str, Any], variations: tuple[str, ...]) -> Options:
    """Check the keyword arguments of `setup()` and freeze them.

    Parameters
    ----------
    given : dict
        Options by name.
    variations : tuple of str
        Names of the profiles that ``variation`` may name.

    Raises
    ------
    OptionError
        Names each wrong option, its value, what is allowed, and the nearest valid name.
    DataError
        If nothing is wrong but the file of defects.
    """
    known = [option.name for option in fields(Options)]
    own: dict[str, Any] = {}
    problems: list[BrainScaleSError] = []
    for name, value in given.items():
        if name in known:
            with noted(problems):
                own[name] = _plain(name, value)
        elif name in FOREIGN_OPTIONS:
            _tell_foreign(name, value)
        else:
            problems.append(_unknown(name, value, known))
    options = Options(**own)
    for check in _checks(options, variations):
        with noted(problems):
            check()
    raise_together("setup() cannot be done", problems, OptionError)
    return _with_absolute_paths(options)


def _tell_foreign(name: str, value: Any) -> None:
    here = f"; its meaning here: {MEANINGS[name]}" if name in MEANINGS else ""
    logger.debug("setup(): option %s=%r belongs to another back end: ignored%s", name, value, here)


def _unknown(name: str, value: Any, known: list[str]) -> OptionError:
    nearest = difflib.get_close_matches(name, known, n=1)
    return OptionError(
        f"setup(): unknown option {name!r}",
        value=value,
        limit=", ".join(known),
        remedy=f"Did you mean {nearest[0]!r}?" if nearest else None,
    )


def _with_absolute_paths(options: Options) -> Options:
    """Return options whose files are found wherever the script goes before they are read."""
    paths: dict[str, Any] = {"mapping": options.mapping}
    if options.calibration not in CALIBRATIONS:
        paths["calibration"] = options.calibration
    return replace(options, **{n: p and os.path.abspath(p) for n, p in paths.items()})


def _plain(name: str, value: Any) -> Any:
    """Return an option's value in the type that `Options` has for it, if it can be that."""
    if name == "effects":
        return Effects.parse(value)
    if name == "links":
        return Links.parse(value)
    if name == "voltage_scaling":
        return _voltage_scaling(value)
    if name == "defects":
        return _defects(value)
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if name in FLOATS and isinstance(value, Real):
        # By its decimal digits: 0.1 in single precision means 0.1 ms, not 0.100000001 ms.
        return float(str(value)) if isinstance(value, np.floating) else float(value)
    if name in INTEGERS and _is_integer(value):
        return operator.index(value)
    return value


def _voltage_scaling(value: Any) -> tuple[float, float]:
    try:
        alpha, shift = (float(part) for part in value)
    except (TypeError, ValueError):
        alpha = shift = math.nan
    if not (math.isfinite(alpha) and math.isfinite(shift) and alpha > 0):
        raise OptionError(
            "setup(): voltage_scaling",
            value=value,
            limit="(alpha, shift_V): V_hw = alpha * V_bio + shift, alpha > 0",
            remedy="The default is (10, 1.2); Schmitt et al. (2017) used (20, 1.8).",
        )
    return alpha, shift


def _defects(value: Any) -> Defects:
    """Return the defects that are given, or stand in a file."""
    if isinstance(value, Defects):
        return value
    if value is None or (isinstance(value, str) and value == "none"):
        return NO_DEFECTS
    if isinstance(value, (str, Path)):
        return load_defects(value)
    raise OptionError("setup(): defects", value=value, limit="'none', a file's path, or Defects")


def _checks(options: Options, variations: tuple[str, ...]) -> Iterator[Callable[[], None]]:
    """Yield the checks of all options, each of which raises what it finds."""
    numbers = (("timestep", 1e-4, 100.0, " ms"), ("speedup", 1.0, 1e6, ""))
    for name, low, high, unit in numbers:
        yield partial(_check_number, name, getattr(options, name), low, high, unit)
    for name in ("min_delay", "max_delay"):
        value = getattr(options, name)
        if not (isinstance(value, str) and value == "auto"):
            yield partial(_check_number, name, value, 0.0, 1e6, " ms, or 'auto'")
    for name, allowed in (
        ("substrate", SUBSTRATES),
        ("on_loss", ON_LOSS),
        ("precision", PRECISIONS),
        ("readout", READOUTS),
        ("weight_rounding", WEIGHT_ROUNDINGS),
        ("variation", variations),
        ("i_gl_speedup", I_GL_SPEEDUPS),
    ):
        yield partial(_check_choice, name, getattr(options, name), allowed)
    yield partial(_check_capacitors, options.use_big_capacitors)
    yield partial(_check_calibration, options.calibration)
    yield partial(_check_switch, "input_saturation", options.input_saturation)
    for name, low, high in (("wafer", 0, 2**31), ("seed", 0, 2**63), ("threads", 1, 1024)):
        value = getattr(options, name)
        if not (value is None and name == "threads"):
            yield partial(_check_integer, name, value, low, high)
    yield partial(_check_adc_bits, options.adc_bits)
    yield partial(_check_mapping_options, options.mapping_options)
    yield partial(_check_mapping, options.mapping)
    yield partial(_check_neuron_size, options.neuron_size)


def _check_choice(name: str, value: Any, allowed: tuple[str, ...]) -> None:
    if not (isinstance(value, str) and value in allowed):
        nearest = difflib.get_close_matches(str(value), allowed, n=1)
        raise OptionError(
            f"setup(): {name}",
            value=value,
            limit=", ".join(map(repr, allowed)),
            remedy=f"Did you mean {nearest[0]!r}?" if nearest else None,
        )


def _check_integer(name: str, value: Any, low: int, high: int) -> None:
    if type(value) is not int or not low <= value < high:
        raise OptionError(f"setup(): {name}", value=value, limit=f"an integer, {low} to {high - 1}")


def _check_mapping_options(value: Any) -> None:
    if not isinstance(value, MappingOptions):
        raise OptionError("setup(): mapping_options", value=value, limit="MappingOptions(...)")


def _check_mapping(value: Any) -> None:
    if value is not None and not isinstance(value, str | os.PathLike):
        raise OptionError(
            "setup(): mapping",
            value=value,
            limit="a file's path, or None",
            remedy="Save a mapping with mapping().save(path).",
        )


def _check_neuron_size(size: Any) -> None:
    if type(size) is not int or size not in NEURON_SIZES:
        raise OptionError(
            "setup(): neuron_size",
            value=size,
            limit=f"an even number of denmems, {NEURON_SIZE_MIN} to {NEURON_SIZE_MAX}",
            remedy="4 is the default; larger neurons take more synapses.",
        )


def _check_capacitors(value: Any) -> None:
    if not (isinstance(value, bool) or (isinstance(value, str) and value == "auto")):
        raise OptionError("setup(): use_big_capacitors", value=value, limit="True, False, 'auto'")


def _check_adc_bits(value: Any) -> None:
    allowed = (ADC_BITS, ADC_BITS_REDUCED)
    if type(value) is not int or value not in allowed:
        raise OptionError("setup(): adc_bits", value=value, limit=" or ".join(map(str, allowed)))


def _check_calibration(value: Any) -> None:
    """Check for a name or an existing file; `setup()` checks what the file holds."""
    if isinstance(value, str) and value in CALIBRATIONS:
        return
    if isinstance(value, str | os.PathLike) and os.path.isfile(value):
        return
    nearest = difflib.get_close_matches(str(value), CALIBRATIONS, n=1)
    raise OptionError(
        "setup(): calibration",
        value=value,
        limit=", ".join(map(repr, CALIBRATIONS)) + " or an existing file",
        remedy=f"Did you mean {nearest[0]!r}?" if nearest else None,
    )


def _check_switch(name: str, value: Any) -> None:
    if not isinstance(value, bool):
        raise OptionError(f"setup(): {name}", value=value, limit="True or False")


def _check_number(name: str, value: Any, low: float, high: float, unit: str = "") -> None:
    if not (isinstance(value, float) and low <= value <= high):
        raise OptionError(
            f"setup(): {name}", value=value, limit=f"a number from {low:g} to {high:g}{unit}"
        )


def _is_integer(value: Any) -> bool:
    try:
        operator.index(value)
    except TypeError:  # arrays with more than one element have __index__ as well
        return False
    return True
