"""Populations and their views."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyNN import common
from pyNN.parameters import LazyArray, simplify
from pyNN.standardmodels import ModelNotAvailable

from pyNN_brainscales_emu import simulator
from pyNN_brainscales_emu.assemblies import Assembly
from pyNN_brainscales_emu.cell_columns import CellColumns, Selection
from pyNN_brainscales_emu.description.bio_graph import BioPopulation, Change
from pyNN_brainscales_emu.description.from_pynn import (
    STATE_VARIABLES,
    describe_population,
    model_name,
    neuron_model,
)
from pyNN_brainscales_emu.errors import NetworkError, ParameterError
from pyNN_brainscales_emu.hardware.cell_types import WAFER_CELL_TYPES
from pyNN_brainscales_emu.neuron_models.model import NeuronModel
from pyNN_brainscales_emu.parameter_checks import (
    check_process,
    check_terms,
    check_thresholds,
)
from pyNN_brainscales_emu.parameter_values import (
    check_length,
    column,
    evaluate,
)
from pyNN_brainscales_emu.population_checks import (
    check_cell_class,
    check_options,
    check_parameters_given_once,
    check_plain_label,
    checked_positions,
    checked_size,
    n_chosen,
)
from pyNN_brainscales_emu.recording import Recorder
from pyNN_brainscales_emu.renewal_trains import PROCESSES, RenewalTrains
from pyNN_brainscales_emu.standardmodels.cells import CELL_TYPES


class PopulationView(CellColumns, common.PopulationView):  # type: ignore[misc]
    """Some cells of a population, in ascending order; see PyNN's `PopulationView`.

    Raises
    ------
    NetworkError
        If no cell is chosen.
    """

    _assembly_class = Assembly

    def __init__(self, parent: Any, selector: Any, label: str | None = None) -> None:
        if isinstance(selector, list):
            selector = np.array(selector, dtype=None if selector else int)
        if n_chosen(parent, selector) == 0:
            raise NetworkError(
                f"View of {parent.label!r} is empty",
                value=selector,
                limit=f"cells 0 to {parent.size - 1}",
            )
        common.PopulationView.__init__(self, parent, selector, label)
        self.root = self.grandparent
        self.selection = self.index_in_grandparent(np.arange(self.size))

    def _get_view(self, selector: Any, label: str | None = None) -> PopulationView:
        return PopulationView(self, selector, label)

    @property
    def initial_values(self) -> dict[str, Any]:
        """Initial values of the view's cells, by the name of the state variable."""
        return {
            name: LazyArray(simplify(values[self.selection]), shape=(self.size,), dtype=float)
            for name, values in self.root.initial_columns.items()
        }


