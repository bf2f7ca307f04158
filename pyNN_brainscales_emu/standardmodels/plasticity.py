"""Spike-timing-dependent plasticity: PyNN's rules of timing and of the weight."""

from __future__ import annotations

from numbers import Real
from typing import Any

from pyNN import errors
from pyNN.standardmodels import build_translations, synapses

from pyNN_brainscales_emu.front_end_errors import InvalidParameterError, WrongKindError
from pyNN_brainscales_emu.parameter_values import plain_number
from pyNN_brainscales_emu.simulator import state
from pyNN_brainscales_emu.standardmodels.synapses import VALUES, identity_translations

_PAIRS, _VOGELS = "pairs", "vogels"


class _CheckedPart:
    """A part of an `STDPMechanism` whose parameters are checked when it is made."""

    def __init__(self, *values: Any, **named: Any) -> None:
        model = type(self).__name__
        for name, value in (*zip(self.default_parameters, values, strict=False), *named.items()):  # type: ignore[attr-defined]
            if name not in self.default_parameters:  # type: ignore[attr-defined]
                raise errors.NonExistentParameterError(
                    name,
                    model,
                    self.default_parameters,  # type: ignore[attr-defined]
                )
            plain_number(model, name, value, VALUES, n_axes=2)
        super().__init__(*values, **named)


class AdditiveWeightDependence(_CheckedPart, synapses.AdditiveWeightDependence):  # type: ignore[misc]
    """Changes of the weight do not depend on it; they are shares of ``w_max``."""

    translations = identity_translations(synapses.AdditiveWeightDependence)
    possible_models = frozenset({_PAIRS, _VOGELS})
    exponents = (0.0, 0.0)


class MultiplicativeWeightDependence(
    _CheckedPart,
    synapses.MultiplicativeWeightDependence,  # type: ignore[misc]
):
    """Changes of the weight are shares of what is left to ``w_max`` and to ``w_min``."""

    translations = identity_translations(synapses.MultiplicativeWeightDependence)
    possible_models = frozenset({_PAIRS})
    exponents = (1.0, 1.0)


class AdditivePotentiationMultiplicativeDepression(
    _CheckedPart,
    synapses.AdditivePotentiationMultiplicativeDepression,  # type: ignore[misc]
):
    """Potentiation is a share of ``w_max``, depression one of what is left to ``w_min``."""

    translations = identity_translations(synapses.AdditivePotentiationMultiplicativeDepression)
    possible_models = frozenset({_PAIRS})
    exponents = (0.0, 1.0)


class GutigWeightDependence(_CheckedPart, synapses.GutigWeightDependence):  # type: ignore[misc]
    """Between additive (exponents 0) and multiplicative (1); relative to ``w_max``, as in NEST."""

    translations = identity_translations(synapses.GutigWeightDependence)
    possible_models = frozenset({_PAIRS})
    exponents = None


class SpikePairRule(_CheckedPart, synapses.SpikePairRule):  # type: ignore[misc]
    """All pairs of spikes count, by exponential functions of their distance."""

    translations = identity_translations(synapses.SpikePairRule)
    possible_models = frozenset({_PAIRS})


class Vogels2011Rule(_CheckedPart, synapses.Vogels2011Rule):  # type: ignore[misc]
    """Symmetric rule of Vogels et al. (2011); ``rho`` in spikes a ms, as pyNN.neuron takes it."""

    translations = identity_translations(synapses.Vogels2011Rule)
    possible_models = frozenset({_VOGELS})


class STDPMechanism(synapses.STDPMechanism):  # type: ignore[misc]
    """Synapse whose weight depends on the times of spikes on both sides.

    Parameters
    ----------
    timing_dependence : SpikePairRule or Vogels2011Rule
    weight_dependence : AdditiveWeightDependence or another one
        `Vogels2011Rule` goes with the additive one only.
    voltage_dependence : None
        PyNN has none.
    dendritic_delay_fraction : float
        Part of the delay that lies behind the synapse, 0 to 1.
    weight, delay
        As for `StaticSynapse`.

    Raises
    ------
    WrongKindError
        For parts of another back end, and missing ones.
    InvalidParameterError
        For a fraction outside of 0 to 1.
    """

    base_translations = build_translations(
        ("weight", "weight"),
        ("delay", "delay"),
        ("dendritic_delay_fraction", "dendritic_delay_fraction"),
    )

    def __init__(
        self,
        timing_dependence: Any = None,
        weight_dependence: Any = None,
        voltage_dependence: None = None,
        dendritic_delay_fraction: float = 1.0,
        weight: Any = 0.0,
        delay: Any = None,
    ) -> None:
        for what, part, kinds in (
            ("timing_dependence", timing_dependence, TIMING_RULES),
            ("weight_dependence", weight_dependence, WEIGHT_RULES),
        ):
            if not isinstance(part, kinds):
                allowed = ", ".join(kind.__name__ for kind in kinds)
                raise WrongKindError(f"STDPMechanism: {what}", value=part, limit=allowed)
        if voltage_dependence is not None:
            raise WrongKindError(
                "STDPMechanism: voltage_dependence", value=voltage_dependence, limit="None"
            )
        fraction = dendritic_delay_fraction
        if not (isinstance(fraction, Real) and 0 <= fraction <= 1):
            raise InvalidParameterError(
                "STDPMechanism: dendritic_delay_fraction", value=fraction, limit="0 to 1"
            )
        for name, value in (("weight", weight), ("delay", delay)):
            if value is not None:
                plain_number("STDPMechanism", name, value, VALUES, n_axes=2)
        super().__init__(timing_dependence, weight_dependence, None, float(fraction), weight, delay)

    def _build_translations(self) -> None:
        self.translations = {
            **self.base_translations,
            **self.timing_dependence.translations,
            **self.weight_dependence.translations,
        }

    @property
    def rule(self) -> str:
        """Name of the rule; see `description.synapse_rules`."""
        return str(self.model)

    def _get_minimum_delay(self) -> float:
        """Return the delay of synapses for which none is given, ms."""
        return state.default_delay


TIMING_RULES = (SpikePairRule, Vogels2011Rule)
WEIGHT_RULES = (
    AdditiveWeightDependence,
    MultiplicativeWeightDependence,
    AdditivePotentiationMultiplicativeDepression,
    GutigWeightDependence,
)
