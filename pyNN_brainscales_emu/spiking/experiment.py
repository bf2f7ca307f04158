"""An experiment: modules, and how they are run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pyNN_brainscales_emu.errors import OptionError
from pyNN_brainscales_emu.spiking.execution_instance import ExecutionInstance
from pyNN_brainscales_emu.spiking.module_manager import ModuleManager


@dataclass
class ExecutionInfo:
    """What is known about a run on a chip.

    Parameters
    ----------
    time : dict
        Durations in s, by stage.
    health : dict
        Counters of the links.
    """

    time: dict[str, float]
    health: dict[str, int]


class Experiment:
    """Modules that run together.

    Parameters
    ----------
    mock : bool
        Whether the differentiable model alone is computed, without a chip.
    dt : float
        Time step in s.
    hw_routing_func : optional
        Accepted for scripts of hxtorch, and not used.
    """

    def __init__(
        self, mock: bool = False, dt: float = 1e-6, hw_routing_func: object = None
    ) -> None:
        if not dt > 0:
            raise OptionError("Experiment: dt", value=dt, limit="above 0 s")
        self.mock, self.dt = mock, dt
        self.modules = ModuleManager()
        self._default_instance: ExecutionInstance | None = None
        self.inter_batch_entry_routing_disabled = True
        self.inter_batch_entry_wait: int | None = None

    @property
    def default_execution_instance(self) -> ExecutionInstance:
        """The run of modules that name none."""
        if self._default_instance is None:
            self._default_instance = ExecutionInstance()
        return self._default_instance

    @default_execution_instance.setter
    def default_execution_instance(self, instance: ExecutionInstance | None) -> None:
        self._default_instance = instance

    def connect(self, module: Any, inputs: tuple[Any, ...], output: Any) -> None:
        """Note that a module was called."""
        self.modules.add_node(module, inputs, output)

    def connect_wrapper(self, wrapper: Any) -> None:
        """Note that a wrapper was called, after its modules."""
        self.modules.add_wrapper(wrapper)

    def clear(self) -> None:
        """Forget what was called."""
        self.modules.clear()
        self._default_instance = None

    def get_hw_results(self, runtime: int | None) -> tuple[dict[Any, Any], ExecutionInfo | None]:
        """Run the chip; return what it measured by module, and information on the run.

        A mock has no chip and measures nothing.
        """
        self.modules.pre_process(self)
        if self.mock:
            return {}, None
        raise OptionError(
            "Experiment: the chip is not emulated yet",
            value="mock=False",
            remedy="Use Experiment(mock=True), the differentiable model without a chip.",
        )


def run(experiment: Experiment, runtime: int | None) -> ExecutionInfo | None:
    """Compute all modules that were called since the last run, and fill their handles.

    Parameters
    ----------
    experiment : Experiment
    runtime : int or None
        Time steps that the chip runs; a mock takes as many as its input has.

    Returns
    -------
    ExecutionInfo or None
        None for a mock.

    Raises
    ------
    OptionError
        If the runtime is no whole number and a chip is to run.
    NetworkError
        If modules need each other in a circle.
    """
    if not experiment.mock and (isinstance(runtime, bool) or not isinstance(runtime, int)):
        raise OptionError("run(): runtime", value=runtime, limit="a whole number of time steps")
    measured, info = experiment.get_hw_results(runtime)
    for module, inputs, output in experiment.modules.done():
        module.exec_forward(inputs, output, measured)
    return info