class Population(CellColumns, common.Population):  # type: ignore[misc]
    """A group of cells of one type.

    Parameters
    ----------
    size : int or tuple of int
        Number of cells, or of the points of a grid.
    cellclass : cell type
        An instance such as ``IF_cond_exp(tau_m=10.0)``; parameters are numbers, arrays with one
        value a cell, a PyNN `RandomDistribution`, or a function of the cell's index.
    cellparams : mapping, optional
        Old way of giving parameters, to a class instead of an instance.
    structure : pyNN.space structure, optional
        Positions of the cells.
    initial_values : mapping, optional
        Of the state variables, as for `initialize`.
    label : str, optional

    Raises
    ------
    NetworkError
        If it would be empty, or for a cell type of another back end.
    InvalidParameterError
        For a parameter value that cannot be.
    pyNN.errors.NonExistentParameterError
        For a parameter or state variable that the model does not have.
    """

    _recorder_class = Recorder
    _assembly_class = Assembly

    def __init__(
        self,
        size: int | tuple[int, ...],
        cellclass: Any,
        cellparams: Mapping[str, Any] | None = None,
        structure: Any = None,
        initial_values: Mapping[str, Any] | None = None,
        label: str | None = None,
    ) -> None:
        check_plain_label("Population", label)
        size = checked_size(size, label)
        check_cell_class(cellclass, label)
        check_options(label, cellparams, structure, initial_values)
        check_parameters_given_once(label, cellclass, cellparams)
        if isinstance(cellclass, type):
            if issubclass(cellclass, ModelNotAvailable):
                cellclass()
            cellparams = cellparams or {}
        self.session = simulator.state.session
        self.root = self
        self.selection = slice(None)
        self.columns: dict[str, NDArray[Any]] = {}
        self.initial_columns: dict[str, NDArray[np.float64]] = {}
        self.trains: RenewalTrains | None = None
        self._description: BioPopulation | None = None
        self._checked: BioPopulation | None = None
        self.model: NeuronModel | None = None
        recorders = set(simulator.state.recorders)
        try:
            common.Population.__init__(
                self, size, cellclass, cellparams, structure, initial_values or {}, label
            )
        except Exception:
            simulator.state.recorders = recorders
            raise
        self.session.populations.append(self)
        self.session.n_cells += self.size
        simulator.state.mark(Change.STRUCTURE)

    @property
    def structure(self) -> Any:
        """Where the cells are, by rule: a structure of `pyNN.space`, or None."""
        return common.Population.structure.fget(self)

    @structure.setter
    def structure(self, structure: Any) -> None:
        check_options(self.label, None, structure, None)
        common.Population.structure.fset(self, structure)

    @property
    def positions(self) -> NDArray[np.float64]:
        """Where the cells are, (3, size), in um."""
        return np.asarray(common.Population.positions.fget(self))

    @positions.setter
    def positions(self, positions: Any) -> None:
        common.Population.positions.fset(self, checked_positions(self._owner, positions, self.size))

    def _get_view(self, selector: Any, label: str | None = None) -> PopulationView:
        return PopulationView(self, selector, label)

    def _create_cells(self) -> None:
        if not isinstance(self.celltype, CELL_TYPES):
            raise NetworkError(
                f"{self._owner}: a cell type of another back end",
                value=type(self.celltype).__module__ + "." + type(self.celltype).__name__,
                limit=", ".join(model.__name__ for model in CELL_TYPES),
            )
        is_source = not self.celltype.injectable
        name = type(self.celltype).__name__ if is_source else model_name(self.celltype)
        self.model = None if is_source else neuron_model(self.celltype)
        on_wafer = is_source or name in WAFER_CELL_TYPES
        if not (on_wafer or self.session.options.is_ideal):
            raise ParameterError(
                f"{self._owner}: the wafer has no circuits for this cell type",
                value=name,
                limit=", ".join(WAFER_CELL_TYPES),
                remedy="Use one of these, or setup(substrate='ideal').",
            )
        first = self.session.n_cells
        ids = [simulator.ID(number) for number in range(first, first + self.size)]
        for cell in ids:
            cell.parent = self
        self.all_cells = np.array(ids, dtype=object)
        self._mask_local = np.ones(self.size, dtype=bool)
        space = self.celltype.native_parameters
        for name, value in space.items():
            check_length(self._owner, f"parameter {name}", value, self.size)
        space.shape = (self.size,)
        evaluate(self._owner, space)
        values = {name: column(value, self.size) for name, value in space.items()}
        self._check_values(values)
        self.columns = values
        self.trains = self._new_trains(first)

    def _new_trains(self, first_cell: int) -> RenewalTrains | None:
        """Return what makes the spikes of sources with a memory; None for other cells."""
        names = [cls.__name__ for cls in type(self.celltype).__mro__ if cls.__name__ in PROCESSES]
        seed = self.session.options.seed
        return RenewalTrains(names[0], first_cell, self.size, seed) if names else None

    def want_spikes(self, end_ms: float) -> None:
        """Have the spikes of sources with a memory made up to a time of this presentation."""
        presentation = max(0, simulator.state.segment_counter)
        if self.trains is not None and not self.trains.is_known(presentation, end_ms):
            self.trains.extend(presentation, end_ms)
            self._changed(Change.STIMULI)

    def replace_columns(self, selection: Selection, values: Mapping[str, NDArray[Any]]) -> None:
        """Write checked values of parameters for some of the cells.

        Columns are replaced, never changed in place: descriptions hold on to them.
        """
        if self.trains is not None and self.session.step_count:
            now = simulator.state.t
            self.trains.begin_again(self.columns, self.session.step_count, now)
        for name, value in values.items():
            new = self.columns[name].copy()
            new[selection] = value
            self.columns[name] = new
        self._changed(Change.NEURON_PARAMETERS if self.celltype.injectable else Change.STIMULI)

    def replace_initial_column(
        self, variable: str, selection: Selection, values: NDArray[np.float64]
    ) -> None:
        """Write checked initial values for some of the cells; between two runs also the state."""
        default = np.full(self.size, self.celltype.default_initial_values[variable])
        new = self.initial_columns.get(variable, default).copy()
        new[selection] = values
        self.initial_columns[variable] = new
        self.initial_values[variable] = LazyArray(simplify(new), shape=(self.size,), dtype=float)
        self._changed(Change.INITIAL_VALUES)
        if self.session.step_count and self.session.pipeline.knows(int(self.last_id)):
            name = STATE_VARIABLES.get(variable, variable)
            cells = int(self.first_id) + np.arange(self.size)[selection]
            self.session.pipeline.set_state(name, cells, new[selection])

    def description(self) -> BioPopulation:
        """Return the frozen description; the same object until something changes."""
        if self._description is None:
            if self.trains is not None:
                check_process(self._owner, self.columns)
            self._description = describe_population(self)
        return self._description

    def check_before_run(self) -> None:
        """Raise if the parameters do not go together.

        Made before a run, not when one of them is set, so that several may be set one after the
        other, and what is there can be looked at.

        Raises
        ------
        InvalidParameterError
        """
        description = self.description()
        if description is not self._checked and not description.is_source:
            assert self.model is not None
            check_terms(self._owner, self.model, self.columns)
            check_thresholds(self._owner, description.cell_type, self.model, description.parameters)
        self._checked = description

    def _changed(self, change: Change) -> None:
        self._description = None
        simulator.state.mark(change, self.session)
