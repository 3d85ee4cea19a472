"""The benchmark in HPO-B's layout: tasks, what is left out of them, and surrogates that are what they say."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpo.archive import HallOfFame
from hpo.archive.export import Exported, Refused, export
from hpo.archive.export.encoding import describe, encode, names
from hpo.archive.export.surrogate import Poor, Surrogate, fit
from hpo.archive.record import Record, make_record
from hpo.errors import MissingInput
from hpo.evaluation import Status
from hpo.space import Space
from tests.archive.builders import SPACE, improve_record, small_record

pytest.importorskip("sklearn")

COLUMNS = [
    "activation.ohe._relu", "activation.ohe._elu", "batch_size", "dropout", "learning_rate", "residual",
]  # fmt: skip


@pytest.fixture(autouse=True)
def small_forests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hpo.archive.export.surrogate.TREES", 10)


def exported(tmp_path: Path, *records: Record) -> tuple[Path, Exported]:
    for record in records:
        record.write(tmp_path / "archive")
    output = tmp_path / "hpo-b"
    return output, export(HallOfFame(tmp_path / "archive"), "ALL", "hpo-b", output, allow_missing=True)


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def only_task(output: Path, name: str) -> Any:
    """What the file ``name`` says of the only dataset of the only space."""
    (space,) = read(output / name).values()
    (task,) = space.get("datasets", space).values()
    return task


class Forest:
    """XGBoost's way through a model file: left where the place is below the split, both as float32."""

    def __init__(self, model: dict[str, Any]) -> None:
        learner = model["learner"]
        self.base = float(learner["learner_model_param"]["base_score"])
        self.trees = learner["gradient_booster"]["model"]["trees"]

    def __call__(self, row: np.ndarray) -> float:
        return self.base + sum(self._leaf(tree, row.astype(np.float32)) for tree in self.trees)

    @staticmethod
    def _leaf(tree: dict[str, Any], row: np.ndarray) -> float:
        node = 0
        while tree["left_children"][node] >= 0:
            left, right = tree["left_children"][node], tree["right_children"][node]
            assert right == left + 1, "XGBoost takes the right child to follow the left one"
            assert tree["parents"][left] == tree["parents"][right] == node
            node = left if row[tree["split_indices"][node]] < np.float32(tree["split_conditions"][node]) else right
        return float(tree["split_conditions"][node])


def bowl(points: int, seed: int = 0) -> tuple[list[list[float]], list[float]]:
    rng = np.random.default_rng(seed)
    places = rng.random((points, 2))
    return places.tolist(), (-((places - 0.4) ** 2).sum(axis=1) - 0.1).tolist()


def test_runs_of_one_space_are_one_task_that_the_handler_can_play(tmp_path: Path) -> None:
    records = [small_record(size="MEDIUM"), small_record(seed=2), small_record(strategy="random", seed=3)]
    output, done = exported(tmp_path, *records)
    assert done.runs == 3
    data, starts = (read(output / name) for name in ("meta-test-dataset.json", "bo-initializations.json"))
    ((space, datasets),) = data.items()
    ((dataset, task),) = datasets.items()
    # What HPOBHandler.evaluate does with a task.
    places, values = np.array(task["X"]), np.array(task["y"])
    assert places.shape == (41 + 9 + 9, len(COLUMNS))
    assert values.shape == (59, 1)
    assert ((places >= 0) & (places <= 1)).all()
    scaled = (values - values.min()) / (values.max() - values.min())
    assert set(starts[space][dataset]) == {"test0", "test1", "test2", "test3", "test4"}
    for first in starts[space][dataset].values():
        pending = list(range(len(places)))
        for index in first:
            pending.remove(index)
        assert len(pending) == 54
    lowest = min(record.run.best.val_loss for record in records if record.run.best is not None)  # type: ignore[type-var]
    assert -values.max() == lowest
    assert scaled.max() == 1
    description = read(output / "meta-dataset-descriptors.json")[space]
    assert description["variables_order"] == COLUMNS
    assert description["variables_to_apply_log"] == ["learning_rate"]
    assert description["datasets"][dataset]["runs"] == sorted(record.key for record in records)
    # And with its surrogate.
    name = f"surrogate-{space}-{dataset}"
    stats = read(output / "saved-surrogates" / "summary-stats.json")[name]
    assert (stats["y_min"], stats["y_max"]) == (values.min(), values.max())
    assert stats["r2"] == description["datasets"][dataset]["surrogate"]["r2"] >= 0.3
    forest = Forest(read(output / "saved-surrogates" / f"{name}.json"))
    predicted = np.array([forest(row) for row in places])
    assert np.corrcoef(predicted, values[:, 0])[0, 1] > 0.9


def test_failures_unknown_values_and_strangers_have_no_place_and_are_counted(tmp_path: Path) -> None:
    record = improve_record()
    table = record.evaluations.copy()
    table.loc[3, "dropout"] = float("nan")
    table.loc[4, "learning_rate"] = 0.5
    output, _ = exported(tmp_path, make_record(record.run, record.space, table))
    told = only_task(output, "meta-dataset-descriptors.json")
    assert told["left_out"] == {"unknown hyperparameter": 1, "outside of the space": 1}
    assert len(only_task(output, "meta-test-dataset.json")["X"]) == told["evaluations"] == 38
    failed = small_record(size="MEDIUM", failures={5: Status.FAILED, 6: Status.OOM, 7: Status.DEGENERATE})
    output, _ = exported(tmp_path / "own", failed)
    told = only_task(output, "meta-dataset-descriptors.json")
    assert told["left_out"] == {"failed": 1, "oom": 1}
    assert told["dead"] == [5]
    assert -only_task(output, "meta-test-dataset.json")["y"][5][0] == failed.evaluations["val_loss"][7]


