"""How good searches are at equal budgets: ours, random draws, Optuna's samplers, differential evolution; prints CSV.

Every search gets the same problems (benchmarks/problems.py), budgets and seeds, and no default hyperparameters to
start from. A row is the regret of the point that a search calls best after a number of evaluations. Example:

    .venv/bin/python benchmarks/search_quality.py --budget 40 --seeds 50 --out search_quality.csv

Optuna and cmaes come with the extra `compare`. With --summary FILE the rows of FILE are summed up instead.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import os
import random
import sys
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from statistics import fmean
from typing import Any, Final

os.environ.setdefault("OMP_NUM_THREADS", "1")

from problems import DEAD, Problem, problems

from hpo.evaluation import Hyperparameters, Outcome, Status
from hpo.search import make_search
from hpo.sizes import SIZES, Size
from hpo.space import Axis

BUDGETS: Final = {8: SIZES["SMALL"], 40: SIZES["MEDIUM"], 440: SIZES["LARGE"]}
RESAMPLES: Final = 2000
REFERENCE: Final = "default"

Chosen = Callable[[Problem, int, int], list[Hyperparameters | None]]
"""Of a problem, budget and seed: after each evaluation the point that the search would call best, if any."""


class Best:
    """The best point so far by what was measured."""

    def __init__(self) -> None:
        self._loss = float("inf")
        self._point: Hyperparameters | None = None
        self.history: list[Hyperparameters | None] = []

    def book(self, point: Hyperparameters, outcome: Outcome) -> None:
        """Take note of an evaluation."""
        if outcome.status is Status.OK and outcome.loss is not None and outcome.loss < self._loss:
            self._loss, self._point = outcome.loss, dict(point)
        self.history.append(self._point)


def ours(strategy: str = "ga", preset: str = "default", **settings: Any) -> Chosen:
    """A search of this package."""

    def run(problem: Problem, budget: int, seed: int) -> list[Hyperparameters | None]:
        size = BUDGETS.get(budget, Size("own", budget, 1))
        search = make_search(problem.space, strategy=strategy, size=size, seed=seed, preset=preset, settings=settings)
        best = Best()
        while (candidate := search.ask()) is not None:
            outcome = problem.measure(candidate.hyperparameters, candidate.seed)
            best.book(candidate.hyperparameters, outcome)
            search.tell(candidate.evaluation, outcome)
        # Repeats that were answered from memory spend budget in the published searches.
        best.history += [best.history[-1]] * (budget - len(best.history))
        return best.history

    return run


def optuna(make_sampler: Callable[[Any, int], Any]) -> Chosen:
    """A sampler of Optuna, one evaluation after the other; a dead network is told with its loss."""

    def run(problem: Problem, budget: int, seed: int) -> list[Hyperparameters | None]:
        import optuna as package

        package.logging.set_verbosity(package.logging.ERROR)
        warnings.simplefilter("ignore")
        study = package.create_study(sampler=make_sampler(package, seed))
        best = Best()
        for number in range(budget):
            trial = study.ask()
            point = {axis.name: _suggested(trial, axis) for axis in problem.space.axes}
            outcome = problem.measure(point, random.Random(f"{seed}/{number}").getrandbits(31))
            best.book(point, outcome)
            study.tell(trial, outcome.loss)
        return best.history

    return run


def _suggested(trial: Any, axis: Axis) -> Any:
    if axis.kind in ("float", "int"):
        suggest = trial.suggest_float if axis.kind == "float" else trial.suggest_int
        return suggest(axis.name, axis.lower, axis.upper, log=axis.log_scale)  # type: ignore[attr-defined]
    if axis.kind == "ordered":
        return axis.values[trial.suggest_int(axis.name, 0, len(axis.values) - 1)]  # type: ignore[attr-defined]
    values = [False, True] if axis.kind == "logical" else list(axis.values)  # type: ignore[attr-defined]
    return trial.suggest_categorical(axis.name, values)


def differential_evolution(problem: Problem, budget: int, seed: int) -> list[Hyperparameters | None]:
    """SciPy's differential evolution over the places of the axes, stopped at the budget."""
    import numpy as np
    from scipy.optimize import differential_evolution as minimise

    best = Best()

    class Spent(Exception):
        """The budget is used up."""

    def loss(places: Any) -> float:
        if len(best.history) >= budget:
            raise Spent
        point = problem.space.from_unit(tuple(float(place) for place in np.clip(places, 0.0, 1.0)))
        outcome = problem.measure(point, random.Random(f"{seed}/{len(best.history)}").getrandbits(31))
        best.book(point, outcome)
        return DEAD if outcome.loss is None else outcome.loss

    axes = len(problem.space.axes)
    members = max(2, round(min(budget / 4, 10 * axes) / axes))
    with contextlib.suppress(Spent):
        minimise(loss, [(0.0, 1.0)] * axes, popsize=members, maxiter=100_000, tol=0.0, polish=False, rng=seed)
    best.history += [best.history[-1]] * (budget - len(best.history))
    return best.history


