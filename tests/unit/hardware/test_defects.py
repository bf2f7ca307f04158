import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyNN_brainscales_emu.errors import DataError, OptionError
from pyNN_brainscales_emu.hardware.defect_file import load_defects, save_defects
from pyNN_brainscales_emu.hardware.defects import CLASSES, LISTS, MASKS, Defects, from_lists
from pyNN_brainscales_emu.hardware.layer1 import CROSSBAR, SYNAPSE_SWITCH
from pyNN_brainscales_emu.hardware.topology import HICANN_FPGA

#: Components of each class on a wafer.
NUMBER = {name: int(np.prod(shape)) for name, shape in (MASKS | LISTS).items()}
NUMBER |= {"crossbar_switch": 384 * 512, "synapse_switch": 384 * 256 * 28}


def same(one, other):
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in CLASSES)


def test_a_wafer_without_defects():
    defects = Defects()
    assert not defects.any
    assert set(defects.counts().values()) == {0}
    assert repr(defects) == "Defects()"
    assert not defects.dead_hicanns.any()


@pytest.mark.parametrize("name", CLASSES)
def test_drawn_defects_come_at_the_rate_asked_for(name):
    rate = 0.1 if NUMBER[name] < 1e6 else 1e-3
    counts = [Defects.draw({name: rate}, seed).counts()[name] for seed in range(4)]
    mean, sd = 4 * rate * NUMBER[name], np.sqrt(4 * rate * (1 - rate) * NUMBER[name])
    assert abs(sum(counts) - mean) < 4.5 * sd
    assert len(set(counts)) > 1 or NUMBER[name] < 100
    assert same(Defects.draw({name: rate}, 1), Defects.draw({name: rate}, 1))
    assert Defects.draw({name: 0.0}, 1).counts()[name] == 0


@pytest.mark.parametrize("name", ["fpga", "crossbar_switch"])
def test_a_rate_of_one_breaks_everything(name):
    assert Defects.draw({name: 1.0}, 3).counts()[name] == NUMBER[name]


def test_rates_do_not_influence_each_other():
    alone = Defects.draw({"denmem": 0.01, "synapse": 1e-4}, 5)
    more = Defects.draw({"synapse": 1e-4, "v_line": 0.2, "denmem": 0.01, "hicann": 0.5}, 5)
    np.testing.assert_array_equal(alone.denmem, more.denmem)
    np.testing.assert_array_equal(alone.synapse, more.synapse)


def test_drawn_lists_hold_each_component_once_and_only_those_that_exist():
    defects = Defects.draw({"crossbar_switch": 0.2, "synapse_switch": 0.05}, 2)
    for name, exists in (("crossbar_switch", CROSSBAR), ("synapse_switch", SYNAPSE_SWITCH)):
        rows = getattr(defects, name)
        assert len(np.unique(rows, axis=0)) == len(rows)
        assert exists[rows[:, 1], rows[:, 2]].all()


def test_hicanns_die_with_their_fpga():
    defects = from_lists({"fpga": [7], "hicann": [3]})
    expected = set(np.flatnonzero(HICANN_FPGA == 7)) | {3}
    assert set(np.flatnonzero(defects.dead_hicanns)) == expected


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Defects(hicann=np.zeros(383, bool)), "hicann has the wrong form"),
        (lambda: Defects(denmem=np.zeros((384, 512))), "denmem has the wrong form"),
        (lambda: Defects(synapse=np.zeros((1, 2), np.int32)), "synapse has the wrong form"),
        (lambda: Defects(synapse=np.array([[0, 448, 0]])), r"do not exist; got \[0, 448, 0\]"),
        (lambda: Defects(crossbar_switch=np.array([[0, 0, 0]])), "1 of crossbar_switch do not"),
        (lambda: Defects.draw({"denmen": 0.1}, 1), "unknown class; got 'denmen'"),
        (lambda: Defects.draw({"denmem": 1.5}, 1), "rate of denmem; got 1.5"),
        (lambda: Defects.draw({"denmem": True}, 1), "rate of denmem; got True"),
        (lambda: Defects.draw(["denmem"], 1), "rates; got .* a mapping of classes"),
        (lambda: Defects.draw({"denmem": 0.1}, "1"), "seed; got '1'; allowed: an integer"),
        (lambda: from_lists({"hicann": [2**32 + 5]}), r"no such hicann; got \[4294967301\]"),
        (lambda: from_lists({"hicann": [5.5]}), "hicann; got 'float64'; allowed: integers"),
        (lambda: from_lists({"hicann": [384]}), "no such hicann"),
        (lambda: from_lists({"wire": [1]}), "unknown class"),
    ],
)
def test_defects_that_cannot_be(make, message):
    with pytest.raises(OptionError, match=message):
        make()


# --- files -----------------------------------------------------------------------------------


