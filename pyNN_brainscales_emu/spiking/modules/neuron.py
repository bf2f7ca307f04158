"""Layers of neurons: the differentiable model, and what the chip is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import torch

from pyNN_brainscales_emu.spiking import functional
from pyNN_brainscales_emu.spiking.handles import (
    Handle,
    LIFObservables,
    LIObservables,
    Record,
    handle_type,
)
from pyNN_brainscales_emu.spiking.modules.base import Population
from pyNN_brainscales_emu.spiking.parameters import (
    HXBaseParameter,
    HXTransformedModelParameter,
    as_parameter,
)

if TYPE_CHECKING:
    from pyNN_brainscales_emu.spiking.execution_instance import ExecutionInstance
    from pyNN_brainscales_emu.spiking.experiment import Experiment

#: Model capacitance of the largest membrane capacitor, in s: that of a leak conductance of 1 at the
#: default time constant.
_MODEL_CAPACITANCE: Final = 10e-6
_CAPACITANCE_MAX: Final = 63
#: What a layer of neurons may be told about recording and reading out, and the default.
_READOUT_DEFAULTS: Final = {
    "enable_spike_recording": True,
    "enable_cadc_recording": True,
    "enable_cadc_recording_placement_in_dram": False,
    "enable_madc_recording": False,
    "record_neuron_id": None,
    "placement_constraint": None,
    "trace_offset": 0.0,
    "trace_scale": 1.0,
    "cadc_time_shift": 0,
    "shift_cadc_to_first": False,
    "interpolation_mode": "linear",
    "neuron_structure": None,
}


def default_capacitance() -> HXTransformedModelParameter:
    """Return the largest capacitance of a circuit."""
    return HXTransformedModelParameter(
        _MODEL_CAPACITANCE, lambda value: value / _MODEL_CAPACITANCE * _CAPACITANCE_MAX
    )


class AELIF(Population):
    """Adaptive exponential leaky integrate-and-fire neurons.

    Numbers and tensors are the same for chip and model; see `HXParameter` and its relatives for
    different ones.

    Parameters
    ----------
    size : int
    experiment : Experiment
    leak, reset, threshold : parameter
        Chip: LSB of the CADC.
    tau_mem, tau_syn, refractory_time, holdoff_time : parameter
        In s.
    i_synin_gm, synapse_dac_bias : parameter
        Strength of synaptic inputs on the chip; the same for all neurons of an execution instance.
    membrane_capacitance : parameter
        Chip: 0 to 63. Model: in s, for a leak conductance of 1 at `tau_mem` of this value.
    method, alpha
        Of the surrogate gradient; see `functional.threshold`.
    exponential_slope, exponential_threshold : parameter
    subthreshold_adaptation_strength, spike_triggered_adaptation_increment, tau_adap : parameter
    leak_adaptation : parameter, optional
    execution_instance, chip_coordinate
        As for `HXModule`.
    leaky, fire, exponential, subthreshold_adaptation, spike_triggered_adaptation : bool
        Which terms the equations have.
    clock_scale_adaptation_pulse, cadc_readout_source, madc_readout_source
        Accepted for scripts of hxtorch, and kept.
    **others
        What is recorded and how it is scaled (`enable_spike_recording`, `enable_cadc_recording`,
        `trace_offset`, `trace_scale`, `cadc_time_shift`, `shift_cadc_to_first`,
        `interpolation_mode`), where neurons sit (`placement_constraint`, `neuron_structure`), and
        further parameters.
    """

    def __init__(
        self,
        size: int,
        experiment: Experiment,
        leak: Any = 80,
        reset: Any = 80,
        threshold: Any = 125,
        tau_mem: Any = 10e-6,
        tau_syn: Any = 10e-6,
        i_synin_gm: Any = 500,
        membrane_capacitance: Any = None,
        refractory_time: Any = 1e-6,
        synapse_dac_bias: Any = 600,
        holdoff_time: Any = 0.0,
        method: str = "superspike",
        alpha: float = 50.0,
        exponential_slope: Any = 50e-3,
        exponential_threshold: Any = 110,
        subthreshold_adaptation_strength: Any = 1,
        spike_triggered_adaptation_increment: Any = 1,
        clock_scale_adaptation_pulse: tuple[int, int] = (5, 5),
        tau_adap: Any = 100e-6,
        leak_adaptation: Any = None,
        execution_instance: ExecutionInstance | None = None,
        chip_coordinate: object = None,
        *,
        leaky: bool = True,
        fire: bool = True,
        exponential: bool = True,
        subthreshold_adaptation: bool = True,
        spike_triggered_adaptation: bool = True,
        cadc_readout_source: object = None,
        madc_readout_source: object = None,
        **others: Any,
    ) -> None:
        super().__init__(size, experiment, execution_instance, chip_coordinate)
        if membrane_capacitance is None:
            membrane_capacitance = default_capacitance()
        parameters = {
            "leak": leak,
            "reset": reset,
            "threshold": threshold,
            "tau_mem": tau_mem,
            "tau_syn": tau_syn,
            "i_synin_gm": i_synin_gm,
            "membrane_capacitance": membrane_capacitance,
            "refractory_time": refractory_time,
            "synapse_dac_bias": synapse_dac_bias,
            "holdoff_time": holdoff_time,
            "exponential_slope": exponential_slope,
            "exponential_threshold": exponential_threshold,
            "subthreshold_adaptation_strength": subthreshold_adaptation_strength,
            "spike_triggered_adaptation_increment": spike_triggered_adaptation_increment,
            "tau_adap": tau_adap,
            "leak_adaptation": leak if leak_adaptation is None else leak_adaptation,
        }
        readout = {name: others.pop(name, value) for name, value in _READOUT_DEFAULTS.items()}
        self.parameter_names = (*parameters, *others)
        for name, value in {**parameters, **others}.items():
            setattr(self, name, as_parameter(value))
        for name, value in readout.items():
            setattr(self, name, value)
        self.method, self.alpha = method, alpha
        self.clock_scale_adaptation_pulse = clock_scale_adaptation_pulse
        self.cadc_readout_source, self.madc_readout_source = (
            cadc_readout_source,
            madc_readout_source,
        )
        self.leaky, self.fire, self.exponential = leaky, fire, exponential
        self.subthreshold_adaptation = subthreshold_adaptation
        self.spike_triggered_adaptation = spike_triggered_adaptation
        self.mask: torch.Tensor | None = None
        self._output_handle = self._observables()()

    @property
    def adaptation(self) -> bool:
        """Whether the equations have an adaptation current."""
        return self.subthreshold_adaptation or self.spike_triggered_adaptation

    def params_dict(self) -> dict[str, HXBaseParameter]:
        """Return the parameters by name."""
        return {name: getattr(self, name) for name in self.parameter_names}

    def model_values(self) -> dict[str, Any]:
        """Return the model's values of the parameters by name."""
        return {name: parameter.model_value for name, parameter in self.params_dict().items()}

    def _observables(self) -> type[Record]:
        names = ["membrane_cadc", "membrane_madc", "current"]
        names += ["adaptation_cadc", "adaptation_madc"] if self.adaptation else []
        names += ["spikes"] if self.fire else []
        return handle_type(*names)

    def forward_func(self, *input: Any, hw_data: Any = None) -> Any:
        """Integrate the model, along what was measured if there is `hw_data`."""
        values = self.model_values()
        results = functional.cuba_aelif_integration(
            tuple(handle.graded_spikes for handle in input),
            leak=values["leak"],
            reset=values["reset"],
            threshold=values["threshold"],
            tau_syn=values["tau_syn"],
            c_mem=values["membrane_capacitance"],
            g_l=values["membrane_capacitance"] / values["tau_mem"],
            refractory_time=values["refractory_time"],
            method=self.method,
            alpha=self.alpha,
            exp_slope=values["exponential_slope"],
            exp_threshold=values["exponential_threshold"],
            subthreshold_adaptation_strength=values["subthreshold_adaptation_strength"],
            spike_triggered_adaptation_increment=values["spike_triggered_adaptation_increment"],
            tau_adap=values["tau_adap"],
            hw_data=hw_data,
            dt=self.experiment.dt,
            leaky=self.leaky,
            fire=self.fire,
            refractory=self.fire and _is_any(values["refractory_time"]),
            exponential=self.exponential,
            subthreshold_adaptation=self.subthreshold_adaptation,
            spike_triggered_adaptation=self.spike_triggered_adaptation,
        )
        names = ("membrane_cadc", "membrane_madc", "current", "adaptation_cadc", "adaptation_madc",
                 "spikes")  # fmt: skip
        observables = self._observables()
        found = dict(zip(names, results, strict=True))
        return observables(**{name: found[name] for name in observables.fields})


