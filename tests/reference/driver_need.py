"""How many synapse drivers one line needs on one HICANN, counted synapse by synapse.

A second implementation of `mapping.driver_requirement`, as simple as can be: dictionaries and
loops, every half row by itself.
"""

from collections import Counter, defaultdict


def half_rows_of(n_synapses, n_columns):
    """Fill half rows of so many columns with synapses, one after the other."""
    n_half_rows, room = 0, 0
    for _ in range(n_synapses):
        if room == 0:
            n_half_rows, room = n_half_rows + 1, n_columns
        room -= 1
    return n_half_rows


def choice(n_synapses, n_even, n_odd):
    """Return which parity a neuron takes, and with how many half rows."""
    options = {}
    if n_even:
        options["even"] = half_rows_of(n_synapses, n_even)
    if n_odd:
        options["odd"] = half_rows_of(n_synapses, n_odd)
    fewest = min(options.values())
    best = [parity for parity, half_rows in options.items() if half_rows == fewest]
    return ("free" if len(best) == 2 else best[0]), fewest


def half_rows_needed(synapses, columns):
    """Return {(mode, sign, prefix): {'even': ..., 'odd': ...}}.

    `synapses` holds (neuron, mode, sign, prefix) of each synapse, `columns` (even, odd) by neuron.
    """
    most = defaultdict(Counter)
    for (neuron, *group), count in Counter(synapses).items():
        parity, half_rows = choice(count, *columns[neuron])
        most[tuple(group)][parity] = max(most[tuple(group)][parity], half_rows)
    used = defaultdict(Counter)
    for (mode, sign, _), need in most.items():
        used[mode, sign].update({"even": need["even"], "odd": need["odd"]})
    needed = {}
    for group in sorted(most):
        needed[group] = Counter({"even": most[group]["even"], "odd": most[group]["odd"]})
        filled = used[group[:2]]
        for _ in range(most[group]["free"]):
            emptier = "even" if filled["even"] <= filled["odd"] else "odd"
            filled[emptier] += 1
            needed[group][emptier] += 1
    return needed


def drivers_needed(synapses, columns):
    """Return the number of drivers."""
    filled = defaultdict(Counter)
    for (mode, sign, _), half_rows in half_rows_needed(synapses, columns).items():
        filled[mode, sign].update(half_rows)
    rows = Counter()
    for (mode, _), half_rows in filled.items():
        rows[mode] += max(half_rows["even"], half_rows["odd"])
    return sum((n_rows + 1) // 2 for n_rows in rows.values())
