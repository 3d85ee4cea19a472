"""Small records for tests: realistic, quick to make, deterministic.

>>> small_record(strategy="random", seed=3).key
'GraphDRP/DEMO-A/SMALL/random-seed3'
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from hpo.archive.record import Record, make_record
from hpo.archive.schema import Cost, Counts, Protocol, Provenance, Release, RunInfo, Source, Times
from hpo.evaluation import Candidate, Evaluation, Hyperparameters, Origin, Outcome, Status
from hpo.sizes import SIZES, Size
from hpo.space import Space

SPACE: list[dict[str, Any]] = [
    {"name": "learning_rate", "type": "float", "lower": 1e-6, "upper": 1e-2, "use_log_scale": True, "sigma": 0.5},
    {"name": "batch_size", "type": "ordered", "element_type": "int", "values": [16, 32, 64, 128], "sigma": 1},
    {"name": "dropout", "type": "float", "lower": 0.0, "upper": 0.5, "sigma": 0.1},
    {"name": "residual", "type": "logical"},
    {"name": "activation", "type": "categorical", "element_type": "string", "values": ["relu", "elu"]},
    {"name": "epochs", "type": "constant", "value": 5},
]
DEFAULTS: Hyperparameters = {
    "learning_rate": 0.0005,
    "batch_size": 64,
    "dropout": 0.1,
    "residual": True,
    "activation": "relu",
}
DEAD_LOSS = 0.06629577


def make_run_info(
    model: str = "GraphDRP",
    dataset: str = "DEMO-A",
    size: str = "SMALL",
    strategy: str = "ga",
    seed: int = 1,
    **changes: Any,
) -> RunInfo:
    """``run.json`` of an own run before anything was evaluated; ``changes`` replace fields."""
    standard = SIZES.get(size, Size(size, 4, 3))
    fields: dict[str, Any] = {
        "model": model,
        "dataset": dataset,
        "size": size,
        "strategy": strategy,
        "run": f"{strategy}-seed{seed}",
        "seed": seed,
        "release": Release(name="demo-1", digest="d" * 64),
        "protocol": Protocol(name="auc-mse", version=1, target="auc", metric="mse", selection="best validation epoch"),
        "population": standard.population,
        "generations": standard.generations,
        "settings": {
            "POPULATION_SIZE": standard.population,
            "OFFSPRING_PROPORTION": 0.5,
            "GA_STRATEGY": "mu_plus_lambda",
        },
        "fixed": {"epochs": 5},
        "spec": "5" * 64,
        "counts": Counts(evaluations=0, planned=standard.evaluations(0.5, baseline=True)),
        "times": Times(started="2026-01-01T00:00:00.000Z", finished="2026-01-01T00:10:00.000Z"),
        "cost": Cost(
            workers=2, starts=1, walltime=600.0, worker_seconds=1200.0, busy_seconds=900.0, idle_seconds=300.0
        ),
        "provenance": Provenance(software={"python": "3.11.7"}, launcher="local", nodes=["node-01"]),
    }
    return RunInfo(**fields | changes)


def improve_run_info(model: str = "IGTD", dataset: str = "CCLE", size: str = "MEDIUM", **changes: Any) -> RunInfo:
    """``run.json`` of a run imported from the published archive: no seed, times or workers."""
    fields: dict[str, Any] = {
        "run": "improve-2024-08-07",
        "seed": None,
        "release": Release(name="improve-csa", digest=None),
        "protocol": Protocol(name="improve", version=1, target="auc", metric="mse", selection="unknown"),
        "settings": {},
        "spec": None,
        "times": Times(),
        "cost": Cost(),
        "provenance": Provenance(),
        "source": Source(kind="improve", name="JDACS4C-IMPROVE/HPO", path=f"HallOfFame/{model}/{dataset}/{size}"),
        "counts": Counts(
            evaluations=0, planned=SIZES[size].evaluations(0.5, baseline=False) if size in SIZES else None
        ),
    }
    return make_run_info(model, dataset, size).model_copy(update=fields | changes)


def loss_of(point: Mapping[str, Any]) -> float:
    """A smooth loss with its optimum at learning rate 1e-3, dropout 0.2 and batch size 32; about 0.004 to 0.05."""
    import math

    distance = (math.log10(point["learning_rate"]) + 3) ** 2 / 9 + (point["dropout"] - 0.2) ** 2
    distance += (math.log2(point["batch_size"]) - 5) ** 2 / 40 + (0 if point["residual"] else 0.1)
    return 0.004 + 0.02 * distance


def make_evaluations(
    size: str = "SMALL",
    seed: int = 1,
    *,
    space: Space | None = None,
    failures: Mapping[int, Status] | None = None,
    degenerate: bool = False,
    baseline: bool = True,
) -> list[Evaluation]:
    """Evaluations as a finished search of that size leaves them.

    Args:
        size: A standard size, or an own name for four individuals and three generations.
        seed: Decides the points.
        space: The space; that of this module by default.
        failures: Status by number of the evaluation that did not end ``ok``.
        degenerate: Whether every searched point is a dead network.
        baseline: Whether evaluation 0 is the model's defaults.
    """
    space = space or Space.from_json(SPACE)
    rng = random.Random(seed)
    standard = SIZES.get(size, Size(size, 4, 3))
    generations = [0] * standard.population
    generations += [g for g in range(1, standard.generations) for _ in range(standard.offspring(0.5))]
    evaluations = [_evaluation(0, 0, Origin.DEFAULT, dict(DEFAULTS), (), failures, False)] if baseline else []
    for generation in generations:
        number = len(evaluations)
        parents = () if generation == 0 else (max(0, number - 2), max(0, number - 3))
        origin = Origin.INITIAL if generation == 0 else rng.choice((Origin.CROSSOVER, Origin.MUTATION))
        evaluations.append(_evaluation(number, generation, origin, space.sample(rng), parents, failures, degenerate))
    return evaluations


def small_record(
    model: str = "GraphDRP",
    dataset: str = "DEMO-A",
    size: str = "SMALL",
    strategy: str = "ga",
    seed: int = 1,
    *,
    failures: Mapping[int, Status] | None = None,
    degenerate: bool = False,
    space: Sequence[Mapping[str, Any]] = tuple(SPACE),
    **changes: Any,
) -> Record:
    """A record of an own run of nine evaluations (in size SMALL); ``changes`` replace fields of ``run.json``."""
    parsed = Space.from_json([dict(parameter) for parameter in space])
    evaluations = make_evaluations(size, seed, space=parsed, failures=failures, degenerate=degenerate)
    run = make_run_info(model, dataset, size, strategy, seed, **changes)
    return make_record(run, parsed, evaluations, journal_of(evaluations))


def leader_record(
    contest: Mapping[int, Sequence[float | None]],
    confirmations: Sequence[float | None],
    *,
    losses: Mapping[int, float] | None = None,
    **changes: Any,
) -> Record:
    """A record of size SMALL whose leaders were trained again.

    Args:
        contest: Losses of the further trainings of each leader, by the number of its first; ``None`` for one that
            failed. The last leader named is the one chosen.
        confirmations: Losses of the trainings of that one after the choice.
        losses: Losses of first trainings that are not those of :func:`loss_of`.
        changes: Fields of ``run.json``.
    """
    space = Space.from_json([dict(parameter) for parameter in SPACE])
    evaluations = [
        replace(one, outcome=_measured((losses or {}).get(one.candidate.evaluation, one.outcome.loss)))
        for one in make_evaluations(space=space)
    ]
    again = [(number, loss) for number, found in contest.items() for loss in found]
    again += [(list(contest)[-1], loss) for loss in confirmations]
    for number, loss in again:
        first, count = evaluations[number], len(evaluations)
        candidate = replace(
            first.candidate,
            evaluation=count,
            generation=2,
            origin=Origin.REPLICATE,
            seed=first.candidate.seed + 100 * count,
            parents=(number,),
        )
        evaluations.append(replace(first, candidate=candidate, outcome=_measured(loss)))
    run = make_run_info(**{"counts": Counts(evaluations=0, planned=len(evaluations))} | changes)
    return make_record(run, space, evaluations, journal_of(evaluations))


def _measured(loss: float | None) -> Outcome:
    if loss is None:
        return Outcome(Status.FAILED, message="failed: for a test, as asked")
    return Outcome(Status.OK, loss, {"val_mse": loss}, epochs_run=5, best_epoch=4)


def improve_record(
    model: str = "IGTD",
    dataset: str = "CCLE",
    size: str = "MEDIUM",
    *,
    seed: int = 1,
    degenerate: bool = False,
    space: Sequence[Mapping[str, Any]] = tuple(SPACE),
    **changes: Any,
) -> Record:
    """A record as imports make them: no baseline, seeds, workers or times."""
    from hpo.archive.tables import axis_types, evaluations_table

    parsed = Space.from_json([dict(parameter) for parameter in space])
    rows = []
    for evaluation in make_evaluations(size, seed, space=parsed, degenerate=degenerate, baseline=False):
        candidate, outcome = evaluation.candidate, evaluation.outcome
        rows.append(
            {
                **candidate.hyperparameters,
                "evaluation": candidate.evaluation,
                "generation": candidate.generation,
                "status": outcome.status.value,
                "val_loss": outcome.loss,
                "walltime": evaluation.walltime,
            }
        )
    return make_record(
        improve_run_info(model, dataset, size, **changes), parsed, evaluations_table(rows, axis_types(parsed))
    )


def small_archive(folder: Path) -> Path:
    """An archive of five records: two models, two datasets, two strategies, one with failures, one dead, one import."""
    small_record().write(folder)
    small_record(strategy="random", seed=2).write(folder)
    small_record("LGBM", failures={3: Status.FAILED, 5: Status.TIMEOUT}).write(folder)
    small_record("GraphDRP", "DEMO-B", degenerate=True).write(folder)
    improve_record().write(folder)
    return folder


def journal_of(evaluations: Sequence[Evaluation]) -> bytes:
    """A stand-in for a journal: one JSON line an evaluation."""
    lines = [
        {"type": "result", "candidate": evaluation.candidate.to_json(), "outcome": evaluation.outcome.to_json()}
        for evaluation in evaluations
    ]
    return "".join(json.dumps(line) + "\n" for line in lines).encode()


def _evaluation(
    number: int,
    generation: int,
    origin: Origin,
    point: Hyperparameters,
    parents: tuple[int, ...],
    failures: Mapping[int, Status] | None,
    dead: bool,
) -> Evaluation:
    status = (failures or {}).get(number, Status.DEGENERATE if dead else Status.OK)
    if status.has_loss:
        loss = DEAD_LOSS if status is Status.DEGENERATE else loss_of(point)
        metrics = {"val_mse": loss, "val_rmse": loss**0.5}
        metrics |= {} if status is Status.DEGENERATE else {"val_pcc": 1 - 10 * loss, "val_r2": 1 - 20 * loss}
        outcome = Outcome(status, loss, metrics, epochs_run=5, best_epoch=4)
    else:
        outcome = Outcome(status, message=f"{status.value}: for a test, as asked")
    seconds = 60 + 7 * number
    return Evaluation(
        Candidate(number, generation, origin, point, seed=1000 + number, parents=parents),
        outcome,
        worker=number % 2,
        started=f"2026-01-01T00:{seconds // 60:02d}:{seconds % 60:02d}.000Z",
        walltime=6.5,
    )
