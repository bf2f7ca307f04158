"""The FPGA links: received against sent rate, delay and jitter, for one HICANN and for eight.

Rates are biological, per HICANN link, at speed-up 10 000. Published: one HICANN link carries
1.78 kHz, an FPGA (eight HICANNs) 12.5 kHz; delay 2.3 ms of which the FPGA sends 2.0 ms ahead.
"""

from __future__ import annotations

import json

import numpy as np

from pyNN_brainscales_emu.experiment.compiled import LinkArrays
from pyNN_brainscales_emu.link_settings import Links
from pyNN_brainscales_emu.links.fpga_link import DownLink

DURATION_MS = 20_000.0
SOURCES_PER_LINK = 64


def trains(rate_hz: float, n_sources: int, regular: bool, rng: np.random.Generator) -> tuple:
    """Return (source, time) of trains with this rate in total, by source then time."""
    n = round(rate_hz * DURATION_MS * 1e-3)
    if regular:
        time = (np.arange(n) + 0.5) / n * DURATION_MS
    else:
        time = np.sort(rng.uniform(0, DURATION_MS, n))
    source = (np.arange(n) % n_sources).astype(np.int32)
    order = np.lexsort((time, source))
    return source[order], time[order]


def transmit(rate_hz: float, n_links: int, regular: bool) -> dict:
    """Send trains over links of one FPGA and return what arrives."""
    n_sources = n_links * SOURCES_PER_LINK
    links = LinkArrays(
        source_link=(np.arange(n_sources) % n_links).astype(np.int32),
        neuron_link=np.zeros(0, dtype=np.int32),
        link_fpga=np.zeros(n_links, dtype=np.int32),
        speedup=10_000.0,
        timing=Links(),
    )
    source, time = trains(n_links * rate_hz, n_sources, regular, np.random.default_rng(1))
    _, arrived, counts = DownLink(links, 1, 0).deliver(source, time)
    result = {"links": n_links, "regular": regular, "sent_hz": rate_hz}
    result["received_hz"] = len(arrived) / n_links / DURATION_MS * 1e3
    result["dropped_before"] = counts.l2_down_dropped_before_sim
    result["lost"] = counts.l2_down_lost
    if len(arrived) == len(time):
        shift = arrived - time
        result["shift_ms"], result["jitter_ms"] = float(shift.mean()), float(shift.std())
    return result


def main() -> None:
    header = ("links", "trains", "sent Hz", "received", "loss %", "shift ms", "jitter ms")
    print("".join(f"{name:>11}" for name in header))
    results = []
    for n_links, regular in ((1, True), (1, False), (8, True), (8, False)):
        for rate in (100.0, 500.0, 1000.0, 1500.0, 1600.0, 1750.0, 1800.0, 2500.0, 5000.0):
            r = transmit(rate, n_links, regular)
            results.append(r)
            loss = 100 * (1 - r["received_hz"] / rate)
            shift = f"{r['shift_ms']:.3f}" if "shift_ms" in r else "-"
            jitter = f"{r['jitter_ms']:.3f}" if "jitter_ms" in r else "-"
            kind = "regular" if regular else "Poisson"
            print(
                f"{n_links:>11}{kind:>11}{rate:>11.0f}{r['received_hz']:>11.1f}{loss:>11.2f}"
                f"{shift:>11}{jitter:>11}"
            )
    print(json.dumps({"benchmark": "links", "results": results}))


if __name__ == "__main__":
    main()
