"""Stage 3 as a whole: translate, realise, and keep the edits that a change leaves valid."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace

import numpy as np

from pyNN_brainscales_emu.calibration.sources import WaferCalibration
from pyNN_brainscales_emu.description.bio_graph import BioGraph
from pyNN_brainscales_emu.mapping.results import MappingResult
from pyNN_brainscales_emu.options import Options
from pyNN_brainscales_emu.translation.config_check import check_belongs
from pyNN_brainscales_emu.translation.edits import (
    keep_gate_edits,
    keep_synapse_edits,
    without_lost,
)
from pyNN_brainscales_emu.translation.hardware_config import HardwareConfig
from pyNN_brainscales_emu.translation.neurons import realise_neurons, store_neurons
from pyNN_brainscales_emu.translation.realised import RealisedSynapses, RealisedValues
from pyNN_brainscales_emu.translation.synapses import realise_synapses, store_synapses


@dataclass(frozen=True, eq=False)
class Translation:
    """Result of stage 3.

    Attributes
    ----------
    translated : HardwareConfig
        What follows from the description alone.
    config : HardwareConfig
        What the wafer is set to: the same object, unless values were edited.
    realised : RealisedValues
        What the circuits make of `config`.
    """

    translated: HardwareConfig
    config: HardwareConfig
    realised: RealisedValues


@dataclass(frozen=True, eq=False)
class Translator:
    """Translates a mapped network.

    Attributes
    ----------
    graph : BioGraph
    mapping : MappingResult
    options : Options
    calibration : WaferCalibration, optional
    """

    graph: BioGraph
    mapping: MappingResult
    options: Options
    calibration: WaferCalibration | None = None

    def translate(self, write_number: int, before: Translation | None = None) -> Translation:
        """Translate everything; the floating gates are written anew.

        Edits of the translation `before` stay where the value that they replace is still the same.
        """
        neurons, shared_cells = store_neurons(
            self.graph, self.mapping, self.options, self.calibration
        )
        translated = HardwareConfig(
            wafer=self.options.wafer,
            variation=self.options.variation,
            network=self.mapping.network,
            places=check_sum(self.mapping),
            neurons=neurons,
            shared_cells=shared_cells,
            # Capacitances enter the weights' scale, so these are translated anew as well.
            synapses=store_synapses(self.graph, self.mapping, self.options, shared_cells),
            write_number=write_number,
        )
        config = translated
        if before is not None:
            config = keep_gate_edits(before.config, before.translated, config)
            config = keep_synapse_edits(before.config, before.translated, config, self.mapping)
        return Translation(translated, config, self.realise(config))

    def translate_weights(self, before: Translation) -> Translation:
        """Translate the weights anew; the floating gates stay as they are."""
        shared_cells = before.translated.shared_cells
        synapses = store_synapses(
            self.graph, self.mapping, self.options, shared_cells, before.translated.synapses
        )
        translated = replace(before.translated, synapses=synapses)
        config = replace(before.config, synapses=synapses)
        if before.config is before.translated:
            config = translated
        else:
            config = keep_synapse_edits(before.config, before.translated, config, self.mapping)
        return Translation(translated, config, self._with_weights(config, before.realised))

    def use(self, config: HardwareConfig, before: Translation) -> Translation:
        """Set the wafer to another configuration of the same network.

        Raises
        ------
        DataError
            If it is one of another network, mapping or chip.
        """
        check_belongs(config, before.config)
        config = replace(config, synapses=without_lost(config.synapses, self.mapping))
        written = config.write_number != before.config.write_number
        if not written and same_gates(config, before.config):
            realised = self._with_weights(config, before.realised)
        else:
            realised = self.realise(config, before.realised.synapses)
        return Translation(before.translated, config, realised)

    def realise(
        self, config: HardwareConfig, before: RealisedSynapses | None = None
    ) -> RealisedValues:
        """Return what the circuits make of a configuration."""
        neurons = realise_neurons(
            config.neurons, config.shared_cells, self.graph, self.options, config.write_number
        )
        return RealisedValues(neurons, self._synapses(config, before))

    def _with_weights(self, config: HardwareConfig, before: RealisedValues) -> RealisedValues:
        return replace(before, synapses=self._synapses(config, before.synapses))

    def _synapses(
        self, config: HardwareConfig, before: RealisedSynapses | None
    ) -> RealisedSynapses:
        return realise_synapses(
            config.synapses, self.graph, self.mapping, self.options, config.shared_cells, before
        )


def check_sum(mapping: MappingResult) -> int:
    """Return a number that differs where neurons, rows or synapses sit elsewhere."""
    placement = mapping.placement
    arrays = [placement.neuron_hicann, placement.neuron_denmem, placement.neuron_size]
    arrays.append(mapping.row_place)
    for routing in mapping.projections:
        arrays += [routing.row, routing.site]
    total = 0
    for array in arrays:
        total = zlib.crc32(np.ascontiguousarray(array, dtype=np.int32).data, total)
    return total


def same_gates(first: HardwareConfig, second: HardwareConfig) -> bool:
    """Whether two configurations of a network store the same in all floating gates."""
    pairs = [
        (first.neurons.cells, second.neurons.cells),
        (first.shared_cells.cells, second.shared_cells.cells),
    ]
    return all(np.array_equal(one[cell], other[cell]) for one, other in pairs for cell in one)
