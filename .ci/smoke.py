"""Run a tiny network on both substrates with the package as it was installed."""

from pathlib import Path

import pyNN.brainscales_emu as sim

import pyNN_brainscales_emu

DURATION_MS = 100.0


def count_spikes(substrate: str) -> int:
    """Return the recorded spikes of ten neurons that a strong Poisson input drives."""
    sim.setup(timestep=0.1, substrate=substrate)
    source = sim.Population(10, sim.SpikeSourcePoisson(rate=100.0))
    neurons = sim.Population(10, sim.IF_cond_exp(cm=0.2, v_thresh=-60.0, tau_refrac=1.0))
    sim.Projection(source, neurons, sim.OneToOneConnector(), sim.StaticSynapse(weight=0.003))
    neurons.record("spikes")
    sim.run(DURATION_MS)
    trains = neurons.get_data().segments[0].spiketrains
    sim.end()
    return sum(len(train) for train in trains)


if __name__ == "__main__":
    here = Path(__file__).resolve().parent
    installed = Path(pyNN_brainscales_emu.__file__).resolve()
    assert here / "venv" in installed.parents, f"not the installed package: {installed}"
    for name in ("ideal", "brainscales1"):
        spikes = count_spikes(name)
        assert spikes > 0, f"no spike on substrate {name!r}"
        print(f"{name}: {spikes} spikes")
