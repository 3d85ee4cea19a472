"""Rules about the course of searches: whether they improve, stand still, or overfit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from hpo.archive.record import Record
from reports.analysis.claims.finding import Finding, Number, Verdict, decided, names, not_testable, worst
from reports.analysis.claims.parameters import Count, Parameters, Positive
from reports.analysis.claims.scope import Scope
from reports.analysis.control import INCOMPLETE
from reports.analysis.convergence import epochs
from reports.analysis.noises import BASES, Noise
from reports.analysis.searched import living, searched


class Improves(Parameters):
    """Parameters of :func:`improves`.

    Attributes:
        measure: ``best`` for the lowest loss so far, ``mean`` for the mean loss of the evaluations of a generation.
    """

    measure: Literal["best", "mean"] = "best"


@dataclass(frozen=True, slots=True)
class Course:
    """From one loss of a search to a later one.

    Attributes:
        record: The search.
        start: The first loss.
        end: The later one.
        noise: What the difference must exceed.
    """

    record: Record
    start: float
    end: float
    noise: Noise

    @property
    def gain(self) -> float:
        """(start - end) / start."""
        return (self.start - self.end) / self.start

    @property
    def beyond_noise(self) -> bool:
        """Whether the loss fell by more than noise."""
        return self.gain > self.noise.share


def improves(scope: Scope, parameters: Improves) -> Finding:
    """Whether every one of the searches improves after its first generation, by more than the noise of repeats.

    By ``best``: from the lowest loss of the first generation to the lowest of all. By ``mean``: from the mean loss of
    the first generation to that of the last. Supported if all runs do, contradicted if one does not improve at all, not
    testable if one improves by less than noise. Tables that lost rows and dead searches don't count.
    """
    courses = [_after_first(record, parameters.measure, _noise(scope, record)) for record in _complete(scope)]
    return _finding(scope, courses, "after the first generation", _improving)


class Plateaus(Parameters):
    """Parameters of :func:`plateaus`.

    Attributes:
        last: Last generations that are looked at; left out for the second half of the evaluations.
    """

    last: Count | None = None


def plateaus(scope: Scope, parameters: Plateaus) -> Finding:
    """Whether every one of the searches ends without improvement beyond the noise of repeats.

    Supported if the best so far falls by no more than noise in the last generations of all runs (or in the second half
    of their evaluations), contradicted if it falls by more in one. Tables that lost rows and dead searches don't count.
    """
    courses = [_towards_end(record, parameters.last, _noise(scope, record)) for record in _complete(scope)]
    where = "in the second half" if parameters.last is None else f"in the last {parameters.last} generations"
    where = where.replace("last 1 generations", "last generation")
    return _finding(scope, courses, where, _still)


class BestEarly(Parameters):
    """Parameters of :func:`best_early`.

    Attributes:
        share: Share of the trainings from which it is said.
    """

    share: Positive = 0.5


def best_early(scope: Scope, parameters: BestEarly) -> Finding:
    """Whether most trainings had their lowest validation loss in the first half of their epochs: they overfit.

    Supported if the share over all runs is at least the stated one, else contradicted; not testable where no record
    says at which epoch a training was best.
    """
    if not scope.chosen:
        return not_testable(scope.nothing)
    found = [(record, trained) for record in scope.chosen if (trained := epochs(record)) is not None]
    if not found:
        return not_testable("No record says at which epoch a training was best, so overfitting can't be seen.")
    count = sum(trained.evaluations for _, trained in found)
    share = sum(trained.early * trained.evaluations for _, trained in found) / count
    numbers = [
        Number(label="trainings best in the first half of their epochs", value=100 * one.early, unit="%", runs=(r.key,))
        for r, one in found
    ]
    reason = f"{100 * share:.0f} % of {count} trainings were best in the first half of their epochs."
    return decided(share >= parameters.share, reason, numbers)


def _noise(scope: Scope, record: Record) -> Noise:
    return scope.archive.noise(record)


def _complete(scope: Scope) -> list[Record]:
    return [r for r in scope.chosen if not any(flag.flag in INCOMPLETE for flag in r.run.flags)]


def _after_first(record: Record, measure: str, noise: Noise) -> Course | None:
    table = _generations(record)
    numbers = table["generation"]
    if table.empty or numbers.nunique() < 2:
        return None
    first, last = table[numbers == numbers.min()], table[numbers == numbers.max()]
    losses = table["val_loss"]
    if measure == "mean":
        return Course(record, float(first["val_loss"].mean()), float(last["val_loss"].mean()), noise)
    return Course(record, float(first["val_loss"].min()), float(losses.min()), noise)


def _towards_end(record: Record, last: int | None, noise: Noise) -> Course | None:
    table = _generations(record)
    if last is None:
        half = len(searched(record)) // 2
        before = table[table.index.isin(searched(record).index[:half])]
    else:
        before = table[table["generation"] <= table["generation"].max() - last]
    if before.empty:
        return None
    return Course(record, float(before["val_loss"].min()), float(table["val_loss"].min()), noise)


def _generations(record: Record) -> pd.DataFrame:
    """Living evaluations of known generation."""
    table = living(searched(record))
    return table[table["generation"].notna()]


def _improving(course: Course) -> Verdict:
    if course.beyond_noise:
        return Verdict.SUPPORTED
    return Verdict.NOT_TESTABLE if course.gain > 0 else Verdict.CONTRADICTED


def _still(course: Course) -> Verdict:
    return Verdict.CONTRADICTED if course.beyond_noise else Verdict.SUPPORTED


def _finding(
    scope: Scope, courses: Sequence[Course | None], where: str, verdict_of: Callable[[Course], Verdict]
) -> Finding:
    if not scope.chosen:
        return not_testable(scope.nothing)
    known = [course for course in courses if course is not None]
    if not known:
        return not_testable(f"{names(scope.chosen)}: the tables lost rows, are dead, or have one generation only.")
    verdicts = [verdict_of(course) for course in known]
    verdict = worst(verdicts)
    shown = [course for course, one in zip(known, verdicts, strict=True) if one == verdict]
    clearest = max(shown, key=lambda course: abs(course.gain - course.noise.share))
    counted = f" ({len(shown)} of {len(known)} runs alike)" if len(known) > 1 else ""
    left_out = len(scope.chosen) - len(known)
    rest = f" {left_out} run{'s' if left_out > 1 else ''} left out: rows lost, or dead." if left_out else ""
    reason = f"{_told(clearest, where)}{counted}.{rest}"
    return Finding(verdict=verdict, reason=reason, numbers=tuple(_numbers(known, where)))


def _told(course: Course, where: str) -> str:
    beyond = "more than" if course.beyond_noise else "not beyond"
    noise = f"{100 * course.noise.share:.2f} % ({BASES[course.noise.basis]})"
    return f"{names([course.record])}: {100 * course.gain:.2f} % {where}, {beyond} the noise of {noise}"


def _numbers(courses: Sequence[Course], where: str) -> Iterator[Number]:
    for course in courses:
        key = (course.record.key,)
        yield Number(label=f"loss before, {where}", value=course.start, unit="loss", runs=key)
        yield Number(label="loss at the end", value=course.end, unit="loss", runs=key)
        yield Number(label=f"gain {where}", value=100 * course.gain, unit="%", runs=key)
        noise = course.noise
        yield Number(label=f"noise: {BASES[noise.basis]}", value=100 * noise.share, unit="%", runs=noise.runs or key)
