"""The export for IMPROVE's cross-study workflow: what it writes, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hpo.archive import HallOfFame
from hpo.archive.export import Exported, Refused, export
from hpo.archive.record import Record, make_record
from hpo.archive.schema import Counts, Optimum, Protocol, Release
from hpo.cli.main import main
from tests.archive.builders import improve_record, small_record


def exported(tmp_path: Path, *records: Record, which: str | list[str] = "ALL") -> tuple[dict[str, Any], Exported]:
    """The file that ``records`` give, refusals allowed, and what was told."""
    hall = archive_of(tmp_path, *records)
    done = export(hall, which, "improve-csa", tmp_path / "out.json", allow_missing=True)
    return json.loads((tmp_path / "out.json").read_text(encoding="utf-8")), done


def archive_of(tmp_path: Path, *records: Record) -> HallOfFame:
    for record in records:
        record.write(tmp_path / "archive")
    return HallOfFame(tmp_path / "archive")


def refusal(tmp_path: Path, *records: Record) -> str:
    """Why the only cell of ``records`` is refused."""
    hall = archive_of(tmp_path, *records)
    with pytest.raises(Refused) as caught:
        export(hall, "ALL", "improve-csa", tmp_path / "out.json", allow_missing=True)
    assert not (tmp_path / "out.json").exists()
    (only,) = caught.value.refused
    return only.reason


def without(record: Record, axis: str, rows: slice) -> Record:
    """``record`` as if no table had the numbers of ``axis`` in ``rows``."""
    table = record.evaluations.copy()
    table.loc[rows, axis] = float("nan")
    return make_record(record.run.model_copy(update={"unrecorded": [axis]}), record.space, table)


def test_the_workflow_finds_model_dataset_and_what_it_passes_on(tmp_path: Path) -> None:
    record = small_record()
    content, done = exported(tmp_path, record, small_record("IGTD"), small_record("IGTD", "DEMO-B"))
    # As the workflow looks it up: hp[model_name][source]["learning_rate"], the model by its scripts' names.
    best = record.run.best
    assert best is not None
    passed = content["graphdrp"]["DEMO-A"]
    assert passed["learning_rate"] == best.hyperparameters["learning_rate"]
    assert passed["batch_size"] == best.hyperparameters["batch_size"]
    assert set(passed) == {axis.name for axis in record.space.axes} | {"epochs"}  # type: ignore[union-attr]
    assert set(content["IGTD"]) == {"DEMO-A", "DEMO-B"}
    assert done.runs == 3
    assert any(note.startswith("GraphDRP: the workflow passes no dropout") for note in done.notes)


def test_the_lowest_loss_wins_whatever_its_size(tmp_path: Path) -> None:
    records = [small_record(size=size, seed=seed) for size, seed in (("SMALL", 1), ("MEDIUM", 2), ("SMALL", 3))]
    losses = {record.run.best.val_loss: record for record in records if record.run.best is not None}
    content, done = exported(tmp_path, *records)
    lowest = losses[min(losses)]
    assert lowest.run.best is not None
    assert content["graphdrp"]["DEMO-A"].items() >= lowest.run.best.hyperparameters.items()
    assert f"{lowest.run.size}/{lowest.run.run}" in done.notes[0]


def test_a_run_with_an_optimum_recommends_it(tmp_path: Path) -> None:
    record = small_record()
    point = {"learning_rate": 0.002, "batch_size": 16, "dropout": 0.25, "residual": True, "activation": "elu"}
    optimum = Optimum(evaluation=2, hyperparameters=point | {"epochs": 5}, val_loss=0.01, trainings=[2], leaders=[2])
    changed = Record(record.run.model_copy(update={"optimum": optimum}), *_rest(record))
    hall = archive_of(tmp_path, record)
    path = hall.folder(record.key) / "run.json"
    path.write_bytes(changed.files()["run.json"])
    export(hall, "ALL", "improve-csa", tmp_path / "out.json")
    content = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert content["graphdrp"]["DEMO-A"] == point | {"epochs": 5}


def _rest(record: Record) -> tuple[Any, ...]:
    return record.space, record.evaluations, record.generations, record.journal


def test_a_side_experiment_stands_back_behind_a_standard_size(tmp_path: Path) -> None:
    side = small_record(size="LARGE_epochs_2", fixed={"epochs": 2}, seed=2)
    content, _ = exported(tmp_path / "one", small_record(), side)
    assert content["graphdrp"]["DEMO-A"]["epochs"] == 5
    alone, _ = exported(tmp_path / "two", side)
    assert alone["graphdrp"]["DEMO-A"]["epochs"] == 2


def test_dead_searches_are_refused_and_passed_over(tmp_path: Path) -> None:
    dead = small_record(seed=7, degenerate=True)
    assert refusal(tmp_path / "one", dead).startswith("SMALL/ga-seed7: dead: no evaluation of the search is better")
    content, done = exported(tmp_path / "two", dead, small_record(seed=1))
    assert set(content["graphdrp"]) == {"DEMO-A"}
    assert done.refused == ()
    shared = improve_record()
    table = shared.evaluations.copy()
    table.loc[:4, "val_loss"] = 0.001
    assert "configurations share its loss" in refusal(tmp_path / "three", make_record(shared.run, shared.space, table))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"release": Release(name="unknown", digest=None)}, "not comparable: release not recorded"),
        ({"split": None}, "not comparable: split not recorded"),
        ({"dataset": "unknown"}, "the dataset is not known"),
        ({"counts": Counts(evaluations=0, planned=99)}, "unfinished: 40 of 99 evaluations are recorded"),
    ],
)
def test_results_of_unknown_or_unfinished_searches_are_refused(
    tmp_path: Path, changes: dict[str, Any], reason: str
) -> None:
    record = improve_record()
    run = record.run.model_copy(update=changes)
    assert refusal(tmp_path, make_record(run, record.space, record.evaluations)).endswith(reason)


def test_unrecorded_hyperparameters_are_refused_unless_the_best_has_them(tmp_path: Path) -> None:
    record = improve_record()
    assert record.run.best is not None
    assert record.run.best.evaluation is not None
    best = record.run.best.evaluation
    everywhere = without(record, "dropout", slice(None))
    assert "dropout of its best is not recorded; cross-hpo hof replay" in refusal(tmp_path / "one", everywhere)
    elsewhere = without(without(record, "dropout", slice(0, best - 1)), "dropout", slice(best + 1, None))
    content, _ = exported(tmp_path / "two", elsewhere)
    assert content["IGTD"]["CCLE"]["dropout"] == record.run.best.hyperparameters["dropout"]


def test_a_lower_loss_that_could_not_be_used_is_told(tmp_path: Path) -> None:
    unusable = without(improve_record(size="LARGE", seed=3), "dropout", slice(None))
    _, done = exported(tmp_path, improve_record(size="SMALL", seed=1), unusable)
    assert "LARGE/improve-2024-08-07 is lower, but dropout" in done.notes[0]


def test_values_that_contradict_the_space_are_refused(tmp_path: Path) -> None:
    record = improve_record()
    table = record.evaluations.copy()
    table["learning_rate"] = 0.5
    assert "contradicts its own space: learning_rate 0.5 is not a number from 1e-06 to 0.01" in refusal(
        tmp_path, make_record(record.run, record.space, table)
    )


def test_runs_that_do_not_compare_are_refused_until_one_is_named(tmp_path: Path) -> None:
    other = Protocol(name="auc-mse", version=2, target="auc", metric="mse", selection="best validation epoch")
    records = (small_record(seed=1), small_record(seed=2, protocol=other))
    hall = archive_of(tmp_path, *records)
    with pytest.raises(Refused, match=r"not comparable: .*ga-seed1 \(.*auc-mse/1.* and in SMALL/ga-seed2"):
        export(hall, "ALL", "improve-csa", tmp_path / "out.json", allow_missing=True)
    done = export(hall, [records[1].key], "improve-csa", tmp_path / "out.json")
    assert "SMALL/ga-seed2" in done.notes[0]


def test_the_command_writes_nothing_when_a_cell_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hall = archive_of(tmp_path, small_record(), small_record("HiDRA", degenerate=True))
    output = tmp_path / "hyperparameters_hpo.json"
    command = ["hof", "export", "ALL", "--format", "improve-csa", "--archive", str(hall.path), "--output", str(output)]
    assert main([*command, "--json"]) == 1
    printed = capsys.readouterr()
    assert [refused["what"] for refused in json.loads(printed.out)["refused"]] == ["HiDRA on DEMO-A"]
    assert "1 of 2 cells are refused, so nothing is written" in printed.err
    assert not output.exists()
    assert main([*command, "--allow-missing"]) == 0
    assert "left out: HiDRA on DEMO-A: SMALL/ga-seed1: dead" in " ".join(capsys.readouterr().out.split())
    assert set(json.loads(output.read_text(encoding="utf-8"))) == {"graphdrp"}
