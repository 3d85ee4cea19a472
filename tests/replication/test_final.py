"""Final scores: fresh seeds, the test part, references; beside the record and tied to it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hpo.archive.final import final_path, read_final, spread
from hpo.archive.store import HallOfFame
from hpo.archive.summaries import chosen
from hpo.archive.verify import verify_archive
from hpo.cli.main import main
from hpo.errors import BadData

KEY = "LGBM/DEMO-A/tiny/ga-seed1"


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with one small search of LGBM on the demonstration data."""
    folder = tmp_path_factory.mktemp("final")
    assert main(["data", "demo", "--out", str(folder / "demo")]) == 0
    arguments = [
        "search", "--model", "LGBM", "--dataset", "DEMO-A", "--size", "tiny", "--ga", "POPULATION_SIZE=2",
        "--ga", "NUM_ITERATIONS=1", "--set", "n_estimators=10", "--data", str(folder / "demo" / "raw_data"),
        "--archive", str(folder / "hof"), "--work", str(folder / "work"), "--features", str(folder / "features"),
        "--launcher", "local", "--workers", "0",
    ]  # fmt: skip
    assert main(arguments) == 0
    return folder / "hof"


def score(archive: Path, *more: str) -> int:
    folder = archive.parent
    places = ["--archive", str(archive), "--features", str(folder / "features")]
    return main(["final", KEY, "--data", str(folder / "demo" / "raw_data"), *places, *more])


@pytest.mark.slow
def test_scores_are_written_beside_the_record(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert score(archive, "--seeds", "2", "--json") == 0
    printed = json.loads(capsys.readouterr().out)
    final = read_final(archive, KEY)
    assert final is not None
    assert printed == final.model_dump(mode="json", by_alias=True)
    run = HallOfFame(archive).run(KEY)
    recommended = chosen(run)
    assert recommended is not None
    assert run.baseline is not None
    best, default = final.candidate("best"), final.candidate("default")
    assert best is not None
    assert default is not None
    assert best.hyperparameters == recommended.hyperparameters
    assert default.hyperparameters == run.baseline.hyperparameters
    assert len({training.seed for training in best.trainings}) == 2
    searched = {int(row.split(",")[-6]) for row in (archive / KEY / "evaluations.csv").read_text().splitlines()[1:]}
    assert not {training.seed for training in best.trainings} & searched, "seeds are fresh"
    assert {"val_mse", "test_mse", "test_pcc"} <= set(best.trainings[0].metrics)
    assert set(final.references) == {"mean", "additive"}
    assert verify_archive(archive).sound

    content = json.loads(final_path(archive, KEY).read_text())
    final_path(archive, KEY).write_text(json.dumps({**content, "manifest": "0" * 64}))
    with pytest.raises(BadData, match="another state of the record"):
        read_final(archive, KEY)
    assert not verify_archive(archive).sound
    final_path(archive, KEY).write_text(json.dumps({**content, "candidates": [{"name": "worst"}]}))
    with pytest.raises(BadData, match=r"candidates\.0\.name"):
        read_final(archive, KEY)
    assert score(archive, "--seeds", "1") == 0
    out = capsys.readouterr().out
    assert "mean and additive: predictors without features" in out
    assert max(map(len, out.splitlines()[:8])) <= 100
    assert verify_archive(archive).sound


def test_no_final_scores(tmp_path: Path) -> None:
    assert read_final(tmp_path, KEY) is None


def test_scores_without_a_record_are_strangers(tmp_path: Path) -> None:
    path = final_path(tmp_path, KEY)
    path.parent.mkdir(parents=True)
    path.write_text("{}")
    assert not verify_archive(tmp_path).sound


def test_spread() -> None:
    assert spread([1.0]) == (1.0, None)
    assert spread([1.0, 3.0]) == (2.0, pytest.approx(2**0.5))
    with pytest.raises(ValueError, match="no value"):
        spread([])
