"""How good searches are at equal budgets: ours, random draws, Optuna's samplers, differential evolution; prints CSV.

Every search gets the same problems (benchmarks/problems.py, or with --archive the surrogates of recorded runs, see
benchmarks/surrogates.py), budgets and seeds. A row is the regret of the point that a search calls best after a number
of evaluations. Example:

    .venv/bin/python benchmarks/search_quality.py --budget 40 --seeds 50 --out rows.csv
    .venv/bin/python benchmarks/search_quality.py --summary rows.csv

Optuna and cmaes come with the extra `compare`. --summary prints means, intervals and win rates of such rows instead;
benchmarks/results/README.md says which rows became the tables there.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

from methods import METHODS, Chosen, known_method, method_of
from problems import Problem, problems
from summary import COLUMNS, summary
from surrogates import landscapes

Task = tuple[str, str, int, int]
"""Method, problem, budget and seed."""

FUNCTIONS = "functions"
SURROGATES = "surrogates"


def suite(archive: Path | None) -> Sequence[Problem]:
    """The functions, or the surrogates of ``archive``."""
    return tuple(problems()) if archive is None else landscapes(archive)


def marks(budget: int) -> list[int]:
    """Evaluations after which regret is written down: powers of two, and all."""
    return sorted({*(2**k for k in range(budget.bit_length()) if 2**k < budget), budget})


def regrets(search: Chosen, problem: Problem, budget: int, seed: int) -> list[float]:
    """Normalised regret after each evaluation; that of a dead network while every one was dead."""
    nothing = (problem.dead_loss - problem.optimum) / problem.unit
    return [nothing if point is None else problem.regret(point) for point in search(problem, budget, seed)]


def measured(task: Task, *, archive: Path | None) -> list[dict[str, Any]]:
    """The rows of one search."""
    method, name, budget, seed = task
    problem = next(problem for problem in suite(archive) if problem.name == name)
    values = regrets(method_of(method), problem, budget, seed)
    return [
        {"suite": FUNCTIONS if archive is None else SURROGATES, "budget": budget, "method": method, "problem": name,
         "seed": seed, "evaluations": mark, "regret": f"{values[mark - 1]:.6g}"}
        for mark in marks(budget)
    ]  # fmt: skip


def measure_all(tasks: Sequence[Task], *, archive: Path | None, workers: int) -> list[dict[str, Any]]:
    """The rows of all ``tasks``, in their order; how far it is goes to standard error."""
    rows: list[dict[str, Any]] = []
    one = partial(measured, archive=archive)
    suite(archive)  # Before the processes fork, so that they share it.
    with ExitStack() as stack:
        parts = (
            map(one, tasks)
            if workers == 1
            else stack.enter_context(ProcessPoolExecutor(workers)).map(one, tasks, chunksize=4)
        )
        for done, part in enumerate(parts, start=1):
            rows += part
            if done % 100 == 0:
                print(f"{done}/{len(tasks)}", file=sys.stderr, flush=True)
    return rows


def read_rows(paths: Iterable[Path]) -> list[dict[str, str]]:
    """The rows of files of this program."""
    rows = []
    for path in paths:
        with path.open(encoding="utf-8", newline="") as stream:
            # Rows written before there were surrogates do not name their suite.
            rows += [{"suite": FUNCTIONS, **row} for row in csv.DictReader(stream)]
    return rows


def write_rows(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], out: Path | None) -> None:
    """Write ``rows`` to ``out``, or print them."""
    stream = sys.stdout if out is None else out.open("w", newline="", encoding="utf-8")
    writer = csv.DictWriter(stream, fieldnames=columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    if out is not None:
        stream.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--budget", type=int, action="append", help="8, 40, 440 or 4400; may be repeated (default: 40)")
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument(
        "--method",
        action="append",
        type=known_method,
        help=f"{', '.join(METHODS)}, or a setting of the GA that "
        "differs from the default, for example BROOD=0; may be repeated (default: all but settings)",
    )
    parser.add_argument("--problem", action="append", help="may be repeated (default: all)")
    parser.add_argument("--archive", type=Path, help="folder of records, for surrogates instead of functions")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--out", type=Path)
    parser.add_argument("--summary", type=Path, nargs="+", metavar="FILE", help="sum up the rows of these files")
    options = parser.parse_args()
    if options.summary:
        write_rows(list(summary(read_rows(options.summary))), COLUMNS, options.out)
        return
    tasks = [
        (method, problem.name, budget, seed)
        for budget in options.budget or [40]
        for method in options.method or METHODS
        for problem in suite(options.archive)
        if not options.problem or problem.name in options.problem
        for seed in range(options.first_seed, options.first_seed + options.seeds)
    ]
    if not tasks:
        parser.error("nothing to measure: no such problem, or no record of the archive has a good enough surrogate")
    rows = measure_all(tasks, archive=options.archive, workers=options.workers)
    write_rows(rows, list(rows[0]), options.out)


if __name__ == "__main__":
    main()
