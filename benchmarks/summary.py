"""What the rows of many searches come to: mean regret with intervals, and how the default preset compares.

Pairs have the same problem and seed, intervals are 95 % bootstrap intervals over seeds, so they say how sure the mean
over these problems is, and nothing of other problems.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

COLUMNS: Final = (
    "suite", "budget", "method", "problem", "evaluations", "seeds", "regret", "low", "high", "median",
    "difference", "difference_low", "difference_high", "wins", "pairs",
)  # fmt: skip
"""``regret`` with ``low`` and ``high``: mean and its interval; ``difference``: of the method and the default, paired;
``wins``: share of pairs in which the default has the lower regret, ties counting half; ``pairs``: seeds of both."""

REFERENCE: Final = "default"
ALL: Final = "all"
"""Stands for all problems of a suite: the mean over problems, seed by seed."""

TOGETHER: Final = "together"
"""The suite of all problems of all suites, of the methods and seeds that all of them were measured with."""

RESAMPLES: Final = 2000

Table = dict[tuple[str, int], float]
"""Regret by problem and seed."""


def summary(rows: Sequence[Mapping[str, str]], reference: str = REFERENCE) -> Iterator[dict[str, Any]]:
    """Lines with :data:`COLUMNS`: of every suite, budget and method each problem, all of them, and the curve.

    Where there are several suites, the last lines are of all of them :data:`TOGETHER`.

    Args:
        rows: What ``search_quality.py`` writes.
        reference: Method that the others are compared with; no comparison where it is missing.
    """
    found: dict[tuple[str, int], dict[str, dict[int, Table]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(dict))
    )
    for row in rows:
        place = found[row["suite"], int(row["budget"])][row["method"]][int(row["evaluations"])]
        place[row["problem"], int(row["seed"])] = float(row["regret"])
    for (suite, budget), methods in sorted(found.items()):
        other = methods[reference][budget] if reference in methods else {}
        for method, curve in methods.items():
            head = {"suite": suite, "budget": budget, "method": method}
            names = list(dict.fromkeys(name for name, _ in curve[budget]))
            for name in names:
                own = {key: value for key, value in curve[budget].items() if key[0] == name}
                yield {**head, "problem": name, "evaluations": budget, **_line(own), **_compared(own, other)}
            yield from _whole(head, curve, other)
    suites = {suite for suite, _ in found}
    for budget in sorted({budget for _, budget in found}):
        parts = [found[suite, budget] for suite in sorted(suites) if (suite, budget) in found]
        if len(suites) < 2 or len(parts) < len(suites):
            continue
        joined = {method: _joined([part[method] for part in parts]) for method in parts[0] if _in_all(method, parts)}
        other = joined.get(reference, {}).get(budget, {})
        for method, curve in joined.items():
            yield from _whole({"suite": TOGETHER, "budget": budget, "method": method}, curve, other)


def _whole(head: Mapping[str, Any], curve: Mapping[int, Table], reference: Table) -> Iterator[dict[str, Any]]:
    """The lines of all problems, one for each number of evaluations."""
    for evaluations, table in sorted(curve.items()):
        compared = _compared(table, reference) if evaluations == head["budget"] else {}
        yield {**head, "problem": ALL, "evaluations": evaluations, **_line(table), **compared}


def _in_all(method: str, parts: Sequence[Mapping[str, Any]]) -> bool:
    return all(method in part for part in parts)


def _joined(curves: Sequence[Mapping[int, Table]]) -> dict[int, Table]:
    """One method's curve over the problems of several suites, whose names differ."""
    seeds = set.intersection(*({seed for table in curve.values() for _, seed in table} for curve in curves))
    return {
        evaluations: {key: value for curve in curves for key, value in curve[evaluations].items() if key[1] in seeds}
        for evaluations in curves[0]
    }


def interval(by_seed: NDArray[np.float64]) -> tuple[float, float]:
    """95 % bootstrap interval of the mean of ``by_seed``; always the same for the same numbers."""
    draws = np.random.RandomState(0).randint(0, len(by_seed), (RESAMPLES, len(by_seed)))
    low, high = np.percentile(by_seed[draws].mean(axis=1), [2.5, 97.5])
    return float(low), float(high)


def _line(table: Table) -> dict[str, Any]:
    by_seed = _by_seed(table)
    low, high = interval(by_seed)
    median = float(np.median(list(table.values())))
    numbers = {"regret": float(by_seed.mean()), "low": low, "high": high, "median": median}
    return {"seeds": len(by_seed), **{name: f"{value:.5g}" for name, value in numbers.items()}}


def _compared(table: Table, reference: Table) -> dict[str, Any]:
    pairs = {key: (value, reference[key]) for key, value in table.items() if key in reference}
    if not pairs:
        return {}
    by_seed = _by_seed({key: value - own for key, (value, own) in pairs.items()})
    low, high = interval(by_seed)
    wins = float(np.mean([1.0 if own < value else 0.5 if own == value else 0.0 for value, own in pairs.values()]))
    numbers = {"difference": float(by_seed.mean()), "difference_low": low, "difference_high": high}
    return {**{name: f"{value:.5g}" for name, value in numbers.items()}, "wins": f"{wins:.3f}", "pairs": len(by_seed)}


def _by_seed(table: Table) -> NDArray[np.float64]:
    """Mean over problems, seed by seed."""
    values: dict[int, list[float]] = defaultdict(list)
    for (_, seed), value in table.items():
        values[seed].append(value)
    return np.array([float(np.mean(values[seed])) for seed in sorted(values)])
