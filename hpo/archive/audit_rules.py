"""Audit rules about one record: each returns its evidence, or ``None`` if there is nothing to say."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from hpo.archive.schema import Scalar
from hpo.archive.summaries import by_status, is_replicate, points
from hpo.evaluation import Origin, Status, Value
from hpo.sizes import SIZES
from hpo.space import Axis, FloatAxis, IntAxis

if TYPE_CHECKING:
    from pandas import DataFrame

    from hpo.archive.record import Record

Evidence = dict[str, Any]

PLATEAU_CONFIGURATIONS: Final = 3
PLATEAU_SHARE: Final = 0.1
"""A plateau is one loss shared by at least so many configurations and so large a part of the evaluations."""

CONTAINER_PATH: Final = "container-path"


def missing_evaluations(record: Record) -> Evidence | None:
    """Fewer rows than the search planned or, for imports, than its log counts."""
    planned, rows = record.run.counts.planned, len(record.evaluations)
    if planned is None or rows >= planned:
        return None
    return {"planned": planned, "recorded": rows, "missing": planned - rows}


def best_lost(record: Record) -> Evidence | None:
    """What the source calls best is worse than the best row of its own table."""
    published, losses = record.run.published_best, _losses(record, (Status.OK,))
    if published is None or published.val_loss is None or not losses:
        return None
    evaluation, best = min(losses.items(), key=lambda item: (item[1], item[0]))
    if published.val_loss <= best:
        return None
    return {
        "published": published.val_loss,
        "best_evaluated": best,
        "evaluation": evaluation,
        "percent_worse": 100 * (published.val_loss - best) / best,
    }


def plateau(record: Record) -> Evidence | None:
    """One loss shared by many different configurations; repeats of a single one are ``duplicates``."""
    losses = _losses(record)
    configurations: dict[float, set[Any]] = defaultdict(set)
    for number, point in _points(record).items():
        if number in losses:
            configurations[losses[number]].add(tuple(point.items()))
    counts = Counter(losses.values())
    shared = {
        loss: counts[loss]
        for loss, points_with_it in configurations.items()
        if len(points_with_it) >= PLATEAU_CONFIGURATIONS and counts[loss] >= PLATEAU_SHARE * len(losses)
    }
    if not shared:
        return None
    loss = max(shared, key=lambda loss: (shared[loss], loss))
    return {
        "loss": loss,
        "evaluations": shared[loss],
        "of": len(losses),
        "configurations": len(configurations[loss]),
        "share": shared[loss] / len(losses),
    }


def degenerate(record: Record) -> Evidence | None:
    """All losses of the search are equal, or none of its evaluations is ``ok``; baseline and replicates don't count.

    Where an import has no rows, the lines of its log decide.
    """
    bred = record.evaluations[~is_baseline(record.evaluations) & ~is_replicate(record.evaluations)]
    if bred.empty:
        return _degenerate_log(record.generations)
    losses = {float(loss) for loss in bred["val_loss"].dropna()}
    alive = bool((bred["status"] == Status.OK.value).any())
    if alive and (len(losses) > 1 or len(bred) < 2):
        return None
    return {"evaluations": len(bred), "losses": sorted(losses)[:3], "statuses": by_status(bred)}


def out_of_bounds(record: Record) -> Evidence | None:
    """Values outside the declared space, constants of imports included.

    The baseline is the model's own choice, and replicates may repeat it.
    """
    if record.space is None:
        return None
    searched = points(record.evaluations[~is_baseline(record.evaluations) & ~is_replicate(record.evaluations)])
    evidence: Evidence = {}
    for axis in record.space.axes:
        if axis.name not in record.axes:
            continue
        values = [point[axis.name] for point in searched]
        outside = [value for value in values if value is not None and not axis.contains(value)]
        if outside:
            evidence[axis.name] = {"declared": declared(axis), "outside": len(outside), "of": len(values)} | _range(
                outside
            )
    if record.run.source.kind != "cross-hpo":
        evidence |= _other_constants(record.space.constants, record.run.fixed)
    return evidence or None


def unrecorded_hyperparameter(record: Record) -> Evidence | None:
    """Axes without a column in the source; recovered ones are named with where their values come from."""
    empty = [name for name in record.axes if len(record.evaluations) and record.evaluations[name].isna().all()]
    axes = list(dict.fromkeys([*record.run.unrecorded, *empty]))
    if not axes:
        return None
    known = {name: int(record.evaluations[name].notna().sum()) for name in axes if name in record.axes}
    return {"axes": axes, "values_known": known, "of": len(record.evaluations), "recovered": record.run.recovered}


def duplicates(record: Record) -> Evidence | None:
    """Rows whose hyperparameters are those of an earlier row, bit for bit; replicates, which repeat on purpose, are
    none of them.

    With axes unknown, equality of the others is an appearance only; ``certain`` says which it is.
    """
    known = [name for name in record.axes if record.evaluations[name].notna().all()]
    table = record.evaluations[~is_replicate(record.evaluations)]
    if not known or len(table) < 2:
        return None
    counts = Counter(tuple(point[name] for name in known) for point in points(table))
    repeats = len(table) - len(counts)
    if repeats == 0:
        return None
    return {
        "repeats": repeats,
        "evaluations": len(table),
        "distinct": len(counts),
        "most_often": max(counts.values()),
        "certain": len(known) == len(record.axes),
        "unknown_axes": [name for name in record.axes if name not in known],
    }


def size_mismatch(record: Record) -> Evidence | None:
    """Another population or number of generations than the standard size of that name; own names have no standard."""
    size, run = SIZES.get(record.run.size), record.run
    found = {"population": run.population, "generations": run.generations}
    if size is None or None in found.values():
        return None
    standard = {"population": size.population, "generations": size.generations}
    return None if found == standard else {"size": size.name, "standard": standard, "found": found}


def failed_evaluations(record: Record) -> Evidence | None:
    """Evaluations that are neither ``ok`` nor ``degenerate``, by status."""
    measured = {status.value for status in Status if status.has_loss}
    failed = {status: count for status, count in by_status(record.evaluations).items() if status not in measured}
    return {"by_status": failed, "of": len(record.evaluations)} if failed else None


def private_paths(record: Record) -> Evidence | None:
    """How many private texts the import removed, by kind; paths inside containers are nobody's."""
    removed = {kind: count for kind, count in record.run.source.removed.items() if kind != CONTAINER_PATH and count}
    return {"removed": removed} if removed else None


