"""What a neuron model is, for every stage that has to know."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Values = Mapping[str, Array]


class Sign(Enum):
    """Which numbers a parameter may be."""

    ANY = "finite numbers"
    NOT_NEGATIVE = ">= 0"
    POSITIVE = "> 0"

    def allows(self, values: Array) -> NDArray[np.bool_]:
        """Return which values have the sign."""
        if self is Sign.POSITIVE:
            return values > 0
        return values >= 0 if self is Sign.NOT_NEGATIVE else np.isfinite(values)


class Inputs(Enum):
    """What the weight of a synapse is, by its unit."""

    CONDUCTANCE = "uS"
    CURRENT = "nA"
    VOLTAGE = "mV"


@dataclass(frozen=True)
class Parameter:
    """A parameter by PyNN's name, with its unit and the numbers that it may be."""

    name: str
    unit: str
    sign: Sign = Sign.ANY


@dataclass(frozen=True)
class Series:
    """A parameter of PyNN that is a list of numbers, one for each term of a sum.

    Attributes
    ----------
    name, unit, sign
        As of a `Parameter`.
    filler : float
        What absent terms have, so that they add nothing.
    length : int
        Largest number of terms.
    sum : str
        What the terms add up to: a neuron's series of the same sum are equally long.
    """

    name: str
    unit: str
    sign: Sign
    filler: float
    length: int
    sum: str

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """One parameter a term: ``tau_eta_0``, ``tau_eta_1`` and so on of ``tau_eta``."""
        return tuple(
            Parameter(f"{self.name}_{term}", self.unit, self.sign) for term in range(self.length)
        )


@dataclass(frozen=True)
class FiringLevel:
    """Where a neuron fires and where that puts it.

    Attributes
    ----------
    of : callable
        From parameters to the potential at which each neuron fires, mV, (n,).
    name : str
        What a message calls that parameter.
    reset : str
        Parameter that the membrane is set to.
    """

    of: Callable[[Values], Array]
    name: str
    reset: str = "v_reset"


@dataclass(frozen=True, eq=False)
class NeuronModel:
    """A neuron model on both sides of the kernel.

    Attributes
    ----------
    name : str
        The kernel's name of its step, unless `step` says another.
    cell_types : tuple of str
        PyNN's cell types that it is; no other one is.
    parameters : tuple of Parameter
    states : mapping of str to str
        Recordable variable: the kernel's state. All have initial values, but for `derived` ones.
    inputs : Inputs
    columns : callable
        From parameters (by name, and ``input_limit`` where the inputs saturate) and the time step
        (ms) to the kernel's parameters, by its names.
    drive_per_nA : callable
        From parameters and the time step to what 1 nA adds to the kernel's drive, (n,).
    firing_level : FiringLevel, optional
        None where the model itself makes the spike and what follows.
    receptors : tuple of str
        Names of the inputs, in the kernel's order.
    series : tuple of Series
        PyNN's parameters that are lists; their terms are among `parameters`.
    derived : callable, optional
        From parameters to the initial values of variables that have no choice.
    step : str
        The kernel's name of the step, of a model that shares it with another one.
    """

    name: str
    cell_types: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    states: Mapping[str, str]
    inputs: Inputs
    columns: Callable[[Values, float], Mapping[str, Array]]
    drive_per_nA: Callable[[Values, float], Array]  # noqa: N815  (the unit's name)
    firing_level: FiringLevel | None = field(default=None)
    receptors: tuple[str, ...] = ("excitatory", "inhibitory")
    series: tuple[Series, ...] = ()
    derived: Callable[[Values], Mapping[str, Array]] | None = None
    step: str = ""

    @property
    def kernel_name(self) -> str:
        """The kernel's name of the step."""
        return self.step or self.name

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """Names of the parameters."""
        return tuple(parameter.name for parameter in self.parameters)

    @property
    def conductance_based(self) -> bool:
        """Whether synapses are conductances."""
        return self.inputs is Inputs.CONDUCTANCE
