"""Saved reports come back as they were, and nothing else does."""

import json

import pytest

from pyNN_brainscales_emu.data.parameter_report import ParameterReport
from pyNN_brainscales_emu.data.readout_report import MembraneReport, ReadoutReport
from pyNN_brainscales_emu.data.report import ProjectionReport, Report
from pyNN_brainscales_emu.data.report_file import load_report
from pyNN_brainscales_emu.errors import DataError
from pyNN_brainscales_emu.links.counts import PulseCounts


def report(**changed):
    parameter = {
        "population": "cells",
        "parameter": "tau_m",
        "asked_mean": 20.0,
        "realised_mean": 19.5,
        "realised_sd": 1.5,
        "largest_deviation": -3.0,
        "n_clipped": 2,
        "n_cells": 10,
        "asked_min": 10.0,
        "asked_max": 30.0,
        "cell": "I_gl",
        "dac_min": 301,
        "dac_max": 512,
        "limit_low": 8.5,
        "limit_high": None,
    }
    projection = {
        "projection": "a→b",
        "n_asked": 100,
        "n_lost": 8,
        "lost_by_reason": {"no synapse driver": 8},
        "n_clipped": 1,
        "n_zeroed": 0,
        "weight_error": 0.125,
        "delay_asked_ms": 1.0,
        "delay_realised_ms": 0.75,
    }
    return Report(
        "brainscales1",
        (ParameterReport(**parameter | changed),),
        (ProjectionReport(**projection),),
        PulseCounts(l2_up_sent=7),
        ReadoutReport(
            membranes=(MembraneReport("cells", 3, 11, 297, 14, 1),),
            n_asked=4,
            unread_by_reason={"no free channel": 3},
            unread_by_population={"cells": 3},
            unreadable_signals={},
            bits=12,
        ),
        circuit_modes={"small capacitors, slow leak": 2},
    )


@pytest.fixture
def path(tmp_path):
    report().save(tmp_path / "report.json")
    return tmp_path / "report.json"


def test_a_report_comes_back_as_it_was(path):
    assert load_report(path) == report()
    assert str(load_report(path)) == str(report())
    Report("ideal", (), (), PulseCounts()).save(path)
    assert load_report(path) == Report("ideal", (), (), PulseCounts())


def test_files_that_are_no_reports(tmp_path, path):
    with pytest.raises(DataError, match=r"absent\.json: there is no such file"):
        load_report(tmp_path / "absent.json")
    whole = path.read_bytes()
    for content, match in (
        (whole[:100], "is damaged"),
        (b"PK\x03\x04\xff\xfe", "damaged .it is no text"),
        (b"[" * 100_000, "is damaged"),
        (b"", "is damaged"),
        (b"[1, 2]", "it holds no object"),
        (b"{}", "is no report"),
    ):
        path.write_bytes(content)
        with pytest.raises(DataError, match=rf"report .*report\.json: .*{match}"):
            load_report(path)


@pytest.mark.parametrize(
    ("place", "value", "match"),
    [
        (("schema_version",), 0, "another schema version; got 0"),
        (("substrate",), 3, "substrate is int, not str"),
        (("pulses", "l2_up_lost"), "7", "pulses, l2_up_lost is str, not int"),
        (("pulses", "l2_up_lost"), True, "l2_up_lost is bool, not int"),
        (("parameters", 0, "n_clipped"), 1.5, "parameters, entry 0, n_clipped is float"),
        (("parameters", 0, "colour"), 1, "entry 0 has more or fewer .*colour"),
        (("projections",), {}, "projections is dict, not list"),
        (("projections", 0, "lost_by_reason"), {"a": "b"}, "lost_by_reason, a is str"),
    ],
)
def test_contents_that_cannot_be_are_named(path, place, value, match):
    content = json.loads(path.read_text())
    part = content
    for name in place[:-1]:
        part = part[name]
    part[place[-1]] = value
    path.write_text(json.dumps(content))
    with pytest.raises(DataError, match=match):
        load_report(path)


def test_an_entry_that_is_missing(path):
    content = json.loads(path.read_text())
    del content["pulses"]["l2_up_sent"]
    path.write_text(json.dumps(content))
    with pytest.raises(DataError, match=r"more or fewer entries than expected \(l2_up_sent"):
        load_report(path)
