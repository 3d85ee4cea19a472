"""Trials of Optuna as rows of a table of evaluations."""

from __future__ import annotations

import json
import math
from collections.abc import Container, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from hpo.archive.importers.cells import as_column, value_from_json
from hpo.archive.importers.evaluations import Axes, Axis
from hpo.archive.importers.optuna_space import as_text
from hpo.archive.importers.privacy import Scrubber
from hpo.archive.tables import LOGICAL, REAL, TEXT, WHOLE, axis_types
from hpo.evaluation import METRICS, Origin, Status
from hpo.space import Space
from hpo.space.item import element_type_of

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

_WHOLE: Final = ("generation", "seed", "worker", "epochs_run", "best_epoch")
_ORIGINS: Final = frozenset(origin.value for origin in Origin)
_KINDS: Final = {
    "int": ("int", (), WHOLE),
    "float": ("float", (), REAL),
    "logical": ("logical", (), LOGICAL),
    "string": ("categorical", (), TEXT),
}
"""Kind, values and type of the column of an axis that no space describes, by the type of its values."""
_WITHOUT_LOSS: Final = frozenset(status.value for status in Status if status.is_result and not status.has_loss)


def content_of(trial: FrozenTrial) -> dict[str, Any]:
    """What is read of a trial, as JSON."""
    values = trial.values
    return {
        "number": trial.number,
        "state": trial.state.name,
        "values": None if values is None else [repr(value) for value in values],
        "params": {name: repr(value) for name, value in trial.params.items()},
        "attributes": json.loads(json.dumps(trial.user_attrs, default=str)),
        "times": [
            None if time is None else time.isoformat() for time in (trial.datetime_start, trial.datetime_complete)
        ],
    }


def point_of(trial: FrozenTrial) -> dict[str, Any]:
    """Hyperparameters; an export of ours has those too that lie outside the space, which Optuna does not take."""
    known = trial.user_attrs.get("hyperparameters")
    if isinstance(known, Mapping) and all(known.get(name) == value for name, value in trial.params.items()):
        return dict(known)
    return dict(trial.params)


def numbers_of(trials: Sequence[FrozenTrial]) -> list[int]:
    """Numbers of evaluations: those that an export of ours kept, else those of the trials."""
    ours = [number for trial in trials if (number := whole(trial.user_attrs.get("evaluation"))) is not None]
    return ours if len(ours) == len(set(ours)) == len(trials) else [trial.number for trial in trials]


def axes_of(space: Space | None, trials: Sequence[FrozenTrial], plain: Mapping[str, str]) -> Axes:
    """The searched axes: those of the space; where there is none, of the kinds that the values have.

    Args:
        space: The space, if known.
        trials: Trials of the study.
        plain: Names of parameters in the record, by those in the study.
    """
    if space is not None:
        types = axis_types(space)
        return {axis.name: Axis(axis.kind, (), types[axis.name]) for axis in space.axes}
    values: dict[str, list[Any]] = {name: [] for name in plain.values()}
    for trial in trials:
        for name, value in point_of(trial).items():
            values[plain[name]].append(value)
    kinds = {name: element_type_of([value for value in found if value is not None]) for name, found in values.items()}
    return {name: Axis(*_KINDS.get(str(kind), _KINDS["string"])) for name, kind in kinds.items()}


def row_of(
    trial: FrozenTrial,
    axes: Axes,
    plain: Mapping[str, str],
    texts: Container[str],
    scrubber: Scrubber,
    *,
    maximised: bool,
) -> dict[str, Any]:
    """The row of an ended trial; its number is left out.

    Args:
        trial: The trial.
        axes: Searched axes.
        plain: Names of parameters in the record, by those in the study.
        texts: Axes whose values are of several types and become texts.
        scrubber: Takes private texts out.
        maximised: Whether the study maximises.
    """
    point = {plain[name]: value for name, value in point_of(trial).items()}
    values: dict[str, Any] = {}
    for name, axis in axes.items():
        value = as_text(point[name]) if name in texts and name in point else point.get(name)
        value = scrubber.value(value) if axis.kind in ("categorical", "ordered") else value
        values[name] = as_column(axis.column, value_from_json(axis.kind, value))
    about = trial.user_attrs
    status, loss, message = _outcome(trial, maximised=maximised)
    started, walltime = _time(trial)
    parents = about.get("parents")
    return {
        **values,
        "origin": about.get("origin") if about.get("origin") in _ORIGINS else None,
        "status": status.value,
        "val_loss": loss,
        **{name: real(about.get(name)) for name in METRICS},
        **{name: whole(about.get(name)) for name in _WHOLE},
        "started": started,
        "walltime": walltime,
        "parents": parents if isinstance(parents, str) and parents.replace(";", "").isdecimal() else "",
        "message": scrubber.text(message),
    }


def _outcome(trial: FrozenTrial, *, maximised: bool) -> tuple[Status, float | None, str]:
    """Status, loss and message of an ended trial. A dead network is one only where the user attributes say so."""
    told = trial.user_attrs.get("status")
    text = trial.user_attrs.get("message")
    message = text if isinstance(text, str) else ""
    if trial.state.name == "COMPLETE" and trial.value is not None:
        if not math.isfinite(trial.value):
            return Status.INVALID, None, message or f"the study gives {trial.value} as value"
        loss = 0.0 - trial.value if maximised else trial.value
        return (Status.DEGENERATE if told == Status.DEGENERATE.value else Status.OK), loss, message
    if trial.state.name == "PRUNED":
        steps = trial.intermediate_values
        reached = f" at step {max(steps)}, where it had {steps[max(steps)]}" if steps else ""
        return Status.KILLED, None, message or f"pruned{reached}"
    return (Status(told) if told in _WITHOUT_LOSS else Status.FAILED), None, message or "the trial failed"


def _time(trial: FrozenTrial) -> tuple[str | None, float | None]:
    """When a trial started, where its time has a zone, and how many seconds it took."""
    begun, ended, about = trial.datetime_start, trial.datetime_complete, trial.user_attrs
    walltime = real(about.get("walltime"))
    if about.get("times_known") is False:
        return None, walltime
    if walltime is None and begun is not None and ended is not None and "times_known" not in about:
        seconds = (ended - begun).total_seconds()
        walltime = seconds if seconds >= 0 else None
    return utc_of(begun), walltime


def utc_of(moment: datetime | None) -> str | None:
    if moment is None or moment.tzinfo is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def real(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
