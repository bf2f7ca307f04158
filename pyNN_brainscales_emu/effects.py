"""Which distortions of the hardware are emulated: independent switches."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import wraps
from typing import Any, TypeVar

import numpy as np

from pyNN_brainscales_emu.errors import OptionError

_Class = TypeVar("_Class")


def _with_known_names(cls: type[_Class]) -> type[_Class]:
    """Let the constructor refuse names that are no effects with an error of this package."""
    make = vars(cls)["__init__"]

    @wraps(make)
    def checked(self: Any, *args: Any, **switches: Any) -> None:
        Effects._check(switches)
        make(self, *args, **switches)

    cls.__init__ = checked  # type: ignore[method-assign]
    return cls


@_with_known_names
@dataclass(frozen=True)
class Effects:
    """Independent switches, one for each distortion of the hardware.

    Every random draw is keyed by its own purpose, so switching one effect never changes the
    draws of another.

    Raises
    ------
    OptionError
        For a name that is no effect, or a value that is not True or False.

    Attributes
    ----------
    routing_loss : bool
        Synapses that do not fit are lost. Off: every synapse is realised.
    parameter_quantisation : bool
        Neuron parameters take the values of 10-bit floating gates.
    parameter_range : bool
        Neuron parameters are clipped to the range that the circuits can be set to.
    fixed_pattern : bool
        Circuits differ, and the calibration knows it only so well. Off: all circuits follow the
        nominal curves, and are known to.
    trial_to_trial : bool
        Every write of the floating gates has an error of its own.
    weight_quantisation : bool
        Weights take the values of the 4-bit weight times the row's gmax.
    weight_variation : bool
        Synapses and synapse rows differ in strength.
    on_wafer_pulses : bool
        Spikes need the transport time of layer 1 instead of the delay asked for.
    off_wafer_pulses : bool
        FPGA links delay, jitter and lose stimulus and recorded spikes.
    readout : bool
        The membrane read-out has the converter's resolution and range, and with
        ``setup(readout='hardware')`` its noise and the offsets of the analog outputs.
    """

    routing_loss: bool = True
    parameter_quantisation: bool = True
    parameter_range: bool = True
    fixed_pattern: bool = True
    trial_to_trial: bool = True
    weight_quantisation: bool = True
    weight_variation: bool = True
    on_wafer_pulses: bool = True
    off_wafer_pulses: bool = True
    readout: bool = True

    def __post_init__(self) -> None:
        for name in self.names():
            value = getattr(self, name)
            if not isinstance(value, (bool, np.bool_)):
                raise OptionError(f"Effects: {name}", value=value, limit="True or False")
            object.__setattr__(self, name, bool(value))

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Return the names of all effects."""
        return tuple(field.name for field in fields(cls))

    @classmethod
    def all(cls) -> Effects:
        """Every effect on: the machine as it is."""
        return cls()

    @classmethod
    def none(cls) -> Effects:
        """Every effect off: a perfect machine."""
        return cls.only()

    @classmethod
    def only(cls, *names: str) -> Effects:
        """Only the named effects on.

        Raises
        ------
        OptionError
            For a name that is no effect.
        """
        cls._check(names)
        return cls(**{name: name in names for name in cls.names()})

    @classmethod
    def without(cls, *names: str) -> Effects:
        """Every effect on but the named ones.

        Raises
        ------
        OptionError
            For a name that is no effect.
        """
        cls._check(names)
        return cls(**{name: name not in names for name in cls.names()})

    @classmethod
    def parse(cls, value: str | Effects | Iterable[str]) -> Effects:
        """Return the effects for ``'all'``, ``'none'``, an `Effects`, or the names of those on.

        Raises
        ------
        OptionError
            For anything else; a misspelt name is told together with the nearest one.
        """
        if isinstance(value, Effects):
            return value
        if isinstance(value, str):
            cls._check([value], also=("all", "none"))
            return {"all": cls.all, "none": cls.none}.get(value, lambda: cls.only(value))()
        several = isinstance(value, Iterable) and getattr(value, "ndim", 1) > 0
        names = tuple(value) if several else (None,)
        if not all(isinstance(name, str) for name in names):
            raise OptionError(
                "setup(): effects", value=value, limit="'all', 'none', sim.Effects(...) or names"
            )
        return cls.only(*names)

    @classmethod
    def _check(cls, names: Iterable[Any], also: tuple[str, ...] = ()) -> None:
        allowed = (*also, *cls.names())
        unknown = [name for name in names if not (isinstance(name, str) and name in allowed)]
        if unknown:
            nearest = difflib.get_close_matches(str(unknown[0]), allowed, n=1)
            raise OptionError(
                "Effects: no such effect",
                value=unknown,
                limit=", ".join(allowed),
                remedy=f"Did you mean {nearest[0]!r}?" if nearest else None,
            )
