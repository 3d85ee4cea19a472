"""Replays searches that Supervisor made: finds the seed, and derives every evaluation again.

Such a search is DEAP's ``eaMuPlusLambda`` on Python's generator, which the preset ``supervisor`` repeats draw by draw.
Losses only decide who wins a tournament, and the first tournament follows the second generation: with a seed, the
first two generations are known without any loss.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from hpo.errors import CrossHpoError
from hpo.evaluation import Hyperparameters, Outcome, Status
from hpo.replication.seeds import SEEDS, Clues, find_seeds
from hpo.replication.stepped import stepped
from hpo.replication.verdict import Replay
from hpo.search import make_search
from hpo.sizes import Size
from hpo.space import Space

if TYPE_CHECKING:
    from hpo.archive.record import Record

SETTINGS: Final = (
    "GA_STRATEGY", "OFFSPRING_PROPORTION", "MUT_PROB", "CX_PROB", "MUT_INDPB", "CX_INDPB", "TOURNSIZE",
)  # fmt: skip
"""Settings of Supervisor that a replay takes from the record where it has them."""

MOST_CANDIDATES: Final = 20
"""Seeds tried in full where the first individuals leave several."""

_PRINTED: Final = 1e-4
"""Relative difference up to which a statistic agrees with the six digits of DEAP's log."""

