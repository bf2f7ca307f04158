"""The links between FPGAs and HICANNs: what gets through, how late, how evenly.

The protocol of Vogginger et al. (2026), arXiv 2603.24854: sources send regular or Poisson trains of
rising rate over the link of one HICANN, and over those of all eight HICANNs of a reticle at once.
Then the spikes of a network with strongly varying activity, 500 AdEx neurons after Destexhe (2009),
doi 10.1007/s10827-009-0164-4, go through the loop: over the links to the wafer and back.

What to see in the figures: one link carries 1.78 kHz of biological time (a pulse in 56 ns), eight
links together the 12.5 kHz of their FPGA, 1.56 kHz each. Poisson trains lose pulses earlier than
regular ones, and their delay grows before they do. At low rates a pulse needs 230 ns (2.3 ms), give
or take 8 ns. The bursts of the network exceed the links: intervals become more even.

Run it: ``python examples/link_characterisation.py --help``
"""

import argparse
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyNN.brainscales_emu as sim

from pyNN_brainscales_emu.experiment.compiled import LinkArrays
from pyNN_brainscales_emu.links.fpga_link import DownLink, UpLink

SPEEDUP = 1e4
SOURCES_PER_LINK = 64
RATES_HZ = (100, 300, 600, 900, 1200, 1400, 1500, 1560, 1650, 1750, 1785, 1850, 2000, 2500, 3000)
LOW_RATE_HZ = 100
MS_PER_NS = SPEEDUP * 1e-6

NEURON = {
    "cm": 0.2, "tau_m": 20.0, "v_rest": -60.0, "v_reset": -60.0, "v_thresh": -50.0,
    "delta_T": 2.5, "tau_w": 600.0, "tau_refrac": 2.5, "tau_syn_E": 5.0, "tau_syn_I": 10.0,
    "e_rev_E": 0.0, "e_rev_I": -80.0, "v_spike": -40.0,
}  # fmt: skip
#: Adaptation of each kind: a in nS, b in nA; number of neurons.
KINDS = {"RS": (1.0, 0.005, 380), "LTS": (20.0, 0.0, 20), "FS": (1.0, 0.0, 100)}
CONNECTION_PROBABILITY = 0.08
WEIGHTS_US = {"excitatory": 0.006, "inhibitory": 0.067}


@dataclass
class Transmission:
    """What became of trains of one rate."""

    sent_hz: float  # of one HICANN
    received_hz: float
    delay_ms: float  # mean time from the FPGA to the HICANN, waiting included
    late_ms: float  # 99 % arrive within this time
    jitter_ms: float  # standard deviation

    @property
    def loss(self) -> float:
        """Share of the pulses that did not arrive."""
        return 1 - self.received_hz / self.sent_hz


def link_table(n_hicanns: int, n_cells: int, links: sim.Links) -> LinkArrays:
    """Return cells dealt out to the links of one FPGA."""
    link = (np.arange(n_cells) % n_hicanns).astype(np.int32)
    return LinkArrays(link, link, np.zeros(n_hicanns, dtype=np.int32), SPEEDUP, links)


