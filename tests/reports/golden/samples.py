"""Small made-up archives that every kind of figure has something to show of."""

from __future__ import annotations

import math
from collections.abc import Callable

from hpo.archive.record import Record
from hpo.archive.transfer import TransferScores
from hpo.evaluation import Status
from reports.analysis.noises import Noise
from reports.analysis.quality import Quality
from tests.archive.builders import improve_record, small_record
from tests.reports.claims.builders import noisy
from tests.reports.transfers import landscape_record, transfer_of


def ordinary(seed: int = 1) -> Record:
    """An own run in which two trainings failed."""
    return small_record("LGBM", "DEMO-B", "MEDIUM", seed=seed, failures={3: Status.OOM, 9: Status.CRASHED})


def with_noise() -> tuple[Record, Noise]:
    """:func:`ordinary` with the noise of its own repeats."""
    return ordinary(), Noise(0.2, "run", ("key",))


def dead() -> tuple[Record, Noise]:
    """A search of dead networks."""
    return small_record("GraphDRP", "DEMO-B", degenerate=True), Noise(0.01, "assumed")


def large() -> tuple[Record]:
    """A run with enough evaluations for a forest."""
    return (small_record("LGBM", "DEMO-B", "LARGE"),)


def imported() -> tuple[list[Record]]:
    """One model of two sizes on three datasets, all under the same conditions; one search is dead."""
    cells = [("DEMO-A", "SMALL"), ("DEMO-A", "MEDIUM"), ("DEMO-B", "MEDIUM"), ("DEMO-C", "MEDIUM")]
    found = [improve_record("IGTD", dataset, size, seed=seed) for seed, (dataset, size) in enumerate(cells)]
    return ([*found, improve_record("IGTD", "DEMO-D", degenerate=True)],)


def with_repeats() -> tuple[list[Record]]:
    """A run without repeats, and one of the same model whose repeats tell how noisy the losses of both are."""
    return ([improve_record("IGTD", "DEMO-A"), noisy(0.1, dataset="DEMO-B", size="MEDIUM")],)


def controlled() -> tuple[list[Record]]:
    """Own searches of both strategies with two seeds, and a dead one."""
    records = [small_record(strategy=strategy, seed=seed) for strategy in ("ga", "random") for seed in (1, 2)]
    return ([*records, small_record(dataset="DEMO-B", degenerate=True)],)


def landscapes() -> tuple[list[Record]]:
    """Two known landscapes, densely evaluated."""
    return ([landscape_record("DEMO-A", _valley(1e-3)), landscape_record("DEMO-B", _valley(1e-4), seed=2)],)


def transfers() -> tuple[TransferScores]:
    """Two optima and the default on two datasets; one training failed, one candidate is dead on a dataset."""
    losses = {
        "DEMO-A": {"DEMO-A": [0.01, 0.011], "DEMO-B": [0.03, 0.032]},
        "DEMO-B": {"DEMO-A": [0.02, None], "DEMO-B": [0.02, 0.021]},
        "default": {"DEMO-A": [0.015, 0.015], "DEMO-B": [0.95, 0.95]},
    }
    return (transfer_of(losses),)


def measured() -> tuple[Quality, ...]:
    """Regrets of two methods at two budgets."""
    regrets = {("default", 40): 0.05, ("random", 40): 0.2, ("default", 440): 0.004, ("random", 440): 0.06}
    return tuple(
        Quality(
            suite="functions",
            budget=budget,
            method=method,
            problem="all",
            evaluations=evaluations,
            seeds=50,
            regret=end * (budget / evaluations) ** 0.6,
            low=0.8 * end * (budget / evaluations) ** 0.6,
            high=1.3 * end * (budget / evaluations) ** 0.6,
            median=end,
            difference=None,
            difference_low=None,
            difference_high=None,
            wins=None,
            pairs=None,
        )
        for (method, budget), end in regrets.items()
        for evaluations in (8, 20, 40, 110, 440)
        if evaluations <= budget
    )


def _valley(rate: float) -> Callable[[float, float], float]:
    return lambda at, dropout: 0.1 * 10 ** (0.3 * math.log10(at / rate) ** 2 + dropout / 50)
