"""What of the optimum changes with the dataset: by how much, and whether one value would do for all."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import pandas as pd

from hpo.archive.record import Record
from reports.analysis.axes import Line, lines
from reports.analysis.comparable import UNKNOWN_RELEASE, Collection
from reports.analysis.memo import kept_of
from reports.analysis.optimum import FIRST, Optimum, optima
from reports.analysis.overview import overviews

FEW: Final = 5
"""Distinct good points below which their range says little."""


@dataclass(frozen=True, slots=True)
class Movement:
    """How one hyperparameter's optimum differs between the datasets of one model.

    Attributes:
        line: The hyperparameter.
        places: Place of the best by dataset; datasets where it is not recorded are left out.
        ranges: Least and greatest place of the good evaluations, by dataset.
        spread: Distance of the outermost bests as a share of the searched range, 0 to 1; ``None`` for words.
        common: Least and greatest place that lies within every dataset's range; ``None`` if there is none. For words
            one of the common ones, twice.
        few: Datasets with fewer than :data:`FEW` distinct good points, whose range says little there.
    """

    line: Line
    places: Mapping[str, float]
    ranges: Mapping[str, tuple[float, float]]
    spread: float | None
    common: tuple[float, float] | None
    few: tuple[str, ...]

    @property
    def moves(self) -> bool:
        """Whether no value is good on all datasets."""
        return self.common is None


def movements(chosen: Sequence[Optimum], axes: Mapping[str, Line]) -> list[Movement]:
    """The movement of each of ``axes`` between the optima ``chosen``, one a dataset; dead searches don't count.

    A hyperparameter whose best is known on fewer than two datasets is left out.
    """
    living = [one for one in chosen if one.loss is not None]
    found = [_movement(living, line, tuple(axes)) for line in axes.values()]
    return [movement for movement in found if len(movement.places) > 1]


def _movement(chosen: Sequence[Optimum], line: Line, names: Sequence[str]) -> Movement:
    places = {one.run.dataset: line.place(one.values.get(line.name)) for one in chosen}
    known = {dataset: place for dataset, place in places.items() if not math.isnan(place)}
    ranges = {}
    for one in chosen:
        dataset = one.run.dataset
        if dataset in known:
            low, high = one.range(line) or (known[dataset], known[dataset])
            ranges[dataset] = (min(low, known[dataset]), max(high, known[dataset]))
    spread = line.share(min(known.values()), max(known.values())) if known and line.ordered else None
    good = {
        one.run.dataset: {*one.places(line).tolist(), known[one.run.dataset]}
        for one in chosen
        if one.run.dataset in known
    }
    few = tuple(one.run.dataset for one in chosen if one.run.dataset in known and _points(one, line, names) < FEW)
    return Movement(line, known, ranges, spread, _common(line, ranges, good), few)


def _points(one: Optimum, line: Line, names: Sequence[str]) -> int:
    """Distinct good points in which ``line`` is recorded."""
    if line.name not in one.table:
        return 0
    shown = [name for name in names if name in one.table]
    return len(one.table[one.table[line.name].notna()][shown].drop_duplicates())


def _common(
    line: Line, ranges: Mapping[str, tuple[float, float]], good: Mapping[str, set[float]]
) -> tuple[float, float] | None:
    if not ranges:
        return None
    if not line.ordered:
        shared = sorted(set.intersection(*good.values()))
        return (shared[0], shared[0]) if shared else None
    low, high = max(low for low, _ in ranges.values()), min(high for _, high in ranges.values())
    return (low, high) if low <= high else None


@dataclass(frozen=True)
class ModelOptima:
    """The optima of one model in one collection.

    Attributes:
        collection: Source and release.
        model: The model.
        all: One a run, dead ones included, in the order of the tables.
        chosen: One a dataset: the lowest loss among the runs that compare; dead if all are.
        axes: Line of every searched hyperparameter over all these runs.
        moving: See :func:`movements`.
    """

    collection: Collection
    model: str
    all: tuple[Optimum, ...]
    chosen: tuple[Optimum, ...]
    axes: Mapping[str, Line]
    moving: tuple[Movement, ...]

    @property
    def others(self) -> list[Optimum]:
        """Living optima of runs that were not chosen."""
        keys = {one.run.key for one in self.chosen}
        return [one for one in self.all if one.run.key not in keys and one.loss is not None]

    @property
    def dead(self) -> list[str]:
        """Datasets on which no search found anything alive."""
        return [one.run.dataset for one in self.chosen if one.loss is None]


def model_optima(records: Sequence[Record]) -> list[ModelOptima]:
    """The optima by collection and model: :data:`FIRST` before the other models, collections as in the overview."""
    by_key = {record.key: record for record in records}
    found: list[ModelOptima] = []
    for overview in overviews(record.run for record in records):
        runs: dict[str, list[Record]] = defaultdict(list)
        for cell in overview.cells.values():
            runs[cell.run.model] += [by_key[run.key] for run in cell.runs]
        for model, own in runs.items():
            every = optima(own)
            keys = {
                overview.cells[model, dataset].run.key
                for dataset in overview.datasets
                if (model, dataset) in overview.cells
            }
            chosen = tuple(one for one in every if one.run.key in keys)
            told = overview.collection.release != UNKNOWN_RELEASE
            compute = partial(_axes_and_movements, own, chosen, told)
            axes, moving = kept_of(own, f"movements {sorted(keys)} {told}", compute)
            found.append(ModelOptima(overview.collection, model, tuple(every), chosen, axes, moving))
    return sorted(found, key=lambda one: one.model != FIRST)


def _axes_and_movements(
    own: Sequence[Record], chosen: Sequence[Optimum], told: bool
) -> tuple[dict[str, Line], tuple[Movement, ...]]:
    axes = lines(own)
    return axes, tuple(movements(chosen, axes)) if told else ()


MOVEMENT_COLUMNS: Final[dict[str, str]] = {
    "source": "cross-hpo for own runs, improve for the published archive",
    "release": "cut of the datasets",
    "model": "model",
    "hyperparameter": "searched hyperparameter",
    "datasets": "datasets on which its best is known, joined by blanks",
    "spread": "distance of the outermost bests as a share of the searched range, on its scale; empty for words",
    "common_low": "least value within the good values of every dataset; empty if there is none",
    "common_high": "greatest such value",
    "few": "datasets with fewer than five distinct good points, joined by blanks",
}
"""Columns of ``movement.csv`` with their meaning."""


def movement_table(found: Sequence[ModelOptima]) -> pd.DataFrame:
    """One row a model and hyperparameter whose best is known on two datasets, columns :data:`MOVEMENT_COLUMNS`."""
    rows = []
    for one in found:
        for movement in one.moving:
            line, common = movement.line, movement.common
            ends = (None, None) if common is None else tuple(line.value(place) for place in common)
            rows.append(
                {
                    "source": one.collection.kind,
                    "release": one.collection.release,
                    "model": one.model,
                    "hyperparameter": line.name,
                    "datasets": " ".join(movement.places),
                    "spread": movement.spread,
                    "common_low": ends[0],
                    "common_high": ends[1],
                    "few": " ".join(movement.few),
                }
            )
    return pd.DataFrame(rows, columns=list(MOVEMENT_COLUMNS), dtype=object)
