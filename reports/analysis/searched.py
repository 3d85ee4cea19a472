"""What a search tried, one row an evaluation, whatever its source: baseline and replicates left out, the dead told
apart."""

from __future__ import annotations

import math

import pandas as pd

from hpo.archive.record import Record
from hpo.evaluation import Origin, Status
from reports.analysis.dead import dead_rows
from reports.analysis.memo import once_per_record


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
