"""What was changed from the description: asked against realised, clipped, quantised, lost."""

from __future__ import annotations

import json
import os
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.data.parameter_report import (
    ParameterReport,
    parameter_lines,
    parameter_report,
    shortened,
)
from pyNN_brainscales_emu.data.readout import HardwareReadout
from pyNN_brainscales_emu.data.readout_report import ReadoutReport, readout_lines, readout_report
from pyNN_brainscales_emu.description.bio_graph import BioGraph, BioProjection
from pyNN_brainscales_emu.experiment.compiled import CompiledExperiment
from pyNN_brainscales_emu.files.whole import whole_file
from pyNN_brainscales_emu.hardware.circuit_modes import DEFAULT_MODE, MODES
from pyNN_brainscales_emu.links.counts import PulseCounts
from pyNN_brainscales_emu.mapping.results import LossReason, MappingResult
from pyNN_brainscales_emu.translation.realised import RealisedValues
from pyNN_brainscales_emu.translation.sent import SentParameters

SCHEMA_VERSION = 3


@dataclass(frozen=True)
class ProjectionReport:
    """Synapses of one projection.

    Attributes
    ----------
    n_asked, n_lost : int
    lost_by_reason : dict of str to int
    n_clipped : int
        Weights outside of what the row reaches: above its largest value, or so small that its
        smallest value is more than twice as large. All weights in rows that cannot have the full
        scale asked for with `set_gmax`.
    weight_error : float
        Root mean square of (realised - asked) over the mean asked weight, of realised synapses
        with a weight.
    n_zeroed : int
        Synapses with an asked weight that is realised as 0.
    delay_asked_ms, delay_realised_ms : float
        Means.
    """

    projection: str
    n_asked: int
    n_lost: int
    lost_by_reason: dict[str, int]
    n_clipped: int
    n_zeroed: int
    weight_error: float
    delay_asked_ms: float
    delay_realised_ms: float


@dataclass(frozen=True)
class InputLimitReport:
    """Where the synaptic inputs of one population saturate.

    Attributes
    ----------
    population : str
    limit_uS : float
        Mean conductance that an input reaches at most.
    """

    population: str
    limit_uS: float  # noqa: N815  (the unit's name)


@dataclass(frozen=True)
class Report:
    """What the substrate made of the description.

    ``print(report)`` gives tables; `to_dict` and `save` give the numbers. `readout` is None where
    membranes are not read through the channels of the wafer. `circuit_modes` counts the HICANNs
    with neurons by their setting of capacitors and leak mirrors.
    """

    substrate: str
    parameters: tuple[ParameterReport, ...]
    projections: tuple[ProjectionReport, ...]
    pulses: PulseCounts
    readout: ReadoutReport | None = None
    input_limits: tuple[InputLimitReport, ...] = ()
    circuit_modes: dict[str, int] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return all numbers as plain dictionaries and lists."""
        return {"schema_version": SCHEMA_VERSION, **asdict(self)}

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the numbers as JSON, whole or not at all.

        Raises
        ------
        DataError
            If the file cannot be written.
        """
        with whole_file("report", path) as partial:
            partial.write_text(json.dumps(self.to_dict(), indent=1) + "\n")

    def __str__(self) -> str:
        lines = [f"Substrate: {self.substrate}", *self._mode_lines(), ""]
        lines += [*parameter_lines(self.parameters), ""]
        lines += [*self._projection_lines(), "", *self._input_limit_lines(), *self._pulse_lines()]
        if self.readout is not None:
            lines += ["", *readout_lines(self.readout)]
        return "\n".join(lines)

    def _projection_lines(self) -> list[str]:
        header = (
            f"{'projection':<27} {'synapses':>9} {'lost':>8} {'clipped':>8} {'zeroed':>8} "
            f"{'weight err':>10} {'delay ms':>16}"
        )
        rows = [
            f"{shortened(p.projection, 27):<27} {p.n_asked:>9} {p.n_lost:>8} {p.n_clipped:>8} "
            f"{p.n_zeroed:>8} {_percentage(p.weight_error):>10} "
            f"{f'{p.delay_asked_ms:.2f} -> {p.delay_realised_ms:.2f}':>16}"
            for p in self.projections
        ]
        reasons = [
            f"  lost in {p.projection}: {reason} {count}"
            for p in self.projections
            for reason, count in p.lost_by_reason.items()
        ]
        return [header, *rows, *reasons] if rows else ["Projections: none."]

    def _mode_lines(self) -> list[str]:
        """Return the settings of the HICANNs, unless all have the default one."""
        if set(self.circuit_modes) <= {str(DEFAULT_MODE)}:
            return []
        counts = [
            f"{mode}: {count} HICANN{'s' if count > 1 else ''}"
            for mode, count in self.circuit_modes.items()
        ]
        return [f"Settings: {'; '.join(counts)}"]

    def _input_limit_lines(self) -> list[str]:
        if not self.input_limits:
            return []
        limits = [f"{shortened(p.population)} at {p.limit_uS:.3g} uS" for p in self.input_limits]
        return [f"Synaptic inputs saturate: {', '.join(limits)}"]

    def _pulse_lines(self) -> list[str]:
        counts = ", ".join(f"{name} {value}" for name, value in asdict(self.pulses).items())
        return [f"Pulses: {counts}"]


