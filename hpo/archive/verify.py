"""Verification: is every file of every record what was published, and does it say what it must?"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from hpo.archive import layout
from hpo.archive.final import read_final
from hpo.archive.invariants import violations
from hpo.archive.manifest import parse_manifest
from hpo.archive.record import Record, best_of, read_record
from hpo.archive.schema import BestInfo
from hpo.archive.transfer import read_transfer, transfer_files
from hpo.errors import BadData, CrossHpoError, MissingInput
from hpo.identifiers import is_identifier
from hpo.strict_json import read_json


@dataclass(frozen=True, slots=True)
class Verification:
    """What a verification found.

    Attributes:
        records: Keys of the records looked at, sorted.
        problems: By key, what is wrong with the record, and by path, with what lies beside the records; sound ones
            are left out.
        strangers: What lies in the archive beside the records and does not belong there.
    """

    records: tuple[str, ...]
    problems: dict[str, list[str]]
    strangers: tuple[str, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems and not self.strangers


def verify_archive(archive: Path) -> Verification:
    """Verify every record of ``archive``, and that nothing else is in it.

    Raises:
        MissingInput: There is no such archive.
    """
    if not archive.is_dir():
        raise MissingInput(f"{archive}: no such archive; name another with --archive")
    keys = tuple(layout.record_keys(archive))
    problems = {
        key: [*record_problems(layout.record_folder(archive, key), key), *final_problems(archive, key)] for key in keys
    }
    problems |= {
        path.relative_to(archive).as_posix(): _transfer_problems(archive, path) for path in transfer_files(archive)
    }
    strangers = tuple(f"{path}: {_why_strange(path)}" for path in layout.strangers(archive))
    return Verification(keys, {key: found for key, found in problems.items() if found}, strangers)


def record_problems(folder: Path, key: str | None = None) -> Iterator[str]:
    """Everything that is wrong with the record in ``folder``: files, digests, schema, invariants.

    Args:
        folder: Folder of the record.
        key: Key under which it is filed; not compared if ``None``.
    """
    try:
        names = {path.name: path for path in folder.iterdir()}
    except OSError as error:
        yield f"{folder}: cannot be read ({error.strerror})"
        return
    yield from _file_problems(folder, names)
    yield from _digest_problems(folder, names)
    try:
        record = read_record(folder)
    except BadData as error:
        yield from error.problems
    except CrossHpoError as error:
        if not isinstance(error, MissingInput):
            yield str(error)
    else:
        yield from _content_problems(folder, record, key)


def final_problems(archive: Path, key: str) -> Iterator[str]:
    """What is wrong with the final scores of the record ``key``, if it has any."""
    try:
        read_final(archive, key)
    except (BadData, MissingInput) as error:
        yield str(error)


def _transfer_problems(archive: Path, path: Path) -> list[str]:
    try:
        read_transfer(archive, path)
    except BadData as error:
        return list(error.problems)
    return []


def _file_problems(folder: Path, names: dict[str, Path]) -> Iterator[str]:
    known = {*layout.REQUIRED, *layout.OPTIONAL}
    for name, path in sorted(names.items()):
        if name not in known:
            yield f"{path}: is no file of a record"
        elif path.is_symlink() or not path.is_file():
            yield f"{path}: must be a regular file"
    for name in layout.REQUIRED:
        if name not in names:
            yield f"{folder / name}: is missing"


def _digest_problems(folder: Path, names: dict[str, Path]) -> Iterator[str]:
    if layout.MANIFEST not in names:
        return
    path = folder / layout.MANIFEST
    try:
        digests = parse_manifest(path.read_bytes(), str(path))
    except BadData as error:
        yield str(error)
        return
    except OSError as error:
        yield f"{path}: cannot be read ({error.strerror})"
        return
    for name, digest in digests.items():
        if name not in names:
            if name not in layout.REQUIRED:
                yield f"{folder / name}: is missing, but the manifest lists it"
            continue
        try:
            found = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        except OSError as error:
            yield f"{folder / name}: cannot be read ({error.strerror})"
            continue
        if found != digest:
            yield f"{folder / name}: sha256 is {found}, but the manifest says {digest}"
    for name in sorted(set(names) - set(digests) - {layout.MANIFEST}):
        if name in layout.REQUIRED or name in layout.OPTIONAL:
            yield f"{folder / name}: the manifest does not list it"


def _content_problems(folder: Path, record: Record, key: str | None) -> Iterator[str]:
    if key is not None and record.key != key:
        yield f"{folder / layout.RUN}: the record calls itself {record.key}, but its folder is {key}"
    yield from (f"{folder}/{violation}" for violation in violations(record))
    path = folder / layout.BEST
    try:
        best = BestInfo.model_validate(read_json(path))
    except (BadData, ValidationError) as error:
        yield f"{path}: {error}"
        return
    if best != best_of(record.run):
        yield f"{path}: must say the same as best in {layout.RUN}, evaluation and values included"


def _why_strange(path: Path) -> str:
    if path.name.startswith(layout.TEMPORARY_PREFIX):
        return "a record that was being written; if no search is running, remove it"
    if path.is_dir() and not path.is_symlink() and is_identifier(path.name):
        return "cannot be read"
    return "does not belong into an archive"
