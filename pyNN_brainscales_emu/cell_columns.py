"""Parameters and initial values of cells: columns of arrays, one value a cell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyNN import errors
from pyNN.parameters import LazyArray, ParameterSpace, simplify

from pyNN_brainscales_emu import simulator
from pyNN_brainscales_emu.checked_calls import CheckedCalls
from pyNN_brainscales_emu.description.from_pynn import (
    cell_indices,
)
from pyNN_brainscales_emu.errors import ParameterError
from pyNN_brainscales_emu.parameter_checks import (
    check_lists,
    check_numbers,
    check_spike_times,
    check_tables,
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
    check_current_source,
)
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
    root: Any
    selection: Selection
    size: int
    label: str
    celltype: Any
    all_cells: Any

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
        values: NDArray[np.float64] = self.root.initial_columns[name][self.selection]
        return values

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
