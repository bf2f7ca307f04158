"""Warnings about what was clipped or lost, with counts: each kind once in a session.

Of what is clipped, every parameter and every projection counts as a kind of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.data.endless_firing import endless_firing
from pyNN_brainscales_emu.description.bio_graph import BioGraph
from pyNN_brainscales_emu.errors import CapacityError, ParameterRangeError, warn_of_loss
from pyNN_brainscales_emu.link_settings import Links
from pyNN_brainscales_emu.links.counts import PulseCounts

if TYPE_CHECKING:
    from pyNN_brainscales_emu.data.readout import HardwareReadout
    from pyNN_brainscales_emu.translation.realised import ClippedFullScale, RealisedValues
    from pyNN_brainscales_emu.translation.sent import SentParameters

#: Why a parameter may differ though it lies in the range.
_REASONS = {"v_reset": "; neurons that share a block of floating gates share its mean"}
_SEE_REPORT = "sim.report() has the details; setup(on_loss='ignore') silences this."
_READ_FEWER = (
    "Two membranes can be read of each of the wafer's six groups of reticles: record fewer, spread "
    "them with sim.place(), or use setup(readout='virtual')."
)
#: So many cells of a population are named.
_NAMED_CELLS = 10
#: Delays are told if they were asked to be longer than this many times what the wafer makes of
#: them. Shorter ones are what scripts have by default, and the report compares all.
_TOLD_DELAY_RATIO = 2.0


@dataclass(frozen=True, eq=False)
class SynapseDelays:
    """Delays of the realised synapses of a projection, (n,) float64, in ms."""

    asked: NDArray[np.float64]
    realised: NDArray[np.float64]


class Announcer:
    """Warns, or raises, as ``setup(on_loss=...)`` says.

    Parameters
    ----------
    on_loss : {'raise', 'warn', 'ignore'}
        With ``'raise'`` clipped parameters and weights are errors. Spikes that the links lose are
        never errors: they are known only when the run is over.
    speedup : float
        Biological time over hardware time.
    """

    def __init__(self, on_loss: str, speedup: float, links: Links) -> None:
        self.on_loss = on_loss
        self.speedup = speedup
        self.links = links
        self._said: set[str] = set()
        self._told_clipped: set[str | int] = set()
        self._told_delays: set[int] = set()

    def clipped(
        self,
        graph: BioGraph,
        config: RealisedValues,
        sent: Callable[[], SentParameters] | None = None,
    ) -> None:
        """Tell which parameters and weights lie outside the range of the circuits.

        Parameters
        ----------
        graph : BioGraph
        config : RealisedValues
        sent : callable, optional
            Returns what the parameters could be set to; called only if that is to be told.

        Raises
        ------
        ParameterRangeError
            If `on_loss` is ``'raise'`` and anything was clipped.
        """
        if self.on_loss == "ignore":
            return
        names = _clipped_names(config)
        if names <= self._told_clipped:
            return
        limits = {} if sent is None else sent().limits
        lines = [
            *_clipped_parameters(graph, config, limits),
            *_clipped_weights(graph, config),
            *_clipped_full_scales(graph, config),
        ]
        if self.on_loss == "raise":
            raise ParameterRangeError(
                "the circuits cannot be set to these values: " + ", ".join(lines),
                remedy="Change the values or voltage_scaling, or use setup(on_loss='warn').",
            )
        self._told_clipped |= names
        _warn("Clipped to the range of the circuits: " + ", ".join(lines))

    def delays(self, graph: BioGraph, realised: Sequence[SynapseDelays]) -> None:
        """Tell which delays the wafer cannot keep; each projection once.

        Parameters
        ----------
        graph : BioGraph
        realised : sequence of SynapseDelays
            By projection.

        Raises
        ------
        ParameterRangeError
            If `on_loss` is ``'raise'`` and there are such delays.
        """
        if self.on_loss == "ignore":
            return
        short = [
            (number, line)
            for number, (projection, delays) in enumerate(
                zip(graph.projections, realised, strict=True)
            )
            if number not in self._told_delays
            and (line := _short_delays(projection.label, delays)) is not None
        ]
        if not short:
            return
        message = "the wafer cannot keep delays: " + ", ".join(line for _, line in short)
        if self.on_loss == "raise":
            raise ParameterRangeError(message, remedy="Shorten them, or use setup(on_loss='warn').")
        self._told_delays.update(number for number, _ in short)
        _warn(f"The wafer{message.removeprefix('the wafer')}; the way on layer 1 takes its time")

    def endless(self, graph: BioGraph, config: RealisedValues) -> None:
        """Tell which neurons fire without end, as their reset lies where they fire.

        Raises
        ------
        ParameterRangeError
            If `on_loss` is ``'raise'`` and there are any.
        """
        if self.on_loss == "ignore" or "endless" in self._said:
            return
        line = endless_firing(graph, config.neurons.realised)
        if line is None:
            return
        if self.on_loss == "raise":
            raise ParameterRangeError(
                line, remedy="Change them or voltage_scaling, or use setup(on_loss='warn')."
            )
        self._said.add("endless")
        warn_of_loss(
            f"{line}. get_realised() has the values; setup(on_loss='ignore') silences this."
        )

    def unread(self, graph: BioGraph, readout: HardwareReadout) -> None:
        """Tell which of the signals that are to be recorded the read-out cannot record.

        Raises
        ------
        CapacityError
            If `on_loss` is ``'raise'`` and there are such signals.
        """
        lines = [*_unread_membranes(graph, readout), *_unreadable_signals(readout)]
        if not lines:
            return
        if self.on_loss == "raise":
            raise CapacityError(
                "the analog read-out cannot record " + "; ".join(lines), remedy=_READ_FEWER
            )
        self._warn(
            "unread",
            f"The analog read-out cannot record {'; '.join(lines)}: NaN stands in their place. "
            + _READ_FEWER.rstrip("."),
        )

    def uncalibrated(self, failures: Mapping[str, Sequence[tuple[int, int]]]) -> None:
        """Tell which denmems in use could not be calibrated.

        Parameters
        ----------
        failures : mapping of str to sequence of (int, int)
            HICANN and denmem, by the name of the floating-gate cell.
        """
        if not failures:
            return
        places = {place for of_cell in failures.values() for place in of_cell}
        cells = ", ".join(f"{cell} of {len(of_cell)}" for cell, of_cell in failures.items())
        hicann, denmem = min(places)
        number = f"{len(places)} denmem" + ("s" if len(places) > 1 else "")
        self._warn(
            "uncalibrated",
            f"{number} in use could not be calibrated ({cells}; one is denmem {denmem} of HICANN "
            f"{hicann}): there the nominal curve is used. The real wafer leaves such denmems out; "
            "sim.place(), or defects, keep neurons off them",
        )

    def pulses(self, counts: PulseCounts) -> None:
        """Tell how many events the links lost."""
        stimulus = counts.l2_down_dropped_before_sim + counts.l2_down_lost
        lines = []
        if stimulus:
            lines.append(f"{stimulus} of {counts.l2_down_before_sim} stimulus spikes")
        if counts.l2_up_lost:
            lines.append(f"{counts.l2_up_lost} of {counts.l2_up_sent} recorded spikes")
        if lines:
            self._warn(
                "pulses",
                f"The links to the wafer lost {' and '.join(lines)}: a HICANN's link carries one "
                f"pulse in {self.links.link_period_ns:g} ns "
                f"({self.links.link_rate_hz / self.speedup:.4g} Hz of biological time for all "
                "its cells together). "
                "Spread populations over more HICANNs with sim.place(), or record fewer cells",
            )

    def _warn(self, kind: str, message: str) -> None:
        if self.on_loss == "ignore" or kind in self._said:
            return
        self._said.add(kind)
        _warn(message)


def _warn(message: str) -> None:
    warn_of_loss(f"{message}. {_SEE_REPORT}")


def _short_delays(label: str, delays: SynapseDelays) -> str | None:
    short = delays.asked > _TOLD_DELAY_RATIO * delays.realised
    if not short.any():
        return None
    got = delays.realised[short]
    low, high = f"{got.min():.2g}", f"{got.max():.2g}"
    return (
        f"{_count(short, 'synapse')} of {label!r} (asked up to {delays.asked[short].max():g} ms, "
        f"realised {low if low == high else f'{low} to {high}'} ms)"
    )


def _clipped_names(config: RealisedValues) -> set[str | int]:
    """Return names of parameters, and what stands for projections, of which anything is clipped."""
    names: set[str | int] = {name for name, mask in config.neurons.clipped.items() if mask.any()}
    for number, (mask, full_scale) in enumerate(
        zip(config.synapses.clipped, _full_scales(config), strict=True)
    ):
        if full_scale is not None:
            names.add(f"full scale of {number}")
        if _own_weights(mask, full_scale).any():
            names.add(number)
    return names


def _clipped_parameters(
    graph: BioGraph, config: RealisedValues, limits: Mapping[str, NDArray[np.float64]]
) -> list[str]:
    lines = []
    for name, mask in config.neurons.clipped.items():
        if not mask.any():
            continue
        if name == "i_offset":
            lines.append(
                f"i_offset of {_count(mask, 'neuron')} (the wafer has no constant current)"
            )
            continue
        asked = graph.neuron_parameter(name)
        deviation = np.abs(config.neurons.realised[name] - asked)
        worst = int(np.argmax(np.where(mask, np.nan_to_num(deviation), -1.0)))
        realised = _settable(limits, name, worst, config.neurons.realised[name][worst])
        lines.append(
            f"{name} of {_count(mask, 'neuron')} (asked {asked[worst]:g}, {realised}"
            f"{_REASONS.get(name, '')})"
        )
    return lines


def _settable(
    limits: Mapping[str, NDArray[np.float64]], name: str, neuron: int, realised: float
) -> str:
    """Return between what a parameter can be set, and what the circuit makes of it.

    That may lie beyond the range: the range is what the calibration knows, and the circuit
    deviates from it, at each write anew.
    """
    if name not in limits:
        return f"realised {realised:.4g}"
    low, high = limits[name][neuron]
    beyond = "" if low <= realised <= high else " with the errors of calibration and write"
    return f"range of settings {low:.4g} to {high:.4g}, realised {realised:.4g}{beyond}"


def _clipped_weights(graph: BioGraph, config: RealisedValues) -> list[str]:
    lines = []
    synapses = config.synapses
    for projection, mask, realised, full_scale in zip(
        graph.projections, synapses.clipped, synapses.realised, _full_scales(config), strict=True
    ):
        mask = _own_weights(mask, full_scale)
        if mask.any():
            asked = np.where(mask, projection.weight, np.nan)  # others may be 0
            error = np.abs(np.nan_to_num(realised) - asked) / asked
            worst = int(np.argmax(np.where(mask, error, -np.inf)))
            lines.append(
                f"{_count(mask, 'weight')} of {projection.label!r} (asked "
                f"{projection.weight[worst]:g} uS, realised {realised[worst]:.4g})"
            )
    return lines


def _clipped_full_scales(graph: BioGraph, config: RealisedValues) -> list[str]:
    return [
        f"full scale (set_gmax) of {_count(clipped.synapses, 'synapse')} of {projection.label!r} "
        f"(asked {clipped.asked:g} uS, realised {clipped.realised:.4g}, "
        f"range {clipped.low:.4g} to {clipped.high:.4g})"
        for projection, clipped in zip(graph.projections, _full_scales(config), strict=True)
        if clipped is not None
    ]


def _full_scales(config: RealisedValues) -> tuple[ClippedFullScale | None, ...]:
    return config.synapses.full_scale or (None,) * len(config.synapses.clipped)


def _own_weights(
    clipped: NDArray[np.bool_], full_scale: ClippedFullScale | None
) -> NDArray[np.bool_]:
    """Return which weights are clipped themselves, not only the full scale of their rows."""
    return clipped if full_scale is None else clipped & full_scale.weights


def _unread_membranes(graph: BioGraph, readout: HardwareReadout) -> list[str]:
    """Return which membranes are not read and why, one line for each reason."""
    outputs = readout.outputs
    n_asked = len(outputs.cell) + len(outputs.unread)
    lines = []
    for reason, count in outputs.unread_counts().items():
        cells = outputs.unread[outputs.reason == reason]
        where = ", ".join(
            f"{population.label!r} {_shown_cells(inside - population.first_cell)}"
            for population in graph.populations
            if len(inside := cells[np.isin(cells, population.cells)])
        )
        lines.append(f"{count} of {n_asked} membranes, as {reason.label} (cells of {where})")
    return lines


def _shown_cells(index: NDArray[np.int64]) -> str:
    shown = ", ".join(map(str, index[:_NAMED_CELLS]))
    return f"{shown}, ..." if len(index) > _NAMED_CELLS else shown


def _unreadable_signals(readout: HardwareReadout) -> list[str]:
    return [
        f"{name} of {count} cells, as the wafer has no way out for it"
        for name, count in (readout.unreadable or {}).items()
    ]


def _count(mask: NDArray[np.bool_], noun: str) -> str:
    number = int(np.count_nonzero(mask))
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
