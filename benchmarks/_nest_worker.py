"""Integrates single neurons in NEST; see `_workers.py`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nest
import numpy as np
from _worker_loop import serve

#: NEST's name and factor for each parameter (pF, nS, pA).
SAME = {
    "v_rest": ("E_L", 1.0),
    "v_reset": ("V_reset", 1.0),
    "v_thresh": ("V_th", 1.0),
    "tau_refrac": ("t_ref", 1.0),
    "tau_syn_E": ("tau_syn_ex", 1.0),
    "tau_syn_I": ("tau_syn_in", 1.0),
    "e_rev_E": ("E_ex", 1.0),
    "e_rev_I": ("E_in", 1.0),
    "cm": ("C_m", 1e3),
}
ADEX = {
    "a": ("a", 1.0),
    "b": ("b", 1e3),
    "delta_T": ("Delta_T", 1.0),
    "tau_w": ("tau_w", 1.0),
    "v_spike": ("V_peak", 1.0),
}


def spike_times(
    cases: str, adex: bool, resolution_ms: float, delay_ms: float, duration_ms: float
) -> dict[str, Any]:
    """Run the neurons of a file side by side; return the spike times of each."""
    with np.load(Path(cases)) as file:
        arrays = {name: file[name] for name in file.files}
    nest.ResetKernel()
    nest.set(resolution=resolution_ms, local_num_threads=1, print_time=False)
    n_cells = len(arrays["cm"])
    cells = nest.Create("aeif_cond_exp" if adex else "iaf_cond_exp", n_cells)
    cells.set([parameters(arrays, number, adex) for number in range(n_cells)])
    recorder = nest.Create("spike_recorder")
    nest.Connect(cells, recorder, "all_to_all")
    for number in range(n_cells):
        own = arrays["neuron"] == number
        weight = 1e3 * np.where(arrays["inhibitory"], -1.0, 1.0)[own] * arrays["weight"][own]
        train = {"spike_times": arrays["time_ms"][own], "spike_weights": weight}
        generator = nest.Create("spike_generator", params=train)
        nest.Connect(generator, cells[number], "one_to_one", {"delay": delay_ms})
    nest.Simulate(duration_ms)
    events, first = recorder.events, cells[0].global_id
    order = np.argsort(events["times"], kind="stable")
    sender, time = events["senders"][order] - first, events["times"][order]
    return {"trains": [time[sender == number].tolist() for number in range(n_cells)]}


def parameters(arrays: dict[str, Any], number: int, adex: bool) -> dict[str, float]:
    """Return a neuron's parameters by NEST's names."""
    p = {name: float(arrays[name][number]) for name in (*SAME, *(ADEX if adex else ()), "tau_m")}
    renamed = {new: factor * p[old] for old, (new, factor) in SAME.items()}
    renamed |= {"g_L": 1e3 * p["cm"] / p["tau_m"], "V_m": p["v_rest"]}
    if adex:
        renamed |= {new: factor * p[old] for old, (new, factor) in ADEX.items()}
        renamed["gsl_error_tol"] = 1e-8
    return renamed


if __name__ == "__main__":
    nest.verbosity = nest.VerbosityLevel.ERROR
    serve({"spike_times": spike_times})
