"""How much losses differ when the same hyperparameters are trained again."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from hpo.archive.record import Record
from hpo.archive.summaries import is_replicate
from hpo.evaluation import Status
from reports.analysis.dead import dead_rows
from reports.analysis.memo import once_per_record

MIN_REPEATS: Final = 10
"""Evaluations of repeated points below which no noise is stated."""

MIN_RECORDED: Final = 0.9

_NORMAL: Final = 1.4826
"""Standard deviation of a normal distribution over its median absolute deviation."""


@once_per_record
def repeat_noise(record: Record) -> float | None:
    """Relative standard deviation of the loss between repeats of a point, robust against single failures.

    A point is what the table records: where a searched hyperparameter is not recorded, repeats may differ in it, and
    the noise is an upper bound. Only the better half of the run counts: poor settings scatter far more, and what
    matters is how well the best is known. Dead networks are left out, since their losses agree to the last digit. Own
    runs repeat a point to train a leader again, and nothing else; its first training is left out, since it was chosen
    for its low loss.

    Returns:
        0.05 for 5 %; ``None`` with fewer than :data:`MIN_REPEATS` evaluations of points trained at least twice.
    """
    alive = (record.evaluations["status"] == Status.OK) & ~dead_rows(record)
    again = is_replicate(record.evaluations)
    table = record.evaluations[alive & again if again.any() else alive]
    names = [name for name in record.axes if len(table) and table[name].notna().mean() >= MIN_RECORDED]
    if not names or not (table["val_loss"] > 0).all():
        return None
    logs = table["val_loss"].astype("float64").map(math.log)
    points = logs.groupby([table[name].astype(object) for name in names], dropna=True)
    times = points.transform("size")
    repeated = times > 1
    if not again.any():
        repeated &= points.transform("mean") <= logs.median()
    if repeated.sum() < MIN_REPEATS:
        return None
    # The mean of two lies between them: without the factor, points trained twice would look too much alike.
    residuals = (logs - points.transform("mean"))[repeated] * np.sqrt(times[repeated] / (times[repeated] - 1))
    return _NORMAL * float(residuals.abs().median())
