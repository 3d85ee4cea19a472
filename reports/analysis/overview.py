"""The best result of every model on every dataset, and which of them may be ranked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hpo.archive.privacy import REPLACEMENT
from hpo.archive.schema import RunInfo
from hpo.archive.summaries import chosen as recommended_by
from hpo.evaluation import Status
from reports.analysis.comparable import UNKNOWN_RELEASE, Collection, Yardstick, yardstick
from reports.analysis.order import run_order, sorted_datasets, sorted_models


@dataclass(frozen=True, slots=True)
class Cell:
    """The result of one model on one dataset.

    Attributes:
        run: The run with the lowest loss, of those that share the most used yardstick.
        runs: All runs of the pair in this collection.
        left_out: Runs of the pair under another yardstick, and so not compared.
        lowest: Whether it is the lowest of several models on the dataset under the same yardstick.
    """

    run: RunInfo
    runs: tuple[RunInfo, ...]
    left_out: int
    lowest: bool


@dataclass(frozen=True, slots=True)
class Overview:
    """One collection as a grid.

    Attributes:
        collection: Source and release.
        models: Rows.
        datasets: Columns.
        cells: By model and dataset; pairs without a run are missing.
    """

    collection: Collection
    models: tuple[str, ...]
    datasets: tuple[str, ...]
    cells: Mapping[tuple[str, str], Cell]


def is_dead(run: RunInfo) -> bool:
    """Whether the search found nothing alive: no ``ok`` evaluation, or one and the same loss throughout.

    Where the search found nothing but the default hyperparameters work, the run has a best: the default.
    """
    best = run.best
    if best is None or best.status != Status.OK:
        return True
    if all(flag.flag != "degenerate" for flag in run.flags):
        return False
    return run.baseline is None or best.evaluation is None or best.evaluation != run.baseline.evaluation


def best_loss(run: RunInfo) -> float | None:
    """The lowest loss of an ``ok`` evaluation; ``None`` if the search is dead, see :func:`is_dead`."""
    return None if run.best is None or is_dead(run) else run.best.val_loss


def recommended_loss(run: RunInfo) -> float | None:
    """The loss that goes with :func:`best_settings`: announced where leaders were trained again, else the lowest.

    For what a user takes home. Runs are held against each other by :func:`best_loss`, which all of them have.
    """
    recommended = recommended_by(run)
    return None if recommended is None or is_dead(run) else recommended.val_loss


def constant_loss(run: RunInfo) -> float | None:
    """The one loss that all evaluations of a dead search share; ``None`` for others."""
    return run.best.val_loss if run.best is not None and is_dead(run) else None


def best_settings(run: RunInfo) -> dict[str, Any]:
    """Hyperparameters that ``run`` recommends, as they can be used elsewhere; empty if the search is dead.

    They are those of the optimum where leaders were trained again, else of the best evaluation. Values that are not
    recorded and paths on somebody's machine are left out.
    """
    recommended = recommended_by(run)
    if recommended is None or is_dead(run):
        return {}
    values = recommended.hyperparameters
    return {name: value for name, value in values.items() if value is not None and value != REPLACEMENT}


def baseline_loss(run: RunInfo) -> float | None:
    """The loss of the default hyperparameters; ``None`` if not measured."""
    return run.baseline.val_loss if run.baseline is not None and run.baseline.status == Status.OK else None


def gain_over_default(run: RunInfo) -> float | None:
    """(default - best) / default, the improvement called ``default_to_best``; ``None`` without either."""
    best, baseline = best_loss(run), baseline_loss(run)
    return None if best is None or not baseline else (baseline - best) / baseline


def in_order(runs: Iterable[RunInfo]) -> list[RunInfo]:
    """``runs`` in the order of the tables."""
    return sorted(runs, key=lambda run: run_order(run.model, run.dataset, run.size, run.run))


def overviews(runs: Iterable[RunInfo]) -> list[Overview]:
    """One grid for every collection: real data before synthetic, own runs before imported ones, unknown data last."""
    grouped: dict[Collection, list[RunInfo]] = defaultdict(list)
    for run in in_order(runs):
        grouped[Collection.of(run)].append(run)
    ordered = sorted(grouped, key=_collection_order)
    return [_overview(collection, grouped[collection]) for collection in ordered]


def _collection_order(collection: Collection) -> tuple[object, ...]:
    return collection.release == UNKNOWN_RELEASE, collection.synthetic, collection.imported, collection


def _overview(collection: Collection, runs: Sequence[RunInfo]) -> Overview:
    pairs: dict[tuple[str, str], list[RunInfo]] = defaultdict(list)
    for run in runs:
        pairs[run.model, run.dataset].append(run)
    chosen = {pair: _chosen(found) for pair, found in pairs.items()}
    lowest = _lowest([run for run, _ in chosen.values()])
    return Overview(
        collection=collection,
        models=tuple(sorted_models(run.model for run in runs)),
        datasets=tuple(sorted_datasets(run.dataset for run in runs)),
        cells={
            pair: Cell(run=run, runs=tuple(pairs[pair]), left_out=left_out, lowest=run.key in lowest)
            for pair, (run, left_out) in chosen.items()
        },
    )


def _chosen(runs: Sequence[RunInfo]) -> tuple[RunInfo, int]:
    groups: dict[Yardstick, list[RunInfo]] = defaultdict(list)
    for run in runs:
        groups[yardstick(run)].append(run)
    group = max(groups.values(), key=lambda found: sum(run.counts.evaluations for run in found))
    return min(group, key=_rank), len(runs) - len(group)


def _rank(run: RunInfo) -> tuple[bool, float]:
    loss = best_loss(run)
    return loss is None, loss or 0.0


def _lowest(runs: Sequence[RunInfo]) -> set[str]:
    groups: dict[Yardstick, list[RunInfo]] = defaultdict(list)
    for run in runs:
        if best_loss(run) is not None and run.release.name != UNKNOWN_RELEASE:
            groups[yardstick(run)].append(run)
    return {min(group, key=_rank).key for group in groups.values() if len(group) > 1}
