"""Keeps what is costly to compute in a folder, by everything that it was computed from: who asks again reads it.

Forests and reading tables take most of an analysis, and one new run changes few of them. What is kept is a few
kilobytes a forest and some dozen a record, and goes when the code of records or of the analyses changes.
"""

from __future__ import annotations

import os
import pickle
import shutil
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np

from hpo.digest import digest, file_digest
from hpo.errors import BadData, MissingInput
from hpo.storage import make_folders, write_atomically, write_json
from hpo.strict_json import read_json

Result = TypeVar("Result")

UNUSED: Final = 7 * 24 * 3600
"""Seconds after which is removed what nobody asked for and what does not belong to one record."""

_FOLDER: Final[ContextVar[Path | None]] = ContextVar("folder", default=None)


@contextmanager
def keeping(folder: Path) -> Iterator[None]:
    """Within the context :func:`kept` keeps in ``folder``, which several processes may share."""
    own = folder / code_digest()[:16]
    make_folders(own)
    token = _FOLDER.set(own)
    try:
        yield
    finally:
        _FOLDER.reset(token)


def forget_older(folder: Path, records: Collection[str]) -> None:
    """Remove what nobody will ask for again; no process may be using ``folder``.

    Args:
        folder: As for :func:`keeping`.
        records: Names of the records, see :func:`kept_object`, of which what the present code has kept stays.
    """
    own = code_digest()[:16]
    for other in sorted(folder.iterdir()) if folder.is_dir() else ():
        if other.name != own:
            shutil.rmtree(other, ignore_errors=True)
    for path in sorted((folder / own).iterdir()) if (folder / own).is_dir() else ():
        if path.is_dir() and path.name not in records:
            shutil.rmtree(path, ignore_errors=True)
        elif path.is_file() and path.stat().st_mtime < time.time() - UNUSED:
            path.unlink()


def kept(name: str, key: str, compute: Callable[[], Any]) -> Any:
    """What ``compute`` gives, a JSON value; computed only where nothing is kept under ``name`` and ``key``.

    Args:
        name: What it is.
        key: Digest of everything but the code that it is computed from, see :func:`content`.
        compute: The computation.
    """
    folder = _FOLDER.get()
    if folder is None:
        return compute()
    path = folder / f"{name}-{key}.json"
    try:
        value = read_json(path)
    except (MissingInput, BadData):
        value = compute()
        write_json(path, value, durable=False)
    os.utime(path)
    return value


def kept_object(record: str, name: str, compute: Callable[[], Result]) -> Result:
    """As :func:`kept`, for any object that can be pickled and follows from one record.

    Args:
        record: Name of the record's content, of letters and digits.
        name: What it is, and the digest of whatever else it is computed from.
        compute: The computation.
    """
    folder = _FOLDER.get()
    if folder is None:
        return compute()
    return _pickled(folder / record / f"{name}.pickle", compute)


def kept_together(key: str, compute: Callable[[], Result]) -> Result:
    """As :func:`kept`, for any object that can be pickled and follows from several records.

    Args:
        key: Digest of what it is and of everything but the code that it is computed from.
        compute: The computation.
    """
    folder = _FOLDER.get()
    if folder is None:
        return compute()
    path = folder / f"together-{key}.pickle"
    value = _pickled(path, compute)
    os.utime(path)
    return value


def kept_text(compute: Callable[[], str], *given: Any) -> str:
    """As :func:`kept`, for a text that follows from ``given``, which can be pickled, and the code alone.

    Equal objects need not have equal pickles; then the text is computed again.
    """
    folder = _FOLDER.get()
    if folder is None:
        return compute()
    try:
        key = sha256(pickle.dumps(given)).hexdigest()[:32]
    except (pickle.PicklingError, AttributeError, TypeError):  # a function within a function has no pickle
        return compute()
    return str(kept("text", key, compute))


def _pickled(path: Path, compute: Callable[[], Result]) -> Result:
    # Whatever a missing or damaged file leads to, the computation mends.
    with suppress(Exception):
        # Nobody but the own user writes into the folder, as with compiled files of Python.
        found: Result = pickle.loads(path.read_bytes())  # noqa: S301
        return found
    value = compute()
    make_folders(path.parent)
    write_atomically(path, pickle.dumps(value), durable=False)
    return value


def content(*arrays: np.ndarray) -> str:
    """Digest of numbers: types, shapes and values of ``arrays``."""
    found = sha256()
    for array in arrays:
        found.update(f"{array.dtype.str} {array.shape} ".encode())
        found.update(np.ascontiguousarray(array).tobytes())
    return found.hexdigest()


def code_digest() -> str:
    """Digest of the code of records and of all analyses, and of the versions of what the results depend on."""
    package = Path(__file__).parents[2]
    sources = [
        *package.glob("reports/analysis/*.py"),
        *package.glob("hpo/archive/*.py"),
        *package.glob("hpo/space/*.py"),
    ]
    code = {str(path.relative_to(package)): file_digest(path) for path in sorted(sources)}
    return digest(
        {"code": code, "versions": [version(name) for name in ("matplotlib", "numpy", "pandas", "scikit-learn")]}
    )
