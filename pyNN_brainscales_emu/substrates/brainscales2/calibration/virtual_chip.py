"""A virtual chip: deviations that belong to its number, whatever network runs on it.

Not modelled: correlation between neighbours, and circuits that cannot be calibrated.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.keyed_random import Purpose, normal, seed_of
from pyNN_brainscales_emu.substrates.brainscales2.calibration.profiles import ChipProfile
from pyNN_brainscales_emu.substrates.brainscales2.hardware.constants import (
    CIRCUITS,
    COLUMNS,
    DRIVERS,
    ROWS_OF_CIRCUITS,
)

Array = NDArray[np.float64]
IntArray = NDArray[np.int64]


class Draw(IntEnum):
    """Number of each kind of deviation in the keys of its draws. Never renumber: chips change.

    They begin where no draw of another machine is keyed.
    """

    LEAK = 1 << 20
    RESET = (1 << 20) + 1
    THRESHOLD = (1 << 20) + 2
    TAU_MEM = (1 << 20) + 3
    TAU_SYN_EXC = (1 << 20) + 4
    TAU_SYN_INH = (1 << 20) + 5
    STRENGTH_EXC = (1 << 20) + 6
    STRENGTH_INH = (1 << 20) + 7
    CADC_OFFSET = (1 << 20) + 8
    SYNAPSE = (1 << 20) + 9
    DRIVER = (1 << 20) + 10


#: Shares of a value that a relative deviation may leave.
_SHARES: Final = (0.3, 3.0)


@dataclass(frozen=True)
class VirtualChip:
    """The deviations of one chip.

    Parameters
    ----------
    number : int
        Of the chip: the same number has the same deviations.
    profile : ChipProfile
    seed : int
        Of what differs from run to run.
    """

    number: int
    profile: ChipProfile
    seed: int = 0

    def offset(self, draw: Draw, sigma: float, circuit: IntArray) -> Array:
        """Return fixed deviations of circuits, in the unit of `sigma`."""
        return sigma * normal(self.number, Purpose.FIXED_PATTERN, circuit, int(draw))

    def share(self, draw: Draw, sigma: float, circuit: IntArray) -> Array:
        """Return fixed factors of circuits, around 1."""
        return np.clip(1.0 + self.offset(draw, sigma, circuit), *_SHARES)

    def trial_offset(self, draw: Draw, sigma: float, circuit: IntArray, run: int) -> Array:
        """Return deviations that a run draws anew, in the unit of `sigma`."""
        seed = seed_of(self.seed, Purpose.TRIAL_TO_TRIAL, self.number)
        index = np.uint64(run) * np.uint64(CIRCUITS) + circuit.astype(np.uint64)
        return sigma * normal(seed, Purpose.TRIAL_TO_TRIAL, index, int(draw))

    def synapse_share(self, circuit: IntArray, driver: IntArray, row: IntArray) -> Array:
        """Return the factors of synapses and their drivers.

        Parameters
        ----------
        circuit : ndarray of int
            That the synapse acts on.
        driver : ndarray of int
            In its hemisphere.
        row : ndarray of int
            Of the driver: 0 excitatory, 1 inhibitory.
        """
        hemisphere, column = np.divmod(circuit, COLUMNS)
        of_chip = hemisphere * DRIVERS + driver
        place = (of_chip * ROWS_OF_CIRCUITS + row) * COLUMNS + column
        own = normal(self.number, Purpose.SYNAPSE_VARIATION, place, int(Draw.SYNAPSE))
        common = normal(self.number, Purpose.ROW_VARIATION, of_chip, int(Draw.DRIVER))
        share: Array = (1.0 + self.profile.synapse * own) * (1.0 + self.profile.driver * common)
        return np.clip(share, 0.0, None)
