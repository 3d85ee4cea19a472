from pathlib import Path

import pytest

from hpo.cli.main import main
from hpo.errors import ExitCode
from hpo.execution.site import read_site
from hpo.models import registry
from hpo.settings import read_settings
from hpo.space import read_space


@pytest.mark.parametrize("model", registry.names())
def test_the_three_files_are_valid(model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["init", "tuning", "--model", model, "--dataset", "gCSI", "--data", "my data: #1/raw_data"]) == 0
    settings = read_settings(Path("tuning/search.yaml"))
    assert (settings.search.model, settings.search.dataset) == (model, "gCSI")
    assert settings.search.data == "my data: #1/raw_data"
    assert settings.search.space is not None
    assert read_space(Path(settings.search.space)).axes
    assert read_site(settings.site).workers >= 1


def test_nothing_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine = tmp_path / "site.toml"
    mine.write_text("mine")
    assert main(["init", str(tmp_path)]) == ExitCode.OWNED_OR_EXISTS
    assert "site.toml: exists already" in capsys.readouterr().err
    assert mine.read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["site.toml"]


def test_a_dataset_that_is_no_name(tmp_path: Path) -> None:
    assert main(["init", str(tmp_path), "--dataset", "../CCLE"]) == ExitCode.USAGE
    assert not list(tmp_path.iterdir())
