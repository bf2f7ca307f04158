"""A plain second look at a cut: no array tricks, one synapse after the other."""

from __future__ import annotations


def problems_of(graph, capacity, cut):
    """Return what is wrong with a cut, as sentences."""
    problems = []
    taken = {}
    for neuron, part in enumerate(cut.part.tolist()):
        if part < 0:
            problems.append(f"neuron {neuron} is in no part")
        taken[part] = taken.get(part, 0) + int(cut.circuits[neuron])
    inputs = {}
    for source, target in zip(graph.pre.tolist(), graph.post.tolist(), strict=True):
        inputs[target] = inputs.get(target, 0) + 1
        if source < graph.n_neurons and cut.part[source] > cut.part[target]:
            problems.append(f"{target} hears {source}, which runs later")
    for neuron, count in inputs.items():
        if count > int(cut.circuits[neuron]) * capacity.inputs_per_circuit:
            problems.append(
                f"neuron {neuron} has {count} inputs on {cut.circuits[neuron]} circuits"
            )
    for part, circuits in taken.items():
        if circuits > capacity.circuits:
            problems.append(f"part {part} takes {circuits} circuits")
    if sorted(taken) != list(range(len(taken))):
        problems.append(f"parts are {sorted(taken)}")
    return problems
