"""The settings of the links: presets, and values that no link can have."""

import math
import pickle

import numpy as np
import pytest

from pyNN_brainscales_emu.errors import OptionError
from pyNN_brainscales_emu.link_settings import PRESETS, Links
from pyNN_brainscales_emu.options import Options, parse_options


def test_the_default_is_the_wafer_with_its_kintex_7():
    assert Options().links == Links() == Links.preset("kintex7")


def test_rates_follow_from_the_periods():
    # marocco:marocco/placement/internal/InputPlacement.h has 1.78e7 and 1.25e8 events/s.
    links = Links()
    assert links.link_rate_hz == pytest.approx(1.78e7, rel=0.005)
    assert links.fpga_rate_hz == pytest.approx(1.25e8)
    assert Links(link_period_ns=28).link_rate_hz == pytest.approx(2 * links.link_rate_hz)
    assert Links(pulses_per_clock=2).fpga_rate_hz == pytest.approx(2 * links.fpga_rate_hz)
    assert Links.preset("ideal").link_rate_hz == Links.preset("ideal").fpga_rate_hz == math.inf


@pytest.mark.parametrize("name", PRESETS)
def test_setup_knows_the_presets(name):
    assert parse_options({"links": name}, ("default",)).links == PRESETS[name]
    assert pickle.loads(pickle.dumps(PRESETS[name])) == PRESETS[name]


def test_an_unknown_preset_is_refused_with_the_nearest():
    with pytest.raises(OptionError, match=r"'kintex'.*Did you mean 'kintex7'"):
        parse_options({"links": "kintex"}, ("default",))


@pytest.mark.parametrize("value", [-1.0, math.nan, math.inf, "56", None, True])
def test_a_time_that_cannot_be_is_refused(value):
    with pytest.raises(OptionError, match="link_period_ns"):
        Links(link_period_ns=value)


@pytest.mark.parametrize("value", [0, 1.5, -3, True])
def test_a_depth_is_a_positive_integer(value):
    with pytest.raises(OptionError, match="fifo_depth"):
        Links(fifo_depth=value)


def test_all_bad_values_are_named_at_once():
    with pytest.raises(OptionError, match=r"(?s)fifo_depth.*delay_ns"):
        Links(fifo_depth=0, delay_ns=-1)


@pytest.mark.parametrize(
    ("settings", "limit"),
    [
        ({"send_ahead_ns": 231.0}, "at most delay_ns, 230 ns"),
        ({"fpga_clock_ns": 0.0}, "group_gap_clocks needs a clock"),
    ],
)
def test_settings_that_contradict_each_other_are_named(settings, limit):
    with pytest.raises(OptionError, match=limit):
        Links(**settings)


def test_numbers_of_numpy_become_plain_ones():
    links = Links(link_period_ns=np.float32(28), fifo_depth=np.int64(4))
    assert links == Links(link_period_ns=28.0, fifo_depth=4)
    assert type(links.link_period_ns) is float
    assert type(links.fifo_depth) is int
