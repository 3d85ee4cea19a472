"""Rules about hyperparameters tailored to a dataset against one configuration for all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from hpo.archive.final import DEFAULT
from reports.analysis.claims.finding import Finding, Number, Verdict, decided, not_testable, worst
from reports.analysis.claims.parameters import NoParameters, Parameters
from reports.analysis.claims.scope import Scope
from reports.analysis.transfer import UNIFORM, Against, Transfer, transfer
from reports.analysis.transfer_estimate import Estimate, TransferEstimate

LEAST_PAIRS = 3
"""Estimated pairs of datasets below which estimates say nothing."""


class TailoringPays(Parameters):
    """Parameters of :func:`tailoring_pays`.

    Attributes:
        uniform: ``default`` for the model's own hyperparameters, ``best on average`` for the optimum that did best over
            all datasets.
    """

    uniform: Literal["default", "best on average"] = "best on average"


_NAMES = {"default": DEFAULT, "best on average": UNIFORM}
_VERDICTS = {
    "pays": Verdict.SUPPORTED,
    "costs": Verdict.CONTRADICTED,
    "open": Verdict.NOT_TESTABLE,
    "unknown": Verdict.NOT_TESTABLE,
}


def tailoring_pays(scope: Scope, parameters: TailoringPays) -> Finding:
    """Whether the optimum of each dataset beats one configuration for all datasets, where both were trained on all.

    `cross-hpo transfer` trains them. Supported if the 95 % interval of the gain over datasets lies above zero for every
    model, contradicted if it lies below for one; not testable where it holds zero, or where nothing was trained.
    """
    if not scope.chosen:
        return not_testable(scope.nothing)
    keys = {record.key for record in scope.chosen}
    models = [transfer(one) for one in scope.archive.transfers if keys & {run.run for run in one.runs}]
    wanted = _NAMES[parameters.uniform]
    judged = [(one, against) for one in models for against in one.against if against.uniform == wanted]
    if not judged:
        return not_testable("No optimum was trained on other datasets; cross-hpo transfer does that.")
    verdict = worst(_VERDICTS[against.verdict] for _, against in judged)
    numbers = tuple(number for one, against in judged for number in _measured(one, against))
    told = [_told(one, against) for one, against in judged if _VERDICTS[against.verdict] == verdict]
    return Finding(verdict=verdict, reason="; ".join(told) + ".", numbers=numbers)


def transfer_loses(scope: Scope, _: NoParameters) -> Finding:
    """Whether the optima of other datasets are estimated to lose on a dataset, by a forest fitted to its evaluations.

    An estimate for imports, which nobody trained again; pairs for which the forest is too poor, or would have to guess,
    are refused. Of the selection, only the models count. Supported if every estimated loss exceeds the error of the
    forest, contradicted if none does; not testable in between, and with fewer than three estimated pairs.
    """
    if not scope.chosen:
        return not_testable(scope.nothing)
    models = {record.run.model for record in scope.chosen}
    found = [one for one in scope.archive.estimates if one.model in models]
    known = [(one, cell) for one in found for cell in one.known]
    numbers = [_estimated(one, cell) for one, cell in known]
    pairs = sum(len(one.datasets) * (len(one.datasets) - 1) for one in found)
    if len(known) < LEAST_PAIRS:
        return not_testable(f"Of {pairs} pairs of datasets, {len(known)} can be estimated.", numbers)
    clear = [cell for _, cell in known if cell.clear and (cell.regret or 0) > 0]
    reason = (
        f"Estimated: of {pairs} pairs of datasets {len(known)} can be estimated, and in {len(clear)} of these the "
        "foreign optimum loses more than the error of the forest."
    )
    if 0 < len(clear) < len(known):
        return not_testable(reason, numbers)
    return decided(bool(clear), reason, numbers)


def _told(one: Transfer, against: Against) -> str:
    name = f"{one.scores.model}, {one.scores.size}"
    if against.overall is None or against.overall.low is None or against.overall.high is None:
        return f"{name}: fewer than two datasets with both"
    whole = against.overall
    low, high = 100 * (whole.low or 0), 100 * (whole.high or 0)
    gain = f"{100 * whole.gain:.1f} %, 95 % interval {low:.1f} to {high:.1f} %".replace("-", "−")
    return f"{name}: over {whole.pairs} datasets tailoring gains {gain}, {against.clear} of them clear"


def _measured(one: Transfer, against: Against) -> Iterator[Number]:
    keys = tuple(run.run for run in one.scores.runs)
    model = one.scores.model
    if against.overall is not None:
        whole = against.overall
        yield Number(label=f"mean gain of tailoring {model}", value=100 * whole.gain, unit="%", runs=keys)
        for end, value in (("lower", whole.low), ("upper", whole.high)):
            if value is not None:
                yield Number(label=f"{end} end of its 95 % interval", value=100 * value, unit="%", runs=keys)
    for dataset, effect in against.effects.items():
        yield Number(label=f"gain on {dataset}", value=100 * effect.gain, unit="%", runs=(one.run(dataset),))


def _estimated(one: TransferEstimate, cell: Estimate) -> Number:
    return Number(
        label=f"estimated loss of {cell.source}'s optimum of {one.model} on {cell.target}",
        value=None if cell.regret is None else 100 * cell.regret,
        unit="%",
        runs=tuple(sorted({one.runs[cell.source].key, one.runs[cell.target].key})),
    )
