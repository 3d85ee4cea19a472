"""Searches of a model that runs as programs: records like any other."""

from __future__ import annotations

import io
import json
import shutil
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from hpo.archive.compare import essence
from hpo.archive.record import read_record
from hpo.cli.main import main
from hpo.settings import read_settings
from tests.models.builders import write_csa
from tests.models.external.builders import HERE, toml
from tests.models.external.test_check import SPACE


def call(*arguments: str, code: int = 0) -> str:
    """Run the command line within this process; what it printed, both streams."""
    out, err = io.StringIO(), io.StringIO()
    with mock.patch.object(sys, "argv", ["cross-hpo", *arguments]), redirect_stdout(out), redirect_stderr(err):
        found = main(list(arguments))
    said = out.getvalue() + err.getvalue()
    assert found == code, f"exit code {found}\n{said}"
    return said


SHORT = ("--size", "SHORT", "--ga", "POPULATION_SIZE=2", "--ga", "NUM_ITERATIONS=2")
"""A search of a few evaluations."""


class Place:
    """A folder with data, a model file with its code, a work folder and an archive."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.raw = write_csa(folder / "data")
        self.code = folder / "code"
        shutil.copytree(HERE / "biases", self.code, ignore=shutil.ignore_patterns("__pycache__"))
        (folder / "space.json").write_text(json.dumps(SPACE))
        self.file = folder / "model.toml"
        self.file.write_text(toml(self.code))
        self.features = folder / "features"

    def search(self, *more: str, code: int = 0, model: tuple[str, ...] | None = None, to: str = "archive") -> str:
        model = model or ("--model-file", str(self.file))
        return call(
            "search", *model, "--dataset", "TINY", "--size", "SMALL", "--data", str(self.raw),
            "--archive", str(self.folder / to), "--work", str(self.folder / f"{to}-work"),
            "--features", str(self.features), "--launcher", "local", "--workers", "1", *more, code=code,
        )  # fmt: skip

    def record(self, to: str = "archive") -> Any:
        (path,) = (self.folder / to).glob("*/*/*/*/run.json")
        return read_record(path.parent)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    found = Place(tmp_path_factory.mktemp("place"))
    found.search()
    return found


def test_the_record(place: Place) -> None:
    record = place.record()
    run = record.run
    assert run.key == "Biases/TINY/SMALL/ga-seed1"
    assert run.counts.by_status == {"ok": run.counts.evaluations}
    assert run.best is not None
    assert run.baseline is not None
    assert run.best.val_loss <= run.baseline.val_loss
    assert run.baseline.hyperparameters == {"learning_rate": 0.1, "epochs": 5}
    assert {"model/definition", "model/code"} <= run.provenance.digests.keys()
    assert run.protocol.name.startswith("auc-mse-")
    files = [path for path in (place.folder / "archive").rglob("*") if path.is_file()]
    assert not [path.name for path in files if str(place.folder).encode() in path.read_bytes()], (
        "no path of this machine"
    )
    assert "evaluation 0, seed" in next(place.folder.glob("archive-work/*/work/*.log")).read_text()


def test_its_page_says_how_to_search_again(place: Place) -> None:
    from reports.pages.reproduce import reproduce_command

    found = reproduce_command(place.record())
    assert "cross-hpo search --model-file model.toml --dataset TINY --size SMALL" in found
    assert "# with the model file and the code of Biases, whose digests are in run.json" in found


def test_it_is_continued_where_it_was_and_workers_change_nothing(place: Place) -> None:
    shutil.copytree(place.folder / "archive-work", place.folder / "resumed-work")
    (run,) = (place.folder / "resumed-work").iterdir()
    (segment,) = (run / "journal").iterdir()
    lines = segment.read_bytes().splitlines(keepends=True)
    ends = [index for index, line in enumerate(lines) if b'"type":"result"' in line]
    segment.write_bytes(b"".join(lines[: ends[3] + 1]))
    (run / "status.json").unlink()
    said = place.search("--json", "--workers", "2", to="resumed")
    assert json.loads(said[said.index("{") : said.rindex("}") + 1])["trained"] == len(ends) - 4
    assert essence(place.record("resumed")) == essence(place.record())


def test_other_code_is_another_search(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.search(*SHORT)
    shutil.rmtree(tmp_path / "archive")
    (work,) = (tmp_path / "archive-work").iterdir()
    (segment,) = (work / "journal").iterdir()
    lines = segment.read_bytes().splitlines(keepends=True)
    segment.write_bytes(b"".join(line for line in lines if b'"closed"' not in line))
    (work / "status.json").unlink()
    script = place.code / "biases.py"
    script.write_text(script.read_text() + "\n# changed\n")
    said = place.search(*SHORT, code=70)
    assert "digests.model/code: was " in said
    assert "protocol.name: was " in said


def test_a_command_line_instead_of_a_file(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("train.py").write_text("import sys\nprint('IMPROVE_RESULT val_loss:', (float(sys.argv[1]) - 0.1) ** 2)\n")
    Path("space.json").write_text(json.dumps([{**SPACE[0], "default": 0.3}]))
    command = f"{sys.executable} train.py {{learning_rate}}"
    model = ("--model", "Parabola", "--model-command", command, "--space", "space.json")
    place.search(*SHORT, model=model, to="parabola")
    run = place.record("parabola").run
    assert run.model == "Parabola"
    assert run.baseline is not None
    assert run.baseline.val_loss == pytest.approx(0.04)
    Path("space.json").write_text(json.dumps(SPACE))
    said = place.search(model=model, to="none", code=65)
    assert "space.json: learning_rate: needs a default" in said
    assert "space.json: epochs: needs a default" in said
    place.search(model=("--model-command", command), to="none", code=2)
    assert "give" not in place.search(model=("--model", "A", "--model-file", str(place.file)), to="none", code=2)
    assert not (place.folder / "none").exists()


def test_a_settings_file_can_name_it(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    call("init", "tuning", "--external", "Mine", "--dataset", "TINY", "--data", str(place.raw))
    settings = read_settings(Path("tuning/search.yaml"))
    assert settings.search.model_file == "tuning/model.toml"
    assert settings.search.model is None
    said = call("search", "--settings", "tuning/search.yaml", code=66)
    assert "model.toml: entry.preprocess: " in said
    assert "exactly one *_train_improve.py" in said
