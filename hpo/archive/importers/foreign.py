"""From what another tool left of a run to a record: the same laws for every tool."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hpo.archive.importers.asked import Identity, need_identity
from hpo.archive.importers.improve import SHORT, Outcome, Report, State, imports_in
from hpo.archive.importers.privacy import PERSONAL
from hpo.archive.importers.reading import shown
from hpo.archive.record import make_record
from hpo.archive.schema import Counts, RunInfo, Source
from hpo.errors import BadData, CrossHpoError, StorageError, UsageError

if TYPE_CHECKING:
    from pandas import DataFrame

    from hpo.space import Space


@dataclass(frozen=True, slots=True)
class Parsed:
    """A run as another tool left it, without private texts.

    Attributes:
        path: Where it is within the source.
        tool: Name of the tool.
        identity: What the source says that it is of.
        space: Its space; ``None`` if unknown.
        table: Its evaluations, see ``hpo.archive.tables``.
        digest: Over what was read of it.
        files: Digests of the files, by name.
        removed: Private texts in the source, counted by kind.
        about: What else is known, by fields of ``RunInfo``.
        log: Lines of DEAP's log, see ``hpo.archive.record.make_record``.
        notes: What had to be decided, one sentence each.
        reasons: Why it is only part of a run, one sentence each.
        planned: Evaluations that the search was to make.
        lines: Lines or trials of the source.
        unreadable: Those that no evaluation can be told from.
    """

    path: str
    tool: str
    identity: Identity
    space: Space | None
    table: DataFrame
    digest: str
    files: Mapping[str, str]
    removed: Mapping[str, int] = field(default_factory=dict)
    about: Mapping[str, Any] = field(default_factory=dict)
    log: DataFrame | None = None
    notes: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    planned: int | None = None
    lines: int = 0
    unreadable: int = 0


@dataclass(frozen=True, slots=True)
class Refused:
    """A part of the source that becomes no record.

    Attributes:
        path: Where it is within the source.
        reasons: Why.
    """

    path: str
    reasons: tuple[str, ...]


def refused(path: str, error: CrossHpoError) -> Refused:
    """What ``error`` says of the run at ``path``."""
    return Refused(path, error.problems if isinstance(error, BadData) else (str(error),))


def import_parsed(
    kind: str,
    found: Sequence[Parsed | Refused],
    archive: Path,
    given: Identity,
    progress: Callable[[int, Outcome], None] | None = None,
) -> Report:
    """Write a record for each run of ``found``; what is in the archive already stays as it is.

    Args:
        kind: Kind of the source, and strategy of its runs where nothing says it.
        found: The runs of the source.
        archive: Archive; created where it does not exist.
        given: What the user says that they are of; it wins over what the source says.
        progress: Called after each run with the number of all and what became of this one.

    Raises:
        UsageError: Something that every record says is not known of a run, or several runs were given one name;
            nothing has been written then.
        StorageError: Writing failed; records imported so far stay.
    """
    runs = [run for run in found if isinstance(run, Parsed)]
    identities = {id(run): given.over(run.identity).over(Identity(strategy=kind)) for run in runs}
    need_identity([(run.path, identities[id(run)]) for run in runs])
    if given.run is not None and len(runs) > 1:
        raise UsageError(f"--run {given.run}: the source holds {len(runs)} runs, and one name is for one")
    outcomes = []
    for run in found:
        if isinstance(run, Refused):
            outcome = Outcome(shown(run.path), "refused", reasons=run.reasons)
        else:
            outcome = _written(kind, run, identities[id(run)], archive)
        outcomes.append(outcome)
        if progress is not None:
            progress(len(found), outcome)
    return Report(None, tuple(outcomes))


def _written(kind: str, run: Parsed, identity: Identity, archive: Path) -> Outcome:
    name = identity.run or f"{kind}-{run.digest[: SHORT + 1]}"
    place = archive / str(identity.model) / str(identity.dataset) / str(identity.size)
    try:
        known = next((info for info in imports_in(place, kind) if info.source.digest == run.digest), None)
        if known is not None:
            return _outcome(run, "unchanged", known)
        record = make_record(_info(kind, name, run, identity), run.space, run.table, log=run.log)
        record.write(archive)
    except StorageError:
        raise
    except CrossHpoError as error:
        return Outcome(run.path, "refused", reasons=refused(run.path, error).reasons)
    return _outcome(run, "partial" if run.reasons else "imported", record.run)


def _info(kind: str, name: str, run: Parsed, identity: Identity) -> RunInfo:
    return RunInfo(
        model=identity.model,
        dataset=identity.dataset,
        size=identity.size,
        strategy=identity.strategy,
        run=name,
        seed=identity.seed,
        split=identity.split,
        release=identity.release,
        protocol=identity.protocol,
        **({"population": None, "generations": None} | dict(run.about)),
        counts=Counts(evaluations=0, planned=run.planned),
        source=Source(
            kind=kind,
            name=run.tool,
            commit=None,
            path=run.path,
            digest=run.digest,
            files=dict(run.files),
            removed={kind_: run.removed[kind_] for kind_ in PERSONAL if run.removed.get(kind_)},
        ),
        notes=[*dict.fromkeys([*run.notes, *run.reasons])],
    )


def _outcome(run: Parsed, state: State, info: RunInfo) -> Outcome:
    return Outcome(
        path=run.path,
        state=state,
        key=info.key,
        reasons=run.reasons if state != "unchanged" else (),
        evaluations=info.counts.evaluations,
        planned=info.counts.planned,
        lines=run.lines,
        unreadable=run.unreadable,
        removed={kind: run.removed[kind] for kind in sorted(run.removed)},
    )


def names_here(names: Iterable[str]) -> dict[str, str]:
    """Names of hyperparameters as a record can have them, by the names of the source.

    Raises:
        BadData: Two would become one, or one is the name of another column; all of them at once.
    """
    from hpo.evaluation import RESERVED_NAMES
    from hpo.identifiers import is_hyperparameter_name

    result: dict[str, str] = {}
    problems = []
    for name in names:
        plain = "".join(sign if sign.isascii() and (sign.isalnum() or sign == "_") else "_" for sign in name)
        plain = f"_{plain}" if plain[:1].isdigit() else plain
        if not is_hyperparameter_name(plain) or plain in RESERVED_NAMES or plain in result.values():
            problems.append(
                f"hyperparameter {shown(name)!r}: would be the column {shown(plain)!r} of a record, which is taken "
                "or too long; rename it in the source"
            )
        result[name] = plain
    if problems:
        raise BadData(problems)
    return result
