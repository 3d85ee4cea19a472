"""Folders that appear whole or not at all, and text that is safe in a spreadsheet."""

from __future__ import annotations

import csv
import io
import math
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from hpo.errors import StorageError, UsageError

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""What a text begins with that a spreadsheet would run."""

MARK: Final = ".cross-hpo-output"
"""File that says that a folder was made here and may be replaced."""


@contextmanager
def fresh_folder(target: Path) -> Iterator[Path]:
    """A new empty folder beside ``target`` that takes its place at the end; on an error ``target`` stays as it was.

    Raises:
        UsageError: ``target`` is a file, or a folder with content that was not made by this function.
        StorageError: Writing failed.
    """
    check_replaceable(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    except OSError as error:
        raise StorageError(f"{target.parent}: cannot be written ({error.strerror})") from error
    try:
        work.chmod(0o755)
        (work / MARK).write_text("Made by cross-hpo site; the next build replaces this folder.\n", encoding="utf-8")
        yield work
        _replace(work, target)
    except OSError as error:
        raise StorageError(f"{error.filename or target}: writing failed ({error.strerror})") from error
    finally:
        shutil.rmtree(work, ignore_errors=True)


def check_replaceable(target: Path) -> None:
    """Refuse a ``target`` that is no earlier output, so that nobody's files are lost.

    Raises:
        UsageError: It is a file, or a folder with content but without :data:`MARK`.
    """
    if target.exists() and not target.is_dir():
        raise UsageError(f"{target}: is a file; the output is a folder")
    if target.is_dir() and any(target.iterdir()) and not (target / MARK).is_file():
        raise UsageError(
            f"{target}: holds files that `cross-hpo site` did not write, and the output would replace them; "
            "name another folder or remove it first"
        )


def _replace(work: Path, target: Path) -> None:
    old = None
    if target.exists():
        old = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent)) / "old"
        target.rename(old)
    work.rename(target)
    if old is not None:
        shutil.rmtree(old.parent, ignore_errors=True)


def write_text(path: Path, text: str) -> None:
    """Write ``text`` as UTF-8 with LF, making parent folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def link_or_copy(source: Path | str, target: Path | str) -> None:
    """Make ``target``, which is new, the same file as ``source``, or a copy of it where that cannot be.

    Only between folders in which files are replaced and never written to.
    """
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A CSV of ``rows``: floats exact, what is unknown empty, no cell that a spreadsheet would run as a formula.

    >>> csv_text(["a", "b"], [[0.1, None], [float("nan"), "=1+1"]])
    "a,b\\n0.1,\\n,'=1+1\\n"
    """
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(map(_cell, row) for row in rows)
    return stream.getvalue()


def frame_csv(frame: Any) -> str:
    """The data frame ``frame`` as :func:`csv_text`, without its index."""
    columns = [frame[name].astype(object).where(frame[name].notna(), None).tolist() for name in frame.columns]
    return csv_text(list(frame.columns), zip(*columns, strict=True))


def _cell(value: Any) -> str:
    if type(value) is str:
        return f"'{value}" if value.startswith(_FORMULA) else value
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return repr(float(value))
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text
