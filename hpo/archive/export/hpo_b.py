"""The archive as a benchmark in the layout of HPO-B, for research on methods that learn from earlier searches.

``meta-test-dataset.json`` maps search spaces to datasets to evaluations: ``X``, places from 0 to 1, and ``y``, the
negative loss, since HPO-B maximises. ``bo-initializations.json`` names the five evaluations that each of five seeds
starts from, ``saved-surrogates`` holds a model a task for continuous spaces, and ``meta-dataset-descriptors.json``
says what everything is. ``HPOBHandler(root_dir, mode="v3-test", surrogates_dir)`` reads it; which tasks to learn from
is for the user to decide, so all are in the test part (Pineda Arango et al., HPO-B, NeurIPS 2021 Datasets and
Benchmarks, https://github.com/machinelearningnuremberg/HPO-B).

A task pools the runs that searched the same axes with the same model on the same dataset, by one yardstick. Evaluations
without a loss, with an unknown hyperparameter or outside of the space have no place in it; they are counted.
"""

from __future__ import annotations

import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from hpo.archive.export.encoding import describe, encode, names, same_axes
from hpo.archive.export.output import need_package, write_folder
from hpo.archive.export.refusing import Exported, Refusal, check_refused
from hpo.archive.export.surrogate import Poor, Surrogate, fit
from hpo.archive.export.unfit import UNKNOWN
from hpo.archive.export.yardstick import yardstick
from hpo.archive.record import Record
from hpo.archive.schema import RunInfo
from hpo.archive.store import HallOfFame
from hpo.archive.summaries import points, rows_of
from hpo.digest import digest
from hpo.evaluation import Status
from hpo.space import Axis

TEST: Final = "meta-test-dataset.json"
INITIALIZATIONS: Final = "bo-initializations.json"
DESCRIPTORS: Final = "meta-dataset-descriptors.json"
SURROGATES: Final = "saved-surrogates"
STATS: Final = "summary-stats.json"

SEEDS: Final = 5
INITIAL: Final = 5
"""Evaluations that a method of HPO-B starts with."""

MIN_ROWS: Final = 2 * INITIAL
"""Evaluations below which a task is none."""

UNKNOWN_VALUE: Final = "unknown hyperparameter"
OUTSIDE: Final = "outside of the space"


@dataclass(slots=True)
class Task:
    """The evaluations of one search space on one dataset.

    Attributes:
        model: The model.
        dataset: The dataset.
        axes: The searched hyperparameters, sorted by name.
        runs: Runs that the evaluations come from.
        places: A row an evaluation, a column for each of :func:`~hpo.archive.export.encoding.names`.
        losses: Loss of each.
        dead: Rows that are dead networks, as far as the record says so.
        left_out: Number of evaluations without a place, by reason.
    """

    model: str
    dataset: str
    axes: tuple[Axis, ...]
    runs: list[RunInfo] = field(default_factory=list)
    places: list[list[float]] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    dead: list[int] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)

    @property
    def space_id(self) -> str:
        """Name of the search space: the model and eight digits of what was searched."""
        return f"{self.model}-{digest(same_axes(self.axes))[:8]}"

    @property
    def dataset_id(self) -> str:
        """Name of the dataset within the space: with eight digits of how its losses come about."""
        return f"{self.dataset}-{digest(list(yardstick(self.runs[0])))[:8]}"

    def refusal(self) -> str:
        """Why this is no task; empty if it is one."""
        counted = ", ".join(f"{count} {reason}" for reason, count in self.left_out.items())
        if len(self.losses) < MIN_ROWS:
            left_out = f" ({counted})" if counted else ""
            return f"usable evaluations: {len(self.losses)}, it takes {MIN_ROWS}{left_out}"
        return "dead: all evaluations gave the same loss" if len(set(self.losses)) == 1 else ""


def export_hpo_b(hall: HallOfFame, runs: Sequence[RunInfo], output: Path, *, allow_missing: bool) -> Exported:
    """Write ``runs`` as a folder in the layout of HPO-B.

    Raises:
        MissingInput: scikit-learn is not installed, or a record is incomplete.
        Refused: A run or task is refused and ``allow_missing`` is not set, or all are.
        BadData: A record can't be understood.
        StorageError: The folder could not be written.
    """
    need_package("sklearn", "hpo-b", "scikit-learn")
    refused, found = _tasks(hall, runs)
    kept = []
    for task in found:
        reason = task.refusal()
        if reason:
            refused.append(Refusal(_name(task), reason))
        else:
            kept.append(task)
    check_refused(refused, len(kept), "runs and tasks", allow_missing=allow_missing)
    fitted = {(task.space_id, task.dataset_id): fit(task.places, [-loss for loss in task.losses]) for task in kept}
    write_folder(output, _files(kept, fitted))
    notes = tuple(f"{_name(task)}: {_verdict(fitted[task.space_id, task.dataset_id])}" for task in kept)
    return Exported(sum(len(task.runs) for task in kept), tuple(refused), notes)


