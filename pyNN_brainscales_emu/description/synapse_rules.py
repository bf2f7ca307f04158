"""Rules by which synapses change, as numbers: what remains of PyNN's synapse types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class RuleModel:
    """What the engine knows of a rule.

    Parameters
    ----------
    name : str
    parameters : tuple of str
        In the order of the kernel.
    times : frozenset of str
        Those in ms.
    one_value : frozenset of str
        Those that all synapses of a projection share.
    variables : mapping of str to float
        Of each synapse, with what they begin from.
    """

    name: str
    parameters: tuple[str, ...]
    times: frozenset[str]
    one_value: frozenset[str] = frozenset()
    variables: Mapping[str, float] = field(default_factory=dict)


_RELEASE_TIMES: Final = frozenset({"tau_rec", "tau_facil", "tau_syn"})
_PAIR_TIMES: Final = frozenset({"tau_plus", "tau_minus"})
#: The rules by name.
RULES: Final[Mapping[str, RuleModel]] = MappingProxyType(
    {
        model.name: model
        for model in (
            RuleModel(
                "tsodyks",
                ("use", "tau_rec", "tau_facil", "tau_syn"),
                _RELEASE_TIMES,
                variables={"u": 0.0, "x": 1.0, "y": 0.0},
            ),
            RuleModel("stochastic", ("p",), frozenset()),
            RuleModel(
                "quantal",
                ("use", "tau_rec", "tau_facil", "sites"),
                _RELEASE_TIMES,
                variables={"u": 0.0, "available": np.nan},  # all sites
            ),
            RuleModel(
                "pairs",
                (
                    *("tau_plus", "tau_minus", "a_plus", "a_minus"),
                    *("w_min", "w_max", "mu_plus", "mu_minus"),
                ),
                _PAIR_TIMES,
                _PAIR_TIMES,
            ),
            RuleModel(
                "vogels",
                ("tau", "eta", "alpha", "w_min", "w_max"),
                frozenset({"tau"}),
                frozenset({"tau"}),
            ),
        )
    }
)


@dataclass(frozen=True, eq=False)
class SynapseRule:
    """The rule of a projection.

    Parameters
    ----------
    name : str
        Of `RULES`.
    parameters : mapping of str to (1,) or (n,) float64
        Times in ms; weights as magnitudes. ``tau_syn`` is left to the target.
    dendritic_fraction : float
        Part of the delay that postsynaptic spikes take to the synapse; the rest is the way of the
        presynaptic ones.
    """

    name: str
    parameters: Mapping[str, Array]
    dendritic_fraction: float = 1.0
