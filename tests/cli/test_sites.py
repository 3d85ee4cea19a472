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
