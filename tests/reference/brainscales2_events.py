"""What events do on the chip, one event and one driver after the other."""

from __future__ import annotations

import numpy as np

BUSES, DRIVERS, COLUMNS = 4, 128, 256


def connections(routing, pre, weights):
    """Send an event of each source; return the signed weight that reaches each circuit.

    Parameters
    ----------
    routing : Routing
    pre : list of int
        Source of each synapse.
    weights : list of list of int
        Signed weights of the row pairs of each synapse.

    Returns
    -------
    dict
        (source, circuit): sum of the weights of the synapses that fire.
    """
    arrays = {}  # (hemisphere, driver, column): label, weight
    parts = {synapse: list(row) for synapse, row in enumerate(weights)}
    labels = routing.label[np.asarray(pre, int)[routing.synapse]]
    for synapse, circuit, driver, label in zip(
        routing.synapse, routing.circuit, routing.driver, labels, strict=True
    ):
        place = (int(circuit) // COLUMNS, int(driver), int(circuit) % COLUMNS)
        assert place not in arrays, "two synapses in one place"
        assert 0 <= label < 64
        arrays[place] = (int(label), parts[int(synapse)].pop(0))
    assert not any(parts.values()), "a weight was not placed"
    by_driver = {}
    for (hemisphere, driver, column), content in arrays.items():
        by_driver.setdefault((hemisphere, driver), []).append((column, *content))
    reached = {}
    for source in np.flatnonzero(routing.bus >= 0).tolist():
        for hemisphere in (0, 1):
            if not routing.hemispheres[source, hemisphere]:
                continue
            for driver in range(DRIVERS):
                bus, number = driver % BUSES, driver // BUSES
                selected = int(routing.row_select[source]) & routing.row_mask
                if bus != routing.bus[source] or number & routing.row_mask != selected:
                    continue
                for column, label, weight in by_driver.get((hemisphere, driver), ()):
                    if label == routing.label[source]:
                        key = (source, hemisphere * COLUMNS + column)
                        reached[key] = reached.get(key, 0) + weight
    return reached
