"""What a search tried, one row an evaluation, whatever its source: the baseline left out, the dead told apart."""

from __future__ import annotations

import math
from typing import Final

import pandas as pd

from hpo.archive.record import Record
from hpo.evaluation import Origin, Status
from reports.analysis.dead import dead_rows
from reports.analysis.noise import repeat_noise

LEAST_NOISE: Final = 0.001
"""Differences below this share say nothing, however well repeats agree."""

USUAL_NOISE: Final = 0.01
"""Share by which repeats of one point differ at the least for most models; used where a run has no repeats."""

_COLUMNS: Final = ["evaluation", "generation", "origin", "status", "val_loss", "walltime", "dead"]


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
            "generation": table["generation"].astype("Int64").array,
            "origin": table["origin"].astype("string").fillna("").to_numpy(dtype=object),
            "status": table["status"].astype("string").to_numpy(dtype=object),
            "val_loss": table["val_loss"].astype("float64").to_numpy(dtype=float, na_value=math.nan),
            "walltime": table["walltime"].astype("float64").to_numpy(dtype=float, na_value=math.nan),
        },
        index=table.index,
    )
    frame["dead"] = dead_rows(record)
    frame = frame[frame["origin"] != Origin.DEFAULT]
    return frame.sort_values("evaluation", kind="stable")[_COLUMNS]


def living(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of :func:`searched` with a loss of a living model."""
    return table[(table["status"] == Status.OK) & ~table["dead"] & table["val_loss"].notna()]


def tolerance(record: Record) -> float:
    """Share of a loss below which a difference within ``record`` is taken for noise.

    One standard deviation of repeats, at least 0.1 %; 1 % where the run has too few repeats to say.
    """
    noise = repeat_noise(record)
    return USUAL_NOISE if noise is None else max(noise, LEAST_NOISE)
