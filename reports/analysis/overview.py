"""The best result of every model on every dataset, and which of them may be ranked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from hpo.archive.schema import RunInfo
from hpo.evaluation import Status
from reports.analysis.comparable import Collection, Yardstick, yardstick
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


def best_loss(run: RunInfo) -> float | None:
    """The lowest loss of an ``ok`` evaluation; ``None`` if there is none, dead networks aside."""
    return run.best.val_loss if run.best is not None and run.best.status == Status.OK else None


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
    """One grid for every collection: real data before synthetic, own runs before imported."""
    grouped: dict[Collection, list[RunInfo]] = defaultdict(list)
    for run in in_order(runs):
        grouped[Collection.of(run)].append(run)
    ordered = sorted(grouped, key=lambda collection: (collection.synthetic, collection.imported, collection))
    return [_overview(collection, grouped[collection]) for collection in ordered]


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
        if best_loss(run) is not None:
            groups[yardstick(run)].append(run)
    return {min(group, key=_rank).key for group in groups.values() if len(group) > 1}
