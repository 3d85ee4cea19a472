"""``cross-hpo search`` from outside: same record whoever trains, nothing half-written, nothing trained twice."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from hpo.archive.compare import essence
from hpo.archive.record import read_record
from hpo.replication.own import replay_own
from tests.execution.builders import SPACE, Case


@pytest.fixture
def case(tmp_path: Path, features: Path) -> Case:
    return Case(tmp_path, features)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, features: Path) -> Case:
    """A run in which one evaluation in two fails, trained by one child."""
    case = Case(tmp_path_factory.mktemp("undisturbed"), features, "--launcher", "local", "--workers", "1")
    case.call("--set", "mix=0.5", "--ga", "TOURNSIZE=3")
    return case


@pytest.mark.parametrize(
    "how",
    [
        ("--launcher", "local", "--workers", "2"),
        pytest.param(("--launcher", "local", "--workers", "4"), marks=pytest.mark.slow),
        pytest.param(("--launcher", "mpi", "--workers", "1"), marks=[pytest.mark.mpi, pytest.mark.slow]),
        pytest.param(("--launcher", "mpi", "--workers", "2"), marks=[pytest.mark.mpi, pytest.mark.slow]),
    ],
    ids=" ".join,
)
def test_the_number_of_workers_changes_nothing(
    undisturbed: Case, tmp_path: Path, features: Path, how: tuple[str, ...]
) -> None:
    case = Case(tmp_path, features, *how)
    case.run("--set", "mix=0.5", "--ga", "TOURNSIZE=3")
    record = read_record(case.record)
    assert essence(record) == essence(read_record(undisturbed.record))
    assert set(record.run.counts.by_status) > {"ok"}
    assert not case.processes()


def test_training_in_the_searching_process_changes_nothing(tmp_path: Path, features: Path) -> None:
    for name, workers in (("serial", "0"), ("child", "1")):
        Case(tmp_path / name, features, "--launcher", "local", "--workers", workers).call()
    serial, child = (read_record(next((tmp_path / name).glob("archive/*/*/*/*"))) for name in ("serial", "child"))
    assert essence(serial) == essence(child)


def test_a_run_ends_with_a_verdict_and_a_record(case: Case) -> None:
    done = case.run()
    lines = done.stdout.splitlines()
    assert lines[0] == "Zoo/ZOO/SMALL/ga-seed1: 9 evaluations (9 ok)"
    assert lines[1].startswith("best ")
    assert "better than the default 9.5" in lines[1] or "no better than the default" in lines[1]
    assert lines[2] == str(case.archive / "Zoo/ZOO/SMALL/ga-seed1")
    assert done.stderr.splitlines()[0] == "Zoo-ZOO-SMALL-ga-seed1: 9 evaluations, 1 worker"
    assert done.stderr.splitlines()[1].startswith("[1/9] evaluation 0, generation 0, default: 9.5 in ")
    assert json.loads((case.run_folder / "status.json").read_text())["state"] == "done"
    assert not (case.run_folder / "lease.json").exists()


def test_json_at_the_end(case: Case) -> None:
    result = json.loads(case.call("--json").stdout)
    assert result["run"] == "Zoo/ZOO/SMALL/ga-seed1"
    assert result["trained"] == result["evaluations"] == 9
    assert result["best"]["val_loss"] <= result["baseline"]["val_loss"] == 9.5
    assert json.loads(case.call("--json").stdout)["trained"] == 0


def test_a_finished_run_is_not_searched_again(case: Case) -> None:
    case.call()
    before = {path: path.read_bytes() for path in case.folder.rglob("*") if path.is_file()}
    assert "nothing had to be trained" in case.call().stdout
    assert {path: path.read_bytes() for path in case.folder.rglob("*") if path.is_file()} == before


def test_a_deleted_record_is_published_again_byte_for_byte(case: Case) -> None:
    case.call()
    before = {path.name: path.read_bytes() for path in case.record.iterdir()}
    shutil.rmtree(case.archive)
    assert "nothing had to be trained" in case.call(round_=1).stdout
    assert {path.name: path.read_bytes() for path in case.record.iterdir()} == before
    assert not list(case.marks.glob("1-*"))


def test_an_unfinished_search_of_other_settings_is_drift_until_fresh(case: Case) -> None:
    case.call("--ga", "TOURNSIZE=3")
    case.cut_short(5)
    refused = case.call(code=70)
    assert "settings.TOURNSIZE: was 3, is " in refused.stderr
    assert "--fresh" in refused.stderr
    assert "--run NAME" in refused.stderr
    case.call("--fresh")
    assert (case.work / "Zoo-ZOO-SMALL-ga-seed1.old-1" / "spec.json").exists()


def test_a_finished_search_of_other_settings_makes_room(case: Case) -> None:
    """As when DVC repeats a stage whose parameters have changed: it has removed the old record."""
    case.call("--ga", "TOURNSIZE=3")
    shutil.rmtree(case.archive)
    case.call()
    assert read_record(case.record).run.settings["TOURNSIZE"] != 3
    assert (case.work / "Zoo-ZOO-SMALL-ga-seed1.old-1" / "spec.json").exists()


def test_a_record_of_another_search_is_in_the_way_before_anything_is_trained(case: Case) -> None:
    case.call("--ga", "TOURNSIZE=3")
    shutil.rmtree(case.work)
    refused = case.call(code=73, round_=1)
    assert "another search's record is there, and records are never replaced" in refused.stderr
    assert "settings.TOURNSIZE: was 3, is " in refused.stderr
    assert not case.work.exists()
    assert not list(case.marks.glob("1-*"))
    case.call("--run", "second")


def test_fixed_axes_become_constants(case: Case) -> None:
    case.call("--set", "y=7", "--set", "act=train")
    record = read_record(case.record)
    assert record.axes == ("x",)
    assert record.run.fixed == {"y": 7, "act": "train"}


def test_the_random_control_spends_the_same(case: Case) -> None:
    case.call("--strategy", "random")
    run = read_record(case.record).run
    assert (run.run, run.counts.evaluations) == ("random-seed1", 9)


def test_an_adviser_of_optuna_spends_the_same_and_is_named(case: Case) -> None:
    pytest.importorskip("optuna", reason="the extra optuna is not installed")
    case.call("--strategy", "tpe", "--workers", "2")
    record = read_record(case.archive / "Zoo/ZOO/SMALL/tpe-seed1")
    assert (record.run.strategy, record.run.counts.evaluations) == ("tpe", 9)
    assert "optuna" in record.run.provenance.software
    assert replay_own(record).state == "complete"


def test_a_size_of_ones_own(case: Case) -> None:
    case.call("--size", "TINY", "--ga", "POPULATION_SIZE=2", "--ga", "NUM_ITERATIONS=2")
    assert read_record(case.record).run.counts.evaluations == 4


def test_a_settings_file_and_options_over_it(case: Case, features: Path) -> None:
    settings = case.folder / "search.yaml"
    settings.write_text("search:\n  seed: 5\n  strategy: random\n  settings: {}\n")
    case.call("--settings", str(settings), "--seed", "6")
    assert read_record(case.record).run.run == "random-seed6"


WRONG: dict[str, tuple[tuple[str, ...], int, str]] = {
    "model": (("--model", "LGMB"), 2, "no model 'LGMB'; did you mean LGBM?"),
    "dataset": (("--dataset", "CCLE"), 2, "was prepared for dataset ZOO, not CCLE"),
    "size": (("--size", "HUGE"), 2, "no size 'HUGE'; there are SMALL, MEDIUM, LARGE, XL"),
    "strategy": (("--strategy", "bandit"), 2, "no strategy 'bandit'; there are ga, random, tpe, cmaes"),
    "preset": (("--preset", "best"), 2, "no preset 'best'"),
    "seed": (("--seed", "-1"), 2, "-1 is not in the range"),
    "set-unknown": (("--set", "xx=1"), 2, "--set xx: no hyperparameter of Zoo"),
    "set-type": (("--set", "y=1.5"), 2, "--set y=1.5: y must be an integer"),
    "set-form": (("--set", "y"), 2, "--set y: expected NAME=VALUE"),
    "set-twice": (("--set", "y=1", "--set", "y=2"), 2, "--set y is given twice"),
    "set-all": (("--set", "y=1", "--set", "x=1"), 2, "nothing is left to search"),
    "ga-unknown": (("--ga", "MUT_PROP=0.5"), 78, "setting MUT_PROP: unknown; did you mean MUT_PROB?"),
    "ga-law": (("--ga", "MUT_PROB=2"), 78, "setting MUT_PROB: must be"),
    "run-name": (("--run", "a/b"), 2, "--run 'a/b': no valid name"),
    "site": (("--site", "nowhere"), 66, "no site 'nowhere'"),
    "settings": (("--settings", "missing.yaml"), 66, "missing.yaml: no such file"),
    "space": (("--space", "missing.json"), 66, "missing.json"),
    "data": (("--data", "missing"), 66, "missing: no raw_data folder"),
    "workers": (("--launcher", "mpi", "--workers", "0"), 2, "an MPI search needs at least 1"),
    "time-limit": (("--workers", "0", "--time-limit", "5"), 2, "can't be ended; use --workers 1"),
    "memory": (("--workers", "0", "--memory-limit", "5"), 2, "can't be ended; use --workers 1"),
    "deadline": (("--deadline", "1500000000"), 2, "has passed"),
}


@pytest.mark.parametrize("fault", WRONG)
def test_wrong_requests_end_before_anything_is_written(case: Case, fault: str) -> None:
    arguments, code, message = WRONG[fault]
    done = case.call(*arguments, code=code)
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not case.work.exists()
    assert not case.archive.exists()


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ({"name": "lr", "type": "float", "lower": 0.0, "upper": 1.0}, "lr: no hyperparameter of Zoo"),
        (
            {"name": "seconds", "type": "categorical", "values": ["a"], "element_type": "string"},
            "seconds must be float",
        ),
        ({"name": "act", "type": "constant", "value": 3}, "act must be str like its default 'train', got 3"),
    ],
)
def test_a_space_that_the_model_does_not_know(
    tmp_path: Path, features: Path, item: dict[str, Any], message: str
) -> None:
    case = Case(tmp_path, features, space=[*SPACE, item])
    assert message in case.call(code=65).stderr
    assert not case.work.exists()


def test_a_space_without_an_axis(tmp_path: Path, features: Path) -> None:
    case = Case(tmp_path, features, space=[{"name": "x", "type": "constant", "value": 1.0}])
    assert "every hyperparameter is a constant: nothing is left to search" in case.call(code=65).stderr
    assert not case.work.exists()


def test_missing_options_are_named_together(features: Path, tmp_path: Path) -> None:
    from hpo.cli.main import main

    assert main(["search", "--seed", "3"]) == 2


def test_nothing_works_so_the_search_gives_up(case: Case) -> None:
    done = case.call("--set", "act=exception", code=69)
    assert (
        "none of the first 8 evaluations succeeded; 8 ended with failed: RuntimeError: shapes don't fit" in done.stderr
    )
    status = json.loads((case.run_folder / "status.json").read_text())
    assert (status["state"], status["code"], status["resumable"]) == ("failed", 69, False)
    again = case.call("--set", "act=exception", code=69, round_=1)
    assert "none of the first 8" in again.stderr
    assert not list(case.marks.glob("1-*"))


def test_a_deadline_that_is_too_close(case: Case) -> None:
    done = case.call("--set", "seconds=1.0", "--deadline", "4", code=75)
    assert "stopped at the deadline" in done.stderr
    assert "Continue with: cross-hpo search " in done.stderr
    assert not case.archive.exists()
    status = json.loads((case.run_folder / "status.json").read_text())
    assert (status["state"], status["code"], status["resumable"]) == ("stopped", 75, True)


@pytest.mark.slow
def test_the_third_start_without_a_result_gives_up(case: Case) -> None:
    for code in (75, 75, 69):
        done = case.call("--set", "seconds=100.0", "--deadline", "2", code=code)
    assert "start number 3 in a row that ended at its deadline without a single result" in done.stderr


def test_a_time_limit_is_recorded_and_kept(case: Case) -> None:
    case.call("--set", "seconds=0.3", "--time-limit", "0.5")
    record = read_record(case.record)
    assert record.run.provenance.time_limit == 0.5
    assert record.run.provenance.memory_limit is None
    assert record.run.counts.by_status["timeout"] >= 1
    assert record.run.counts.by_status["ok"] >= 1


def test_a_memory_limit_is_that_of_the_site_or_the_option_and_recorded(case: Case) -> None:
    site = case.folder / "site.toml"
    site.write_text('name = "small"\nmemory = 0.5\n')
    case.call("--site", str(site))
    assert read_record(case.record).run.provenance.memory_limit == 0.5
    shutil.rmtree(case.archive)
    case.call("--site", str(site), "--memory-limit", "1.5", "--fresh")
    assert read_record(case.record).run.provenance.memory_limit == 1.5


def test_workers_that_a_search_can_not_use_are_told(tmp_path: Path, features: Path) -> None:
    said = Case(tmp_path, features, "--launcher", "local", "--workers", "3").call().stderr
    assert "note: 3 workers, but after the first generation at most 2 evaluations of this search can be under" in said
    assert "GA_STRATEGY=steady_state" in said


def test_a_search_without_generations_on_any_number_of_workers(tmp_path: Path, features: Path) -> None:
    records = []
    for workers in ("1", "2", "3"):
        case = Case(tmp_path / workers, features, "--launcher", "local", "--workers", workers)
        case.call("--set", "mix=0.3", "--ga", "GA_STRATEGY=steady_state", "--ga", "WINDOW=3")
        records.append(read_record(case.record))
    assert essence(records[0]) == essence(records[1]) == essence(records[2])
    assert records[0].run.settings["WINDOW"] == 3
    assert list(records[0].generations["evaluations"]) == [4, 2, 1]
    assert list(records[0].evaluations["origin"])[-1] == "replicate"
    assert records[0].run.optimum is not None
