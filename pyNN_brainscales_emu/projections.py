"""Projections: synapses are columns of arrays; `Connection` objects exist only when asked for."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pyNN import common, errors
from pyNN.recording.files import BaseFile
from pyNN.space import Space

from pyNN_brainscales_emu import projection_checks, simulator
from pyNN_brainscales_emu.assemblies import Assembly
from pyNN_brainscales_emu.connection import Connection
from pyNN_brainscales_emu.description.bio_graph import BioProjection, Change
from pyNN_brainscales_emu.description.from_pynn import describe_projection
from pyNN_brainscales_emu.description.synapse_rules import SynapseRule
from pyNN_brainscales_emu.errors import BrainScaleSError
from pyNN_brainscales_emu.files.whole import whole_file
from pyNN_brainscales_emu.front_end_errors import (
    CellIndexError,
    ProjectionError,
    WrongKindError,
)
from pyNN_brainscales_emu.hardware_weights import HardwareWeights
from pyNN_brainscales_emu.population_checks import check_plain_label, require_present
from pyNN_brainscales_emu.populations import Population, PopulationView
from pyNN_brainscales_emu.projection_rules import rule_of
from pyNN_brainscales_emu.standardmodels.synapses import StaticSynapse
from pyNN_brainscales_emu.synapse_checks import check_addresses, check_values
from pyNN_brainscales_emu.synapse_columns import SynapseCollector, SynapseColumns, as_tuples
from pyNN_brainscales_emu.synapse_values import synapse_column

#: Stands for a rule that has not been made.
_UNKNOWN: Any = object()
CHANGES = {"weight": Change.WEIGHTS, "delay": Change.DELAYS}


class Projection(HardwareWeights, common.Projection):  # type: ignore[misc]
    """Synapses of one type between two groups of cells.

    Parameters
    ----------
    presynaptic_population, postsynaptic_population : Population, PopulationView or Assembly
    connector : connector
    synapse_type : synapse type, optional
        A `StaticSynapse` by default.
    source : str, optional
        Unused: cells have one source of spikes.
    receptor_type : {'excitatory', 'inhibitory'}, optional
        Default: by the sign of the weight.
    space : pyNN.space.Space, optional
        For distances.
    label : str, optional

    Attributes
    ----------
    synapses : SynapseColumns
        Addresses, weights and delays as asked for.
    gmax : float or None
        Full scale asked for, uS; see `set_gmax`.
    asked_digital_weights : (n,) int16 or None
        See `set_digital_weights`.

    Raises
    ------
    ProjectionError
        If it cannot be built: spike sources as targets, another back end's synapse type.
    SynapseError
        For weights of the wrong sign, delays out of range, NaN, addresses out of range.
    """

    _simulator = simulator
    _static_synapse_class = StaticSynapse
    label: str | None
    shape: tuple[int, int]

    def __init__(
        self,
        presynaptic_population: Any,
        postsynaptic_population: Any,
        connector: Any,
        synapse_type: Any = None,
        source: str | None = None,
        receptor_type: str | None = None,
        space: Any = None,
        label: str | None = None,
        **unknown: Any,
    ) -> None:
        projection_checks.check_unknown(unknown)
        check_plain_label("Projection", label)
        projection_checks.check_parts(connector, synapse_type, receptor_type, space)
        self.session = simulator.state.session
        synapse_type = StaticSynapse() if synapse_type is None else synapse_type
        self._check_cells(presynaptic_population, postsynaptic_population)
        self.label = label or self._default_label(presynaptic_population, postsynaptic_population)
        projection_checks.check_synapse_type(
            self.owner,
            synapse_type,
            (presynaptic_population.size, postsynaptic_population.size),
            is_ideal=self.session.options.is_ideal,
        )
        super().__init__(
            presynaptic_population,
            postsynaptic_population,
            connector,
            synapse_type,
            source,
            receptor_type,
            space or Space(),
            self.label,
        )
        self._description: BioProjection | None = None
        self._rule: Any = _UNKNOWN
        self._collector = SynapseCollector()
        self._connect(connector)
        self.synapses = self._joined_synapses()
        self._number = len(self.session.projections)
        self.session.projections.append(self)
        simulator.state.mark(Change.STRUCTURE)

    # --- connecting ----------------------------------------------------------------------------

    def _connect(self, connector: Any) -> None:
        """Let the connector connect; what PyNN and functions of users raise becomes our error."""
        try:
            connector.connect(self)
        except (BrainScaleSError, errors.ConnectionError, NotImplementedError):
            raise
        except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
            raise ProjectionError(
                f"{self.owner}: {type(connector).__name__} cannot connect the cells "
                f"({type(error).__name__}: {error})".rstrip("."),
                remedy="Check what it was given, functions and expressions above all.",
            ) from error

    def _check_cells(self, pre: Any, post: Any) -> None:
        for side, cells in (("presynaptic", pre), ("postsynaptic", post)):
            if not isinstance(cells, (Population, PopulationView, Assembly)):
                raise ProjectionError(
                    f"Projection: {side} cells",
                    value=cells,
                    limit="a Population, PopulationView or Assembly",
                )
            require_present(cells)
        if not post.receptor_types:
            raise ProjectionError(
                f"Projection to {post.label!r}: its cells have no synapses",
                limit="neurons as postsynaptic cells",
            )

    def _default_label(self, pre: Any, post: Any) -> str:
        """Return PyNN's label for a projection without one."""
        if pre.label and post.label:
            return f"{pre.label}→{post.label}"
        return f"projection{len(self.session.projections)}"

    def _convergent_connect(
        self,
        presynaptic_indices: ArrayLike,
        postsynaptic_index: Any,
        location_selector: Any = None,
        **connection_parameters: Any,
    ) -> None:
        """Take the synapses onto one cell from a connector."""
        if location_selector is not None:
            raise NotImplementedError("Projection: neurons have one compartment only")
        self._collector.append(presynaptic_indices, postsynaptic_index, connection_parameters)

    def connect_arrays(
        self, pre: NDArray[Any], post: NDArray[Any], values: Mapping[str, Any]
    ) -> None:
        """Take any number of synapses from a connector at once.

        Parameters
        ----------
        pre, post : (n,) int32 or int64
            Indices in the presynaptic and postsynaptic population, view or assembly.
        values : mapping
            For ``weight`` (uS, nA or mV) and ``delay`` (ms): a number or an (n,) array.
        """
        self._collector.append(pre, post, values)

    def _joined_synapses(self) -> SynapseColumns:
        synapses = self._collector.join(self.shape, self.attributes)
        del self._collector
        self.synapses = synapses
        check_addresses(self, synapses.pre, synapses.post)
        for name, values in synapses.values.items():
            check_values(self, name, values)
        return synapses

    # --- reading -------------------------------------------------------------------------------

    @property
    def attributes(self) -> tuple[str, ...]:
        """Names of what each synapse has."""
        return tuple(self.synapse_type.get_parameter_names())

    @property
    def projection_number(self) -> int:
        """Number of the projection in the network, by which a mapping knows it."""
        return self._number

    @property
    def owner(self) -> str:  # type: ignore[override]
        """What error messages call the projection."""
        return f"Projection {self.label!r}"

    def __len__(self) -> int:
        return len(self.synapses)

    def __getitem__(self, index: int | slice) -> Any:
        """Return one `Connection`, or a list of them; ordered as ``get(format='list')``."""
        try:
            numbers = range(len(self))[index]
        except (TypeError, IndexError) as error:
            raise CellIndexError(
                f"{self.owner}: synapses", value=index, limit=f"0 to {len(self) - 1}, or a slice"
            ) from error
        if isinstance(numbers, range):
            return [Connection(self, number) for number in numbers]
        return Connection(self, numbers)

    @property
    def connections(self) -> list[Connection]:
        """All synapses as `Connection` objects, made anew at every call."""
        return [Connection(self, number) for number in range(len(self))]

    def get(
        self,
        attribute_names: Any,
        format: str,
        gather: Any = True,
        with_address: bool = True,
        multiple_synapses: str = "sum",
    ) -> Any:
        """Return weights or delays as asked for; see PyNN.

        Lists are ordered by presynaptic, then by postsynaptic index; synapses of the same pair
        keep the order in which they were made. `set` takes lists in the same order.
        """
        names = projection_checks.attribute_names(f"{self.owner}: get()", attribute_names)
        self._check_names(names)
        projection_checks.check_form(f"{self.owner}: get()", format, multiple_synapses)
        chosen = names[0] if isinstance(attribute_names, str) else names
        return super().get(chosen, format, gather, with_address, multiple_synapses)

    def save(
        self,
        attribute_names: Any,
        file: Any,
        format: str = "list",
        gather: Any = True,
        with_address: bool = True,
    ) -> None:
        """Write weights or delays to a text file, whole or not at all; see PyNN.

        Raises
        ------
        WrongKindError
            For something that is no file.
        DataError
            If the file cannot be written.
        """
        projection_checks.check_form(f"{self.owner}: save()", format)
        names = projection_checks.attribute_names(f"{self.owner}: save()", attribute_names)
        if names not in (["all"], ["connections"]):
            self._check_names(names)
        chosen = names[0] if names in (["all"], ["connections"]) else names
        if isinstance(file, BaseFile):
            super().save(chosen, file, format, gather, with_address)
            return
        if not isinstance(file, str | os.PathLike):
            raise WrongKindError(
                f"{self.owner}: save(): file", value=file, limit="a path, or a file of PyNN"
            )
        with whole_file("connections", file, make_folder=True) as partial:
            super().save(chosen, str(partial), format, gather, with_address)

    def _get_attributes_as_list(self, names: list[str]) -> list[tuple[Any, ...]]:
        return as_tuples([self._column(name) for name in names])

    def _get_attributes_as_arrays(
        self, names: list[str], multiple_synapses: str = "sum"
    ) -> list[NDArray[np.float64]]:
        return [self.synapses.to_matrix(self._column(name), multiple_synapses) for name in names]

    def _column(self, name: str) -> NDArray[Any]:
        addresses = {
            "presynaptic_index": self.synapses.pre,
            "postsynaptic_index": self.synapses.post,
        }
        if name in addresses:
            return addresses[name]
        if name == "weight" and self.synapse_type.rule is not None:
            return self._present_weights()
        return self.synapses.values[name]

    def _present_weights(self) -> NDArray[np.float64]:
        """Return what the weights have become; before the first run, as asked for."""
        simulator.state.require_present(self.session, self.owner)
        if len(self) == 0 or not self.session.has_run:
            return self.synapses.values["weight"]
        pipeline = simulator.state.readable_pipeline(projection=self._number)
        return pipeline.plastic_weights(self._number)

    def _check_names(self, names: Any) -> None:
        for name in names:
            if name not in self.attributes:
                model = type(self.synapse_type).__name__
                raise errors.NonExistentParameterError(name, model, self.attributes)

    # --- writing -------------------------------------------------------------------------------

    def set(self, **attributes: Any) -> None:
        """Set weights (uS, nA or mV) or delays (ms) of all synapses.

        Parameters
        ----------
        **attributes
            By name: a number; a (pre x post) array (elements without a synapse are ignored); a
            list or 1-D array in the order of ``get(format='list')``, with one value a synapse or
            one a connected pair; a PyNN `RandomDistribution`, drawn for every pair of cells,
            connected or not, one presynaptic cell after the other (so a seed gives the numbers
            that it gives with NEST); a function, or a string, of the distance.

        Raises
        ------
        pyNN.errors.NonExistentParameterError
            If there is no such attribute.
        SynapseError
            For a wrong number of values, NaN, a weight of the wrong sign or a delay out of range.
            Nothing is changed then.

        Notes
        -----
        Weights set here win over digital weights set before.
        """
        self.replace_columns(self.checked_columns(attributes))

    def checked_columns(self, attributes: Mapping[str, Any]) -> dict[str, NDArray[np.float64]]:
        """Return weights or delays, given as for `set`, as columns; nothing is changed."""
        self._check_names(attributes)
        values = {name: synapse_column(self, name, value) for name, value in attributes.items()}
        for name, column in values.items():
            check_values(self, name, column)
        return values

    def replace_columns(self, values: Mapping[str, NDArray[np.float64]]) -> None:
        """Take over checked columns; old columns stay as they are, descriptions hold them."""
        self.synapses.values.update(values)
        if set(values) - {"weight", "delay"}:
            self._rule = _UNKNOWN
        if "weight" in values:
            self.asked_digital_weights = None
        for name in values:
            self._changed(CHANGES.get(name, Change.WEIGHTS))

    def set_one(self, name: str, index: int, value: float) -> None:
        """Set weight or delay of one synapse, by its number in the list."""
        values = self.synapses.values[name].copy()
        values[index] = value
        self.set(**{name: values})

    def _set_attributes(self, parameter_space: Any) -> None:
        """Set attributes from native parameters of shape pre x post (PyNN's own route)."""
        parameter_space.evaluate()
        self.set(**parameter_space.as_dict())

    def initialize(self, **initial_values: Any) -> None:
        """Raise `NonExistentParameterError`: the synapses have no state variables to set."""
        for name in initial_values:
            raise errors.NonExistentParameterError(name, type(self.synapse_type).__name__, [])

    # --- description ---------------------------------------------------------------------------

    def description(self) -> BioProjection:
        """Return the frozen description; the same object until something changes."""
        if self._description is None:
            self._description = describe_projection(self)
        return self._description

    @property
    def rule(self) -> SynapseRule | None:
        """How the synapses change; the same object until a parameter does."""
        if self._rule is _UNKNOWN:
            self._rule = rule_of(self)
        rule: SynapseRule | None = self._rule
        return rule

    def _changed(self, change: Change) -> None:
        self._description = None
        simulator.state.mark(change, self.session)
