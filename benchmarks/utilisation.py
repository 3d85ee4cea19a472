"""How busy the workers of a search are: generations against steady state against what any schedule could reach; CSV.

Simulates workers that take the next candidate the moment they are free, with evaluations that take as long as
published ones did: a search of the size is given walltimes drawn from those of a source, the same for every strategy.
Which results a candidate has to wait for is found out from the real search objects. Candidates, results and the
network take no time here; ``benchmarks/dispatch.py`` measures what the manager takes.

Measured is the search proper. With --leaders a search trains its leaders again at its end, as the default preset does:
two rounds that wait for everything before them, each as long as a training, whatever the number of workers.

Sources are the runs of an archive with at least 40 known walltimes (``cross-hpo hof import``); without one, lognormal
distributions with the standard deviations of ln(seconds) given as --sigmas. Columns:

  strategy, window   generations, steady_state with its WINDOW, or random, which waits for nothing
  utilisation        median over the sources of total work / (workers x makespan)
  of_bound           median of the shortest conceivable makespan, max(total work / workers, longest evaluation),
                     divided by the makespan: 1 needs walltimes that are known beforehand
  of_reachable       median of the makespan without any waiting for results, divided by the makespan: 1 is what any
                     schedule reaches that hands out evaluations without knowing how long they take
  least_of_reachable the least of these

Examples:

    .venv/bin/python benchmarks/utilisation.py --archive build/hof
    .venv/bin/python benchmarks/utilisation.py --sizes LARGE --workers 8 40 --sigmas 0.3 1.0
"""

from __future__ import annotations

import argparse
import csv
import heapq
import random
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from statistics import median

from hpo.evaluation import Outcome, Status, Value
from hpo.search import make_search
from hpo.search.catalogue import LEAST_WINDOW
from hpo.sizes import SIZES, Size
from hpo.space import Space