def test_what_is_no_task_is_refused_by_name(tmp_path: Path) -> None:
    dead = improve_record(degenerate=True)
    for record in (small_record(), dead, make_record(improve_record("HiDRA").run, None, dead.evaluations)):
        record.write(tmp_path / "archive")
    with pytest.raises(Refused) as caught:
        export(HallOfFame(tmp_path / "archive"), "ALL", "hpo-b", tmp_path / "hpo-b", allow_missing=True)
    assert [str(refusal) for refusal in caught.value.refused] == [
        "HiDRA/CCLE/MEDIUM/improve-2024-08-07: its space is not known",
        "GraphDRP on DEMO-A, SMALL/ga-seed1: usable evaluations: 9, it takes 10",
        "IGTD on CCLE, MEDIUM/improve-2024-08-07: dead: all evaluations gave the same loss",
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["archive"]


def test_losses_that_do_not_compare_are_not_pooled(tmp_path: Path) -> None:
    records = (small_record(size="MEDIUM"), small_record(size="MEDIUM", seed=2, fixed={"epochs": 9}))
    output, _ = exported(tmp_path, *records)
    ((_, datasets),) = read(output / "meta-test-dataset.json").items()
    assert sorted(len(task["X"]) for task in datasets.values()) == [41, 41]


def test_scikit_learn_is_asked_for_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small_record().write(tmp_path / "archive")
    monkeypatch.setattr("hpo.archive.export.output.find_spec", lambda _: None)
    with pytest.raises(MissingInput, match="hpo-b needs sklearn; install it with: pip install scikit-learn"):
        export(HallOfFame(tmp_path / "archive"), "ALL", "hpo-b", tmp_path / "hpo-b")


def test_a_surrogate_is_the_forest_in_xgboosts_words() -> None:
    places, values = bowl(60)
    fitted = fit(places, values)
    assert isinstance(fitted, Surrogate)
    assert fitted.quality.points == 60
    from sklearn.ensemble import RandomForestRegressor

    # Places of float32 lie exactly on some splits' neighbours, where the two programs compare differently.
    rows = np.vstack([np.array(places), np.random.default_rng(1).random((300, 2))]).astype(np.float32)
    order = np.lexsort(np.array(places).astype(np.float32).T[::-1])
    forest = RandomForestRegressor(10, min_samples_leaf=2, random_state=0, n_jobs=1)
    forest.fit(np.array(places).astype(np.float32)[order].astype(float), np.array(values)[order])
    model = Forest(json.loads(json.dumps(fitted.model)))
    np.testing.assert_allclose([model(row) for row in rows], forest.predict(rows), rtol=1e-9)


def test_xgboost_loads_a_surrogate(tmp_path: Path) -> None:
    xgboost = pytest.importorskip("xgboost", reason="XGBoost is not installed")
    places, values = bowl(60)
    fitted = fit(places, values)
    assert isinstance(fitted, Surrogate)
    (tmp_path / "model.json").write_text(json.dumps(fitted.model), encoding="utf-8")
    booster = xgboost.Booster()
    booster.load_model(tmp_path / "model.json")
    model = Forest(fitted.model)
    rows = np.random.default_rng(2).random((200, 2)).astype(np.float32)
    np.testing.assert_allclose(booster.predict(xgboost.DMatrix(rows)), [model(row) for row in rows], rtol=1e-5)


def test_repeats_of_a_point_do_not_make_a_surrogate_of_noise() -> None:
    rng = np.random.default_rng(3)
    places = np.repeat(rng.random((30, 2)), 5, axis=0)
    noise = np.repeat(rng.random(30), 5)
    found = fit(places.tolist(), (-noise).tolist())
    assert isinstance(found, Poor)
    assert found.quality.points == 30
    assert found.reason.startswith("it predicts too little: cross-validated R² ")


def test_few_points_make_no_surrogate() -> None:
    found = fit(*bowl(19))
    assert isinstance(found, Poor)
    assert found.reason == "19 distinct points are too few, it takes 20"
    assert found.quality.r2 is None


@given(st.randoms(use_true_random=False))
def test_places_lie_between_0_and_1_and_numbers_come_back(random: Any) -> None:
    whole = {"name": "layers", "type": "int", "lower": 1, "upper": 64, "use_log_scale": True}
    space = Space.from_json([*SPACE, whole])
    point = space.sample(random)
    for axis in space.axes:
        places = encode(axis, point[axis.name])
        assert len(places) == len(names(axis))
        assert all(0 <= place <= 1 for place in places)
        if axis.kind in ("float", "int"):
            assert math.isclose(float(axis.from_unit(places[0])), float(point[axis.name]), rel_tol=1e-9)


def test_categories_are_columns_and_ordered_values_steps() -> None:
    axes = {axis.name: axis for axis in Space.from_json(SPACE).axes}
    assert encode(axes["activation"], "elu") == [0.0, 1.0]
    assert [encode(axes["batch_size"], value) for value in (16, 32, 128)] == [[0.0], [1 / 3], [1.0]]
    assert encode(axes["residual"], True) == [1.0]
    assert encode(axes["learning_rate"], 1e-4) == [pytest.approx(0.5)]
    described = describe(axes["learning_rate"])
    assert described["min"] == pytest.approx(math.log(1e-6))
    assert described["max_before_tf"] == 1e-2
