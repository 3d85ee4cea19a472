"""Transfers, estimates and final scores as tables: what figures show, and what is offered for download."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import pandas as pd

from hpo.archive.final import FinalScores
from hpo.archive.transfer import TransferScores
from reports.analysis.final import METRICS
from reports.analysis.transfer import transfer
from reports.analysis.transfer_estimate import TransferEstimate

TRANSFER_COLUMNS: Final[dict[str, str]] = {
    "model": "model",
    "size": "size of the searches",
    "release": "cut of the datasets",
    "candidate": "dataset whose optimum it is, or default",
    "uniform": "whether the candidate was chosen as the best on average",
    "dataset": "dataset that it was trained on",
    "trainings": "trainings, the same seeds for all candidates on a dataset",
    "failed": "those without a loss",
    "dead": "those that gave a dead network; their loss counts",
    "val_loss": "mean validation loss of those that have one",
    "test_mse": "mean squared error on the test part, mean of those that have it",
    "regret": "loss above that of the dataset's own optimum, as a share of it, paired by seed",
    "low": "lower end of its 95 % interval over seeds; empty for a single pair",
    "high": "upper end",
    "pairs": "pairs behind it",
    "run": "run whose optimum stands for the dataset",
}
"""Columns of ``transfer.csv`` with their meaning."""


def measured_table(transfers: Sequence[TransferScores]) -> pd.DataFrame:
    """One row a model, size, candidate and dataset, columns :data:`TRANSFER_COLUMNS`."""
    rows: list[dict[str, Any]] = []
    for found in map(transfer, transfers):
        for name, dataset in ((name, dataset) for name in found.candidates for dataset in found.datasets):
            one = found.regrets.get((name, dataset))
            if one is None:
                continue
            low, high = one.interval or (None, None)
            rows.append(
                {
                    "model": found.scores.model,
                    "size": found.scores.size,
                    "release": found.scores.release,
                    "candidate": name,
                    "uniform": name == found.scores.uniform,
                    "dataset": dataset,
                    "trainings": one.trainings,
                    "failed": one.failed,
                    "dead": one.dead,
                    "val_loss": one.loss,
                    "test_mse": one.test,
                    "regret": one.regret,
                    "low": low,
                    "high": high,
                    "pairs": 0 if one.above is None else one.above.pairs,
                    "run": found.run(dataset),
                }
            )
    return pd.DataFrame(rows, columns=list(TRANSFER_COLUMNS), dtype=object)


ESTIMATE_COLUMNS: Final[dict[str, str]] = {
    "model": "model",
    "source": "improve for the published archive",
    "release": "cut of the datasets",
    "optimum_of": "dataset whose optimum is asked about",
    "dataset": "dataset whose evaluations the forest was grown on",
    "regret": "estimated loss above that of the dataset's own optimum, as a share of it; empty where refused",
    "clear": "whether it exceeds the forest's error twice",
    "refusal": "why there is no number",
    "r2": "share of the variance of the logarithms of losses that the forest explains out of bag",
    "rank": "Spearman's rank correlation, out of bag",
    "better_rank": "the same among the half of the points that the forest holds for better",
    "error": "root mean square of the forest's error on that half, as a share of the loss",
    "points": "distinct points",
    "run": "run whose optimum it is",
}
"""Columns of ``transfer_estimate.csv`` with their meaning."""


def estimate_table(found: Sequence[TransferEstimate]) -> pd.DataFrame:
    """One row a pair of datasets of a model, columns :data:`ESTIMATE_COLUMNS`."""
    rows = []
    for one in found:
        for estimate in one.estimates:
            quality = one.qualities.get(estimate.target)
            known = {} if quality is None else {name: getattr(quality, name) for name in _QUALITY}
            rows.append(
                {
                    "model": one.model,
                    "source": one.collection.kind,
                    "release": one.collection.release,
                    "optimum_of": estimate.source,
                    "dataset": estimate.target,
                    "regret": estimate.regret,
                    "clear": estimate.clear,
                    "refusal": estimate.refusal,
                    "run": one.runs[estimate.source].key,
                    **known,
                }
            )
    return pd.DataFrame(rows, columns=list(ESTIMATE_COLUMNS), dtype=object)


_QUALITY: Final = ("r2", "rank", "better_rank", "error", "points")

FINAL_COLUMNS: Final[dict[str, str]] = {
    "key": "MODEL/DATASET/SIZE/RUN, the run's folder in the archive",
    "candidate": "best: what the run recommends; default; or a predictor without features: mean, additive",
    "evaluation": "row of evaluations.csv; empty if in none",
    "seed": "seed of the training; empty for predictors without features",
    "status": "what became of the training",
    **{metric: f"{metric.partition('_')[2]} on the {metric.partition('_')[0]} part" for metric in METRICS},
    "message": "why it is not ok",
}
"""Columns of ``final.csv`` with their meaning."""


def final_table(finals: Sequence[FinalScores]) -> pd.DataFrame:
    """One row a training, and one a reference predictor, of each of ``finals``; columns :data:`FINAL_COLUMNS`."""
    rows: list[dict[str, Any]] = []
    for scores in finals:
        for candidate in scores.candidates:
            for training in candidate.trainings:
                about = {"key": scores.run, "candidate": candidate.name, "evaluation": candidate.evaluation}
                about |= {"seed": training.seed, "status": training.status, "message": training.message}
                rows.append(about | {metric: training.metrics.get(metric) for metric in METRICS})
        for name, metrics in scores.references.items():
            rows.append({"key": scores.run, "candidate": name, **{metric: metrics.get(metric) for metric in METRICS}})
    return pd.DataFrame(rows, columns=list(FINAL_COLUMNS), dtype=object)
