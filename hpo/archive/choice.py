"""Which run is the best of a model on a dataset, among those whose losses can be compared."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Callable, Iterable

from hpo.archive.schema import RunInfo
from hpo.archive.store import Choice
from hpo.errors import MissingInput

Comparable = tuple[object, ...]


def comparable(run: RunInfo) -> Comparable:
    """What must be equal for two losses to be comparable: dataset, release, split, protocol, objective."""
    protocol = run.protocol
    return (
        run.dataset,
        run.release.name,
        run.release.digest,
        run.split,
        protocol.name,
        protocol.version,
        protocol.target,
        protocol.metric,
        protocol.compat,
    )


def choose(runs: Iterable[RunInfo], model: str, dataset: str, accepts: Callable[[RunInfo], bool]) -> Choice:
    """The run of ``model`` on ``dataset`` with the lowest best loss; see :meth:`~hpo.archive.HallOfFame.best`.

    Where every run that compares announces an optimum, the losses announced decide, else the lowest single ones.

    Raises:
        MissingInput: No run fits, or none that fits has a result.
    """
    runs = list(runs)
    of_pair = [run for run in runs if run.model == model and run.dataset == dataset]
    if not of_pair:
        raise MissingInput(_no_pair(runs, model, dataset))
    fitting = [run for run in of_pair if accepts(run)]
    if not fitting:
        there = ", ".join(f"{run.size}/{run.run}" for run in of_pair)
        raise MissingInput(
            f"no run of {model} on {dataset} fits the given size, source and strategy; there are {there}"
        )
    groups: dict[Comparable, list[RunInfo]] = defaultdict(list)
    for run in fitting:
        if run.best is not None and run.best.val_loss is not None:
            groups[comparable(run)].append(run)
    if not groups:
        raise MissingInput(
            f"no evaluation of {model} on {dataset} succeeded in {', '.join(run.key for run in fitting)}"
        )
    largest = max(groups.values(), key=_weight)
    chosen = min(largest, key=_announced if all(run.optimum is not None for run in largest) else _loss)
    others = tuple(run for group in groups.values() if group is not largest for run in group)
    return Choice(chosen, _reason(chosen, largest, groups.values()), others)


def _weight(group: list[RunInfo]) -> tuple[int, str]:
    return sum(run.counts.evaluations for run in group), min(run.key for run in group)


def _loss(run: RunInfo) -> tuple[float, str]:
    assert run.best is not None
    assert run.best.val_loss is not None
    return run.best.val_loss, run.key


def _announced(run: RunInfo) -> tuple[float, str]:
    """Announced losses are no luck, but compare with each other only: the lowest of many is mostly lower."""
    assert run.optimum is not None
    return run.optimum.val_loss, run.key


def _reason(chosen: RunInfo, group: list[RunInfo], groups: Iterable[list[RunInfo]]) -> str:
    kind = "announced" if all(run.optimum is not None for run in group) else "validation"
    what = f"lowest {kind} loss of {len(group)} comparable run{'s' if len(group) > 1 else ''}"
    if len(list(groups)) == 1:
        return what
    evaluations = sum(run.counts.evaluations for run in group)
    return (
        f"{what} (release {chosen.release.name}, protocol {chosen.protocol.name}/{chosen.protocol.version}, split "
        f"{chosen.split}: {evaluations} evaluations, the most); losses of the others come about differently"
    )


def _no_pair(runs: list[RunInfo], model: str, dataset: str) -> str:
    models = sorted({run.model for run in runs})
    datasets = sorted({run.dataset for run in runs if run.model == model})
    if not datasets:
        near = difflib.get_close_matches(model, models, n=2, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(models) or 'no records at all'}"
        return f"no run of a model {model!r}; {hint}"
    near = difflib.get_close_matches(dataset, datasets, n=2, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else f"it has {', '.join(datasets)}"
    return f"no run of {model} on a dataset {dataset!r}; {hint}"
