"""Records of searches as Supervisor would have left them, with a seed that the tests know."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from hpo.archive.record import Record, make_record
from hpo.archive.tables import axis_types, evaluations_table
from hpo.evaluation import Candidate
from hpo.search import make_search
from hpo.sizes import Size
from hpo.space import Space
from tests.archive.builders import improve_run_info
from tests.search.problems import MIXED, drive, loss_of, mixed_space, ok

POPULATION, GENERATIONS = 6, 4


def published_candidates(seed: int, space: Space | None = None) -> list[Candidate]:
    """Every candidate of the search of ``seed``; losses are those of ``tests.search.problems.loss_of``."""
    search = make_search(
        space or mixed_space(),
        strategy="ga",
        size=Size("replay", POPULATION, GENERATIONS),
        seed=seed,
        preset="supervisor",
        settings={"DUPLICATES": "retrain"},
    )
    return drive(search, lambda candidate: ok(loss_of(candidate.hyperparameters)))


def published_record(
    seed: int,
    *,
    model: str = "IGTD",
    space: Space | None = None,
    stored_space: Space | None = None,
    without: Collection[str] = (),
    losses: Mapping[int, float] | None = None,
    rows: Collection[int] | None = None,
    changes: Mapping[int, Mapping[str, Any]] | None = None,
) -> Record:
    """The import of that search.

    Args:
        seed: Seed of the search.
        model: Model of the record.
        space: Space of the search.
        stored_space: Space in the record, where it is another.
        without: Axes that are not recorded.
        losses: Losses recorded otherwise than they were.
        rows: Evaluations that are recorded; all by default.
        changes: Cells recorded otherwise than they were.
    """
    searched = space or mixed_space()
    table = []
    for candidate in published_candidates(seed, searched):
        number = candidate.evaluation
        if rows is not None and number not in rows:
            continue
        loss = (losses or {}).get(number, loss_of(candidate.hyperparameters))
        row = {name: value for name, value in candidate.hyperparameters.items() if name not in without}
        row |= {"evaluation": number, "generation": candidate.generation, "status": "ok", "val_loss": loss}
        table.append(row | dict((changes or {}).get(number, {})))
    run = improve_run_info(
        model, size="tiny", population=POPULATION, generations=GENERATIONS, unrecorded=sorted(without)
    )
    return make_record(run, stored_space or searched, evaluations_table(table, axis_types(searched)))


OTHER_SPACE = Space.from_json([{**item, "upper": 1e-5} if item["name"] == "rate" else item for item in MIXED])
"""The mixed space with a narrower learning rate."""
