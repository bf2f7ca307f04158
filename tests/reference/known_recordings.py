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
        self.forgotten = []
        self.states = []

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

    def set_state(self, variable, cells, values):
        self.states.append((variable, cells.tolist(), values.tolist()))

    def forget(self, cells, after_step=0):
        self.forgotten.append((cells.tolist(), after_step))

    def spikes(self, cells, since_step=0, until_step=None):
        since = np.broadcast_to(since_step, len(cells)) * self.options.timestep
        begin = dict(zip(cells.tolist(), since.tolist(), strict=True))
        now = (self.step if until_step is None else until_step) * self.options.timestep
        shown = [(c, t) for c, t in SPIKES if c in begin and (begin[c] or -1) < t <= now + 1e-9]
        return (
            np.array([c for c, _ in shown], dtype=np.int64),
            np.array([t for _, t in shown], dtype=np.float64),
        )

    def signal(self, variable, cells, interval_steps, first_sample=0):
        steps = np.arange(first_sample, self.step // interval_steps + 1) * interval_steps
        return steps[:, None] + 1000.0 * cells
