"""How a network is mapped on the wafer: the choices that users of the original tool have."""

from __future__ import annotations

import difflib
import math
import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import partial
from numbers import Real
from types import MappingProxyType
from typing import Any, Final

from pyNN_brainscales_emu.errors import BrainScaleSError, OptionError, noted, raise_together
from pyNN_brainscales_emu.hardware.constants import (
    BANDWIDTH_UTILISATION,
    DRIVER_CHAIN_LENGTH,
    DRIVERS_PER_QUADRANT,
)

#: Neuron placement (marocco:marocco/placement/algorithms).
PLACEMENT_STRATEGIES: Final = (
    "byNeuronBlockEnumAndPopulationIDasc",
    "bySmallerNeuronBlockAndPopulationIDasc",
    "ClusterByPopulationConnectivity",
    "ClusterByNeuronConnectivity",
)
_CHOICES: Final = {
    "default_placement_strategy": PLACEMENT_STRATEGIES,
    "merger_strategy": (
        "minimize_as_possible",
        "minimize_number_of_sending_repeaters",
        "one_to_one",
    ),
    "l1_address_assignment": ("high_first", "low_first", "alternate"),
    "l1_routing_algorithm": ("backbone", "dijkstra"),
    "switch_ordering": ("hicann", "seed", "filled"),
    "driver_assignment": ("fieres", "primaries_first"),
}


@dataclass(frozen=True)
class MappingOptions:
    """Options of `setup(mapping_options=...)`; names and defaults are those of PyMarocco.

    Attributes
    ----------
    default_placement_strategy : str
        Where neurons go that are not placed by hand. ``byNeuronBlockEnumAndPopulationIDasc``:
        populations in the order of creation, from the wafer's centre outwards;
        ``bySmallerNeuronBlockAndPopulationIDasc``: neuron blocks with the fewest free denmems
        first; ``ClusterByPopulationConnectivity`` and ``ClusterByNeuronConnectivity``:
        populations, or single neurons, with most connections to what is placed already come
        next, near their partners.
    restrict_rightmost_neuron_blocks : bool
        Keeps the last neuron block of every HICANN free, and with it a DNC merger for stimuli.
    minimize_number_of_sending_repeaters : bool
        Places so few neurons on a HICANN (236, 118, 80, 59 of 2, 4, 6, 8 denmems) that their
        addresses fit on four, two, two lines or one. For automatic placement.
    merger_strategy : str
        How neuron blocks share lines: ``minimize_as_possible`` as few lines as hold the addresses
        and as chains of drivers can serve; ``minimize_number_of_sending_repeaters`` as few as
        hold the addresses; ``one_to_one`` a line for each block.
    consider_firing_rate : bool
        Whether spike sources keep to the bandwidth of the links.
    bandwidth_utilization : float
        Share of that bandwidth that is filled, above 0 and at most 1.
    l1_address_assignment : {'high_first', 'low_first', 'alternate'}
        Which addresses of a line are given out first.
    l1_routing_algorithm : {'backbone', 'dijkstra'}
    switch_ordering : {'hicann', 'seed', 'filled'}
        Order in which crossbar switches are tried: shuffled by the HICANN's number, shuffled by
        `shuffle_switches_seed`, or ascending.
    shuffle_switches_seed : int
    neighbour_lines : bool
        Whether a HICANN without a vertical line of its own may be reached across the border by
        one of its western or eastern neighbour (the original tool never does that).
    driver_chain_length : int
        Most synapse drivers that one line may get on a HICANN, 1 to the 56 of a quadrant.
    driver_assignment : {'fieres', 'primaries_first'}
        ``fieres``, as in the original tool: the lines with most synapses choose their chains of
        drivers first. ``primaries_first``: where that leaves a line short, every line that can
        gets one driver before any chain grows, which loses fewer synapses.
    priorities : mapping of str to float
        Priority of projections by label; 1 otherwise. `Projection.set_priority` wins over it.
        Lines with a higher mean priority are routed first.

    Raises
    ------
    OptionError
        For a value that an option cannot have.
    """

    default_placement_strategy: str = PLACEMENT_STRATEGIES[0]
    restrict_rightmost_neuron_blocks: bool = False
    minimize_number_of_sending_repeaters: bool = False
    merger_strategy: str = "minimize_as_possible"
    consider_firing_rate: bool = True
    bandwidth_utilization: float = BANDWIDTH_UTILISATION
    l1_address_assignment: str = "high_first"
    l1_routing_algorithm: str = "backbone"
    switch_ordering: str = "hicann"
    shuffle_switches_seed: int = 424242
    neighbour_lines: bool = False
    driver_chain_length: int = DRIVER_CHAIN_LENGTH
    driver_assignment: str = "fieres"
    priorities: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        problems: list[BrainScaleSError] = []
        for check in self._checks():
            with noted(problems):
                check()
        raise_together("MappingOptions cannot be set", problems, OptionError)
        self._keep_plain_values()

    def _checks(self) -> Iterator[Callable[[], None]]:
        """Yield the checks of all options, each of which raises what it finds."""
        for name, allowed in _CHOICES.items():
            yield partial(_check_choice, name, getattr(self, name), allowed)
        for option in fields(self):
            if option.type == "bool":
                yield partial(_check_switch, option.name, getattr(self, option.name))
        yield partial(_check_number, "bandwidth_utilization", self.bandwidth_utilization, 0.0, 1.0)
        for name, least, most in (
            ("driver_chain_length", 1, DRIVERS_PER_QUADRANT),
            ("shuffle_switches_seed", 0, 2**63 - 1),
        ):
            yield partial(_check_integer, name, getattr(self, name), least, most)
        yield partial(_check_priorities, self.priorities)

    def _keep_plain_values(self) -> None:
        """Turn NumPy's numbers into Python's, and copy what others could change."""
        for name, kind in (
            ("bandwidth_utilization", float),
            ("driver_chain_length", int),
            ("shuffle_switches_seed", int),
        ):
            object.__setattr__(self, name, kind(getattr(self, name)))
        priorities = {label: float(priority) for label, priority in self.priorities.items()}
        object.__setattr__(self, "priorities", MappingProxyType(priorities))

    def __hash__(self) -> int:
        return hash(tuple(str(getattr(self, option.name)) for option in fields(self)))

    def __reduce__(self) -> Any:
        values = {option.name: getattr(self, option.name) for option in fields(self)}
        return _rebuilt, ({**values, "priorities": dict(self.priorities)},)


