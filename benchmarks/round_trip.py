"""Biological value to 10-bit value and back, for every cell of random denmems.

Values are drawn evenly (in the logarithm for all but potentials) from half as wide again as the
range that the denmem's calibration vouches for. *inside*: within the calibration and the 10 bits;
*largest* is the largest distance of such a value from what is stored, in steps of the DAC: half a
step is what rounding costs. *outside*: the others; *not counted* are those of them that the
translation does not report as clipped, *wrongly* the values inside that it does, and *at the end*
the share of those outside that hold the value of the nearest end of the range.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
from _tables import print_json, print_table

from pyNN_brainscales_emu.calibration.distortion import (
    POTENTIAL_CELLS,
    distorted_forward,
    distorted_inverse,
)
from pyNN_brainscales_emu.calibration.nominal import nominal_curves
from pyNN_brainscales_emu.calibration.sources import calibration_for
from pyNN_brainscales_emu.calibration.variation import PROFILES
from pyNN_brainscales_emu.hardware.floating_gate import SHARED_NEURON_CELLS, clip_dac, round_dac
from pyNN_brainscales_emu.hardware.scaling import Scaling
from pyNN_brainscales_emu.options import Options
from pyNN_brainscales_emu.translation.cell_targets import ROLES, CellTarget
from pyNN_brainscales_emu.translation.compound import NeuronDenmems
from pyNN_brainscales_emu.translation.floating_gates import CellTranslator
from pyNN_brainscales_emu.translation.units import Units

HEADINGS = (
    "cell", "family", "inside", "largest", "outside", "not counted", "wrongly", "at the end",
)  # fmt: skip
CM_NF = 0.2


def main() -> None:
    """Print a table of each profile."""
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("--values", type=int, default=100_000, help="of each cell and profile")
    parser.add_argument("--profiles", nargs="+", choices=PROFILES, default=list(PROFILES))
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    results = []
    for profile in arguments.profiles:
        rows = [trip(profile, cell, arguments.values, arguments.seed) for cell in ROLES]
        table = [[cell_text(value) for value in row.values()][1:] for row in rows]
        print_table(f"{profile}, default calibration", HEADINGS, table)
        results += rows
    print_json("round_trip", {"results": results})


def trip(profile: str, cell: str, n: int, seed: int) -> dict[str, Any]:
    """Send values of one cell there and back; return the figures."""
    draws = np.random.default_rng(seed)
    options = Options(variation=profile)
    calibration = calibration_for(options)
    denmems = one_of_each_block() if cell in SHARED_NEURON_CELLS else single_denmems(draws, n)
    n = len(denmems)
    known = calibration.circuits(cell, denmems.hicann, denmems.denmem)
    scaling = Scaling(*options.voltage_scaling, options.speedup)
    units = Units(scaling, ROLES[cell].quantity, np.full(n, CM_NF))
    asked = units.to_bio(values(cell, known.domain, draws.uniform(-0.25, 1.25, n)))
    target, mode = CellTarget(asked, np.ones(n, dtype=bool)), np.zeros(n, dtype=np.int8)
    translator = CellTranslator(options, calibration)
    stored = translator.store(cell, target, np.full(n, CM_NF), mode, denmems)
    wanted = units.to_hw(asked)
    low, high = known.domain.T
    unrounded = distorted_forward(cell, known.distortion, np.clip(wanted, low, high))
    inside = (wanted >= low) & (wanted <= high) & (unrounded >= -0.5) & (unrounded <= 1023.5)
    back = units.to_hw(units.to_bio(distorted_inverse(cell, known.distortion, stored.dac)))
    there_again = distorted_forward(cell, known.distortion, np.clip(back, low, high))
    step = np.abs(there_again - unrounded)
    return {
        "profile": profile,
        "cell": cell,
        "family": type(nominal_curves()[cell]).__name__,
        "inside": int(inside.sum()),
        "largest": float(step[inside].max()),
        "outside": int((~inside).sum()),
        "not counted": int((~inside & ~stored.clipped).sum()),
        "wrongly": int((inside & stored.clipped).sum()),
        "at the end": float((stored.dac == round_dac(clip_dac(unrounded)))[~inside].mean()),
    }


def single_denmems(draws: np.random.Generator, n: int) -> NeuronDenmems:
    """Return n denmems anywhere on the wafer, each a neuron of its own."""
    number = np.arange(n)
    return NeuronDenmems(number, draws.integers(0, 384, n), draws.integers(0, 512, n), number)


def one_of_each_block() -> NeuronDenmems:
    """Return a denmem of each block of floating gates of the wafer: a shared cell holds one value.

    They are the first two of both rows of each HICANN.
    """
    number = np.arange(4 * 384)
    hicann, block = np.divmod(number, 4)
    row, column = np.divmod(block, 2)
    return NeuronDenmems(number, hicann, 256 * row + column, number)


def values(cell: str, domain: Any, share: Any) -> Any:
    """Return hardware values at shares of the denmems' domains."""
    low, high = domain.T
    if cell in POTENTIAL_CELLS:
        return low + share * (high - low)
    return low * (high / low) ** share


def cell_text(value: Any) -> str:
    """Return a cell of the table."""
    return f"{value:.4f}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    main()
