"""Range of the membrane time constant, and the largest weight, in every setting of a HICANN.

For each setting of capacitors and leak mirror: what the nominal curves reach, and what 256 neurons
of two denmems of a calibrated chip get when they ask for less and for more than that.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from _tables import print_json, print_table

import pyNN_brainscales_emu as sim
from pyNN_brainscales_emu.calibration.nominal import leak_curve
from pyNN_brainscales_emu.hardware.circuit_modes import MODES, CircuitMode

N = 256
SPEEDUP = 10_000.0
#: Asked for: far below and far above every range, ms; a weight above every range, uS.
EXTREMES_MS = (1e-3, 1e5)
LARGEST_US = 1e3


def main() -> None:
    """Measure all settings."""
    results = [measure(mode) for mode in MODES]
    headings = ("setting", "nominal ms", "low, median", "5 to 95 %", "high, median", "5 to 95 %")
    rows = [
        [
            r["setting"],
            spread(r["nominal"]),
            *extreme(r["low"]),
            *extreme(r["high"]),
            f"{r['weight']:.3g}",
        ]
        for r in results
    ]
    print_table("Range of tau_m", (*headings, "largest weight uS"), rows)
    print_json("leak_ranges", {"results": results})


def measure(mode: CircuitMode) -> dict[str, Any]:
    """Return the figures of one setting; biological units at a speed-up of 10 000."""
    tau_m = [realised(mode, extreme) for extreme in EXTREMES_MS]
    return {
        "setting": str(mode),
        "nominal": [edge * 1e3 * SPEEDUP for edge in leak_curve(mode.capacitor, mode.leak).domain],
        "low": np.percentile(tau_m[0], [50, 5, 95]).tolist(),
        "high": np.percentile(tau_m[1], [50, 5, 95]).tolist(),
        "weight": largest_weight(mode),
    }


def setup(mode: CircuitMode, effects: Any) -> None:
    """Begin a network in a setting."""
    sim.setup(
        neuron_size=2,
        speedup=SPEEDUP,
        use_big_capacitors=mode.capacitor == "big",
        i_gl_speedup=mode.leak,
        effects=effects,
        on_loss="ignore",
    )


def realised(mode: CircuitMode, asked_ms: float) -> np.ndarray:
    """Return what neurons get that ask for a time constant."""
    setup(mode, sim.Effects.without("trial_to_trial"))
    neurons = sim.Population(N, sim.IF_cond_exp(tau_m=asked_ms))
    sim.place(neurons, hicanns=[297])
    return np.asarray(neurons.get_realised("tau_m"))


def largest_weight(mode: CircuitMode) -> float:
    """Return the largest weight of a neuron of two denmems, cm 0.2 nF."""
    setup(mode, sim.Effects.without("weight_variation"))
    source = sim.Population(1, sim.SpikeSourceArray())
    neurons = sim.Population(1, sim.IF_cond_exp(cm=0.2))
    weight = sim.StaticSynapse(weight=LARGEST_US)
    projection = sim.Projection(source, neurons, sim.AllToAllConnector(), weight)
    return float(projection.get_realised()[0, 0])


def extreme(figures: list[float]) -> list[str]:
    """Return a median and what lies around it."""
    return [f"{figures[0]:.3g}", spread(figures[1:])]


def spread(ends: list[float]) -> str:
    """Return two ends in words."""
    return f"{ends[0]:.3g} to {ends[1]:.3g}"


if __name__ == "__main__":
    main()
