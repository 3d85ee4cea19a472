"""Keeps what is costly to compute in a folder, by everything that it was computed from: who asks again reads it.

Forests take most of an analysis, and one new run changes one of them. What is kept is a few kilobytes a forest, and
goes when the code of the analyses changes.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np

from hpo.digest import digest, file_digest
from hpo.errors import BadData, MissingInput
from hpo.storage import make_folders, write_json
from hpo.strict_json import read_json

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


def forget_older(folder: Path) -> None:
    """Remove what other code than the present one has kept in ``folder``; no process may be using it."""
    for other in sorted(folder.iterdir()) if folder.is_dir() else ():
        if other.name != code_digest()[:16]:
            shutil.rmtree(other, ignore_errors=True)


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
        return read_json(path)
    except (MissingInput, BadData):
        value = compute()
    write_json(path, value, durable=False)
    return value


def content(*arrays: np.ndarray) -> str:
    """Digest of numbers: types, shapes and values of ``arrays``."""
    found = sha256()
    for array in arrays:
        found.update(f"{array.dtype.str} {array.shape} ".encode())
        found.update(np.ascontiguousarray(array).tobytes())
    return found.hexdigest()


def code_digest() -> str:
    """Digest of the code of all analyses, and of the versions of what grows forests."""
    code = {path.name: file_digest(path) for path in sorted(Path(__file__).parent.glob("*.py"))}
    return digest({"code": code, "versions": [version(name) for name in ("numpy", "scikit-learn")]})
