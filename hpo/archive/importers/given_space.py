"""The space that a user names for an import: in CANDLE's conventions, or definitions in DeepHyper's style."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from hpo.archive.importers.spaces import has_deephyper_style
from hpo.errors import UsageError
from hpo.space import Space, read_space
from hpo.space.deephyper import from_deephyper
from hpo.strict_json import read_json

MAX_BYTES: Final = 1024 * 1024


def read_given_space(path: Path) -> Space:
    """The space of the JSON file ``path``.

    Raises:
        UsageError: It is no JSON file.
        MissingInput: There is no such file.
        BadData: It is no valid space; every problem at once.
    """
    if path.suffix != ".json":
        raise UsageError(f"--space {path}: a JSON file is read; convert others by: cross-hpo space convert {path.name}")
    content = read_json(path, max_bytes=MAX_BYTES)
    return (
        Space.from_json(from_deephyper(content, str(path)).content)
        if has_deephyper_style(content)
        else read_space(path)
    )
