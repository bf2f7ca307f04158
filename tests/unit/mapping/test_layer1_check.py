"""The checker of layer-1 routings finds every kind of violation."""

import dataclasses

import numpy as np
import pytest
from layer1_cases import mask, one_line, random_lines, route

from pyNN_brainscales_emu.hardware.coordinates import HICANNOnWafer
from pyNN_brainscales_emu.hardware.layer1 import CROSSBAR_V_LINES, V_BUS
from pyNN_brainscales_emu.hardware.topology import EAST, HICANN_Y, NEIGHBOURS
from pyNN_brainscales_emu.mapping.layer1_check import layer1_violations
from pyNN_brainscales_emu.mapping.layer1_defects import Layer1Defects

MIDDLE = HICANNOnWafer.from_xy(18, 7).enum


def damaged(routing, **entries):
    """Return a routing with single entries changed: name=(index, value)."""
    changed = {}
    for name, (index, value) in entries.items():
        changed[name] = getattr(routing, name).copy()
        changed[name][index] = value
    return dataclasses.replace(routing, **changed)


@pytest.fixture(scope="module")
def routed():
    lines = random_lines(np.random.default_rng(5), 40, 20)
    return route(lines), lines


def along(routing):
    """Return a segment that continues its parent on another HICANN."""
    parent_hicann = routing.segment_hicann[routing.segment_parent]
    moved = (routing.segment_parent >= 0) & (parent_hicann != routing.segment_hicann)
    return int(np.flatnonzero(moved)[3])


def behind_switch(routing):
    parent_hicann = routing.segment_hicann[routing.segment_parent]
    return int(np.flatnonzero(parent_hicann == routing.segment_hicann)[3])


def test_the_checker_accepts_what_is_right(routed):
    routing, lines = routed
    assert layer1_violations(routing, *lines) == []


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda r: {"segment_bus": (along(r), 320)}, "on no bus"),
        (lambda r: {"segment_parent": (2, 2)}, "before their parent"),
        (lambda r: {"segment_line": (2, 99)}, "of no line"),
        (lambda r: {"segment_bus": (0, 5)}, "elsewhere than at the line's sending repeater"),
        (lambda r: {"segment_parent": (1, -1)}, "without exactly one first segment"),
        (lambda r: {"segment_line": (len(r.segment_line) - 1, 0)}, "parent of another line"),
        (
            lambda r: {"segment_bus": (along(r), r.segment_bus[along(r)] ^ 1)},
            "do not continue their parent",
        ),
        (
            lambda r: {"segment_bus": (behind_switch(r), r.segment_bus[behind_switch(r)] ^ 1)},
            "switch that does not exist",
        ),
        (
            lambda r: {
                "segment_bus": (len(r.segment_bus) - 1, r.segment_bus[0]),
                "segment_hicann": (len(r.segment_bus) - 1, r.segment_hicann[0]),
            },
            "bus that is used twice",
        ),
        (lambda r: {"route_segment": (1, r.route_segment[0])}, "too many synapse switches"),
        (lambda r: {"route_segment": (0, 0)}, "do not end on a vertical line"),
        (lambda r: {"route_target": (0, (r.route_target[0] + 9) % 384)}, "next to their target"),
        (lambda r: {"route_length": (0, r.route_length[0] + 1)}, "wrong length"),
        (lambda r: {"route_line": (0, (r.route_line[0] + 1) % 40)}, "another line"),
        (lambda r: {"route_target": (0, r.route_target[1])}, "not once a route or failed"),
    ],
)
def test_the_checker_finds(routed, change, complaint):
    routing, lines = routed
    violations = layer1_violations(damaged(routing, **change(routing)), *lines)
    assert any(complaint in violation for violation in violations), violations


def test_the_checker_finds_a_second_switch_on_a_line(routed):
    routing, lines = routed
    segment = behind_switch(routing)
    hicann, first = routing.segment_hicann[segment], routing.segment_parent[segment]
    other = next(
        v_line
        for v_line in V_BUS + CROSSBAR_V_LINES[routing.segment_bus[first]]
        if not ((routing.segment_hicann == hicann) & (routing.segment_bus == v_line)).any()
    )
    addition = {
        "segment_line": routing.segment_line[segment],
        "segment_hicann": hicann,
        "segment_bus": other,
        "segment_parent": first,
    }
    longer = {name: np.append(getattr(routing, name), value) for name, value in addition.items()}
    (violation,) = layer1_violations(dataclasses.replace(routing, **longer), *lines)
    assert "too many crossbar switches" in violation


@pytest.mark.parametrize(
    ("kind", "complaint"),
    [
        ("hicann", "on a dead HICANN"),
        ("beyond", "end at a repeater of a dead HICANN"),
        ("line", "on a defect line"),
        ("repeater", "over a border with a dead repeater"),
        ("sending", "fed by a dead sending repeater"),
        ("switch", "behind a defect crossbar switch"),
    ],
)
def test_the_checker_finds_defects_in_use(kind, complaint):
    target = HICANNOnWafer.from_xy(21, 7).enum
    lines = one_line(MIDDLE, [target])
    routing = route(lines)
    assert routing.segment_bus[:4].tolist() == [62, 0, 2, 4]
    east, last = NEIGHBOURS[MIDDLE, EAST], routing.segment_bus[-1] - V_BUS
    defects = {
        "hicann": lambda: mask("hicann", east),
        # The line of the last H segment ends at the next HICANN's repeater.
        "beyond": lambda: mask("hicann", NEIGHBOURS[target, EAST]),
        "line": lambda: mask("v_line", (target, last)),
        "repeater": lambda: mask("h_repeater", (east, 0)),
        "sending": lambda: mask("h_repeater", (MIDDLE, 62)),
        "switch": lambda: Layer1Defects(crossbar_switches=np.array([(target, 4, last)])),
    }[kind]()
    violations = layer1_violations(routing, *lines, defects)
    assert any(complaint in violation for violation in violations), violations
    # The repeater on the other side of the HICANN is not in use.
    assert layer1_violations(routing, *lines, mask("h_repeater", (MIDDLE, 63))) == []
    assert HICANN_Y[target] == HICANN_Y[MIDDLE]
