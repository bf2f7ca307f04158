"""What calls of populations, views and assemblies have in common: who asks, and for which cells."""

from __future__ import annotations

from typing import Any, ClassVar

from pyNN_brainscales_emu.call_arguments import positions_file
from pyNN_brainscales_emu.connector_arguments import check_generator, whole_number
from pyNN_brainscales_emu.errors import NetworkError
from pyNN_brainscales_emu.front_end_errors import CellIndexError, WrongKindError
from pyNN_brainscales_emu.population_checks import CHOICES


class CheckedGroup:
    """Mixin of groups of cells, before PyNN's class, which it checks arguments for.

    Attributes
    ----------
    group_kind : str
        What messages call a group of this kind.
    """

    group_kind: ClassVar[str]
    label: str
    size: int

    @property
    def _owner(self) -> str:
        """What messages call these cells."""
        return f"{self.group_kind} {self.label!r}"

    def __getitem__(self, index: Any) -> Any:
        """Return one cell, or several as a group of their own; see PyNN.

        Raises
        ------
        CellIndexError
            If there are no such cells.
        WrongKindError
            For something that chooses no cells.
        """
        try:
            return super().__getitem__(index)  # type: ignore[misc]
        except NetworkError:
            raise
        except (TypeError, ValueError) as error:
            raise WrongKindError(f"{self._owner}: cells", value=index, limit=CHOICES) from error
        except IndexError as error:
            raise CellIndexError(
                f"{self._owner}: cells", value=index, limit=f"0 to {self.size - 1}"
            ) from error

    def sample(self, n: Any, rng: Any = None) -> Any:
        """Return `n` cells drawn at random as a group; see PyNN."""
        number = whole_number(f"{self._owner}: sample(): n", n)
        check_generator(f"{self._owner}: sample(): rng", rng)
        return super().sample(number, rng)  # type: ignore[misc]

    def save_positions(self, file: Any) -> None:
        """Write the positions of the cells to a text file, whole or not at all; see PyNN."""
        with positions_file(f"{self._owner}: save_positions()", file) as target:
            super().save_positions(target)  # type: ignore[misc]
