"""Outputs appear whole or not at all, and replace only what was made here."""

import csv
import io

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpo.errors import UsageError
from reports.files import MARK, csv_text, frame_csv, fresh_folder


def test_folder_is_replaced_as_a_whole(tmp_path):
    target = tmp_path / "out"
    for name in ("first", "second"):
        with fresh_folder(target) as folder:
            (folder / name).write_text(name)
    assert sorted(path.name for path in target.iterdir()) == [MARK, "second"]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_an_error_leaves_the_earlier_output_alone(tmp_path):
    target = tmp_path / "out"
    with fresh_folder(target) as folder:
        (folder / "kept").write_text("kept")
    with pytest.raises(ZeroDivisionError), fresh_folder(target) as folder:
        (folder / "half").write_text(str(1 / 0))
    assert sorted(path.name for path in target.iterdir()) == [MARK, "kept"]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_foreign_files_are_not_replaced(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(UsageError, match="holds files that `cross-hpo site` did not write"), fresh_folder(tmp_path):
        pass
    assert (tmp_path / "thesis.tex").read_text() == "years of work"


def test_a_file_is_not_replaced(tmp_path):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(UsageError, match="is a file; the output is a folder"), fresh_folder(tmp_path / "out"):
        pass


def test_an_empty_folder_may_be_used(tmp_path):
    (tmp_path / "out").mkdir()
    with fresh_folder(tmp_path / "out"):
        pass
    assert (tmp_path / "out" / MARK).is_file()


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(formula):
    rows = list(csv.reader(io.StringIO(csv_text(["a"], [[formula]]), newline="")))
    assert rows[1][0].startswith("'")


@given(st.lists(st.floats(allow_nan=False), min_size=1))
def test_numbers_come_back_exactly(values):
    table = frame_csv(pd.DataFrame({"loss": values}))
    assert [float(line) for line in table.splitlines()[1:]] == values
