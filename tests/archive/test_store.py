"""The archive as a Python object."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from pandas.testing import assert_frame_equal, assert_series_equal

from hpo.archive import HallOfFame
from hpo.archive.record import make_record
from hpo.archive.schema import Protocol, Release
from hpo.archive.tidy import HYPERPARAMETER, RUN_COLUMNS
from hpo.errors import BadData, MissingInput
from hpo.evaluation import Candidate, Evaluation, Origin, Outcome, Status
from hpo.space import Space
from tests.archive.builders import SPACE, improve_record, make_run_info, small_record


@pytest.fixture
def hall(archive: Path) -> HallOfFame:
    return HallOfFame(archive)


def test_keys_are_sorted(hall: HallOfFame) -> None:
    assert hall.keys() == [
        "GraphDRP/DEMO-A/SMALL/ga-seed1",
        "GraphDRP/DEMO-A/SMALL/random-seed2",
        "GraphDRP/DEMO-B/SMALL/ga-seed1",
        "IGTD/CCLE/MEDIUM/improve-2024-08-07",
        "LGBM/DEMO-A/SMALL/ga-seed1",
    ]


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({}, 5),
        ({"model": "GraphDRP"}, 3),
        ({"model": ("GraphDRP", "LGBM"), "dataset": "DEMO-A"}, 3),
        ({"size": "MEDIUM"}, 1),
        ({"strategy": "random"}, 1),
        ({"source": "improve"}, 1),
        ({"flag": "failed-evaluations"}, 1),
        ({"flag": {"degenerate", "failed-evaluations"}}, 2),
        ({"release": "demo-1"}, 4),
        ({"run": "ga-seed1", "model": None}, 3),
        ({"model": "nothing"}, 0),
    ],
)
def test_filters(hall: HallOfFame, filters: dict[str, object], count: int) -> None:
    assert len(hall.runs(**filters)) == count


def test_an_unknown_filter_is_an_error(hall: HallOfFame) -> None:
    with pytest.raises(TypeError, match="unknown filter modell; there are model, dataset"):
        hall.runs(modell="IGTD")


def test_a_broken_record_never_stops_the_others(hall: HallOfFame, caplog: pytest.LogCaptureFixture) -> None:
    (hall.path / "LGBM/DEMO-A/SMALL/ga-seed1/run.json").write_text("{")
    (hall.path / "GraphDRP/DEMO-B/SMALL/ga-seed1/evaluations.csv").unlink()
    (hall.path / "M/D/S/R").mkdir(parents=True)
    with caplog.at_level(logging.WARNING):
        assert len(hall.runs()) == 4
    assert len(hall.scan().problems) == 2
    assert "LGBM/DEMO-A/SMALL/ga-seed1/run.json: line 1" in caplog.text
    assert len(list(hall.records())) == 3


def test_a_record_under_the_wrong_key_is_broken(hall: HallOfFame) -> None:
    (hall.path / "LGBM/DEMO-A/SMALL/ga-seed1").rename(hall.path / "LGBM/DEMO-A/SMALL/ga-seed9")
    assert "calls itself LGBM/DEMO-A/SMALL/ga-seed1" in hall.scan().problems[0]


def test_similar_names_are_offered(hall: HallOfFame) -> None:
    with pytest.raises(MissingInput, match="did you mean LGBM/DEMO-A/SMALL/ga-seed1"):
        hall.record("LGBM/DEMO-A/SMAL/ga-seed1")
    with pytest.raises(MissingInput, match=r"no record '\.\./\.\./etc/passwd'"):
        hall.record("../../etc/passwd")
    with pytest.raises(MissingInput, match="name another with --archive"):
        HallOfFame(hall.path / "nothing").runs()


def test_one_tidy_table_of_everything(hall: HallOfFame) -> None:
    table = hall.evaluations()
    assert len(table) == 4 * 9 + 40
    assert tuple(table.columns[: len(RUN_COLUMNS)]) == RUN_COLUMNS
    assert [name for name in table if name.startswith(HYPERPARAMETER)] == [
        "hp_activation",
        "hp_batch_size",
        "hp_dropout",
        "hp_learning_rate",
        "hp_residual",
    ]
    assert {str(kind) for kind in table[list(RUN_COLUMNS)].dtypes} == {"category"}
    for key, part in table.groupby(["model", "dataset", "size", "run"], observed=True):
        record = hall.record("/".join(key))
        for name in ("val_loss", "generation", "origin", "status", "walltime", "message"):
            assert_series_equal(part[name].reset_index(drop=True), record.evaluations[name], check_exact=True)
        assert part["hp_learning_rate"].tolist() == record.evaluations["learning_rate"].tolist()


def test_the_order_of_the_tidy_table_is_that_of_the_keys(hall: HallOfFame) -> None:
    table = hall.evaluations()
    keys = table[["model", "dataset", "size", "run"]].astype(str).agg("/".join, axis="columns")
    assert list(dict.fromkeys(keys)) == hall.keys()
    assert table.index.tolist() == list(range(len(table)))


def test_columns_are_the_same_whatever_the_archive_holds(tmp_path: Path, hall: HallOfFame) -> None:
    (tmp_path / "empty").mkdir()
    empty = HallOfFame(tmp_path / "empty").evaluations()
    assert len(empty) == 0
    assert list(empty.columns) == [name for name in hall.evaluations() if not name.startswith(HYPERPARAMETER)]


def test_a_hyperparameter_of_two_types_becomes_the_wider_one(tmp_path: Path) -> None:
    small_record().write(tmp_path)
    layers = {"name": "batch_size", "type": "categorical", "element_type": "string", "values": ["small", "large"]}
    space = [SPACE[0], SPACE[2], SPACE[3], {"name": "depth", "type": "int", "lower": 1, "upper": 8}, layers]
    point = {"learning_rate": 1e-3, "dropout": 0.1, "residual": True, "depth": 3, "batch_size": "small"}
    evaluation = Evaluation(Candidate(0, 0, Origin.INITIAL, point, seed=1), Outcome(Status.OK, 0.01))
    make_record(make_run_info("LGBM"), Space.from_json(space), [evaluation], b"").write(tmp_path)
    table = HallOfFame(tmp_path).evaluations()
    assert str(table["hp_batch_size"].dtype) == "string"
    assert table["hp_batch_size"].tolist()[-1] == "small"
    assert table["hp_depth"].tolist()[-1] == 3
    assert table["hp_depth"].isna().sum() == 9


def test_a_wrong_cell_is_found_among_many_records(hall: HallOfFame) -> None:
    path = hall.path / "GraphDRP/DEMO-B/SMALL/ga-seed1/evaluations.csv"
    path.write_text(path.read_text().replace(",degenerate,0.0", ",degenerate,x.0", 1))
    with pytest.raises(BadData, match=r"DEMO-B/SMALL/ga-seed1/evaluations.csv: line 3: val_loss: expected a number"):
        hall.evaluations()


def test_filters_hold_for_the_tidy_table(hall: HallOfFame) -> None:
    assert set(hall.evaluations(model="LGBM")["status"]) == {"ok", "failed", "timeout"}
    assert_frame_equal(hall.evaluations(model="LGBM"), hall.evaluations(dataset="DEMO-A", model="LGBM"))


def test_the_best_run_is_the_lowest_loss(hall: HallOfFame) -> None:
    choice = hall.best("GraphDRP", "DEMO-A")
    assert choice.run.key == "GraphDRP/DEMO-A/SMALL/random-seed2"
    assert choice.reason == "lowest validation loss of 2 comparable runs"
    assert hall.best("GraphDRP", "DEMO-A", strategy="ga").run.key == "GraphDRP/DEMO-A/SMALL/ga-seed1"


def test_losses_of_different_releases_and_protocols_are_never_compared(hall: HallOfFame) -> None:
    other = Release(name="other-cut", digest=None)
    improve_record("GraphDRP", "DEMO-A", "SMALL", release=other, run="improve-1").write(hall.path)
    protocol = Protocol(name="log", version=1, target="log10(auc + 0.01)", metric="mse", selection="last epoch")
    small_record(seed=7, protocol=protocol).write(hall.path)
    choice = hall.best("GraphDRP", "DEMO-A")
    assert choice.run.release.name == "demo-1"
    assert "18 evaluations, the most" in choice.reason
    assert sorted(run.run for run in choice.others) == ["ga-seed7", "improve-1"]
    assert hall.best("GraphDRP", "DEMO-A", source="improve").run.run == "improve-1"


@pytest.mark.parametrize(
    ("model", "dataset", "message"),
    [
        ("graphdrp", "DEMO-A", "no run of a model 'graphdrp'; did you mean GraphDRP?"),
        ("XYZ", "DEMO-A", "no run of a model 'XYZ'; there are GraphDRP, IGTD, LGBM"),
        ("GraphDRP", "DEMO-C", "no run of GraphDRP on a dataset 'DEMO-C'; did you mean DEMO-"),
        ("LGBM", "CCLE", "no run of LGBM on a dataset 'CCLE'; it has DEMO-A"),
    ],
)
def test_what_there_is_instead_is_said(hall: HallOfFame, model: str, dataset: str, message: str) -> None:
    with pytest.raises(MissingInput) as caught:
        hall.best(model, dataset)
    assert str(caught.value).startswith(message)


def test_no_success_is_no_best(tmp_path: Path) -> None:
    small_record(failures=dict.fromkeys(range(9), Status.OOM)).write(tmp_path)
    with pytest.raises(MissingInput, match="no evaluation of GraphDRP on DEMO-A succeeded in GraphDRP/DEMO-A/SMALL"):
        HallOfFame(tmp_path).best("GraphDRP", "DEMO-A")