@settings(max_examples=15, deadline=None)
@given(st.dictionaries(st.sampled_from(CLASSES), st.sampled_from([1e-5, 0.01])), st.integers(0, 9))
def test_files_give_back_what_was_saved(tmp_path_factory, rates, seed):
    path = tmp_path_factory.mktemp("defects") / "wafer.json"
    defects = Defects.draw({name: min(rate, 1e-4 if name in LISTS else 1) for name, rate in
                            rates.items()}, seed)  # fmt: skip
    save_defects(defects, path)
    assert same(load_defects(path), defects)
    assert [entry.name for entry in path.parent.iterdir()] == ["wafer.json"]


def test_the_format_by_hand(tmp_path):
    path = tmp_path / "wafer.json"
    path.write_text(
        '{"format": "pyNN_brainscales_emu defects", "schema_version": 1, "defects": '
        '{"hicann": [12], "denmem": [[5, 17], [5, 18]], "synapse": [[3, 447, 255]]}}'
    )
    assert repr(load_defects(path)) == "Defects(1 hicann, 2 denmem, 1 synapse)"
    assert load_defects(path).denmem[5, [17, 18]].all()


def content(**changed):
    good = {"format": "pyNN_brainscales_emu defects", "schema_version": 1, "defects": {}}
    return json.dumps({**good, **changed})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is damaged"),
        (content()[:-3], "is damaged"),
        ("[]", "it is no defects|it holds no object"),
        (content(format="other"), "it is no defects|it holds no object"),
        (content(schema_version=2), "another schema version; got 2; allowed: 1"),
        (content(schema_version=True), "another schema version; got True; allowed: 1"),
        (content(schema_version=1.0), "another schema version; got 1.0; allowed: 1"),
        (content(defects=[1]), "'defects' is no object"),
        (content(defects={"hicann": [384]}), r"no such hicann; got \[384\]; allowed: 0 to 383"),
        (content(defects={"hicann": [-1]}), "no such hicann"),
        (content(defects={"hicann": [1.5]}), "no integers"),
        (content(defects={"hicann": ["1"]}), "no integers"),
        (content(defects={"hicann": [True, 3]}), "no integers"),
        (content(defects={"denmem": [[1, 2], [False, 3]]}), "no integers"),
        (content(defects={"hicann": [[1, 2]]}), "another form than single numbers"),
        (content(defects={"denmem": [[1, 2, 3]]}), "another form than lists of 2 numbers"),
        (content(defects={"denmem": [[1, 2], [3]]}), "denmem has entries of different lengths"),
        (content(defects={"hicann": [2**32 + 5]}), r"no such hicann; got \[4294967301\]"),
        ("[" * 100_000, "is damaged"),
        (content(defects={"neurons": [[1, 2]]}), "unknown class"),
        (content(defects={"crossbar_switch": [[0, 0, 0]]}), "do not exist"),
        (content(defects={"hicann": [10**30]}), "hicann"),
        (
            content()[:-2] + '"hicann": [1], "hicann": [2]}}',
            "'hicann' stands there more than once",
        ),
        (content(defect={"hicann": [1]}), "unknown entry 'defect'"),
    ],
)
def test_files_that_cannot_be_read(tmp_path, text, message):
    path = tmp_path / "wafer.json"
    path.write_text(text)
    with pytest.raises(DataError, match=message) as error:
        load_defects(path)
    assert "wafer.json" in str(error.value)


def test_all_problems_of_a_file_are_told_at_once(tmp_path):
    path = tmp_path / "wafer.json"
    wrong = {"hican": [3], "hicann": [400, 3, -1], "denmem": [[1, 512], [2, 3]], "fpga": ["a"]}
    path.write_text(content(defects=wrong))
    with pytest.raises(DataError) as error:
        load_defects(path)
    for text in (
        "unknown class 'hican', did you mean 'hicann'?",
        "no such hicann; got [400, -1]; allowed: 0 to 383",
        "no such denmem; got [[1, 512]]; allowed: 0 to 383, 0 to 511",
        "fpga has entries that are no integers",
    ):
        assert text in str(error.value)


def test_all_wrong_rates_are_told_at_once():
    with pytest.raises(OptionError) as error:
        Defects.draw({"hicann": -0.1, "bar": 2, "denmem": 7, "fpga": 0.1}, 1)
    for text in ("3 reasons", "rate of hicann; got -0.1", "got 'bar'", "rate of denmem; got 7"):
        assert text in str(error.value)


def test_a_failed_write_leaves_nothing(tmp_path):
    with pytest.raises(DataError, match="it is a folder"):
        save_defects(Defects(), tmp_path)
    with pytest.raises(DataError, match=r"defects .*no/such\.json: its folder does not exist"):
        save_defects(Defects(), tmp_path / "no" / "such.json")
    assert list(tmp_path.iterdir()) == []
    assert not list(tmp_path.parent.glob("*.part"))


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(DataError, match="there is no such file"):
        load_defects(tmp_path / "nothing.json")
