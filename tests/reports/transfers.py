"""Transfers, final scores and imported landscapes with known answers, for tests."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from hpo.archive.final import FinalCandidate, FinalScores, FinalTraining, manifest_digest, write_final
from hpo.archive.record import Record, make_record
from hpo.archive.tables import axis_types, evaluations_table
from hpo.archive.transfer import (
    TransferCandidate,
    TransferCell,
    TransferRun,
    TransferScores,
    with_cells,
    write_transfer,
)
from hpo.space import Space
from tests.archive.builders import improve_run_info, make_run_info

Losses = Sequence[float | None]

LANDSCAPE: list[dict[str, Any]] = [
    {"name": "learning_rate", "type": "float", "lower": 1e-6, "upper": 1e-2, "use_log_scale": True},
    {"name": "dropout", "type": "float", "lower": 0.0, "upper": 0.5},
]


def training(seed: int, loss: float | None, **metrics: float) -> FinalTraining:
    """A training that came to ``loss``, or failed; one of 0.9 and more is a dead network."""
    if loss is None:
        return FinalTraining(seed=seed, status="failed", message="it went wrong")
    status = "degenerate" if loss >= 0.9 else "ok"
    return FinalTraining(
        seed=seed, status=status, val_loss=loss, metrics={"val_mse": loss, "test_mse": loss, **metrics}
    )


def transfer_of(
    losses: Mapping[str, Mapping[str, Losses]], *, model: str = "LGBM", manifests: Mapping[str, str] | None = None
) -> TransferScores:
    """The transfer of ``losses`` by candidate and dataset; a run of size SMALL with seed 1 stands for each dataset."""
    datasets = list(next(iter(losses.values())))
    protocol = make_run_info().protocol
    scores = TransferScores(
        model=model,
        size="SMALL",
        release="demo-1",
        split=0,
        protocol=protocol,
        seeds=len(next(iter(next(iter(losses.values())).values()))),
        runs=[
            TransferRun(
                dataset=dataset,
                run=f"{model}/{dataset}/SMALL/ga-seed1",
                manifest=(manifests or {}).get(dataset, hashlib.sha256(dataset.encode()).hexdigest()),
            )
            for dataset in datasets
        ],
        candidates=[
            TransferCandidate(name=name, evaluation=None if name == "default" else 3, hyperparameters={"x": number})
            for number, name in enumerate(losses)
        ],
        cells=[],
        software={"python": "3.11.7"},
    )
    cells = {
        (name, dataset): TransferCell(
            candidate=name, dataset=dataset, trainings=[training(100 + seed, loss) for seed, loss in enumerate(found)]
        )
        for name, row in losses.items()
        for dataset, found in row.items()
    }
    return with_cells(scores, cells)


def write_transfer_of(archive: Path, losses: Mapping[str, Mapping[str, Losses]], *, model: str = "LGBM") -> Path:
    """Write :func:`transfer_of` beside the records of ``archive``."""
    datasets = list(next(iter(losses.values())))
    manifests = {dataset: manifest_digest(archive, f"{model}/{dataset}/SMALL/ga-seed1") for dataset in datasets}
    return write_transfer(archive, transfer_of(losses, model=model, manifests=manifests))


def final_of(key: str, best: Losses, default: Losses, *, manifest: str = "0" * 64) -> FinalScores:
    """Final scores with these losses, the same on both parts."""
    return FinalScores(
        run=key,
        manifest=manifest,
        candidates=[
            FinalCandidate(
                name=name,  # type: ignore[arg-type]
                evaluation=number,
                hyperparameters={"x": number},
                trainings=[training(100 + seed, loss, test_pcc=0.5) for seed, loss in enumerate(losses)],
            )
            for number, (name, losses) in enumerate((("best", best), ("default", default)))
        ],
        references={name: {"val_mse": 0.5, "test_mse": 0.6, "test_r2": 0.0} for name in ("mean", "additive")},
    )


def write_final_of(archive: Path, key: str, best: Losses, default: Losses) -> Path:
    """Write :func:`final_of` beside the record ``key`` of ``archive``."""
    return write_final(archive, final_of(key, best, default, manifest=manifest_digest(archive, key)))


def landscape_record(
    dataset: str,
    loss: Callable[[float, float], float],
    *,
    points: int = 150,
    rates: tuple[float, float] = (1e-6, 1e-2),
    seed: int = 1,
    **changes: Any,
) -> Record:
    """An import that evaluated ``loss`` of learning rate and dropout at random points, once each."""
    rng = random.Random(seed)
    parsed = Space.from_json(LANDSCAPE)
    rows = []
    for number in range(points):
        rate = rates[0] * (rates[1] / rates[0]) ** rng.random()
        dropout = rng.uniform(0.0, 0.5)
        rows.append(
            {
                "learning_rate": rate,
                "dropout": dropout,
                "evaluation": number,
                "generation": 0,
                "status": "ok",
                "val_loss": loss(rate, dropout),
                "walltime": 1.0,
            }
        )
    run = improve_run_info("IGTD", dataset, "LARGE", **changes)
    return make_record(run, parsed, evaluations_table(rows, axis_types(parsed)))
