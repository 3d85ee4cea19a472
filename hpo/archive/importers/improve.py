"""Import of the Hall of Fame that the IMPROVE project published, or of any part of it, as records.

Every run folder becomes one record, a named refusal, or is found to be in the archive already. A folder is read
by itself: what is wrong with one does not touch the others.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from hpo.archive.importers.assemble import KIND, assemble, source_digest
from hpo.archive.importers.commit import find_commit
from hpo.archive.importers.discover import Found, Left, discover
from hpo.archive.importers.folder import RunFiles, read_run
from hpo.archive.importers.identity import Identity, identify
from hpo.archive.importers.reading import open_root, shown
from hpo.archive.layout import RUN
from hpo.archive.schema import RunInfo
from hpo.archive.versions import parse_run
from hpo.errors import BadData, CrossHpoError, MissingInput, StorageError, UsageError

State = Literal["imported", "partial", "unchanged", "refused", "skipped"]

SHORT: Final = 7
_COMMIT: Final = re.compile(r"[0-9a-f]{7,40}")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one folder.

    Attributes:
        path: The folder within the source.
        state: ``imported``; ``partial``: imported, but evaluations are missing or files can't be read; ``unchanged``:
            in the archive already; ``refused``; ``skipped``: holds no result of a search.
        key: Key of the record; empty where there is none.
        reasons: Why it is partial, refused or skipped, or how it differs from an earlier import.
        evaluations: Evaluations of the record.
        planned: Evaluations that the search made; ``None`` if unknown.
        lines: Lines of the tables: evaluations, and the three counts that follow.
        phantoms: Lines that repeat an evaluation and are none.
        doubled: Lines of a second table for the same evaluations.
        unreadable: Lines that no evaluation can be told from.
        removed: Texts in the source that are not in the record, by kind: paths of containers, and private ones.
    """

    path: str
    state: State
    key: str = ""
    reasons: tuple[str, ...] = ()
    evaluations: int = 0
    planned: int | None = None
    lines: int = 0
    phantoms: int = 0
    doubled: int = 0
    unreadable: int = 0
    removed: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Report:
    """What an import did, folder by folder."""

    commit: str | None
    outcomes: tuple[Outcome, ...]

    def count(self, *states: State) -> int:
        """Folders in one of ``states``."""
        return sum(outcome.state in states for outcome in self.outcomes)

    def totals(self) -> dict[str, Any]:
        """Sums over all folders: states, evaluations, lines of tables and removed private texts."""
        names = ("evaluations", "lines", "phantoms", "doubled", "unreadable")
        kinds = sorted({kind for outcome in self.outcomes for kind in outcome.removed})
        states: tuple[State, ...] = ("imported", "partial", "unchanged", "refused", "skipped")
        return {
            "folders": {state: self.count(state) for state in states},
            **{name: sum(getattr(outcome, name) for outcome in self.outcomes) for name in names},
            "removed": {kind: sum(outcome.removed.get(kind, 0) for outcome in self.outcomes) for kind in kinds},
        }


def import_hall_of_fame(
    source: Path,
    archive: Path,
    *,
    commit: str | None = None,
    progress: Callable[[int, Outcome], None] | None = None,
) -> Report:
    """Import every run below ``source`` into ``archive``.

    Args:
        source: A clone, its ``HallOfFame`` folder, any folder below it, or one run folder.
        archive: Archive; created where it does not exist.
        commit: Commit of the source, 7 to 40 hexadecimal digits; looked for in the source if not given.
        progress: Called after each folder with the number of all folders and what became of this one.

    Raises:
        UsageError: ``commit`` is no commit.
        MissingInput: ``source`` is no folder that can be read, or no run and no refused folder is below it.
        StorageError: Writing failed; records imported so far stay.
    """
    if commit is not None and _COMMIT.fullmatch(commit.lower()) is None:
        raise UsageError(f"--commit: {commit!r} is no commit; expected 7 to 40 hexadecimal digits")
    root = open_root(source)
    try:
        commit = commit.lower() if commit else find_commit(source)
        folders = list(discover(root))
        if not any(isinstance(folder, Found) or folder.refused for folder in folders):
            raise MissingInput(f"{source}: no run in it; a run folder holds hpo.csv, output.csv, deap-N.log or alike")
        importer = _Importer(root, source.resolve().parts, archive, commit)
        outcomes = []
        for folder in folders:
            outcome = importer.outcome(folder)
            outcomes.append(outcome)
            if progress is not None:
                progress(len(folders), outcome)
    finally:
        os.close(root)
    return Report(commit, tuple(outcomes))


