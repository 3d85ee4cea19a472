"""Tables come back from CSV exactly, and damaged ones are named by line and column."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from hpo.archive.messages import plain_message
from hpo.archive.tablefiles import guess_axes, read_evaluations, read_generations, write_table
from hpo.archive.tables import axis_types, evaluations_table
from hpo.errors import BadData
from hpo.space import Space
from tests.archive.builders import SPACE, small_record

AXES = axis_types(Space.from_json(SPACE))
REALS = st.none() | st.floats(allow_nan=False, allow_infinity=False)
WHOLES = st.none() | st.integers(-(2**62), 2**62)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=20).map(plain_message)


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    rows = [
        {
            "evaluation": number,
            "generation": draw(WHOLES),
            "origin": draw(st.sampled_from(["initial", "NA", "null", None])),
            "learning_rate": draw(REALS),
            "batch_size": draw(WHOLES),
            "residual": draw(st.sampled_from([True, False, None])),
            "activation": draw(TEXTS.filter(bool) | st.none()),
            "status": "ok",
            "val_loss": draw(REALS),
            "walltime": draw(REALS),
            "message": draw(TEXTS),
        }
        for number in range(draw(st.integers(0, 5)))
    ]
    return evaluations_table(rows, AXES, recovered=draw(st.booleans()))


@settings(max_examples=40)
@given(tables())
def test_a_table_comes_back_exactly(table: pd.DataFrame) -> None:
    content = write_table(table)
    restored = read_evaluations(content, AXES, "evaluations.csv")
    assert_frame_equal(restored, table, check_exact=True)
    assert write_table(restored) == content


@settings(max_examples=20)
@given(tables())
def test_types_do_not_depend_on_the_values(table: pd.DataFrame) -> None:
    types = {name: str(kind) for name, kind in table.dtypes.items()}
    assert types["batch_size"] == "Int64"
    assert types["learning_rate"] == "float64"
    assert types["residual"] == "boolean"
    assert types["activation"] == types["status"] == "string"


def test_cells_are_written_as_documented() -> None:
    row = {"evaluation": 0, "status": "ok", "learning_rate": 1e-05, "batch_size": 64, "residual": True, "val_loss": 0.1}
    header, line = write_table(evaluations_table([row], AXES)).decode().splitlines()
    cells = dict(zip(header.split(","), line.split(","), strict=True))
    assert cells["learning_rate"] == "1e-05"
    assert cells["batch_size"] == "64"
    assert cells["residual"] == "true"
    assert cells["generation"] == cells["message"] == ""


def test_every_wrong_cell_is_named_at_once() -> None:
    lines = write_table(small_record().evaluations).decode().splitlines()
    header = lines[0].split(",")

    def with_cell(line: str, column: str, text: str) -> str:
        cells = line.split(",")
        cells[header.index(column)] = text
        return ",".join(cells)

    lines[2] = with_cell(lines[2], "batch_size", "many")
    lines[4] = with_cell(lines[4], "val_loss", "low")
    lines[5] = with_cell(lines[5], "residual", "maybe")
    lines[6] += ",1"
    with pytest.raises(BadData) as caught:
        read_evaluations("\n".join(lines).encode(), AXES, "evaluations.csv")
    assert caught.value.problems == (
        "evaluations.csv: line 3: batch_size: expected a whole number, got 'many'",
        "evaluations.csv: line 5: val_loss: expected a number, got 'low'",
        "evaluations.csv: line 6: residual: expected true or false, got 'maybe'",
        "evaluations.csv: line 7: 24 cells, but 23 columns",
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "line 1: expected the names of the columns"),
        (b"a,a\n", "line 1: expected the names of the columns, each once"),
        (b"evaluation,generation\n", "line 1: columns must be evaluation,generation,origin,<hyperparameters>,status"),
        (b"\xff\xfe\n", "line 1: not UTF-8"),
    ],
    ids=["empty", "column_twice", "columns_missing", "not_utf8"],
)
def test_a_wrong_header_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(BadData, match=message):
        read_evaluations(content, AXES, "evaluations.csv")


def test_axes_of_another_space_are_refused() -> None:
    content = write_table(small_record().evaluations)
    with pytest.raises(BadData, match="axes of the space are learning_rate, columns are learning_rate, batch_size"):
        read_evaluations(content, {"learning_rate": "float64"}, "evaluations.csv")


def test_undecodable_cells_are_refused() -> None:
    content = write_table(small_record().evaluations) + b"\xff"
    with pytest.raises(BadData, match="not UTF-8"):
        read_evaluations(content, AXES, "evaluations.csv")


def test_types_are_those_of_the_cells_without_a_space() -> None:
    guessed = guess_axes(write_table(small_record().evaluations), "evaluations.csv")
    assert guessed == AXES


def test_generations_come_back() -> None:
    table = small_record().generations
    assert_frame_equal(read_generations(write_table(table), "generations.csv"), table, check_exact=True)


def test_an_infinite_loss_is_read_so_that_the_invariants_can_name_it() -> None:
    table = evaluations_table([{"evaluation": 0, "status": "ok", "val_loss": math.inf}], AXES)
    assert read_evaluations(write_table(table), AXES, "x")["val_loss"].tolist() == [math.inf]
