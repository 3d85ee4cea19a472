"""Rules about models against each other: only where dataset, release, split and protocol agree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from hpo.archive.record import Record
from reports.analysis.claims.finding import Finding, Number, Verdict, keys_of, not_testable, worst
from reports.analysis.claims.parameters import Parameters, Text
from reports.analysis.claims.scope import Archive, Scope
from reports.analysis.comparable import yardstick
from reports.analysis.overview import is_dead
from reports.analysis.searched import living, searched


class LowestLoss(Parameters):
    """Parameters of :func:`lowest_loss`.

    Attributes:
        model: The model said to be lowest; the selection of runs names its rivals, or none for all.
        measure: ``best`` for the lowest loss of a search, ``median`` for the median of its evaluations,
            ``generations`` for the lowest loss of every single generation. The latter two hold runs of one size
            against each other only.
    """

    model: Text
    measure: Literal["best", "median", "generations"] = "best"


@dataclass(frozen=True, slots=True)
class _Race:
    """Models under one yardstick by one measure.

    Attributes:
        label: What is measured.
        dataset: On which dataset.
        losses: By model, with the record that it comes from.
    """

    label: str
    dataset: str
    losses: dict[str, tuple[float, Record]]


def lowest_loss(scope: Scope, parameters: LowestLoss) -> Finding:
    """Whether a model's loss is the lowest of all comparable models, on every dataset of the selection.

    Contradicted if another model is lower by more than the noise of both runs on one of them; not testable if others
    are lower, but all within noise; else supported. Models under another protocol, split or release are left out.
    """
    if not scope.chosen:
        return not_testable(scope.nothing)
    races = _races(scope.chosen, parameters.measure)
    own = [race for race in races if parameters.model in race.losses]
    if not own:
        return not_testable(f"The archive holds no living {scope.asked} for {parameters.model}.")
    contested = [race for race in own if len(race.losses) > 1]
    if not contested:
        return not_testable(f"No other model was searched under the same conditions as {parameters.model}.")
    numbers = [
        Number(label=f"{race.label} of {name} on {race.dataset}", value=loss, unit="loss", runs=(record.key,))
        for race in contested
        for name, (loss, record) in sorted(race.losses.items(), key=lambda item: (item[1][0], item[0]))
    ]
    outcomes = [_outcome(race, parameters.model, scope.archive) for race in contested]
    verdict = worst(outcome for outcome, _ in outcomes)
    told = [text for outcome, text in outcomes if outcome == verdict]
    counted = f" ({len(told)} of {len(contested)} comparisons alike)" if len(contested) > 1 else ""
    reason = f"{told[0]}{counted}. {_left_out(scope, contested)}".strip()
    return Finding(verdict=verdict, reason=reason, numbers=tuple(numbers))


def _outcome(race: _Race, model: str, archive: Archive) -> tuple[Verdict, str]:
    loss, record = race.losses[model]
    where = f"on {race.dataset}, by {race.label}"
    lower = {name: other for name, other in race.losses.items() if other[0] < loss}
    if not lower:
        second, (other, _) = min(
            ((name, found) for name, found in race.losses.items() if name != model), key=lambda item: item[1][0]
        )
        return Verdict.SUPPORTED, f"{model} is lowest {where}; {second} follows {100 * (other / loss - 1):.1f} % above"
    margins = {name: (1 - other / loss, archive.noise(record, rival).share) for name, (other, rival) in lower.items()}
    clear = {name: margin for name, margin in margins.items() if margin[0] > margin[1]}
    name = max(clear or margins, key=lambda one: (margins[one][0], one))
    margin, noise = margins[name]
    text = f"{name} is {100 * margin:.1f} % lower than {model} {where}; noise is {100 * noise:.1f} %"
    return (Verdict.CONTRADICTED if clear else Verdict.NOT_TESTABLE), text


def _races(records: Sequence[Record], measure: str) -> list[_Race]:
    found: dict[Any, dict[str, tuple[float, Record]]] = defaultdict(dict)
    for record in records:
        run = record.run
        for label, loss in _measured(record, measure):
            size = "" if measure == "best" else run.size
            losses = found[run.dataset, yardstick(run), size, label]
            if run.model not in losses or loss < losses[run.model][0]:
                losses[run.model] = loss, record
    return [_Race(label, dataset, losses) for (dataset, _, _, label), losses in found.items()]


def _measured(record: Record, measure: str) -> Iterable[tuple[str, float]]:
    if is_dead(record.run):
        return []
    table = living(searched(record))
    if table.empty:
        return []
    if measure == "best":
        return [("best loss", float(table["val_loss"].min()))]
    if measure == "median":
        with_loss = searched(record)["val_loss"].dropna()
        return [("median loss of all evaluations", float(with_loss.median()))]
    by_generation = table[table["generation"].notna()].groupby("generation", as_index=False)["val_loss"].min()
    pairs = zip(by_generation["generation"].tolist(), by_generation["val_loss"].tolist(), strict=True)
    return [(f"lowest loss of generation {number}", float(loss)) for number, loss in pairs]


def _left_out(scope: Scope, contested: Sequence[_Race]) -> str:
    """Models with runs in the selection that no comparison could take in."""
    compared = {key for race in contested for _, record in race.losses.values() for key in keys_of([record])}
    models = {record.run.model for record in scope.chosen if record.key in compared}
    rest = sorted({record.run.model for record in scope.chosen} - models)
    return f"Not comparable and left out: {', '.join(rest)}." if rest else ""
