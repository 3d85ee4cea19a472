"""Training again from a record: the same loss, other data refused, a changed record noticed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hpo.cli.main import main
from hpo.evaluation import Candidate, Evaluation, Origin, Outcome, Status
from hpo.replication.again import compare
from tests.execution.builders import ZOO, Case, prepared, raw_data


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    folder = tmp_path_factory.mktemp("again")
    case = Case(folder / "case", prepared(folder), "--launcher", "local", "--workers", "0")
    case.call()
    return case


def arguments(case: Case, *more: str) -> list[str]:
    key = case.record.relative_to(case.archive).as_posix()
    given = ["reproduce", key, "--archive", str(case.archive), "--model", ZOO]
    return [*given, "--features", str(case.folder / "features"), *more]


@pytest.fixture
def data(case: Case) -> list[str]:
    return ["--data", case.command()[case.command().index("--data") + 1]]


@pytest.fixture(autouse=True)
def marks(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOO_MARKS", str(case.marks))
    monkeypatch.setenv("ZOO_ROUND", "again")


def test_every_evaluation_comes_out_alike(case: Case, data: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments(case, *data, "--evaluation", "all", "--json")) == 0
    results = json.loads(capsys.readouterr().out)
    assert {result["verdict"] for result in results} == {"identical"}
    assert [result["evaluation"] for result in results] == list(range(9))


def test_the_best_by_default(case: Case, data: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments(case, *data)) == 0
    best = json.loads((case.record / "best.json").read_text())["best"]
    out = capsys.readouterr().out
    assert "identical" in out
    assert f" {best['evaluation']} " in out


@pytest.mark.parametrize(
    ("which", "message"),
    [("99", "has no evaluation 99; its numbers are 0 to 8"), ("worst", "must be best, all, or the number")],
)
def test_an_evaluation_that_is_none(
    case: Case, data: list[str], which: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments(case, *data, "--evaluation", which)) == 2
    assert message in capsys.readouterr().err


def test_other_data_are_refused(case: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    raw = raw_data(tmp_path)
    response = raw / "y_data" / "response.tsv"
    response.write_bytes(response.read_bytes().replace(b"0.5", b"0.6", 1))
    assert main(arguments(case, "--data", str(raw))) == 70
    assert "not what the run was made with" in capsys.readouterr().err


def outcome(loss: float) -> Evaluation:
    return Evaluation(Candidate(3, 0, Origin.INITIAL, {"x": 1.0}, 7), Outcome(Status.OK, loss))


@pytest.mark.parametrize(
    ("found", "tolerance", "verdict"),
    [(0.5, 0.0, "identical"), (0.51, 0.0, "differs"), (0.51, 0.05, "within-noise"), (0.6, 0.05, "differs")],
)
def test_what_counts_as_noise(found: float, tolerance: float, verdict: str) -> None:
    assert compare(outcome(0.5), Outcome(Status.OK, found), tolerance).verdict == verdict


def test_another_status_always_differs() -> None:
    assert compare(outcome(0.5), Outcome(Status.FAILED, message="gone"), 1.0).verdict == "differs"
