"""What becomes of a projection's weights on the wafer: full scale, digital and realised weights."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyNN import errors

from pyNN_brainscales_emu import simulator
from pyNN_brainscales_emu.description.bio_graph import Change
from pyNN_brainscales_emu.errors import ParameterError
from pyNN_brainscales_emu.front_end_errors import SubstrateError, SynapseError
from pyNN_brainscales_emu.hardware.constants import WEIGHT_MAX
from pyNN_brainscales_emu.mapping_options import check_priority
from pyNN_brainscales_emu.projection_checks import attribute_names, check_form
from pyNN_brainscales_emu.simulator import Session
from pyNN_brainscales_emu.synapse_columns import SynapseColumns, as_tuples
from pyNN_brainscales_emu.synapse_values import synapse_column

#: Digital weight that stands for a synapse that is switched off.
OFF = -1


class HardwareWeights:
    """The part of a projection that knows of the wafer.

    Attributes
    ----------
    gmax : float or None
        Full scale asked for, uS.
    priority : float or None
        See `set_priority`.
    asked_digital_weights : (n,) int16 or None
        Digital weights set by hand.
    """

    session: Session
    synapses: SynapseColumns
    synapse_type: Any
    owner: str
    gmax: float | None = None
    priority: float | None = None
    asked_digital_weights: NDArray[np.int16] | None = None
    _number: int

    def _changed(self, change: Change) -> None:
        raise NotImplementedError

    def set_gmax(self, weight: float) -> None:
        """Ask for the full scale of this projection's synapse rows.

        Parameters
        ----------
        weight : float
            Weight in uS that the largest digital value shall stand for. Without it the full
            scale is chosen from the weights, row by row. In a row that several projections
            share, the largest demand of all of them counts. What no row can be set to is
            replaced by the nearest setting; the report then counts the weights as clipped, and
            a warning (an error with ``on_loss='raise'``) names the range.

        Raises
        ------
        ParameterError
            Unless the weight is a positive number.
        """
        is_number = isinstance(weight, Real) and not isinstance(weight, bool)
        if not (is_number and np.isfinite(float(weight)) and weight > 0):
            raise ParameterError(f"{self.owner}: gmax", value=weight, limit="a number above 0, uS")
        self.gmax = float(weight)
        self._changed(Change.WEIGHTS)

    def set_priority(self, priority: float) -> None:
        """Say how important this projection is when lines compete for layer 1.

        Parameters
        ----------
        priority : float
            Above 0; projections without one have 1, or what `MappingOptions.priorities` says.
            Lines with a higher mean priority of the projections that they carry are routed first.

        Raises
        ------
        OptionError
            Unless the priority is a positive number.
        """
        check_priority(f"{self.owner}: priority", priority)
        self.priority = float(priority)
        self._changed(Change.STRUCTURE)

    def set_digital_weights(self, values: Any) -> None:
        """Set the digital weights by hand; they win over the weights in uS.

        Parameters
        ----------
        values : int, list or array
            0 to 15, or -1 for a synapse that is switched off; as one number, in the order of
            ``get(format='list')``, or as a (pre x post) array. Weight 0 still conducts a little.

        Raises
        ------
        SubstrateError
            On the ideal substrate.
        SynapseError
            For values that are no integers of this range, or of the wrong number.
        """
        self._require_wafer("set_digital_weights()")
        column = synapse_column(self, "digital weight", values)
        wrong = ~((column >= OFF) & (column <= WEIGHT_MAX) & (column == np.rint(column)))
        if wrong.any():
            raise SynapseError(
                f"{self.owner}: digital weight of synapse {int(np.argmax(wrong))}",
                value=float(column[np.argmax(wrong)]),
                limit=f"integers 0 to {WEIGHT_MAX}, or {OFF} (off)",
            )
        self.asked_digital_weights = column.astype(np.int16)
        self._changed(Change.WEIGHTS)

    def get_digital_weights(self, format: str = "array", with_address: bool = True) -> Any:
        """Return the digital weights that the wafer is set to.

        Parameters
        ----------
        format : {'array', 'list'}
            ``'array'``: (pre x post) float64, NaN where there is no synapse. ``'list'``: tuples
            (pre, post, digital weight) in the order of ``get(format='list')``.
        with_address : bool
            Whether the tuples begin with the indices; without, a list of numbers is returned.

        Returns
        -------
        array or list
            0 to 15; -1 where a synapse is off or lost.

        Raises
        ------
        SubstrateError
            On the ideal substrate.
        SynapseError
            For an array of a projection with several synapses between the same cells.
        """
        self._require_wafer("get_digital_weights()")
        check_form(f"{self.owner}: get_digital_weights()", format)
        if format == "array" and self.synapses.has_multiple:
            raise SynapseError(
                f"{self.owner}: several synapses between the same cells do not fit into an array",
                remedy="Use format='list'.",
            )
        pipeline = simulator.state.readable_pipeline(projection=self._number)
        column = pipeline.digital_weights(self._number)
        return self._formatted([column], True, format, with_address, "sum")

    def get_realised(
        self,
        attribute_name: Any = "weight",
        format: str = "array",
        with_address: bool = True,
        multiple_synapses: str = "sum",
    ) -> Any:
        """Return weights as the circuits realise them.

        Parameters
        ----------
        attribute_name : 'weight' or ['weight']
            For a list the result is as `get` has it: a list of arrays, or tuples also without
            address.
        format : {'array', 'list'}
        with_address : bool
        multiple_synapses : {'sum', 'last', 'first', 'min', 'max'}
            As for `get`.

        Returns
        -------
        array or list
            In uS (nA, mV); NaN where a synapse was lost. On the ideal substrate: as asked for.
        """
        names = attribute_names(f"{self.owner}: get_realised()", attribute_name)
        check_form(f"{self.owner}: get_realised()", format, multiple_synapses)
        for name in names:
            if name != "weight":
                model = type(self.synapse_type).__name__
                raise errors.NonExistentParameterError(name, model, ["weight"])
        simulator.state.require_present(self.session, self.owner)
        column = self.synapses.values["weight"]
        if not self.session.options.is_ideal:
            pipeline = simulator.state.readable_pipeline(projection=self._number)
            column = pipeline.realised_weights(self._number)
        single = isinstance(attribute_name, str)
        columns = [column for _ in names]
        return self._formatted(columns, single, format, with_address, multiple_synapses)

    def _formatted(
        self,
        columns: list[NDArray[Any]],
        single: bool,
        format: str,
        with_address: bool,
        multiple: str,
    ) -> Any:
        if format == "array":
            matrices = [self.synapses.to_matrix(column, multiple) for column in columns]
            return matrices[0] if single else matrices
        if single and not with_address:
            return columns[0].tolist()
        address = [self.synapses.pre, self.synapses.post] if with_address else []
        return as_tuples([*address, *columns])

    def _require_wafer(self, method: str) -> None:
        simulator.state.require_present(self.session, self.owner)
        if self.session.options.is_ideal:
            raise SubstrateError(
                f"{self.owner}: {method} has no meaning on the ideal substrate",
                remedy="Call setup(substrate='brainscales1').",
            )
