"""What the floating gates of a population's neurons hold."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.description.from_pynn import cell_indices
from pyNN_brainscales_emu.errors import ParameterError
from pyNN_brainscales_emu.front_end_errors import SubstrateError
from pyNN_brainscales_emu.hardware.floating_gate import (
    BIAS_CELLS,
    NEURON_CELLS,
    SHARED_NEURON_CELLS,
)


class StoredValues:
    """Access to the stored values of a population, whole or through a view."""

    _simulator: Any
    root: Any
    celltype: Any

    @property
    def _owner(self) -> str:
        raise NotImplementedError

    def get_dac(self, cell: str) -> NDArray[np.int32]:
        """Return what a floating-gate cell of the neurons' firing denmems holds.

        Parameters
        ----------
        cell : str
            Name of the floating-gate cell, such as ``'E_l'``, ``'V_t'`` or ``'I_gl'``;
            ``'V_reset'`` is shared by a block.

        Returns
        -------
        (size,) int32
            10-bit values. `sim.hardware_config` has those of all denmems.

        Raises
        ------
        ParameterError
            If there is no such cell, and for spike sources, which have none.
        SubstrateError
            On the ideal substrate.
        """
        state = self._simulator.state
        state.require_present(self.root.session, self._owner)
        if not self.celltype.injectable:
            raise ParameterError(
                f"{self._owner}: a {type(self.celltype).__name__} has no floating gates", value=cell
            )
        if state.options.is_ideal:
            raise SubstrateError(
                f"{self._owner}: there are no floating gates on the ideal substrate",
                value=state.options.substrate,
                limit="brainscales1",
            )
        cells = cell_indices(self)
        pipeline = state.readable_pipeline(last_cell=int(cells.max()))
        dac = pipeline.stored(cell) if isinstance(cell, str) else None
        if dac is None:
            from pyNN_brainscales_emu.translation.cell_targets import cell_hint

            raise ParameterError(
                f"{self._owner}: there is no such floating-gate cell",
                value=cell,
                limit=", ".join((*NEURON_CELLS, *SHARED_NEURON_CELLS, *BIAS_CELLS)),
                remedy=cell_hint(str(cell)),
            )
        return np.asarray(dac[cells])