class LIF(AELIF):
    """Leaky integrate-and-fire neurons; parameters as for `AELIF` as far as these have them."""

    output_type = LIFObservables

    def __init__(self, size: int, experiment: Experiment, *values: Any, **named: Any) -> None:
        terms = {
            "fire": True,
            "exponential": False,
            "subthreshold_adaptation": False,
            "spike_triggered_adaptation": False,
        }
        super().__init__(size, experiment, *values, **{**terms, **named})


class LI(AELIF):
    """Leaky integrators, which never spike; parameters as for `AELIF` as far as these have them."""

    output_type = LIObservables

    def __init__(
        self,
        size: int,
        experiment: Experiment,
        leak: Any = 80,
        tau_mem: Any = 10e-6,
        tau_syn: Any = 10e-6,
        i_synin_gm: Any = 500,
        membrane_capacitance: Any = None,
        synapse_dac_bias: Any = 600,
        execution_instance: ExecutionInstance | None = None,
        **named: Any,
    ) -> None:
        terms = {
            "fire": False,
            "exponential": False,
            "subthreshold_adaptation": False,
            "spike_triggered_adaptation": False,
        }
        super().__init__(
            size,
            experiment,
            leak=leak,
            tau_mem=tau_mem,
            tau_syn=tau_syn,
            i_synin_gm=i_synin_gm,
            membrane_capacitance=membrane_capacitance,
            synapse_dac_bias=synapse_dac_bias,
            execution_instance=execution_instance,
            **{**terms, **named},
        )


