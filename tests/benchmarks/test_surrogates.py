"""Surrogates of recorded runs: faithful where there is something to learn, refused where there is not."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from hpo.archive.record import Record, make_record
from hpo.archive.tables import axis_types, evaluations_table
from hpo.evaluation import Status
from hpo.space import Space
from tests.archive.builders import improve_run_info, small_record

Import = Callable[[str], ModuleType]

SPACE: list[dict[str, Any]] = [
    {"name": "learning_rate", "type": "float", "lower": 1e-5, "upper": 0.1, "sigma": 0.01},
    {"name": "dropout", "type": "float", "lower": 0.0, "upper": 0.5},
]


@pytest.fixture
def surrogates(benchmark: Import, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The program with small forests, which are enough for what is learnt here."""
    module = benchmark("surrogates")
    monkeypatch.setattr(module, "TREES", 20)
    monkeypatch.setattr(module, "SAMPLE", 1000)
    return module


def known(point: Mapping[str, Any]) -> float:
    """Least, 0.005, at learning rate 1e-3 and dropout 0.2."""
    return 0.005 * float(1 + (math.log10(point["learning_rate"]) + 3) ** 2 + 4 * abs(point["dropout"] - 0.2))


def record_of(
    loss: Callable[[Mapping[str, Any]], float],
    *,
    points: int = 150,
    dead: Callable[[Mapping[str, Any]], bool] = lambda _: False,
    dataset: str = "CCLE",
) -> Record:
    """A record of ``points`` random evaluations."""
    space, rng = Space.from_json(SPACE), random.Random(0)
    rows = []
    for number in range(points):
        point = {"learning_rate": 10 ** rng.uniform(-5, -1), "dropout": rng.uniform(0, 0.5)}
        died = dead(point)
        rows.append({**point, "evaluation": number, "generation": 0, "val_loss": 0.07 if died else loss(point),
                     "status": (Status.DEGENERATE if died else Status.OK).value})  # fmt: skip
    run = improve_run_info(dataset=dataset, size="own")
    return make_record(run, space, evaluations_table(rows, axis_types(space)))


def test_a_known_landscape_is_found_again(surrogates: ModuleType) -> None:
    found = surrogates.surrogate(record_of(known))
    assert (found.points, found.dead, found.problem.noise) == (150, 0, 0.0)
    assert found.r2 > 0.8
    assert found.rank > 0.8
    assert found.problem.optimum == pytest.approx(0.005, rel=0.3)
    rng = random.Random(1)
    points = [found.problem.space.sample(rng) for _ in range(200)]
    assert min(map(found.problem.loss, points)) >= found.problem.optimum
    errors = [abs(math.log(found.problem.loss(point) / known(point))) for point in points]
    assert np.median(errors) < 0.2
    # A range of four decades is searched in decades, whatever the published space says.
    assert [axis.log_scale for axis in found.problem.space.axes] == [True, False]


def test_single_points_are_predicted_as_by_the_forest(surrogates: ModuleType) -> None:
    rng = np.random.RandomState(0)
    rows = rng.uniform(size=(80, 3))
    fitted = surrogates._forest(rows, rows[:, 0] - rows[:, 1] ** 2)
    forest = surrogates.Forest.of(fitted)
    others = rng.uniform(size=(50, 3))
    assert [forest(row) for row in others] == pytest.approx(fitted.predict(others).tolist(), abs=1e-12)


def test_where_networks_die(surrogates: ModuleType) -> None:
    found = surrogates.surrogate(record_of(known, dead=lambda point: point["learning_rate"] > 0.01))
    assert found.dead > 20
    problem = found.problem
    assert problem.true({"learning_rate": 0.09, "dropout": 0.2}) == problem.dead_loss == 0.07
    outcome = problem.measure({"learning_rate": 0.05, "dropout": 0.1}, seed=1)
    assert (outcome.status, outcome.loss) == (Status.DEGENERATE, 0.07)
    assert problem.measure({"learning_rate": 1e-3, "dropout": 0.2}, seed=1).status is Status.OK


def test_what_teaches_nothing_is_refused(surrogates: ModuleType) -> None:
    rng = random.Random(2)
    noise = surrogates.surrogate(record_of(lambda _: rng.uniform(0.01, 0.02)))
    assert "the forest predicts too little (cross-validated R²" in noise.reason
    few = surrogates.surrogate(record_of(known, points=9))
    assert few.reason == "9 distinct living points are too few, it takes 20"
    small = surrogates.surrogate(small_record())
    assert small.key == "GraphDRP/DEMO-A/SMALL/ga-seed1"
    assert small.reason == "9 distinct living points are too few, it takes 20"


def test_the_run_with_the_most_points_stands_for_a_pair(surrogates: ModuleType, tmp_path: Path) -> None:
    record_of(known, points=60).write(tmp_path)
    record_of(known, dataset="gCSI").write(tmp_path)
    small_record().write(tmp_path)
    assert [type(one).__name__ for one in surrogates.surrogates(tmp_path)] == ["Refused", "Surrogate", "Surrogate"]
    assert [problem.name for problem in surrogates.landscapes(tmp_path)] == ["IGTD-CCLE", "IGTD-gCSI"]
