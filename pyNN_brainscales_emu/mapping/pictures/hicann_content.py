"""What one HICANN holds, as arrays ready to be drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.description.bio_graph import RECEPTORS
from pyNN_brainscales_emu.errors import PlacementError
from pyNN_brainscales_emu.hardware.constants import (
    DENMEM_COLUMNS,
    DENMEM_ROWS,
    DRIVERS_PER_HICANN,
    ROWS_PER_DRIVER,
    SYNAPSE_COLUMNS,
    SYNAPSE_ROWS_PER_HICANN,
    WEIGHT_MAX,
)
from pyNN_brainscales_emu.hardware.layer1 import DRIVER_SIDE, RIGHT, V_BUS
from pyNN_brainscales_emu.mapping.layer1_results import (
    COLUMN_BITS,
    DECODER_BITS,
    ROW_BITS,
    SynapsePlaces,
)

if TYPE_CHECKING:
    from pyNN_brainscales_emu.mapping.results import MappingResult

_BELOW_HICANN: Final = ROW_BITS + COLUMN_BITS + DECODER_BITS
_DRIVER_STEP: Final = 2
#: Entries of `synapse_levels` that are no level.
EMPTY, OFF, DEFECT = -100, -101, -102


def neurons_by_denmem(mapping: MappingResult, hicann: int) -> NDArray[np.int32]:
    """Return (2, 256) the neuron (local index) of each denmem, -1 where there is none."""
    placement = mapping.placement
    neuron = np.flatnonzero(placement.neuron_hicann == hicann)
    width = placement.neuron_size[neuron] // DENMEM_ROWS
    of_column = np.repeat(neuron, width)
    step = np.arange(len(of_column)) - np.repeat(np.cumsum(width) - width, width)
    first = placement.neuron_denmem[neuron] % DENMEM_COLUMNS
    table = np.full((DENMEM_ROWS, DENMEM_COLUMNS), -1, dtype=np.int32)
    table[:, np.repeat(first, width) + step] = of_column
    return table


def population_of_neurons(mapping: MappingResult) -> NDArray[np.int32]:
    """Return (n_neurons,) the number of each neuron's population."""
    sizes = [0 if is_source else n for _, n, is_source in mapping.network.populations]
    return np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)


def synapse_levels(
    mapping: MappingResult, hicann: int, digital_weights: Sequence[NDArray[Any]] | None = None
) -> NDArray[np.int16]:
    """Return what every synapse of a HICANN is set to.

    Returns
    -------
    (448, 256) int16
        1 + weight for excitatory, -1 - weight for inhibitory synapses; without weights 1 and -1.
        `EMPTY` where there is no synapse, `OFF` where one is realised but off, `DEFECT` where
        synapse or row are broken.

    Raises
    ------
    PlacementError
        If the weights are not those of the projections.
    """
    if digital_weights is not None:
        _check_weights(mapping, digital_weights)
    shape = (SYNAPSE_ROWS_PER_HICANN, SYNAPSE_COLUMNS)
    levels = np.full(shape, EMPTY, dtype=np.int16)
    levels[mapping.defects.synapse_row[hicann]] = DEFECT
    of_hicann = mapping.defects.synapse[:, 0] == hicann
    levels[tuple(mapping.defects.synapse[of_hicann, 1:].T)] = DEFECT
    sign = 1 - 2 * (mapping.rows.sign[hicann] == RECEPTORS.index("inhibitory")).astype(np.int16)
    for number, routing in enumerate(mapping.projections):
        chosen = _synapses_on(routing.site, hicann)
        places = SynapsePlaces.of_sites(routing.site[chosen])
        weight = 0 if digital_weights is None else digital_weights[number][chosen]
        level = sign[places.row] * (1 + weight)
        levels[places.row, places.column] = np.where(np.asarray(weight) < 0, OFF, level)
    return levels