METHODS: Final[Mapping[str, Chosen]] = {
    "default": ours(),
    "no-brood": ours(BROOD=0),
    "steady-state": ours(GA_STRATEGY="steady_state"),
    "supervisor": ours(preset="supervisor"),
    "random": ours("random"),
    "tpe": optuna(lambda package, seed: package.samplers.TPESampler(seed=seed, multivariate=True)),
    "tpe-univariate": optuna(lambda package, seed: package.samplers.TPESampler(seed=seed, multivariate=False)),
    "cmaes": optuna(lambda package, seed: package.samplers.CmaEsSampler(seed=seed)),
    "differential-evolution": differential_evolution,
}


def regrets(method: str, problem: Problem, budget: int, seed: int) -> list[float]:
    """Normalised regret after each evaluation; that of a dead network while every one was dead."""
    return [
        (DEAD - problem.optimum) / problem.unit if point is None else problem.regret(point)
        for point in METHODS[method](problem, budget, seed)
    ]


def _one(task: tuple[str, str, int, int]) -> list[dict[str, Any]]:
    method, name, budget, seed = task
    problem = next(problem for problem in problems() if problem.name == name)
    values = regrets(method, problem, budget, seed)
    marks = sorted({*(2**k for k in range(20) if 2**k < budget), budget})
    return [
        {"budget": budget, "method": method, "problem": name, "seed": seed, "evaluations": mark,
         "regret": f"{values[mark - 1]:.6g}"}
        for mark in marks
    ]  # fmt: skip


def summary(rows: Sequence[Mapping[str, str]]) -> Iterator[dict[str, Any]]:
    """Per budget and method: mean regret, and how much less the default preset has, paired by problem and seed.

    ``difference`` is the mean of (method - default) over all problems and seeds, with a 95 % bootstrap interval over
    seeds; ``wins`` is the share of problems and seeds in which the default has the lower regret (ties count half).
    """
    import numpy as np

    final: dict[int, dict[str, dict[tuple[str, int], float]]] = defaultdict(lambda: defaultdict(dict))
    for row in rows:
        if row["evaluations"] == row["budget"]:
            key = (row["problem"], int(row["seed"]))
            final[int(row["budget"])][row["method"]][key] = float(row["regret"])
    for budget, methods in sorted(final.items()):
        reference = methods[REFERENCE]
        for method, found in methods.items():
            pairs = [(found[key], reference[key], key[1]) for key in found if key in reference]
            seeds = sorted({seed for _, _, seed in pairs})
            by_seed = np.array([fmean(a - b for a, b, own in pairs if own == seed) for seed in seeds])
            draws = np.random.RandomState(0).randint(0, len(seeds), (RESAMPLES, len(seeds)))
            low, high = np.percentile(by_seed[draws].mean(axis=1), [2.5, 97.5])
            wins = fmean(1.0 if b < a else 0.5 if a == b else 0.0 for a, b, _ in pairs)
            yield {
                "budget": budget, "method": method, "seeds": len(seeds), "regret": f"{fmean(found.values()):.4f}",
                "difference": f"{by_seed.mean():.4f}", "low": f"{low:.4f}", "high": f"{high:.4f}",
                "wins": f"{wins:.3f}",
                **{f"regret_{name}": f"{fmean(v for k, v in found.items() if k[0] == name):.4f}"
                   for name in dict.fromkeys(key[0] for key in found)},
            }  # fmt: skip


def _print(rows: Sequence[Mapping[str, Any]], out: Path | None) -> None:
    stream = sys.stdout if out is None else out.open("w", newline="", encoding="utf-8")
    writer = csv.DictWriter(stream, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    if out is not None:
        stream.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--budget", type=int, action="append", help="8, 40 or 440; may be repeated (default: 40)")
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--method", action="append", choices=METHODS, help="may be repeated (default: all)")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--out", type=Path)
    parser.add_argument("--summary", type=Path, nargs="+", metavar="FILE", help="sum up rows of these files")
    options = parser.parse_args()
    if options.summary:
        found = [row for path in options.summary for row in csv.DictReader(path.open(encoding="utf-8"))]
        _print(list(summary(found)), options.out)
        return
    tasks = [
        (method, problem.name, budget, seed)
        for budget in options.budget or [40]
        for method in options.method or METHODS
        for problem in problems()
        for seed in range(options.seeds)
    ]
    rows: list[dict[str, Any]] = []
    with ProcessPoolExecutor(options.workers) as pool:
        for done, part in enumerate(pool.map(_one, tasks, chunksize=4), start=1):
            rows += part
            if done % 100 == 0:
                print(f"{done}/{len(tasks)}", file=sys.stderr, flush=True)
    _print(rows, options.out)


if __name__ == "__main__":
    main()
