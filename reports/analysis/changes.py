"""How the archive grew: its versions, read from the records alone, so that the same records give the same history.

A version is what one day of own searches added, or one import as a whole. Its short name is the one that the archive
had when it held nothing later; a record that was replaced counts where its last search ended.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from hpo.archive.schema import RunInfo
from hpo.identifiers import is_identifier
from reports.analysis.comparable import Collection, Yardstick, yardstick
from reports.analysis.corpus import version
from reports.analysis.overview import best_loss

UNDATED: Final = "undated"


@dataclass(frozen=True, slots=True)
class Added:
    """A run that a version added.

    Attributes:
        run: The run.
        before: Best loss of its model on its dataset before this version, under the same yardstick; ``None`` if there
            was none.
    """

    run: RunInfo
    before: float | None

    @property
    def lowers(self) -> bool:
        """Whether it beats what was there before."""
        loss = best_loss(self.run)
        return loss is not None and self.before is not None and loss < self.before


@dataclass(frozen=True, slots=True)
class Version:
    """A version of the archive.

    Attributes:
        id: Part of the permanent address: the day, or the name of the import.
        finished: When its last run ended, UTC in ISO 8601; empty if unknown.
        name: Short name of the archive's content, as :func:`reports.analysis.corpus.version` gives it.
        imported: Whether it is an import.
        added: Its runs, in the order of the tables.
        runs: Number of runs in the archive with this version.
    """

    id: str
    finished: str
    name: str
    imported: bool
    added: tuple[Added, ...]
    runs: int


def versions(runs: Sequence[RunInfo], digests: Mapping[str, str]) -> list[Version]:
    """All versions of an archive, the oldest first; those without a date before all others.

    Args:
        runs: All runs, in the order of the tables.
        digests: SHA-256 of each record's manifest by key.
    """
    grouped: dict[str, list[RunInfo]] = defaultdict(list)
    for run in runs:
        grouped[_version_id(run)].append(run)
    ended = {name: max(run.times.finished or "" for run in group) for name, group in grouped.items()}
    best: dict[tuple[Yardstick, str], float] = {}
    known: dict[str, str] = {}
    found = []
    for name in sorted(grouped, key=lambda name: (ended[name], name)):
        group = grouped[name]
        known |= {run.key: digests[run.key] for run in group}
        found.append(
            Version(
                id=name,
                finished=ended[name],
                name=version(known),
                imported=Collection.of(group[0]).imported,
                added=tuple(Added(run, best.get(_pair(run))) for run in group),
                runs=len(known),
            )
        )
        for run in group:
            loss = best_loss(run)
            if loss is not None:
                best[_pair(run)] = min(loss, best.get(_pair(run), loss))
    return found


def _pair(run: RunInfo) -> tuple[Yardstick, str]:
    return yardstick(run), run.model


def _version_id(run: RunInfo) -> str:
    collection = Collection.of(run)
    if not collection.imported:
        return run.times.finished[:10] if run.times.finished else UNDATED
    name = f"{collection.kind}-{collection.commit[:7]}" if collection.commit else collection.kind
    return name if is_identifier(name) else collection.kind
