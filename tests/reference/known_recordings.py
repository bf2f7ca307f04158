"""A pipeline that runs nothing and has known recordings."""

import numpy as np

SPIKES = [(0, 1.0), (0, 5.0), (0, 10.0), (1, 0.0), (1, 12.5), (3, 20.0), (3, 20.3)]


class KnownRecordings:
    """A pipeline whose cells fire at `SPIKES` and whose signals are the number of the step."""

    def __init__(self, options):
        self.options = options
        self.step = 0
        self.updates = []
        self.is_torn = False
        self.presentation = 0

    def update(self, graph, change):
        self.graph = graph
        self.updates.append(change)

    def knows(self, last_cell, projection=-1):
        return last_cell < self.graph.n_cells

    def advance(self, n_steps):
        self.step += n_steps

    def reset(self):
        self.step = 0
        self.presentation += 1

    @property
    def signal_interval_steps(self):
        intervals = [r.interval_steps for r in self.graph.recording_requests]
        return int(np.gcd.reduce(intervals))

    def spikes(self, cells):
        chosen = [(c, t) for c, t in SPIKES if c in cells]
        return (
            np.array([c for c, _ in chosen], dtype=np.int64),
            np.array([t for _, t in chosen], dtype=np.float64),
        )

    def signal(self, variable, cells):
        steps = np.arange(0, self.step + 1, self.signal_interval_steps)
        return steps[:, None] + 1000.0 * cells
