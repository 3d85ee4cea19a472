"""Remembers what was computed of a record, which many figures and pages ask for, and from one build to the next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Final, TypeVar
from weakref import WeakKeyDictionary

from hpo.archive import layout
from hpo.archive.record import Record, read_record
from hpo.archive.schema import Flag
from hpo.digest import digest, file_digest
from reports.analysis.kept import kept_object, kept_together

Result = TypeVar("Result")

_IDENTITIES: Final[WeakKeyDictionary[Record, tuple[str, str]]] = WeakKeyDictionary()
"""Of records read from files, the name of their content and the digest of their flags."""


def read_once(folder: Path) -> Record:
    """:func:`hpo.archive.record.read_record`, from what was kept where no file of the record has changed since.

    Raises:
        MissingInput: There is no such folder, or a file is missing.
        BadData: A file cannot be understood; every such problem of the record at once.
    """
    name = record_name(folder)
    return _identified(kept_object(name, "record", lambda: read_record(folder)), name)


def record_name(folder: Path) -> str:
    """Name of the content of the record in ``folder``, from its manifest and the times of its files.

    The times are there because reading does not compare files with the manifest.
    """
    manifest = folder / layout.MANIFEST
    stats = {path.name: path.stat() for path in sorted(folder.iterdir())}
    files = {name: [stat.st_size, stat.st_mtime_ns] for name, stat in stats.items()}
    return digest([file_digest(manifest), files])[:32]


def with_flags(record: Record, flags: list[Flag]) -> Record:
    """``record`` with other audit flags."""
    changed = replace(record, run=record.run.model_copy(update={"flags": flags}))
    identity = _IDENTITIES.get(record)
    return changed if identity is None else _identified(changed, identity[0])


def once_per_record(function: Callable[[Record], Result]) -> Callable[[Record], Result]:
    """``function``, computed once for each record as long as that is in memory, or kept, see ``reports.analysis.kept``.

    A record does not change; whoever gets a table must not change it either.
    """
    found: WeakKeyDictionary[Record, Result] = WeakKeyDictionary()
    name = f"{function.__module__}.{function.__qualname__}"

    @wraps(function)
    def remembered(record: Record) -> Result:
        if record not in found:
            identity = _IDENTITIES.get(record)
            if identity is None:
                found[record] = function(record)
            else:
                content, flags = identity
                found[record] = kept_object(content, f"{name}-{flags}", lambda: function(record))
        return found[record]

    return remembered


def kept_of(records: Sequence[Record], name: str, compute: Callable[[], Result]) -> Result:
    """What ``compute`` gives, or what was kept of it, where all of ``records`` were read by :func:`read_once`.

    Args:
        records: All records that it is computed from, in an order that matters.
        name: What it is, with all else that it is computed from.
        compute: The computation.
    """
    identities = [_IDENTITIES.get(record) for record in records]
    if not records or None in identities:
        return compute()
    return kept_together(digest([name, identities])[:32], compute)


def _identified(record: Record, name: str) -> Record:
    _IDENTITIES[record] = name, digest(sorted(repr(flag) for flag in record.run.flags))[:16]
    return record
