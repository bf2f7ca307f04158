"""What the wafer is set to: stored values by the names and places of the hardware.

This is the first result of stage 3. What the circuits make of it is the second one (`realised`).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.hardware.circuit_modes import MODES, CircuitMode
from pyNN_brainscales_emu.hardware.floating_gate import (
    GMAX_CELLS,
    SHARED_NEURON_CELLS,
)
from pyNN_brainscales_emu.mapping.mapped_network import MappedNetwork
from pyNN_brainscales_emu.translation import config_edits, config_places
from pyNN_brainscales_emu.translation.compound import NeuronDenmems
from pyNN_brainscales_emu.translation.stored import (
    RowTable,
    SharedCells,
    StoredNeurons,
    StoredSynapses,
)

Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False, repr=False)
class HardwareConfig:
    """What the wafer is set to: floating gates, gmax, rows, digital weights.

    Frozen, its arrays too: the ``with_...`` methods return edited copies, which
    `sim.set_hardware_config` uses.

    Attributes
    ----------
    wafer : int
    variation : str
        Name of the profile that the wafer's variation follows: with the wafer's number, the chip.
    network : MappedNetwork
        Whose configuration it is.
    places : int
        Check sum of where neurons, rows and synapses sit.
    neurons : StoredNeurons
    shared_cells : SharedCells
    synapses : StoredSynapses
    write_number : int
        Of the write of the floating gates, which decides the trial-to-trial error.

    Notes
    -----
    The names are those of the hardware (halbe:hal/HICANN/FGBlock.h): the 23 cells of every denmem
    are `NEURON_CELLS` and `BIAS_CELLS`, those of the shared columns `SHARED_CELLS`. Of the bias
    cells nothing is modelled, nor of the shared cells other than ``V_reset`` and the four V_gmax:
    they are stored and have no effect.
    """

    wafer: int
    variation: str
    network: MappedNetwork
    places: int
    neurons: StoredNeurons
    shared_cells: SharedCells
    synapses: StoredSynapses
    write_number: int = 0

    def __post_init__(self) -> None:
        for part in (self.neurons, self.shared_cells, self.synapses):
            _freeze(part)

    def __repr__(self) -> str:
        n_synapses = sum(int(np.count_nonzero(codes >= 0)) for codes in self.synapses.digital)
        modes = "; ".join(sorted({str(mode) for mode in self.modes}))
        return (
            f"<HardwareConfig of wafer {self.wafer}: {len(self.denmems)} denmems of "
            f"{len(self.denmems.first)} neurons on {len(self.hicanns)} HICANN(s) ({modes}), "
            f"{len(self.rows.row)} rows, {n_synapses} synapses on, write {self.write_number}>"
        )

    # --- looking at it -------------------------------------------------------------------------

    @property
    def denmems(self) -> NeuronDenmems:
        """The denmems in use: HICANN, number and neuron of each, in the order of all values."""
        return self.neurons.denmems

    @property
    def hicanns(self) -> NDArray[np.int32]:
        """(n_hicanns,) numbers of the HICANNs with neurons, ascending."""
        return self.shared_cells.hicann

    @property
    def modes(self) -> tuple[CircuitMode, ...]:
        """Setting of capacitors and leak mirrors of each HICANN, in the order of `hicanns`."""
        return tuple(MODES[number] for number in self.shared_cells.mode)

    @property
    def rows(self) -> RowTable:
        """The synapse rows in use."""
        return self.synapses.rows

    def where(self, what: Any = None) -> Mask:
        """Return which denmems belong to something.

        Parameters
        ----------
        what : optional
            Population, view, assembly, cell or array of cell indices; a pair (HICANN, denmem); a
            mask of denmems; None for all.

        Returns
        -------
        (n_denmems,) bool

        Raises
        ------
        ParameterError
            For what the network does not have, or what has no denmems.
        PlacementError
            For cells of another network.
        """
        return config_places.denmems_of(self, what)

    def floating_gates(self, cell: str, where: Any = None) -> NDArray[np.int32]:
        """Return the 10-bit values of one of the 23 cells of denmems.

        Parameters
        ----------
        cell : str
            A name of `NEURON_CELLS` or `BIAS_CELLS`.
        where : optional
            As for `where`; by default all denmems in use.

        Returns
        -------
        (n,) int32
            In the order of `denmems`: neuron by neuron, the firing denmem first.

        Raises
        ------
        ParameterError
            For an unknown cell, or an unknown place.
        PlacementError
            For cells of another network.
        """
        config_places.check_cell(cell)
        return self.neurons.cells[cell][self.where(where)]

    def firing_values(self) -> dict[str, NDArray[np.int32]]:
        """Return what acts on the firing denmem of each neuron, by the name of the cell.

        Returns
        -------
        dict of str to (n_neurons,) int32
            The 23 cells of the denmem, and ``V_reset`` of its block, by the neuron's local index.
        """
        firing = self.denmems.firing_only()
        values = {cell: self.denmems.of_firing(dac) for cell, dac in self.neurons.cells.items()}
        for cell in SHARED_NEURON_CELLS:
            values[cell] = self.shared_cells.of_denmems(cell, firing.hicann, firing.denmem)
        return values

    def shared(self, cell: str) -> NDArray[np.int32]:
        """Return the 10-bit values of a shared cell, a name of `SHARED_CELLS`.

        Returns
        -------
        (n_hicanns, 4) int32
            By HICANN (in the order of `hicanns`) and block: top left, top right, bottom left,
            bottom right; -1 where a block does not have the cell.

        Raises
        ------
        ParameterError
            For an unknown cell.
        """
        config_places.check_shared_cell(cell)
        return self.shared_cells.cells[cell].copy()

    @property
    def gmax(self) -> NDArray[np.int32]:
        """(n_hicanns, 4, 4) 10-bit values of V_gmax0..3 by HICANN and block.

        The block of a row is the quadrant of its driver.
        """
        return np.stack([self.shared_cells.cells[cell] for cell in GMAX_CELLS], axis=-1)

    def digital_weights(self, projection: Any) -> NDArray[np.int16]:
        """Return the digital weights of a projection (or of its number).

        Returns
        -------
        (n,) int16
            In the order of ``get(format='list')``: 0..15, -1 where a synapse is off or lost.

        Raises
        ------
        ParameterError
            For a projection that the network does not have.
        PlacementError
            For a projection of another network.
        """
        return self.synapses.digital[config_places.projection_number(self, projection)].copy()

    # --- edited copies -------------------------------------------------------------------------

    def with_floating_gates(self, cell: str, values: Any, where: Any = None) -> HardwareConfig:
        """Return a copy with other values in one of the 23 cells of denmems.

        Parameters
        ----------
        cell : str
        values : int, (n,) array, or mapping
            Whole numbers 0..1023: one for all denmems chosen, one for each, or a mapping of places
            to these.
        where : optional
            As for `where`; by default all denmems in use.

        Raises
        ------
        ParameterError
            For an unknown cell or place, or a wrong number of values.
        PlacementError
            For cells of another network.
        ParameterRangeError
            For values that a cell cannot hold.

        Notes
        -----
        Adaptation is off where ``I_gladapt`` and ``I_fire`` hold 0, the exponential term where
        ``V_exp`` or ``I_rexp`` hold 1023. A neuron whose model lacks these terms never has them,
        and one has the exponential term only if all of its denmems do.
        """
        return config_edits.with_floating_gates(self, cell, values, where)

    def with_shared(
        self, cell: str, values: Any, hicann: int | None = None, block: int | None = None
    ) -> HardwareConfig:
        """Return a copy with other values in a shared cell.

        Parameters
        ----------
        cell : str
            A name of `SHARED_CELLS`.
        values : int or array
            Whole numbers 0..1023: one, or an array that broadcasts to (n_hicanns, 4), or (4,)
            for one HICANN. Blocks that do not have the cell stay without it.
        hicann : int, optional
            Number of the only HICANN to change.
        block : int, optional
            Number 0..3 of the only block to change.

        Raises
        ------
        ParameterError
            For an unknown cell, HICANN or block.
        ParameterRangeError
            For values that a cell cannot hold.
        """
        return config_edits.with_shared(self, cell, values, hicann, block)

    def with_gmax(
        self,
        values: Any,
        selector: int | None = None,
        hicann: int | None = None,
        block: int | None = None,
    ) -> HardwareConfig:
        """Return a copy with other V_gmax.

        Parameters
        ----------
        values : int or array
            As for `with_shared`; with all four selectors, a last axis of 4 gives one for each.
        selector : int, optional
            Number 0..3 of the only V_gmax to change.
        hicann, block : int, optional
            As for `with_shared`.

        Raises
        ------
        ParameterError, ParameterRangeError
            As for `with_shared`.
        """
        return config_edits.with_gmax(self, values, selector, hicann, block)

    def with_rows(
        self, gmax_selector: Any = None, gmax_divisor: Any = None, where: Any = None
    ) -> HardwareConfig:
        """Return a copy with other strengths of synapse rows.

        Receptor and mode of a row belong to the mapping and cannot be edited.

        Parameters
        ----------
        gmax_selector : int or array, optional
            0..3.
        gmax_divisor : int or array, optional
            Effective divisor 2..30.
        where : optional
            Mask over `rows`, or a pair (HICANN, row); by default all rows in use.

        Raises
        ------
        ParameterError
            For an unknown row, or a wrong number of values.
        ParameterRangeError
            For values that a row cannot be set to.
        """
        return config_edits.with_rows(self, gmax_selector, gmax_divisor, where)

    def with_digital_weights(self, projection: Any, values: Any) -> HardwareConfig:
        """Return a copy with other digital weights of a projection.

        Parameters
        ----------
        projection : Projection or int
        values : int or (n,) array
            Whole numbers 0..15, or -1 for a synapse that is switched off, in the order of
            ``get(format='list')``. Lost synapses stay lost.

        Raises
        ------
        ParameterError
            For an unknown projection, or a wrong number of values.
        PlacementError
            For a projection of another network.
        ParameterRangeError
            For values that a synapse cannot hold.
        """
        return config_edits.with_digital_weights(self, projection, values)

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        """Write the configuration to a file (HDF5), whole or not at all.

        `sim.load_hardware_config` reads it.

        Raises
        ------
        DataError
            If the file exists and may not be replaced, or h5py is missing.
        """
        # Here, as that module makes configurations of files.
        from pyNN_brainscales_emu.translation.config_file import save_config

        save_config(self, path, overwrite=overwrite)


def _freeze(part: Any) -> None:
    """Make all arrays of a part of a configuration read-only: edits would get past the checks."""
    if isinstance(part, np.ndarray):
        part.setflags(write=False)
    elif isinstance(part, Mapping):
        _freeze(tuple(part.values()))
    elif isinstance(part, tuple):
        for value in part:
            _freeze(value)
    elif is_dataclass(part):
        _freeze(tuple(getattr(part, field.name) for field in fields(part)))
