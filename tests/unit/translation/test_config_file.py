"""Configurations in files: every bit comes back, and nothing wrong is read or overwritten."""

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyNN_brainscales_emu.effects import Effects
from pyNN_brainscales_emu.errors import DataError
from pyNN_brainscales_emu.hardware.floating_gate import BIAS_CELLS, NEURON_CELLS
from pyNN_brainscales_emu.options import Options
from pyNN_brainscales_emu.translation.config_file import load_config
from pyNN_brainscales_emu.translation.stage import Translator


def arrays_of(config):
    """All arrays of a configuration by name."""
    found = {}

    def collect(name, value):
        if isinstance(value, np.ndarray):
            found[name] = value
        elif isinstance(value, dict):
            for key, entry in value.items():
                collect(f"{name}.{key}", entry)
        elif isinstance(value, tuple):
            for number, entry in enumerate(value):
                collect(f"{name}.{number}", entry)
        elif hasattr(value, "__dataclass_fields__"):
            for field in fields(value):
                collect(f"{name}.{field.name}", getattr(value, field.name))

    collect("config", config)
    return found


@settings(max_examples=15)
@given(data=st.data())
def test_files_give_back_every_bit(network, tmp_path_factory, data):
    effects = data.draw(st.sampled_from([Effects.all(), Effects.none()]))
    translator = Translator(
        *network({"weight": np.linspace(0, 2e-3, 5), "reason": [0, 0, 1, 0, 0]}, {"weight": []}),
        Options(effects=effects),
    )
    config = translator.translate(3).config
    dac = st.integers(0, 1023)
    cells = st.sampled_from((*NEURON_CELLS, *BIAS_CELLS))
    edits = data.draw(st.dictionaries(cells, st.lists(dac, min_size=4, max_size=4)))
    for cell, values in edits.items():
        config = config.with_floating_gates(cell, values, int(data.draw(st.integers(8, 15))))
    config = config.with_shared("V_reset", data.draw(st.lists(dac, min_size=4, max_size=4)))
    config = config.with_rows(gmax_divisor=data.draw(st.integers(2, 30)))
    codes = st.lists(st.integers(-1, 15), min_size=5, max_size=5)
    config = config.with_digital_weights(0, data.draw(codes))
    path = tmp_path_factory.mktemp("config") / "config.h5"
    config.save(path)
    loaded = load_config(path)
    ours, theirs = arrays_of(config), arrays_of(loaded)
    assert set(ours) == set(theirs)
    for name, values in ours.items():
        assert values.dtype == theirs[name].dtype, name
        np.testing.assert_array_equal(theirs[name], values, err_msg=name)
    for name in ("wafer", "variation", "network", "places", "write_number"):
        assert getattr(loaded, name) == getattr(config, name)
    before = translator.translate(0)
    one, two = (translator.use(each, before).realised for each in (config, loaded))
    for name, values in one.neurons.realised.items():
        np.testing.assert_array_equal(two.neurons.realised[name], values)
    np.testing.assert_array_equal(two.synapses.realised[0], one.synapses.realised[0])


@pytest.fixture
def saved(synapses, tmp_path):
    path = tmp_path / "config.h5"
    synapses.translate(0).config.save(path)
    return path


def test_files_are_not_overwritten_unasked(synapses, saved):
    before = saved.read_bytes()
    config = synapses.translate(0).config.with_rows(gmax_divisor=9)
    with pytest.raises(DataError, match=r"config\.h5: the file exists.*overwrite=True"):
        config.save(saved)
    assert saved.read_bytes() == before
    config.save(saved, overwrite=True)
    assert (load_config(saved).rows.gmax_divisor == 9).all()
    assert [path.name for path in saved.parent.iterdir()] == ["config.h5"]


def test_a_file_that_cannot_be_written_leaves_nothing(synapses, saved, monkeypatch):
    config = synapses.translate(0).config
    monkeypatch.setattr("pyNN_brainscales_emu.translation.config_file._arrays", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        config.save(saved.with_name("new.h5"))
    with pytest.raises(DataError, match=r"hardware configuration .*new\.h5: its folder does not"):
        config.save(saved.parent / "no" / "new.h5")
    assert [path.name for path in saved.parent.iterdir()] == ["config.h5"]


def broken(path, change):
    h5py = pytest.importorskip("h5py")
    with h5py.File(path, "r+") as file:
        change(file)


def replaced(name, values):
    def change(file):
        del file[name]
        file[name] = values

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f.attrs.update(schema_version=3), "another schema version; got 3; allowed: 2"),
        (lambda f: f.attrs.update(format="x"), "no hardware configuration file; got 'x'"),
        (lambda f: f.pop("floating_gates/I_gl"), "damaged"),
        (
            replaced("floating_gates/I_gl", np.full(32, np.nan)),
            "I_gl has the type float64",
        ),
        (replaced("floating_gates/I_gl", np.full(32, 1024)), "I_gl holds values outside 0 to 1023"),
        (replaced("floating_gates/I_gl", np.full(31, 5)), r"I_gl has the shape \(31,\)"),
        (replaced("shared/V_ccas", np.full((1, 4), -7)), "V_ccas holds values outside"),
        (replaced("shared/mode", np.full(1, 6)), "settings of HICANNs holds values outside 0 to 5"),
        (replaced("rows/gmax_divisor", np.full(2, 31)), "divisor of rows holds values outside"),
        (replaced("rows/translated_strength", np.full(2, np.nan)), "not finite"),
        (replaced("projections/0/digital", np.full(6, 16)), "digital weights of projection 0"),
        (lambda f: f.attrs.update(write_number=-1), "write_number is -1, outside 0 to 4294967295"),
        (lambda f: f.attrs.update(write_number=2**32), "write_number is 4294967296"),
        (replaced("denmems/neuron", np.zeros(32, int)), "denmems are not those of the neurons"),
    ],
)
def test_files_that_cannot_be_are_explained(saved, change, message):
    broken(saved, change)
    with pytest.raises(DataError, match=rf"(?s)config\.h5.*{message}"):
        load_config(saved)


def test_damaged_and_missing_files(saved):
    whole = saved.read_bytes()
    for size in (0, 100, len(whole) // 2):
        saved.write_bytes(whole[:size])
        with pytest.raises(DataError, match=r"config\.h5: the file is damaged"):
            load_config(saved)
    with pytest.raises(DataError, match="there is no such file"):
        load_config(saved.with_name("missing.h5"))
