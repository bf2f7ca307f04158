"""The picture of one HICANN: denmems, synapses, drivers and buses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.hardware.constants import (
    DENMEMS_PER_HICANN,
    DRIVERS_PER_HICANN,
    SYNAPSES_PER_HICANN,
)
from pyNN_brainscales_emu.hardware.coordinates import HICANNOnWafer
from pyNN_brainscales_emu.mapping.pictures import hicann_plan as plan
from pyNN_brainscales_emu.mapping.pictures.figures import (
    axes_to_draw_in,
    counted,
    figure_of,
    percent,
    put_legend,
    put_title,
)
from pyNN_brainscales_emu.mapping.pictures.hicann_arrays import (
    draw_denmems,
    draw_frame,
    draw_synapses,
)
from pyNN_brainscales_emu.mapping.pictures.hicann_buses import draw_buses, draw_drivers
from pyNN_brainscales_emu.mapping.pictures.hicann_content import (
    EMPTY,
    OFF,
    Chains,
    chains_of,
    neurons_by_denmem,
    synapse_levels,
)

if TYPE_CHECKING:
    from pyNN_brainscales_emu.mapping.results import MappingResult

_SIZE: Final = (12.0, 9.4)
#: Ticks at every so many rows and columns.
_ROW_STEP, _COLUMN_STEP = 32, 32


def plot_hicann(
    mapping: MappingResult,
    coordinate: HICANNOnWafer | int,
    digital_weights: Sequence[NDArray[Any]] | None = None,
    ax: Any = None,
) -> Any:
    """Draw a HICANN; see `MappingResult.plot_hicann`."""
    place = HICANNOnWafer(int(coordinate) if isinstance(coordinate, HICANNOnWafer) else coordinate)
    hicann = int(place)
    levels = synapse_levels(mapping, hicann, digital_weights)
    neurons = neurons_by_denmem(mapping, hicann)
    chains = chains_of(mapping, hicann)
    axes = axes_to_draw_in("plot_hicann()", ax, *_SIZE)
    draw_buses(axes, mapping, hicann, chains)
    draw_synapses(axes, levels, with_weights=digital_weights is not None)
    draw_denmems(axes, mapping, hicann, neurons)
    draw_drivers(axes, mapping, hicann, chains)
    _finish(axes)
    put_legend(axes, ax is None, 5)
    title = _title(mapping, place, neurons, levels, chains)
    put_title(axes, ax is None, title if ax is None else title.replace(": ", "\n", 1))
    return figure_of(axes)


def _title(
    mapping: MappingResult,
    place: HICANNOnWafer,
    neurons: NDArray[np.int32],
    levels: NDArray[np.int16],
    chains: Chains,
) -> str:
    used = neurons >= 0
    n_neurons = len(np.unique(neurons[used]))
    n_synapses = int(np.count_nonzero((levels > EMPTY) | (levels == OFF)))
    n_drivers = len(chains.members[0])
    texts = (
        f"{counted(n_neurons, 'neuron')} "
        f"({percent(int(np.count_nonzero(used)), DENMEMS_PER_HICANN)} of the denmems)",
        f"{counted(n_synapses, 'synapse')} ({percent(n_synapses, SYNAPSES_PER_HICANN)})",
        f"{counted(n_drivers, 'driver')} ({percent(n_drivers, DRIVERS_PER_HICANN)})",
    )
    broken = "defect " if mapping.defects.dead_hicanns[int(place)] else ""
    where = f"{broken}HICANN {int(place)} (x {place.x}, y {place.y}, FPGA {int(place.fpga)})"
    return f"{where}: {', '.join(texts)}"


def _finish(axes: Any) -> None:
    """Set limits, ticks at rows and columns, and the outline of the chip."""
    size = (plan.WIDTH + 2 * plan.BORDER, plan.HEIGHT + 20)
    draw_frame(axes, (-plan.BORDER, -10), size)
    outside = plan.BORDER + plan.MARGIN
    axes.set(xlim=(-outside, plan.WIDTH + outside), ylim=(plan.HEIGHT + 14, -20))
    columns = np.arange(0, plan.WIDTH + 1, _COLUMN_STEP)
    axes.set_xticks(columns, [str(column) for column in columns])
    rows = np.arange(0, 2 * plan.ARRAY_ROWS, _ROW_STEP)
    axes.set_yticks(plan.row_y(rows), [str(row) for row in rows])
    axes.set(xlabel="column of the synapse arrays and denmems", ylabel="synapse row")
    axes.tick_params(labelsize="small", length=3)
    axes.spines[:].set_visible(False)