def _tasks(hall: HallOfFame, runs: Iterable[RunInfo]) -> tuple[list[Refusal], list[Task]]:
    refused: list[Refusal] = []
    found: dict[tuple[str, ...], Task] = {}
    for run in runs:
        record = hall.record(run.key)
        if record.space is None or run.dataset == UNKNOWN:
            refused.append(Refusal(run.key, f"its {'space' if record.space is None else 'dataset'} is not known"))
            continue
        axes = tuple(sorted(record.space.axes, key=lambda axis: axis.name))
        key = (run.model, run.dataset, digest(same_axes(axes)), digest(list(yardstick(run))))
        task = found.setdefault(key, Task(run.model, run.dataset, axes))
        task.runs.append(run)
        _add(task, record)
    return refused, [found[key] for key in sorted(found)]


def _add(task: Task, record: Record) -> None:
    for row, point in zip(rows_of(record.evaluations), points(record.evaluations), strict=True):
        status = Status(row["status"])
        values = {axis: point.get(axis.name) for axis in task.axes}
        known = {axis: value for axis, value in values.items() if value is not None}
        if not status.has_loss:
            task.left_out[status.value] += 1
        elif len(known) < len(values):
            task.left_out[UNKNOWN_VALUE] += 1
        elif not all(axis.contains(value) for axis, value in known.items()):
            task.left_out[OUTSIDE] += 1
        else:
            if status is Status.DEGENERATE:
                task.dead.append(len(task.losses))
            task.places.append([place for axis, value in known.items() for place in encode(axis, value)])
            task.losses.append(row["val_loss"])


def _files(tasks: Sequence[Task], fitted: Mapping[tuple[str, str], Surrogate | Poor]) -> Iterator[tuple[str, str]]:
    data: dict[str, dict[str, Any]] = defaultdict(dict)
    starts: dict[str, dict[str, Any]] = defaultdict(dict)
    stats: dict[str, Any] = {}
    for task in tasks:
        space, dataset = task.space_id, task.dataset_id
        surrogate = fitted[space, dataset]
        data[space][dataset] = {"X": task.places, "y": [[-loss] for loss in task.losses]}
        starts[space][dataset] = {
            f"test{seed}": random.Random(f"{space}/{dataset}/{seed}").sample(range(len(task.losses)), INITIAL)
            for seed in range(SEEDS)
        }
        if isinstance(surrogate, Surrogate):
            name = f"surrogate-{space}-{dataset}"
            stats[name] = {"y_min": -max(task.losses), "y_max": -min(task.losses), **surrogate.quality.to_json()}
            yield f"{SURROGATES}/{name}.json", json.dumps(surrogate.model, allow_nan=False)
    yield TEST, _json(data)
    yield INITIALIZATIONS, _json(starts)
    yield DESCRIPTORS, _json(_descriptors(tasks, fitted), indent=2)
    yield f"{SURROGATES}/{STATS}", _json(stats, indent=2)


def _descriptors(tasks: Iterable[Task], fitted: Mapping[tuple[str, str], Surrogate | Poor]) -> dict[str, Any]:
    """HPO-B's keys for the variables of a space, and ours for where everything comes from."""
    spaces: dict[str, Any] = {}
    for task in tasks:
        space = spaces.setdefault(
            task.space_id,
            {
                "model": task.model,
                "variables": {axis.name: describe(axis) for axis in task.axes},
                "variables_to_apply_log": [axis.name for axis in task.axes if axis.log_scale],
                "variables_order": [name for axis in task.axes for name in names(axis)],
                "datasets": {},
            },
        )
        run, surrogate = task.runs[0], fitted[task.space_id, task.dataset_id]
        space["datasets"][task.dataset_id] = {
            "dataset": task.dataset,
            "release": run.release.model_dump(mode="json"),
            "split": run.split,
            "protocol": run.protocol.model_dump(mode="json"),
            "fixed": {name: value for name, value in run.fixed.items() if not isinstance(value, str | None)},
            "runs": [run.key for run in task.runs],
            "evaluations": len(task.losses),
            "left_out": dict(task.left_out),
            "dead": task.dead,
            "surrogate": surrogate.quality.to_json() | {"refused": getattr(surrogate, "reason", None)},
        }
    return spaces


def _name(task: Task) -> str:
    return f"{task.model} on {task.dataset}, {', '.join(f'{run.size}/{run.run}' for run in task.runs)}"


def _verdict(surrogate: Surrogate | Poor) -> str:
    if isinstance(surrogate, Poor):
        return f"no surrogate, since {surrogate.reason}"
    quality = surrogate.quality
    judged = f"cross-validated R² {quality.r2:.2f}, rank correlation {quality.rank:.2f}"
    return f"surrogate of {quality.points} points, {judged}"


def _json(value: Any, indent: int | None = None) -> str:
    return json.dumps(value, indent=indent, allow_nan=False) + "\n"
