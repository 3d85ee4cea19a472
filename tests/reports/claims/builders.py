"""Records with chosen losses, and the scope of a rule over them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hpo.archive.record import Record, make_record
from hpo.archive.tables import axis_types, evaluations_table
from hpo.space import Space
from reports.analysis.claims.scope import Runs, Scope, archives, scope
from tests.archive.builders import improve_run_info

SPACE = [
    {"name": "learning_rate", "type": "float", "lower": 0.0, "upper": 1.0, "sigma": 0.1},
    {"name": "batch_size", "type": "ordered", "element_type": "int", "values": [16, 32, 64], "sigma": 1},
]


def record_of(
    generations: Sequence[Sequence[float]],
    model: str = "IGTD",
    dataset: str = "gCSI",
    size: str = "MEDIUM",
    *,
    points: Sequence[tuple[float, int]] = (),
    **changes: Any,
) -> Record:
    """A record as imports make them, with these losses by generation, each at a point of its own or at ``points``."""
    space = Space.from_json(SPACE)
    losses = [(number, loss) for number, members in enumerate(generations) for loss in members]
    rows = []
    for evaluation, (generation, loss) in enumerate(losses):
        rate, batch = points[evaluation] if points else ((evaluation + 1) / (len(losses) + 1), 32)
        rows.append(
            {
                "learning_rate": rate,
                "batch_size": batch,
                "evaluation": evaluation,
                "generation": generation,
                "status": "ok",
                "val_loss": loss,
            }
        )
    run = improve_run_info(model, dataset, size, **changes)
    run = run.model_copy(update={"counts": run.counts.model_copy(update={"planned": len(rows)})})
    return make_record(run, space, evaluations_table(rows, axis_types(space)))


def noisy(share: float, model: str = "IGTD", dataset: str = "CCLE", size: str = "LARGE", **changes: Any) -> Record:
    """A record whose repeats differ by about ``share``: six points, trained three times each."""
    losses = [1.0 - share, 1.0, 1.0 + share] * 6
    points = [(0.1 + 0.1 * (number // 3), 32) for number in range(len(losses))]
    return record_of([losses], model, dataset, size, points=points, **changes)


def over(*records: Record, **asked: Any) -> Scope:
    """The scope of a rule over ``records``; ``asked`` selects some of them."""
    return scope(archives(records), Runs(**asked))