class _Importer:
    """One import under way; remembers the keys it has made."""

    def __init__(self, root: int, root_parts: tuple[str, ...], archive: Path, commit: str | None) -> None:
        self._root = root
        self._root_parts = root_parts
        self._archive = archive
        self._commit = commit
        self._spellings: dict[str, str] = {}
        self._keys: dict[str, str] = {}

    def outcome(self, folder: Found | Left) -> Outcome:
        path = shown("/".join(folder.parts) or (self._root_parts[-1] if self._root_parts else "."))
        if isinstance(folder, Left):
            return Outcome(path, "refused" if folder.refused else "skipped", reasons=(folder.reason,))
        try:
            return self._import(path, folder)
        except StorageError:
            raise
        except BadData as error:
            return Outcome(path, "refused", reasons=error.problems)
        except CrossHpoError as error:
            return Outcome(path, "refused", reasons=(str(error),))
        except (ValueError, TypeError, KeyError, IndexError, ArithmeticError, RecursionError) as error:
            # A folder that shows an error of ours must not keep the others from being imported.
            return Outcome(path, "refused", reasons=(f"internal error: {type(error).__name__}: {shown(str(error))}",))

    def _import(self, path: str, folder: Found) -> Outcome:
        run = read_run(self._root, folder)
        identity = identify((*self._root_parts, *folder.parts), len(folder.parts), run.metadata.fields)
        self._check_spelling(identity)
        place = self._archive / identity.model / identity.dataset / identity.size
        source = source_digest(run.digests)
        base = run_name(self._commit, run)
        self._check_once(f"{identity.model}/{identity.dataset}/{identity.size}/{base}", path)
        earlier = imports_in(place)
        known = next((info for info in earlier if info.source.digest == source), None)
        if known is not None:
            return _outcome(path, "unchanged", known, (), run)
        name = base if not (place / base).exists() else f"{base}-{source[:8]}"
        record, reasons = assemble(run, identity, name, self._commit)
        record.write(self._archive)
        before = next((info for info in earlier if info.run == base), earlier[-1] if earlier else None)
        differences = _differences(before, record.run) if before is not None else ()
        return _outcome(path, "partial" if reasons else "imported", record.run, (*reasons, *differences), run)

    def _check_spelling(self, identity: Identity) -> None:
        """Names that differ only in case are one folder on many file systems."""
        names = (identity.model, identity.dataset, identity.size)
        for depth in range(1, len(names) + 1):
            path = "/".join(names[:depth])
            first = self._spellings.setdefault(path.casefold(), path)
            if first != path:
                raise BadData(f"{path} and {first} differ only in upper and lower case")

    def _check_once(self, key: str, path: str) -> None:
        first = self._keys.setdefault(key, path)
        if first != path:
            raise BadData(f"is the same model, dataset and size as {first}, which became {key}")


def run_name(commit: str | None, run: RunFiles) -> str:
    """``improve-<short commit>``, else the day of the newest log line or of ``metadata.txt``, else ``undated``."""
    if commit is not None:
        return f"improve-{commit[:SHORT]}"
    finished = [line.finished for line in run.log if line.finished is not None]
    day = max(finished)[:10] if finished else run.metadata.fields.get("DATE", "")[:10]
    return f"improve-{day if _DAY.fullmatch(day) else 'undated'}"


def imports_in(place: Path, kind: str = KIND) -> list[RunInfo]:
    """Records of earlier imports of this kind, model, dataset and size, whatever commit they are from."""
    if not place.is_dir():
        return []
    found = []
    for folder in sorted(place.iterdir()):
        try:
            info = parse_run((folder / RUN).read_bytes(), str(folder / RUN))
        except (OSError, BadData):
            continue
        if info.source.kind == kind and info.run == folder.name:
            found.append(info)
    return found


def _differences(before: RunInfo, now: RunInfo) -> tuple[str, ...]:
    """How the source of ``now`` differs from that of an earlier import of the same run."""
    files, were = now.source.files, before.source.files
    changes = [
        f"{word} {', '.join(names)}"
        for word, names in (
            ("changed", sorted(name for name in files if name in were and files[name] != were[name])),
            ("added", sorted(set(files) - set(were))),
            ("removed", sorted(set(were) - set(files))),
        )
        if names
    ]
    best = [info.best.val_loss if info.best else None for info in (before, now)]
    if best[0] != best[1]:
        changes.append(f"best {best[0]} -> {best[1]}")
    if before.counts.evaluations != now.counts.evaluations:
        changes.append(f"evaluations {before.counts.evaluations} -> {now.counts.evaluations}")
    return (f"Differs from {before.run}: {'; '.join(changes)}.",)


def _outcome(path: str, state: State, info: RunInfo, reasons: tuple[str, ...], run: RunFiles) -> Outcome:
    lines = sum(table.lines for table in run.tables)
    phantoms = sum(len(table.phantoms) for table in run.tables)
    unreadable = sum(len(table.unreadable) for table in run.tables)
    return Outcome(
        path=path,
        state=state,
        key=info.key,
        reasons=reasons,
        evaluations=info.counts.evaluations,
        planned=info.counts.planned,
        lines=lines,
        phantoms=phantoms,
        doubled=lines - phantoms - unreadable - info.counts.evaluations,
        unreadable=unreadable,
        removed={kind: run.scrubber.removed[kind] for kind in sorted(run.scrubber.removed)},
    )
