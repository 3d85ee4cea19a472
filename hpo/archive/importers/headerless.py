"""``output.csv`` as Supervisor's ``model.sh`` appends it: no header, one line for each training that ended well.

A line is the values of all parameters in the order of the space, constants included, the run id, and the result, joined
by commas. The result is cut out of the log by a pattern without exponents: ``9.5e-05`` becomes the two lines ``9.5``
and ``-05``, and where there was no number there is nothing. Neither is a loss. Trainings that failed have no line.

Source: ``workflows/common/sh/model.sh`` of github.com/ECP-CANDLE/Supervisor.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from hpo.archive.importers.reading import shown
from hpo.errors import BadData

IMAGE: Final = "candle_image"
"""A parameter that ``model.sh`` drops, with everything after it."""

_RUN_ID: Final = re.compile(r"run_[0-9]+_[0-9]+_[0-9]+")
_REST: Final = re.compile(r"[+-]?[0-9]+([.][0-9]+)?")


@dataclass(frozen=True, slots=True)
class Headerless:
    """A file made such that a table parser can read it.

    Attributes:
        text: Its lines, each result on its own line's end; line numbers are those of the file.
        header: Their columns.
        has_run_ids: Whether the lines say which generation they are of; else the run ids in ``text`` only count.
    """

    text: str
    header: tuple[str, ...]
    has_run_ids: bool


def has_header(text: str) -> bool:
    """Whether the first line names columns."""
    first = next((line for line in text.split("\n") if line.strip()), "")
    return "run_id" in [field.strip() for field in first.split(",")]


def with_header(text: str, name: str, parameters: Sequence[str]) -> Headerless:
    """The file ``text`` of a search over ``parameters``, in the order of its space.

    Raises:
        BadData: It is empty, or its lines do not have as many fields as the space wants.
    """
    lines = _joined(text.split("\n"))
    fields = [line.split(",") for line in lines if line.strip()]
    if not fields:
        raise BadData(f"{shown(name)}: empty")
    usual = Counter(map(len, fields)).most_common(1)[0][0]
    with_ids = sum(len(line) > 2 and _RUN_ID.fullmatch(line[-2].strip()) is not None for line in fields)
    has_run_ids = with_ids > len(fields) / 2
    names = list(parameters)
    for columns in (names, names[: names.index(IMAGE)] if IMAGE in names else names):
        if usual == len(columns) + 1 + has_run_ids:
            text = "\n".join(lines if has_run_ids else _numbered(lines))
            return Headerless(text, (*columns, "run_id", "val_loss"), has_run_ids)
    parts = f"their values{', the run id' if has_run_ids else ''} and the result"
    raise BadData(
        f"{shown(name)}: most lines have {usual} fields; the space has {len(names)} parameters, so there must be "
        f"{len(names) + 1 + has_run_ids} ({parts}); it is the space of another run"
    )


def _joined(lines: Sequence[str]) -> list[str]:
    """``lines`` with the rest of a result that was cut in two put back to its line, and a blank line in its place."""
    joined: list[str] = []
    last = -1
    for line in lines:
        if last >= 0 and _REST.fullmatch(line.strip()):
            joined[last] += f" {line.strip()}"
            joined.append("")
        else:
            joined.append(line)
            last = len(joined) - 1 if line.strip() else last
    return joined


def _numbered(lines: Sequence[str]) -> list[str]:
    """``lines`` with run ids that count them."""
    samples = itertools.count()
    result = []
    for line in lines:
        head, comma, value = line.rpartition(",")
        result.append(f"{head},run_01_001_{next(samples):04d},{value}" if comma else line)
    return result
