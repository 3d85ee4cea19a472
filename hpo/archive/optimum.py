"""What a run announces, derived from its table: the candidate that leaders trained again turned out best.

The rows of origin ``replicate`` are trainings of leaders with fresh seeds; ``parents`` names the row that each repeats.
Those that chose between leaders come first, as many of each; the others confirm the one chosen. The loss announced is
the mean of the confirmations alone, since they decided nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import TYPE_CHECKING, Any, Final

from hpo.archive.schema import Optimum
from hpo.archive.summaries import is_replicate, rows_of, summary
from hpo.evaluation import Status

if TYPE_CHECKING:
    from pandas import DataFrame

LEVEL: Final = 0.05
"""Error of the test that tells a leader from the optimum: one-sided, by Student's t."""


@dataclass(frozen=True, slots=True)
class Trainings:
    """One leader.

    Attributes:
        evaluation: Row of its first training, by the search.
        first: Loss of that training.
        contest: Losses of the trainings that chose between leaders, ``None`` where one did not end ``ok``.
        confirmations: Likewise of those that came after the choice; empty but for the one chosen.
        confirming: Rows of the confirmations.
    """

    evaluation: int
    first: float
    contest: tuple[float | None, ...]
    confirmations: tuple[float | None, ...] = ()
    confirming: tuple[int, ...] = ()

    @property
    def fresh(self) -> list[float]:
        """Losses that are no luck of the choice: the confirmations, or where there are none, those of the contest."""
        return [loss for loss in self.confirmations or self.contest if loss is not None]

    @property
    def merit(self) -> tuple[int, float, int]:
        """What decides between leaders, the lowest wins: trainings that failed, mean of the others, number."""
        ok = [loss for loss in self.contest if loss is not None]
        return len(self.contest) - len(ok), fmean([self.first, *ok]), self.evaluation


def leaders_of(evaluations: DataFrame) -> list[Trainings]:
    """The leaders that were trained again, the chosen one first, the others from the best on; empty without any."""
    replicates = evaluations[is_replicate(evaluations)]
    if replicates.empty:
        return []
    rows = rows_of(replicates[["evaluation", "parents", "status", "val_loss"]])
    repeated = list(dict.fromkeys(int(row["parents"]) for row in rows))
    chosen = int(rows[-1]["parents"])
    # Every leader but the chosen one has as many trainings as the contest gave each.
    others = [sum(int(row["parents"]) == number for row in rows) for number in repeated if number != chosen]
    each = min(others, default=0)
    firsts = evaluations[evaluations["evaluation"].isin(repeated)]
    losses = {row["evaluation"]: row["val_loss"] for row in rows_of(firsts[["evaluation", "val_loss"]])}
    found = []
    for number in repeated:
        own = [row for row in rows if int(row["parents"]) == number]
        ok = tuple(row["val_loss"] if row["status"] == Status.OK.value else None for row in own)
        confirming = tuple(int(row["evaluation"]) for row in own[each:])
        found.append(Trainings(number, losses[number], ok[:each], ok[each:], confirming))
    return sorted(found, key=lambda leader: (leader.evaluation != chosen, *leader.merit))


def optimum_of(evaluations: DataFrame, fixed: Mapping[str, Any]) -> Optimum | None:
    """What the run announces; ``None`` where no leader was trained again, or no confirmation ended ``ok``.

    Args:
        evaluations: Table of evaluations.
        fixed: Hyperparameters that stayed the same.
    """
    leaders = leaders_of(evaluations)
    if not leaders or not leaders[0].confirmations or not leaders[0].fresh:
        return None
    chosen = leaders[0]
    row = summary(evaluations[evaluations["evaluation"] == chosen.evaluation].iloc[:1], fixed)
    pairs = zip(chosen.confirming, chosen.confirmations, strict=True)
    return Optimum(
        evaluation=chosen.evaluation,
        hyperparameters=row.hyperparameters,
        val_loss=fmean(chosen.fresh),
        std=stdev(chosen.fresh) if len(chosen.fresh) > 1 else None,
        trainings=[number for number, loss in pairs if loss is not None],
        leaders=[leader.evaluation for leader in leaders],
        equivalents=[leader.evaluation for leader in leaders[1:] if not _is_worse(leader, chosen, leaders)],
    )


def _is_worse(leader: Trainings, chosen: Trainings, leaders: Sequence[Trainings]) -> bool:
    """Whether ``leader`` can be told from ``chosen`` and is worse, by trainings that no choice made lucky.

    Student's t with the variance pooled over the replicates of all leaders, one-sided, at :data:`LEVEL`. Where
    nothing is known of the noise, nobody can be told apart; one that failed whenever it was trained again can.
    """
    if not leader.fresh:
        return True
    # The contest and the confirmations of the chosen one have means of their own: the choice made the former lucky.
    groups = [
        [loss for loss in part if loss is not None] for one in leaders for part in (one.contest, one.confirmations)
    ]
    freedom = sum(len(group) - 1 for group in groups if group)
    if freedom <= 0:
        return False
    from scipy.special import stdtrit

    variance = sum((loss - fmean(group)) ** 2 for group in groups if group for loss in group) / freedom
    error = math.sqrt(variance * (1 / len(leader.fresh) + 1 / len(chosen.fresh)))
    return bool(fmean(leader.fresh) - fmean(chosen.fresh) > stdtrit(freedom, 1 - LEVEL) * error)