SPACE = Space.from_json([{"name": f"x{i}", "type": "float", "lower": 0.0, "upper": 1.0} for i in range(4)])
WORKERS = (4, 8, 16, 40, 80, 100, 200, 400, 800)
WINDOWS = (2, 4, 8)
LEAST = 40
"""Walltimes that a run must have to be a source."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--archive", type=Path, help="archive whose walltimes are used")
    parser.add_argument("--sigmas", type=float, nargs="+", default=(0.25, 0.5, 1.0), help="without an archive")
    parser.add_argument("--sizes", nargs="+", default=("LARGE", "XL"), choices=list(SIZES))
    parser.add_argument("--workers", type=int, nargs="+", default=WORKERS)
    parser.add_argument("--windows", type=int, nargs="+", default=WINDOWS, help="WINDOW, in multiples of the workers")
    parser.add_argument("--leaders", action="store_true", help="train leaders again at the end")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    sources = list(published(arguments.archive)) if arguments.archive else list(lognormal(arguments.sigmas))
    if not sources:
        sys.exit(f"{arguments.archive}: no run with {LEAST} known walltimes")
    print(f"{len(sources)} sources: {', '.join(name for name, _ in sources)}", file=sys.stderr)
    writer = csv.writer(sys.stdout, lineterminator="\n")
    columns = "size strategy workers window sources utilisation of_bound of_reachable least_of_reachable"
    writer.writerow(columns.split())
    for name in arguments.sizes:
        works = [drawn(walltimes, SIZES[name], arguments.seed) for _, walltimes in sources]
        for workers in arguments.workers:
            reachable = [makespan(work, [0] * len(work), workers) for work in works]
            for strategy, window in strategies(SIZES[name], workers, arguments.windows):
                made = [makespan(work, waits(name, strategy, window, arguments.leaders), workers) for work in works]
                row = measure(works, made, reachable, workers)
                writer.writerow((name, strategy, workers, window, len(works), *(f"{value:.3f}" for value in row)))
                sys.stdout.flush()


def strategies(size: Size, workers: int, factors: Sequence[int]) -> Iterator[tuple[str, int | None]]:
    """Strategy and window of what is compared: for steady state the default, and multiples of the workers."""
    yield "random", None
    yield "generations", None
    windows = {max(LEAST_WINDOW, size.offspring(0.5)), *(factor * workers for factor in factors)}
    yield from (("steady_state", window) for window in sorted(windows))


@cache
def waits(size: str, strategy: str, window: int | None, leaders: bool = False) -> Sequence[int]:
    """How many results, from the first on, each evaluation of a search has to wait for, as the real search says."""
    settings: dict[str, Value] = {} if leaders else {"CONFIRMATIONS": 0}
    settings |= {} if window is None else {"GA_STRATEGY": "steady_state", "WINDOW": window}
    kind = "random" if strategy == "random" else "ga"
    search = make_search(SPACE, strategy=kind, size=SIZES[size], seed=1, settings=settings)
    found: list[int] = []
    losses: list[float] = []
    for told in range(search.budget):
        while (candidate := search.ask()) is not None:
            assert candidate.evaluation == len(found)
            found.append(told)
            losses.append(sum((float(value) - 0.3) ** 2 for value in candidate.hyperparameters.values()))
        search.tell(told, Outcome(Status.OK, losses[told]))
    assert search.finished
    return found


def makespan(work: Sequence[float], needed: Sequence[int], workers: int) -> float:
    """When the last evaluation ends.

    Args:
        work: Seconds of each evaluation.
        needed: How many results, from the first on, it has to wait for; never fewer than the one before.
        workers: Evaluations at the same time.

    >>> makespan([3.0, 1.0, 1.0], [0, 0, 2], 2)
    4.0
    """
    now, known, asked = 0.0, 0, 0
    busy: list[tuple[float, int]] = []
    done = [False] * len(work)
    while True:
        while known < len(work) and done[known]:
            known += 1
        while asked < len(work) and len(busy) < workers and needed[asked] <= known:
            heapq.heappush(busy, (now + work[asked], asked))
            asked += 1
        if not busy:
            return now
        now, evaluation = heapq.heappop(busy)
        done[evaluation] = True


def measure(
    works: Sequence[Sequence[float]], made: Sequence[float], reachable: Sequence[float], workers: int
) -> tuple[float, float, float, float]:
    """Median utilisation, share of the bound, share of the reachable, and its least, over all sources."""
    used = [sum(work) / (workers * seconds) for work, seconds in zip(works, made, strict=True)]
    bounds = [max(sum(work) / workers, max(work)) / seconds for work, seconds in zip(works, made, strict=True)]
    shares = [best / seconds for best, seconds in zip(reachable, made, strict=True)]
    return median(used), median(bounds), median(shares), min(shares)


def drawn(walltimes: Sequence[float], size: Size, seed: int) -> list[float]:
    """A walltime for every evaluation of ``size``."""
    return random.Random(seed).choices(walltimes, k=size.evaluations(0.5, baseline=False))


def published(archive: Path) -> Iterator[tuple[str, list[float]]]:
    """Key and walltimes of every run that has enough of them."""
    from hpo.archive import HallOfFame

    table = HallOfFame(archive).evaluations()
    for key, rows in table.groupby(["model", "dataset", "size", "strategy", "run"], sort=True, observed=True):
        walltimes = [float(value) for value in rows["walltime"].dropna() if value > 0]
        if len(walltimes) >= LEAST:
            yield "/".join(map(str, key)), walltimes


def lognormal(sigmas: Sequence[float]) -> Iterator[tuple[str, list[float]]]:
    """Made-up sources: 1,000 times with a median of 600 s, whose logarithms have this standard deviation."""
    for sigma in sigmas:
        rng = random.Random(int(1000 * sigma))
        yield f"lognormal-{sigma:g}", [600 * rng.lognormvariate(0.0, sigma) for _ in range(1000)]


if __name__ == "__main__":
    main()
