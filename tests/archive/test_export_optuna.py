"""The Optuna storage, read back by Optuna itself."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from hpo.archive import HallOfFame
from hpo.archive.export import export
from hpo.archive.export.optuna_journal import UNKNOWN_TIME
from hpo.archive.record import Record, make_record
from hpo.archive.summaries import points, rows_of
from hpo.errors import MissingInput
from hpo.evaluation import Status
from tests.archive.builders import SPACE, improve_record, small_record

optuna = pytest.importorskip("optuna")


def studies_of(tmp_path: Path, *records: Record) -> dict[str, Any]:
    """The studies that Optuna finds in the export of ``records``, by name."""
    for record in records:
        record.write(tmp_path / "archive")
    export(HallOfFame(tmp_path / "archive"), "ALL", "optuna", tmp_path / "optuna.log")
    return load(tmp_path / "optuna.log")


def load(path: Path) -> dict[str, Any]:
    storage = optuna.storages.JournalStorage(optuna.storages.journal.JournalFileBackend(str(path)))
    names = optuna.get_all_study_names(storage)
    return {name: optuna.load_study(study_name=name, storage=storage) for name in names}


def test_every_evaluation_comes_back_and_failures_stay_failures(tmp_path: Path) -> None:
    record = small_record(failures={3: Status.FAILED, 5: Status.TIMEOUT})
    (study,) = studies_of(tmp_path, record).values()
    rows, trials = rows_of(record.evaluations), study.get_trials()
    assert study.study_name == record.key
    assert study.direction == optuna.study.StudyDirection.MINIMIZE
    assert [trial.value for trial in trials] == [row["val_loss"] for row in rows]
    assert [trial.params for trial in trials] == points(record.evaluations)
    assert [type(value) for value in trials[1].params.values()] == [float, int, float, bool, str]
    failed = [trial.number for trial in trials if trial.state == optuna.trial.TrialState.FAIL]
    assert failed == [3, 5]
    assert [trials[number].user_attrs["status"] for number in failed] == ["failed", "timeout"]
    for name in ("evaluation", "generation", "origin", "seed", "val_mse"):
        assert [trial.user_attrs.get(name) for trial in trials] == [row[name] for row in rows], name
    best = record.run.best
    assert best is not None
    assert study.best_trial.number == best.evaluation
    assert study.user_attrs["recommended"]["hyperparameters"] == best.hyperparameters
    assert study.user_attrs["fixed"] == {"epochs": 5}


def test_distributions_are_those_of_the_space(tmp_path: Path) -> None:
    whole = {"name": "layers", "type": "int", "lower": 1, "upper": 64, "use_log_scale": True, "sigma": 0.3}
    (study,) = studies_of(tmp_path, improve_record(space=[*SPACE, whole])).values()
    assert study.get_trials()[0].distributions == {
        "learning_rate": optuna.distributions.FloatDistribution(1e-6, 1e-2, log=True),
        "batch_size": optuna.distributions.CategoricalDistribution((16, 32, 64, 128)),
        "dropout": optuna.distributions.FloatDistribution(0.0, 0.5),
        "residual": optuna.distributions.CategoricalDistribution((False, True)),
        "activation": optuna.distributions.CategoricalDistribution(("relu", "elu")),
        "layers": optuna.distributions.IntDistribution(1, 64, log=True),
    }


def test_dead_networks_are_complete_and_recognisable(tmp_path: Path) -> None:
    (study,) = studies_of(tmp_path, small_record(degenerate=True)).values()
    dead = [trial for trial in study.get_trials() if trial.user_attrs["status"] == "degenerate"]
    assert len(dead) == 8
    assert {trial.state for trial in dead} == {optuna.trial.TrialState.COMPLETE}
    assert "degenerate" in study.user_attrs["flags"]


def test_times_are_kept_and_unknown_ones_say_so(tmp_path: Path) -> None:
    studies = studies_of(tmp_path, small_record(), improve_record())
    own, imported = studies["GraphDRP/DEMO-A/SMALL/ga-seed1"], studies["IGTD/CCLE/MEDIUM/improve-2024-08-07"]
    first = own.get_trials()[0]
    # Optuna shows local time.
    assert first.datetime_start.astimezone(UTC) == datetime(2026, 1, 1, 0, 1, tzinfo=UTC)
    assert first.duration.total_seconds() == 6.5
    assert first.user_attrs["times_known"] is True
    unknown = imported.get_trials()[0]
    assert unknown.datetime_start.astimezone(UTC) == UNKNOWN_TIME
    assert unknown.duration.total_seconds() == 6.5
    assert unknown.user_attrs["times_known"] is False


def test_what_is_unknown_or_outside_the_space_is_no_parameter(tmp_path: Path) -> None:
    record = improve_record()
    table = record.evaluations.copy()
    table.loc[0, "dropout"] = float("nan")
    table.loc[1, "learning_rate"] = 0.5
    (study,) = studies_of(tmp_path, make_record(record.run, record.space, table)).values()
    unknown, outside, inside = study.get_trials()[:3]
    assert "dropout" not in unknown.params | unknown.user_attrs["hyperparameters"]
    assert "learning_rate" not in outside.params
    assert outside.user_attrs["hyperparameters"]["learning_rate"] == 0.5
    assert inside.params == inside.user_attrs["hyperparameters"]


def test_a_run_without_a_space_has_hyperparameters_but_no_parameters(tmp_path: Path) -> None:
    record = improve_record()
    (study,) = studies_of(tmp_path, make_record(record.run, None, record.evaluations)).values()
    assert study.user_attrs["space"] is None
    assert all(trial.params == {} for trial in study.get_trials())
    assert [trial.user_attrs["hyperparameters"] for trial in study.get_trials()] == points(record.evaluations)


def test_equal_records_give_equal_files_and_nothing_else_is_left(tmp_path: Path) -> None:
    small_record().write(tmp_path / "archive")
    for name in ("one", "two"):
        export(HallOfFame(tmp_path / "archive"), "ALL", "optuna", tmp_path / name / "optuna.log")
        assert [path.name for path in (tmp_path / name).iterdir()] == ["optuna.log"]
    assert (tmp_path / "one/optuna.log").read_bytes() == (tmp_path / "two/optuna.log").read_bytes()


def test_the_file_can_be_gone_on_with(tmp_path: Path) -> None:
    (study,) = studies_of(tmp_path, small_record()).values()
    study.add_trial(optuna.trial.create_trial(state=optuna.trial.TrialState.FAIL))
    (again,) = load(tmp_path / "optuna.log").values()
    assert len(again.get_trials()) == 10


def test_optuna_is_asked_for_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small_record().write(tmp_path / "archive")
    monkeypatch.setattr("hpo.archive.export.output.find_spec", lambda _: None)
    with pytest.raises(MissingInput, match=r"optuna needs optuna; install it with: pip install 'cross-hpo\[optuna\]'"):
        export(HallOfFame(tmp_path / "archive"), "ALL", "optuna", tmp_path / "optuna.log")
    assert [path.name for path in tmp_path.iterdir()] == ["archive"]
