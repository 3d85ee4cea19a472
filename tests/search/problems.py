"""Spaces, losses and drivers for the tests of the search."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

from hpo.evaluation import Candidate, Hyperparameters, Outcome, Status
from hpo.search import Search, make_search
from hpo.sizes import Size
from hpo.space import Space

OutcomeOf = Callable[[Candidate], Outcome]

CONSTANT = {"name": "folder", "type": "constant", "value": "data"}
RATE = {"name": "rate", "type": "float", "lower": 1e-6, "upper": 0.1, "use_log_scale": True}
BATCH = {"name": "batch", "type": "ordered", "element_type": "int", "values": [16, 32, 64, 128, 256]}
DROPOUT = {"name": "dropout", "type": "float", "lower": 0.0, "upper": 0.5}
LAYERS = {"name": "layers", "type": "int", "lower": 1, "upper": 12}
ACTIVATION = {
    "name": "activation",
    "type": "categorical",
    "element_type": "string",
    "values": ["relu", "tanh", "elu"],
}
BIAS = {"name": "bias", "type": "logical"}
MIXED: list[dict[str, Any]] = [
    CONSTANT,
    RATE,
    BATCH,
    DROPOUT,
    {"name": "epochs", "type": "constant", "value": 100},
    LAYERS,
    ACTIVATION,
    BIAS,
]
"""All kinds of axes, and constants between them."""

BASELINE: Hyperparameters = {
    "rate": 1e-3,
    "batch": 64,
    "dropout": 0.1,
    "layers": 3,
    "activation": "relu",
    "bias": True,
}

TINY = Size("tiny", 6, 4)


def space_of(*items: dict[str, Any]) -> Space:
    return Space.from_json(list(items))


def mixed_space() -> Space:
    return Space.from_json(MIXED)


PROPER: dict[str, Any] = {"LEADERS": 0, "REPLICATES": 0, "CONFIRMATIONS": 0}
"""Settings of a search that trains no leaders again; ``test_leaders`` is about those that do."""


def genetic(space: Space | None = None, size: Size = TINY, seed: int = 1, **settings: Any) -> Search:
    """A genetic search; ``preset`` and ``baseline`` are taken out of ``settings``, which train no leaders again."""
    preset, baseline = settings.pop("preset", "default"), settings.pop("baseline", None)
    settings = PROPER | settings
    return make_search(
        space or mixed_space(),
        strategy="ga",
        size=size,
        seed=seed,
        preset=preset,
        settings=settings,
        baseline=baseline,
    )


def loss_of(point: Hyperparameters) -> float:
    """A deterministic loss of any point: a bowl on every numeric axis, an offset for every word."""
    loss = 0.0
    for name, value in point.items():
        if isinstance(value, bool):
            loss += 0.5 * value
        elif isinstance(value, str):
            loss += len(value) / 7
        else:
            loss += (math.log10(abs(value) + 1e-9) + 0.3 * len(name)) ** 2
    return loss


def ok(loss: float) -> Outcome:
    return Outcome(Status.OK, loss)


def failed(status: Status = Status.FAILED) -> Outcome:
    return Outcome(status, message="as planned")


def measured(candidate: Candidate) -> Outcome:
    return ok(loss_of(candidate.hyperparameters))


def drive(search: Search, outcome_of: OutcomeOf = measured) -> list[Candidate]:
    """Run ``search`` to its end with one worker; the candidates in the order asked."""
    candidates = []
    while (candidate := search.ask()) is not None:
        candidates.append(candidate)
        search.tell(candidate.evaluation, outcome_of(candidate))
    assert search.finished
    return candidates


def drive_parallel(search: Search, workers: int, order: random.Random, outcome_of: OutcomeOf) -> list[Candidate]:
    """Run ``search`` with ``workers`` whose evaluations end in random order; the candidates in the order asked."""
    candidates: list[Candidate] = []
    running: list[Candidate] = []
    while True:
        while len(running) < workers and (candidate := search.ask()) is not None:
            running.append(candidate)
            candidates.append(candidate)
        if not running:
            assert search.finished
            return candidates
        done = running.pop(order.randrange(len(running)))
        search.tell(done.evaluation, outcome_of(done))
