"""Synapse types. Native names and units are PyNN's, so every translation is the identity."""

from __future__ import annotations

from numbers import Real
from typing import Any, ClassVar

import numpy as np
from pyNN import errors
from pyNN.standardmodels import build_translations, synapses

from pyNN_brainscales_emu.front_end_errors import SynapseError
from pyNN_brainscales_emu.parameter_values import plain_number, refuse_unnamed
from pyNN_brainscales_emu.simulator import state
from pyNN_brainscales_emu.standardmodels.availability import unavailable

VALUES = (
    "a number, a (pre x post) array, a RandomDistribution, or a function or string of the distance"
)


def identity_translations(model: type) -> Any:
    """Return translations of the parameters of a model to themselves."""
    return build_translations(*((name, name) for name in model.default_parameters))  # type: ignore[attr-defined]


class CheckedSynapse:
    """A synapse type whose parameters are checked when it is made.

    Attributes
    ----------
    rule : str or None
        Name of the rule by which the synapses change; see `description.synapse_rules`.
    """

    default_parameters: ClassVar[dict[str, Any]]
    rule: ClassVar[str | None] = None

    def __init__(self, *unnamed: Any, **parameters: Any) -> None:
        model, known = type(self).__name__, self.default_parameters
        refuse_unnamed(model, dict.fromkeys(known), unnamed)
        values = dict(parameters)
        for name, value in parameters.items():
            if name not in known:
                raise errors.NonExistentParameterError(name, model, known)
            if value is not None:  # which stands for PyNN's default
                values[name] = plain_number(model, name, value, VALUES, n_axes=2)
                _check_whole(model, name, known[name], values[name])
        super().__init__(**values)

    def _get_minimum_delay(self) -> float:
        """Return the delay of synapses for which none is given, ms."""
        return state.default_delay


def _check_whole(model: str, name: str, default: Any, value: Any) -> None:
    """Raise for a fraction where PyNN would cut it off without a word."""
    is_count = isinstance(default, int) and isinstance(value, (Real, np.ndarray))
    if is_count and not np.all(np.rint(value) == value):
        raise SynapseError(f"{model}: {name}", value=value, limit="a whole number from 1")


class StaticSynapse(CheckedSynapse, synapses.StaticSynapse):  # type: ignore[misc]
    """Synapse of constant ``weight`` (uS or nA) and ``delay`` (ms, default the smallest)."""

    translations = identity_translations(synapses.StaticSynapse)


class TsodyksMarkramSynapse(CheckedSynapse, synapses.TsodyksMarkramSynapse):  # type: ignore[misc]
    """Synapse whose resources are used up, recover, and are released more readily after spikes.

    ``weight``, ``delay``, use parameter ``U``, and the time constants of recovery ``tau_rec`` and
    of facilitation ``tau_facil`` in ms (Tsodyks, Uziel and Markram 2000). Resources are active for
    the synaptic time constant of the target.
    """

    translations = identity_translations(synapses.TsodyksMarkramSynapse)
    rule = "tsodyks"


class SimpleStochasticSynapse(CheckedSynapse, synapses.SimpleStochasticSynapse):  # type: ignore[misc]
    """Synapse that transmits each spike with probability ``p``."""

    translations = identity_translations(synapses.SimpleStochasticSynapse)
    rule = "stochastic"


class StochasticTsodyksMarkramSynapse(
    CheckedSynapse,
    synapses.StochasticTsodyksMarkramSynapse,  # type: ignore[misc]
):
    """Synapse with one release site, which is empty after a release and recovers by chance.

    Parameters as for `TsodyksMarkramSynapse`; Fuhrmann et al. (2002).
    """

    translations = identity_translations(synapses.StochasticTsodyksMarkramSynapse)
    rule = "quantal"


class MultiQuantalSynapse(CheckedSynapse, synapses.MultiQuantalSynapse):  # type: ignore[misc]
    """Synapse with ``n`` release sites, each as in `StochasticTsodyksMarkramSynapse`.

    ``weight`` is that of one site, as in NEST.
    """

    translations = identity_translations(synapses.MultiQuantalSynapse)
    rule = "quantal"


ElectricalSynapse = unavailable(synapses.ElectricalSynapse)
