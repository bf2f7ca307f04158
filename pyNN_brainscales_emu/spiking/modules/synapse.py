"""Layers of synapses."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch

from pyNN_brainscales_emu.errors import NetworkError
from pyNN_brainscales_emu.spiking import functional
from pyNN_brainscales_emu.spiking.handles import SynapseHandle
from pyNN_brainscales_emu.spiking.modules.base import Projection
from pyNN_brainscales_emu.spiking.transforms.weight_transforms import linear_saturating

if TYPE_CHECKING:
    from pyNN_brainscales_emu.spiking.execution_instance import ExecutionInstance
    from pyNN_brainscales_emu.spiking.experiment import Experiment

Transform = Callable[[torch.Tensor], torch.Tensor]


class Synapse(Projection):
    """Synapses from all inputs to all outputs, without a bias.

    Parameters
    ----------
    in_features, out_features : int
    experiment : Experiment
    execution_instance, chip_coordinate
        As for `HXModule`.
    device, dtype : optional
        Of the weights.
    transform : callable
        From model weights to chip weights, -63 to 63; these are rounded.
    plasticity_rule : None
        Rules on the chip are not modelled.

    Attributes
    ----------
    weight : torch.nn.Parameter, (out_features, in_features)
    """

    output_type = SynapseHandle

    def __init__(
        self,
        in_features: int,
        out_features: int,
        experiment: Experiment,
        execution_instance: ExecutionInstance | None = None,
        chip_coordinate: object = None,
        device: Any = None,
        dtype: torch.dtype | None = None,
        transform: Transform = linear_saturating,
        plasticity_rule: None = None,
    ) -> None:
        super().__init__(in_features, out_features, experiment, execution_instance, chip_coordinate)
        if plasticity_rule is not None:
            raise NetworkError(
                "Synapse: plasticity rules of the chip are not modelled", value=plasticity_rule
            )
        self.weight = torch.nn.Parameter(
            torch.empty((out_features, in_features), device=device, dtype=dtype)
        )
        self.weight_transform = transform
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the weights as `torch.nn.Linear` does."""
        torch.nn.init.kaiming_uniform_(self.weight, a=math.sqrt(5))

    def forward_func(self, input: Any) -> Any:
        """Return the weighted spikes."""
        return SynapseHandle(graded_spikes=functional.linear(input.spikes, self.weight))


class EventPropSynapse(Synapse):
    """Synapses that hand on the two adjoints of EventProp; to be followed by `EventPropLIF`."""

    def forward_func(self, input: Any) -> Any:
        """Return the weighted spikes, as a stacked pair."""
        weighted = functional.EventPropSynapseFunction.apply(  # type: ignore[no-untyped-call]
            input.spikes, self.weight, None
        )
        return SynapseHandle(graded_spikes=weighted)


class SparseSynapse(Synapse):
    """Synapses where a matrix says so.

    Parameters
    ----------
    connections : tensor (in_features, out_features), dense or sparse
        What is not zero is connected.
    experiment, execution_instance, chip_coordinate, device, dtype, transform
        As for `Synapse`.
    """

    def __init__(
        self,
        connections: torch.Tensor,
        experiment: Experiment,
        execution_instance: ExecutionInstance | None = None,
        chip_coordinate: object = None,
        device: Any = None,
        dtype: torch.dtype | None = None,
        transform: Transform = linear_saturating,
    ) -> None:
        dense = connections.to_dense() if connections.is_sparse else connections
        self._mask = (dense != 0).t()
        in_features, out_features = dense.shape
        super().__init__(
            in_features,
            out_features,
            experiment,
            execution_instance,
            chip_coordinate,
            device=device,
            dtype=dtype,
            transform=transform,
        )

    def reset_parameters(self) -> None:
        """Draw the weights by the number of connections of each output."""
        super().reset_parameters()
        with torch.no_grad():
            fan_in = self._mask.sum(dim=1, keepdim=True).clamp(min=1)
            self.weight.mul_(math.sqrt(self.in_features) / fan_in.sqrt())
            self.weight.masked_fill_(~self._mask, 0.0)

    def forward_func(self, input: Any) -> Any:
        """Return the weighted spikes."""
        weighted = functional.linear_sparse(
            input.spikes, self.weight, self._mask.to(self.weight.device)
        )
        return SynapseHandle(graded_spikes=weighted)