def _synapses_on(site: NDArray[np.int32], hicann: int) -> NDArray[np.intp]:
    """Return the synapses with a site on a HICANN."""
    first = hicann << _BELOW_HICANN
    return np.flatnonzero((site >= first) & (site < first + (1 << _BELOW_HICANN)))


def _check_weights(mapping: MappingResult, digital_weights: Any) -> None:
    sizes = [len(routing.site) for routing in mapping.projections]
    is_several = isinstance(digital_weights, Sequence)
    arrays = [np.asarray(weights) for weights in digital_weights] if is_several else []
    shapes = [array.shape for array in arrays]
    if not is_several or shapes != [(size,) for size in sizes]:
        found = f"{len(shapes)} arrays of shapes {shapes}" if is_several else digital_weights
        raise _weights_error(found, f"{len(sizes)} projections with {sizes} synapses")
    limit = f"integers from -1 (off) to {WEIGHT_MAX}"
    for array in arrays:
        if array.dtype.kind not in "iu":
            raise _weights_error(array.dtype.name, limit)
        wrong = array[(array < -1) | (array > WEIGHT_MAX)]
        if len(wrong):
            raise _weights_error(int(wrong[0]), limit)


def _weights_error(value: Any, limit: str) -> PlacementError:
    return PlacementError(
        "plot_hicann(): digital_weights do not fit the network",
        value=value,
        limit=limit,
        remedy="Take sim.hardware_config().synapses.digital of the same network.",
    )


@dataclass(frozen=True, eq=False)
class Chains:
    """Chains of synapse drivers of a HICANN, from north to south.

    Attributes
    ----------
    line : (n,) int32
        Number of the line that feeds the chain.
    primary, first, last : (n,) int32
        Driver lines 0..223.
    v_line : (n,) int32
        V line that the primary driver takes its input from.
    is_own : (n,) bool
        Whether this V line is on the HICANN itself rather than on a neighbour.
    """

    line: NDArray[np.int32]
    primary: NDArray[np.int32]
    first: NDArray[np.int32]
    last: NDArray[np.int32]
    v_line: NDArray[np.int32]
    is_own: NDArray[np.bool_]

    @property
    def is_right(self) -> NDArray[np.bool_]:
        """(n,) whether the drivers sit on the right side."""
        return np.asarray(DRIVER_SIDE[self.primary] == RIGHT)

    @property
    def number(self) -> NDArray[np.intp]:
        """(n,) number of each chain, counted on its side from north to south."""
        return np.where(self.is_right, np.cumsum(self.is_right), np.cumsum(~self.is_right)) - 1

    @property
    def members(self) -> tuple[NDArray[np.int32], NDArray[np.intp]]:
        """Driver lines in use, and the number of the chain that each belongs to."""
        length = (self.last - self.first) // _DRIVER_STEP + 1
        chain = np.repeat(np.arange(len(length)), length)
        step = np.arange(len(chain)) - np.repeat(np.cumsum(length) - length, length)
        return (self.first[chain] + _DRIVER_STEP * step).astype(np.int32), chain


def chains_of(mapping: MappingResult, hicann: int) -> Chains:
    """Return the chains of drivers on a HICANN."""
    layer1, drivers = mapping.layer1, mapping.drivers
    has_drivers = (layer1.route_target == hicann) & (drivers.route_first >= 0)
    route = np.flatnonzero(has_drivers)
    route = route[np.argsort(drivers.route_first[route])]
    segment = layer1.route_segment[route]
    return Chains(
        layer1.route_line[route],
        drivers.route_primary[route],
        drivers.route_first[route],
        drivers.route_last[route],
        layer1.segment_bus[segment] - V_BUS,
        layer1.segment_hicann[segment] == hicann,
    )


def broken_drivers(mapping: MappingResult, hicann: int) -> NDArray[np.intp]:
    """Return the driver lines whose driver, or both of its rows, are broken."""
    rows = mapping.defects.synapse_row[hicann].reshape(DRIVERS_PER_HICANN, ROWS_PER_DRIVER)
    return np.flatnonzero(mapping.defects.synapse_driver[hicann] | rows.all(axis=1))
