"""Spread of every circuit parameter before and after calibration, against the published one.

All denmems are set to the same target (`measurement.spread.TARGETS`), by the nominal curves and by
the calibration, and read off the circuits: with ``--measured`` by the calibration that is measured
in the emulator, and with measured values, of one HICANN (a minute each profile); otherwise by the
default calibration, of some HICANNs. Then the parameters of logical neurons of four denmems, in
biological units, as a run realises them.

*stated* is what the profile says; where a profile was read from a publication that is the published
figure. *ratio* is the spread after calibration over it, *narrowed* the spread before over that
after. Denmems beyond what the 10 bits or the curve reach are *clipped*.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
from _tables import print_json, print_table

import pyNN_brainscales_emu as sim
from pyNN_brainscales_emu.calibration.computed import default_circuits, nominal_circuits
from pyNN_brainscales_emu.calibration.distortion import POTENTIAL_CELLS, distorted_forward
from pyNN_brainscales_emu.calibration.tables import CellCalibration, circuits_of
from pyNN_brainscales_emu.calibration.variation import PROFILES, SpreadDomain
from pyNN_brainscales_emu.calibration.virtual_wafer import VirtualHICANN, VirtualWafer
from pyNN_brainscales_emu.hardware.floating_gate import round_dac
from pyNN_brainscales_emu.measurement.hicann import measure_hicann
from pyNN_brainscales_emu.measurement.spread import TARGETS, measure_spreads

DEFAULT_PROFILES = ("wafer30_normal", "wafer30_slow", "schmitt2017")
DENMEMS_PER_HICANN = 512
N_NEURONS = 4000
NEURON = {
    "cm": 0.2, "tau_m": 20.0, "tau_refrac": 1.0, "tau_syn_E": 5.0, "tau_syn_I": 5.0,
    "v_rest": -40.0, "v_thresh": -37.5, "v_reset": -64.0, "e_rev_E": -20.0, "e_rev_I": -80.0,
}  # fmt: skip
CELLS = {
    "v_rest": "E_l", "v_thresh": "V_t", "v_reset": "V_reset", "e_rev_E": "E_synx",
    "e_rev_I": "E_syni", "tau_m": "I_gl", "tau_refrac": "I_pl", "tau_syn_E": "V_syntcx",
    "tau_syn_I": "V_syntci",
}  # fmt: skip
#: V_hw = 20 V_bio + 1.8 V, as Schmitt et al. (2017).
ALPHA = 20.0
HEADINGS = ("cell", "target", "unit", "before", "after", "stated", "ratio", "narrowed", "clipped")


def main() -> None:
    """Print the tables of all profiles asked for."""
    arguments = parse_arguments()
    results = []
    for profile in arguments.profiles:
        find = measured_spreads if arguments.measured else default_spreads
        rows = [row(profile, *found) for found in find(profile, arguments)]
        source = "measured" if arguments.measured else "default"
        title = f"{profile}, {source} calibration, wafer {arguments.wafer}"
        print_table(title, HEADINGS, [cells(result) for result in rows])
        results += rows
    neurons = [] if arguments.measured else of_neurons(arguments)
    print_json("variation", {"denmems": results, "neurons": neurons})


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument(
        "--profiles", nargs="+", choices=(*PROFILES, "all"), default=DEFAULT_PROFILES
    )
    parser.add_argument("--measured", action="store_true", help="measure HICANNs of each profile")
    parser.add_argument("--wafer", type=int, default=33)
    parser.add_argument("--hicann", type=int, nargs="+", default=[297], help="those to measure")
    parser.add_argument("--hicanns", type=int, default=20, help="how many, not measured")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    if "all" in arguments.profiles:
        arguments.profiles = list(PROFILES)
    return arguments


# --- denmems --------------------------------------------------------------------------------------


def default_spreads(profile: str, arguments: argparse.Namespace) -> Any:
    """Yield the cell, its deviations before and after calibration, and the clipped share."""
    truth = VirtualWafer(arguments.wafer, profile)
    hicann, denmem = np.divmod(np.arange(arguments.hicanns * DENMEMS_PER_HICANN), 512)
    for cell, target in TARGETS.items():
        circuit = circuits_of(cell, denmem)
        found = []
        for write, known in enumerate((
            nominal_circuits(cell, len(denmem)),
            default_circuits(truth, cell, hicann, circuit),
        )):  # fmt: skip
            dac, clipped = stored(cell, known, target)
            value = truth.realise(cell, dac, hicann, denmem, (1, write))
            found.append(deviations(cell, value[known.good], target))
        yield cell, *found, float(clipped.mean())


def measured_spreads(profile: str, arguments: argparse.Namespace) -> Any:
    """Yield the same as `default_spreads`, of HICANNs that are measured."""
    print()
    found = [measured_hicann(number, profile, arguments) for number in arguments.hicann]
    for cell in TARGETS:
        before, after, clipped = zip(*(of_hicann[cell] for of_hicann in found), strict=True)
        yield cell, np.concatenate(before), np.concatenate(after), float(np.mean(clipped))


def measured_hicann(number: int, profile: str, arguments: argparse.Namespace) -> dict[str, Any]:
    """Return by cell what measuring a HICANN finds: before, after, and the clipped share."""
    chip = VirtualHICANN(arguments.wafer, number, profile)
    measurement = measure_hicann(chip, n_threads=arguments.threads)
    calibration = measurement.calibration
    spreads = measure_spreads(chip, calibration, measurement.denmem, n_threads=arguments.threads)
    lost = np.count_nonzero(calibration.blacklisted)
    print(f"{profile}, HICANN {number}: {lost} of {DENMEMS_PER_HICANN} denmems not calibrated")
    found = {}
    for cell, spread in spreads.items():
        circuit = circuits_of(cell, measurement.denmem)
        _, clipped = stored(cell, calibration.cells[cell].take(circuit), TARGETS[cell])
        found[cell] = (spread.deviation("before"), spread.deviation("after"), clipped.mean())
    return found


def stored(cell: str, known: CellCalibration, target: float) -> tuple[Any, Any]:
    """Return what is stored for the target, and where the target is out of reach."""
    inside = np.clip(target, known.domain[:, 0], known.domain[:, 1])
    unrounded = distorted_forward(cell, known.distortion, inside)
    beyond = (inside != target) | (unrounded < -0.5) | (unrounded > 1023.5)
    return round_dac(unrounded), beyond


def deviations(cell: str, value: Any, target: float) -> Any:
    """Return V for potentials, shares of the target for all else."""
    return value - target if cell in POTENTIAL_CELLS else value / target - 1.0


def row(profile: str, cell: str, before: Any, after: Any, clipped: float) -> dict[str, Any]:
    """Return the figures of one cell."""
    stated = PROFILES[profile].spreads[cell].sigma
    return {
        "profile": profile, "cell": cell, "before": float(before.std()),
        "after": float(after.std()), "mean_after": float(after.mean()), "stated": stated,
        "clipped": clipped,
    }  # fmt: skip


def cells(result: dict[str, Any]) -> list[str]:
    """Return a line of the table."""
    cell, stated = result["cell"], result["stated"]
    scale, unit = (1e3, "mV") if cell in POTENTIAL_CELLS else (1e2, "%")
    before, after = result["before"], result["after"]
    ratio = f"{after / stated:.2f}" if stated else "-"
    numbers = [f"{scale * value:.2f}" for value in (before, after, stated)]
    target = f"{TARGETS[cell]:.3g}"
    return [
        cell,
        target,
        unit,
        *numbers,
        ratio,
        f"{before / after:.1f}",
        f"{result['clipped']:.1%}",
    ]


# --- logical neurons ------------------------------------------------------------------------------


def of_neurons(arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """Print and return the spread of the parameters of logical neurons."""
    results = []
    for profile in arguments.profiles:
        sim.setup(
            wafer=arguments.wafer, variation=profile, voltage_scaling=(ALPHA, 1.8), on_loss="ignore"
        )
        neurons = sim.Population(N_NEURONS, sim.IF_cond_exp(**NEURON))
        sim.run(0.1)
        for name, cell in CELLS.items():
            spread = PROFILES[profile].spreads[cell]
            volts = spread.domain is SpreadDomain.HARDWARE_VOLT
            stated = spread.sigma * (1e3 / ALPHA if volts else NEURON[name])
            sd = float(np.std(neurons.get_realised(name)))
            results.append({"profile": profile, "parameter": name, "sd": sd, "stated": stated})
        sim.end()
    rows = [
        [
            r["profile"],
            r["parameter"],
            "ms" if r["parameter"].startswith("tau") else "mV",
            f"{r['sd']:.3f}",
            f"{r['stated']:.3f}",
            f"{r['sd'] / r['stated']:.2f}" if r["stated"] else "-",
        ]
        for r in results
    ]
    title = f"{N_NEURONS} neurons of four denmems, default calibration, realised"
    print_table(title, ("profile", "parameter", "unit", "sd", "stated", "ratio"), rows)
    return results


if __name__ == "__main__":
    main()