class EventPropLIF(LIF):
    """Leaky integrate-and-fire neurons with the gradient of EventProp.

    They follow an `EventPropSynapse`. The model has no refractory time.
    """

    def forward_func(self, *input: Any, hw_data: Any = None) -> Any:
        """Return what was measured, or integrate the model."""
        (synapses,) = input
        values = self.model_values()
        spikes, membrane, current = functional.EventPropLIFFunction.apply(  # type: ignore[no-untyped-call]
            synapses.graded_spikes,
            values["leak"],
            values["reset"],
            values["threshold"],
            values["tau_syn"],
            values["tau_mem"],
            hw_data,
            self.experiment.dt,
        )
        return Handle(membrane_cadc=membrane, membrane_madc=None, current=current, spikes=spikes)


class NeuronExp(LIF):
    """Leaky integrate-and-fire neurons with ``exp(-dt / tau)`` in place of time constants."""

    def forward_func(self, *input: Any, hw_data: Any = None) -> Any:
        """Integrate the model with exact decay."""
        (synapses,) = input
        values = self.model_values()
        spikes, membrane, current, madc = functional.exp_cuba_lif_integration(
            synapses.graded_spikes,
            leak=values["leak"],
            reset=values["reset"],
            threshold=values["threshold"],
            tau_syn_exp=values["tau_syn"],
            tau_mem_exp=values["tau_mem"],
            method=self.method,
            alpha=self.alpha,
            hw_data=hw_data,
        )
        return Handle(membrane_cadc=membrane, membrane_madc=madc, current=current, spikes=spikes)


class ReadoutNeuronExp(LI):
    """Leaky integrators with ``exp(-dt / tau)`` in place of time constants."""

    def forward_func(self, *input: Any, hw_data: Any = None) -> Any:
        """Integrate the model with exact decay."""
        values = self.model_values()
        membrane, current, madc = functional.exp_cuba_li_integration(
            tuple(handle.graded_spikes for handle in input),
            leak=values["leak"],
            tau_syn_exp=values["tau_syn"],
            tau_mem_exp=values["tau_mem"],
            hw_data=hw_data,
        )
        return Handle(membrane_cadc=membrane, membrane_madc=madc, current=current)


def _is_any(time: Any) -> bool:
    return bool((time != 0).any()) if isinstance(time, torch.Tensor) else bool(time != 0)
