"""How much of a first run goes into which stage."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from pyNN_brainscales_emu import mapping_stage, pipeline, simulator

#: Functions of each stage, where they are called; none of them calls another.
STAGES = {
    "describe": ((simulator, "describe"),),
    "map": ((mapping_stage, "map_network"),),
    "translate": ((pipeline.Translator, "translate"), (pipeline.Translator, "translate_weights")),
    "compile": ((pipeline, "compile_experiment"),),
    "lay out": ((pipeline, "Emulation"), (pipeline, "TrialRunner")),
}


@contextmanager
def stage_times(
    clock: Callable[[], float] = time.perf_counter,
) -> Iterator[dict[str, float]]:
    """Measure the stages that are passed inside; the dictionary fills meanwhile, s."""
    times: dict[str, float] = defaultdict(float)
    with ExitStack() as stack:
        for stage, places in STAGES.items():
            for module, name in places:
                timed = _timed(getattr(module, name), times, stage, clock)
                stack.enter_context(patch.object(module, name, timed))
        yield times


def _timed(
    function: Callable[..., Any],
    times: dict[str, float],
    stage: str,
    clock: Callable[[], float],
) -> Callable[..., Any]:
    def run(*arguments: Any, **options: Any) -> Any:
        begin = clock()
        result = function(*arguments, **options)
        times[stage] += clock() - begin
        return result

    return run
