"""``cross-hpo hof import`` and ``hof export`` as commands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hpo.archive.export import FORMATS
from hpo.cli import hof_export
from hpo.cli.main import main
from tests.archive.builders import small_record
from tests.importers.fixtures import FAULTS, good_run, write_corpus, write_run


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    corpus = write_corpus(tmp_path / "clone", {"GraphDRP/CCLE/SMALL": good_run()})
    write_run(corpus / "HallOfFame/IGTD/pop9gen9", {"README.adoc": b"elsewhere"})
    return corpus


def test_import_prints_a_summary_and_exits_with_0(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["hof", "import", str(corpus), "--format", "improve", "--archive", str(tmp_path / "archive")]
    assert main(arguments) == 0
    printed = capsys.readouterr().out
    assert "runs imported whole" in printed
    assert "HallOfFame/IGTD/pop9gen9" in printed
    assert "private texts left out: user" in printed
    assert max(len(line.rstrip()) for line in printed.splitlines()) <= 100
    assert main(arguments) == 0
    assert "nothing changed" in capsys.readouterr().out


def test_import_prints_json_only_on_standard_output(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["hof", "import", str(corpus), "--archive", str(tmp_path / "archive"), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["commit"].startswith("0123456")
    assert report["totals"]["evaluations"] == 8
    assert [folder["state"] for folder in report["folders"]] == ["imported", "skipped"]


def test_a_refused_run_is_named_and_gives_exit_code_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs = {"A/CCLE/SMALL": FAULTS["table_is_binary"].make(good_run()), "B/CCLE/SMALL": good_run()}
    corpus = write_corpus(tmp_path / "clone", runs)
    assert main(["hof", "import", str(corpus), "--archive", str(tmp_path / "archive")]) == 1
    printed = " ".join(capsys.readouterr().out.split())
    assert "HallOfFame/A/CCLE/SMALL refused" in printed
    assert "hpo.csv: not UTF-8 text" in printed
    assert (tmp_path / "archive/B/CCLE/SMALL").is_dir()


def test_a_missing_source_gives_exit_code_66(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["hof", "import", str(tmp_path / "none"), "--archive", str(tmp_path / "archive")]) == 66
    assert "no folder that can be read (No such file or directory)" in capsys.readouterr().err


def test_export_writes_and_tells(corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    archive = ["--archive", str(tmp_path / "archive")]
    main(["hof", "import", str(corpus), *archive])
    capsys.readouterr()
    output = tmp_path / "all.csv"
    assert main(["hof", "export", "all", "--output", str(output), *archive, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "runs": 1,
        "format": "csv",
        "output": str(output),
        "refused": [],
        "notes": [],
    }
    assert main(["hof", "export", "ALL", "--output", str(output), *archive]) == 73
    assert "an export replaces nothing" in capsys.readouterr().err


def test_several_runs_are_exported_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for seed in (1, 2, 3):
        small_record(seed=seed).write(tmp_path / "archive")
    keys = [f"GraphDRP/DEMO-A/SMALL/ga-seed{seed}" for seed in (3, 1, 3)]
    output = tmp_path / "two.csv"
    assert main(["hof", "export", *keys, "--output", str(output), "--archive", str(tmp_path / "archive")]) == 0
    assert "2 runs exported" in capsys.readouterr().out
    assert output.read_text(encoding="utf-8").count("GraphDRP,") == 18


def test_every_format_is_offered_with_what_it_is() -> None:
    assert tuple(hof_export.FORMATS) == FORMATS
    assert all(hof_export.FORMATS.values())


@pytest.mark.parametrize("arguments", [[], ["ALL"], ["ALL", "--format", "xml"]])
def test_wrong_usage_of_export_gives_exit_code_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["hof", "export", *arguments]) == 2
    assert "Usage: cross-hpo hof export" in capsys.readouterr().err


def test_the_columns_are_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["hof", "export", "--columns", "--json"]) == 0
    columns = json.loads(capsys.readouterr().out)
    assert {"name": "walltime", "kind": "number", "unit": "seconds"}.items() <= columns[22].items()
