"""How many single-chip runs a network of layers takes, one after the other.

The rule of Arnold et al. (2025), figure 2: a neuron with fan-in f takes ceil(f / inputs of a
circuit) circuits, a chip has room for floor(circuits / that) such neurons, and a layer takes as
many runs as it fills chips. What the layers are is all that is needed, so networks of millions of
neurons are counted at once. Not modelled: synapse rows, routing and the rate of events on the link.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pyNN_brainscales_emu.errors import CapacityError, NetworkError
from pyNN_brainscales_emu.partition.capacity import Capacity, capacity_of
from pyNN_brainscales_emu.partition.layers import Dense, Layer, LayeredNetwork, Pooling


@dataclass(frozen=True)
class LayerRuns:
    """The runs of one layer.

    Parameters
    ----------
    layer : str
    neurons, fan_in : int
    circuits_per_neuron : int
    neurons_per_run : int
        The most that one chip has room for.
    runs : int
    needs_several_chips : bool
        Whether the layer is recurrent and larger than the chip: its parts cannot run one after
        the other, as each needs the others' spikes. The runs then are chips side by side.
    """

    layer: str
    neurons: int
    fan_in: int
    circuits_per_neuron: int
    neurons_per_run: int
    runs: int
    needs_several_chips: bool


@dataclass(frozen=True)
class RunCounts:
    """The runs of a network; printable.

    Parameters
    ----------
    network : LayeredNetwork
    capacity : Capacity
    layers : tuple of LayerRuns
        Layers that have neurons.
    """

    network: LayeredNetwork
    capacity: Capacity
    layers: tuple[LayerRuns, ...]

    @property
    def total(self) -> int:
        """Runs of all layers, each layer in runs of its own."""
        return sum(layer.runs for layer in self.layers)

    @property
    def total_merged(self) -> int:
        """Runs where neighbouring layers of a single run share it, as far as they fit together."""
        total, free = 0, 0
        for layer in self.layers:
            needed = layer.neurons * layer.circuits_per_neuron
            if layer.runs == 1 and needed <= free:
                free -= needed
            else:
                total += layer.runs
                free = self.capacity.circuits - needed if layer.runs == 1 else 0
        return total

    @property
    def neurons(self) -> int:
        """Neurons of all layers."""
        return sum(layer.neurons for layer in self.layers)

    @property
    def needs_several_chips(self) -> bool:
        """Whether a recurrent layer is larger than one chip."""
        return any(layer.needs_several_chips for layer in self.layers)

    def __str__(self) -> str:
        head = ("layer", "neurons", "fan-in", "circuits each", "neurons a run", "runs")
        rows = [
            (
                layer.layer + (" *" if layer.needs_several_chips else ""),
                *(f"{n:,}".replace(",", " ") for n in _numbers(layer)),
            )
            for layer in self.layers
        ]
        widths = [max(len(row[k]) for row in (head, *rows)) for k in range(len(head))]
        lines = [
            "  ".join(
                [row[0].ljust(widths[0])]
                + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
            ).rstrip()
            for row in (head, *rows)
        ]
        merged = self.total_merged
        shared = f" ({merged} with layers that share a run)" if merged < self.total else ""
        title = f"{self.network.name}: {_counted(self.total, 'run')} of one chip{shared}"
        note = ["* recurrent and larger than the chip: several chips side by side"]
        return "\n".join([title, *lines, *(note if self.needs_several_chips else [])])


def count_runs(
    layers: LayeredNetwork | str | Sequence[Layer],
    *,
    inputs: int | tuple[int, int, int] | None = None,
    chip: str | Capacity = "brainscales2",
) -> RunCounts:
    """Count the single-chip runs of a network.

    Parameters
    ----------
    layers : LayeredNetwork, str, or sequence of Layer
        The network; a text as `LayeredNetwork.parse` reads it, or layers with `inputs`.
    inputs : int or tuple of int, optional
        Number of inputs, or channels, height and width, if `layers` is a sequence.
    chip : str or Capacity
        The chip's name, or what it has room for.

    Returns
    -------
    RunCounts

    Raises
    ------
    NetworkError
        If the layers do not fit together.
    CapacityError
        If neurons have more inputs than a whole chip, with all such layers.

    Examples
    --------
    >>> count_runs("784 dense256 dense10").total
    5
    """
    network = _network_of(layers, inputs)
    capacity = capacity_of(chip)
    shape, counted, too_large = network.inputs, [], []
    for layer in network.layers:
        if not isinstance(layer, Pooling):
            shape_after = layer.shape_after(shape)
            runs = _runs_of(layer, layer.fan_in(shape), math.prod(shape_after), capacity)
            counted.append(runs)
            too_large += [runs] if runs.fan_in > capacity.most_inputs else []
        shape = layer.shape_after(shape)
    if too_large:
        named = ", ".join(f"{runs.layer} has {runs.fan_in}" for runs in too_large)
        raise CapacityError(
            f"network {network.name}: a neuron has more inputs than the chip: {named}",
            limit=f"{capacity.most_inputs} signed inputs",
            remedy="Make the layer before smaller, or pool it.",
        )
    return RunCounts(network, capacity, tuple(counted))


def _network_of(
    layers: LayeredNetwork | str | Sequence[Layer], inputs: int | tuple[int, int, int] | None
) -> LayeredNetwork:
    if isinstance(layers, LayeredNetwork):
        return layers
    if isinstance(layers, str):
        return LayeredNetwork.parse(layers)
    if inputs is None:
        raise NetworkError(
            "count_runs() with a sequence of layers needs the shape of the input",
            remedy="Give inputs=784, or inputs=(3, 32, 32).",
        )
    shape = (inputs, 1, 1) if isinstance(inputs, int) else inputs
    network = LayeredNetwork("network", shape, tuple(layers))
    return LayeredNetwork(str(network), shape, network.layers)


def _runs_of(layer: Layer, fan_in: int, neurons: int, capacity: Capacity) -> LayerRuns:
    circuits = min(capacity.circuits_for(fan_in), capacity.circuits)
    per_run = capacity.neurons_of(circuits)
    runs = -(-neurons // per_run)
    recurrent = isinstance(layer, Dense) and layer.recurrent
    return LayerRuns(str(layer), neurons, fan_in, circuits, per_run, runs, recurrent and runs > 1)


def _numbers(layer: LayerRuns) -> tuple[int, ...]:
    return (
        layer.neurons,
        layer.fan_in,
        layer.circuits_per_neuron,
        layer.neurons_per_run,
        layer.runs,
    )


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}".replace(",", " ")
