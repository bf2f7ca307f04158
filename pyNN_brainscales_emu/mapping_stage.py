"""The mapping of the network in the making: made, kept, taken from a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pyNN_brainscales_emu.description.bio_graph import BioGraph
from pyNN_brainscales_emu.mapping.adoption import (
    check_chip,
    check_fit,
    tell_overruled,
    tell_overruled_places,
)
from pyNN_brainscales_emu.mapping.losses import report_losses
from pyNN_brainscales_emu.mapping.mapped_network import network_of
from pyNN_brainscales_emu.mapping.mapper import STEPS, map_network
from pyNN_brainscales_emu.mapping.mapping_file import file_name, load_mapping
from pyNN_brainscales_emu.mapping.results import MappingResult
from pyNN_brainscales_emu.options import Options
from pyNN_brainscales_emu.progress import Progress

#: Networks with so many synapses and neurons take more than about a second.
_LARGE: Final = 1_000_000


class MappingStage:
    """Gives the mapping of a network; a new one only when the network's structure has changed.

    Parameters
    ----------
    options : Options
    blacklisted : (384, 512) bool, optional
        Denmems that could not be calibrated.

    Attributes
    ----------
    present : MappingResult or None
        The mapping that was given last.

    Raises
    ------
    DataError
        If ``options.mapping`` is a file that is missing, damaged, of another version, or of
        another wafer or other defects.
    OptionError
        If it overrules options and ``on_loss`` is ``'raise'``.
    """

    def __init__(self, options: Options, blacklisted: NDArray[np.bool_] | None = None) -> None:
        self.options = options
        self.present: MappingResult | None = None
        self._blacklisted = blacklisted
        self._graph: BioGraph | None = None
        self._saved: tuple[MappingResult, str] | None = None
        if options.mapping is not None:
            name = file_name(options.mapping)
            self._saved = load_mapping(options.mapping), name
            self._check(*self._saved)

    def of(self, graph: BioGraph) -> MappingResult:
        """Return the mapping of a network.

        Raises
        ------
        DataError
            If the file of `setup()` waits to be used and is one of another network.
        PlacementError, CapacityError, NetworkError
            As `map_network`.
        """
        if self._saved is not None:
            self._adopt(graph, *self._saved)
        elif self.present is None or not self._is_mapping_of(graph):
            with _shown(graph) as progress:
                self.present = map_network(graph, self.options, self._blacklisted, progress)
            self._graph = graph
        assert self.present is not None
        return self.present

    def adopt(self, graph: BioGraph, mapping: MappingResult, name: str) -> None:
        """Go on from a mapping that was made before.

        Raises
        ------
        DataError
            If it is one of another network, of another wafer or of other defects.
        OptionError
            If it overrules options and ``on_loss`` is ``'raise'``.
        PlacementError, CapacityError
            If it overrules `place()`, or has lost synapses, and ``on_loss`` is ``'raise'``.
        """
        self._check(mapping, name)
        self._adopt(graph, mapping, name)

    def _check(self, mapping: MappingResult, name: str) -> None:
        check_chip(mapping, self.options, self._blacklisted, name)
        tell_overruled(mapping, self.options, name)

    def _adopt(self, graph: BioGraph, mapping: MappingResult, name: str) -> None:
        check_fit(mapping, graph, name)
        tell_overruled_places(mapping, graph, self.options.on_loss, name)
        report_losses(graph, mapping, self.options.on_loss)
        self.present, self._graph, self._saved = mapping, graph, None

    def _is_mapping_of(self, graph: BioGraph) -> bool:
        """Whether the present mapping is that of a network, whatever its weights and stimuli."""
        mapped = self._graph
        if mapped is graph:
            return True
        assert mapped is not None
        assert self.present is not None
        return (
            mapped.placement_requests == graph.placement_requests
            and [p.priority for p in mapped.projections] == [p.priority for p in graph.projections]
            and self.present.network == network_of(graph)
        )


@contextmanager
def _shown(graph: BioGraph) -> Iterator[Callable[[str], None]]:
    """Show how far the mapping of a large network is; yield what is to be told of each step."""
    size = graph.n_cells + sum(projection.size for projection in graph.projections)
    following = dict(zip(STEPS, (*STEPS[1:], ""), strict=True))
    with Progress(len(STEPS), "mapping", "steps", shown=size >= _LARGE, summary=False) as progress:
        progress.tell(now=STEPS[0])
        yield lambda step: progress.advance(now=following.get(step, ""))
