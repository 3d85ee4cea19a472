"""Records: what follows from evaluations, and publication that happens whole or not at all."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from pandas.testing import assert_frame_equal

from hpo.archive import writing
from hpo.archive.compare import essence, essence_digest
from hpo.archive.record import Record, make_record, read_record
from hpo.archive.schema import EvaluationSummary, Provenance
from hpo.archive.tables import axis_types, evaluations_table, typed_table
from hpo.errors import BadData, Drift, MissingInput, OwnedOrExists, StorageError
from hpo.evaluation import Status
from hpo.space import Space
from tests.archive.builders import (
    SPACE,
    improve_record,
    improve_run_info,
    journal_of,
    make_evaluations,
    make_run_info,
    small_record,
)


def test_counts_best_and_baseline_follow_from_the_evaluations() -> None:
    record = small_record(failures={2: Status.FAILED, 5: Status.OOM}, seed=2)
    run = record.run
    assert run.counts.model_dump() == {
        "evaluations": 9,
        "planned": 9,
        "reused": 0,
        "by_status": {"ok": 7, "failed": 1, "oom": 1},
    }
    losses = record.evaluations.set_index("evaluation")["val_loss"]
    assert run.best is not None
    assert run.best.val_loss == losses.min()
    assert run.best.evaluation == losses.idxmin()
    assert run.baseline is not None
    assert run.baseline.evaluation == 0
    assert run.baseline.hyperparameters["epochs"] == 5
    assert list(run.baseline.hyperparameters)[:2] == ["learning_rate", "batch_size"]


def test_a_dead_network_is_never_the_best() -> None:
    record = small_record(failures={4: Status.DEGENERATE})
    assert record.run.counts.by_status == {"ok": 8, "degenerate": 1}
    assert record.run.best is not None
    assert record.run.best.status == "ok"
    assert record.generations["degenerate"].sum() == 1


def test_without_any_success_there_is_no_best() -> None:
    record = small_record(failures=dict.fromkeys(range(9), Status.FAILED))
    assert record.run.best is None
    assert json.loads(record.files()["best.json"])["best"] is None
    assert record.generations["best_so_far"].isna().all()


def test_the_baseline_is_part_of_no_generation_but_counts_as_best_so_far() -> None:
    record = small_record()
    assert record.generations["evaluations"].tolist() == [4, 2, 2]
    baseline = record.run.baseline
    assert baseline is not None
    assert baseline.val_loss is not None
    assert (record.generations["best_so_far"] <= baseline.val_loss).all()


def test_order_of_evaluations_does_not_matter() -> None:
    evaluations = make_evaluations()
    space = Space.from_json(SPACE)
    one = make_record(make_run_info(), space, evaluations, journal_of(evaluations))
    other = make_record(make_run_info(), space, evaluations[::-1], journal_of(evaluations))
    assert one.files() == other.files()


def test_messages_are_made_plain() -> None:
    table = make_table([{"evaluation": 0, "status": "failed", "message": "=bad\nFile '/home/ada/x.py'"}])
    record = make_record(improve_run_info(), Space.from_json(SPACE), table)
    assert record.evaluations["message"].tolist() == ["'=bad | File '<path>/x.py'"]


def test_a_published_best_without_a_row_is_the_best() -> None:
    published = EvaluationSummary(evaluation=None, hyperparameters={"learning_rate": 0.001}, val_loss=0.0001)
    record = improve_record(published_best=published)
    assert record.run.best == published
    worse = published.model_copy(update={"val_loss": 1.0})
    assert improve_record(published_best=worse).run.best != worse


def test_lines_of_the_log_stand_beside_the_generations() -> None:
    log = typed_table(
        {"generation": [0, 1], "log_evaluations": [4, 2], "log_min": [0.1, None]}
        | {name: [None, None] for name in ("log_mean", "log_std", "log_max", "log_time")},
        {"generation": "Int64", "log_evaluations": "Int64"}
        | dict.fromkeys(("log_mean", "log_std", "log_min", "log_max", "log_time"), "float64"),
    )
    table = make_table([{"evaluation": 0, "generation": 0, "status": "ok", "val_loss": 0.1}])
    record = make_record(improve_run_info(), Space.from_json(SPACE), table, log=log)
    assert record.generations["log_evaluations"].tolist() == [4, 2]
    assert record.generations["evaluations"].tolist() == [1, 0]


def test_a_record_comes_back(tmp_path: Path) -> None:
    record = small_record(failures={3: Status.TIMEOUT})
    restored = read_record(record.write(tmp_path))
    assert restored.run == record.run
    assert_frame_equal(restored.evaluations, record.evaluations, check_exact=True)
    assert_frame_equal(restored.generations, record.generations, check_exact=True)
    assert restored.files() == record.files()


def test_an_import_without_a_space_comes_back(tmp_path: Path) -> None:
    source = improve_record()
    record = make_record(improve_run_info(), None, source.evaluations)
    restored = read_record(record.write(tmp_path))
    assert restored.space is None
    assert restored.files() == record.files()


def test_the_manifest_is_what_sha256sum_reads(tmp_path: Path) -> None:
    folder = small_record().write(tmp_path)
    done = subprocess.run(
        ["sha256sum", "-c", "MANIFEST.sha256"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert done.stdout.count(": OK") == 6


def test_writing_again_changes_nothing(tmp_path: Path) -> None:
    folder = small_record().write(tmp_path)
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert small_record().write(tmp_path) == folder
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before
    assert not list(tmp_path.glob(".tmp-*"))


def test_another_record_is_never_replaced(tmp_path: Path) -> None:
    folder = small_record().write(tmp_path)
    (folder / "journal.jsonl").unlink()
    (folder / "notes.txt").write_text("mine")
    with pytest.raises(OwnedOrExists) as caught:
        small_record(failures={2: Status.FAILED}).write(tmp_path)
    message = str(caught.value)
    for what in ("run.json differs", "journal.jsonl is missing", "notes.txt is not part of the new record"):
        assert what in message
    assert "space.json" not in message
    assert (folder / "notes.txt").exists()


def test_a_link_in_the_place_of_a_record_is_refused(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    place = tmp_path / "archive" / "GraphDRP" / "DEMO-A" / "SMALL"
    place.mkdir(parents=True)
    (place / "ga-seed1").symlink_to(outside)
    with pytest.raises(OwnedOrExists):
        small_record().write(tmp_path / "archive")
    assert not list(outside.iterdir())


@pytest.mark.parametrize(("call", "calls"), [("fsync", 12), ("mkdir", 4), ("rename", 1)])
def test_an_error_at_any_moment_leaves_nothing_or_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, calls: int
) -> None:
    record = small_record()
    owner: Any = os if call == "fsync" else Path
    original = getattr(owner, call)
    for number in range(1, calls + 1):
        archive = tmp_path / str(number)
        archive.mkdir()
        count = 0

        def failing(*arguments: Any, number: int = number, **keywords: Any) -> Any:
            nonlocal count
            count += 1
            if count == number:
                raise OSError(28, "No space left on device", "somewhere")
            return original(*arguments, **keywords)

        monkeypatch.setattr(owner, call, failing)
        with pytest.raises(StorageError, match="No space left on device"):
            record.write(archive)
        monkeypatch.setattr(owner, call, original)
        assert not list(archive.glob(".tmp-*"))
        last = call == "fsync" and number == calls
        assert [path.name for path in archive.rglob("run.json")] == (["run.json"] if last else [])
        assert read_record(record.write(archive)).files() == record.files()


def test_a_second_publisher_loses_the_race(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = small_record(), small_record(failures={2: Status.FAILED})
    original = writing.write_new_folder

    def publish_first(folder: Path, files: Any) -> None:
        monkeypatch.setattr(writing, "write_new_folder", original)
        first.write(tmp_path)
        original(folder, files)

    monkeypatch.setattr(writing, "write_new_folder", publish_first)
    with pytest.raises(OwnedOrExists):
        second.write(tmp_path)
    assert read_record(tmp_path / first.key).files() == first.files()
    assert not list(tmp_path.glob(".tmp-*"))


def test_private_texts_stop_a_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = small_record(notes=["data came from /home/ada/data"])
    with pytest.raises(Drift, match=r"run.json: line \d+: '/home/ada/data' is a path of somebody's machine"):
        record.write(tmp_path)
    monkeypatch.setenv("LOGNAME", "ada")
    record = small_record(notes=["data came from /projects/ada/data"])
    with pytest.raises(Drift, match="'/projects/ada/data'"):
        record.write(tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_record_that_breaks_a_law_is_not_written(tmp_path: Path) -> None:
    record = small_record()
    run = record.run.model_copy(update={"best": record.run.baseline, "baseline": None})
    with pytest.raises(Drift, match=r"GraphDRP/DEMO-A/SMALL/ga-seed1/run.json: baseline: is evaluation 0"):
        Record(run, record.space, record.evaluations, record.generations, record.journal).write(tmp_path)


def test_all_problems_of_a_record_are_named_at_once(tmp_path: Path) -> None:
    folder = small_record().write(tmp_path)
    run = json.loads((folder / "run.json").read_text())
    run["size"], run["surprise"] = 3, 1
    (folder / "run.json").write_text(json.dumps(run))
    (folder / "generations.csv").write_text("generation\n0\n")
    with pytest.raises(BadData) as caught:
        read_record(folder)
    text = str(caught.value)
    assert "run.json: size: Input should be a valid string, got 3" in text
    assert "run.json: surprise: Extra inputs are not permitted" in text
    assert "generations.csv: line 1: columns must be" in text


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingInput, match="no such record"):
        read_record(tmp_path / "nothing")
    folder = small_record().write(tmp_path)
    (folder / "evaluations.csv").unlink()
    with pytest.raises(MissingInput, match=r"evaluations.csv: no such file"):
        read_record(folder)


def test_a_newer_version_asks_for_an_upgrade(tmp_path: Path) -> None:
    folder = small_record().write(tmp_path)
    run = (folder / "run.json").read_text().replace("cross-hpo/run/1", "cross-hpo/run/2")
    (folder / "run.json").write_text(run)
    with pytest.raises(BadData, match=r"schema: this is version 2, newer than the 1 that is known here; upgrade"):
        read_record(folder)


def test_the_essence_leaves_out_times_cost_and_machines() -> None:
    one = small_record()
    elsewhere = one.run.model_copy(
        update={
            "provenance": Provenance(launcher="mpi", mpi_size=9),
            "times": one.run.times.model_copy(update={"started": None}),
        }
    )
    evaluations = one.evaluations.assign(worker=7, walltime=1.0)
    other = Record(elsewhere, one.space, evaluations.astype({"worker": "Int64"}), one.generations, b"")
    assert essence(one) == essence(other)
    assert essence_digest(one) != essence_digest(small_record(failures={2: Status.FAILED}))


def make_table(rows: list[dict[str, Any]]) -> Any:
    return evaluations_table(rows, axis_types(Space.from_json(SPACE)))
