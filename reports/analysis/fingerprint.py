"""How one search behaved, in numbers that compare across models and datasets: every loss as a share above its best."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from hpo.archive.record import Record
from hpo.archive.schema import RunInfo
from hpo.archive.summaries import is_replicate
from hpo.evaluation import Origin, Status
from reports.analysis.axes import Line, lines
from reports.analysis.comparable import Collection, yardstick
from reports.analysis.convergence import Progress, progress
from reports.analysis.dead import dead_rows
from reports.analysis.memo import kept_of
from reports.analysis.noises import Noise, NoiseBook
from reports.analysis.overview import Cell, Overview, is_dead, overviews

FIRST: Final = ("learning_rate", "batch_size")
"""Hyperparameters shown first, where a model has them."""

SHOWN: Final = 2
LEAST_SHARE: Final = 0.05
"""Share of evaluations on a bound from which it is said."""


@dataclass(frozen=True)
class Fingerprint:
    """One search.

    Attributes:
        run: The run.
        lines: The hyperparameters shown, at most two; the same for all datasets of a model.
        points: See :func:`fingerprint_points`.
        progress: How the search went on.
        noise: What cannot be told from one loss.
        dead: Evaluations with constant output.
        failed: Evaluations without a loss.
        at_bounds: Evaluations of living models exactly on a bound, by hyperparameter and ``lower`` or ``upper``, where
            they are at least a twentieth.
        alive: Whether the search found a living model.
    """

    run: RunInfo
    lines: tuple[Line, ...]
    points: pd.DataFrame
    progress: Progress
    noise: Noise
    dead: int
    failed: int
    at_bounds: Mapping[tuple[str, str], int]
    alive: bool

    @property
    def recorded(self) -> int:
        """Rows of the table."""
        return len(self.points)

    @property
    def flat(self) -> bool | None:
        """See :meth:`reports.analysis.convergence.Progress.flat`."""
        return self.progress.flat(self.noise)


@dataclass(frozen=True, slots=True)
class FingerprintGrid:
    """The fingerprints of one collection.

    Attributes:
        overview: Rows and columns.
        prints: By model and dataset; pairs without a run are missing.
    """

    overview: Overview
    prints: Mapping[tuple[str, str], Fingerprint]

    @property
    def collection(self) -> Collection:
        """Source and release."""
        return self.overview.collection


def fingerprint_grids(records: Sequence[Record]) -> list[FingerprintGrid]:
    """One grid a collection, in the order of :func:`reports.analysis.overview.overviews`.

    Of several runs of a pair under the yardstick of most evaluations, the genetic one with most evaluations is shown;
    of equals the one with the lowest loss.
    """
    by_key, book = {record.key: record for record in records}, NoiseBook(records)
    grids = []
    for overview in overviews(record.run for record in records):
        chosen = {pair: by_key[largest(cell).key] for pair, cell in overview.cells.items()}
        shared = {
            model: _shown_of([chosen[model, dataset] for dataset in overview.datasets if (model, dataset) in chosen])
            for model in overview.models
        }
        prints = {
            (model, dataset): fingerprint(record, shared[model], book.of(record.run))
            for (model, dataset), record in chosen.items()
        }
        grids.append(FingerprintGrid(overview, prints))
    return grids


def largest(cell: Cell) -> RunInfo:
    """The run of ``cell`` that shows most of its space."""
    runs = [run for run in cell.runs if yardstick(run) == yardstick(cell.run)]

    def rank(run: RunInfo) -> tuple[bool, int, float, str]:
        loss = math.inf if run.best is None or run.best.val_loss is None else run.best.val_loss
        return run.strategy != "ga", -run.counts.evaluations, loss, run.key

    return min(runs, key=rank)


def fingerprint(record: Record, shown: Sequence[Line], noise: Noise) -> Fingerprint:
    """The fingerprint of ``record`` over the hyperparameters ``shown``; ``noise`` is that of its run."""
    points = kept_of([record], f"points over {list(shown)}", lambda: fingerprint_points(record, shown))
    living = points[points["state"] == "ok"]
    at_bounds = {
        (line.name, end): count
        for index, line in enumerate(shown)
        if not line.values
        for end, place in (("lower", 0.0), ("upper", 1.0))
        if (count := int((living[f"x{index}"] == place).sum())) >= max(2.0, LEAST_SHARE * len(living))
    }
    return Fingerprint(
        run=record.run,
        lines=tuple(shown),
        points=points,
        progress=progress(record),
        noise=noise,
        dead=int((points["state"] == "dead").sum()),
        failed=int((points["state"] == "failed").sum()),
        at_bounds=at_bounds,
        alive=bool(len(living)) and not is_dead(record.run),
    )


def fingerprint_points(record: Record, shown: Sequence[Line]) -> pd.DataFrame:
    """Every evaluation of ``record`` but its replicates, in its order.

    Returns:
        Columns ``evaluation`` (int), ``state`` (``ok``, ``dead`` or ``failed``), ``kind`` (``default``, ``first`` for
        the first generation and random draws, else ``bred``), ``val_loss``, ``excess`` ((loss - lowest living) /
        lowest living; NaN unless ``ok``), ``best`` (excess of the best so far, the default aside; NaN before the first
        living one), and ``x0``, ``x1``: the place on each line, 0 to 1 within its ends, NaN where not recorded.
    """
    again = is_replicate(record.evaluations).to_numpy(dtype=bool)
    unsorted = record.evaluations[~again]
    table = unsorted.sort_values("evaluation", kind="stable")
    losses = table["val_loss"].astype("float64").to_numpy(dtype=float, na_value=math.nan)
    statuses = table["status"].astype("string").to_numpy(dtype=object)
    origin = table["origin"].astype("string").fillna("").to_numpy(dtype=object)
    dead = dead_rows(record)[~again][np.argsort(unsorted["evaluation"].to_numpy(), kind="stable")]
    ok = (statuses == Status.OK) & ~dead & np.isfinite(losses)
    lowest = float(losses[ok].min()) if ok.any() else math.nan
    first = (table["generation"] == 0).fillna(False).to_numpy(dtype=bool) | (origin == Origin.RANDOM)
    excess = np.where(ok, losses / lowest - 1, math.nan) if ok.any() else np.full(len(table), math.nan)
    searched = pd.Series(np.where(ok & (origin != Origin.DEFAULT), excess, math.nan))
    frame = pd.DataFrame(
        {
            "evaluation": table["evaluation"].astype("int64").to_numpy(),
            "state": np.where(ok, "ok", np.where(dead, "dead", "failed")),
            "kind": np.where(origin == Origin.DEFAULT, "default", np.where(first, "first", "bred")),
            "val_loss": losses,
            "excess": excess,
            "best": searched.cummin().ffill().to_numpy(),
        }
    )
    for index, line in enumerate(shown):
        frame[f"x{index}"] = _units(table, line)
    return frame


def _units(table: pd.DataFrame, line: Line) -> np.ndarray:
    if line.name not in table:
        return np.full(len(table), math.nan)
    low, high = line.ends
    places = line.steps(line.places(table[line.name].astype(object)))
    return np.asarray((places - low) / (high - low))


def _shown_of(records: Sequence[Record]) -> list[Line]:
    return kept_of(records, "shown lines", lambda: _shown(records))


def _shown(records: Sequence[Record]) -> list[Line]:
    found = lines(records)
    recorded = [
        name
        for name in found
        if any(
            record.evaluations[name].notna().mean() > LEAST_SHARE
            for record in records
            if name in record.axes and len(record.evaluations)
        )
    ]
    ordered = sorted(recorded, key=lambda name: FIRST.index(name) if name in FIRST else len(FIRST))
    return [found[name] for name in ordered[:SHOWN]]
