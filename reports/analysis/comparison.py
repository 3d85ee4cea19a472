"""What stands against what: the genetic algorithm against random draws, sizes against sizes, tuned against default.

Losses are compared only where dataset, release, split and protocol agree; a difference is called one only where it
exceeds the noise of the runs, see :mod:`reports.analysis.noises`.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np

from hpo.archive.record import Record
from hpo.archive.schema import RunInfo
from reports.analysis.bestof import chance_to_reach, expected_best, expected_best_band
from reports.analysis.comparable import UNKNOWN_RELEASE, Collection, yardstick
from reports.analysis.control import Pool, pool_for, pools, same_draws
from reports.analysis.kept import content, kept
from reports.analysis.memo import once_per_record
from reports.analysis.noises import NoiseBook
from reports.analysis.order import sorted_sizes
from reports.analysis.overview import baseline_loss, is_dead
from reports.analysis.searched import living, searched

LEVEL: Final = 0.95


@dataclass(frozen=True, slots=True)
class Effect:
    """Mean of paired differences, as a gain: a share of the loss that it starts from, positive where it fell.

    Attributes:
        pairs: Number of pairs.
        gain: 1 - geometric mean of the ratios of losses.
        low: Lower end of the 95 % interval of Student's t on the logarithms; ``None`` with a single pair.
        high: Upper end.
        size: Mean over standard deviation of the logarithms (Cohen's d for pairs); ``None`` with a single pair, or
            where all pairs agree.
        wins: Pairs in which the loss fell.
    """

    pairs: int
    gain: float
    low: float | None
    high: float | None
    size: float | None
    wins: int


def effect(pairs: Sequence[tuple[float, float]]) -> Effect:
    """The effect over ``pairs`` of losses, from and to, all positive.

    Raises:
        ValueError: There is no pair, or a loss is not positive.
    """
    if not pairs or any(not 0 < loss < math.inf for pair in pairs for loss in pair):
        raise ValueError("an effect needs at least one pair of positive losses")
    logs = np.array([math.log(start / end) for start, end in pairs])
    mean, wins = float(logs.mean()), int((logs > 0).sum())
    if len(logs) == 1:
        return Effect(1, _gain(mean), None, None, None, wins)
    deviation = float(logs.std(ddof=1))
    half = _student(len(logs) - 1) * deviation / math.sqrt(len(logs))
    size = mean / deviation if deviation > 0 else None
    return Effect(len(logs), _gain(mean), _gain(mean - half), _gain(mean + half), size, wins)


def _student(freedom: int) -> float:
    """Quantile of Student's t at the upper end of the interval, for so many degrees of freedom.

    Computed for many at once, so that an archive that grows by a run finds its next one kept.
    """
    upto = 100 * (1 + freedom // 100)
    return float(kept("student", str(upto), lambda: _students(upto))[freedom - 1])


def _students(upto: int) -> list[float]:
    from scipy.special import stdtrit

    return [float(one) for one in stdtrit(np.arange(1, upto + 1), (1 + LEVEL) / 2)]


@dataclass(frozen=True)
class Contest:
    """The genetic algorithm against the random control of the same model, dataset, size, budget and space.

    Attributes:
        records: Their records: genetic ones first, each by seed.
        paired: Seeds that both have.
        unpaired: Runs without a counterpart of the same seed, or without any living model.
        effect: From the random control's best to that of the genetic algorithm; ``None`` without pairs.
    """

    records: tuple[Record, ...]
    paired: tuple[int, ...]
    unpaired: int
    effect: Effect | None

    @property
    def run(self) -> RunInfo:
        """One of its runs, for model, dataset and size."""
        return self.records[0].run


def contests(records: Iterable[Record]) -> list[Contest]:
    """Every group of runs in which both strategies searched under the same conditions, in the order of the tables."""
    groups: dict[Any, dict[str, dict[int, Record]]] = defaultdict(lambda: {"ga": {}, "random": {}})
    for record in records:
        run, draws = record.run, same_draws(record)
        if draws is not None and run.seed is not None and run.strategy in ("ga", "random"):
            groups[draws, run.size, run.counts.planned][run.strategy][run.seed] = record
    return [_contest(group["ga"], group["random"]) for group in groups.values() if group["ga"] and group["random"]]


@dataclass(frozen=True, slots=True)
class FreeControl:
    """A genetic algorithm against random draws that the archive holds anyway, see :mod:`reports.analysis.control`.

    Attributes:
        run: The run.
        budget: Its evaluations.
        best: Its lowest loss.
        pool: The draws.
        draws: Draws compared with: the budget, or all there are where they are fewer.
        expected: Mean lowest loss of so many draws; ``None`` where some gave no loss.
        low: Lower end of its 95 % bootstrap interval over the pool; ``None`` where the pool is smaller than the budget.
        high: Upper end.
        gain: (expected - best) / expected.
        chance: Probability that so many draws do as well as the run.
    """

    run: RunInfo
    budget: int
    best: float
    pool: Pool
    draws: int
    expected: float | None
    low: float | None
    high: float | None
    gain: float | None
    chance: float

    @property
    def bounded(self) -> bool:
        """Whether the pool is smaller than the budget: more draws would do better, so the gain is at most this."""
        return self.draws < self.budget


def free_controls(records: Sequence[Record]) -> list[FreeControl]:
    """Every complete genetic search with a living best and a pool of random draws, in the order of the tables."""
    available = pools(records)
    found = []
    for record in records:
        pool = pool_for(record, available)
        best = best_searched(record)
        if record.run.strategy == "ga" and pool is not None and best is not None:
            found.append(_free_control(record, pool, best))
    return found


@once_per_record
def best_searched(record: Record) -> float | None:
    """The lowest loss that the search itself evaluated, the default hyperparameters aside; ``None`` if it is dead."""
    if is_dead(record.run):
        return None
    losses = living(searched(record))["val_loss"]
    return float(losses.min()) if len(losses) else None


@dataclass(frozen=True, slots=True)
class Step:
    """From one loss to another of the same model on the same dataset.

    Attributes:
        start: Run of the first loss.
        end: Run of the second one.
        losses: Both losses.
        gain: (first - second) / first.
        noise: Share below which the difference says nothing.
        notes: Audit flags that limit the comparison.
    """

    start: RunInfo
    end: RunInfo
    losses: tuple[float, float]
    gain: float
    noise: float
    notes: tuple[str, ...] = ()

    @property
    def beyond_noise(self) -> bool:
        """Whether the difference is larger than noise."""
        return abs(self.gain) > self.noise


_LIMITS: Final = ("space-differs-between-sizes", "epochs-differ", "missing-evaluations", "size-mismatch")


def size_steps(records: Sequence[Record]) -> list[Step]:
    """From each size to the next larger one: the best of each, of runs under one yardstick, strategy and source."""
    groups: dict[Any, dict[str, Record]] = defaultdict(dict)
    for record in records:
        run, best = record.run, best_searched(record)
        if best is None or run.release.name == UNKNOWN_RELEASE:
            continue
        sizes = groups[run.model, yardstick(run), run.strategy]
        known = None if run.size not in sizes else best_searched(sizes[run.size])
        if known is None or best < known:
            sizes[run.size] = record
    steps = []
    book = NoiseBook(records)
    for sizes in groups.values():
        ordered = [name for name in sorted_sizes(sizes) if name in _STANDARD]
        steps += [_step(sizes[one], sizes[other], book) for one, other in pairwise(ordered)]
    return steps


_STANDARD: Final = ("SMALL", "MEDIUM", "LARGE", "XL")


@dataclass(frozen=True, slots=True)
class Standing:
    """One model among others on a dataset.

    Attributes:
        run: Its best run.
        loss: Its best loss.
        above: (loss - lowest) / lowest; 0 for the lowest.
        tied: Whether the distance to the lowest is within the noise of either run.
    """

    run: RunInfo
    loss: float
    above: float
    tied: bool


def standings(records: Sequence[Record]) -> list[list[Standing]]:
    """Models whose losses compare, the best first: one list a dataset and yardstick with at least two models."""
    groups: dict[Any, dict[str, tuple[float, Record]]] = defaultdict(dict)
    for record in records:
        run, best = record.run, best_searched(record)
        if best is None or run.release.name == UNKNOWN_RELEASE:
            continue
        models = groups[yardstick(run)]
        if run.model not in models or best < models[run.model][0]:
            models[run.model] = best, record
    book = NoiseBook(records)
    return [_ranked(models, book) for models in groups.values() if len(models) > 1]


@dataclass(frozen=True, slots=True)
class Tuned:
    """The default hyperparameters against the best that the search found.

    Attributes:
        step: From the default's loss to the best searched one; its gain is negative where nothing beats the default.
        better_than: Share of the living evaluations that are worse than the default.
    """

    step: Step
    better_than: float


def tuned(records: Sequence[Record]) -> list[Tuned]:
    """Every run with a living default and a living best."""
    found = []
    book = NoiseBook(records)
    for record in records:
        default, best = baseline_loss(record.run), best_searched(record)
        if not default or best is None:
            continue
        losses = living(searched(record))["val_loss"].to_numpy()
        noise = book.of(record.run).share
        step = Step(record.run, record.run, (default, best), (default - best) / default, noise, _notes([record]))
        found.append(Tuned(step, float(np.mean(losses > default))))
    return found


def _contest(ga: Mapping[int, Record], random: Mapping[int, Record]) -> Contest:
    losses = {
        seed: (best_searched(random[seed]), best_searched(ga[seed])) for seed in sorted(ga.keys() & random.keys())
    }
    pairs = {seed: (one, other) for seed, (one, other) in losses.items() if one is not None and other is not None}
    records = [*(ga[seed] for seed in sorted(ga)), *(random[seed] for seed in sorted(random))]
    return Contest(
        records=tuple(records),
        paired=tuple(pairs),
        unpaired=len(records) - 2 * len(pairs),
        effect=effect(list(pairs.values())) if pairs else None,
    )


def _free_control(record: Record, pool: Pool, best: float) -> FreeControl:
    budget = len(searched(record))
    draws = min(budget, len(pool.losses))
    key = content(np.asarray(pool.losses, dtype=np.float64), np.array([draws, best, draws == budget]))
    told = kept("draws", key, lambda: _told(pool.losses, draws, best, band=draws == budget))
    expected = told["expected"]
    gain = None if expected is None else (expected - best) / expected
    return FreeControl(record.run, budget, best, pool, draws, expected, told["low"], told["high"], gain, told["chance"])


def _told(losses: Sequence[float], draws: int, best: float, *, band: bool) -> dict[str, float | None]:
    """What a pool of ``losses`` says of so many draws: their ``expected`` lowest loss, ``low`` and ``high`` end of its
    interval where a ``band`` is wanted, and the ``chance`` to do as well as ``best``."""
    expected = low = high = None
    if all(math.isfinite(loss) for loss in losses):
        expected = float(expected_best(losses, [draws])[0])
        if band:
            lows, highs = expected_best_band(losses, [draws])
            low, high = float(lows[0]), float(highs[0])
    return {"expected": expected, "low": low, "high": high, "chance": chance_to_reach(losses, draws, best)}


def _step(start: Record, end: Record, book: NoiseBook) -> Step:
    first, second = best_searched(start), best_searched(end)
    assert first is not None
    assert second is not None
    noise = book.between(start.run, end.run).share
    return Step(start.run, end.run, (first, second), (first - second) / first, noise, _notes([start, end]))


def _notes(records: Sequence[Record]) -> tuple[str, ...]:
    present = {flag.flag for record in records for flag in record.run.flags}
    return tuple(name for name in _LIMITS if name in present)


def _ranked(models: Mapping[str, tuple[float, Record]], book: NoiseBook) -> list[Standing]:
    ordered = sorted(models.values(), key=lambda found: (found[0], found[1].run.model))
    lowest, first = ordered[0]
    return [
        Standing(
            run=record.run,
            loss=loss,
            above=loss / lowest - 1,
            tied=loss / lowest - 1 <= book.between(record.run, first.run).share,
        )
        for loss, record in ordered
    ]


def _gain(log_ratio: float) -> float:
    return -math.expm1(-log_ratio)


def collections_of(found: Iterable[RunInfo]) -> list[Collection]:
    """The collections of ``found``, each once, in their order."""
    return list(dict.fromkeys(Collection.of(run) for run in found))
