"""Export in four formats, and back again."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pandas as pd
import pytest

from hpo.archive import HallOfFame
from hpo.archive.export import FORMATS, export
from hpo.archive.export.table import DICTIONARY, columns_unknown, csv_text, defused
from hpo.archive.importers.improve import import_hall_of_fame
from hpo.errors import BadData, MissingInput, OwnedOrExists
from hpo.evaluation import Status
from tests.archive.builders import small_record
from tests.importers.fixtures import FAULTS, good_run, write_corpus
from tests.importers.sameness import essence, trained

KEY = "GraphDRP/CCLE/SMALL/improve-0123456"


@pytest.fixture
def hall(tmp_path: Path) -> HallOfFame:
    archive = tmp_path / "archive"
    runs = {"GraphDRP/CCLE/SMALL": good_run(), "IGTD/gCSI/SMALL": good_run(2, without=("dropout",))}
    import_hall_of_fame(write_corpus(tmp_path / "clone", runs), archive)
    return HallOfFame(archive)


ROUND_TRIPS = (
    "only_output_csv",
    "walltimes_all_zero",
    "no_space",
    "no_best",
    "no_population",
    "no_metadata",
    "no_log",
    "space_of_another_run",
    "value_outside_space",
    "rows_missing",
    "too_many_rows",
    "table_of_header_only",
    "no_table",
    "only_log_and_fitness",
    "log_cut_off",
    "loss_infinite",
    "cell_no_number",
)
"""Faults that leave a mark in the record; the others are gone once the folder has been read."""


@pytest.mark.parametrize("name", ["good", "unrecorded", "old", *ROUND_TRIPS])
def test_export_and_import_give_the_same_record(tmp_path: Path, name: str) -> None:
    folders = {
        "good": ("IGTD/CTRPv2/MEDIUM", good_run()),
        "unrecorded": ("Uno/gCSI/SMALL", good_run(without=("batch_size", "dropout"))),
        "old": ("GraphDRP/old", {n: d for n, d in good_run().items() if n not in ("hpo.csv", "metadata.txt")}),
    }
    path, content = folders.get(name) or ("GraphDRP/CCLE/SMALL", FAULTS[name].make(good_run()))
    first, again = HallOfFame(tmp_path / "first"), HallOfFame(tmp_path / "again")
    import_hall_of_fame(write_corpus(tmp_path / "clone", {path: content}), first.path)
    assert export(first, "ALL", "improve", tmp_path / "exported").runs == 1
    import_hall_of_fame(tmp_path / "exported", again.path)
    assert again.keys() == first.keys()
    for key in first.keys():  # noqa: SIM118 - a method of the archive, no dictionary
        assert essence(again.record(key)) == essence(first.record(key))


@pytest.mark.slow
def test_own_runs_keep_what_the_published_layout_has_room_for(tmp_path: Path) -> None:
    own = HallOfFame(tmp_path / "own")
    for seed in (1, 2):
        small_record(seed=seed).write(own.path)
    export(own, "ALL", "improve", tmp_path / "exported")
    names = sorted(path.name for path in (tmp_path / "exported").iterdir())
    assert names == ["ga-seed1", "ga-seed2"]
    for name in names:
        back = HallOfFame(tmp_path / f"back-{name}")
        (outcome,) = import_hall_of_fame(tmp_path / "exported" / name, back.path).outcomes
        before = next(record for record in own.records(run=name))
        after = back.record(outcome.key)
        assert trained(after) == trained(before)
        assert after.run.best is not None
        assert before.run.best is not None
        assert after.run.best.val_loss == before.run.best.val_loss
        assert after.run.best.hyperparameters == before.run.best.hyperparameters


def test_the_improve_layout_is_what_the_published_notebook_opens(hall: HallOfFame, tmp_path: Path) -> None:
    export(hall, "ALL", "improve", tmp_path / "out")
    folder = tmp_path / "out/HallOfFame/GraphDRP/CCLE/SMALL"
    raw = (folder / "hpo.csv").read_bytes()
    assert raw.count(b"\r\n") == raw.count(b"\n") == 9
    with (folder / "hpo.csv").open(encoding="utf-8") as stream:
        header, *rows = list(csv.reader(stream))
    assert header == ["iteration", "sample", "learning_rate", "batch_size", "dropout", "metric", "result", "walltime"]
    assert {len(row) for row in rows} == {len(header)}
    # The notebook looks columns up by name and reads them with int() and float().
    place = {name: header.index(name) for name in header}
    table = hall.record(KEY).evaluations
    assert [int(row[place["iteration"]]) for row in rows] == (table["generation"] + 1).tolist()
    assert [float(row[place["result"]]) for row in rows] == table["val_loss"].tolist()
    assert [float(row[place["learning_rate"]]) for row in rows] == table["learning_rate"].tolist()
    assert [int(row[place["batch_size"]]) for row in rows] == table["batch_size"].tolist()
    assert rows[0][:2] == ["001", "0000"]
    for pattern in ("best-*.json", "deap-*.log", "fitnesses-*.txt", "fitness-*.txt", "*param*.json", "cfg-*.sh"):
        assert len(list(folder.glob(pattern))) == 1, pattern
    assert isinstance(json.loads(next(folder.glob("best-*.json")).read_text(encoding="utf-8")), dict)


def test_failed_evaluations_have_the_result_nan(tmp_path: Path) -> None:
    own = HallOfFame(tmp_path / "own")
    record = small_record()
    record.write(own.path)
    failed = int(record.evaluations["val_loss"].isna().sum())
    export(own, record.key, "improve", tmp_path / "out")
    text = next((tmp_path / "out").rglob("hpo.csv")).read_text(encoding="utf-8")
    assert text.count(",NaN,") == failed


def test_the_table_has_one_row_an_evaluation_and_documented_columns(hall: HallOfFame, tmp_path: Path) -> None:
    assert export(hall, "ALL", "csv", tmp_path / "all.csv").runs == 2
    table = pd.read_csv(tmp_path / "all.csv")
    assert len(table) == 16
    assert columns_unknown(table.columns) == []
    documented = [column.name for column in DICTIONARY if column.name != "hp_<name>"]
    assert list(table.columns) == [*documented, "hp_batch_size", "hp_dropout", "hp_learning_rate"]
    expected = hall.evaluations()
    assert table["val_loss"].tolist() == expected["val_loss"].tolist()
    assert table["hp_dropout"].isna().tolist() == expected["hp_dropout"].isna().tolist()


def test_parquet_holds_the_same_table_with_the_same_types(hall: HallOfFame, tmp_path: Path) -> None:
    small_record(failures={3: Status.FAILED}).write(hall.path)
    export(hall, "ALL", "parquet", tmp_path / "all.parquet")
    table = pd.read_parquet(tmp_path / "all.parquet")
    expected = hall.evaluations()
    started = expected.pop("started")
    times = table.pop("started")
    pd.testing.assert_frame_equal(table, expected, check_categorical=False)
    assert str(times.dtype) == "datetime64[us, UTC]"
    assert times.notna().tolist() == started.notna().tolist()
    assert times.dropna().iloc[0] == pd.Timestamp(started.dropna().iloc[0])


def test_parquet_says_what_its_columns_are(hall: HallOfFame, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    export(hall, "ALL", "parquet", tmp_path / "all.parquet")
    schema = parquet.read_schema(tmp_path / "all.parquet")
    meaning = {column.name: column.meaning for column in DICTIONARY}
    for field in schema:
        assert field.metadata[b"description"].decode() == meaning.get(field.name, meaning["hp_<name>"])
    assert schema.field("walltime").metadata[b"unit"] == b"seconds"
    types = {name: str(schema.field(name).type) for name in ("evaluation", "val_loss", "started", "hp_learning_rate")}
    assert types == {
        "evaluation": "int64",
        "val_loss": "double",
        "started": "timestamp[us, tz=UTC]",
        "hp_learning_rate": "double",
    }


def test_json_is_a_list_of_whole_records(hall: HallOfFame, tmp_path: Path) -> None:
    export(hall, "ALL", "json", tmp_path / "all.json")
    runs = json.loads((tmp_path / "all.json").read_text(encoding="utf-8"))
    assert [run["run"]["model"] for run in runs] == ["GraphDRP", "IGTD"]
    assert set(runs[0]) == {"run", "space", "evaluations", "generations"}
    assert runs[1]["evaluations"][0]["val_loss"] == hall.evaluations(model="IGTD")["val_loss"][0]


def test_one_run_is_exported_by_its_key(hall: HallOfFame, tmp_path: Path) -> None:
    assert export(hall, KEY, "csv", tmp_path / "one.csv").runs == 1
    assert set(pd.read_csv(tmp_path / "one.csv")["model"]) == {"GraphDRP"}
    with pytest.raises(MissingInput, match="did you mean"):
        export(hall, KEY + "x", "csv", tmp_path / "none.csv")


@pytest.mark.parametrize("format_", FORMATS)
def test_an_export_replaces_nothing_and_leaves_nothing_behind(hall: HallOfFame, tmp_path: Path, format_: str) -> None:
    small_record(size="MEDIUM").write(hall.path)  # large enough for every format
    output = tmp_path / "there"
    output.write_text("mine", encoding="utf-8")
    with pytest.raises(OwnedOrExists, match="exists, and an export replaces nothing"):
        export(hall, "ALL", format_, output)
    assert output.read_text(encoding="utf-8") == "mine"
    export(hall, "ALL", format_, tmp_path / "new" / "deep", allow_missing=True)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["deep"]


@pytest.mark.parametrize("format_", [name for name in FORMATS if name != "improve-csa"])  # which reads no tables
def test_a_record_that_cannot_be_read_leaves_no_part_of_an_export(
    hall: HallOfFame, tmp_path: Path, format_: str
) -> None:
    small_record(size="MEDIUM").write(hall.path)
    table = hall.folder("IGTD/gCSI/SMALL/improve-0123456") / "evaluations.csv"
    table.write_bytes(table.read_bytes() + b"9,x\n")
    with pytest.raises(BadData, match="gCSI/SMALL/improve-0123456/evaluations"):
        export(hall, "ALL", format_, tmp_path / "out" / "export", allow_missing=True)
    assert list(tmp_path.glob("out/*")) == []


def test_an_empty_archive_is_not_exported(tmp_path: Path) -> None:
    (tmp_path / "archive").mkdir()
    with pytest.raises(MissingInput, match="no record to export"):
        export(HallOfFame(tmp_path / "archive"), "ALL", "csv", tmp_path / "all.csv")


def test_texts_that_a_spreadsheet_would_compute_are_defused() -> None:
    table = pd.DataFrame({"message": ["=1+1", "@x", "-y", "+z", "\tt", "ok", None], "val_loss": [-1.0] * 7})
    assert csv_text(table).split("\n")[1:-1] == [
        "'=1+1,-1.0", "'@x,-1.0", "'-y,-1.0", "'+z,-1.0", "'\tt,-1.0", "ok,-1.0", ",-1.0",
    ]  # fmt: skip
    assert defused(-1.0) == -1.0
