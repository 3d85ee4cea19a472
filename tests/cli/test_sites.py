import json
from pathlib import Path

import pytest

from hpo.cli.main import main
from hpo.errors import ExitCode


def test_the_laptop_is_among_the_sites(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sites", "--json"]) == 0
    assert "laptop" in {site["name"] for site in json.loads(capsys.readouterr().out)}


def test_one_site_shows_how_it_starts_ranks(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sites", "laptop"]) == 0
    assert "mpiexec -n {ranks}" in capsys.readouterr().out


def test_a_site_file_of_ones_own_is_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "site.toml"
    path.write_text("name = 'mine'\nworkers = 'many'\n")
    assert main(["sites", str(path)]) == ExitCode.BAD_DATA
    assert "workers" in capsys.readouterr().err


def test_a_site_is_shown_with_its_queues(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sites", "polaris"]) == 0
    shown = capsys.readouterr().out
    assert "-> small" in shown
    assert "reached through it only" in shown
    assert max(map(len, shown.splitlines())) <= 100


def test_a_site_file_can_be_copied(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sites", "slurm-generic", "--toml"]) == 0
    copy = tmp_path / "mine.toml"
    copy.write_text(capsys.readouterr().out)
    assert main(["sites", str(copy), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["scheduler"] == "slurm"
    assert main(["sites", "--toml"]) == ExitCode.USAGE
