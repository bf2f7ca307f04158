from dataclasses import replace

import numpy as np
import pytest

from pyNN_brainscales_emu.calibration.comparison import compare_calibrations
from pyNN_brainscales_emu.calibration.computed import (
    default_calibration,
    nominal_calibration,
    perfect_calibration,
)
from pyNN_brainscales_emu.calibration.storage import (
    CalibrationFile,
    load_calibration,
    merge_calibrations,
    save_calibration,
)
from pyNN_brainscales_emu.calibration.virtual_wafer import CELLS, VirtualHICANN
from pyNN_brainscales_emu.errors import DataError

h5py = pytest.importorskip("h5py")


def chip(number=297, wafer=33):
    return VirtualHICANN(wafer, number, "default")


@pytest.fixture(scope="module")
def measured():
    known = default_calibration(chip())
    cells = dict(known.cells)
    good = cells["E_l"].good.copy()
    good[17] = False
    cells["E_l"] = replace(cells["E_l"], good=good)
    return replace(known, method="measured", date="2026-11-21T08:00:00+00:00", cells=cells)


@pytest.fixture
def path(tmp_path, measured):
    path = tmp_path / "calibration.h5"
    save_calibration(path, [measured], "default")
    return path


def as_file(*hicanns, variation="default", path="memory"):
    return CalibrationFile(path, hicanns[0].wafer, variation, {h.hicann: h for h in hicanns})


def assert_equal(first, second):
    assert (first.wafer, first.hicann, first.method, first.date) == (
        second.wafer,
        second.hicann,
        second.method,
        second.date,
    )
    for cell in CELLS:
        a, b = first.cells[cell], second.cells[cell]
        for name in ("offset", "factor", "gain"):
            np.testing.assert_array_equal(getattr(a.distortion, name), getattr(b.distortion, name))
        np.testing.assert_array_equal(a.domain, b.domain)
        np.testing.assert_array_equal(a.good, b.good)
    np.testing.assert_array_equal(first.readout_shift, second.readout_shift)


# --- there and back --------------------------------------------------------------------------


def test_what_is_written_is_read(path, measured):
    file = load_calibration(path)
    assert (file.path, file.wafer, file.variation) == (str(path), 33, "default")
    assert_equal(file.hicann(297), measured)
    assert file.hicann(297).blacklisted[17]
    assert not list(path.parent.glob("*.part"))


def test_many_hicanns(tmp_path):
    written = [default_calibration(chip(number)) for number in (9, 3)]
    save_calibration(tmp_path / "two.h5", written, "default")
    file = load_calibration(tmp_path / "two.h5")
    assert sorted(file.hicanns) == [3, 9]
    assert_equal(file.hicann(9), written[0])
    assert_equal(file.hicann(3), written[1])


def test_files_can_be_looked_at(path):
    with h5py.File(path) as file:
        assert file.attrs["schema_version"] == 2
        assert file.attrs["wafer"] == 33
        assert file["method"].asstr()[0] == "measured"
        assert file["date"].asstr()[0].startswith("2026-11-21")
        assert file["E_l/offset"].shape == (1, 512)
        assert file["V_reset/offset"].shape == (1, 4)
        assert file["readout_shift"].shape == (1, 512)


# --- bad input -------------------------------------------------------------------------------


def test_nothing_is_overwritten_unasked(path, measured):
    before = path.read_bytes()
    with pytest.raises(DataError, match=r"calibration\.h5: the file exists"):
        save_calibration(path, [measured], "default")
    assert path.read_bytes() == before
    save_calibration(path, [replace(measured, date="")], "default", overwrite=True)
    assert load_calibration(path).hicann(297).date == ""


def test_a_failed_write_leaves_the_old_file(path, measured, monkeypatch):
    before = path.read_bytes()
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(DataError, match=r"calibration\.h5: it cannot be written: disk full"):
        save_calibration(path, [measured], "default", overwrite=True)
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == ["calibration.h5"]


def test_nan_is_neither_written_nor_read(path, measured, tmp_path):
    cells = dict(measured.cells)
    broken = cells["I_gl"].take(slice(None))
    broken.distortion.factor.flags.writeable = True
    factor = broken.distortion.factor.copy()
    factor[5] = np.nan
    cells["I_gl"] = replace(broken, distortion=replace(broken.distortion, factor=factor))
    with pytest.raises(DataError, match="HICANN 297: factor of I_gl"):
        save_calibration(tmp_path / "new.h5", [replace(measured, cells=cells)], "default")
    assert not (tmp_path / "new.h5").exists()
    with h5py.File(path, "r+") as file:
        file["I_gl/factor"][0, 5] = np.nan
    with pytest.raises(DataError, match=r"calibration\.h5: factor of I_gl holds 1 number.*nan"):
        load_calibration(path)


