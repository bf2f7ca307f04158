"""Assemblies: several populations and views as one group of cells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import neo
import numpy as np
from numpy.typing import NDArray
from pyNN import common

from pyNN_brainscales_emu import simulator
from pyNN_brainscales_emu.assembly_data import joined_block
from pyNN_brainscales_emu.call_arguments import checked_annotations, checked_output, names_of
from pyNN_brainscales_emu.checked_assembly import CheckedAssembly
from pyNN_brainscales_emu.population_checks import (
    check_cells,
    check_label,
)
from pyNN_brainscales_emu.recording_files import write_block


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
