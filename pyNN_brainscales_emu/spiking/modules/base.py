"""What all modules share: they register when they are called, and compute when it is run."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch

from pyNN_brainscales_emu.spiking.handles import Record, TensorHandle

if TYPE_CHECKING:
    from pyNN_brainscales_emu.spiking.execution_instance import ExecutionInstance
    from pyNN_brainscales_emu.spiking.experiment import Experiment


class HXBaseExperimentModule(torch.nn.Module):
    """A module of an experiment.

    Parameters
    ----------
    experiment : Experiment
    """

    output_type: type[Record] = TensorHandle

    def __init__(self, experiment: Experiment) -> None:
        super().__init__()
        self.experiment = experiment
        self._output_handle = self.output_type()

    def forward(self, *input: Record) -> Record:
        """Register the module; return the handle that the next run fills."""
        self.experiment.connect(self, input, self._output_handle)
        return self._output_handle

    def forward_func(self, input: Any) -> Any:
        """Compute the output; modules override this."""
        return input

    @property
    def func(self) -> Callable[..., Any]:
        """`forward_func`, called with a tuple of inputs and ``hw_data``."""
        function: Callable[..., Any] = self.forward_func
        takes_data = "hw_data" in inspect.signature(function).parameters

        def call(inputs: tuple[Any, ...], hw_data: Any = None) -> Any:
            return function(*inputs, hw_data=hw_data) if takes_data else function(*inputs)

        return call

    def exec_forward(
        self, input: tuple[Record, ...] | Record, output: Record, hw_map: dict[Any, Any]
    ) -> None:
        """Compute and fill the output handle.

        Parameters
        ----------
        input : tuple of handles
        output : handle
        hw_map : dict
            Measured data by module.
        """
        inputs = input if isinstance(input, tuple) else (input,)
        output.clone(self.func(inputs, hw_data=hw_map.get(self)))

    def extra_repr(self) -> str:
        """Return what `print` adds to the name."""
        return ""


class HXFunctionalModule(HXBaseExperimentModule):
    """A module without a place on the chip."""


class HXModule(HXBaseExperimentModule):
    """A module with a place on the chip.

    Parameters
    ----------
    experiment : Experiment
    execution_instance : ExecutionInstance, optional
        The run of the chip that the module belongs to; the experiment's own by default.
    chip_coordinate : any, optional
        Accepted for scripts of hxtorch, and not used.
    """

    def __init__(
        self,
        experiment: Experiment,
        execution_instance: ExecutionInstance | None = None,
        chip_coordinate: object = None,
    ) -> None:
        super().__init__(experiment)
        if execution_instance is None and not experiment.mock:
            execution_instance = experiment.default_execution_instance
        self.execution_instance = execution_instance
        self.chip_coordinate = chip_coordinate


class Population(HXModule):
    """Neurons or sources: what synapses connect.

    Parameters
    ----------
    size : int
    experiment, execution_instance, chip_coordinate
        As for `HXModule`.
    """

    def __init__(
        self,
        size: int,
        experiment: Experiment,
        execution_instance: ExecutionInstance | None = None,
        chip_coordinate: object = None,
    ) -> None:
        super().__init__(experiment, execution_instance, chip_coordinate)
        self.size = size

    def extra_repr(self) -> str:
        """Return the size."""
        return f"size={self.size}"


class Projection(HXModule):
    """Synapses.

    Parameters
    ----------
    in_features, out_features : int
    experiment, execution_instance, chip_coordinate
        As for `HXModule`.
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        experiment: Experiment,
        execution_instance: ExecutionInstance | None = None,
        chip_coordinate: object = None,
    ) -> None:
        super().__init__(experiment, execution_instance, chip_coordinate)
        self.in_features = in_features
        self.out_features = out_features

    def extra_repr(self) -> str:
        """Return the sizes."""
        return f"in_features={self.in_features}, out_features={self.out_features}"
