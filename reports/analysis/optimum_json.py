"""The optima of an archive as one JSON document: for programs that want settings, not pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reports.analysis.movement import ModelOptima
from reports.analysis.optimum import Optimum, good_range
from reports.analysis.overview import baseline_loss, best_settings


def optimum_json(found: Sequence[ModelOptima], version: str) -> dict[str, Any]:
    """All optima of ``found`` as plain values: numbers are exact, what is unknown is null.

    Args:
        found: See :func:`reports.analysis.movement.model_optima`.
        version: Short name of the archive's content.

    Returns:
        ``archive_version`` and ``optima``, a list with an object for every living run: identity, ``val_loss``,
        ``lowest_of_pair`` (whether it is the lowest of its model and dataset among runs that compare),
        ``hyperparameters`` as they can be used elsewhere, ``good`` (least and greatest good value by hyperparameter),
        ``tolerance``, ``noise``, ``repeats``, ``repeats_mean``, ``announced`` (where leaders were trained again:
        ``trainings`` behind ``val_loss``, ``std``, ``leaders``, ``equivalents``; else null), ``default`` and ``flags``.
    """
    return {
        "archive_version": version,
        "optima": [_entry(optima, one) for optima in found for one in optima.all if one.loss is not None],
    }


def _entry(optima: ModelOptima, one: Optimum) -> dict[str, Any]:
    run = one.run
    ranges = {name: good_range(one, optima.axes.get(name)) for name in one.values}
    return {
        "model": run.model,
        "dataset": run.dataset,
        "size": run.size,
        "run": run.run,
        "source": optima.collection.kind,
        "release": run.release.name,
        "split": run.split,
        "protocol": f"{run.protocol.name}/{run.protocol.version}",
        "metric": run.protocol.metric,
        "target": run.protocol.target,
        "val_loss": one.loss,
        "lowest_of_pair": any(chosen.run.key == run.key for chosen in optima.chosen),
        "evaluations": run.counts.evaluations,
        "hyperparameters": best_settings(run),
        "good": {name: list(ends) for name, ends in ranges.items() if ends[0] is not None},
        "tolerance": one.tolerance,
        "noise": one.noise,
        "repeats": one.repeats,
        "repeats_mean": one.repeats_mean,
        "announced": None
        if run.optimum is None
        else run.optimum.model_dump(mode="json", include={"trainings", "std", "leaders", "equivalents"}),
        "default": None
        if run.baseline is None
        else {"hyperparameters": run.baseline.hyperparameters, "val_loss": baseline_loss(run)},
        "flags": [flag.flag for flag in run.flags],
    }
