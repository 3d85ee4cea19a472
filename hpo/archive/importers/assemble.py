"""From the parsed files of a run folder to a record: identity, evaluations, what is fixed, and what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from hpo.archive.importers.evaluations import (
    Axes,
    Evaluations,
    evaluations_of,
    point_of,
    searched_axes,
)
from hpo.archive.importers.folder import RunFiles
from hpo.archive.importers.identity import Identity
from hpo.archive.importers.privacy import PERSONAL
from hpo.archive.importers.protocols import protocol_of, release_of
from hpo.archive.importers.remarks import notes_on_tables, reasons_of
from hpo.archive.importers.settings import Setting
from hpo.archive.record import Record, make_record
from hpo.archive.schema import (
    Cost,
    Counts,
    EvaluationSummary,
    Individual,
    Provenance,
    RunInfo,
    Source,
    Times,
)
from hpo.archive.tables import LOG_COLUMNS, WHOLE, evaluations_table, typed_table
from hpo.digest import digest
from hpo.errors import BadData

if TYPE_CHECKING:
    from pandas import DataFrame

KIND: Final = "improve"
STRATEGY: Final = "ga"
NAME: Final = "IMPROVE Hall of Fame"


@dataclass(frozen=True, slots=True)
class Description:
    """All that is known of a run, before its tables are made.

    Attributes:
        info: ``run.json`` without what follows from the evaluations.
        axes: Its searched axes.
        evaluations: Its evaluations.
        reasons: Why it is only part of a run; empty if it is whole.
    """

    info: RunInfo
    axes: Axes
    evaluations: Evaluations
    reasons: tuple[str, ...]


def assemble(run: RunFiles, identity: Identity, name: str, commit: str | None) -> tuple[Record, tuple[str, ...]]:
    """The record of the run in ``run``, and why it is only part of a run; nothing if it is whole.

    Raises:
        BadData: As :func:`describe`.
    """
    found = describe(run, identity, name, commit)
    types = {axis_name: axis.column for axis_name, axis in found.axes.items()}
    table = evaluations_table(found.evaluations.rows, types, recovered=bool(found.evaluations.recovered))
    return make_record(found.info, run.space, table, log=log_table(run) if run.log else None), found.reasons


def describe(run: RunFiles, identity: Identity, name: str, commit: str | None) -> Description:
    """Put together what the files of a run say.

    Args:
        run: Its parsed files.
        identity: Model, dataset and size.
        name: Name of the run.
        commit: Commit of the source, if known.

    Raises:
        BadData: Nothing is known of any evaluation.
    """
    axes = searched_axes(run)
    evaluations = evaluations_of(run, axes)
    if not evaluations.rows and run.fitness is None and not run.log:
        raise BadData("no evaluation, no log and no fitness can be read from it")
    notes = [*identity.notes, *run.notes, *notes_on_tables(run), *evaluations.notes]
    fixed = _fixed(run, axes, notes)
    population, generations, settings = _settings(run, notes)
    planned = _planned(run, population, generations, settings)
    reasons = reasons_of(run, evaluations, planned)
    year = _year(run)
    release, split = release_of(year)
    info = RunInfo(
        model=identity.model,
        dataset=identity.dataset,
        size=identity.size,
        strategy=STRATEGY,
        run=name,
        seed=None,
        split=split,
        release=release,
        protocol=protocol_of(identity.model, year),
        population=population,
        generations=generations,
        settings=settings,
        fixed=fixed,
        counts=Counts(evaluations=0, planned=planned),
        published_best=_published_best(run, axes, evaluations, fixed),
        final_population=_final_population(run, axes, evaluations),
        times=Times(finished=run.log[-1].finished if run.log else None),
        cost=_cost(run, evaluations, planned),
        provenance=_provenance(run),
        source=_source(run, identity, commit),
        unrecorded=evaluations.unrecorded,
        recovered=evaluations.recovered,
        notes=[run.scrubber.text(note) for note in dict.fromkeys([*notes, *reasons])],
    )
    clean = tuple(run.scrubber.text(reason) for reason in reasons)
    return Description(_with_clean_texts(info, run), axes, evaluations, clean)


def source_digest(digests: Mapping[str, str]) -> str:
    """One digest over the digests of all files of a run folder that were read."""
    return digest(dict(digests))


def _fixed(run: RunFiles, axes: Axes, notes: list[str]) -> dict[str, Any]:
    """Hyperparameters that stayed the same; what the best individual says of them outranks the space file."""
    if run.space is None:
        return {}
    declared = dict(run.space.constants)
    used = {name: run.scrubber.value(value) for name, value in (run.best or {}).items() if name not in axes}
    for name in used:
        if name not in declared:
            notes.append(f"{run.names['best']} has {name}, which the space does not; the space may be another run's.")
        elif used[name] != declared[name] and "<" not in str(used[name]):
            notes.append(
                f"{run.names['best']} has {name} = {used[name]}, the space {declared[name]}; the space may be another "
                "run's."
            )
    return declared | used


def _settings(run: RunFiles, notes: list[str]) -> tuple[int | None, int | None, dict[str, Setting]]:
    """Population, generations and settings; the log says what took place, scripts what was asked for."""
    settings = dict(run.script.settings)
    first = next((line.nevals for line in run.log if line.generation == 0), None)
    took_place = {"POPULATION_SIZE": first, "NUM_ITERATIONS": len(run.log) or None}
    logged = {"POPULATION_SIZE": run.metadata.population, "NUM_ITERATIONS": run.metadata.generations}
    known: dict[str, int | None] = {}
    for key in ("POPULATION_SIZE", "NUM_ITERATIONS"):
        said = {"the settings script": settings.get(key), "metadata.txt": logged[key]}
        for source, value in said.items():
            if took_place[key] is not None and value is not None and value != took_place[key]:
                notes.append(f"{source} says {key} = {value}, the log {took_place[key]}; the log was taken.")
        candidates = (took_place[key], logged[key], settings.get(key))
        value = next((int(value) for value in candidates if value is not None), None)
        known[key] = value
        if value is not None:
            settings[key] = value
    return known["POPULATION_SIZE"], known["NUM_ITERATIONS"], settings


def _planned(
    run: RunFiles, population: int | None, generations: int | None, settings: Mapping[str, Setting]
) -> int | None:
    """Evaluations that the search made: those that DEAP counted, else those of its settings."""
    counted = [line.nevals for line in run.log]
    if counted and None not in counted and [line.generation for line in run.log] == list(range(len(counted))):
        return sum(count for count in counted if count is not None)
    proportion = settings.get("OFFSPRING_PROPORTION")
    if population is None or generations is None or not isinstance(proportion, int | float):
        return None
    return population + (generations - 1) * round(proportion * population)


def _year(run: RunFiles) -> str | None:
    finished = [line.finished for line in run.log if line.finished is not None]
    return finished[-1][:4] if finished else run.metadata.fields.get("DATE", "")[:4] or None


def _published_best(
    run: RunFiles, axes: Axes, evaluations: Evaluations, fixed: Mapping[str, Any]
) -> EvaluationSummary | None:
    """What the source calls best: hyperparameters of ``best-N.json`` and the loss of ``fitness-N.txt``."""
    if run.best is None and run.fitness is None:
        return None
    row = evaluations.row_of(run.best, run.fitness, axes)
    best = run.best or {}
    point = dict.fromkeys(axes) | point_of(best, axes)
    others = {name: run.scrubber.value(value) for name, value in best.items() if name not in axes}
    is_loss = run.fitness is not None and run.fitness >= 0
    return EvaluationSummary(
        evaluation=None if row is None else evaluations.rows[row]["evaluation"],
        generation=None if row is None else evaluations.rows[row]["generation"],
        status="ok" if is_loss else "invalid",
        hyperparameters=point | (others if best else dict(fixed)),
        val_loss=run.fitness if is_loss else None,
    )


def _final_population(run: RunFiles, axes: Axes, evaluations: Evaluations) -> list[Individual]:
    """Members of the last population in the order of the source, with the rows that they are."""
    individuals: list[Any] = run.population
    losses: list[Any] = run.fitnesses
    if individuals and losses and len(individuals) != len(losses):
        individuals = []
    count = max(len(individuals), len(losses))
    members = []
    for individual, loss in zip(individuals or [None] * count, losses or [None] * count, strict=True):
        row = evaluations.row_of(individual, loss, axes)
        members.append(
            Individual(
                evaluation=None if row is None else evaluations.rows[row]["evaluation"],
                val_loss=loss,
                hyperparameters={} if individual is None else point_of(individual, axes),
            )
        )
    return members


def _cost(run: RunFiles, evaluations: Evaluations, planned: int | None) -> Cost:
    """Worker processes, and the sum of walltimes where every evaluation has one."""
    times = [row["walltime"] for row in evaluations.rows]
    complete = bool(times) and len(times) == planned and None not in times
    return Cost(workers=run.rank or None, busy_seconds=float(sum(times)) if complete else None)


def _provenance(run: RunFiles) -> Provenance:
    image = run.script.image
    return Provenance(
        software={} if image is None else {"image": run.scrubber.text(image)},
        launcher="supervisor",
        # Supervisor's last rank serves the queue, the one before it runs DEAP and gives the files its number.
        mpi_size=None if run.rank is None else run.rank + 2,
    )


def _source(run: RunFiles, identity: Identity, commit: str | None) -> Source:
    return Source(
        kind=KIND,
        name=NAME,
        commit=commit,
        path=run.scrubber.text(identity.path),
        digest=source_digest(run.digests),
        files={run.scrubber.text(name): value for name, value in run.digests.items()},
        removed={kind: run.scrubber.removed[kind] for kind in PERSONAL if run.scrubber.removed[kind]},
    )


def _with_clean_texts(info: RunInfo, run: RunFiles) -> RunInfo:
    """``info`` with no private text left in values of hyperparameters and settings, whatever axis they are of."""
    clean = run.scrubber.value
    best = info.published_best
    return info.model_copy(
        update={
            "settings": clean(info.settings),
            "published_best": best and best.model_copy(update={"hyperparameters": clean(best.hyperparameters)}),
            "final_population": [
                individual.model_copy(update={"hyperparameters": clean(individual.hyperparameters)})
                for individual in info.final_population
            ],
        }
    )


def log_table(run: RunFiles) -> DataFrame:
    """The lines of DEAP's log, see ``hpo.archive.record.make_record``."""
    columns: dict[str, list[Any]] = {
        "generation": [line.generation for line in run.log],
        "log_evaluations": [line.nevals for line in run.log],
        "log_mean": [line.avg for line in run.log],
        "log_std": [line.std for line in run.log],
        "log_min": [line.min for line in run.log],
        "log_max": [line.max for line in run.log],
        "log_time": [line.seconds for line in run.log],
    }
    return typed_table(columns, {"generation": WHOLE} | LOG_COLUMNS)
