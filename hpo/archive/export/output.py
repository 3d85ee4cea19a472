"""Writing of exports: what is written appears whole or not at all, and nothing that exists is replaced."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterable
from importlib.util import find_spec
from pathlib import Path

from hpo.errors import MissingInput, OwnedOrExists
from hpo.storage import publish_folder, storage_error


def need_package(name: str, format_: str, install: str) -> None:
    """Check that an optional package is installed.

    Raises:
        MissingInput: ``name`` is not; says how to get it.
    """
    if find_spec(name) is None:
        raise MissingInput(f"{format_} needs {name}; install it with: pip install {install}")


def need_room(output: Path) -> None:
    """Check that nothing has the name ``output``.

    Raises:
        OwnedOrExists: It exists.
    """
    if output.exists() or output.is_symlink():
        raise OwnedOrExists(
            f"{output}: exists, and an export replaces nothing; choose another --output or move it away"
        )


def write_file(output: Path, write: Callable[[Path], None]) -> None:
    """Create the file ``output`` with what ``write`` writes to the path that it is given; parents are made.

    Raises:
        OwnedOrExists: Somebody else wrote ``output`` meanwhile.
        StorageError: Writing failed; nothing is left behind.
    """
    temporary = output.parent / f".{output.name}.{uuid.uuid4().hex}"
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        write(temporary)
        with temporary.open("rb") as stream:
            os.fsync(stream.fileno())
        os.link(temporary, output)
    except FileExistsError as error:
        raise OwnedOrExists(f"{output}: was written by somebody else meanwhile") from error
    except OSError as error:
        raise storage_error(output, error) from error
    finally:
        temporary.unlink(missing_ok=True)


def write_text(output: Path, text: str) -> None:
    """Create the file ``output`` with ``text`` as UTF-8, line ends as they are; see :func:`write_file`."""
    write_file(output, lambda path: _create(path, text))


def write_folder(output: Path, files: Iterable[tuple[str, str]]) -> None:
    """Create the folder ``output`` with text files; parents are made.

    Args:
        output: The folder.
        files: Relative path and text of each file; may be made one after the other.

    Raises:
        OwnedOrExists: Somebody else wrote another ``output`` meanwhile.
        StorageError: Writing failed; nothing is left behind.
    """

    def fill(folder: Path) -> None:
        for name, text in files:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            _create(path, text)

    publish_folder(output, fill)


def _create(path: Path, text: str) -> None:
    with path.open("x", encoding="utf-8", newline="") as stream:
        stream.write(text)
