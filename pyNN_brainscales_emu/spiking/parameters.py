"""Parameters of neurons: one value for the model, one for the chip."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

import torch

from pyNN_brainscales_emu.errors import ParameterError


class HXBaseParameter(torch.nn.Module):
    """A parameter with a value for the chip and one for the model.

    Parameters
    ----------
    hardware_value, model_value : tensor or number
    """

    def __init__(self, hardware_value: Any, model_value: Any) -> None:
        super().__init__()
        self._hardware_value = hardware_value
        self._model_value = model_value
        self.set_on_chip_func: Callable[..., None] | None = None

    @property
    def hardware_value(self) -> Any:
        """The value that the chip is calibrated to."""
        return self._hardware_value

    @hardware_value.setter
    def hardware_value(self, value: Any) -> None:
        self._hardware_value = value

    @property
    def model_value(self) -> Any:
        """The value in the equations of the model."""
        return self._model_value

    @model_value.setter
    def model_value(self, value: Any) -> None:
        self._model_value = value

    def make_trainable(self, set_on_chip_func: Callable[..., None] | None = None) -> Self:
        """Make the model's value a parameter that optimisers change; return this object."""
        self.set_on_chip_func = set_on_chip_func
        value = self._model_value
        value = value if isinstance(value, torch.Tensor) else torch.tensor(value)
        self._model_value = torch.nn.Parameter(value)
        return self

    def is_trainable(self) -> bool:
        """Whether the model's value is a parameter of an optimiser."""
        return isinstance(self._model_value, torch.nn.Parameter)

    def forward(self) -> Any:
        """Return the model's value."""
        return self._model_value

    def extra_repr(self) -> str:
        """Return both values, for `print`."""
        return f"hardware_value={self.hardware_value}, model_value={self.model_value}"


class HXParameter(HXBaseParameter):
    """The same value for chip and model."""

    def __init__(self, value: Any) -> None:
        super().__init__(value, value)

    @property
    def model_value(self) -> Any:
        """The value, as the chip has it."""
        return self._model_value if self.is_trainable() else self._hardware_value

    @model_value.setter
    def model_value(self, value: Any) -> None:
        self._model_value = self._hardware_value = value


class ModelParameter(HXBaseParameter):
    """The same value for model and chip, set by the model."""

    def __init__(self, model_value: Any) -> None:
        super().__init__(model_value, model_value)

    @property
    def hardware_value(self) -> Any:
        """The value, as the model has it."""
        return self._model_value

    @hardware_value.setter
    def hardware_value(self, value: Any) -> None:
        self._model_value = value


class MixedHXModelParameter(HXBaseParameter):
    """Independent values for model and chip."""

    def __init__(self, model_value: Any, hardware_value: Any) -> None:
        super().__init__(hardware_value, model_value)


class HXTransformedModelParameter(HXBaseParameter):
    """The chip's value is a function of the model's."""

    def __init__(self, model_value: Any, transform_func: Callable[[Any], Any]) -> None:
        super().__init__(None, model_value)
        self._transform = transform_func

    @property
    def hardware_value(self) -> Any:
        """The model's value, transformed; it cannot be set."""
        return self._transform(self.model_value)

    @hardware_value.setter
    def hardware_value(self, value: Any) -> None:
        raise ParameterError(
            "HXTransformedModelParameter: hardware_value follows from the model's value",
            value=value,
            remedy="Set model_value, or use a MixedHXModelParameter.",
        )


def as_parameter(value: Any) -> HXBaseParameter:
    """Return a parameter as it is, and numbers and tensors as an `HXParameter`."""
    return value if isinstance(value, HXBaseParameter) else HXParameter(value)
