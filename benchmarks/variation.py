"""Spread of realised parameters over the neurons of a wafer, against the profile's."""

from __future__ import annotations

import json

import numpy as np

import pyNN_brainscales_emu as sim
from pyNN_brainscales_emu.calibration.variation import PROFILES

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


def main() -> None:
    results = []
    print(f"{'profile':<16}{'parameter':<12}{'sd':>9}{'unit':>8}{'profile':>9}  domain")
    for profile in ("default", "wafer30_slow", "schmitt2017"):
        sim.setup(variation=profile, voltage_scaling=(20.0, 1.8), on_loss="ignore")
        neurons = sim.Population(N_NEURONS, sim.IF_cond_exp(**NEURON))
        sim.run(0.1)
        for name, cell in CELLS.items():
            realised = np.asarray(neurons.get_realised(name))
            spread = PROFILES[profile].spreads.get(cell)
            stated = 0.0 if spread is None else spread.sigma
            domain = "-" if spread is None else spread.domain.name
            unit = "ms" if name.startswith("tau") else "mV"
            print(f"{profile:<16}{name:<12}{realised.std():>9.4f}{unit:>8}{stated:>9.4f}  {domain}")
            results.append({"profile": profile, "parameter": name, "sd": float(realised.std()),
                            "stated": float(stated), "domain": domain})  # fmt: skip
        sim.end()
    print(json.dumps({"benchmark": "variation", "results": results}))


if __name__ == "__main__":
    main()
