"""First generations."""

from __future__ import annotations

import random

from hpo.evaluation import Hyperparameters
from hpo.space import Space


def latin_hypercube(space: Space, count: int, rng: random.Random) -> list[Hyperparameters]:
    """``count`` points such that each of ``count`` equal parts of every axis, on its own scale, holds one.

    Source: McKay, Beckman and Conover, Technometrics 21 (1979) 239, doi:10.1080/00401706.1979.10489755.
    """
    columns = []
    for _ in space.names:
        parts = list(range(count))
        rng.shuffle(parts)
        columns.append([(part + rng.random()) / count for part in parts])
    return [space.from_unit(unit) for unit in zip(*columns, strict=True)]


def uniform(space: Space, count: int, rng: random.Random, *, honour_log: bool) -> list[Hyperparameters]:
    """``count`` independent points."""
    return [space.sample(rng, honour_log=honour_log) for _ in range(count)]
