"""What became of the network on the substrate: mapping, stored values, losses."""

from __future__ import annotations

import math
from numbers import Real
from os import PathLike
from typing import TYPE_CHECKING

import numpy as np

from pyNN_brainscales_emu.description.bio_graph import Change
from pyNN_brainscales_emu.description.from_pynn import describe
from pyNN_brainscales_emu.errors import ParameterError, warn_of_loss
from pyNN_brainscales_emu.front_end_errors import SubstrateError
from pyNN_brainscales_emu.links.counts import PulseStatistics
from pyNN_brainscales_emu.simulator import state

# The stages of a wafer are imported when they are needed: a fifth of the time of an import.
if TYPE_CHECKING:
    from pyNN_brainscales_emu.data.report import Report
    from pyNN_brainscales_emu.mapping.link_loads import LinkLoads
    from pyNN_brainscales_emu.mapping.results import MappingResult
    from pyNN_brainscales_emu.translation.hardware_config import HardwareConfig


def map_network() -> MappingResult:
    """Map the network on the wafer without running it.

    Returns
    -------
    MappingResult
        Where every neuron and synapse sits, and what is lost.

    Raises
    ------
    SubstrateError
        On the ideal substrate.
    CapacityError
        If the network does not fit; all reasons are in one message.
    DataError
        If ``setup(mapping=...)`` named the mapping of another network.
    """
    _require_wafer("map_network()")
    result = state.session.pipeline.map(describe(state.session))
    state.session.is_mapped = True
    return result


def load_mapping(path: str | PathLike[str]) -> MappingResult:
    """Read a mapping that was saved with ``mapping().save(path)`` and go on from it.

    The network must be built as it was; it is mapped anew only when it changes. The mapping rules
    over ``neuron_size`` and ``mapping_options`` of `setup()`, priorities and `place()`; it must be
    one for the same wafer and avoid its defects. ``setup(mapping=path)`` does the same at the first
    run.

    Parameters
    ----------
    path : path of the file

    Raises
    ------
    SubstrateError
        On the ideal substrate.
    DataError
        If the file is missing, damaged, of another version, of another network, wafer, or does
        not avoid the defects.
    OptionError, PlacementError, CapacityError
        With ``on_loss='raise'``, if the mapping overrules options of `setup()` or `place()`, or
        has lost synapses.
    """
    from pyNN_brainscales_emu.mapping import mapping_file

    _require_wafer("load_mapping()")
    result = mapping_file.load_mapping(path)
    name = mapping_file.file_name(path)
    state.session.pipeline.adopt(describe(state.session), result, name)
    state.mark(Change.STRUCTURE)  # what stands behind the mapping is made anew
    state.session.is_mapped = True
    return result


def mapping() -> MappingResult:
    """Return the present mapping; the network is mapped first if it is new or has changed.

    Raises
    ------
    SubstrateError
        On the ideal substrate.
    CapacityError
        If the network does not fit.
    """
    _require_wafer("mapping()")
    present = state.session.pipeline.mapping
    return present if present is not None and state.session.is_mapped else map_network()


def hardware_config() -> HardwareConfig:
    """Return what the wafer is set to: floating gates, gmax, rows, digital weights.

    Returns
    -------
    HardwareConfig
        Frozen; its ``with_...`` methods return edited copies for `set_hardware_config`.

    Raises
    ------
    SubstrateError
        On the ideal substrate.
    CapacityError
        If the network does not fit.
    """
    _require_wafer("hardware_config()")
    config = state.readable_pipeline().hardware_config
    assert config is not None
    return config


def set_hardware_config(config: HardwareConfig) -> None:
    """Set the wafer to stored values that were looked at, and perhaps edited, from now on.

    The network is neither mapped nor translated anew.

    Parameters
    ----------
    config : HardwareConfig
        Of the present network, mapping and wafer: what `hardware_config` returns, or an edited
        copy. If any floating gate differs from the present one, all are written again, with
        another draw of the trial-to-trial error; rows and digital weights rewrite nothing.

    Raises
    ------
    SubstrateError
        On the ideal substrate.
    ParameterError
        If it is no configuration.
    DataError
        If it is a configuration of another network, mapping or chip. Nothing has changed then.

    Notes
    -----
    A later change through PyNN translates again: of parameters all floating gates and weights, of
    weights (or of the full scale) the rows and the digital weights. Edits stay for every value
    for which the translation gives the same as before the change; where it gives another value,
    that one replaces the edit. So setting tau_m of one population takes back edits of ``I_gl`` of
    its denmems and of no others. A change of the structure maps anew, and all edits are gone.
    """
    from pyNN_brainscales_emu.translation.hardware_config import HardwareConfig

    _require_wafer("set_hardware_config()")
    if not isinstance(config, HardwareConfig):
        raise ParameterError(
            "set_hardware_config(): not a configuration",
            value=config,
            limit="what hardware_config() returns, or an edited copy",
            remedy="load_hardware_config(path) reads and uses the one in a file.",
        )
    state.up_to_date_pipeline().use_config(config)


