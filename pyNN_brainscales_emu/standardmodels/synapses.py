"""Synapse types. Native names and units are PyNN's, so every translation is the identity."""

from __future__ import annotations

from typing import Any

from pyNN import errors
from pyNN.standardmodels import build_translations, synapses

from pyNN_brainscales_emu.parameter_values import plain_number, refuse_unnamed
from pyNN_brainscales_emu.simulator import state
from pyNN_brainscales_emu.standardmodels.availability import unavailable

VALUES = (
    "a number, a (pre x post) array, a RandomDistribution, or a function or string of the distance"
)


class StaticSynapse(synapses.StaticSynapse):  # type: ignore[misc]
    """Synapse of constant ``weight`` (uS or nA) and ``delay`` (ms, default the smallest)."""

    translations = build_translations(("weight", "weight"), ("delay", "delay"))

    def __init__(self, *unnamed: Any, **parameters: Any) -> None:
        model, known = type(self).__name__, self.default_parameters
        refuse_unnamed(model, {"weight": None, "delay": None}, unnamed)
        values = dict(parameters)
        for name, value in parameters.items():
            if name not in known:
                raise errors.NonExistentParameterError(name, model, known)
            if value is not None:  # which stands for PyNN's default
                values[name] = plain_number(model, name, value, VALUES, n_axes=2)
        super().__init__(**values)

    def _get_minimum_delay(self) -> float:
        """Return the delay of synapses for which none is given, ms."""
        return state.default_delay


ElectricalSynapse = unavailable(synapses.ElectricalSynapse)
TsodyksMarkramSynapse = unavailable(synapses.TsodyksMarkramSynapse)
SimpleStochasticSynapse = unavailable(synapses.SimpleStochasticSynapse)
StochasticTsodyksMarkramSynapse = unavailable(synapses.StochasticTsodyksMarkramSynapse)
MultiQuantalSynapse = unavailable(synapses.MultiQuantalSynapse)
STDPMechanism = unavailable(synapses.STDPMechanism)
AdditiveWeightDependence = unavailable(synapses.AdditiveWeightDependence)
MultiplicativeWeightDependence = unavailable(synapses.MultiplicativeWeightDependence)
AdditivePotentiationMultiplicativeDepression = unavailable(
    synapses.AdditivePotentiationMultiplicativeDepression
)
GutigWeightDependence = unavailable(synapses.GutigWeightDependence)
SpikePairRule = unavailable(synapses.SpikePairRule)
Vogels2011Rule = unavailable(synapses.Vogels2011Rule)
