"""Where windows of time meet: between the time steps, never on them."""

from __future__ import annotations

from typing import Final

#: `TIME_GRID_SLACK` of ``cython_kernels/time_grid.h``: part of a step by which a time may lie off
#: the grid and still belong to the step.
SLACK: Final = 1e-6


def window_end_ms(step: int, dt_ms: float) -> float:
    """Return the time below which events belong to the window that ends with a step.

    A run from step a to step b holds the events after a up to b, b included; so an event on a cut
    is in the earlier window, and no rounding of step x dt moves it into none or into both. The
    first window begins with time 0.
    """
    return (step + SLACK) * dt_ms


def window_begin_ms(step: int, dt_ms: float) -> float:
    """Return the time from which on events belong to the window that begins after a step."""
    return window_end_ms(step, dt_ms) if step else 0.0
