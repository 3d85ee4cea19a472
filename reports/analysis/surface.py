"""The loss over pairs of hyperparameters: distinct points, each with how far its mean loss lies above the best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from hpo.archive.record import Record
from reports.analysis.axes import Line, lines
from reports.analysis.dead import dead_rows
from reports.analysis.importance import MIN_RECORDED, Importance, Refusal
from reports.analysis.overview import best_loss

MAX_LINES: Final = 4
"""Hyperparameters that are paired with each other: six pairs."""

STEPS: Final = (0.01, 0.03, 0.1, 0.3, 1.0)
"""Upper ends of the classes of :attr:`Surface.points`: shares of the best loss above it; the last class is open."""

RANKS: Final = (0.05, 0.1, 0.25, 0.5, 0.75)
"""The same for losses that have no relation to zero: the share of points that are as good or better."""


@dataclass(frozen=True)
class Surface:
    """The losses of one run over pairs of its hyperparameters.

    Attributes:
        points: A row a distinct point, sorted by its hyperparameters: a column for each of ``lines``; ``val_loss``,
            the mean of its repeats; ``times``, their number; ``dead``, whether they are dead networks; ``above``, by
            which share of the best loss it lies above it (or its rank, see ``relative``); ``step``, the index of its
            class, 0 for the best. Dead networks have neither.
        failed: A row an evaluation without a loss, with a column for each of ``lines``.
        lines: The hyperparameters, the most important ones where there are many.
        left_out: Searched hyperparameters that are not shown.
        best: Hyperparameters of the best evaluation; ``None`` where not recorded.
        loss: Its loss.
        relative: Whether ``above`` is a share of the best loss; else it is the share of points as good or better.
    """

    points: pd.DataFrame
    failed: pd.DataFrame
    lines: tuple[Line, ...]
    left_out: tuple[str, ...]
    best: Mapping[str, Any]
    loss: float
    relative: bool


def surface(record: Record, importance: Importance | Refusal) -> Surface | None:
    """The surface of ``record``; ``None`` for a dead search or with fewer than two recorded hyperparameters.

    Args:
        record: The run.
        importance: Decides which hyperparameters are shown where there are more than :data:`MAX_LINES`.
    """
    run, loss = record.run, best_loss(record.run)
    table = record.evaluations
    measured = table.assign(dead=dead_rows(record))[table["val_loss"].notna()]
    recorded = {
        name: line
        for name, line in lines([record]).items()
        if measured[name].notna().mean() >= MIN_RECORDED and measured[name].nunique() > 1
    }
    if loss is None or run.best is None or len(recorded) < 2:
        return None
    shown = tuple(recorded[name] for name in _chosen(list(recorded), importance))
    searched = dict.fromkeys([*record.axes, *run.unrecorded])
    names = [line.name for line in shown]
    points = _points(measured, tuple(recorded.values()))
    living = ~points["dead"].astype(bool)
    relative = loss > 0
    above = points["val_loss"] / loss - 1 if relative else points["val_loss"].where(living).rank(pct=True)
    points["above"] = above.where(living)
    steps = np.searchsorted(STEPS if relative else RANKS, points["above"])
    points["step"] = pd.array(steps, dtype="Int64")
    points.loc[~living, "step"] = pd.NA
    return Surface(
        points=points[[*names, "val_loss", "times", "dead", "above", "step"]],
        failed=table.loc[table["val_loss"].isna(), names].reset_index(drop=True),
        lines=shown,
        left_out=tuple(name for name in searched if name not in names),
        best={name: run.best.hyperparameters.get(name) for name in names},
        loss=loss,
        relative=relative,
    )


def _chosen(names: Sequence[str], importance: Importance | Refusal) -> list[str]:
    if len(names) <= MAX_LINES or isinstance(importance, Refusal):
        return list(names[:MAX_LINES])
    most = {share.names[0] for share in importance.main[:MAX_LINES]}
    return [name for name in names if name in most]


def _points(measured: pd.DataFrame, axes: Sequence[Line]) -> pd.DataFrame:
    """Distinct points on ``axes``, dead ones apart, by place; a value that is not recorded is one of its own."""
    names = [line.name for line in axes]
    keyed = measured.assign(**{name: measured[name].astype(object) for name in names})
    groups = keyed.groupby([*names, "dead"], dropna=False, sort=False, as_index=False)
    found = groups.agg(val_loss=("val_loss", "mean"), times=("val_loss", "size"))
    places = [np.nan_to_num(line.places(found[line.name]), nan=-np.inf) for line in reversed(axes)]
    return found.iloc[np.lexsort((found["dead"], *places))].reset_index(drop=True)
