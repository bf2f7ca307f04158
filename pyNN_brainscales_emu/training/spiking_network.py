"""The spiking network of Schmitt et al. (2017), built by the PyNN API of any back end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.errors import DataError, ParameterError
from pyNN_brainscales_emu.training.conversion import MAX_LEVEL, Levels, split
from pyNN_brainscales_emu.training.encoding import STIMULUS_DURATION
from pyNN_brainscales_emu.training.presentation import Presentation, presenter_for
from pyNN_brainscales_emu.training.quantiser import Quantiser
from pyNN_brainscales_emu.training.relu_network import LAYERS, check_weights

#: Neuron parameters of Schmitt et al. (2017), table II, in PyNN's units (mV, ms, nF). The paper
#: sets the refractory time "as small as possible" and does not give the capacitance.
NEURON_PARAMETERS: Mapping[str, float] = MappingProxyType(
    {
        "v_rest": -40.0,
        "v_reset": -64.0,
        "v_thresh": -37.5,
        "e_rev_E": 0.0,
        "e_rev_I": -80.0,
        "tau_m": 20.0,
        "tau_syn_E": 5.0,
        "tau_syn_I": 5.0,
        "tau_refrac": 0.1,
        "cm": 0.2,
        "i_offset": 0.0,
    }
)
#: Conductance of one step of a 4-bit weight, in uS at 0.2 nF. The paper does not give it; with
#: MNIST, on a wafer without variation, this value makes the label unit of the class shown fire at
#: its norm of 30 Hz. Half of it would leave the labels almost silent.
WEIGHT_UNIT = 0.62e-3
#: Conductance of the synapse from a source to its input neuron, in uS: strong enough that the
#: neuron fires once for each spike of its source.
STIMULUS_WEIGHT = 20e-3
#: Rate in Hz with which the links to a wafer are planned for each source: four times the mean of an
#: image, for its bright pixels.
PLANNED_RATE = 100.0
#: What `set_digital_weights` takes for a synapse that is switched off.
_OFF = -1
#: Delay in ms for back ends that know one; on the wafer the transport time rules.
DELAY = 1.0


class SpikingNetwork:
    """Poisson sources, an input layer that relays them, hidden layers and a label layer.

    Each pair of layers has an excitatory and an inhibitory synapse from each neuron to each, so
    that a weight can change its sign while training. `setup()` of the back end comes before,
    and is the caller's: the network knows nothing of what it runs on.

    Parameters
    ----------
    sim : module
        A PyNN back end. With `run_trials` the images are shown as trials, otherwise in slots.
    layers : sequence of int
        Number of units, from the input to the labels.
    weight_unit : float
        Conductance of one step of a weight, in uS, in layers with the scale 1.
    stimulus_weight : float
        Conductance of the synapses of the sources, in uS.
    neuron_parameters : mapping, optional
        Changes to `NEURON_PARAMETERS`.
    quantiser : Quantiser, optional
        How float weights become levels; a layer with another scale gets steps of that many times
        `weight_unit`.
    digital_weights : bool
        Write the levels as they are into the synapses, as Schmitt et al. (2017) did, where the
        back end has `set_digital_weights`: what they conduct follows the synapses' own curve, on
        which the lowest level is already a sixth of the highest. Otherwise a level asks for that
        many times `weight_unit`, and the back end takes what comes nearest.
    place : function of the tuple of layers, optional
        Says where the neurons go. By default the back end's `place_layers` is asked, if it has one;
        otherwise it places the neurons as it likes.

    Attributes
    ----------
    sources : Population
    layers : tuple of Population
        Input layer, hidden layers, label layer.
    projections : tuple of (excitatory Projection, inhibitory Projection)
        One pair for each pair of layers.
    """

    def __init__(
        self,
        sim: Any,
        layers: Sequence[int] = LAYERS,
        *,
        weight_unit: float = WEIGHT_UNIT,
        stimulus_weight: float = STIMULUS_WEIGHT,
        neuron_parameters: Mapping[str, float] | None = None,
        quantiser: Quantiser | None = None,
        digital_weights: bool = False,
        place: Callable[[tuple[Any, ...]], object] | None = None,
    ) -> None:
        _check_positive("weight_unit", weight_unit)
        _check_positive("stimulus_weight", stimulus_weight)
        self.sizes = tuple(layers)
        self.weight_unit = float(weight_unit)
        self.quantiser = quantiser or Quantiser()
        self._units = [
            self.weight_unit * scale for scale in self.quantiser.scales_of(len(self.sizes) - 1)
        ]
        self._sim = sim
        self.sources = self._create_sources()
        self.layers = self._create_layers({**NEURON_PARAMETERS, **(neuron_parameters or {})})
        place = place or getattr(sim, "place_layers", None)
        if place is not None:
            place(self.layers)
        self._connect_sources(stimulus_weight)
        self.projections = tuple(
            self._connect_layers(pre, post, unit)
            for (pre, post), unit in zip(pairwise(self.layers), self._units, strict=True)
        )
        self.digital_weights = digital_weights
        self._presenter = presenter_for(sim, self.sources, self.layers)

    def set_weights(self, levels: Sequence[Levels]) -> None:
        """Set all weights.

        Parameters
        ----------
        levels : sequence of arrays of int, (n_pre, n_post)
            Signed 4-bit weights, -15 to 15.

        Raises
        ------
        ParameterError
            If the weights do not fit the layers or are no 4-bit weights.
        """
        check_weights(levels, self.sizes)
        if self.digital_weights and not self._takes_levels():
            raise ParameterError(
                "SpikingNetwork: digital_weights",
                value=True,
                limit="a back end whose projections have set_digital_weights()",
                remedy="Leave it out: levels then ask for multiples of weight_unit.",
            )
        halves = [split(level) for level in levels]  # checks all before the first is set
        for pair, magnitudes, unit in zip(self.projections, halves, self._units, strict=True):
            for projection, magnitude in zip(pair, magnitudes, strict=True):
                if self.digital_weights:
                    projection.set_digital_weights(np.where(magnitude > 0, magnitude, _OFF))
                else:
                    projection.set(weight=magnitude * unit)

    def present(
        self,
        rates: NDArray[np.float64],
        generator: np.random.Generator,
        *,
        keep_spikes: bool = False,
        progress: bool = True,
    ) -> Presentation:
        """Show images to the network and return what its layers answer.

        Parameters
        ----------
        rates : array, (n_images, n_pixels)
            Rates of the sources in Hz.
        generator : numpy.random.Generator
            Decides about the spike trains of the sources.
        keep_spikes : bool
            Return the spikes too, not their numbers only.
        progress : bool
            Show a progress bar when there is much to do.

        Raises
        ------
        DataError
            If the rates have the wrong shape or are negative or not numbers.
        """
        return self._presenter.present(
            self._checked(rates), generator, keep_spikes=keep_spikes, progress=progress
        )

    def _takes_levels(self) -> bool:
        return all(hasattr(one, "set_digital_weights") for pair in self.projections for one in pair)

    def _create_sources(self) -> Any:
        sim = self._sim
        if hasattr(sim, "run_trials"):
            cells = sim.SpikeSourcePoisson(rate=PLANNED_RATE, start=0.0, duration=STIMULUS_DURATION)
        else:
            cells = sim.SpikeSourceArray(spike_times=[])
        return sim.Population(self.sizes[0], cells, label="sources")

    def _create_layers(self, parameters: Mapping[str, float]) -> tuple[Any, ...]:
        hidden = [f"hidden {index + 1}" for index in range(len(self.sizes) - 2)]
        layers = []
        for size, label in zip(self.sizes, ["input", *hidden, "label"], strict=True):
            layer = self._sim.Population(size, self._sim.IF_cond_exp(**parameters), label=label)
            layer.initialize(v=parameters["v_rest"])
            layers.append(layer)
        return tuple(layers)

    def _connect_sources(self, weight: float) -> None:
        self._sim.Projection(
            self.sources,
            self.layers[0],
            self._sim.OneToOneConnector(),
            self._sim.StaticSynapse(weight=weight, delay=DELAY),
            receptor_type="excitatory",
            label="stimulus",
        )

    def _connect_layers(self, pre: Any, post: Any, unit: float) -> tuple[Any, Any]:
        excitatory, inhibitory = (
            self._sim.Projection(
                pre,
                post,
                self._sim.AllToAllConnector(),
                self._sim.StaticSynapse(weight=0.0, delay=DELAY),
                receptor_type=receptor_type,
                label=f"{pre.label} to {post.label}, {receptor_type}",
            )
            for receptor_type in ("excitatory", "inhibitory")
        )
        for projection in (excitatory, inhibitory):
            # Without it the strength scale of a row would follow its largest weight, and one
            # step of a weight would change its meaning in the course of the training.
            if hasattr(projection, "set_gmax"):
                projection.set_gmax(MAX_LEVEL * unit)
        return excitatory, inhibitory

    def _checked(self, rates: NDArray[np.float64]) -> NDArray[np.float64]:
        rates = np.asarray(rates, dtype=np.float64)
        if rates.ndim != 2 or rates.shape[1] != self.sizes[0] or len(rates) == 0:
            raise DataError(
                "rates do not fit the input layer",
                value=rates.shape,
                limit=f"(n_images, {self.sizes[0]}), at least one image",
            )
        if not (np.isfinite(rates).all() and rates.min() >= 0):
            raise DataError(
                "rates are negative or not numbers",
                value=(float(rates.min()), float(rates.max())),
                limit="Hz from 0 on",
            )
        return rates


def _check_positive(name: str, value: float) -> None:
    if not (np.isfinite(value) and value > 0):
        raise ParameterError(
            f"SpikingNetwork: {name}", value=value, limit="a positive number of uS"
        )
