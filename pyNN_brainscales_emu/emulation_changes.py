"""What a running emulation takes over when parts of its experiment change."""

from __future__ import annotations

from pyNN_brainscales_emu.description.bio_graph import Change
from pyNN_brainscales_emu.emulator.engine import Emulation
from pyNN_brainscales_emu.experiment.compiled import CompiledExperiment


def apply_changes(emulation: Emulation, experiment: CompiledExperiment, change: Change) -> None:
    """Let an emulation go on with an experiment of the same structure.

    Parameters
    ----------
    emulation : Emulation
    experiment : CompiledExperiment
    change : Change
        What differs from the experiment that the emulation has.
    """
    if change & Change.NEURON_PARAMETERS:
        emulation.set_neurons(experiment.neurons)
    if change & Change.INITIAL_VALUES:
        emulation.set_initial_values(experiment.neurons)
    if change & (Change.WEIGHTS | Change.NEURON_PARAMETERS):
        emulation.set_weights(experiment.synapses)
        emulation.set_plastic(experiment.plastic)
    if change & Change.STIMULI:
        emulation.set_stimuli(experiment.stimuli)
    if change & Change.CURRENTS:
        emulation.set_currents(experiment.currents)
    if change & Change.RECORDING:
        emulation.set_recording(experiment.recording)
