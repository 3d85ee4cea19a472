"""Rules about how much was gained: by a stated definition, over random draws, and by the source's own figures."""

from __future__ import annotations

import math
from typing import Literal

from pydantic import field_validator

from hpo.archive.improvement import DEFINITIONS, aggregate
from reports.analysis.claims.finding import Finding, Number, decided, keys_of, not_testable
from reports.analysis.claims.parameters import Count, Flag, Parameters, Positive, Real, Text
from reports.analysis.claims.scope import Scope
from reports.analysis.comparison import contests, effect

LEAST_PAIRS = 3
"""Pairs below which no interval says anything."""

Comparison = Literal["equal", "at least"]


class MeanImprovement(Parameters):
    """Parameters of :func:`mean_improvement`.

    Attributes:
        definition: One of :data:`hpo.archive.improvement.DEFINITIONS`.
        percent: The stated number.
        compare: Whether the mean is to be ``equal`` to it, or ``at least`` that.
        within: For ``equal``: by how many percentage points the mean may differ.
        decimals: Round losses to so many decimals first, as printed tables do.
        runs: Runs that the number is stated for; fewer test nothing.
        living_only: Leave dead searches out.
    """

    definition: Text
    percent: Real
    compare: Comparison = "equal"
    within: Positive = 0.05
    decimals: Count | None = None
    runs: Count = 1
    living_only: Flag = False

    @field_validator("definition")
    @classmethod
    def _known(cls, name: str) -> str:
        if name not in DEFINITIONS:
            raise ValueError(f"no definition of improvement; there are {', '.join(DEFINITIONS)}")
        return name


def mean_improvement(scope: Scope, parameters: MeanImprovement) -> Finding:
    """Whether the mean improvement over the runs is the stated one.

    Supported if the mean lies within the stated distance (or is at least as high), else contradicted.
    """
    if len(scope.chosen) < parameters.runs:
        if not scope.chosen:
            return not_testable(scope.nothing)
        return not_testable(f"The archive holds {len(scope.chosen)} of the {parameters.runs} runs that it is about.")
    found = [scope.archive.improvement(record, parameters.decimals) for record in scope.chosen]
    dead = [one for one in found if one.degenerate]
    counted = [one for one in found if not (parameters.living_only and one.degenerate)]
    values = {one.key: one.percent[parameters.definition] for one in counted}
    known = {key: value for key, value in values.items() if value is not None}
    if not known:
        return not_testable(f"None of the {len(scope.chosen)} runs records what {parameters.definition} needs.")
    whole = aggregate(list(known.values()))
    assert whole.mean is not None
    keys = tuple(known)
    numbers = [
        Number(label="stated", value=parameters.percent, unit="%"),
        Number(label="mean", value=whole.mean, unit="%", runs=keys),
        Number(label="median", value=whole.median, unit="%", runs=keys),
        Number(label="lower end of the 95 % interval of the mean", value=whole.low, unit="%", runs=keys),
        Number(label="upper end of the 95 % interval of the mean", value=whole.high, unit="%", runs=keys),
        Number(label="runs", value=whole.runs, unit="runs", runs=keys),
        Number(label="dead runs", value=len(dead), unit="runs", runs=tuple(one.key for one in dead)),
        *(Number(label="this run", value=value, unit="%", runs=(key,)) for key, value in known.items()),
    ]
    mean = f"The mean of {whole.runs} run{'s' if whole.runs != 1 else ''} is {whole.mean:.2f} %"
    if parameters.compare == "at least":
        return decided(
            whole.mean >= parameters.percent, f"{mean}, stated are at least {parameters.percent:g} %.", numbers
        )
    holds = abs(whole.mean - parameters.percent) <= parameters.within
    return decided(holds, f"{mean}, stated are {parameters.percent:g} %.", numbers)


class BeatsRandom(Parameters):
    """Parameters of :func:`beats_random`.

    Attributes:
        control: ``draws`` for the random draws that the archive holds anyway, ``search`` for random searches of the
            same seed and budget.
    """

    control: Literal["draws", "search"] = "draws"


