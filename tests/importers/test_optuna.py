"""Import of Optuna studies, made by Optuna itself: from journal files and SQLite, of any direction and state."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hpo.archive import HallOfFame
from hpo.archive.importers import optuna_storage
from hpo.archive.importers.optuna_space import derive_space
from hpo.archive.importers.privacy import Scrubber
from hpo.archive.record import Record, make_record
from hpo.archive.summaries import rows_of
from hpo.archive.verify import record_problems
from hpo.cli.main import main
from hpo.errors import BadData, ExitCode
from hpo.evaluation import Status
from hpo.quiet import optuna_quiet
from tests.archive.builders import improve_run_info, small_record

optuna = pytest.importorskip("optuna", reason="the extra optuna is not installed")

WHAT = ("--model", "LGBM", "--dataset", "CCLE", "--size", "N6", "--release", "csa", "--protocol", "auc-mse")


def journal(path: Path, fill: Callable[[Any], None], direction: str = "minimize", name: str = "tuning") -> Path:
    """A journal file with one study, made by ``fill``."""
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    with optuna_quiet():
        fill(
            optuna.create_study(
                storage=JournalStorage(JournalFileBackend(str(path))), direction=direction, study_name=name
            )
        )
    return path


def database(path: Path, fill: Callable[[Any], None], direction: str = "minimize", name: str = "tuning") -> Path:
    """An SQLite database with one study more, made by ``fill``."""
    with optuna_quiet():
        storage = optuna.storages.RDBStorage(f"sqlite:///{path}")
        fill(optuna.create_study(storage=storage, direction=direction, study_name=name))
        storage.remove_session()
        storage.engine.dispose()
    return path


def some_trials(study: Any) -> None:
    """Of every state: COMPLETE (finite, infinite), FAIL, PRUNED, RUNNING."""

    def asked() -> Any:
        trial = study.ask()
        trial.suggest_float("learning_rate", 1e-5, 1e-1, log=True)
        trial.suggest_int("layers", 1, 8)
        trial.suggest_int("units", 64, 256, step=64)
        trial.suggest_categorical("activation", ["relu", "elu"])
        trial.suggest_categorical("bias", [True, False])
        return trial

    for value in (0.5, 0.25, float("inf")):
        study.tell(asked(), value)
    study.tell(asked(), state=optuna.trial.TrialState.FAIL)
    pruned = asked()
    pruned.report(0.125, 3)
    study.tell(pruned, state=optuna.trial.TrialState.PRUNED)
    asked()


def imported(source: Path | str, archive: Path, *options: str, code: int = 0) -> list[Record]:
    assert main(["hof", "import", str(source), "--format", "optuna", "--archive", str(archive), *options]) == code
    hall = HallOfFame(archive)
    for key in hall.keys():  # noqa: SIM118 a method of the archive
        assert list(record_problems(archive / key, key)) == []
    return [hall.record(key) for key in hall.keys()]  # noqa: SIM118


@pytest.mark.parametrize("make", [journal, database])
def test_a_study_becomes_a_record(tmp_path: Path, make: Callable[..., Path]) -> None:
    source = make(tmp_path / "storage", some_trials)
    before = source.read_bytes()
    [record] = imported(source if make is journal else f"sqlite:///{source}", tmp_path / "archive", *WHAT)
    run, space = record.run, record.space
    assert (run.model, run.dataset, run.size, run.strategy, run.source.kind) == (
        "LGBM",
        "CCLE",
        "N6",
        "optuna",
        "optuna",
    )
    assert run.source.path == "storage/tuning"
    rows = rows_of(record.evaluations)
    assert [(row["evaluation"], row["status"], row["val_loss"]) for row in rows] == [
        (0, "ok", 0.5), (1, "ok", 0.25), (2, "invalid", None), (3, "failed", None), (4, "killed", None),
    ]  # fmt: skip
    assert rows[4]["message"] == "pruned at step 3, where it had 0.125"
    assert space is not None
    assert [(axis.name, axis.kind, axis.log_scale) for axis in space.axes] == [
        ("learning_rate", "float", True), ("layers", "int", False), ("units", "ordered", False),
        ("activation", "categorical", False), ("bias", "logical", False),
    ]  # fmt: skip
    assert all(space.contains({axis.name: row[axis.name] for axis in space.axes}) for row in rows)
    assert all(row["walltime"] >= 0 and (row["started"] is None) == (make is database) for row in rows)
    assert any("1 trials were waiting or running" in note for note in run.notes)
    assert any("have no time zone" in note for note in run.notes) == (make is database)
    assert source.read_bytes() == before
    assert not [path for path in tmp_path.iterdir() if path.name not in ("storage", "archive")]


def test_a_second_import_changes_nothing_wherever_the_study_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = journal(tmp_path / "storage", some_trials)
    imported(source, tmp_path / "archive", *WHAT)
    copy = tmp_path / "elsewhere.log"
    copy.write_bytes(source.read_bytes())
    with optuna_quiet():
        from optuna.storages import JournalStorage
        from optuna.storages.journal import JournalFileBackend

        optuna.create_study(storage=JournalStorage(JournalFileBackend(str(copy))), study_name="another")
    capsys.readouterr()
    assert len(imported(copy, tmp_path / "archive", *WHAT, "--study", "tuning", "--json")) == 1
    assert json.loads(capsys.readouterr().out)["totals"]["folders"]["unchanged"] == 1


def test_a_maximised_study_is_turned_round(tmp_path: Path) -> None:
    def fill(study: Any) -> None:
        for value in (0.5, 0.75):
            trial = study.ask()
            trial.suggest_float("x", 0.0, 1.0)
            study.tell(trial, value)

    [record] = imported(journal(tmp_path / "storage", fill, "maximize"), tmp_path / "archive", *WHAT)
    assert [row["val_loss"] for row in rows_of(record.evaluations)] == [-0.5, -0.75]
    assert record.run.best is not None
    assert record.run.best.evaluation == 1
    assert "The study maximises: val_loss is the negative value." in record.run.notes


def test_several_studies_and_what_is_refused_of_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    path = tmp_path / "studies.log"
    for name in ("one", "two"):
        journal(path, some_trials, name=name)
    with optuna_quiet():
        storage = JournalStorage(JournalFileBackend(str(path)))
        optuna.create_study(storage=storage, study_name="both", directions=["minimize", "minimize"])
    assert len(imported(path, tmp_path / "archive", *WHAT, code=1)) == 2
    printed = " ".join(capsys.readouterr().out.split())
    assert "2 objectives; a record has one" in printed
    assert main(["hof", "import", str(path), "--format", "optuna", "--study", "three", *WHAT]) == ExitCode.MISSING_INPUT
    assert "no study three; there are both, one, two" in capsys.readouterr().err
    assert main(["hof", "import", str(path), "--format", "optuna", "--run", "x", *WHAT]) == ExitCode.USAGE
    assert "--run x: the source holds 2 runs, and one name is for one" in capsys.readouterr().err


def test_bounds_that_changed_values_of_several_types_and_parameters_that_are_not_in_every_trial(tmp_path: Path) -> None:
    def fill(study: Any) -> None:
        for high in (1.0, 3.0):
            trial = study.ask()
            trial.suggest_float("x", 0.0, high)
            trial.suggest_categorical("depth", [None, 3, True])
            trial.suggest_int("fixed", 5, 5)
            if high > 1:
                trial.suggest_float("momentum", 0.0, 1.0)
            study.tell(trial, high)

    [record] = imported(journal(tmp_path / "storage", fill), tmp_path / "archive", *WHAT)
    assert record.space is not None
    assert [getattr(axis, "upper", None) for axis in record.space.axes] == [3.0, None, 1.0]
    assert record.run.fixed == {"fixed": 5}
    rows = rows_of(record.evaluations)
    assert {row["depth"] for row in rows} <= {"none", "3", "true"}
    assert rows[0]["momentum"] is None
    assert rows[1]["momentum"] is not None
    for part in ("widest were taken", "have several types", "momentum: 1 trials do not have it"):
        assert any(part in note for note in record.run.notes), part


def test_a_parameter_of_two_types_makes_no_space() -> None:
    kinds = (optuna.distributions.FloatDistribution(0.0, 1.0), optuna.distributions.CategoricalDistribution((0.5,)))
    trials = [optuna.trial.create_trial(value=1.0, params={"x": 0.5}, distributions={"x": kind}) for kind in kinds]
    with pytest.raises(BadData, match="parameter 'x': of different types in different trials"):
        derive_space(trials, {"x": "x"}, Scrubber(()))


def test_what_was_exported_comes_back_and_says_what_it_is_of(tmp_path: Path) -> None:
    from hpo.archive.export.formats import export

    record = small_record(failures={3: Status.OOM, 5: Status.TIMEOUT, 6: Status.DEGENERATE})
    record.write(tmp_path / "own")
    export(HallOfFame(tmp_path / "own"), "ALL", "optuna", tmp_path / "out.log")
    [back] = imported(tmp_path / "out.log", tmp_path / "archive")
    own, run = record.run, back.run
    for name in ("model", "dataset", "size", "strategy", "seed", "split", "release", "protocol", "fixed", "best"):
        assert getattr(run, name) == getattr(own, name), name
    assert back.space == record.space
    assert rows_of(back.evaluations) == rows_of(record.evaluations)
    assert run.run.startswith("optuna-")


def test_a_record_without_a_space_comes_back_too(tmp_path: Path) -> None:
    from hpo.archive.export.formats import export

    own = small_record()
    record = make_record(
        improve_run_info(size="SMALL", counts=own.run.counts, fixed={}), None, own.evaluations.assign(origin=None)
    )
    record.write(tmp_path / "published")
    export(HallOfFame(tmp_path / "published"), "ALL", "optuna", tmp_path / "out.log")
    [back] = imported(tmp_path / "out.log", tmp_path / "archive")
    assert back.space is None
    assert rows_of(back.evaluations) == rows_of(record.evaluations)


def test_private_texts_are_left_out_and_counted(tmp_path: Path) -> None:
    def fill(study: Any) -> None:
        study.set_user_attr("log", "/home/ada/study.log")
        for _ in range(3):
            trial = study.ask()
            trial.suggest_categorical("init", ["/home/ada/a.pt", "/home/ada/b.pt"])
            trial.set_user_attr("message", "written by ada")
            study.tell(trial, 1.0)

    [record] = imported(journal(tmp_path / "storage", fill), tmp_path / "archive", *WHAT)
    assert record.run.source.removed["path"] >= 2
    assert not [path for path in (tmp_path / "archive").rglob("*") if path.is_file() and b"ada" in path.read_bytes()]
    assert {row["init"] for row in rows_of(record.evaluations)} <= {"<path>-1", "<path>-2"}


def test_times_with_a_zone_are_kept(tmp_path: Path) -> None:
    begun = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

    def fill(study: Any) -> None:
        study.add_trial(
            optuna.trial.FrozenTrial(
                number=0, trial_id=0, state=optuna.trial.TrialState.COMPLETE, value=1.0, datetime_start=begun,
                datetime_complete=begun + timedelta(seconds=90), params={"x": 0.5}, user_attrs={}, system_attrs={},
                intermediate_values={}, distributions={"x": optuna.distributions.FloatDistribution(0.0, 1.0)},
            )
        )  # fmt: skip

    [record] = imported(journal(tmp_path / "storage", fill), tmp_path / "archive", *WHAT)
    [row] = rows_of(record.evaluations)
    assert (row["started"], row["walltime"]) == ("2026-01-02T03:04:05.000Z", 90.0)
    assert record.run.times.finished == "2026-01-02T03:05:35.000Z"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "neither an SQLite database nor a journal file of Optuna"),
        (b"a,b\n1,2\n", "neither an SQLite database nor a journal file of Optuna"),
        (b'{"op_code": 99, "worker_id": "x"}\n{"op_', "a damaged journal file"),
        (b"SQLite format 3\x00" + bytes(200), "no storage of Optuna"),
    ],
)
def test_what_is_no_storage(tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, message: str) -> None:
    (tmp_path / "file").write_bytes(content)
    arguments = ["hof", "import", str(tmp_path / "file"), "--format", "optuna", "--archive", str(tmp_path / "archive")]
    assert main([*arguments, *WHAT]) == ExitCode.BAD_DATA
    assert message in capsys.readouterr().err
    assert not (tmp_path / "archive").exists()


def test_a_database_of_something_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    connection = sqlite3.connect(tmp_path / "other.db")
    connection.execute("create table t (x int)")
    connection.close()
    assert main(["hof", "import", str(tmp_path / "other.db"), "--format", "optuna", *WHAT]) == ExitCode.MISSING_INPUT
    assert "no study in it" in capsys.readouterr().err


def test_a_study_with_damaged_trials_is_refused_and_the_others_are_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "storage.db"
    for name in ("good", "damaged"):
        database(path, some_trials, name=name)
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(
            "update trial_params set distribution_json = '{' where trial_id = (select max(trial_id) from trials)"
        )
    connection.close()
    [record] = imported(path, tmp_path / "archive", *WHAT, code=1)
    assert record.run.source.path == "storage.db/good"
    assert "its trials cannot be read (JSONDecodeError" in " ".join(capsys.readouterr().out.split())


def test_a_server_a_missing_file_and_a_missing_package(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["hof", "import", "mysql://u:p@host/db", "--format", "optuna", *WHAT]) == ExitCode.USAGE
    error = capsys.readouterr().err
    assert "SQLite files and journal files are read" in error
    assert "host" not in error
    assert main(["hof", "import", str(tmp_path / "none"), "--format", "optuna", *WHAT]) == ExitCode.MISSING_INPUT
    monkeypatch.setattr(optuna_storage, "find_spec", lambda _: None)
    (tmp_path / "file").write_bytes(b"{}")
    assert main(["hof", "import", str(tmp_path / "file"), "--format", "optuna", *WHAT]) == ExitCode.MISSING_INPUT
    assert "pip install 'cross-hpo[optuna]'" in capsys.readouterr().err
