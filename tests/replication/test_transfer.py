"""Every optimum on every dataset: what is trained, what is written beside the records, and what is not done twice."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from hpo.archive.final import read_final
from hpo.archive.store import HallOfFame
from hpo.archive.summaries import chosen
from hpo.archive.transfer import (
    TransferScores,
    best_on_average,
    judging,
    mean_loss,
    parse_transfer,
    read_transfer,
    transfer_path,
    with_cells,
    write_transfer,
)
from hpo.archive.verify import verify_archive
from hpo.errors import BadData, OwnedOrExists, UsageError
from hpo.replication.transfer import plan_transfer, transfer_scores
from tests.replication import tailored
from tests.replication.tailored import Tailored, final, search, transfer

DATASETS = ["LEFT", "RIGHT"]


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with data and an archive of one search a dataset."""
    folder = tmp_path_factory.mktemp("transfer")
    tailored.raw_data(folder / "raw_data")
    for dataset in DATASETS:
        search(folder, dataset)
    return folder


@pytest.fixture
def case(searched: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, and no training counted yet."""
    monkeypatch.setattr(Tailored, "trained", [])
    return Path(shutil.copytree(searched, tmp_path / "case"))


def read(folder: Path) -> TransferScores:
    return read_transfer(folder / "hof", transfer_path(folder / "hof", "Tailored", "tiny"))


def test_every_optimum_is_trained_on_every_dataset(case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert transfer(case, "--seeds", "3") == 0
    out = capsys.readouterr().out
    assert "best on average" in out
    assert max(map(len, out.splitlines()[:-1])) <= 100
    scores = read(case)
    assert scores.complete
    assert scores.datasets == DATASETS
    assert [candidate.name for candidate in scores.candidates] == [*DATASETS, "default"]
    for candidate, run in zip(scores.candidates, scores.runs, strict=False):
        best = chosen(HallOfFame(case / "hof").run(run.run))
        assert best is not None
        assert (candidate.evaluation, candidate.hyperparameters) == (best.evaluation, best.hyperparameters)
    for cell in scores.cells:
        assert [training.status for training in cell.trainings] == ["ok"] * 3
        assert {"val_mse", "test_mse"} <= set(cell.trainings[0].metrics)
        own = scores.cell(cell.dataset, cell.dataset)
        assert own is not None
        assert [one.seed for one in cell.trainings] == [one.seed for one in own.trainings], "paired"
    assert verify_archive(case / "hof").sound


def test_tailoring_pays_where_optima_differ(case: Path) -> None:
    assert transfer(case) == 0
    scores = read(case)
    for dataset, other in (DATASETS, DATASETS[::-1]):
        own, foreign = scores.cell(dataset, dataset), scores.cell(other, dataset)
        assert own is not None
        assert foreign is not None
        better, worse = mean_loss(own.trainings), mean_loss(foreign.trainings)
        assert better is not None
        assert worse is not None
        assert better < worse
    assert scores.uniform == "default", "it lies between the two optima"


def test_nothing_is_trained_twice(case: Path) -> None:
    assert transfer(case, "--seeds", "2") == 0
    path = transfer_path(case / "hof", "Tailored", "tiny")
    content = path.read_bytes()
    assert len(Tailored.trained) == 12
    assert transfer(case, "--seeds", "2") == 0
    assert len(Tailored.trained) == 12
    assert path.read_bytes() == content
    assert transfer(case, "--seeds", "3") == 0
    assert len(Tailored.trained) == 18
    assert transfer(case, "--seeds", "2") == 0
    assert read(case).seeds == 3, "what is there is kept"


def test_it_goes_on_where_it_was_stopped(case: Path) -> None:
    archive, cells = case / "hof", []
    plan = plan_transfer(archive, "Tailored", "tiny", seeds=2)

    def stop(done: TransferScores) -> None:
        write_transfer(archive, done)
        cells.append(done)
        if len(cells) == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        transfer_scores(plan, archive, case / "raw_data", features=case / "features", model=tailored.PATH, save=stop)
    half = read(case)
    assert len(half.cells) == 4
    assert not half.complete
    assert half.uniform is None
    assert verify_archive(archive).sound
    assert transfer(case, "--seeds", "2") == 0
    assert len(Tailored.trained) == 12
    assert read(case).complete


def test_trainings_of_the_final_scores_are_used(case: Path) -> None:
    assert final(case, "LEFT", "--seeds", "2") == 0
    assert len(Tailored.trained) == 4
    assert transfer(case, "--seeds", "2") == 0
    assert len(Tailored.trained) == 12
    scored = read_final(case / "hof", "Tailored/LEFT/tiny/ga-seed1")
    cell = read(case).cell("LEFT", "LEFT")
    assert scored is not None
    assert cell is not None
    assert cell.trainings == scored.candidates[0].trainings


def test_failures_are_failures(case: Path) -> None:
    plan = plan_transfer(case / "hof", "Tailored", "tiny", seeds=2)
    far = {"LEFT": -9.0, "RIGHT": 9.0}
    candidates = [
        one.model_copy(update={"hyperparameters": {"x": far[one.name]}}) if one.name in far else one
        for one in plan.candidates
    ]
    plan = plan.model_copy(update={"candidates": candidates})
    scores = transfer_scores(plan, case / "hof", case / "raw_data", features=case / "features", model=tailored.PATH)
    failed, dead = scores.cell("LEFT", "RIGHT"), scores.cell("RIGHT", "LEFT")
    assert failed is not None
    assert dead is not None
    assert [(one.status, one.val_loss) for one in failed.trainings] == [("failed", None)] * 2
    assert "diverged" in failed.trainings[0].message
    assert str(Path(tailored.__file__).parent) not in failed.trainings[0].message
    assert mean_loss(failed.trainings) is None
    assert [(one.status, one.val_loss) for one in dead.trainings] == [("degenerate", 0.9)] * 2
    assert scores.uniform == "default"


def test_a_changed_search_makes_it_stale(case: Path) -> None:
    assert transfer(case, "--seeds", "1") == 0
    shutil.rmtree(case / "hof" / "Tailored" / "LEFT" / "tiny" / "ga-seed1")
    search(case, "LEFT", seed=2)
    found = verify_archive(case / "hof")
    assert list(found.problems) == ["Tailored/tiny.transfer.json"]
    assert (
        "Tailored/LEFT/tiny/ga-seed1 is missing or in another state" in found.problems["Tailored/tiny.transfer.json"][0]
    )
    assert transfer(case, "--seeds", "1") == 0
    assert verify_archive(case / "hof").sound
    assert read(case).runs[0].run == "Tailored/LEFT/tiny/ga-seed2"


def test_of_several_searches_the_best_stands_for_its_dataset(case: Path) -> None:
    search(case, "LEFT", seed=2)
    search(case, "LEFT", seed=3, strategy="random")
    hall = HallOfFame(case / "hof")
    losses = {
        run.key: best.val_loss or 0.0 for run in hall.runs(dataset="LEFT", strategy="ga") if (best := chosen(run))
    }
    assert len(losses) == 2
    assert plan_transfer(case / "hof", "Tailored", "tiny", seeds=1).runs[0].run == min(losses, key=losses.__getitem__)


def test_one_dataset_is_too_few(case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(case / "hof" / "Tailored" / "LEFT")
    assert transfer(case) == 2
    assert "two datasets or more" in capsys.readouterr().err
    assert not list((case / "hof").glob("*/*.json"))


def test_searches_of_other_settings_are_not_compared(case: Path) -> None:
    path = case / "hof" / "Tailored" / "LEFT" / "tiny" / "ga-seed1" / "run.json"
    content = json.loads(path.read_text())
    for change in ({"fixed": {"epochs": 7}}, {"split": 1}, {"protocol": {**content["protocol"], "version": 9}}):
        path.write_text(json.dumps({**content, **change}))
        with pytest.raises(UsageError, match="two datasets or more"):
            plan_transfer(case / "hof", "Tailored", "tiny", seeds=1)
    path.write_text(json.dumps({**content, "release": {"name": "other", "digest": None}}))
    with pytest.raises(UsageError, match=r"choose by --release"):
        plan_transfer(case / "hof", "Tailored", "tiny", seeds=1)


def test_another_release_is_not_overwritten(case: Path) -> None:
    plan = plan_transfer(case / "hof", "Tailored", "tiny", seeds=1)
    other = plan.model_copy(update={"release": "other"})
    with pytest.raises(OwnedOrExists, match="holds the transfer on release other"):
        transfer_scores(plan, case / "hof", case / "raw_data", features=case / "features", earlier=other)


def test_prepared_folders_will_do(case: Path) -> None:
    for dataset in DATASETS:
        (found,) = (case / "features").glob(f"Tailored-{dataset}-*")
        (case / "prepared").mkdir(exist_ok=True)
        found.rename(case / "prepared" / dataset)
    assert transfer(case, "--data", str(case / "prepared"), "--seeds", "1") == 0
    assert not list((case / "features").iterdir())


def change_cells(content: dict[str, Any]) -> None:
    content["cells"][0]["trainings"][0]["seed"] += 1


def change_uniform(content: dict[str, Any]) -> None:
    content["uniform"] = "LEFT"


def add_cell(content: dict[str, Any]) -> None:
    content["cells"].append(content["cells"][0])


def drop_candidate(content: dict[str, Any]) -> None:
    del content["candidates"][0]


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (change_cells, "2 trainings of the same seeds"),
        (change_uniform, "uniform is not the candidate"),
        (add_cell, "one for each candidate and dataset at most"),
        (drop_candidate, "candidates are the optimum of each dataset"),
        (lambda content: content.update(size="SMALL"), "says that it is Tailored/SMALL.transfer.json"),
        (lambda content: content.update(colour="red"), "colour: Extra inputs are not permitted"),
    ],
)
def test_an_altered_file_is_refused(case: Path, damage: Any, message: str) -> None:
    archive = case / "hof"
    plan = plan_transfer(archive, "Tailored", "tiny", seeds=2)
    scores = transfer_scores(plan, archive, case / "raw_data", features=case / "features", model=tailored.PATH)
    path = write_transfer(archive, scores)
    assert parse_transfer(path) == scores
    content = json.loads(path.read_text())
    damage(content)
    path.write_text(json.dumps(content))
    with pytest.raises(BadData, match=message):
        read(case)
    assert not verify_archive(archive).sound


def test_the_best_on_average_is_chosen_by_every_second_training(case: Path) -> None:
    plan = plan_transfer(case / "hof", "Tailored", "tiny", seeds=4)
    scores = transfer_scores(plan, case / "hof", case / "raw_data", features=case / "features", model=tailored.PATH)
    names = [candidate.name for candidate in scores.candidates]
    cells = {(cell.candidate, cell.dataset): cell for cell in scores.cells}

    def with_losses(name: str, losses: list[float]) -> TransferScores:
        changed = {
            place: cell.model_copy(
                update={
                    "trainings": [
                        one.model_copy(update={"val_loss": loss})
                        for one, loss in zip(cell.trainings, losses, strict=True)
                    ]
                }
            )
            for place, cell in cells.items()
            if place[0] == name
        }
        return with_cells(scores, cells | changed)

    assert with_losses("LEFT", [9.0, 0.01, 9.0, 0.01]).uniform == "LEFT"
    assert with_losses("LEFT", [0.01, 9.0, 0.01, 9.0]).uniform == scores.uniform != "LEFT"
    assert [one.seed for one in judging(scores.cells[0].trainings)] == [
        scores.cells[0].trainings[index].seed for index in (0, 2)
    ]
    assert best_on_average(names, scores.datasets, scores.cells[1:]) is None


def test_a_file_with_another_name_is_a_stranger(case: Path) -> None:
    stray = case / "hof" / "Tailored" / "LEFT" / "tiny.transfer.json"
    stray.write_text("{}")
    assert any(str(stray) in stranger for stranger in verify_archive(case / "hof").strangers)
