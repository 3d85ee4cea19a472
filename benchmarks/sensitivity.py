"""What each setting of the GA is worth: the default with one of them changed, against the default; prints CSV.

The problems, budgets and seeds are those of benchmarks/search_quality.py. Where a setting cannot change alone, since
another contradicts it or the budget would, those change with it and are named. Example:

    .venv/bin/python benchmarks/sensitivity.py --budget 40 --seeds 20 --rows rows.csv --out ga_settings.csv

STREAM only draws other random numbers: its difference says how much of the others is chance. BASELINE_BREEDS is
missing, since these problems have no default hyperparameters.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from methods import BUDGETS
from problems import problems
from search_quality import measure_all, read_rows, write_rows
from summary import ALL, REFERENCE, summary

COLUMNS: Final = (
    "budget", "setting", "changed", "seeds", "regret", "low", "high", "difference", "difference_low",
    "difference_high", "wins",
)  # fmt: skip
"""``difference``: mean regret with the change less that of the default, paired by problem and seed, with its interval;
``wins``: share of pairs in which the default is better, ties counting half."""

NO_LEADERS: Final = "LEADERS=0,REPLICATES=0,CONFIRMATIONS=0"

CHANGES: Final = (
    "HONOUR_LOG_SCALE=false",
    NO_LEADERS,
    "GA_STRATEGY=steady_state",
    "BROOD=0",
    "BROOD=100",
    "BROOD=4000",
    "MUT_PROB=0.5,CX_PROB=0.5",
    "MUT_PROB=1,CX_PROB=0",
    "CX_PROB=0.8,MUT_PROB=0.2",
    "MUT_INDPB=0.2",
    "MUT_INDPB=1",
    "CX_INDPB=0.2",
    "CX_INDPB=0.8",
    "TOURNSIZE=2,ELITES=0",
    "TOURNSIZE=8,ELITES=0",
    "PARENTS=2",
    "PARENTS=8",
    "PARENTS=16",
    "ELITES=0",
    "ELITES=1",
    "BOUNDS=clamp",
    "DUPLICATES=reuse",
    "INITIAL=uniform",
    "FAILED_BREED=true",
    "STREAM=single",
)
"""At every budget."""

OF_A_BUDGET: Final[Mapping[int, Sequence[str]]] = {
    40: (
        "GA_STRATEGY=simple,POPULATION_SIZE=10",
        "POPULATION_SIZE=8,OFFSPRING_PROPORTION=1,NUM_ITERATIONS=5",
        "OFFSPRING_PROPORTION=0.25,NUM_ITERATIONS=7",
        "OFFSPRING_PROPORTION=1.5,NUM_ITERATIONS=2",
        "LEADERS=3,REPLICATES=1,CONFIRMATIONS=3",
        "WINDOW=4,GA_STRATEGY=steady_state",
    ),
    440: (
        "GA_STRATEGY=simple,POPULATION_SIZE=44",
        "POPULATION_SIZE=40,OFFSPRING_PROPORTION=1,NUM_ITERATIONS=11",
        "OFFSPRING_PROPORTION=0.25,NUM_ITERATIONS=19",
        "OFFSPRING_PROPORTION=1.5,NUM_ITERATIONS=4",
        "LEADERS=8,REPLICATES=3,CONFIRMATIONS=5",
        "WINDOW=8,GA_STRATEGY=steady_state",
    ),
}
"""What keeps the budget, or makes sense there only."""


def changes(budget: int) -> list[str]:
    """What is changed at ``budget``: ``NAME=VALUE,…``, of which the first is meant and the others must follow."""
    return [*CHANGES, *OF_A_BUDGET.get(budget, ())]


def lines(rows: Sequence[Mapping[str, str]]) -> Iterator[dict[str, Any]]:
    """Lines with :data:`COLUMNS` from the rows of searches, the default first."""
    for line in summary(rows):
        if line["problem"] == ALL and line["evaluations"] == line["budget"]:
            setting = line["method"].partition("=")[0]
            own = {"setting": setting, "changed": line["method"]} if setting != REFERENCE else {"setting": REFERENCE}
            yield {name: value for name, value in {**line, **own}.items() if name in COLUMNS}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--budget", type=int, action="append", choices=BUDGETS, help="may be repeated (default: 40)")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--change", action="append", metavar="NAME=VALUE,…", help="may be repeated (default: all)")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--rows", type=Path, help="keep the rows of all searches in this file")
    parser.add_argument("--summary", type=Path, nargs="+", metavar="FILE", help="sum up such files instead")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    if options.summary:
        write_rows(list(lines(read_rows(options.summary))), COLUMNS, options.out)
        return
    tasks = [
        (method, problem.name, budget, seed)
        for budget in options.budget or [40]
        for method in [REFERENCE, *(options.change or changes(budget))]
        for problem in problems()
        for seed in range(options.first_seed, options.first_seed + options.seeds)
    ]
    rows = measure_all(tasks, archive=None, workers=options.workers)
    if options.rows:
        write_rows(rows, list(rows[0]), options.rows)
    write_rows(list(lines([{key: str(value) for key, value in row.items()} for row in rows])), COLUMNS, options.out)


if __name__ == "__main__":
    main()
