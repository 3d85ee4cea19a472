"""How a search went on: the best so far after every evaluation, and each generation's losses."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from hpo.evaluation import Origin, Status


def best_so_far(evaluations: pd.DataFrame) -> pd.DataFrame:
    """Every evaluation in its order with the lowest loss of any ``ok`` one up to it.

    Args:
        evaluations: The record's evaluations; read are ``evaluation``, ``generation``, ``origin``, ``status`` and
            ``val_loss``.

    Returns:
        Columns ``evaluation`` (int), ``generation`` (Int64, missing in some imports), ``origin``, ``status`` (text),
        ``val_loss`` (float, NaN where nothing was measured) and ``best_so_far`` (float, NaN before the first ``ok``),
        by evaluation.
    """
    frame = pd.DataFrame(
        {
            "evaluation": evaluations["evaluation"].astype("int64").to_numpy(),
            "generation": evaluations["generation"].astype("Int64").array,
            "origin": evaluations["origin"].astype("string").fillna("").to_numpy(dtype=object),
            "status": evaluations["status"].astype("string").to_numpy(dtype=object),
            "val_loss": evaluations["val_loss"].astype("float64").to_numpy(),
        }
    ).sort_values("evaluation", kind="stable", ignore_index=True)
    ok = frame["val_loss"].where(frame["status"] == Status.OK)
    frame["best_so_far"] = ok.cummin().ffill()
    return frame


@dataclass(frozen=True, slots=True)
class Generation:
    """A stretch of evaluations that belong to one generation.

    Attributes:
        number: Generation from 0.
        first: Its first evaluation.
        last: Its last evaluation.
    """

    number: int
    first: int
    last: int


def generations(progress: pd.DataFrame) -> list[Generation]:
    """The generations of ``progress`` (see :func:`best_so_far`) by the span of their evaluations, baseline aside."""
    searched = progress[(progress["origin"] != Origin.DEFAULT) & progress["generation"].notna()]
    spans = searched.groupby("generation", as_index=False)["evaluation"].agg(["min", "max"])
    found = [
        Generation(int(number), int(first), int(last))
        for number, first, last in spans[["generation", "min", "max"]].itertuples(index=False)
    ]
    overlapping = any(one.last >= other.first for one, other in pairwise(found))
    return [] if overlapping else found


def first_best_to_best(generations: pd.DataFrame) -> float | None:
    """(best of the first generation - best of all generations) / best of the first; the baseline is in none of them.

    Args:
        generations: The record's table of generations; read are ``generation`` and ``min``.

    Returns:
        What evolution added to the search's own first generation, ``None`` where that gave no loss.
    """
    first = generations.loc[generations["generation"] == 0, "min"].dropna()
    if first.empty or not float(first.iloc[0]):
        return None
    return float((first.iloc[0] - generations["min"].min()) / first.iloc[0])


def spans_decade(values: pd.Series) -> bool:
    """Whether positive ``values`` cover a factor of ten, so that a logarithmic axis has labels worth reading."""
    finite = values[np.isfinite(values)]
    return bool(len(finite)) and bool(finite.min() > 0) and bool(finite.max() >= 10 * finite.min())