def _percentage(share: float) -> str:
    return f"{share:.1%}" if share < 10 else "> 999%"


def build_report(
    graph: BioGraph,
    experiment: CompiledExperiment,
    substrate: str,
    pulses: PulseCounts,
    mapping: MappingResult | None = None,
    config: RealisedValues | None = None,
    readout: HardwareReadout | None = None,
    sent: SentParameters | None = None,
) -> Report:
    """Compare the description with what the stages made of it.

    Parameters
    ----------
    graph : BioGraph
    experiment : CompiledExperiment
    substrate : str
    pulses : PulseCounts
    mapping, config
        None on the ideal substrate.
    readout : HardwareReadout, optional
        None where membranes are not read through the channels of the wafer.
    sent : SentParameters, optional
    """
    parameters = [
        parameter_report(graph, experiment, config, sent, population, name)
        for population in graph.populations
        if not population.is_source and config is not None
        for name in population.parameters
        if name in experiment.neurons.parameter_names and name != "cm"
    ]
    first, projections = 0, []
    for number, projection in enumerate(graph.projections):
        if projection.rule is not None:  # on the ideal substrate, which keeps all delays
            delays = projection.delay_ms
            projections.append(_projection_report(projection, number, delays, mapping, config))
            continue
        routing = None if mapping is None else mapping.projections[number]
        n_realised = projection.size if routing is None else int(routing.realised.sum())
        delays = experiment.synapses.delay_ms[first : first + n_realised]
        first += n_realised
        projections.append(_projection_report(projection, number, delays, mapping, config))
    of_readout = None if readout is None else readout_report(graph, readout)
    limits = _input_limits(graph, experiment)
    modes = {} if sent is None else _circuit_modes(sent)
    return Report(
        substrate, tuple(parameters), tuple(projections), pulses, of_readout, limits, modes
    )


def _circuit_modes(sent: SentParameters) -> dict[str, int]:
    return dict(Counter(str(mode) for mode in sorted(sent.modes, key=MODES.index)))


def _input_limits(graph: BioGraph, experiment: CompiledExperiment) -> tuple[InputLimitReport, ...]:
    limit = experiment.neurons.input_limit
    if limit is None:
        return ()
    return tuple(
        InputLimitReport(
            p.label, _mean(limit[graph.local_index[p.first_cell : p.first_cell + p.size]])
        )
        for p in graph.populations
        if not p.is_source
    )


def _projection_report(
    projection: BioProjection,
    number: int,
    delays: NDArray[np.float64],
    mapping: MappingResult | None,
    config: RealisedValues | None,
) -> ProjectionReport:
    kept, realised, n_clipped = np.ones(projection.size, dtype=bool), projection.weight, 0
    reasons: dict[str, int] = {}
    if mapping is not None and config is not None:
        routing = mapping.projections[number]
        kept, realised = routing.realised, config.synapses.realised[number]
        n_clipped = int(config.synapses.clipped[number].sum())
        counts = np.bincount(routing.reason, minlength=len(LossReason))
        reasons = {r.label: int(counts[r]) for r in LossReason if r and counts[r]}
    acting = kept & (projection.weight != 0)
    return ProjectionReport(
        projection=projection.label,
        n_asked=projection.size,
        n_lost=int(np.count_nonzero(~kept)),
        lost_by_reason=reasons,
        n_clipped=n_clipped,
        n_zeroed=int(np.count_nonzero(realised[acting] == 0)),
        weight_error=_relative_error(projection.weight[acting], realised[acting]),
        delay_asked_ms=_mean(projection.delay_ms),
        delay_realised_ms=_mean(delays),
    )


def _relative_error(asked: NDArray[np.float64], realised: NDArray[np.float64]) -> float:
    if len(asked) == 0:
        return 0.0
    return float(np.sqrt(np.mean((realised - asked) ** 2)) / np.mean(np.abs(asked)))


def _mean(values: NDArray[np.float64]) -> float:
    return float(values.mean()) if len(values) else 0.0
