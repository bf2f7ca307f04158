"""Random lines, targets and defects for tests of layer 1."""

import numpy as np

from pyNN_brainscales_emu.hardware.layer1 import CROSSBAR
from pyNN_brainscales_emu.mapping.layer1_defects import Layer1Defects
from pyNN_brainscales_emu.mapping.layer1_routing import Layer1Settings, route_layer1


def route(lines, defects=None, priority=None, **options):
    """Route lines, by default of equal priority."""
    priority = np.ones(len(lines[0])) if priority is None else priority
    return route_layer1(*lines, priority, defects, Layer1Settings(**options))


def one_line(hicann, targets, merger=0):
    """Return a single line in the form of `random_lines`."""
    return [hicann], [merger], [0, len(targets)], targets


def mask(name, entries):
    """Return defects of one kind at HICANNs, or at pairs of HICANN and line."""
    defect = getattr(Layer1Defects(), name)
    defect[entries] = True
    return Layer1Defects(**{name: defect})


def random_lines(rng, n_lines, n_targets, hicanns=384):
    """Return HICANNs, mergers, starts and targets of lines with 0 to `n_targets` targets each.

    The targets are drawn from `hicanns`, all by default.
    """
    hicann, merger = np.divmod(rng.choice(384 * 8, n_lines, replace=False), 8)
    targets = [rng.choice(hicanns, rng.integers(n_targets + 1), replace=False) for _ in hicann]
    start = np.concatenate([[0], np.cumsum([len(of_line) for of_line in targets])])
    return hicann, merger, start.astype(np.int64), np.concatenate([*targets, np.empty(0, int)])


def random_defects(rng, rate):
    """Return defects of every kind at a rate; dead HICANNs at a tenth of it."""
    h_line, v_line = np.nonzero(CROSSBAR)
    switches = np.array(
        [(c, h, v) for c in range(384) for h, v in zip(h_line, v_line, strict=True)]
    )
    return Layer1Defects(
        hicann=rng.random(384) < rate / 10,
        h_line=rng.random((384, 64)) < rate,
        v_line=rng.random((384, 256)) < rate,
        h_repeater=rng.random((384, 64)) < rate,
        v_repeater=rng.random((384, 256)) < rate,
        crossbar_switches=switches[rng.random(len(switches)) < rate],
    )
