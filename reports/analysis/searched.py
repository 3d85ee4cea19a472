"""What a search tried, one row an evaluation, whatever its source: baseline and replicates left out, the dead told
apart."""

from __future__ import annotations

import math
from typing import Final

import pandas as pd

from hpo.archive.record import Record
from hpo.evaluation import Origin, Status
from reports.analysis.dead import dead_rows
from reports.analysis.memo import once_per_record
from reports.analysis.noise import repeat_noise

LEAST_NOISE: Final = 0.001
"""Differences below this share say nothing, however well repeats agree."""

USUAL_NOISE: Final = 0.01
"""Share by which repeats of one point differ at the least for most models; used where a run has no repeats."""


@once_per_record
def searched(record: Record) -> pd.DataFrame:
    """Every evaluation that the search chose, in its order.

    Returns:
        Columns ``evaluation`` (int), ``generation`` (Int64), ``origin`` and ``status`` (text), ``val_loss`` (float, NaN
        without a loss), ``walltime`` (seconds, NaN if unknown) and ``dead`` (bool: constant output).
    """
    table = record.evaluations
    frame = pd.DataFrame(
        {
            "evaluation": table["evaluation"].astype("int64").to_numpy(),
            "generation": table["generation"].array,
            "origin": table["origin"].to_numpy(dtype=object, na_value=""),
            "status": table["status"].to_numpy(dtype=object, na_value=""),
            "val_loss": table["val_loss"].to_numpy(dtype=float, na_value=math.nan),
            "walltime": table["walltime"].to_numpy(dtype=float, na_value=math.nan),
            "dead": dead_rows(record),
        },
        index=table.index,
    )
    frame = frame[~frame["origin"].isin([Origin.DEFAULT.value, Origin.REPLICATE.value])]
    in_order = frame["evaluation"].is_monotonic_increasing
    return frame if in_order else frame.sort_values("evaluation", kind="stable")


def living(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of :func:`searched` with a loss of a living model."""
    return table[(table["status"] == Status.OK) & ~table["dead"] & table["val_loss"].notna()]


def tolerance(record: Record) -> float:
    """Share of a loss below which a difference within ``record`` is taken for noise.

    One standard deviation of repeats, at least 0.1 %; 1 % where the run has too few repeats to say.
    """
    noise = repeat_noise(record)
    return USUAL_NOISE if noise is None else max(noise, LEAST_NOISE)
