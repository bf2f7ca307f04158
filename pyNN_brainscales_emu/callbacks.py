"""Runs with callbacks: who is called when."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from numbers import Real
from typing import Any

from pyNN_brainscales_emu.front_end_errors import CallbackError
from pyNN_brainscales_emu.simulator import State

#: Takes the present time in ms, returns when it wants to be called next.
Callback = Callable[[float], float]


def run_with_callbacks(state: State, time_point: float, callbacks: Iterable[Callback]) -> None:
    """Advance to a time, and call callbacks on the way.

    Each is called at the beginning, and then at the time steps nearest to the times it asks for,
    but never twice at one step. At the end those that are due next are called once more, as PyNN
    does, and what they return is not used.

    Parameters
    ----------
    state : State
    time_point : float
        In ms; rounded to a whole number of time steps.
    callbacks : iterable of callables

    Raises
    ------
    CallbackError
        If one returns no number, or a time that is not after the present one, so that the run
        would never end; if one calls `reset` or `setup`.
    """
    end = state.step_count + state.steps("run(): time", time_point - state.t)
    due = [(_asked_step(state, call, _called(state, call)), call) for call in callbacks]
    if state.step_count == end:
        state.run_until(time_point)  # which takes no time, but checks the network
    while state.step_count < end:
        first = min((step for step, _ in due), default=math.inf)
        state.run_until(min(first, end) * state.dt)
        for place, (step, callback) in enumerate(due):
            if step <= max(first, state.step_count) < math.inf:
                wanted = _called(state, callback)
                if state.step_count < end:
                    due[place] = _asked_step(state, callback, wanted), callback


def checked_callbacks(what: str, callbacks: Any) -> list[Callback]:
    """Return callbacks as a list, which is empty for None.

    Parameters
    ----------
    what : str
        The call that they were given to.
    callbacks : iterable of callables, or None

    Raises
    ------
    CallbackError
        For anything else.
    """
    given = [] if callbacks is None else callbacks
    several = isinstance(given, Iterable) and getattr(given, "ndim", 1) > 0
    calls: list[Any] = list(given) if several else [None]
    if not all(map(callable, calls)):
        raise CallbackError(
            f"{what}: callbacks",
            value=callbacks,
            limit="a list of functions, each of the present time in ms",
            remedy="Write callbacks=[function], also for a single one.",
        )
    return calls


def _called(state: State, callback: Callback) -> Any:
    outer, state.callback = state.callback, _name(callback)
    try:
        return callback(state.t)
    finally:
        state.callback = outer


def _asked_step(state: State, callback: Callback, wanted: Any) -> float:
    """Return the time step at which a callback wants to be called, which is not the present one."""
    what = f"run(): callback {_name(callback)} returns"
    if not isinstance(wanted, Real) or math.isnan(wanted):
        raise CallbackError(
            f"{what} no time",
            value=wanted,
            limit="the time in ms at which it is to be called next",
            remedy="Return float('inf') if it is not to be called again.",
        )
    time = float(wanted)
    if time <= state.t:
        raise CallbackError(f"{what} a time that is over", value=time, limit=f"> {state.t:g} ms")
    if math.isinf(time):
        return math.inf
    return max(state.step_count + 1, round(time / state.dt))


def _name(callback: Callback) -> str:
    return getattr(callback, "__name__", type(callback).__name__)
