"""Under which options a mapping was made."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from pyNN_brainscales_emu.mapping_options import MappingOptions
from pyNN_brainscales_emu.options import Options


@dataclass(frozen=True)
class MappingOrigin:
    """The options of `setup()` that a mapping depends on, defects excepted.

    Attributes
    ----------
    wafer : int
    neuron_size : int
        Denmems of a neuron without a request of its own.
    routing_loss : bool
        Whether synapses without a place on the wafer were lost.
    mapping_options : MappingOptions
    """

    wafer: int = Options.wafer
    neuron_size: int = Options.neuron_size
    routing_loss: bool = True
    mapping_options: MappingOptions = field(default_factory=MappingOptions)

    @classmethod
    def of(cls, options: Options) -> MappingOrigin:
        """Return what is remembered of the options of `setup()`."""
        return cls(
            options.wafer,
            options.neuron_size,
            options.effects.routing_loss,
            options.mapping_options,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return all options by name, those of `mapping_options` among them; plain values."""
        how = {option.name: getattr(self.mapping_options, option.name) for option in _HOW}
        own = {option.name: getattr(self, option.name) for option in fields(self)}
        return {**own, "mapping_options": {**how, "priorities": dict(how["priorities"])}}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> MappingOrigin:
        """Return the origin that `to_dict` gave.

        Raises
        ------
        KeyError, TypeError, ValueError
            For names and values that an origin does not have.
        """
        how = MappingOptions(**values["mapping_options"])
        wafer, size, loss = (values[name] for name in ("wafer", "neuron_size", "routing_loss"))
        if type(wafer) is not int or type(size) is not int or type(loss) is not bool:
            raise TypeError(f"its options are {values}")
        return cls(wafer, size, loss, how)


_HOW = fields(MappingOptions)