def trains(
    rate_hz: float, duration_ms: float, n_sources: int, regular: bool, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return (source, time in ms) of trains with this rate in total, by source, then time."""
    n = round(rate_hz * duration_ms * 1e-3)
    if regular:
        time = (np.arange(n) + 0.5) / n * duration_ms
    else:
        time = np.sort(rng.uniform(0, duration_ms, n))
    source = (np.arange(n) % n_sources).astype(np.int32)
    order = np.lexsort((time, source))
    return source[order], time[order]


def transmit(
    rate_hz: float, n_hicanns: int, regular: bool, links: sim.Links, duration_ms: float, seed: int
) -> Transmission:
    """Send trains to some HICANNs of a reticle."""
    n_sources = n_hicanns * SOURCES_PER_LINK
    rng = np.random.default_rng(seed)
    source, time = trains(n_hicanns * rate_hz, duration_ms, n_sources, regular, rng)
    table = link_table(n_hicanns, n_sources, links)
    arrived_ms = arrival_times(table, source, time, seed)
    there = ~np.isnan(arrived_ms)
    delay = (arrived_ms - time)[there] + links.send_ahead_ns * MS_PER_NS
    return Transmission(
        rate_hz,
        np.count_nonzero(there & (arrived_ms < duration_ms)) / n_hicanns / duration_ms * 1e3,
        float(delay.mean()),
        float(np.quantile(delay, 0.99)),
        float(delay.std()),
    )


def arrival_times(
    table: LinkArrays, source: np.ndarray, time_ms: np.ndarray, seed: int
) -> np.ndarray:
    """Return when each pulse is on the wafer, in ms; NaN for those that are lost."""
    return DownLink(table, seed, 0).arrivals(source, time_ms)


# --- a network -------------------------------------------------------------------------------


def network_spikes(duration_ms: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return (neuron, time in ms) of the network without any hardware, by neuron, then time."""
    sim.setup(timestep=0.1, substrate="ideal", seed=seed)
    rng = sim.NumpyRNG(seed=seed)
    kinds = {
        name: sim.Population(n, sim.EIF_cond_exp_isfa_ista(**NEURON, a=a, b=b), label=name)
        for name, (a, b, n) in KINDS.items()
    }
    sources = {
        "excitatory": kinds["RS"] + kinds["LTS"],
        "inhibitory": sim.Assembly(kinds["FS"], label="inhibitory"),
    }
    everyone = kinds["RS"] + kinds["LTS"] + kinds["FS"]
    everyone.initialize(v=NEURON["v_rest"])
    everyone.record("spikes")
    connector = sim.FixedProbabilityConnector(CONNECTION_PROBABILITY, rng=rng)
    for receptor, cells in sources.items():
        synapse = sim.StaticSynapse(weight=WEIGHTS_US[receptor], delay=0.1)
        sim.Projection(cells, everyone, connector, synapse, receptor_type=receptor)
    # The kick: 20 sources of 14 Hz for each of 100 neurons, for 50 ms.
    kick = sim.Population(100, sim.SpikeSourcePoisson(rate=20 / 0.07, duration=50.0))
    synapse = sim.StaticSynapse(weight=WEIGHTS_US["excitatory"], delay=0.1)
    sim.Projection(kick, kinds["RS"][:100], sim.OneToOneConnector(), synapse)
    sim.run(duration_ms)
    spike_trains = everyone.get_data("spikes").segments[0].spiketrains
    neuron = np.repeat(np.arange(len(spike_trains)), [len(train) for train in spike_trains])
    return neuron.astype(np.int32), np.concatenate([t.magnitude for t in spike_trains])


def through_the_loop(
    neuron: np.ndarray, time_ms: np.ndarray, n_hicanns: int, links: sim.Links, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the spikes after the way to the wafer and back, as recorded."""
    table = link_table(n_hicanns, int(neuron.max()) + 1, links)
    arrived = arrival_times(table, neuron, time_ms, seed)
    there = ~np.isnan(arrived)
    neuron, arrived = neuron[there], arrived[there]
    recorded, _ = UpLink(table, seed, 0).record(neuron, arrived)
    kept = ~np.isnan(recorded)
    return neuron[kept], recorded[kept]


def intervals(neuron: np.ndarray, time_ms: np.ndarray) -> list[np.ndarray]:
    """Return the inter-spike intervals of each neuron with at least three spikes."""
    parts = np.split(time_ms, np.flatnonzero(np.diff(neuron)) + 1)
    return [np.diff(part) for part in parts if len(part) > 2]


def mean_cv(neuron: np.ndarray, time_ms: np.ndarray) -> float:
    """Return the mean coefficient of variation of the neurons' intervals."""
    return float(np.mean([part.std() / part.mean() for part in intervals(neuron, time_ms)]))


def variants(links: sim.Links) -> dict[str, sim.Links]:
    """Return links that lack one property after the other."""
    without_jitter = replace(links, jitter_ns=0.0, time_stamp_ns=0.0, group_gap_clocks=0)
    return {
        "all": links,
        "without jitter": without_jitter,
        "without delay": replace(links, delay_ns=links.send_ahead_ns),
        "twice as fast": replace(
            links,
            fpga_clock_ns=links.fpga_clock_ns / 2,
            link_period_ns=links.link_period_ns / 2,
            link_up_period_ns=links.link_up_period_ns / 2,
        ),
        "ideal": sim.Links.preset("ideal"),
    }


# --- figures ---------------------------------------------------------------------------------


def draw_links(results: dict[tuple[int, bool], list[Transmission]], path: Path) -> None:
    """Draw throughput, loss, delay and jitter against the rate."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(2, 2, figsize=(7.2, 5.6), sharex=True, layout="constrained")
    for (n_hicanns, regular), rows in results.items():
        rate = np.array([row.sent_hz for row in rows]) / 1e3
        columns = (
            [row.received_hz / 1e3 for row in rows],
            [100 * max(row.loss, 0.0) for row in rows],
            [row.delay_ms for row in rows],
            [row.jitter_ms for row in rows],
        )
        style = {"color": "C0" if n_hicanns == 1 else "C3", "ls": "-" if regular else "--"}
        label = f"{n_hicanns} HICANN{'s' if n_hicanns > 1 else ''}, "
        label += "regular" if regular else "Poisson"
        for axis, values in zip(axes.flat, columns, strict=True):
            axis.plot(rate, values, marker="o", ms=3, lw=1.2, label=label, **style)
    names = ("received (kHz)", "lost (%)", "mean delay (ms)", "jitter, s.d. (ms)")
    for axis, name, letter in zip(axes.flat, names, "ABCD", strict=True):
        axis.set_ylabel(name)
        axis.set_title(letter, loc="left", fontweight="bold")
        axis.spines[["top", "right"]].set_visible(False)
    for axis in axes[1]:
        axis.set_yscale("log")
        axis.yaxis.set_major_formatter("{x:g}")
        axis.yaxis.set_minor_formatter("")
        axis.set_xlabel("sent to each HICANN (kHz, biological)")
    axes[0, 0].legend(frameon=False, fontsize=8)
    figure.savefig(path, dpi=150)
    plt.close(figure)


def draw_network(before: tuple, after: tuple, path: Path) -> None:
    """Draw the network's activity and intervals before and after the links."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(7.2, 2.8), layout="constrained")
    bins = np.arange(0.0, before[1].max() + 5.0, 5.0)
    for (neuron, time_ms), label, color in ((before, "before", "0.6"), (after, "after", "C3")):
        count, _ = np.histogram(time_ms, bins)
        axes[0].stairs(count / 5.0, bins, label=label, color=color)
        gaps = np.concatenate(intervals(neuron, time_ms))
        axes[1].hist(
            gaps, np.geomspace(1, 1000, 50), histtype="step", label=label, color=color, lw=1.2
        )
    axes[0].set(xlabel="time (ms)", ylabel="spikes of all neurons (kHz)")
    axes[1].set(xlabel="inter-spike interval (ms)", ylabel="count", xscale="log")
    axes[1].legend(frameon=False)
    for axis, letter in zip(axes, "AB", strict=True):
        axis.set_title(letter, loc="left", fontweight="bold")
        axis.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=150)
    plt.close(figure)


def main(argv: list[str] | None = None) -> dict[str, Any]:
    """Run the example; return what the figures show."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--links", default="kintex7", help="kintex7, ess or ideal")
    parser.add_argument("--duration", type=float, default=10_000.0, help="of trains, ms")
    parser.add_argument("--network", type=float, default=2000.0, help="of the network, ms")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", type=Path, default=Path(), help="directory of the figures")
    args = parser.parse_args(argv)
    links = sim.Links.preset(args.links)

    results = {
        (n_hicanns, regular): [
            transmit(rate, n_hicanns, regular, links, args.duration, args.seed) for rate in RATES_HZ
        ]
        for n_hicanns in (1, 8)
        for regular in (True, False)
    }
    print("HICANNs   trains  sent Hz  received    lost %  delay ms   99 % ms  jitter ms")
    for (n_hicanns, regular), rows in results.items():
        for row in rows:
            print(
                f"{n_hicanns:>7}{'regular' if regular else 'Poisson':>9}{row.sent_hz:>9.0f}"
                f"{row.received_hz:>10.1f}{100 * row.loss:>10.2f}{row.delay_ms:>10.3f}"
                f"{row.late_ms:>10.3f}{row.jitter_ms:>11.4f}"
            )
    args.output.mkdir(parents=True, exist_ok=True)
    draw_links(results, args.output / "link_characterisation.png")

    before = network_spikes(args.network, args.seed)
    after = {
        name: through_the_loop(*before, 8, variant, args.seed)
        for name, variant in variants(links).items()
    }
    print(f"\nnetwork: {len(before[1])} spikes, CV {mean_cv(*before):.3f}")
    for name, spikes in after.items():
        lost = 1 - len(spikes[1]) / len(before[1])
        print(f"{name:>16}: {100 * lost:6.2f} % lost, CV {mean_cv(*spikes):.3f}")
    draw_network(before, after["all"], args.output / "link_network.png")
    return {"links": results, "before": before, "after": after}


if __name__ == "__main__":
    main()
