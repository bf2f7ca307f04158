"""Several modules with one function, as recurrence needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyNN_brainscales_emu.errors import NetworkError
from pyNN_brainscales_emu.spiking.handles import Record
from pyNN_brainscales_emu.spiking.modules.base import HXFunctionalModule, HXModule

if TYPE_CHECKING:
    from pyNN_brainscales_emu.spiking.experiment import Experiment


class HXModuleWrapper(HXFunctionalModule):
    """Modules that are computed together, by the `forward_func` of a subclass.

    Parameters
    ----------
    experiment : Experiment
    **modules : HXModule
        In the order of the outputs that `forward_func` returns.
    """

    modules: dict[str, HXModule]  # type: ignore[assignment]  # the name that hxtorch gives it

    def __init__(self, experiment: Experiment, **modules: HXModule) -> None:
        super().__init__(experiment)
        self.update(**modules)

    def update(self, **modules: HXModule) -> None:
        """Replace the modules."""
        self.modules = modules

    def contains(self, modules: HXModule | list[HXModule]) -> bool:
        """Whether all of some modules belong to the wrapper."""
        asked = modules if isinstance(modules, list) else [modules]
        return all(any(module is own for own in self.modules.values()) for module in asked)

    def forward(self, *input: Record) -> None:  # type: ignore[override]
        """Register the wrapper, after its modules were called."""
        self.experiment.connect_wrapper(self)

    def exec_forward(self, input: Any, output: Any, hw_map: dict[Any, Any]) -> None:
        """Compute all modules and fill their handles.

        Raises
        ------
        NetworkError
            If `forward_func` does not return one output for each module.
        """
        data = tuple(hw_map.get(module) for module in self.modules.values())
        returned = self.func(input, hw_data=data)
        returned = returned if isinstance(returned, tuple) else (returned,)
        if len(returned) != len(self.modules):
            raise NetworkError(
                f"{type(self).__name__}: outputs of forward_func",
                value=len(returned),
                limit=f"{len(self.modules)}, one for each of {', '.join(self.modules)}",
            )
        for handle, result in zip(output, returned, strict=True):
            handle.clone(result)
