"""Poisson trains in plain Python: what `cython_kernels/stimuli.pyx` does, written for reading."""

import math

from pyNN_brainscales_emu.keyed_random import Purpose, uniform


def interval_ms(seed: int, presentation: int, source: int, number: int, rate_hz: float) -> float:
    """Return interval `number` of a train."""
    u = float(uniform(seed, Purpose.POISSON, (presentation << 32) | source, number))
    return -math.log(u) * 1000.0 / rate_hz


def train(
    seed: int, presentation: int, source: int, rate_hz: float, start_ms: float, stop_ms: float
) -> list[float]:
    """Return all events of a source: the first one interval after the start, and so on."""
    events: list[float] = []
    if rate_hz == 0:
        return events
    number = 0
    time = start_ms
    while True:
        time += interval_ms(seed, presentation, source, number, rate_hz)
        if time >= stop_ms:
            return events
        events.append(time)
        number += 1