@pytest.mark.parametrize(
    ("cell", "row", "number"), [("E_l", "factor", 0.0), ("I_pl", "gain", -1.0)]
)
def test_curves_that_do_not_rise_are_refused(path, cell, row, number):
    with h5py.File(path, "r+") as file:
        file[f"{cell}/{row}"][0, 5] = number
    with pytest.raises(DataError, match=f"{row} of {cell}"):
        load_calibration(path)


@pytest.mark.parametrize(
    ("table", "change", "message"),
    [
        ("V_t/gain", lambda v: 3.0 * v, "V_t has a gain"),
        ("I_gl/offset", lambda v: v + 1e-6, "I_gl has an offset"),
        ("I_gl/domain", lambda v: v[..., ::-1], "I_gl has an empty domain"),
        ("I_gl/domain", lambda v: 1.01 * v, "I_gl has a domain that is wider than its curve"),
        ("E_l/domain", lambda v: v - 0.01, "E_l has a domain that is wider than its curve"),
        ("V_syntcx/factor", lambda v: 1e30 * v, "factor of V_syntcx holds 512 .* no circuit has"),
        ("I_gl/gain", lambda v: 0.0 * v + 1e300, "gain of I_gl holds 512 .* no circuit has"),
        ("E_l/offset", lambda v: v + 1e5, "offset of E_l holds 512 .* no circuit has"),
    ],
)
def test_numbers_that_contradict_each_other_are_refused(path, table, change, message):
    with h5py.File(path, "r+") as file:
        file[table][...] = change(file[table][...])
    with pytest.raises(DataError, match=rf"calibration\.h5: {message}"):
        load_calibration(path)


@pytest.mark.parametrize(
    "values", [np.full((1, 512), np.nan), np.full((1, 512), 7), [["no"] * 512]]
)
def test_what_is_good_is_told_by_truth_values(path, values):
    with h5py.File(path, "r+") as file:
        del file["I_radapt/good"]
        file["I_radapt/good"] = values
    with pytest.raises(DataError, match="/I_radapt/good has the type"):
        load_calibration(path)


@pytest.mark.parametrize(("name", "value"), [("schema_version", 2.5), ("wafer", 33.9)])
def test_fractions_are_no_versions_and_no_wafers(path, name, value):
    with h5py.File(path, "r+") as file:
        file.attrs[name] = value
    with pytest.raises(DataError, match=r"schema version; got 2\.5|wafer is no whole number"):
        load_calibration(path)


def test_a_domain_may_be_narrower_than_the_curve(path):
    with h5py.File(path, "r+") as file:
        file["I_gl/domain"][0, :, 1] *= 0.9
    assert load_calibration(path).hicann(297).cells["I_gl"].domain.shape == (512, 2)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("hicann", np.array([296, 297])),
        ("I_gl/factor", 1.0),
        ("date", "now"),
        ("hicann", np.array([297.6])),
        ("readout_shift", np.zeros((2, 512))),
    ],
)
def test_tables_that_do_not_fit_together_are_named(path, name, values):
    with h5py.File(path, "r+") as file:
        del file[name]
        file[name] = values
    with pytest.raises(DataError, match=r"calibration\.h5: the file is damaged"):
        load_calibration(path)


def test_a_folder_that_does_not_exist_is_named(tmp_path, measured):
    with pytest.raises(DataError, match=r"new\.h5: its folder does not exist"):
        save_calibration(tmp_path / "no" / "new.h5", [measured], "default")


