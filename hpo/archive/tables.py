"""Tables of evaluations and generations: their columns, each with its type.

===========================================  =================================================
columns                                      type
===========================================  =================================================
whole numbers (``generation``, ``seed``, …)  ``Int64``, ``<NA>`` if unknown
losses, metrics, ``walltime``, float axes    ``float64``, NaN if unknown
text, ``status``, categorical axes           ``string``; ``message``, ``parents``: empty if none
logical axes                                 ``boolean``
===========================================  =================================================
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from hpo.errors import BadData
from hpo.evaluation import EVALUATION_COLUMNS_AFTER, EVALUATION_COLUMNS_BEFORE, METRICS, Evaluation

if TYPE_CHECKING:
    from pandas import DataFrame

    from hpo.space import Space

WHOLE: Final = "Int64"
REAL: Final = "float64"
TEXT: Final = "string"
LOGICAL: Final = "boolean"

RECOVERED: Final = "recovered"
"""Column of imports only: axes whose value in the row was recovered from another file, joined by ``;``."""

_EVALUATION_TYPES: Final = {
    "evaluation": WHOLE,
    "generation": WHOLE,
    "origin": TEXT,
    "status": TEXT,
    "val_loss": REAL,
    **dict.fromkeys(METRICS, REAL),
    "epochs_run": WHOLE,
    "best_epoch": WHOLE,
    "seed": WHOLE,
    "worker": WHOLE,
    "started": TEXT,
    "walltime": REAL,
    "parents": TEXT,
    "message": TEXT,
    RECOVERED: TEXT,
}
_NEVER_MISSING: Final = ("parents", "message", RECOVERED)

GENERATION_COLUMNS: Final = {
    "generation": WHOLE,
    "evaluations": WHOLE,
    "failed": WHOLE,
    "degenerate": WHOLE,
    "min": REAL,
    "mean": REAL,
    "std": REAL,
    "max": REAL,
    "best_so_far": REAL,
    "finished": TEXT,
}
"""Columns of ``generations.csv``. The four statistics are of the losses with status ``ok``; the baseline counts for
``best_so_far`` only."""

LOG_COLUMNS: Final = {
    "log_evaluations": WHOLE,
    "log_mean": REAL,
    "log_std": REAL,
    "log_min": REAL,
    "log_max": REAL,
    "log_time": REAL,
}
"""Further columns of imports: the lines of DEAP's log as printed, ``log_time`` in seconds since 1970 UTC. After
generation 0 they describe the selected population, not the evaluations of that generation."""


def axis_types(space: Space | None) -> dict[str, str]:
    """Type of the column of every searched axis of ``space``, in its order."""
    if space is None:
        return {}
    return {axis.name: _axis_type(axis) for axis in space.axes}


def evaluation_types(axes: Mapping[str, str], *, recovered: bool = False) -> dict[str, str]:
    """Columns of ``evaluations.csv`` in their order, each with its type."""
    names = (*EVALUATION_COLUMNS_BEFORE, *axes, *EVALUATION_COLUMNS_AFTER, *((RECOVERED,) if recovered else ()))
    return {name: axes[name] if name in axes else _EVALUATION_TYPES[name] for name in names}


def axis_columns(columns: Sequence[str]) -> tuple[str, ...]:
    """The hyperparameters among the columns of ``evaluations.csv``.

    Raises:
        BadData: The columns before or after them are not those of the format.
    """
    after = (*EVALUATION_COLUMNS_AFTER, RECOVERED) if RECOVERED in columns else EVALUATION_COLUMNS_AFTER
    first, last = len(EVALUATION_COLUMNS_BEFORE), len(columns) - len(after)
    if tuple(columns[:first]) != EVALUATION_COLUMNS_BEFORE or tuple(columns[last:]) != after or last < first:
        raise BadData(
            f"columns must be {','.join(EVALUATION_COLUMNS_BEFORE)},<hyperparameters>,{','.join(after)}, "
            f"got {','.join(columns)!r:.300}"
        )
    return tuple(columns[first:last])


def evaluations_table(
    rows: Iterable[Mapping[str, Any]], axes: Mapping[str, str], *, recovered: bool = False
) -> DataFrame:
    """A table of evaluations from ``rows``, dictionaries by column; what a row leaves out is unknown.

    Args:
        rows: Values by name of column.
        axes: Type by name of axis, see :func:`axis_types`.
        recovered: Whether the table has the column ``recovered``.
    """
    rows = list(rows)
    types = evaluation_types(axes, recovered=recovered)
    return typed_table({name: [row.get(name) for row in rows] for name in types}, types)


def table_of(evaluations: Sequence[Evaluation], axes: Mapping[str, str]) -> DataFrame:
    """A table of finished evaluations, sorted by number."""
    ordered = sorted(evaluations, key=lambda evaluation: evaluation.candidate.evaluation)
    return evaluations_table((_row(evaluation) for evaluation in ordered), axes)


def typed_table(columns: Mapping[str, Sequence[Any]], types: Mapping[str, str]) -> DataFrame:
    """A table of ``columns`` in the types given; ``None`` is what is unknown."""
    import pandas as pd

    frame = pd.DataFrame({name: pd.Series(list(columns[name]), dtype=types[name]) for name in types})
    return filled(frame)


def filled(frame: DataFrame) -> DataFrame:
    """``frame`` with empty text in the columns that are never unknown."""
    for name in _NEVER_MISSING:
        if name in frame:
            frame[name] = frame[name].fillna("")
    return frame


def _row(evaluation: Evaluation) -> dict[str, Any]:
    candidate, outcome = evaluation.candidate, evaluation.outcome
    return {
        **candidate.hyperparameters,
        "evaluation": candidate.evaluation,
        "generation": candidate.generation,
        "origin": candidate.origin.value,
        "status": outcome.status.value,
        "val_loss": outcome.loss,
        **outcome.metrics,
        "epochs_run": outcome.epochs_run,
        "best_epoch": outcome.best_epoch,
        "seed": candidate.seed,
        "worker": evaluation.worker,
        "started": evaluation.started,
        "walltime": evaluation.walltime,
        "parents": ";".join(str(parent) for parent in candidate.parents),
        "message": outcome.message,
    }


def _axis_type(axis: Any) -> str:
    by_kind = {"float": REAL, "int": WHOLE, "logical": LOGICAL}
    return by_kind.get(axis.kind) or _common_type(axis.values)


def _common_type(values: Iterable[Any]) -> str:
    kinds = {type(value) for value in values}
    if kinds == {bool}:
        return LOGICAL
    if kinds == {int}:
        return WHOLE
    return REAL if kinds and kinds <= {int, float} else TEXT
