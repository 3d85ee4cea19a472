"""The record of a finished run: made, read, rendered as files and published."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hpo.archive import layout
from hpo.archive.audit import audit
from hpo.archive.guard import refuse_private
from hpo.archive.invariants import violations
from hpo.archive.messages import plain_message
from hpo.archive.optimum import optimum_of
from hpo.archive.schema import BestInfo, EvaluationSummary, RunInfo
from hpo.archive.summaries import baseline_evaluation, best_evaluation, by_status, generations_table
from hpo.archive.tablefiles import read_evaluations, read_generations, write_table
from hpo.archive.tables import axis_columns, axis_types, table_of
from hpo.archive.versions import parse_run
from hpo.archive.writing import write_files
from hpo.errors import BadData, Drift, MissingInput
from hpo.evaluation import Evaluation, Status
from hpo.strict_json import parse_json

if TYPE_CHECKING:
    from pandas import DataFrame

    from hpo.space import Space


@dataclass(frozen=True, eq=False)
class Record:
    """A finished run.

    Attributes:
        run: Content of ``run.json``.
        space: The space as searched; ``None`` where the source of an import does not have it.
        evaluations: Content of ``evaluations.csv``, sorted by ``evaluation``; see ``hpo.archive.tables``.
        generations: Content of ``generations.csv``.
        journal: Content of ``journal.jsonl``; ``None`` for imports.
    """

    run: RunInfo
    space: Space | None
    evaluations: DataFrame
    generations: DataFrame
    journal: bytes | None = None

    @property
    def key(self) -> str:
        """``MODEL/DATASET/SIZE/RUN``."""
        return self.run.key

    @property
    def axes(self) -> tuple[str, ...]:
        """Names of the searched hyperparameters, in the order of their columns."""
        return axis_columns(list(self.evaluations.columns))

    def files(self) -> dict[str, bytes]:
        """Content of every file but the manifest, by name; equal records give equal bytes."""
        files = {
            layout.RUN: json_file(self.run.model_dump(mode="json", by_alias=True)),
            layout.EVALUATIONS: write_table(self.evaluations),
            layout.GENERATIONS: write_table(self.generations),
            layout.BEST: json_file(best_of(self.run).model_dump(mode="json", by_alias=True)),
        }
        if self.space is not None:
            files[layout.SPACE] = json_file(self.space.to_json())
        if self.journal is not None:
            files[layout.JOURNAL] = self.journal
        return files

    def write(self, archive: Path) -> Path:
        """Publish into ``archive`` and return the record's folder; nothing happens where it is there already.

        Raises:
            Drift: The record breaks an invariant or holds somebody's path, which is an error of the program.
            OwnedOrExists: Another record exists under this key.
            StorageError: Writing failed; nothing is left behind.
        """
        broken = violations(self)
        if broken:
            raise Drift("\n".join(f"{self.key}/{violation}" for violation in broken))
        files = self.files()
        refuse_private(self.key, files, own=self.run.source.kind == "cross-hpo")
        return write_files(archive, self.key, files)


def make_record(
    run: RunInfo,
    space: Space | None,
    evaluations: Sequence[Evaluation] | DataFrame,
    journal: bytes | None = None,
    *,
    log: DataFrame | None = None,
) -> Record:
    """A record with everything that follows from its evaluations.

    Filled in are ``counts`` (``planned`` and ``reused`` stay), ``baseline``, ``best``, ``optimum``, ``flags`` and the
    table of generations. ``best`` is the lowest loss of status ``ok`` that the search found; where the source of an
    import names a better one that is in none of its tables (``published_best``), it is that one.

    Args:
        run: Identity and everything that evaluations do not say.
        space: The space as searched; ``None`` if unknown.
        evaluations: Finished evaluations in any order, or a table as ``hpo.archive.tables`` describes it.
        journal: The journal as it was written.
        log: For imports, lines of DEAP's log: ``generation`` and the columns ``LOG_COLUMNS``.
    """
    table = table_of(evaluations, axis_types(space)) if isinstance(evaluations, Sequence) else evaluations
    table = table.sort_values("evaluation", kind="stable", ignore_index=True)
    table["message"] = table["message"].map(plain_message).astype("string")
    best = best_evaluation(table, run.fixed)
    published = run.published_best
    if published is not None and _is_better(published, best):
        best = published
    counts = run.counts.model_copy(update={"evaluations": len(table), "by_status": by_status(table)})
    run = run.model_copy(
        update={
            "counts": counts,
            "baseline": baseline_evaluation(table, run.fixed),
            "best": best,
            "optimum": optimum_of(table, run.fixed),
            "flags": [],
        }
    )
    record = Record(run, space, table, generations_table(table, log), journal)
    flagged = run.model_copy(update={"flags": audit(record)})
    return Record(flagged, space, table, record.generations, journal)


def read_record(path: Path) -> Record:
    """Read the record in the folder ``path``.

    Only what is needed to understand the files is checked; ``hpo.archive.verify`` checks everything.

    Raises:
        MissingInput: There is no such folder, or a file is missing.
        BadData: A file cannot be understood; every such problem of the record at once.
    """
    content = _contents(path)
    problems: list[str] = []
    run = _collect(problems, parse_run, content[layout.RUN], str(path / layout.RUN))
    space = _collect(problems, parse_space, content.get(layout.SPACE), str(path / layout.SPACE))
    axes = None if space is None else axis_types(space)
    evaluations = _collect(
        problems, read_evaluations, content[layout.EVALUATIONS], axes, str(path / layout.EVALUATIONS)
    )
    generations = _collect(problems, read_generations, content[layout.GENERATIONS], str(path / layout.GENERATIONS))
    if problems:
        raise BadData(problems)
    return Record(run, space, evaluations, generations, content.get(layout.JOURNAL))


def best_of(run: RunInfo) -> BestInfo:
    """Content of ``best.json``."""
    return BestInfo(run=run.key, best=run.best, optimum=run.optimum)


def json_file(value: Any) -> bytes:
    """``value`` as the archive writes JSON: UTF-8, two blanks of indentation, a final line end."""
    return (json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode("utf-8")


def _is_better(published: EvaluationSummary, best: EvaluationSummary | None) -> bool:
    """Whether ``published`` is an evaluation that is in no table and better than all that are."""
    if published.val_loss is None or published.status != Status.OK.value or published.evaluation is not None:
        return False
    return best is None or best.val_loss is None or published.val_loss < best.val_loss


def _contents(path: Path) -> dict[str, bytes]:
    if not path.is_dir():
        raise MissingInput(f"{path}: no such record")
    content = {}
    for name in (*layout.REQUIRED, *layout.OPTIONAL):
        try:
            content[name] = (path / name).read_bytes()
        except FileNotFoundError:
            if name in layout.REQUIRED:
                raise MissingInput(f"{path / name}: no such file, and every record has one") from None
        except OSError as error:
            raise BadData(f"{path / name}: cannot be read ({error.strerror})") from error
    return content


def parse_space(content: bytes | None, where: str) -> Space | None:
    """``space.json``; ``None`` where there is none.

    Raises:
        BadData: It is no space; every problem at once.
    """
    from hpo.space import Space

    return None if content is None else Space.from_json(parse_json(content, where), where)


def _collect(problems: list[str], function: Any, *arguments: Any) -> Any:
    """What ``function`` returns; problems that it raises are added to ``problems``."""
    try:
        return function(*arguments)
    except BadData as error:
        problems.extend(error.problems)
        return None
