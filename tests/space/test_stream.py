"""The random numbers that a space draws: number, order and use are Supervisor's, or no published run replays."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable
from typing import Any

import pytest

from hpo.evaluation import Value
from hpo.space import Space, read_space
from tests.shared_data import improve_hall_of_fame

ENTRIES: list[dict[str, Any]] = [
    {"name": "rate", "type": "float", "lower": 1e-6, "upper": 1e-2, "use_log_scale": True},
    {"name": "data", "type": "constant", "value": "/data"},
    {"name": "layers", "type": "int", "lower": 1, "upper": 9, "sigma": 0.5},
    {"name": "batch", "type": "ordered", "element_type": "int", "values": [16, 32, 64, 128], "sigma": 1},
    {"name": "net", "type": "categorical", "element_type": "string", "values": ["a", "b", "c"]},
    {"name": "bias", "type": "logical"},
]
SEEDS = range(200)


def expected_sample(rng: random.Random) -> dict[str, Value]:
    return {
        "rate": rng.uniform(1e-6, 1e-2),
        "layers": round(rng.uniform(1, 9)),
        "batch": [16, 32, 64, 128][rng.randint(0, 3)],
        "net": ["a", "b", "c"][rng.randint(0, 2)],
        "bias": rng.random() < 0.5,
    }


def expected_mutant(point: dict[str, Any], rng: random.Random, indpb: float) -> dict[str, Value]:
    def varies() -> bool:
        return rng.random() <= indpb

    def between(low: float, high: float, value: float) -> float:
        return max(low, min(high, value))

    result = dict(point)
    if varies():
        result["rate"] = between(1e-6, 1e-2, point["rate"] + rng.gauss(0, (1e-2 - 1e-6) / 10))
    if varies():
        result["layers"] = round(between(1, 9, point["layers"] + rng.gauss(0, 0.5)))
    if varies():
        values = [16, 32, 64, 128]
        result["batch"] = values[round(between(0, 3, values.index(point["batch"]) + rng.gauss(0, 1)))]
    if varies():
        while result["net"] == point["net"]:
            result["net"] = ["a", "b", "c"][rng.randint(0, 2)]
    if varies():
        result["bias"] = not point["bias"]
    return result


@pytest.mark.parametrize("indpb", [0.0, 0.5, 1.0])
def test_draws_are_those_of_supervisor(indpb: float) -> None:
    space = Space.from_json(ENTRIES)
    for seed in SEEDS:
        ours, theirs = random.Random(seed), random.Random(seed)
        point, expected = space.sample(ours, honour_log=False), expected_sample(theirs)
        for _ in range(4):
            assert point == expected
            point = space.mutate(point, ours, indpb, honour_log=False, bounds="clamp")
            expected = expected_mutant(expected, theirs, indpb)
        assert ours.getstate() == theirs.getstate()


def test_one_category_draws_once_and_stays() -> None:
    space = Space.from_json([{"name": "net", "type": "categorical", "element_type": "string", "values": ["a"]}])
    rng, twin = random.Random(1), random.Random(1)
    assert space.mutate({"net": "a"}, rng, 1.0) == {"net": "a"}
    twin.random()
    assert rng.getstate() == twin.getstate()


def test_a_declared_log_scale_does_not_touch_linear_axes() -> None:
    linear = [{**entry, "use_log_scale": False} if entry["name"] == "rate" else entry for entry in ENTRIES]
    for seed in SEEDS:
        honoured = Space.from_json(linear).sample(random.Random(seed), honour_log=True)
        ignored = Space.from_json(ENTRIES).sample(random.Random(seed), honour_log=False)
        assert honoured == ignored


def test_global_generators_are_never_touched(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the global generator was used")

    for name in ("random", "uniform", "gauss", "randint", "choice"):
        monkeypatch.setattr(random, name, refuse)
    space = Space.from_json(ENTRIES)
    space.mutate(space.sample(random.Random(1)), random.Random(2), 1.0)


PUBLISHED = [
    ("LGBM/CCLE/SMALL", "lgbm_param_space-1.json", 355516),
    ("GraphDRP/gCSI/SMALL", "graphdrp_param_space-3.json", 371938),
    ("PathDSP/GDSCv1/MEDIUM", "hyperparams.json", 916565),
    ("HiDRA/GDSCv1/MEDIUM", "hyperparams.json", 890614),
]
"""Run, its space file, and the only seed below a million whose first draws are the run's."""


@pytest.mark.shared_data
@pytest.mark.parametrize(("run", "file", "seed"), PUBLISHED, ids=[run for run, _, _ in PUBLISHED])
def test_first_generations_of_published_runs_come_back(run: str, file: str, seed: int) -> None:
    folder = improve_hall_of_fame() / "HallOfFame" / run
    space = read_space(folder / file)
    with (folder / "hpo.csv").open(newline="", encoding="utf-8") as stream:
        rows = [row for row in csv.DictReader(stream) if int(row["iteration"]) == 1]
    columns = [name for name in space.names if name in rows[0]]
    rng = random.Random(seed)
    drawn = [space.sample(rng, honour_log=False) for _ in rows]
    for row, point in zip(sorted(rows, key=by("sample")), drawn, strict=True):
        assert {name: point[name] for name in columns} == {name: space.parse(name, row[name]) for name in columns}


def by(column: str) -> Callable[[dict[str, str]], int]:
    return lambda row: int(row[column])
