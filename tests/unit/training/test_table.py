import csv
import json

import numpy as np
import pytest

from pyNN_brainscales_emu.errors import DataError
from pyNN_brainscales_emu.training import Table

ROWS = [{"wafer": 1, "accuracy": 1 / 3}, {"wafer": 2, "accuracy": np.nan}, {"wafer": 3}]


def test_files_hold_the_same_numbers(tmp_path):
    table = Table.from_rows(ROWS)
    with table.to_csv(tmp_path / "new" / "table.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows == [["wafer", "accuracy"], ["1", repr(1 / 3)], ["2", ""], ["3", ""]]
    content = json.loads(table.to_json(tmp_path / "table.json").read_text())
    assert content[0] == {"wafer": 1, "accuracy": 1 / 3}
    assert content[1]["accuracy"] is content[2]["accuracy"] is None


def test_quartiles_are_those_of_what_was_measured():
    table = Table({"a": [1.0, np.nan, 2.0, None, 3.0, 4.0, 5.0]})
    assert table.quartiles("a") == (2.0, 3.0, 4.0)
    with pytest.raises(DataError, match="has no number"):
        Table({"a": [np.nan]}).quartiles("a")


def test_columns():
    table = Table.from_rows(ROWS)
    assert len(table) == 3
    assert table["wafer"].tolist() == [1, 2, 3]
    with pytest.raises(DataError, match="no such column; got 'x'; allowed: wafer, accuracy"):
        table["x"]
    with pytest.raises(DataError, match="different length"):
        Table({"a": [1], "b": []})


def test_a_table_is_printed_in_columns():
    lines = str(Table({"name": ["a", "long"], "value": [0.123456, None]})).splitlines()
    assert lines == ["name   value", "   a  0.1235", "long       -"]
