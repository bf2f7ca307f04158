"""Recorded data of an assembly, joined from those of its populations and views."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import neo
import numpy as np


def joined_block(blocks: Sequence[neo.Block], sizes: Sequence[int]) -> neo.Block:
    """Return the data of several populations and views as one block; theirs are left alone.

    Segments are joined by their names, and of signals the columns where name, begin, interval and
    length agree; signals that do not stand beside each other, as those of a population that was
    recorded later, or cleared.

    Parameters
    ----------
    blocks : sequence of neo.Block
    sizes : sequence of int
        Cells of each: the channel indices of a block count on from the cells before it.
    """
    result = neo.Block(rec_datetime=blocks[0].rec_datetime)
    offsets = np.cumsum([0, *sizes[:-1]])
    for block in blocks:
        result.annotate(
            **{k: v for k, v in block.annotations.items() if k not in result.annotations}
        )
    names = dict.fromkeys(segment.name for block in blocks for segment in block.segments)
    for name in names:
        parts = [
            (segment, int(offset))
            for block, offset in zip(blocks, offsets, strict=True)
            for segment in block.segments
            if segment.name == name
        ]
        segment = _joined_segment(parts)
        segment.block = result
        result.segments.append(segment)
    return result


def _joined_segment(parts: Sequence[tuple[neo.Segment, int]]) -> neo.Segment:
    """Join segments of one name, each with what is added to its channel indices."""
    first = parts[0][0]
    joined = neo.Segment(
        name=first.name, description=first.description, rec_datetime=first.rec_datetime
    )
    signals: dict[Any, Any] = {}
    for segment, offset in parts:
        joined.annotate(
            **{k: v for k, v in segment.annotations.items() if k not in joined.annotations}
        )
        joined.spiketrains.extend(list(segment.spiketrains))
        for signal in segment.analogsignals:
            part = _shifted(signal, offset)
            part.segment = joined
            key = (part.name, float(part.t_start), float(part.sampling_period), len(part))
            signals[key] = signals[key].merge(part) if key in signals else part
    joined.analogsignals = list(signals.values())
    return joined


def _shifted(signal: Any, offset: int) -> Any:
    """Return the same samples as another signal with its own channel indices."""
    part = signal[:, :]
    part.annotations = dict(signal.annotations)
    part.array_annotations = dict(signal.array_annotations)
    part.array_annotate(
        channel_index=np.asarray(signal.array_annotations["channel_index"]) + offset
    )
    return part