def test_damaged_files_are_named(path):
    whole = path.read_bytes()
    for damaged in (whole[: len(whole) // 2], b"", b"not HDF5 at all"):
        path.write_bytes(damaged)
        with pytest.raises(DataError, match=r"calibration\.h5"):
            load_calibration(path)
    flipped = bytearray(whole)
    with h5py.File(path.with_name("copy.h5"), "w"):
        pass
    with pytest.raises(DataError, match="no calibration"):
        load_calibration(path.with_name("copy.h5"))
    # A flipped byte in a table is found by its check sum.
    path.write_bytes(whole)
    with h5py.File(path) as file:
        chunk = file["E_l/offset"].id.get_chunk_info(0)
    flipped[chunk.byte_offset + chunk.size // 2] ^= 0xFF
    path.write_bytes(bytes(flipped))
    with pytest.raises(DataError, match=r"calibration\.h5: the file is damaged"):
        load_calibration(path)


@pytest.mark.parametrize("name", ["E_l/offset", "V_reset", "hicann", "date", "readout_shift"])
def test_missing_parts_are_named(path, name):
    with h5py.File(path, "r+") as file:
        del file[name]
    with pytest.raises(DataError, match=r"calibration\.h5: the file is damaged"):
        load_calibration(path)


def test_tables_of_wrong_size(path):
    with h5py.File(path, "r+") as file:
        del file["E_l/offset"]
        file["E_l/offset"] = np.zeros((1, 100))
    with pytest.raises(DataError, match=r"/E_l/offset has the shape \(1, 100\)"):
        load_calibration(path)


@pytest.mark.parametrize("wrong", [np.full((1, 512), np.nan), np.full((1, 512), 0.5)])
def test_offsets_of_the_readout_that_cannot_be(path, wrong):
    with h5py.File(path, "r+") as file:
        file["readout_shift"][...] = wrong
    with pytest.raises(DataError, match="readout_shift is of wrong size, or has numbers"):
        load_calibration(path)


def test_offsets_of_too_few_denmems(path):
    with h5py.File(path, "r+") as file:
        del file["readout_shift"]
        file["readout_shift"] = np.zeros((1, 256))
    with pytest.raises(DataError, match=r"/readout_shift has the shape \(1, 256\)"):
        load_calibration(path)


@pytest.mark.parametrize("version", [1, 3])
def test_other_versions_are_named(path, version):
    with h5py.File(path, "r+") as file:
        file.attrs["schema_version"] = version
    with pytest.raises(DataError, match=f"another schema version; got {version}; allowed: 2"):
        load_calibration(path)


def test_missing_file(tmp_path):
    with pytest.raises(DataError, match=r"nothing\.h5: there is no such file"):
        load_calibration(tmp_path / "nothing.h5")


def test_calibrations_that_do_not_belong_together(tmp_path):
    for together in (
        [],
        [nominal_calibration(33, 1), nominal_calibration(34, 2)],
        [nominal_calibration(33, 1), nominal_calibration(33, 1)],
    ):
        with pytest.raises(DataError):
            save_calibration(tmp_path / "new.h5", together, "default")
    assert not list(tmp_path.iterdir())


def test_without_h5py_the_remedy_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "h5py", None)
    with pytest.raises(DataError, match=r"h5py.*pip install 'pyNN-brainscales-emu\[io\]'"):
        load_calibration(tmp_path / "any.h5")


# --- several files ---------------------------------------------------------------------------


def test_merging_keeps_the_last_of_each_hicann(measured):
    old, other = replace(measured, method="old"), nominal_calibration(33, 5)
    merged = merge_calibrations([as_file(old), as_file(other), as_file(measured)])
    assert sorted(merged.hicanns) == [5, 297]
    assert merged.hicann(297).method == "measured"


def test_files_of_different_chips_are_not_merged(measured):
    other = as_file(replace(measured, wafer=34), path="b.h5")
    for files in (
        [as_file(measured), other],
        [as_file(measured), as_file(measured, variation="x")],
    ):
        with pytest.raises(DataError, match="different chips"):
            merge_calibrations(files)
    with pytest.raises(DataError, match="no files"):
        merge_calibrations([])


def test_a_calibration_does_not_differ_from_itself(measured):
    differences = compare_calibrations(as_file(measured), as_file(measured))
    assert set(differences) == {*CELLS, "readout_shift"}
    assert all(d.mean == d.sd == d.largest == 0.0 for d in differences.values())
    assert differences["E_l"].n_circuits == 511


def test_comparison_finds_shift_and_counts(measured):
    cells = dict(measured.cells)
    known = cells["V_t"]
    shifted = replace(known.distortion, offset=known.distortion.offset + 0.01)
    cells["V_t"] = replace(known, distortion=shifted)
    good = cells["I_gl"].good.copy()
    good[:3] = False
    cells["I_gl"] = replace(cells["I_gl"], good=good)
    higher = measured.readout_shift + 0.002
    other = replace(measured, cells=cells, readout_shift=higher)
    differences = compare_calibrations(as_file(measured), as_file(other))
    assert differences["V_t"].mean == pytest.approx(0.01)
    assert differences["V_t"].sd == pytest.approx(0.0, abs=1e-12)
    assert differences["I_gl"].n_only_first == 3
    assert differences["I_gl"].n_circuits == 509
    assert differences["E_syni"].largest == 0.0
    assert differences["readout_shift"].mean == pytest.approx(0.002)
    assert differences["readout_shift"].n_circuits == 512


def test_comparison_with_the_truth_shows_the_error_of_a_calibration():
    default, perfect = default_calibration(chip()), perfect_calibration(chip())
    found = compare_calibrations(as_file(perfect), as_file(default))
    sigma = np.hypot(chip().write_sigma("E_l"), 1e-3)
    assert abs(found["E_l"].sd / (np.sqrt(2 / 8) * sigma) - 1) < 4 / np.sqrt(2 * 2 * 512)


def test_comparison_needs_a_common_hicann(measured):
    with pytest.raises(DataError, match="no HICANN in common"):
        compare_calibrations(as_file(measured), as_file(nominal_calibration(33, 1)))
