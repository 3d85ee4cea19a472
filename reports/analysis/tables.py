"""The tables of the site: one row a run, a pair, a generation, a flag or an evaluation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import pandas as pd

from hpo.archive.record import Record
from hpo.archive.schema import RunInfo
from hpo.archive.summaries import chosen
from reports.analysis.comparable import Collection, is_synthetic
from reports.analysis.convergence import best_so_far
from reports.analysis.flags import evidence_text
from reports.analysis.memo import once_per_record
from reports.analysis.overview import baseline_loss, best_loss, gain_over_default, overviews

RUN_COLUMNS: Final[dict[str, str]] = {
    "key": "MODEL/DATASET/SIZE/RUN, the run's folder in the archive",
    "model": "model",
    "dataset": "dataset",
    "size": "size of the search",
    "run": "name of the run",
    "strategy": "how candidates were chosen",
    "seed": "seed of the search; empty if not recorded",
    "source": "cross-hpo for own runs, improve for the published archive",
    "release": "cut of the dataset",
    "split": "number of the train/validation/test split",
    "synthetic": "whether the data are made up",
    "protocol": "name and version of how a loss comes about",
    "metric": "what val_loss is",
    "evaluations": "evaluations in the record",
    "planned": "evaluations that the size foresees, baseline included",
    "ok": "evaluations with a loss",
    "degenerate": "evaluations with constant output (dead networks)",
    "failed": "evaluations without a loss",
    "best": "lowest val_loss of an ok evaluation",
    "best_evaluation": "its number; empty if it is in no row",
    "best_generation": "its generation",
    "announced": "mean loss of the trainings after the choice between leaders; empty where none was trained again",
    "announced_std": "standard deviation of these; empty with fewer than two",
    "announced_evaluation": "evaluation that was chosen",
    "baseline": "val_loss of the default hyperparameters; empty if not evaluated",
    "default_to_best": "(baseline - best) / baseline",
    "busy_seconds": "seconds spent in evaluations",
    "worker_seconds": "seconds that workers were reserved",
    "idle_share": "share of worker_seconds without an evaluation",
    "finished": "end of the run, UTC",
    "flags": "names of the audit flags, joined by blanks",
}
"""Columns of ``runs.csv`` with their meaning."""


def runs_table(runs: Iterable[RunInfo]) -> pd.DataFrame:
    """One row a run, columns :data:`RUN_COLUMNS`; what is unknown is ``None``."""
    return pd.DataFrame([_run_row(run) for run in runs], columns=list(RUN_COLUMNS), dtype=object)


def best_table(runs: Iterable[RunInfo]) -> pd.DataFrame:
    """One row for each collection, model and dataset: its best run, and whether it is the lowest on the dataset."""
    rows = [
        {
            "source": overview.collection.kind,
            "release": overview.collection.release,
            **{name: value for name, value in _run_row(cell.run).items() if name in _BEST_COLUMNS},
            "runs": len(cell.runs),
            "runs_not_compared": cell.left_out,
            "lowest_on_dataset": cell.lowest,
        }
        for overview in overviews(runs)
        for model in overview.models
        for dataset in overview.datasets
        if (cell := overview.cells.get((model, dataset)))
    ]
    columns = ["source", "release", *_BEST_COLUMNS, "runs", "runs_not_compared", "lowest_on_dataset"]
    return pd.DataFrame(rows, columns=columns, dtype=object)


_BEST_COLUMNS: Final = (
    "model",
    "dataset",
    "size",
    "run",
    "key",
    "metric",
    "best",
    "baseline",
    "default_to_best",
    "flags",
)


def hyperparameters_table(runs: Iterable[RunInfo]) -> pd.DataFrame:
    """One row a hyperparameter that each run recommends: ``key``, ``hyperparameter``, ``value``, ``default``."""
    rows = []
    for run in runs:
        best = chosen(run)
        if best is None:
            continue
        default = run.baseline.hyperparameters if run.baseline is not None else {}
        rows += [
            {"key": run.key, "hyperparameter": name, "value": value, "default": default.get(name)}
            for name, value in best.hyperparameters.items()
        ]
    return pd.DataFrame(rows, columns=["key", "hyperparameter", "value", "default"], dtype=object)


def flags_table(runs: Iterable[RunInfo]) -> pd.DataFrame:
    """One row an audit flag: ``key``, ``flag``, ``explanation``, ``evidence`` as ``name=value`` pairs."""
    rows = [
        {"key": run.key, "flag": flag.flag, "explanation": flag.explanation, "evidence": evidence_text(flag.evidence)}
        for run in runs
        for flag in run.flags
    ]
    return pd.DataFrame(rows, columns=["key", "flag", "explanation", "evidence"], dtype=object)


def convergence_table(records: Sequence[Record]) -> pd.DataFrame:
    """Every evaluation with the best so far, ``key`` first; what ``dvc plots`` shows."""
    frames = [_convergence(record) for record in records if len(record.evaluations)]
    columns = ["key", "evaluation", "generation", "status", "val_loss", "best_so_far"]
    return pd.concat(frames, ignore_index=True)[columns] if frames else pd.DataFrame(columns=columns)


@once_per_record
def _convergence(record: Record) -> pd.DataFrame:
    return best_so_far(record.evaluations).assign(key=record.key)


def generations_table(records: Sequence[Record]) -> pd.DataFrame:
    """``generations.csv`` of every record, ``key`` first."""
    frames = [record.generations.astype(object).assign(key=record.key) for record in records if len(record.generations)]
    if not frames:
        return pd.DataFrame(columns=["key"])
    table = pd.concat(frames, ignore_index=True)
    return table[["key", *(name for name in table.columns if name != "key")]]


def metrics(runs: Iterable[RunInfo]) -> dict[str, Any]:
    """The numbers that ``dvc metrics`` compares: best, baseline and improvement of every run, by model and so on."""
    found: dict[str, Any] = {}
    for run in runs:
        pair = found.setdefault(run.model, {}).setdefault(run.dataset, {}).setdefault(run.size, {})
        pair[run.run] = {
            "best": best_loss(run),
            "announced": None if run.optimum is None else run.optimum.val_loss,
            "baseline": baseline_loss(run),
            "default_to_best": gain_over_default(run),
            "evaluations": run.counts.evaluations,
        }
    return found


def failed(run: RunInfo) -> int:
    """Evaluations without a loss."""
    statuses = run.counts.by_status
    return sum(statuses.values()) - statuses.get("ok", 0) - statuses.get("degenerate", 0)


def idle_share(run: RunInfo) -> float | None:
    """Share of the reserved worker time in which no evaluation ran; ``None`` if unknown."""
    cost = run.cost
    return None if cost.idle_seconds is None or not cost.worker_seconds else cost.idle_seconds / cost.worker_seconds


def _run_row(run: RunInfo) -> dict[str, Any]:
    best = run.best
    return {
        "key": run.key,
        "model": run.model,
        "dataset": run.dataset,
        "size": run.size,
        "run": run.run,
        "strategy": run.strategy,
        "seed": run.seed,
        "source": Collection.of(run).kind,
        "release": run.release.name,
        "split": run.split,
        "synthetic": is_synthetic(run),
        "protocol": f"{run.protocol.name}/{run.protocol.version}",
        "metric": run.protocol.metric,
        "evaluations": run.counts.evaluations,
        "planned": run.counts.planned,
        "ok": run.counts.by_status.get("ok", 0),
        "degenerate": run.counts.by_status.get("degenerate", 0),
        "failed": failed(run),
        "best": best_loss(run),
        "best_evaluation": None if best is None else best.evaluation,
        "best_generation": None if best is None else best.generation,
        "announced": None if run.optimum is None else run.optimum.val_loss,
        "announced_std": None if run.optimum is None else run.optimum.std,
        "announced_evaluation": None if run.optimum is None else run.optimum.evaluation,
        "baseline": baseline_loss(run),
        "default_to_best": gain_over_default(run),
        "busy_seconds": run.cost.busy_seconds,
        "worker_seconds": run.cost.worker_seconds,
        "idle_share": idle_share(run),
        "finished": run.times.finished,
        "flags": " ".join(flag.flag for flag in run.flags),
    }
