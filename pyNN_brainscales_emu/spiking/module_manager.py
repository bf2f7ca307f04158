"""The graph of modules that are called before a run.

Handles are the edges: a module that takes a handle follows the one that returned it. Open ends are
vertices of their own, ``s_<module>_<number>`` for inputs and ``t_<module>`` for outputs.
"""

from __future__ import annotations

from typing import Any

import networkx as nx

from pyNN_brainscales_emu.errors import NetworkError

Node = tuple[Any, tuple[Any, ...], Any]


class ModuleManager:
    """Collects modules and their handles, and puts them in order.

    Attributes
    ----------
    graph : networkx.DiGraph
        Vertices are numbers of modules and names of open ends; edges carry a ``handle``.
    nodes : dict
        Number of each module.
    wrappers : dict
        Name of each wrapper.
    """

    def __init__(self) -> None:
        self.nodes: dict[Any, int] = {}
        self.wrappers: dict[Any, str] = {}
        self._inputs: dict[Any, Any] = {}
        self.clear()

    def clear(self) -> None:
        """Forget what was called; numbers of modules stay."""
        self.graph = nx.DiGraph()
        self._open_sources: set[str] = set()
        self._open_targets: set[str] = set()

    # --- what is called --------------------------------------------------------------------------

    def add_node(self, module: Any, sources: Any, target: Any) -> None:
        """Note that a module takes some handles and returns one."""
        number = self.nodes.setdefault(module, len(self.nodes))
        sources = sources if isinstance(sources, tuple) else (sources,)
        for position, source in enumerate(sources):
            self._connect_source(number, position, source)
        self._connect_target(number, target)

    def _connect_source(self, number: int, position: int, source: Any) -> None:
        edges = self.find_edges(source)
        if not edges:
            origin: Any = f"s_{number}_{position}"
            self._open_sources.add(origin)
        else:
            origin = edges[0][0]
            for before, end in edges:
                if end in self._open_targets:
                    origin = before
                    self._open_targets.remove(end)
                    self.graph.remove_node(end)
                    break
        self.graph.add_edge(origin, number, handle=source)

    def _connect_target(self, number: int, target: Any) -> None:
        edges = self.find_edges(target)
        if not edges:
            self._open_targets.add(f"t_{number}")
            self.graph.add_edge(number, f"t_{number}", handle=target)
            return
        origin, end = edges[0]
        if origin in self._open_sources:
            self._open_sources.remove(origin)
            self.graph.remove_node(origin)
        self.graph.add_edge(number, end, handle=target)

    def add_wrapper(self, wrapper: Any) -> None:
        """Note a wrapper, after its modules were called."""
        self.wrappers.setdefault(wrapper, f"w_{len(self.wrappers)}")

    # --- what is known ---------------------------------------------------------------------------

    def find_edges(self, handle: Any) -> list[tuple[Any, Any]]:
        """Return the edges of a handle."""
        return [(u, v) for u, v, edge in self.graph.edges(data=True) if edge["handle"] is handle]

    def has_module(self, module: Any) -> bool:
        """Whether a module was called."""
        return module in self.nodes

    def get_id_by_module(self, module: Any) -> int | None:
        """Return the number of a module."""
        return self.nodes.get(module)

    def get_module_by_id(self, number: int) -> Any:
        """Return the module of a number."""
        return next(module for module, known in self.nodes.items() if known == number)

    def get_id_by_wrapper(self, wrapper: Any) -> str | None:
        """Return the name of a wrapper."""
        return self.wrappers.get(wrapper)

    def get_wrapper_by_id(self, name: str) -> Any:
        """Return the wrapper of a name."""
        return next(wrapper for wrapper, known in self.wrappers.items() if known == name)

    def input_data(self) -> list[Any]:
        """Return the handles that come from outside."""
        edges = self.graph.edges(data=True)
        return [edge["handle"] for u, _, edge in edges if u in self._open_sources]

    def source_populations(self, module: Any) -> list[Any]:
        """Return the nearest populations before a module."""
        return self._populations(module, self.graph.predecessors)

    def target_populations(self, module: Any) -> list[Any]:
        """Return the nearest populations behind a module."""
        return self._populations(module, self.graph.successors)

    def _populations(self, module: Any, neighbours: Any) -> list[Any]:
        from pyNN_brainscales_emu.spiking.modules.base import Population

        found = []
        waiting = list(neighbours(self.nodes[module]))
        while waiting:
            number = waiting.pop()
            if isinstance(number, str):  # an open end
                continue
            candidate = self.get_module_by_id(number)
            if isinstance(candidate, Population):
                found.append(candidate)
            else:
                waiting += list(neighbours(number))
        return found

    # --- before and in a run ---------------------------------------------------------------------

    def pre_process(self, experiment: Any) -> None:
        """Draw the masks of dropout, and give synapses their input neurons on a chip."""
        self._handle_dropout_mask()
        if not experiment.mock:
            self._handle_inputs(experiment)

    def _handle_inputs(self, experiment: Any) -> None:
        """Put an input population between each open input and the synapses that take it."""
        from pyNN_brainscales_emu.spiking.modules.base import Projection
        from pyNN_brainscales_emu.spiking.modules.input_neuron import InputNeuron

        for origin in sorted(self._open_sources):
            (number,) = self.graph.successors(origin)
            module = self.get_module_by_id(number)
            if not isinstance(module, Projection):
                continue
            if module not in self._inputs:
                source = InputNeuron(module.in_features, experiment, module.execution_instance)
                self._inputs[module] = source
                self.nodes[source] = len(self.nodes)
            source = self._inputs[module]
            handle = self.graph.get_edge_data(origin, number)["handle"]
            self.graph.remove_edge(origin, number)
            self.graph.add_edge(origin, self.nodes[source], handle=handle)
            self.graph.add_edge(self.nodes[source], number, handle=source.output_type())

    def _handle_dropout_mask(self) -> None:
        """Draw a mask for each dropout and give it to the neurons before it."""
        from pyNN_brainscales_emu.spiking.modules.batch_dropout import BatchDropout
        from pyNN_brainscales_emu.spiking.modules.neuron import AELIF

        for module, number in self.nodes.items():
            if not isinstance(module, BatchDropout) or number not in self.graph:
                continue
            before = [self.get_module_by_id(n) for n in self.graph.predecessors(number)
                      if not isinstance(n, str)]  # fmt: skip
            if len(before) != 1 or not isinstance(before[0], AELIF):
                raise DropoutPlaceError(
                    "BatchDropout must follow one layer of neurons",
                    value=[type(m).__name__ for m in before],
                    remedy="Call it with the handle that LIF or AELIF returned.",
                )
            before[0].mask = module.set_mask()

    def _handle_wrappers(self) -> None:
        """Let a wrapper stand for its modules."""
        for wrapper, name in self.wrappers.items():
            numbers = [self.nodes[module] for module in wrapper.modules.values()]
            sources: list[Any] = []
            targets: list[Any] = []
            outer = []
            for number in numbers:
                for before, _, edge in self.graph.in_edges(number, data=True):
                    if before not in numbers:
                        sources.append(edge["handle"])
                        outer.append((before, name, edge["handle"]))
                for _, behind, edge in self.graph.out_edges(number, data=True):
                    if behind not in numbers:
                        outer.append((name, behind, edge["handle"]))
                    if not any(edge["handle"] is known for known in targets):
                        targets.append(edge["handle"])
            self.graph.remove_nodes_from(numbers)
            self.graph.add_node(name, is_wrapper=True, sources=sources, targets=targets)
            for before, behind, handle in outer:
                self.graph.add_edge(before, behind, handle=handle)

    def _order(self) -> list[Node]:
        """Return modules and wrappers with their handles, each after all that it needs.

        Raises
        ------
        NetworkError
            If modules need each other in a circle.
        """
        if not nx.is_directed_acyclic_graph(self.graph):
            raise NetworkError(
                "modules need each other in a circle",
                remedy="Join them in an HXModuleWrapper.",
            )
        open_ends = self._open_sources | self._open_targets
        order = (node for node in nx.topological_sort(self.graph) if node not in open_ends)
        return [self._described(node) for node in order]

    def _described(self, node: Any) -> Node:
        attributes = self.graph.nodes[node]
        if attributes.get("is_wrapper"):
            wrapper = self.get_wrapper_by_id(node)
            return wrapper, tuple(attributes["sources"]), tuple(attributes["targets"])
        sources = tuple(edge["handle"] for _, _, edge in self.graph.in_edges(node, data=True))
        (target, *_) = (edge["handle"] for _, _, edge in self.graph.out_edges(node, data=True))
        return self.get_module_by_id(node), sources, target

    def done(self) -> list[Node]:
        """Return modules in the order in which they run, and begin anew."""
        self._handle_wrappers()
        nodes = self._order()
        self.clear()
        return nodes

    def __str__(self) -> str:
        lines = ["modules:", *(f"  {number}: {module}" for module, number in self.nodes.items())]
        lines += ["wrappers:", *(f"  {name}: {wrapper}" for wrapper, name in self.wrappers.items())]
        lines += ["connections:", *(f"  {u} -> {v}" for u, v in self.graph.edges())]
        return "\n".join(lines)


class DropoutPlaceError(NetworkError, TypeError):
    """A dropout does not follow a layer of neurons; hxtorch raises a `TypeError`."""
