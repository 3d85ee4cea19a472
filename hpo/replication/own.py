"""Replays a run of ours from its record alone: space, settings, seed and losses say every candidate again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hpo.digest import digest
from hpo.errors import BadConfiguration, BadData, Drift, MissingInput
from hpo.evaluation import Evaluation
from hpo.execution.bookkeeping import FLAT_SCHEMA, evaluations_in
from hpo.execution.spec import RunSpec
from hpo.replication.verdict import Replay
from hpo.search import make_search_from
from hpo.search.replay import replay
from hpo.strict_json import parse_json

if TYPE_CHECKING:
    from hpo.archive.record import Record


def replay_own(record: Record) -> Replay:
    """Take the search of ``record`` through its journal again, and compare all files with what comes out.

    Proven are order, completeness and authenticity: every candidate is the one that the search asks for after the
    losses before it, none is missing, and tables and ``run.json`` say what the journal says. A loss that was changed
    in all files alike is noticed as a rule, since a later candidate would be another one.
    """
    recorded = len(record.evaluations)
    try:
        spec, evaluations = journal_of(record)
        _replay(spec, evaluations)
        _compare(record, spec, evaluations)
    except MissingInput as error:
        return Replay(record.key, "impossible", record.run.seed, recorded=recorded, reason=str(error))
    except (BadData, BadConfiguration, Drift) as error:
        return Replay(record.key, "differs", record.run.seed, recorded=recorded, reason=str(error))
    points = {evaluation.candidate.evaluation: evaluation.candidate.hyperparameters for evaluation in evaluations}
    return Replay(
        record.key,
        "complete",
        record.run.seed,
        derived=len(points),
        recorded=recorded,
        agreeing=len(points),
        points=points,
    )


def journal_of(record: Record) -> tuple[RunSpec, list[Evaluation]]:
    """Identity and evaluations as ``journal.jsonl`` of ``record`` has them.

    Raises:
        BadData: There is no such file, or it can't be understood.
        Drift: It is of another run.
    """
    if record.journal is None:
        raise BadData("journal.jsonl: no such file, and every own run has one")
    lines = [parse_json(line, "journal.jsonl") for line in record.journal.splitlines()]
    try:
        head, results = lines[0], lines[1:]
        if head["schema"] != FLAT_SCHEMA:
            raise BadData(f"journal.jsonl: schema is {head['schema']!r:.80}; this program reads {FLAT_SCHEMA!r}")
        spec = RunSpec(**head["spec"])
        evaluations = evaluations_in({**line, "type": "result"} for line in results)
    except (IndexError, KeyError, TypeError) as error:
        raise BadData(f"journal.jsonl: can't be understood ({error!r:.200})") from error
    for place, found in (("journal.jsonl", head.get("digest")), ("run.json", record.run.spec)):
        if found != spec.digest:
            raise Drift(f"{place}: the digest of the run's identity is {found}, but it is {spec.digest}")
    return spec, evaluations


def _replay(spec: RunSpec, evaluations: list[Evaluation]) -> None:
    """Take the search through ``evaluations`` to its end.

    Raises:
        Drift: It asks for something else, or is not finished.
    """
    from hpo.space import Space

    search = make_search_from(Space.from_json(spec.space), spec.seed, spec.settings, spec.baseline)
    pending = replay(
        search,
        {evaluation.candidate.evaluation: evaluation.candidate for evaluation in evaluations},
        {evaluation.candidate.evaluation: evaluation.outcome for evaluation in evaluations},
    )
    if pending or not search.finished:
        numbers = ", ".join(str(candidate.evaluation) for candidate in pending[:5])
        raise Drift(f"the search is not finished: evaluation {numbers} is missing")


def _compare(record: Record, spec: RunSpec, evaluations: list[Evaluation]) -> None:
    """Tables and ``run.json`` against the journal.

    Raises:
        Drift: Something differs; the message names the first.
    """
    from hpo.archive.record import make_record
    from hpo.archive.summaries import rows_of

    run = record.run
    said: dict[str, Any] = {
        name: getattr(spec, name)
        for name in ("model", "dataset", "split", "size", "strategy", "run", "seed", "settings", "fixed")
    }
    for name, value in said.items():
        if getattr(run, name) != value:
            raise Drift(f"run.json: {name} is {getattr(run, name)!r:.200}, but the journal says {value!r:.200}")
    if record.space is None or digest(record.space.to_json()) != digest(spec.space):
        raise Drift("space.json is not the space of the journal")
    expected = make_record(run, record.space, evaluations, record.journal)
    for file, found, wanted in (
        ("evaluations.csv", record.evaluations, expected.evaluations),
        ("generations.csv", record.generations, expected.generations),
    ):
        rows, right = rows_of(found), rows_of(wanted)
        if len(rows) != len(right):
            raise Drift(f"{file}: {len(rows)} rows, but the journal gives {len(right)}")
        for number, (row, other) in enumerate(zip(rows, right, strict=True)):
            for name, value in other.items():
                if row.get(name) != value:
                    raise Drift(f"{file}: row {number}: {name} is {row.get(name)}, but the journal gives {value}")
    for name in ("best", "optimum", "counts"):
        if getattr(run, name) != getattr(expected.run, name):
            raise Drift(f"run.json: {name} is not that of the journal")
