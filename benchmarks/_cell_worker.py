"""Runs single cells of the comparison through PyNN, in either simulator; see `_workers.py`."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from _worker_loop import serve

#: Recordable variables that pyNN.nest does not offer, or by a name that NEST does not know:
#: NEST's name and factor.
MORE_OF_NEST = {
    "IF_curr_delta": {"v": ("V_m", 1.0)},
    "IF_cond_exp_gsfa_grr": {"g_s": ("g_sfa", 1.0), "g_r": ("g_rr", 1.0)},
    "HH_cond_exp": {"m": ("Act_m", 1.0), "h": ("Inact_h", 1.0), "n": ("Act_n", 1.0)},
}


def run_cell(
    backend: str, case: str, timestep_ms: float, output: str, **setup: Any
) -> dict[str, Any]:
    """Run cells; write the signals of the first to a file and return the spike times of all."""
    sim = importlib.import_module(backend)
    description = json.loads(Path(case).read_text())
    sim.setup(timestep=timestep_ms, min_delay=description["delay_ms"], **setup)
    if backend == "pyNN.nest":
        offer_more(sim)
    cells = sim.Population(description.get("size", 1), cell_of(sim, description))
    cells.record(["spikes"])
    cells.record(description["recorded"], sampling_interval=description["sampling_ms"])
    for receptor, weight, times in description["events"]:
        source = sim.Population(1, sim.SpikeSourceArray(spike_times=times))
        synapse = sim.StaticSynapse(weight=weight, delay=description["delay_ms"])
        sim.Projection(source, cells, sim.AllToAllConnector(), synapse, receptor_type=receptor)
    sim.run(description["duration_ms"])
    segment = cells.get_data().segments[0]
    np.savez(output, **{s.name: np.asarray(s.magnitude)[:, 0] for s in segment.analogsignals})
    return {"trains": [train.magnitude.tolist() for train in segment.spiketrains]}


def cell_of(sim: Any, description: dict[str, Any]) -> Any:
    """Return the cell type, composed of a neuron and receptors or one of PyNN's own."""
    parameters = description["parameters"]
    if "receptors" not in description:
        return getattr(sim, description["cell_type"])(**parameters)
    receptors = {
        name: getattr(sim, response)(**own)
        for name, (response, own) in description["receptors"].items()
    }
    return sim.PointNeuron(getattr(sim, description["cell_type"])(**parameters), **receptors)


def offer_more(sim: Any) -> None:
    """Let pyNN.nest record what NEST has."""
    for name, variables in MORE_OF_NEST.items():
        model = getattr(sim, name)
        for variable, (native, factor) in variables.items():
            if variable not in model.recordable:
                model.recordable = [*model.recordable, variable]
            model.variable_map = getattr(model, "variable_map", {}) | {variable: native}
            model.scale_factors = getattr(model, "scale_factors", {}) | {variable: factor}


if __name__ == "__main__":
    serve({"run_cell": run_cell})