def is_baseline(evaluations: DataFrame) -> Any:
    """Which rows are the baseline, a series of booleans."""
    return (evaluations["origin"] == Origin.DEFAULT.value).fillna(False).astype(bool)


def _losses(record: Record, statuses: tuple[Status, ...] = (Status.OK, Status.DEGENERATE)) -> dict[int, float]:
    table = record.evaluations
    chosen = table[table["status"].isin([status.value for status in statuses]) & table["val_loss"].notna()]
    return dict(zip(chosen["evaluation"].astype(int), chosen["val_loss"].astype(float), strict=True))


def _points(record: Record) -> dict[int, dict[str, Value | None]]:
    return dict(zip(record.evaluations["evaluation"].astype(int), points(record.evaluations), strict=True))


def _degenerate_log(generations: DataFrame) -> Evidence | None:
    if "log_min" not in generations or generations["log_min"].isna().all():
        return None
    values = {float(value) for name in ("log_min", "log_max") for value in generations[name].dropna()}
    return {"evaluations": 0, "losses": sorted(values), "statuses": {}} if len(values) == 1 else None


def declared(axis: Axis) -> list[Any]:
    """The inclusive bounds of a numeric axis, or the listed values."""
    if isinstance(axis, FloatAxis | IntAxis):
        kind = float if isinstance(axis, FloatAxis) else int
        return [kind(axis.lower), kind(axis.upper)]
    return list(getattr(axis, "values", (False, True)))


def _range(values: list[Any]) -> Evidence:
    if all(isinstance(value, int | float) for value in values):
        return {"lowest": min(values), "highest": max(values)}
    return {"values": sorted({str(value) for value in values})}


def _other_constants(declared: Mapping[str, Value], fixed: Mapping[str, Scalar]) -> Evidence:
    """Constants that were used with another number than the space declares; texts are mostly paths, so left out."""
    both = {name: (declared[name], fixed[name]) for name in declared if fixed.get(name) is not None}
    return {
        name: {"declared": [constant], "found": used}
        for name, (constant, used) in both.items()
        if not isinstance(constant, str) and not isinstance(used, str) and constant != used
    }
