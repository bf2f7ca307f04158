"""Why does it lose accuracy? The effects of a substrate, one at a time and all but one."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pyNN_brainscales_emu.errors import ParameterError, TrainingError
from pyNN_brainscales_emu.training.repetition import repeat
from pyNN_brainscales_emu.training.table import Table
from pyNN_brainscales_emu.training.task import Experiment


def ablation(
    experiment: Experiment,
    parameters: Iterable[Mapping[str, Any]],
    effects: Sequence[str],
    *,
    measured: str = "after_conversion",
    executor: Any = None,
    folder: str | Path,
    resume: bool = True,
    show: bool = True,
    progress: bool = True,
) -> Table:
    """Switch the effects on one at a time, and off one at a time, and compare a result.

    Parameters
    ----------
    experiment : function
        As for `repeat`; it takes ``effects`` besides, a list of the names of those that are on.
    parameters : iterable of mapping
        One for each chip: what the cases are averaged over. They are the same in each case, so
        that the cases differ in the effects only.
    effects : sequence of str
        Names of the effects: ``sim.Effects.names()``, or some of them.
    measured : str
        Which of the experiment's results is compared.
    executor, folder, resume, progress
        As for `repeat`.
    show : bool
        Print the table.

    Returns
    -------
    Table
        One row a case: none of the effects, each one alone, all but each one, all of them; the
        number of chips, and lower quartile, median and upper quartile.

    Raises
    ------
    ParameterError
        If an effect is named twice or none is named, or parameters are missing or have effects
        already; see `repeat` besides.
    TrainingError
        If the experiment does not return what is measured; see `repeat` besides.
    """
    cases = _cases(effects)
    chips = [dict(one) for one in parameters]
    if not chips or any("effects" in chip for chip in chips):
        raise ParameterError(
            "ablation(): parameters",
            value=chips[:1],
            limit="at least one mapping, without effects of its own",
        )
    tasks = [{**chip, "effects": names} for names in cases.values() for chip in chips]
    results = repeat(experiment, tasks, executor, folder=folder, resume=resume, progress=progress)
    if measured not in results.columns:
        raise TrainingError(
            "ablation(): the experiment does not return what is measured",
            value=measured,
            limit=", ".join(results.columns),
        )
    table = _compared(cases, results.columns[measured], len(chips))
    if show:
        sys.stdout.write(f"{measured}\n{table}\n")
    return table


def _cases(effects: Sequence[str]) -> dict[str, list[str]]:
    """Return which effects are on in each case."""
    names = list(effects)
    if not names or len(set(names)) < len(names):
        raise ParameterError(
            "ablation(): effects", value=names, limit="at least one name, each of them once"
        )
    cases: dict[str, list[str]] = {"none": []}
    cases |= {f"only {name}": [name] for name in names} if len(names) > 1 else {}
    if len(names) > 2:  # of two, all but one is the other one alone
        cases |= {f"all but {name}": [n for n in names if n != name] for name in names}
    return cases | {"all": names}


def _compared(cases: Iterable[str], values: Sequence[float], n_chips: int) -> Table:
    rows = []
    for number, case in enumerate(cases):
        mine = Table({"value": values[number * n_chips : (number + 1) * n_chips]})
        low, median, high = mine.quartiles("value")
        rows.append(
            {
                "effects": case,
                "chips": n_chips,
                "lower quartile": low,
                "median": median,
                "upper quartile": high,
            }
        )
    return Table.from_rows(rows)