_STEPPED: Final = "ordered axes mutate as in Supervisor before 2024"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a record says that a replay must give.

    Attributes:
        key: Key of the record.
        space: The space.
        population: Individuals of the first generation.
        generations: Generations.
        settings: Settings of the search.
        points: Recorded axes of each recorded evaluation, by number.
        generation: Generation of each recorded evaluation, from 0.
        losses: Losses by number.
        last: Losses of the last population in its order; empty if unknown.
        log: Statistics of DEAP's log by generation; empty if unknown.
        hints: Values of float axes in the best individual and the last population.
    """

    key: str
    space: Space
    population: int
    generations: int
    settings: Mapping[str, Any]
    points: Mapping[int, Hyperparameters]
    generation: Mapping[int, int]
    losses: Mapping[int, float]
    last: tuple[float, ...]
    log: Mapping[int, Mapping[str, float]]
    hints: Mapping[str, tuple[float, ...]]

    @property
    def clues(self) -> Clues:
        """What tells the seed."""
        first = {number: point for number, point in self.points.items() if self.generation[number] == 0}
        values = {
            name: tuple(
                {
                    *self.hints.get(name, ()),
                    *(float(point[name]) for point in self.points.values() if name in point),
                }
            )
            for name in (axis.name for axis in self.space.axes if axis.kind == "float")
        }
        return Clues(self.space, self.population, first, values)


def replay_published(
    records: Sequence[Record],
    *,
    siblings: Sequence[Record] = (),
    seeds: int = SEEDS,
    progress: Callable[[int], None] | None = None,
) -> list[Replay]:
    """Replay each of ``records``, imports of searches by Supervisor, in their order.

    A record without a space, or with values outside of it, is tried with the spaces of other records of its model: a
    folder of the source may hold the space of another run.

    Args:
        records: Records to replay.
        siblings: Further records whose spaces may be tried.
        seeds: Seeds to try, from 0.
        progress: Called with the number of seeds tried.
    """
    results: dict[int, Replay] = {}
    attempts: list[tuple[int, Evidence, tuple[str, ...]]] = []
    for number, record in enumerate(records):
        reason = why_impossible(record)
        variants = [] if reason else list(_variants(record, [*records, *siblings]))
        if not variants:
            reason = reason or "the source has no space, and no other run of the model has one that fits"
            results[number] = Replay(record.key, "impossible", recorded=len(record.evaluations), reason=reason)
            continue
        attempts += [(number, evidence, notes) for evidence, notes in variants]
    found = find_seeds([evidence.clues for _, evidence, _ in attempts], seeds=seeds, progress=progress)
    for (number, evidence, notes), candidates in zip(attempts, found, strict=True):
        for seed in candidates[:MOST_CANDIDATES]:
            for space, note in ((evidence.space, ()), (stepped(evidence.space), (_STEPPED,))):
                attempt = replay_with(replace(evidence, space=space), seed)
                attempt = replace(attempt, assumptions=(*notes, *note))
                results[number] = _better(results.get(number), attempt)
    for number, record in enumerate(records):
        if number not in results:
            results[number] = Replay(
                record.key,
                "no-seed",
                recorded=len(record.evaluations),
                reason=f"no seed below {seeds:,} draws what is recorded of the first generation",
            )
    return [results[number] for number in range(len(records))]


def why_impossible(record: Record) -> str:
    """Why ``record`` does not say enough for a replay; empty if it does."""
    run = record.run
    if run.population is None or run.generations is None:
        return "the source does not say how many individuals or generations there were"
    if run.settings.get("GA_STRATEGY", "mu_plus_lambda") != "mu_plus_lambda":
        return f"the strategy {run.settings['GA_STRATEGY']} is not one that can be replayed"
    return ""


def evidence_of(record: Record, space: Space) -> Evidence:
    """What ``record`` says, for a search in ``space``.

    Raises:
        ValueError: It does not say how large the search was.
    """
    from hpo.archive.summaries import points, rows_of

    run = record.run
    if run.population is None or run.generations is None:
        raise ValueError(why_impossible(record))
    rows = rows_of(record.evaluations)
    recovered = [set(str(row.get("recovered") or "").split(";")) for row in rows]
    found = {
        int(row["evaluation"]): {
            name: value for name, value in point.items() if value is not None and name not in others
        }
        for row, point, others in zip(rows, points(record.evaluations), recovered, strict=True)
    }
    individuals = [individual.hyperparameters for individual in run.final_population]
    if run.published_best is not None:
        individuals.append(run.published_best.hyperparameters)
    floats = [axis.name for axis in space.axes if axis.kind == "float"]
    last = [individual.val_loss for individual in run.final_population]
    return Evidence(
        key=record.key,
        space=space,
        population=run.population,
        generations=run.generations,
        settings={name: run.settings[name] for name in SETTINGS if name in run.settings},
        points=found,
        generation={int(row["evaluation"]): int(row["generation"]) for row in rows},
        losses={int(row["evaluation"]): row["val_loss"] for row in rows if row["val_loss"] is not None},
        last=tuple(loss for loss in last if loss is not None) if None not in last else (),
        log=_log(record),
        hints={
            name: tuple(value for point in individuals if isinstance(value := point.get(name), float))
            for name in floats
        },
    )


def replay_with(evidence: Evidence, seed: int) -> Replay:
    """The search of ``seed`` taken as far as the recorded losses lead, compared with everything that is recorded."""
    try:
        search = make_search(
            evidence.space,
            strategy="ga",
            size=Size("replay", evidence.population, evidence.generations),
            seed=seed,
            preset="supervisor",
            settings={**evidence.settings, "DUPLICATES": "retrain"},
        )
    except CrossHpoError as error:
        return Replay(evidence.key, "impossible", recorded=len(evidence.points), reason=str(error))
    points: dict[int, Hyperparameters] = {}
    difference = ""
    missing: int | None = None
    known_until = 1
    while (candidate := search.ask()) is not None:
        number = candidate.evaluation
        if missing is not None and candidate.generation > known_until:
            break
        points[number] = candidate.hyperparameters
        difference = difference or _difference(evidence, number, candidate.generation, candidate.hyperparameters)
        loss = evidence.losses.get(number)
        if loss is None and missing is None:
            missing, known_until = number, max(candidate.generation, 1)
        # Which loss stands in for one that is not recorded does not matter: what follows from it is not used.
        search.tell(number, Outcome(Status.OK, loss=1.0 if loss is None else loss))
    finished = missing is None and search.finished
    strangers = sorted(set(evidence.points) - set(points)) if finished else []
    if strangers:
        difference = difference or f"evaluation {strangers[0]} is recorded, but the search does not make it"
    if finished:
        difference = difference or _difference_at_the_end(evidence, search)
    return _verdict(evidence, seed, points, difference, missing)


def _verdict(
    evidence: Evidence, seed: int, points: Mapping[int, Hyperparameters], difference: str, missing: int | None
) -> Replay:
    compared = [number for number in evidence.points if number in points]
    agreeing = sum(
        all(points[number].get(name) == value for name, value in evidence.points[number].items()) for number in compared
    )
    recovered = {
        name: count
        for name in evidence.space.names
        if (count := sum(name not in evidence.points[number] for number in compared))
    }
    return Replay(
        key=evidence.key,
        state="differs" if difference else "complete" if missing is None else "partial",
        seed=seed,
        derived=len(points),
        recorded=len(evidence.points),
        agreeing=agreeing,
        reason=difference
        or ("" if missing is None else f"evaluation {missing} has no recorded loss, on which later ones depend"),
        points=points,
        recovered={} if difference else recovered,
    )


def _difference(evidence: Evidence, number: int, generation: int, derived: Hyperparameters) -> str:
    if number not in evidence.points:
        return ""
    if evidence.generation[number] != generation:
        return f"evaluation {number}: recorded in generation {evidence.generation[number]}, but it is of {generation}"
    for name, value in evidence.points[number].items():
        if derived.get(name) != value:
            return f"evaluation {number}: {name} recorded as {value}, but the search asks for {derived.get(name)}"
    return ""


def _difference_at_the_end(evidence: Evidence, search: Any) -> str:
    """The first statistic of the log or loss of the last population that the search does not give; empty if none."""
    last = tuple(individual.loss for individual in search.population)
    if evidence.last and evidence.last != last:
        return "the losses of the last population are recorded otherwise"
    for row in search.logbook:
        for name, recorded in evidence.log.get(row["gen"], {}).items():
            if not math.isclose(row[name], recorded, rel_tol=_PRINTED, abs_tol=1e-9):
                return f"log of generation {row['gen']}: {name} recorded as {recorded:g}, but it is {row[name]:g}"
    return ""


def _log(record: Record) -> dict[int, dict[str, float]]:
    from hpo.archive.summaries import rows_of

    columns = {"log_mean": "avg", "log_std": "std", "log_min": "min", "log_max": "max"}
    return {
        int(row["generation"]): {name: row[column] for column, name in columns.items() if row.get(column) is not None}
        for row in rows_of(record.generations)
    }


def _variants(record: Record, records: Sequence[Record]) -> Iterator[tuple[Evidence, tuple[str, ...]]]:
    """Evidence with the record's space; where it has none or has values outside of it, with others of the model."""
    if record.space is not None:
        own = evidence_of(record, record.space)
        yield own, ()
        axes = {axis.name: axis for axis in record.space.axes}
        if all(axes[name].contains(value) for point in own.points.values() for name, value in point.items()):
            return
    tried = set() if record.space is None else {record.space.digest}
    for other in records:
        if other.space is None or other.run.model != record.run.model or other.space.digest in tried:
            continue
        tried.add(other.space.digest)
        if set(other.space.names) == set(record.axes):
            yield evidence_of(record, other.space), (f"the space is that of {other.key}",)


def _better(one: Replay | None, other: Replay) -> Replay:
    if one is None:
        return other
    return max(one, other, key=lambda replay: (not replay.failed, replay.state == "complete", replay.agreeing))
