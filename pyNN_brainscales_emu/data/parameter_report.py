"""Neuron parameters: asked, sent to the floating gates, realised."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.description.bio_graph import BioGraph, BioPopulation
from pyNN_brainscales_emu.experiment.compiled import CompiledExperiment
from pyNN_brainscales_emu.translation.realised import RealisedValues
from pyNN_brainscales_emu.translation.sent import SentParameters, cell_of


@dataclass(frozen=True)
class ParameterReport:
    """One parameter of one population: asked, sent, realised; in PyNN's unit of the parameter.

    Attributes
    ----------
    population, parameter : str
    asked_mean, realised_mean, realised_sd : float
    largest_deviation : float
        Realised minus asked, of the neuron with the largest absolute difference.
    n_clipped, n_cells : int
    asked_min, asked_max : float
    cell : str or None
        Floating-gate cell that the parameter is sent to; None if there is none.
    dac_min, dac_max : int or None
        10-bit values that the cells of the firing denmems hold.
    limit_low, limit_high : float or None
        Range that every neuron of the population can be set to: what lies outside is clipped, to
        the neuron's own limit. None where no neuron uses the cell.
    """

    population: str
    parameter: str
    asked_mean: float
    realised_mean: float
    realised_sd: float
    largest_deviation: float
    n_clipped: int
    n_cells: int
    asked_min: float
    asked_max: float
    cell: str | None = None
    dac_min: int | None = None
    dac_max: int | None = None
    limit_low: float | None = None
    limit_high: float | None = None


def parameter_report(
    graph: BioGraph,
    experiment: CompiledExperiment,
    config: RealisedValues,
    sent: SentParameters | None,
    population: BioPopulation,
    name: str,
) -> ParameterReport:
    """Compare one parameter of a population with what was sent and what the circuits realise."""
    neurons = graph.local_index[population.first_cell : population.first_cell + population.size]
    asked = population.parameters[name]
    realised = experiment.neurons.parameter(name)[neurons]
    deviation = realised - asked
    clipped = config.neurons.clipped.get(name)
    cell = cell_of(name, bool(np.any(population.parameters.get("delta_T", 0.0))))
    return ParameterReport(
        population=population.label,
        parameter=name,
        asked_mean=float(asked.mean()),
        realised_mean=float(realised.mean()),
        realised_sd=float(realised.std()),
        largest_deviation=float(deviation[np.argmax(np.abs(deviation))]),
        n_clipped=0 if clipped is None else int(clipped[neurons].sum()),
        n_cells=population.size,
        asked_min=float(asked.min()),
        asked_max=float(asked.max()),
        cell=cell,
        **({} if sent is None else _sent(sent, neurons, cell, name)),
    )


def _sent(
    sent: SentParameters, chosen: NDArray[np.int64], cell: str | None, name: str
) -> dict[str, Any]:
    """Return what the cells of some neurons hold, and between what they can be set."""
    told: dict[str, Any] = {}
    used = chosen[:0]
    if name in sent.limits:
        limits = sent.limits[name]
        used = chosen[np.isfinite(limits[chosen]).all(axis=1)]
    if len(used):
        told["limit_low"] = float(limits[used, 0].max())
        told["limit_high"] = float(limits[used, 1].min())
    if cell is not None and cell in sent.dac:
        dac = sent.dac[cell][used if len(used) else chosen]
        told |= {"dac_min": int(dac.min()), "dac_max": int(dac.max())}
    return told


def parameter_lines(parameters: tuple[ParameterReport, ...]) -> list[str]:
    """Return a table of parameters."""
    header = (
        f"{'population':<20} {'parameter':<11} {'asked':>16} {'cell':<9} {'DAC':>9} "
        f"{'realised':>9} {'sd':>8} {'worst':>10} {'range':>17} {'clipped':>13}"
    )
    rows = [
        f"{shortened(p.population):<20} {p.parameter:<11} {_span(p.asked_min, p.asked_max):>16} "
        f"{p.cell or '-':<9} {_span(p.dac_min, p.dac_max):>9} {p.realised_mean:>9.4g} "
        f"{p.realised_sd:>8.2g} {p.largest_deviation:>+10.3g} "
        f"{_span(p.limit_low, p.limit_high):>17} {f'{p.n_clipped}/{p.n_cells}':>13}"
        for p in parameters
    ]
    return [header, *rows] if rows else ["Parameters: as asked."]


def _span(low: float | None, high: float | None) -> str:
    """Return one number for equal ends, else the range."""
    if low is None or high is None:
        return "-"
    return f"{low:.4g}" if low == high else f"{low:.4g}..{high:.4g}"


def shortened(label: str, width: int = 19) -> str:
    """Return a label that fits into a column."""
    return label if len(label) <= width else label[: width - 1] + "…"