def beats_random(scope: Scope, parameters: BeatsRandom) -> Finding:
    """Whether the searches end lower than as many random draws.

    Supported if the 95 % interval of the mean gain lies above zero, contradicted if below; not testable if it holds
    zero, or with fewer than three pairs. Searches with fewer draws to hold against than evaluations don't count: more
    draws would do better.
    """
    if not scope.chosen:
        return not_testable(scope.nothing)
    pairs = _drawn(scope) if parameters.control == "draws" else _searched(scope)
    what = "random draws" if parameters.control == "draws" else "random searches of the same seeds"
    numbers = [
        Number(label=f"gain over {what}", value=100 * (1 - best / control), unit="%", runs=keys)
        for keys, control, best in pairs
    ]
    if len(pairs) < LEAST_PAIRS:
        return not_testable(
            f"The archive holds {what} of equal budget for {len(pairs)} of {len(scope.chosen)} runs; "
            f"it takes {LEAST_PAIRS}.",
            numbers,
        )
    whole = effect([(control, best) for _, control, best in pairs])
    assert whole.low is not None
    assert whole.high is not None
    keys = tuple(dict.fromkeys(key for one, _, _ in pairs for key in one))
    numbers = [
        Number(label="mean gain", value=100 * whole.gain, unit="%", runs=keys),
        Number(label="lower end of its 95 % interval", value=100 * whole.low, unit="%", runs=keys),
        Number(label="upper end of its 95 % interval", value=100 * whole.high, unit="%", runs=keys),
        Number(label="runs ahead", value=whole.wins, unit="runs", runs=keys),
        *numbers,
    ]
    reason = (
        f"Over {whole.pairs} runs the gain over {what} is {100 * whole.gain:.1f} %, 95 % interval "
        f"{100 * whole.low:.1f} to {100 * whole.high:.1f} %; {whole.wins} of them are ahead."
    ).replace(" -", " −")
    if whole.low <= 0 <= whole.high:
        return not_testable(f"{reason} The interval holds zero, so they can't be told apart.", numbers)
    return decided(whole.low > 0, reason, numbers)


class StatedPercent(Parameters):
    """Parameters of :func:`stated_percent`: figures of the source, nothing of the archive.

    Attributes:
        percent: The stated reduction, as printed.
        end: The loss that it ends at.
        start: The loss that it starts from; left out where the source does not state it.
        base: With ``start`` left out: the loss that both reductions of a difference of reductions start from; without
            it the reduction is relative to the unstated loss.
        digits: Decimals of the printed percentage.
    """

    percent: Real
    end: Positive
    start: Positive | None = None
    base: Positive | None = None
    digits: Count = 2


def stated_percent(_: Scope, parameters: StatedPercent) -> Finding:
    """Whether a stated percentage follows from the losses that the source states; no run takes part.

    Supported if (start - end) / start is the stated percentage to its printed digits. Where the loss that it starts
    from is not stated, the verdict is open, and the loss that would give the percentage is computed.
    """
    end, percent = parameters.end, parameters.percent
    if parameters.start is None:
        missing = _implied(parameters)
        numbers = [
            Number(label="stated", value=percent, unit="%"),
            Number(label="loss it ends at, as stated", value=end, unit="loss"),
            Number(label="loss it starts from, if the statement holds", value=missing, unit="loss"),
        ]
        return not_testable(
            f"The source does not state the loss that it starts from; by this reading it was about {missing:.4f}.",
            numbers,
        )
    found = 100 * (parameters.start - end) / parameters.start
    numbers = [
        Number(label="stated", value=percent, unit="%"),
        Number(label="loss it starts from, as stated", value=parameters.start, unit="loss"),
        Number(label="loss it ends at, as stated", value=end, unit="loss"),
        Number(label="reduction that follows", value=found, unit="%"),
    ]
    digits = parameters.digits
    return decided(
        abs(found - percent) <= 0.5 * 10**-digits,
        f"({parameters.start:g} − {end:g}) / {parameters.start:g} is {found:.{digits}f} %, stated are {percent:g} %. "
        "This says that the figures agree with each other, not that they are right.",
        numbers,
    )


def _implied(parameters: StatedPercent) -> float:
    if parameters.base is None:
        return parameters.end / (1 - parameters.percent / 100)
    return parameters.base * (parameters.end / parameters.base + parameters.percent / 100)


def _drawn(scope: Scope) -> list[tuple[tuple[str, ...], float, float]]:
    wanted = {record.key for record in scope.chosen}
    return [
        ((one.run.key, *(key for key in sorted(one.pool.runs) if key != one.run.key)), one.expected, one.best)
        for one in scope.archive.controls
        if one.run.key in wanted and not one.bounded and one.expected is not None
    ]


def _searched(scope: Scope) -> list[tuple[tuple[str, ...], float, float]]:
    wanted = {record.key for record in scope.chosen}
    pairs = []
    for contest in contests(scope.archive.records):
        if contest.effect is not None and math.isfinite(contest.effect.gain) and wanted & set(keys_of(contest.records)):
            # A model on a dataset counts once, however many seeds there are.
            pairs.append((keys_of(contest.records), 1.0, 1.0 - contest.effect.gain))
    return pairs
