"""Published searches again: with the seed of the run, its space and its losses, the same candidates come out.

Supervisor drew the seed below 1,000,000 and recorded it nowhere; the seeds here are the only ones whose first
draw is the first individual of the published table.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from hpo.evaluation import Candidate, Outcome
from hpo.search import make_search
from hpo.sizes import size_named
from hpo.space import Space, read_space
from tests.search.problems import drive, ok
from tests.shared_data import improve_hall_of_fame

RUNS = {
    "LGBM/CCLE/SMALL": 355516,
    "LGBM/CCLE/MEDIUM": 699097,
    "LGBM/CCLE/LARGE": 568119,
    "IGTD/CCLE/SMALL": 759773,
    "PathDSP/CCLE/MEDIUM": 676504,
    "HiDRA/CCLE/MEDIUM": 199017,
}


def space_in(folder: Path) -> Space:
    [path] = (path for path in folder.glob("*.json") if path.read_text().lstrip().startswith("["))
    return read_space(path)


def table_in(folder: Path) -> list[dict[str, str]]:
    with (folder / "hpo.csv").open(newline="") as stream:
        return sorted(csv.DictReader(stream), key=lambda row: (row["iteration"], row["sample"]))


@pytest.mark.shared_data
@pytest.mark.parametrize("run", RUNS)
def test_all_rows_of_a_published_run(run: str) -> None:
    folder = improve_hall_of_fame() / "HallOfFame" / run
    space, rows = space_in(folder), table_in(folder)
    recorded = [name for name in space.names if name in rows[0]]

    def published(candidate: Candidate) -> Outcome:
        return ok(float(rows[candidate.evaluation]["result"]))

    def as_rows(candidates: list[Candidate]) -> list[dict[str, Any]]:
        return [{name: candidate.hyperparameters[name] for name in recorded} for candidate in candidates]

    search = make_search(
        space,
        strategy="ga",
        size=size_named(folder.name),
        seed=RUNS[run],
        preset="supervisor",
        settings={"DUPLICATES": "retrain"},
    )
    candidates = drive(search, published)
    assert as_rows(candidates) == [{name: space.parse(name, row[name]) for name in recorded} for row in rows]
    assert [candidate.generation for candidate in candidates] == [int(row["iteration"]) - 1 for row in rows]
