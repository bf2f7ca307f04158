"""What differs between two descriptions of a network that grows."""

from __future__ import annotations

import numpy as np

from pyNN_brainscales_emu.description.bio_graph import BioGraph


def structural_differences(before: BioGraph, after: BioGraph, delays: bool = True) -> list[str]:
    """Return what differs in structure and delays, a phrase for each object.

    Parameters
    ----------
    before, after : BioGraph
        The same network at two times: objects are only added.
    delays : bool
        Whether different delays count.
    """
    new_populations = after.populations[len(before.populations) :]
    new_projections = after.projections[len(before.projections) :]
    phrases = [f"population {p.label!r} was created" for p in new_populations]
    phrases += [f"projection {p.label!r} was created" for p in new_projections]
    if after.placement_requests != before.placement_requests:
        phrases.append("place() was called")
    if delays:
        phrases += [
            f"the delay of projection {new.label!r} was changed"
            for old, new in zip(before.projections, after.projections, strict=False)
            if new is not old and not np.array_equal(old.delay_ms, new.delay_ms)
        ]
    return phrases
