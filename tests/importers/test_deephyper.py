"""Import of DeepHyper's ``results.csv``: every version of it, failures as failures, and nothing invented."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from hpo.archive import HallOfFame
from hpo.archive.export.deephyper import results_csv
from hpo.archive.importers.results_csv import failure, parse_results
from hpo.archive.record import Record, read_record
from hpo.archive.summaries import rows_of
from hpo.archive.verify import record_problems
from hpo.cli.main import main
from hpo.errors import BadData, ExitCode
from hpo.evaluation import METRICS, Status
from tests.archive.builders import SPACE, small_record

WHAT = (
    "--model", "LGBM", "--dataset", "CCLE", "--size", "N6", "--release", "csa", "--protocol", "auc-mse/2",
    "--target", "auc", "--metric", "mse",
)  # fmt: skip
NEW = (
    ["p:learning_rate", "p:batch_size", "p:activation", "objective", "job_id", "job_status", "m:timestamp_submit",
     "m:timestamp_gather"],
    [
        [1e-3, 32, "relu", -0.25, 0, "DONE", 0.5, 10.5],
        [1e-4, 64, "elu", -0.125, 2, "DONE", 0.5, 20.5],
        [1e-5, 16, "elu", "F_memory_limit_exceeded", 1, "DONE", 0.5, 9.0],
        [2e-5, 16, "elu", "F", 3, "DONE", 0.5, 9.0],
        [3e-5, 16, "elu", "nan", 4, "DONE", 0.5, 9.0],
        [4e-5, 16, "elu", "F_CANCELLED", 5, "CANCELLED", 0.5, 9.0],
    ],
)  # fmt: skip


def written(path: Path, header: Sequence[str], rows: Sequence[Sequence[Any]]) -> Path:
    stream = io.StringIO(newline="")
    csv.writer(stream, lineterminator="\n").writerows([header, *rows])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(stream.getvalue(), encoding="utf-8")
    return path


def imported(source: Path, archive: Path, *options: str, code: int = 0) -> list[Record]:
    assert main(["hof", "import", str(source), "--format", "deephyper", "--archive", str(archive), *options]) == code
    hall = HallOfFame(archive)
    for key in hall.keys():  # noqa: SIM118 a method of the archive
        assert list(record_problems(archive / key, key)) == []
    return [hall.record(key) for key in hall.keys()]  # noqa: SIM118


def test_a_new_file_becomes_a_record(tmp_path: Path) -> None:
    [record] = imported(written(tmp_path / "results.csv", *NEW), tmp_path / "archive", *WHAT)
    run = record.run
    assert (run.model, run.dataset, run.size, run.strategy, run.seed) == ("LGBM", "CCLE", "N6", "deephyper", None)
    assert (run.release.name, run.release.digest, run.split) == ("csa", None, None)
    assert (run.protocol.name, run.protocol.version, run.protocol.target) == ("auc-mse", 2, "auc")
    assert run.run.startswith("deephyper-")
    assert run.source.kind == "deephyper"
    assert set(run.source.files) == {"results.csv"}
    rows = rows_of(record.evaluations)
    assert [(row["evaluation"], row["status"], row["val_loss"]) for row in rows] == [
        (0, "ok", 0.25), (1, "oom", None), (2, "ok", 0.125), (3, "failed", None), (4, "invalid", None),
    ]  # fmt: skip
    assert [row["batch_size"] for row in rows] == [32, 16, 64, 16, 16]
    assert [row["walltime"] for row in rows][:2] == [10.0, 8.5]
    assert {row["started"] for row in rows} == {row["generation"] for row in rows} == {None}
    assert run.best is not None
    assert (run.best.evaluation, run.best.val_loss) == (2, 0.125)
    assert record.space is None
    assert any("1 jobs were cancelled" in note for note in run.notes)
    assert any("from the submission of a job" in note for note in run.notes)


def test_an_old_file_becomes_a_record(tmp_path: Path) -> None:
    header = ["batch_size", "rate", "elapsed_sec", "duration", "objective"]
    source = written(tmp_path / "results.csv", header, [[8, 0.5, 3.0, 2.0, 0.75], [16, 0.25, 5.0, 1.5, -1.5]])
    [record] = imported(source, tmp_path / "archive", *WHAT)
    assert record.axes == ("batch_size", "rate")
    assert [(row["val_loss"], row["walltime"]) for row in rows_of(record.evaluations)] == [(-0.75, 2.0), (1.5, 1.5)]
    assert any("1 losses are negative" in note for note in record.run.notes)


@pytest.mark.parametrize(
    "space",
    [
        [item for item in SPACE if item["name"] not in ("dropout", "residual")],
        [
            {"name": "learning_rate", "type": "float", "min": 1e-6, "max": 1e-2, "log_uniform": True},
            {"name": "batch_size", "type": "int", "choices": [16, 32, 64, 128]},
            {"name": "activation", "type": "str", "choices": ["relu", "elu"]},
        ],
    ],
    ids=["candle", "deephyper"],
)
@pytest.mark.parametrize("beside", [True, False])
def test_a_space_is_found_beside_or_named(tmp_path: Path, space: list[dict[str, Any]], beside: bool) -> None:
    source = written(tmp_path / "run/results.csv", *NEW)
    file = (source.parent if beside else tmp_path) / "space.json"
    file.write_text(json.dumps(space))
    [record] = imported(source.parent, tmp_path / "archive", *WHAT, *([] if beside else ["--space", str(file)]))
    assert record.space is not None
    assert record.space.axes[0].log_scale
    assert record.axes == ("learning_rate", "batch_size", "activation")


def test_a_second_import_changes_nothing_and_a_changed_file_adds_a_record(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = written(tmp_path / "results.csv", *NEW)
    [first] = imported(source, tmp_path / "archive", *WHAT)
    before = {path: path.read_bytes() for path in (tmp_path / "archive").rglob("*") if path.is_file()}
    capsys.readouterr()
    assert imported(source, tmp_path / "archive", *WHAT, "--json")[0].key == first.key
    assert json.loads(capsys.readouterr().out)["totals"]["folders"]["unchanged"] == 1
    assert {path: path.read_bytes() for path in (tmp_path / "archive").rglob("*") if path.is_file()} == before
    written(source, NEW[0], NEW[1][:3])
    assert len(imported(source, tmp_path / "archive", *WHAT)) == 2


def test_all_that_is_missing_is_named_at_once_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = written(tmp_path / "results.csv", *NEW)
    arguments = ["hof", "import", str(source), "--format", "deephyper", "--archive", str(tmp_path / "archive")]
    assert main([*arguments, "--dataset", "CCLE"]) == ExitCode.USAGE
    assert "results.csv what every record says; give --model, --size, --release, --protocol" in capsys.readouterr().err
    assert main([*arguments, "--model", "../x", "--run", "a b", "--target", "auc"]) == ExitCode.USAGE
    error = capsys.readouterr().err
    assert all(option in error for option in ("--model '../x'", "--run 'a b'", "--target: belongs to a protocol"))
    assert main([*arguments, *WHAT, "--study", "x"]) == ExitCode.USAGE
    assert "--study: has no meaning for --format deephyper" in capsys.readouterr().err
    assert not (tmp_path / "archive").exists()


def test_folders_name_what_many_runs_are_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number, place in enumerate(("LGBM/CCLE/SMALL/a", "LGBM/CCLE/SMALL/b", "Uno/gCSI/MEDIUM")):
        written(tmp_path / "runs" / place / "results.csv", NEW[0], NEW[1][number:])
    written(tmp_path / "runs/LGBM/CCLE/LARGE/results.csv", ["a", "b"], [[1, 2]])
    records = imported(tmp_path / "runs", tmp_path / "archive", "--release", "csa", "--protocol", "p", code=1)
    assert [record.key.rpartition("/")[0] for record in records] == ["LGBM/CCLE/SMALL"] * 2 + ["Uno/gCSI/MEDIUM"]
    assert "no column objective; found a, b" in " ".join(capsys.readouterr().out.split())


def test_private_texts_are_left_out_and_counted(tmp_path: Path) -> None:
    rows = [[*row, f"/home/ada/out/{index}.log by ada"] for index, row in enumerate(NEW[1])]
    source = written(tmp_path / "results.csv", [*NEW[0], "m:message"], rows)
    [record] = imported(source, tmp_path / "archive", *WHAT)
    assert record.run.source.removed == {"path": 6, "user": 6}
    assert not [path for path in (tmp_path / "archive").rglob("*") if path.is_file() and b"ada" in path.read_bytes()]


def test_what_was_exported_comes_back(tmp_path: Path) -> None:
    record = small_record(failures={3: Status.OOM, 5: Status.TIMEOUT, 6: Status.DEGENERATE})
    source = tmp_path / "runs/GraphDRP/DEMO-A/SMALL/ga-seed1/results.csv"
    source.parent.mkdir(parents=True)
    source.write_text(results_csv(record), encoding="utf-8")
    assert record.space is not None
    (source.parent / "space.json").write_text(json.dumps(record.space.to_json()))
    [back] = imported(tmp_path / "runs", tmp_path / "archive", "--release", "demo-1", "--protocol", "auc-mse")
    for row, found in zip(rows_of(record.evaluations), rows_of(back.evaluations), strict=True):
        assert {name: found[name] for name in row if name != "started"} == {
            name: value for name, value in row.items() if name != "started"
        }
    assert back.run.fixed == {"epochs": 5}
    assert back.run.key.startswith("GraphDRP/DEMO-A/SMALL/deephyper-")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "results.csv: empty"),
        ("p:x,job_id\n1,0\n", "no column objective"),
        ("p:x,objective_0,objective_1\n1,2,3\n", "2 objectives"),
        ("objective,job_id\n1,0\n", "no column of a hyperparameter"),
        ("p:x,p:x,objective\n1,1,2\n", "column p:x occurs twice"),
    ],
)
def test_what_is_no_such_file(text: str, message: str) -> None:
    with pytest.raises(BadData, match=message):
        parse_results(text, "results.csv")


def test_a_damaged_line_is_counted(tmp_path: Path) -> None:
    source = written(tmp_path / "results.csv", NEW[0], NEW[1][:2])
    with source.open("a") as stream:
        stream.write("1e-3,32,relu,-0.2")
    [record] = imported(source, tmp_path / "archive", *WHAT)
    assert record.run.counts.evaluations == 2
    assert any("1 lines cannot be read, first line 4: 4 fields where" in note for note in record.run.notes)


@pytest.mark.parametrize(
    ("word", "status"),
    [("TIMEOUT", Status.TIMEOUT), ("out_of_memory", Status.OOM), ("nan_loss", Status.INVALID), ("info", Status.FAILED)],
)
def test_failures_by_their_words(word: str, status: Status) -> None:
    assert failure(word) is status


def test_names_that_no_record_can_have(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = written(tmp_path / "a/results.csv", ["p:learning-rate", "objective"], [[1.5, -1.0], [2.5, -2.0]])
    [record] = imported(source, tmp_path / "archive", *WHAT)
    assert record.axes == ("learning_rate",)
    assert "learning-rate is called learning_rate here." in record.run.notes
    written(source, ["p:a-b", "p:a.b", "p:seed", "objective"], [[1, 2, 3, -1.0]])
    assert main(["hof", "import", str(source), "--format", "deephyper", "--archive", str(tmp_path / "x"), *WHAT]) == 1
    printed = " ".join(capsys.readouterr().out.split())
    assert "'a.b'" in printed
    assert "'seed'" in printed


def test_a_missing_source(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    for source in (tmp_path / "none", tmp_path / "empty"):
        arguments = ["hof", "import", str(source), "--format", "deephyper", "--archive", str(tmp_path / "a"), *WHAT]
        assert main(arguments) == ExitCode.MISSING_INPUT
    assert "no results.csv in it or below it" in capsys.readouterr().err


def test_metrics_and_records_are_read_back(tmp_path: Path) -> None:
    header = ["p:x", "objective", *(f"m:{name}" for name in METRICS)]
    [record] = imported(
        written(tmp_path / "results.csv", header, [[0.5, -1.0, 1.0, 1.0, 0.9, 0.8, 0.7]]), tmp_path / "a", *WHAT
    )
    again = read_record(tmp_path / "a" / record.key)
    assert [again.evaluations[name][0] for name in METRICS] == [1.0, 1.0, 0.9, 0.8, 0.7]
