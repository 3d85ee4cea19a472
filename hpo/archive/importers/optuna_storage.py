"""Optuna's storages: SQLite databases and journal files, opened as copies, so that nothing happens to the original."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from hpo.archive.importers.reading import shown
from hpo.errors import BadData, MissingInput, UsageError
from hpo.quiet import optuna_quiet

if TYPE_CHECKING:
    from optuna.storages import BaseStorage

MAX_BYTES: Final = 1024**3
"""Largest storage that is read."""

_SQLITE: Final = b"SQLite format 3\x00"
_URL: Final = "sqlite:///"


def storage_path(source: str) -> Path:
    """The file that ``source``, a path or a URL, names.

    Raises:
        UsageError: It is the URL of a database server.
        MissingInput: There is no such file, or it is a folder.
    """
    if "://" in source and not source.startswith(_URL):
        kind = source.partition("://")[0]
        raise UsageError(
            f"{shown(kind)}://…: SQLite files and journal files are read; copy a study of a server into one with "
            "optuna.copy_study"
        )
    path = Path(source.removeprefix(_URL))
    if not path.is_file():
        raise MissingInput(f"{path}: {'a folder; name the file of the storage' if path.is_dir() else 'no such file'}")
    return path


@contextmanager
def opened(path: Path) -> Iterator[tuple[BaseStorage, bool]]:
    """A copy of the storage in the file ``path``; one of an older version is brought up to date.

    With it comes whether its times are local ones of this machine: a journal file keeps UTC, which Optuna turns into
    them. Those of a database are local times of the machine that wrote them, whichever that was.

    Raises:
        MissingInput: Optuna is not installed.
        BadData: The file is too large or no storage.
    """
    if find_spec("optuna") is None:
        raise MissingInput("storages of Optuna need optuna; install it with: pip install 'cross-hpo[optuna]'")
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise BadData(f"{path}: {size:,} bytes, more than the {MAX_BYTES:,} allowed for a storage")
    with path.open("rb") as stream:
        is_sqlite = stream.read(len(_SQLITE)) == _SQLITE
    with TemporaryDirectory(prefix="cross-hpo-") as folder, optuna_quiet():
        copy = Path(folder) / "storage"
        shutil.copyfile(path, copy)
        if is_sqlite:
            log = path.with_name(f"{path.name}-wal")
            if log.is_file():
                shutil.copyfile(log, copy.with_name("storage-wal"))
            with _database(copy, path) as storage:
                yield storage, False
        else:
            yield _journal(copy, path), True


@contextmanager
def _database(copy: Path, path: Path) -> Iterator[BaseStorage]:
    from optuna.storages import RDBStorage
    from sqlalchemy.exc import SQLAlchemyError

    url = f"{_URL}{copy}"
    try:
        try:
            storage = RDBStorage(url)
        except RuntimeError:
            outdated = RDBStorage(url, skip_compatibility_check=True)
            outdated.upgrade()
            outdated.remove_session()
            outdated.engine.dispose()
            storage = RDBStorage(url)
    except (SQLAlchemyError, RuntimeError) as error:
        raise BadData(f"{path}: no storage of Optuna ({shown(str(error).partition(chr(10))[0])})") from error
    try:
        yield storage
    except SQLAlchemyError as error:
        raise BadData(f"{path}: cannot be read ({shown(str(error).partition(chr(10))[0])})") from error
    finally:
        storage.remove_session()
        storage.engine.dispose()


def _journal(copy: Path, path: Path) -> BaseStorage:
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    with copy.open("rb") as stream:
        first = stream.readline()
    try:
        is_journal = "op_code" in json.loads(first)
    except (ValueError, TypeError):
        is_journal = False
    if not is_journal:
        raise BadData(f"{path}: neither an SQLite database nor a journal file of Optuna")
    try:
        return JournalStorage(JournalFileBackend(str(copy)))
    except Exception as error:
        # Optuna replays the lines without checks, so that a damaged file can raise anything.
        raise BadData(f"{path}: a damaged journal file ({type(error).__name__}: {shown(str(error))})") from error
