"""One number for each HICANN: what the picture of the wafer is coloured by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.errors import OptionError
from pyNN_brainscales_emu.hardware.constants import (
    DENMEMS_PER_HICANN,
    DRIVERS_PER_HICANN,
    HICANNS_PER_WAFER,
    SYNAPSES_PER_HICANN,
)
from pyNN_brainscales_emu.mapping.layer1_results import COLUMN_BITS, DECODER_BITS, ROW_BITS

if TYPE_CHECKING:
    from pyNN_brainscales_emu.mapping.results import MappingResult

_BELOW_HICANN: Final = ROW_BITS + COLUMN_BITS + DECODER_BITS
#: Synapses are counted in pieces of this many, to keep the memory small.
_PIECE: Final = 1 << 22
_DRIVER_STEP: Final = 2


@dataclass(frozen=True, eq=False)
class HICANNValues:
    """A quantity of every HICANN.

    Attributes
    ----------
    values : (384,) float64
        NaN where the quantity has no meaning.
    label : str
        What it is, with its unit.
    colours : str
        Sequential map of Matplotlib.
    """

    values: NDArray[np.float64]
    label: str
    colours: str = "YlGnBu"


def denmems_used(mapping: MappingResult) -> NDArray[np.int64]:
    """Return (384,) how many denmems belong to neurons."""
    placement = mapping.placement
    return _sums(placement.neuron_hicann, placement.neuron_size)


def neurons_placed(mapping: MappingResult) -> NDArray[np.int64]:
    """Return (384,) how many neurons sit on each HICANN."""
    return np.bincount(mapping.placement.neuron_hicann, minlength=HICANNS_PER_WAFER)


def synapses_used(mapping: MappingResult) -> NDArray[np.int64]:
    """Return (384,) how many hardware synapses are in use."""
    count = np.zeros(HICANNS_PER_WAFER + 1, dtype=np.int64)
    for routing in mapping.projections:
        for begin in range(0, len(routing.site), _PIECE):
            hicann = routing.site[begin : begin + _PIECE] >> _BELOW_HICANN  # -1 where lost
            count += np.bincount(hicann + 1, minlength=len(count))
    return count[1:]


def drivers_used(mapping: MappingResult) -> NDArray[np.int64]:
    """Return (384,) how many synapse drivers are in use."""
    drivers = mapping.drivers
    length = (drivers.route_last - drivers.route_first) // _DRIVER_STEP + 1
    return _sums(mapping.layer1.route_target, np.where(drivers.route_first >= 0, length, 0))


def synapses_by_reason(mapping: MappingResult) -> NDArray[np.int64]:
    """Return (384, 5) asked synapses onto the neurons of each HICANN, by `LossReason`."""
    return np.stack(
        [_sums(mapping.placement.neuron_hicann, n) for n in mapping.neuron_synapses.T], axis=1
    )


def stimulated(mapping: MappingResult) -> NDArray[np.bool_]:
    """Return (384,) whether spike sources come onto the wafer there."""
    return np.bincount(mapping.placement.source_hicann, minlength=HICANNS_PER_WAFER) > 0


def hicann_values(mapping: MappingResult, colour: str) -> HICANNValues:
    """Return the quantity that a name stands for.

    Raises
    ------
    OptionError
        For an unknown name.
    """
    if not isinstance(colour, str) or colour not in _QUANTITIES:
        raise OptionError("plot_wafer(): colour", value=colour, limit=", ".join(_QUANTITIES))
    return _QUANTITIES[colour](mapping)


def _sums(hicann: NDArray[np.int32], values: NDArray[Any]) -> NDArray[np.int64]:
    return np.bincount(hicann, values, minlength=HICANNS_PER_WAFER).astype(np.int64)


def _use(mapping: MappingResult) -> HICANNValues:
    share = 100.0 * denmems_used(mapping) / DENMEMS_PER_HICANN
    return HICANNValues(share, "denmems in use (%)")


def _neurons(mapping: MappingResult) -> HICANNValues:
    return HICANNValues(neurons_placed(mapping).astype(float), "logical neurons")


def _synapses(mapping: MappingResult) -> HICANNValues:
    share = 100.0 * synapses_used(mapping) / SYNAPSES_PER_HICANN
    return HICANNValues(share, "hardware synapses in use (%)")


def _drivers(mapping: MappingResult) -> HICANNValues:
    share = 100.0 * drivers_used(mapping) / DRIVERS_PER_HICANN
    return HICANNValues(share, "synapse drivers in use (%)")


def _loss(mapping: MappingResult) -> HICANNValues:
    by_reason = synapses_by_reason(mapping)
    asked = by_reason.sum(axis=1)
    lost = asked - by_reason[:, 0]
    share = np.divide(100.0 * lost, asked, out=np.full(len(asked), np.nan), where=asked > 0)
    return HICANNValues(share, "synapses onto the HICANN's neurons lost (%)", "YlOrRd")


_QUANTITIES: Final[dict[str, Callable[[MappingResult], HICANNValues]]] = {
    "use": _use,
    "neurons": _neurons,
    "synapses": _synapses,
    "loss": _loss,
    "drivers": _drivers,
}