def _rebuilt(values: dict[str, Any]) -> MappingOptions:
    return MappingOptions(**values)


def check_priority(owner: str, value: Any) -> None:
    """Raise `OptionError` unless a priority is a positive number."""
    if not (_is_number(value) and math.isfinite(value) and value > 0):
        raise OptionError(owner, value=value, limit="a number above 0")


def _check_priorities(priorities: Any) -> None:
    is_mapping = isinstance(priorities, Mapping)
    if not (is_mapping and all(isinstance(label, str) for label in priorities)):
        _refuse("priorities", priorities, "a mapping of projections' labels to numbers")
    for label, priority in priorities.items():
        check_priority(f"MappingOptions: priority of {label!r}", priority)


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _check_choice(name: str, value: Any, allowed: tuple[str, ...]) -> None:
    if not (isinstance(value, str) and value in allowed):
        nearest = difflib.get_close_matches(str(value), allowed, n=1, cutoff=0.4)
        _refuse(
            name,
            value,
            ", ".join(map(repr, allowed)),
            f"Did you mean {nearest[0]!r}?" if nearest else None,
        )


def _check_switch(name: str, value: Any) -> None:
    if not isinstance(value, bool):
        _refuse(name, value, "True or False")


def _check_number(name: str, value: Any, above: float, most: float) -> None:
    if not (_is_number(value) and above < value <= most):
        _refuse(name, value, f"a number above {above:g}, at most {most:g}")


def _check_integer(name: str, value: Any, least: int, most: int) -> None:
    try:
        is_allowed = not isinstance(value, bool) and least <= operator.index(value) <= most
    except TypeError:  # arrays with more than one element have __index__ as well
        is_allowed = False
    if not is_allowed:
        _refuse(name, value, f"an integer from {least} to {most}")


def _refuse(name: str, value: Any, limit: str, remedy: str | None = None) -> None:
    raise OptionError(f"MappingOptions: {name}", value=value, limit=limit, remedy=remedy)
