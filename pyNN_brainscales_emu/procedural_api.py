"""PyNN's procedural interface: functions that stand for methods."""

from __future__ import annotations

from typing import Any

from pyNN import common

from pyNN_brainscales_emu import simulator
from pyNN_brainscales_emu.assemblies import Assembly
from pyNN_brainscales_emu.connectors import FixedProbabilityConnector
from pyNN_brainscales_emu.front_end_errors import WrongKindError
from pyNN_brainscales_emu.populations import Population, PopulationView
from pyNN_brainscales_emu.projections import Projection
from pyNN_brainscales_emu.simulator import ID
from pyNN_brainscales_emu.standardmodels.synapses import StaticSynapse

create = common.build_create(Population)
connect = common.build_connect(Projection, FixedProbabilityConnector, StaticSynapse)
_record = common.build_record(simulator)


def record(variables: Any, source: Any, filename: Any, *args: Any, **kwargs: Any) -> Any:
    """Record variables of cells to a file, which `end()` writes; see PyNN.

    Raises
    ------
    WrongKindError
        For something that is no group of cells.
    """
    _check_group("record(): source", source)
    return _record(variables, source, filename, *args, **kwargs)


def set(cells: Any, **parameters: Any) -> None:
    """Set parameters of cells; see PyNN.

    Raises
    ------
    WrongKindError
        For something that is no group of cells.
    """
    _check_group("set(): cells", cells)
    common.set(cells.as_view() if isinstance(cells, ID) else cells, **parameters)


def initialize(cells: Any, **initial_values: Any) -> None:
    """Set state variables of cells; see `Population.initialize`.

    Raises
    ------
    WrongKindError
        For something that is no group of cells.
    """
    _check_group("initialize(): cells", cells)
    common.initialize(cells.as_view() if isinstance(cells, ID) else cells, **initial_values)


def _check_group(what: str, cells: Any) -> None:
    if not isinstance(cells, Population | PopulationView | Assembly | ID):
        raise WrongKindError(
            what, value=cells, limit="a Population, PopulationView, Assembly or cell"
        )


def record_v(source: Any, filename: str) -> Any:
    """Record the membrane potential to a file."""
    return record(["v"], source, filename)


def record_gsyn(source: Any, filename: str) -> Any:
    """Record the synaptic conductances to a file."""
    return record(["gsyn_exc", "gsyn_inh"], source, filename)
