"""What differs between two archives: runs added, removed, changed; best values that moved."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hpo.archive import layout
from hpo.archive.compare import essence_digest
from hpo.archive.manifest import parse_manifest
from hpo.archive.record import read_record
from hpo.archive.schema import RunInfo
from hpo.archive.store import HallOfFame
from hpo.archive.summaries import chosen
from hpo.errors import BadData, CrossHpoError


@dataclass(frozen=True, slots=True)
class Change:
    """A record that is in both archives and differs.

    Attributes:
        key: Key of the record.
        files: Files that differ or are in one of them only.
        before: Best validation loss in the first archive, if any.
        after: That in the second.
        same_results: Whether only times, cost, provenance or the journal differ; ``None`` if one cannot be read.
    """

    key: str
    files: tuple[str, ...]
    before: float | None
    after: float | None
    same_results: bool | None

    @property
    def moved(self) -> bool:
        """Whether the best value moved."""
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs between two archives.

    Attributes:
        added: Keys in the second only, with their best validation losses.
        removed: Keys in the first only, with theirs.
        changed: Records in both that differ.
        unchanged: Number of records in both that are equal.
        problems: What could not be read.
    """

    added: dict[str, float | None]
    removed: dict[str, float | None]
    changed: tuple[Change, ...]
    unchanged: int
    problems: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether both archives hold the same records."""
        return not (self.added or self.removed or self.changed or self.problems)


def compare_archives(before: Path, after: Path) -> Difference:
    """What changed from ``before`` to ``after``, judged by the manifests.

    Raises:
        MissingInput: One of them does not exist.
    """
    first, second = HallOfFame(before), HallOfFame(after)
    problems: list[str] = []
    old, new = _manifests(first, problems), _manifests(second, problems)
    both = sorted(set(old) & set(new))
    changed = tuple(_change(first, second, key, old[key], new[key], problems) for key in both if old[key] != new[key])
    return Difference(
        added={key: _best(second, key, problems) for key in sorted(set(new) - set(old))},
        removed={key: _best(first, key, problems) for key in sorted(set(old) - set(new))},
        changed=changed,
        unchanged=len(both) - len(changed),
        problems=tuple(problems),
    )


def _manifests(hall: HallOfFame, problems: list[str]) -> dict[str, dict[str, str]]:
    """Digests by file by key; a record without a readable manifest has none."""
    found: dict[str, dict[str, str]] = {}
    for key in hall.keys():  # noqa: SIM118 - an archive is no mapping
        path = hall.folder(key) / layout.MANIFEST
        try:
            found[key] = parse_manifest(path.read_bytes(), str(path))
        except BadData as error:
            problems.extend(error.problems)
            found[key] = {}
        except OSError as error:
            problems.append(f"{path}: cannot be read ({error.strerror})")
            found[key] = {}
    return found


def _change(
    first: HallOfFame, second: HallOfFame, key: str, old: dict[str, str], new: dict[str, str], problems: list[str]
) -> Change:
    files = tuple(sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name)))
    same = None
    try:
        same = essence_digest(read_record(first.folder(key))) == essence_digest(read_record(second.folder(key)))
    except CrossHpoError as error:
        problems.append(str(error))
    return Change(key, files, _best(first, key, problems), _best(second, key, problems), same)


def _best(hall: HallOfFame, key: str, problems: list[str]) -> float | None:
    try:
        run: RunInfo = hall.run(key)
    except CrossHpoError as error:
        problems.append(str(error))
        return None
    recommended = chosen(run)
    return None if recommended is None else recommended.val_loss


def as_json(difference: Difference) -> dict[str, Any]:
    """``difference`` as JSON values."""
    return {
        "equal": difference.empty,
        "added": difference.added,
        "removed": difference.removed,
        "changed": [
            {
                "run": change.key,
                "files": list(change.files),
                "val_loss_before": change.before,
                "val_loss_after": change.after,
                "best_moved": change.moved,
                "same_results": change.same_results,
            }
            for change in difference.changed
        ],
        "unchanged": difference.unchanged,
        "problems": list(difference.problems),
    }
