"""Going on from a mapping that was made before: what must agree, and what it overrules.

The mapping rules: neurons and synapses are where it says, whatever neuron size, placement by hand,
priorities and mapping options say now. What cannot be overruled is the chip: wafer and defects.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.description.bio_graph import BioGraph
from pyNN_brainscales_emu.errors import (
    BrainScaleSError,
    DataError,
    OptionError,
    PlacementError,
    raise_together,
    warn_of_loss,
)
from pyNN_brainscales_emu.hardware.constants import (
    DENMEM_COLUMNS,
    NEURON_BLOCKS_PER_HICANN,
)
from pyNN_brainscales_emu.hardware.defects import LISTS, MASKS, Defects
from pyNN_brainscales_emu.hardware.neuron_blocks import neuron_block
from pyNN_brainscales_emu.mapping.mapped_network import network_of
from pyNN_brainscales_emu.mapping.origin import MappingOrigin
from pyNN_brainscales_emu.mapping.placement_requests import (
    AUTOMATIC,
    allowed_blocks,
    collect_wishes,
)
from pyNN_brainscales_emu.mapping.problems import ProblemList, counted
from pyNN_brainscales_emu.mapping.results import MappingResult, Placement
from pyNN_brainscales_emu.mapping.synapse_check import synapse_violations
from pyNN_brainscales_emu.mapping.wide_defects import with_consequences
from pyNN_brainscales_emu.options import Options

#: Nothing of a mapping depends on these; denmems matter only where neurons are.
_NOT_COMPARED: Final = ("analog_output", "denmem", "synaptic_input", "hicann", "fpga")


def check_chip(
    mapping: MappingResult,
    options: Options,
    blacklisted: NDArray[np.bool_] | None = None,
    name: str = "The mapping",
) -> None:
    """Check that a mapping is one for this wafer with these defects.

    Parameters
    ----------
    mapping : MappingResult
    options : Options
    blacklisted : (384, 512) bool, optional
        Denmems that could not be calibrated.
    name : str
        What messages call the mapping.

    Raises
    ------
    DataError
        If it is one for another wafer, has neurons on denmems that cannot be used, or was made
        without knowing some of the defects.
    """
    problems: list[BrainScaleSError] = []
    made_for, asked = mapping.origin.wafer, options.wafer
    if made_for != asked:
        problems.append(
            DataError(
                f"{name} was made for another wafer",
                value=made_for,
                limit=f"wafer={asked} as in setup()",
                remedy=f"Call setup(wafer={made_for}), or map the network again.",
            )
        )
    defects = with_consequences(options.defects)
    broken = [
        *_neurons_on_broken_denmems(mapping.placement, defects, blacklisted),
        *_unknown_defects(mapping.defects, defects),
    ]
    if broken:
        problems.append(
            DataError(
                f"{name} does not avoid what is broken: {', '.join(broken)}",
                remedy="Leave the mapping out of setup(), so that the network is mapped with these "
                "defects, or name the defects that it was made with.",
            )
        )
    raise_together(f"{name} cannot be used", problems, DataError)


def check_fit(mapping: MappingResult, graph: BioGraph, name: str = "The mapping") -> None:
    """Check that a mapping is one of this network.

    Raises
    ------
    DataError
        Names every population and projection that differs, and every projection with hardware
        synapses that cannot be those of its cells.
    """
    differences = mapping.network.differences(network_of(graph))
    if differences:
        raise DataError(
            f"{name} is one of another network: {'; '.join(differences)}",
            remedy="Build the network as it was before the first run() or map_network(), or leave "
            "the mapping out and map the network again.",
        )
    violations = list(synapse_violations(graph, mapping))
    if violations:
        raise DataError(
            f"{name} contradicts the network: {'; '.join(violations)}",
            remedy="Leave the mapping out, so that the network is mapped again.",
        )


def tell_overruled(mapping: MappingResult, options: Options, name: str = "The mapping") -> None:
    """Tell which options of `setup()` a mapping overrules; see `overruled_options`.

    Raises
    ------
    OptionError
        If there are any and ``on_loss`` is ``'raise'``.

    Warns
    -----
    warn_of_loss
        If ``on_loss`` is ``'warn'``.
    """
    overruled = overruled_options(mapping.origin, MappingOrigin.of(options))
    if not overruled or options.on_loss == "ignore":
        return
    message = f"{name} was made with other options and rules: {', '.join(overruled)}"
    remedy = "Leave the mapping out of setup() to have the network mapped as asked."
    if options.on_loss == "raise":
        raise OptionError(message, remedy=remedy)
    warn_of_loss(f"{message}. {remedy}")


def tell_overruled_places(
    mapping: MappingResult, graph: BioGraph, on_loss: str, name: str = "The mapping"
) -> None:
    """Tell how many neurons are elsewhere, or of another size, than `place()` asks for now.

    Raises
    ------
    PlacementError
        If there are any and ``on_loss`` is ``'raise'``.

    Warns
    -----
    warn_of_loss
        If ``on_loss`` is ``'warn'``.
    """
    count = int(np.count_nonzero(_differs_from_wish(mapping.placement, graph)))
    if not count or on_loss == "ignore":
        return
    message = f"{name} rules over place(): {counted(count, 'neuron')} placed otherwise than asked"
    remedy = "Leave the mapping out of setup() to have them placed as asked."
    if on_loss == "raise":
        raise PlacementError(message, remedy=remedy)
    warn_of_loss(f"{message}. {remedy}")


def _differs_from_wish(placement: Placement, graph: BioGraph) -> NDArray[np.bool_]:
    """Return which neurons are not as `place()` asks, (n_neurons,)."""
    wishes = collect_wishes(graph, AUTOMATIC, ProblemList())
    wrong_size = (wishes.size != AUTOMATIC) & (wishes.size != placement.neuron_size)
    differs: NDArray[np.bool_] = np.asarray(wrong_size)
    block = placement.neuron_hicann * NEURON_BLOCKS_PER_HICANN
    block = block + neuron_block(placement.neuron_denmem)
    for number, request in enumerate(graph.placement_requests):
        neurons = wishes.of(number)
        if not len(neurons):
            continue
        if request.denmems:
            hicann, denmem = np.array(request.denmems)[wishes.position[neurons]].T
            differs[neurons] |= placement.neuron_hicann[neurons] != hicann
            differs[neurons] |= placement.neuron_denmem[neurons] != denmem
        else:
            differs[neurons] |= ~np.isin(block[neurons], allowed_blocks(request))
    return differs


def overruled_options(made_with: MappingOrigin, asked: MappingOrigin) -> list[str]:
    """Return in words which options differ from those of a mapping.

    Those at their default count only if the mapping would hide losses.
    """
    made, now, default = (_flat(origin) for origin in (made_with, asked, MappingOrigin()))
    return [
        f"{option} is {made[option]!r}, not {value!r}"
        for option, value in now.items()
        if value != made[option] and (value != default[option] or option == "routing_loss")
    ]


def _flat(origin: MappingOrigin) -> dict[str, object]:
    values = origin.to_dict()
    return {**values.pop("mapping_options"), **values}


def _neurons_on_broken_denmems(
    placement: Placement, defects: Defects, blacklisted: NDArray[np.bool_] | None
) -> list[str]:
    """Say how many neurons have a denmem that cannot be used."""
    broken = defects.denmem | defects.dead_hicanns[:, np.newaxis]
    if blacklisted is not None:
        broken = broken | blacklisted
    columns = broken[:, :DENMEM_COLUMNS] | broken[:, DENMEM_COLUMNS:]
    before = np.pad(np.cumsum(columns, axis=1), ((0, 0), (1, 0)))
    first = placement.neuron_denmem
    end = first + placement.neuron_size // 2
    hicann = placement.neuron_hicann
    count = np.count_nonzero(before[hicann, end] > before[hicann, first])
    return [f"denmems of {counted(int(count), 'neuron')}"] if count else []


def _unknown_defects(known: Defects, present: Defects) -> list[str]:
    """Say how many components are broken that were not when the mapping was made."""
    new: dict[str, Any] = {"hicann": np.count_nonzero(present.dead_hicanns & ~known.dead_hicanns)}
    for name in MASKS:
        if name not in _NOT_COMPARED:
            new[name] = np.count_nonzero(getattr(present, name) & ~getattr(known, name))
    for name, shape in LISTS.items():
        now, before = (
            np.ravel_multi_index(tuple(getattr(defects, name).T), shape)
            for defects in (present, known)
        )
        new[name] = len(np.setdiff1d(now, before))
    return [f"{count} {name} that it does not know of" for name, count in new.items() if count]
