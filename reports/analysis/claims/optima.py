"""Rules about the best hyperparameters: whether they differ between datasets, and whether they lie at a bound."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hpo.archive.record import Record
from reports.analysis.axes import lines
from reports.analysis.claims.finding import Finding, Number, decided, not_testable
from reports.analysis.claims.parameters import Parameters, Positive, Text
from reports.analysis.claims.scope import Scope
from reports.analysis.movement import ModelOptima, Movement, movements
from reports.analysis.optimum import optimum


class OptimumMoves(Parameters):
    """Parameters of :func:`optimum_moves`.

    Attributes:
        hyperparameters: Those that are looked at; all that were searched where left out.
    """

    hyperparameters: tuple[Text, ...] = ()


def optimum_moves(scope: Scope, parameters: OptimumMoves) -> Finding:
    """Whether, for each of the models, no single value of some hyperparameter is good on all datasets.

    Good are values whose loss is as low as the best up to noise. A dataset with fewer than five distinct good points
    does not count. Supported if some hyperparameter of every model has no common
    good value, contradicted if all hyperparameters of one model have; not testable with fewer than two datasets left.
    """
    if not scope.chosen:
        return not_testable(scope.nothing)
    numbers: list[Number] = []
    told: dict[bool | None, list[str]] = {True: [], False: [], None: []}
    for one in scope.archive.optima(scope.chosen):
        judged = {
            movement.line.name: _sure(one, movement)
            for movement in one.moving
            if not parameters.hyperparameters or movement.line.name in parameters.hyperparameters
        }
        numbers += _ranges(one, judged)
        moving = [name for name, movement in judged.items() if movement is not None and movement.moves]
        known = [name for name, movement in judged.items() if movement is not None]
        if moving:
            told[True].append(f"{one.model}: no value of {', '.join(moving)} is good on all datasets")
        elif known and len(known) == len(judged):
            told[False].append(
                f"{one.model}: each searched hyperparameter, taken alone, has values that are good on all datasets"
            )
        else:
            few = [name for name in judged if name not in known]
            what = f"{', '.join(few)} has too few good points" if few else "no hyperparameter is known on two datasets"
            told[None].append(f"{one.model}: {what}")
    reason = "; ".join(told[False] or told[None] or told[True]) + "."
    if told[None] and not told[False]:
        return not_testable(reason, numbers)
    return decided(not told[False], reason, numbers)


class OptimumAtBound(Parameters):
    """Parameters of :func:`optimum_at_bound`.

    Attributes:
        share: Distance from a bound, as a share of the searched range on its scale, that still counts as there.
    """

    share: Positive = 0.01


def optimum_at_bound(scope: Scope, parameters: OptimumAtBound) -> Finding:
    """Whether the best of every run lies at a bound of its space, so that a better one may lie beyond.

    Ordered lists have bounds as well: their first and last value. Supported if all living runs have a hyperparameter
    there, contradicted if one has none.
    """
    if not scope.chosen:
        return not_testable(scope.nothing)
    living = [record for record in scope.chosen if optimum(record).loss is not None]
    if not living:
        return not_testable("All of the searches are dead.")
    places = {record.key: dict(_places(record)) for record in living}
    numbers = [
        Number(label=f"place of {name} in its range", value=100 * place, unit="%", runs=(key,))
        for key, found in places.items()
        for name, place in found.items()
    ]
    at = {
        key: [name for name, place in found.items() if min(place, 1 - place) <= parameters.share]
        for key, found in places.items()
    }
    inside = [record for record in living if not at[record.key]]
    if inside:
        reason = f"{_run(inside[0])}: every known hyperparameter of the best lies inside of its range"
    else:
        reason = f"{_run(living[0])}: {', '.join(at[living[0].key])} of the best lies at a bound"
    counted = f" ({len(inside) or len(living)} of {len(living)} runs alike)" if len(living) > 1 else ""
    return decided(not inside, f"{reason}{counted}.", numbers)


def _run(record: Record) -> str:
    return f"{record.run.model} on {record.run.dataset}, {record.run.size}"


def _sure(one: ModelOptima, movement: Movement) -> Movement | None:
    """``movement`` without the datasets whose range says little; ``None`` where fewer than two are left."""
    if not movement.few:
        return movement
    rest = [found for found in one.chosen if found.run.dataset not in movement.few]
    again = [found for found in movements(rest, one.axes) if found.line.name == movement.line.name]
    return again[0] if again else None


def _ranges(one: ModelOptima, judged: dict[str, Movement | None]) -> Iterator[Number]:
    keys = {found.run.dataset: found.run.key for found in one.chosen}
    for name, movement in judged.items():
        for dataset, ends in ({} if movement is None else movement.ranges).items():
            assert movement is not None
            for end, place in zip(("least", "greatest"), ends, strict=True):
                value: Any = movement.line.value(place)
                if isinstance(value, int | float) and not isinstance(value, bool):
                    label = f"{end} good {name} of {one.model} on {dataset}"
                    yield Number(label=label, value=value, runs=(keys[dataset],))


def _places(record: Record) -> Iterator[tuple[str, float]]:
    """Where the best lies between the bounds of each ordered hyperparameter, 0 to 1."""
    found = optimum(record)
    for line in lines([record]).values():
        if line.ordered and found.values.get(line.name) is not None:
            place = line.place(found.values[line.name])
            yield line.name, min(1.0, max(0.0, line.share(line.lower, place)))
