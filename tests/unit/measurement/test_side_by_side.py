"""Measurements at once give what they give one after the other."""

import threading
import time
from dataclasses import replace

import numpy as np
import pytest
from measured_chips import DENMEMS, HICANN, WAFER

from pyNN_brainscales_emu.calibration.virtual_wafer import VirtualHICANN
from pyNN_brainscales_emu.measurement import hicann, spread
from pyNN_brainscales_emu.measurement.side_by_side import side_by_side

CELLS = ("V_reset", "I_gl", "V_exp")


@pytest.mark.parametrize("n_threads", [2, 3])
def test_calibrations_are_equal_to_the_bit(monkeypatch, n_threads):
    few = {cell: hicann.SEQUENCE[cell] for cell in CELLS}
    monkeypatch.setattr(hicann, "SEQUENCE", few)
    monkeypatch.setattr(spread, "TARGETS", {cell: spread.TARGETS[cell] for cell in CELLS})
    chip = VirtualHICANN(WAFER, HICANN, "default")

    def found(n):
        measured = hicann.measure_hicann(chip, DENMEMS[:8], n_threads=n)
        spreads = spread.measure_spreads(chip, measured.calibration, DENMEMS[:8], n_threads=n)
        values = [measured.points[cell].value for cell in CELLS]
        return values + [values for s in spreads.values() for values in (s.before, s.after)]

    for one, several in zip(found(1), found(n_threads), strict=True):
        np.testing.assert_array_equal(one, several)


def test_they_are_made_at_once(bench):
    """Each waits for the other; one after the other they would never come to an end."""
    meeting = threading.Barrier(2, timeout=30)

    def measure(_, held):
        meeting.wait()
        return np.array([float(held)])

    together = replace(bench, n_threads=2)
    found = list(side_by_side(together, [(measure, held) for held in range(6)]))
    assert np.concatenate(found).tolist() == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("n_threads", [1, 2])
def test_writes_are_numbered_as_one_after_the_other(bench, n_threads):
    def number(own, _):
        own.write({})
        return np.array([own.n_writes])

    bench = replace(bench, n_threads=n_threads)
    for first in (1, 4):
        found = list(side_by_side(bench, [(number, 0)] * 3))
        assert np.concatenate(found).tolist() == [first, first + 1, first + 2]
    assert bench.n_writes == 6


def test_noise_differs_from_read_to_read_and_from_write_to_write(bench):
    found = []
    for _ in range(2):
        bench.write({"E_l": 0.8})
        analog = bench.run(5.0)
        found += [bench.read(analog), bench.read(analog)]
    for k, one in enumerate(found):
        assert not any(np.array_equal(one, other) for other in found[:k])


def test_after_an_interruption_no_more_are_begun(bench):
    begun = []

    def measure(_, held):
        begun.append(held)
        if held == 0:
            raise KeyboardInterrupt
        time.sleep(0.02)

    with pytest.raises(KeyboardInterrupt):
        list(side_by_side(replace(bench, n_threads=2), [(measure, n) for n in range(100)]))
    assert len(begun) < 100
