"""Populations, views and assemblies. Parameters are columns of arrays, one value a cell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import neo
import numpy as np
from numpy.typing import NDArray
from pyNN import common, errors
from pyNN.parameters import LazyArray, ParameterSpace, simplify
from pyNN.standardmodels import ModelNotAvailable

from pyNN_brainscales_emu import simulator
from pyNN_brainscales_emu.assembly_data import joined_block
from pyNN_brainscales_emu.call_arguments import checked_annotations, checked_output, names_of
from pyNN_brainscales_emu.checked_assembly import CheckedAssembly
from pyNN_brainscales_emu.checked_calls import CheckedCalls
from pyNN_brainscales_emu.description.bio_graph import BioPopulation, Change
from pyNN_brainscales_emu.description.from_pynn import (
    STATE_VARIABLES,
    cell_indices,
    describe_population,
    model_name,
    neuron_model,
)
from pyNN_brainscales_emu.errors import NetworkError, ParameterError
from pyNN_brainscales_emu.hardware.cell_types import WAFER_CELL_TYPES
from pyNN_brainscales_emu.neuron_models.model import NeuronModel
from pyNN_brainscales_emu.parameter_checks import (
    check_lists,
    check_numbers,
    check_process,
    check_spike_times,
    check_tables,
    check_terms,
    check_thresholds,
)
from pyNN_brainscales_emu.parameter_values import (
    check_length,
    column,
    evaluate,
    evaluated,
    plain_number,
    plain_values,
)
from pyNN_brainscales_emu.population_checks import (
    check_cell_class,
    check_cells,
    check_current_source,
    check_label,
    check_options,
    check_parameters_given_once,
    check_plain_label,
    checked_positions,
    checked_size,
    n_chosen,
)
from pyNN_brainscales_emu.recording import Recorder
from pyNN_brainscales_emu.recording_files import write_block
from pyNN_brainscales_emu.renewal_trains import PROCESSES, RenewalTrains
from pyNN_brainscales_emu.standardmodels.cells import CELL_TYPES
from pyNN_brainscales_emu.stored_values import StoredValues

Selection = slice | NDArray[np.int64]


class CellColumns(CheckedCalls, StoredValues):
    """Access to the columns of a population, whole or through a view.

    Attributes
    ----------
    root : Population
        The population that holds the columns.
    selection : slice or (n,) int64
        Which of its cells are meant.
    """

    _simulator = simulator
    root: Population
    selection: Selection
    size: int
    label: str
    celltype: Any
    all_cells: Any

    def _get_view(self, selector: Any, label: str | None = None) -> PopulationView:
        return PopulationView(self, selector, label)

    def _get_parameters(self, *names: str) -> Any:
        self._check_names(names)
        return self._get_native_parameters(*names)

    def _get_native_parameters(self, *names: str) -> Any:
        columns = self.root.columns
        values = {name: simplify(columns[name][self.selection].copy()) for name in names}
        return ParameterSpace(values, self.celltype.get_schema(), shape=(self.size,))

    def set(self, **parameters: Any) -> None:
        """Set parameters of all cells.

        Parameters
        ----------
        **parameters
            By name: a number, an array with one value a cell, a PyNN `RandomDistribution`, or a
            function of the cell's index. Spike times: a list of numbers for all cells, or a list
            of such lists, one a cell.

        Raises
        ------
        InvalidParameterError
            For a value that cannot be, or a wrong number of values. Nothing is changed then.
        pyNN.errors.NonExistentParameterError
            If the model has no such parameter.
        """
        self._check_names(parameters)
        defaults = self.celltype.default_parameters
        values = plain_values(self._owner, defaults, parameters, self.size)
        super().set(**values)  # type: ignore[misc]

    def inject(self, current_source: Any) -> None:
        """Inject a current into all cells; see `DCSource.inject_into`."""
        check_current_source(self._owner, current_source)
        current_source.inject_into(self)

    def _set_parameters(self, parameter_space: Any) -> None:
        """Write native parameters, given for all cells; nothing is written if one is wrong."""
        evaluate(self._owner, parameter_space)
        values = {name: column(value, self.size) for name, value in parameter_space.items()}
        self._check_values(values)
        self.root.replace_columns(self.selection, values)

    def initialize(self, **initial_values: Any) -> None:
        """Set state variables: their initial values, and between two runs their present ones.

        At time 0 and after `reset()` the state variables take the values set last. Between two
        runs without a reset they take them at once, as with NEST; the membrane of a neuron that is
        refractory stays at its reset.

        Parameters
        ----------
        **initial_values
            By the name of the state variable (``v``, ``w``, ``u``, ``gsyn_exc``, ...): a number,
            an array with a value for each cell, a PyNN `RandomDistribution`, or a function of the
            cell's index.

        Raises
        ------
        pyNN.errors.NonExistentParameterError
            If the model has no such state variable.
        InvalidParameterError
            For NaN and infinity.
        """
        for name, value in initial_values.items():
            self.initialize_one(name, value)

    def initialize_one(self, name: str, value: Any) -> None:
        """Set one state variable; see `initialize`."""
        self._check_variable(name)
        what = f"initial value of {name}"
        plain = plain_number(self._owner, what, value)
        check_length(self._owner, what, plain, self.size)
        lazy = LazyArray(plain, shape=(self.size,), dtype=float)
        self._set_initial_value_array(name, lazy)

    def initial_values_of(self, name: str) -> NDArray[np.float64]:
        """Return the initial values of a state variable, (size,)."""
        self._check_variable(name)
        return self.root.initial_columns[name][self.selection]

    def _check_variable(self, name: Any) -> None:
        known = list(self.celltype.default_initial_values)
        if not (isinstance(name, str) and name in known):
            raise errors.NonExistentParameterError(name, type(self.celltype).__name__, known)

    def _set_initial_value_array(self, variable: str, initial_values: Any) -> None:
        values = column(
            evaluated(self._owner, f"initial value of {variable}", initial_values), self.size
        )
        check_numbers(self._owner, f"initial value of {variable}", values)
        self.root.replace_initial_column(variable, self.selection, values)

    def get_realised(self, name: Any) -> Any:
        """Return neuron parameters as the circuits realise them.

        Parameters
        ----------
        name : str or list of str
            PyNN's names of the parameters.

        Returns
        -------
        (size,) float64, or list of them
            In PyNN's units, a list for a list, as `get` does. On the ideal substrate: what was
            asked for.

        Raises
        ------
        pyNN.errors.NonExistentParameterError
            If the model has no such parameter.
        ParameterError
            For spike sources, which are no circuits.
        """
        names = self._names("get_realised()", name)
        self._check_names(names)
        if not self.celltype.injectable:
            raise ParameterError(
                f"{self._owner}: a {type(self.celltype).__name__} has no realised parameters",
                value=name,
                remedy="Use get() for what was asked for.",
            )
        state = self._simulator.state
        state.require_present(self.root.session, self._owner)
        if state.options.is_ideal:
            values = [np.asarray(self.root.columns[n][self.selection].copy()) for n in names]
        else:
            cells = cell_indices(self)
            pipeline = state.readable_pipeline(last_cell=int(cells.max()))
            values = [pipeline.realised_parameter(n)[cells] for n in names]
        return values[0] if isinstance(name, str) else values

    def _check_names(self, names: Any) -> None:
        known = self.celltype.get_parameter_names()
        for name in names:
            if name not in known:
                raise errors.NonExistentParameterError(name, type(self.celltype).__name__, known)

    def _check_values(self, values: Mapping[str, NDArray[Any]]) -> None:
        model = self.root.model
        series = {} if model is None else {s.name: s for s in model.series}
        for name, value in values.items():
            if name == "spike_times":
                check_spike_times(self._owner, [train.value for train in value])
            elif name in series:
                check_lists(self._owner, series[name], [terms.value for terms in value])
            elif value.dtype == object:
                check_tables(self._owner, name, [table.value for table in value])
            else:
                check_numbers(self._owner, name, value, model)


class Assembly(CheckedAssembly, common.Assembly):  # type: ignore[misc]
    """Several populations and views as one group of cells; see PyNN's `Assembly`.

    Raises
    ------
    WrongKindError
        If one of them is no population or view, or the label is no text.
    """

    _simulator = simulator
    label: str

    def __init__(self, *populations: Any, **kwargs: Any) -> None:
        for population in populations:
            check_cells("Assembly: member", population)
        check_label("Assembly", kwargs.get("label"))
        if kwargs.get("label") is None:
            kwargs.pop("label", None)
        super().__init__(*populations, **kwargs)

    def get_data(
        self,
        variables: Any = "all",
        gather: bool = True,
        clear: bool = False,
        annotations: Mapping[str, Any] | None = None,
    ) -> neo.Block:
        """Return the recorded data of all parts as one Neo `Block`; see `joined_block`.

        Parameters
        ----------
        variables, gather
            As for a population.
        clear : bool
            Free what was recorded of the populations. Views of one population are all read first.
        annotations : mapping, optional
            For the block.

        Raises
        ------
        RecordingError
            As for a population.
        """
        notes = checked_annotations(f"{self._owner}: get_data(): annotations", annotations)
        blocks = [part.get_data(variables, gather) for part in self.populations]
        block = joined_block(blocks, [part.size for part in self.populations])
        block.name, block.description = self.label, self.describe()
        block.annotate(**notes)
        if clear:
            self._clear()
        return block

    def _clear(self) -> None:
        for recorder in {part.recorder for part in self.populations}:
            recorder.clear()

    def write_data(
        self,
        io: Any,
        variables: Any = "all",
        gather: Any = True,
        clear: bool = False,
        annotations: Mapping[str, Any] | None = None,
    ) -> None:
        """Write the recorded data of all parts to a file, as for a population."""
        file = checked_output(f"{self._owner}: write_data(): io", io)
        write_block(self.get_data(variables, gather, annotations=annotations), file)
        if clear:
            self._clear()

    def mean_spike_count(self, gather: bool = True) -> float:
        """Return the mean number of spikes of the recorded cells; 0 if none is recorded."""
        counts = self.get_spike_counts(gather)
        return sum(counts.values()) / len(counts) if counts else 0.0

    def get_realised(self, name: Any) -> Any:
        """Return neuron parameters as realised, for all cells; see `Population.get_realised`."""
        limit = "a name of a parameter, such as 'tau_m', or a list of them"
        names = names_of(f"{self._owner}: get_realised()", name, limit)
        parts = [population.get_realised(names) for population in self.populations]
        values = [np.concatenate(of_name) for of_name in zip(*parts, strict=True)]
        return values[0] if isinstance(name, str) else values

    def get_dac(self, cell: str) -> NDArray[np.int32]:
        """Return what a floating-gate cell holds, for all cells; see `Population.get_dac`."""
        return np.concatenate([p.get_dac(cell) for p in self.populations])


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
