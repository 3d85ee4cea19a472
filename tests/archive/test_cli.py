"""The commands of ``cross-hpo hof``: output, exit codes, messages."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hpo.cli.main import main
from tests.archive.builders import SPACE, improve_record, small_record

Run = Callable[..., tuple[int, str, str]]
KEY = "GraphDRP/DEMO-A/SMALL/ga-seed1"


@pytest.fixture
def hof(archive: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str) -> tuple[int, str, str]:
        code = main(["hof", *arguments, "--archive", str(archive)])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


def read(output: str) -> Any:
    return json.loads(output)


@pytest.mark.parametrize("name", ["list", "show", "best", "verify", "audit", "improvement", "diff"])
def test_every_command_has_help_with_an_example(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["hof", name, "--help"]) == 0
    printed = capsys.readouterr().out
    assert "Example: cross-hpo hof" in printed
    assert "--json" in printed


def test_list_filters_and_sorts(hof: Run) -> None:
    code, output, _ = hof("list", "--model", "GraphDRP", "--sort", "loss", "--json")
    assert code == 0
    losses = [entry["val_loss"] for entry in read(output)]
    assert losses == sorted(losses)
    assert len(losses) == 3
    _, output, _ = hof("list", "--model", "LGBM", "--model", "IGTD", "--sort", "evaluations", "--json")
    assert [entry["evaluations"] for entry in read(output)] == [40, 9]
    _, output, _ = hof("list")
    assert "5 runs" in output


def test_list_sorts_by_every_key(hof: Run) -> None:
    for key in ("key", "model", "dataset", "size", "loss", "gain", "evaluations", "finished"):
        code, output, _ = hof("list", "--sort", key, "--json")
        assert code == 0
        assert len(read(output)) == 5


def test_list_by_flags_of_records_and_of_comparisons(hof: Run, archive: Path) -> None:
    improve_record(size="SMALL", space=[{**SPACE[0], "upper": 0.001}, *SPACE[1:]]).write(archive)
    _, output, _ = hof("list", "--flag", "failed-evaluations", "--json")
    assert [entry["run"] for entry in read(output)] == ["LGBM/DEMO-A/SMALL/ga-seed1"]
    _, output, _ = hof("list", "--flag", "space-differs-between-sizes", "--size", "SMALL", "--json")
    assert [entry["run"] for entry in read(output)] == ["IGTD/CCLE/SMALL/improve-2024-08-07"]
    code, _, error = hof("list", "--flag", "plato")
    assert code == 2
    assert "no flag plato; there are missing-evaluations" in error


def test_a_broken_record_never_stops_the_list(hof: Run, archive: Path) -> None:
    (archive / KEY / "run.json").write_text("{")
    code, output, error = hof("list", "--json")
    assert code == 0
    assert len(read(output)) == 4
    assert f"passed over: {archive / KEY}/run.json: line 1" in error


def test_show(hof: Run, archive: Path) -> None:
    code, output, _ = hof("show", KEY)
    assert code == 0
    assert "9 of 9 planned (9 ok)" in output
    _, as_path, _ = hof("show", str(archive / KEY), "--json")
    _, as_key, _ = hof("show", KEY, "--json")
    assert read(as_path) == read(as_key)
    assert read(as_key)["run"]["best"]["hyperparameters"]["epochs"] == 5
    assert [line["generation"] for line in read(as_key)["generations"]] == [0, 1, 2]
    code, _, error = hof("show", "GraphDRP/DEMO-A/SMALL/ga-seed3")
    assert code == 66
    assert "did you mean GraphDRP/DEMO-A/SMALL/ga-seed1" in error


def test_best_prints_hyperparameters_ready_to_use(hof: Run) -> None:
    code, output, _ = hof("best", "GraphDRP", "DEMO-A", "--json")
    assert code == 0
    best = read(output)
    assert best["run"] == "GraphDRP/DEMO-A/SMALL/random-seed2"
    assert best["hyperparameters"]["batch_size"] == 64
    assert best["not_compared"] == []
    _, output, _ = hof("best", "GraphDRP", "DEMO-A", "--hyperparameters-only")
    assert read(output) == best["hyperparameters"]
    _, output, _ = hof("best", "GraphDRP", "DEMO-A")
    assert str(best["hyperparameters"]["learning_rate"]) in output
    assert "5.80 % below the loss of the default hyperparameters" in output


def test_best_says_what_it_did_not_compare(hof: Run, archive: Path) -> None:
    improve_record("GraphDRP", "DEMO-A", "SMALL", run="improve-1").write(archive)
    _, output, error = hof("best", "GraphDRP", "DEMO-A", "--json")
    assert [other["run"] for other in read(output)["not_compared"]] == ["GraphDRP/DEMO-A/SMALL/improve-1"]
    assert "Not compared: GraphDRP/DEMO-A/SMALL/improve-1" in error


def test_best_of_nothing_says_what_there_is(hof: Run) -> None:
    code, output, error = hof("best", "GraphDPR", "DEMO-A")
    assert (code, output) == (66, "")
    assert error == "cross-hpo: no run of a model 'GraphDPR'; did you mean GraphDRP?\n"
    code, _, error = hof("best", "GraphDRP", "DEMO-A", "--size", "XL")
    assert code == 66
    assert "there are SMALL/ga-seed1, SMALL/random-seed2" in error


def test_verify_names_every_problem_and_fails(hof: Run, archive: Path) -> None:
    code, output, _ = hof("verify")
    assert (code, output) == (0, "5 records verified: complete, unchanged and consistent\n")
    assert hof("verify", KEY)[0] == hof("verify", str(archive / KEY))[0] == 0
    (archive / KEY / "best.json").unlink()
    (archive / "LGBM/DEMO-A/SMALL/ga-seed1/journal.jsonl").write_text("x")
    code, output, error = hof("verify")
    assert code == 1
    assert "best.json: is missing" in output
    assert "journal.jsonl: sha256 is" in output
    assert "2 of 5 records not sound" in error
    code, output, _ = hof("verify", KEY, "--json")
    assert code == 1
    assert read(output)["sound"] is False
    assert hof("verify", "GraphDRP/DEMO-A/SMALL/random-seed2")[0] == 0


def test_a_missing_archive_is_exit_code_66(archive: Path, hof: Run) -> None:
    shutil.rmtree(archive)
    for arguments in (["list"], ["verify"], ["audit"], ["improvement"], ["best", "A", "B"], ["show", KEY]):
        code, _, error = hof(*arguments)
        assert code == 66
        assert "no such archive; name another with --archive" in error


def test_audit_of_an_archive_a_path_and_a_run(hof: Run, archive: Path) -> None:
    code, output, _ = hof("audit")
    assert code == 0
    assert "failed-evaluations (1): Evaluations ended without a usable loss." in output
    assert "5 runs audited, 3 without a finding" in output
    _, output, _ = hof("audit", "--json")
    everything = read(output)
    assert [flag["flag"] for flag in everything["GraphDRP/DEMO-B/SMALL/ga-seed1"]] == ["plateau", "degenerate"]
    _, output, _ = hof("audit", str(archive), "--json")
    assert read(output) == everything
    for name in (KEY.replace("DEMO-A", "DEMO-B"), str(archive / KEY.replace("DEMO-A", "DEMO-B"))):
        _, output, _ = hof("audit", name, "--json")
        assert [flag["flag"] for flags in read(output).values() for flag in flags] == ["plateau", "degenerate"]
    (archive / KEY / "evaluations.csv").write_text("")
    code, output, error = hof("audit", "--json")
    assert code == 0
    assert len(read(output)) == 4
    assert "passed over" in error


def test_improvement_shows_every_definition(hof: Run) -> None:
    code, output, _ = hof("improvement", "--json")
    assert code == 0
    found = read(output)
    assert found["unit"] == "percent of the first-named loss"
    assert set(found["all"]) == set(found["definitions"])
    assert len(found["runs"]) == 4
    assert found["degenerate"] == ["GraphDRP/DEMO-B/SMALL/ga-seed1"]
    assert found["without_degenerate"]["worst_to_best"]["runs"] == 3
    _, output, _ = hof("improvement", "--models", "GraphDRP, LGBM", "--size", "SMALL", "--json")
    assert len(read(output)["runs"]) == 3
    _, output, _ = hof("improvement")
    assert "All 4 runs, 1 degenerate ones counted as 0" in output
    code, _, error = hof("improvement", "--models", "nothing")
    assert code == 66
    assert "no run fits" in error


def test_diff_exit_codes(hof: Run, archive: Path, tmp_path: Path) -> None:
    shutil.copytree(archive, tmp_path / "other")
    code, output, _ = hof("diff", str(archive), str(tmp_path / "other"))
    assert (code, output) == (0, "0 added, 0 removed, 0 changed (0 best values moved), 5 unchanged\n")
    small_record(seed=9).write(tmp_path / "other")
    code, output, _ = hof("diff", str(archive), str(tmp_path / "other"), "--json")
    assert code == 1
    assert list(read(output)["added"]) == ["GraphDRP/DEMO-A/SMALL/ga-seed9"]
    code, _, error = hof("diff", str(archive), "v1.0")
    assert code == 66
    assert "v1.0: no such folder, and no Git revision either" in error
