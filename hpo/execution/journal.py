"""The journal of a run: what happened, in order, flushed to the disk before anybody is told.

A folder of segments ``00000001.seg``, ``00000002.seg``, … Each start of a search creates the next one with
``O_EXCL``; that call decides who is the writer, on local and on shared file systems. The first record of a segment
(``open``) states how many bytes of each older segment were good when it was created, and their SHA-256: what an
older, replaced writer appends later is ignored, and nobody ever repairs or truncates a segment. See
``hpo.execution.lines`` for the lines.

Types of records: ``open`` (start of a search: epoch, spec, cuts, provenance), ``worker`` (first result of a worker:
its node and device), ``started`` (evaluation handed to a worker), ``result`` (candidate, outcome, worker, times),
``stopped`` (the search ended before its end: reason), ``closed`` (every evaluation has its result).
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hpo.errors import BadData, Drift, Fenced, OwnedOrExists, StorageError
from hpo.execution.lines import FIRST, Entry, Scan, encode, link, scan
from hpo.storage import flush_folder, storage_error

_SEGMENT = re.compile(r"(\d{8})\.seg")


@dataclass(frozen=True, slots=True)
class Cut:
    """How much of a segment counts: its first ``length`` bytes, whose SHA-256 is ``sha256``."""

    segment: int
    length: int
    sha256: str

    def to_json(self) -> list[Any]:
        """As the ``open`` record holds it."""
        return [self.segment, self.length, self.sha256]


@dataclass(frozen=True, slots=True)
class History:
    """What a journal holds.

    Attributes:
        entries: All records that count, in order; those of each start begin with an ``open`` record.
        cuts: How much of every segment counts.
        remarks: What was ignored, a sentence each: torn ends, and lines of a replaced writer.
    """

    entries: tuple[Entry, ...] = ()
    cuts: tuple[Cut, ...] = ()
    remarks: tuple[str, ...] = ()

    def of_type(self, kind: str) -> list[Entry]:
        """Records of one type, in order."""
        return [entry for entry in self.entries if entry["type"] == kind]


def read_journal(folder: Path, spec: str | None = None) -> History:
    """Read the journal in ``folder``; an absent or empty folder is an empty journal.

    Args:
        folder: The folder of segments.
        spec: Digest of the run's identity; the journal must be of this run.

    Raises:
        BadData: A segment is damaged before its end, or missing; the place is named and nothing is repaired.
        Drift: The journal belongs to another spec.
        StorageError: A segment can't be read.
    """
    segments = {number: _read(folder, number) for number in _numbers(folder)}
    scans: dict[int, Scan] = {}
    newest = 0
    for number in sorted(segments, reverse=True):
        scans[number] = scan(segments[number])
        if _header(scans[number]) is not None:
            newest = number
            break
    cuts = _cuts_of(scans[newest]) if newest else {}
    entries: list[Entry] = []
    good: list[Cut] = []
    remarks: list[str] = []
    for number in range(1, max([*segments, newest, 0]) + 1):
        path = folder / _name(number)
        if number not in segments:
            raise BadData(f"{path}: this segment of the journal is missing; restore it from a backup")
        if number < newest:
            found = _sealed(path, segments[number], cuts.get(number), remarks)
        else:
            found = _open_end(path, scans[number], remarks)
        entries += found.entries
        good.append(Cut(number, found.length, hashlib.sha256(segments[number][: found.length]).hexdigest()))
    _check_spec(folder, entries, spec)
    return History(tuple(entries), tuple(good), tuple(remarks))


class Journal:
    """The writing end of a journal; one controller has it."""

    def __init__(self, folder: Path, number: int, descriptor: int, history: History) -> None:
        self.folder = folder
        self.number = number
        self.history = history
        """What was there before, and what the search continues from."""
        self._descriptor = descriptor
        self._seq = 0
        self._prev = FIRST
        self._failed: str | None = None

    @classmethod
    def begin(cls, folder: Path, spec: str, **start: Any) -> Journal:
        """Become the writer: create the next segment, and only then read what the older ones hold.

        Args:
            folder: The folder of segments, made if needed.
            spec: Digest of the run's identity.
            **start: What the ``open`` record says about this start.

        Raises:
            OwnedOrExists: Another start was faster by a moment.
            Fenced: Another start followed before this one was complete.
            BadData: The journal is damaged.
            Drift: It belongs to another spec.
            StorageError: Reading or writing failed.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
            number = max(_numbers(folder), default=0) + 1
            flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC
            descriptor = os.open(folder / _name(number), flags, 0o644)
        except FileExistsError:
            raise OwnedOrExists(f"{folder}: another search of this run started at the same moment") from None
        except OSError as error:
            raise storage_error(folder, error) from error
        journal = cls(folder, number, descriptor, History())
        try:
            flush_folder(folder)
            journal.history = read_journal(folder, spec)
            cuts = [cut.to_json() for cut in journal.history.cuts if cut.segment != number]
            journal.append({"type": "open", "epoch": number, "spec": spec, "cuts": cuts, **start})
        except OSError as error:
            journal.close()
            raise storage_error(folder / _name(number), error) from error
        except BaseException:
            journal.close()
            raise
        return journal

    def append(self, *entries: Mapping[str, Any], durable: bool = True) -> None:
        """Write records, flush them to the disk, and make sure that nobody has taken over; only then return.

        With ``durable=False`` the records are written and flushed with the next ones: for what may be lost.

        Raises:
            StorageError: Writing or flushing failed, now or before: what was written can no longer be trusted, and
                only a new start, which reads it again, can go on.
            Fenced: A newer search has taken over; what was written now doesn't count.
        """
        if self._failed:
            raise StorageError(self._failed)
        lines = []
        for entry in entries:
            line = encode(entry, self._seq, self._prev)
            self._seq, self._prev = self._seq + 1, link(line)
            lines.append(line)
        try:
            _write_all(self._descriptor, b"".join(lines))
            if durable:
                os.fsync(self._descriptor)
                newest = max(_numbers(self.folder), default=0)
        except OSError as error:
            self._failed = str(storage_error(self.folder / _name(self.number), error))
            raise StorageError(self._failed) from error
        if durable and newest != self.number:
            self._failed = (
                f"{self.folder}: another search has taken over this run; this one stops and changes nothing more"
                if newest > self.number
                else f"{self.folder}: the journal has been removed while the search was running"
            )
            raise Fenced(self._failed) if newest > self.number else StorageError(self._failed)

    def close(self) -> None:
        """Close the segment; what was appended stays."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
            self._failed = self._failed or f"{self.folder}: the journal is closed"


def _name(number: int) -> str:
    return f"{number:08d}.seg"


def _numbers(folder: Path) -> list[int]:
    """Numbers of the segments; the check for a newer one costs a listing, since an answer about a name that was
    absent before may be cached on network file systems."""
    try:
        names = os.listdir(folder)  # noqa: PTH208 - called once a result, and only names are needed
    except FileNotFoundError:
        return []
    except OSError as error:
        raise storage_error(folder, error) from error
    return sorted(int(match.group(1)) for match in map(_SEGMENT.fullmatch, names) if match)


def _read(folder: Path, number: int) -> bytes:
    path = folder / _name(number)
    try:
        return path.read_bytes()
    except OSError as error:
        raise StorageError(f"{path}: can't be read: {error.strerror or error}") from error


def _header(found: Scan) -> Entry | None:
    return found.entries[0] if found.entries and found.entries[0].get("type") == "open" else None


def _cuts_of(found: Scan) -> dict[int, Cut]:
    return {number: Cut(number, length, sha256) for number, length, sha256 in found.entries[0]["cuts"]}


def _sealed(path: Path, content: bytes, cut: Cut | None, remarks: list[str]) -> Scan:
    """What counts of a segment that a newer one has sealed."""
    if cut is None:
        raise BadData(f"{path}: the newest segment does not know this one; the folder holds parts of two journals")
    good = content[: cut.length]
    if len(good) < cut.length:
        raise BadData(f"{path}: {len(content):,} bytes, but {cut.length:,} were written; restore it from a backup")
    if hashlib.sha256(good).hexdigest() != cut.sha256:
        damaged = scan(good)
        where = f"at byte {damaged.length:,}: {damaged.torn}" if damaged.torn else "the checksum of the whole differs"
        raise BadData(f"{path}: damaged since it was written, {where}; restore it from a backup")
    if len(content) > cut.length:
        remarks.append(
            f"{path.name}: {len(content) - cut.length:,} bytes after its seal are ignored (an interrupted or replaced "
            "search wrote them)"
        )
    return scan(good)


def _open_end(path: Path, found: Scan, remarks: list[str]) -> Scan:
    """What counts of a segment that nothing has sealed: all whole records, if only the end is torn."""
    if found.corrupt:
        raise BadData(
            f"{path}: damaged at byte {found.length:,}: {found.torn}; whole records follow, so this is no interrupted "
            "write\n  Restore the file from a backup, or start anew with --fresh."
        )
    if found.torn:
        remarks.append(f"{path.name}: the torn end after byte {found.length:,} is ignored ({found.torn})")
    if found.entries and _header(found) is None:
        raise BadData(f"{path}: the first record is {found.entries[0].get('type')!r}, expected 'open'")
    return found


def _check_spec(folder: Path, entries: list[Entry], spec: str | None) -> None:
    for entry in entries:
        if spec is not None and entry["type"] == "open" and entry["spec"] != spec:
            raise Drift(f"{folder}: belongs to another run (spec {entry['spec'][:12]}, expected {spec[:12]})")


def _write_all(descriptor: int, content: bytes) -> None:
    """Write everything; a short write is continued, and ends in an error where the disk is full."""
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]