def load_hardware_config(path: str | PathLike[str]) -> HardwareConfig:
    """Read stored values that were saved with ``hardware_config().save(path)`` and use them.

    The network must be built and mapped as it was. The error of writing is that of the saved
    configuration, so that with the same seed the same run comes out.

    Parameters
    ----------
    path : path of the file

    Returns
    -------
    HardwareConfig

    Raises
    ------
    SubstrateError
        On the ideal substrate.
    DataError
        If the file is missing, damaged, of another version, or of another network, mapping or
        chip. Nothing has changed then.
    """
    from pyNN_brainscales_emu.translation.config_file import load_config

    _require_wafer("load_hardware_config()")
    config = load_config(path)
    state.up_to_date_pipeline().use_config(config, config.write_number)
    return hardware_config()


def report() -> Report:
    """Return what was changed from what was asked: parameters, weights, delays, losses.

    Returns
    -------
    Report
        Can be printed; has ``to_dict()`` and ``save(path)``.
    """
    return state.readable_pipeline().report()


def pulse_statistics() -> PulseStatistics:
    """Return the eight counters of events on the links, in all, per HICANN and per FPGA.

    Returns
    -------
    PulseStatistics
        A dictionary of the counters by the names of the executable system specification, of the
        present presentation or of the last trials; all 0 on the ideal substrate, which has no
        links. ``.per_hicann`` and ``.per_fpga`` have such a dictionary for each HICANN and FPGA in
        use, by its number; they are empty without the effect ``off_wafer_pulses``.
    """
    return state.session.pipeline.pulse_statistics


def link_loads(neuron_rate: float = 0.0) -> LinkLoads:
    """Return what the links will have to carry, from rates, before anything runs.

    Spike sources count with their rates, those with given times with their mean rate.

    Parameters
    ----------
    neuron_rate : float
        Expected rate of every neuron whose spikes are recorded, in Hz.

    Returns
    -------
    LinkLoads
        Loads and limits of every link and FPGA in Hz of biological time; printed, a table.

    Raises
    ------
    SubstrateError
        On the ideal substrate.
    ParameterError
        For a rate that is negative or not finite.
    CapacityError
        If the network cannot be mapped.

    Warns
    -----
    LossWarning
        Names the FPGAs whose links get more than ``MappingOptions.bandwidth_utilization`` of what
        they carry, and the HICANNs that automatic placement proposes for the spike sources.
    """
    from pyNN_brainscales_emu.mapping import link_loads as planning
    from pyNN_brainscales_emu.mapping.source_rates import source_rates

    is_number = isinstance(neuron_rate, Real) and not isinstance(neuron_rate, bool)
    if not (is_number and 0 <= neuron_rate < math.inf):
        raise ParameterError(
            "link_loads(): neuron_rate", value=neuron_rate, limit="a finite number, at least 0"
        )
    placement = map_network().placement
    graph, options = describe(state.session), state.options
    recorded = np.zeros(len(graph.neurons))
    for request in graph.recording_requests:
        if request.variable == "spikes":
            cells = request.cells[~graph.is_source[request.cells]]
            recorded[graph.local_index[cells]] = neuron_rate
    loads = planning.link_loads(
        placement,
        source_rates(graph),
        recorded,
        options.links,
        options.speedup,
        options.mapping_options.bandwidth_utilization,
    )
    if len(loads.overloaded_fpgas):
        message = loads.warning(planning.proposed_hicanns(graph, placement, options))
        assert message is not None
        warn_of_loss(message)
    return loads


def _require_wafer(function: str) -> None:
    if state.options.is_ideal:
        raise SubstrateError(
            f"{function} has no meaning on the ideal substrate",
            value=state.options.substrate,
            limit="brainscales1",
            remedy="Call setup(substrate='brainscales1').",
        )
