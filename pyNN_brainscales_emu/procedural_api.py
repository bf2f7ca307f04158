"""PyNN's procedural interface: functions that stand for methods."""

from __future__ import annotations

from typing import Any

from pyNN import common

from pyNN_brainscales_emu import simulator
from pyNN_brainscales_emu.connectors import FixedProbabilityConnector
from pyNN_brainscales_emu.populations import Population
from pyNN_brainscales_emu.projections import Projection
from pyNN_brainscales_emu.standardmodels.synapses import StaticSynapse

create = common.build_create(Population)
connect = common.build_connect(Projection, FixedProbabilityConnector, StaticSynapse)
record = common.build_record(simulator)
set = common.set


def record_v(source: Any, filename: str) -> Any:
    """Record the membrane potential to a file."""
    return record(["v"], source, filename)


def record_gsyn(source: Any, filename: str) -> Any:
    """Record the synaptic conductances to a file."""
    return record(["gsyn_exc", "gsyn_inh"], source, filename)
