"""What a program says that its training came to: ``val_scores.json``, or a line on its output.

Searches of the IMPROVE project read the line alone, with an expression that knows no exponent: ``9.5e-05`` became two
numbers, and ``nan`` none. Here a number is the whole number or nothing, and what can't be read is never guessed.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from hpo.models.external.definition import metric_names

MARKER: Final = "IMPROVE_RESULT"
MAX_LINE: Final = 64 * 1024
"""Bytes of a line that are looked at; results are shorter."""
MAX_SCORES: Final = 1024 * 1024

_ESCAPES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
_NUMBER: Final = r"[+-]?(?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[nN][aA][nN]|[iI][nN][fF](?:inity)?)"
_RESULT = re.compile(rf"{MARKER}(?:[ \t]+[A-Za-z_][\w.-]*)?[ \t]*[:=]?[ \t]*({_NUMBER})[ \t]*")
_ENDS = re.compile(rb"[\r\n]")


class NoScore(ValueError):
    """Raised where what a program left can't be understood; the text says what and where."""


@dataclass(frozen=True, slots=True)
class Scores:
    """What was found.

    Attributes:
        loss: The loss; may be NaN or infinite, as the program said.
        metrics: Finite scores by the names ``mse``, ``rmse``, ``pcc``, ``scc`` and ``r2``.
        source: Where the loss was found: the file and key, or the line.
    """

    loss: float
    metrics: dict[str, float] = field(default_factory=dict)
    source: str = ""


class ResultLines:
    """Finds result lines in output that arrives in pieces."""

    def __init__(self) -> None:
        self._line = b""
        self._last: str | None = None
        self._values: set[str] = set()

    def feed(self, content: bytes) -> None:
        """Add output."""
        *complete, rest = _ENDS.split(self._line + content)
        for line in complete:
            self._book(line)
        # A line without end is kept as far as a result could reach.
        self._line = rest[-MAX_LINE:]

    def finish(self) -> str | None:
        """The last line with the marker, from the marker on; ``None`` if there was none."""
        self._book(self._line)
        self._line = b""
        return self._last

    @property
    def differing(self) -> int:
        """How many different result lines there were."""
        return len(self._values)

    def _book(self, line: bytes) -> None:
        if MARKER.encode() not in line:
            return
        text = _ESCAPES.sub("", line.decode("utf-8", "backslashreplace"))
        self._last = text[text.rindex(MARKER) :].rstrip()
        if len(self._values) < 1000:
            self._values.add(self._last)


def parse_result(line: str) -> float:
    """The number of a result line.

    A line is the marker, at most one label, and one number in the grammar of floats, ``nan`` and ``inf`` included.

    Raises:
        NoScore: It is anything else.

    >>> parse_result("IMPROVE_RESULT val_loss:\\t9.5e-05")
    9.5e-05
    """
    match = _RESULT.fullmatch(line)
    if match is None:
        raise NoScore(f"the result line can't be understood: {line:.120}")
    return float(match[1])


def read_scores(folder: Path, stage: str, metric: str) -> Scores | None:
    """What ``<stage>_scores.json`` in ``folder`` says; ``None`` where there is no such file.

    Both generations are read: ``mse`` or ``val_mse`` is the loss whose metric is ``mse``; only where both are missing
    is it the ``val_loss`` of the older one, whose meaning the model's own settings decide.

    Args:
        folder: Where the program wrote its results.
        stage: ``val`` or ``test``.
        metric: Name of the loss.

    Raises:
        NoScore: The file is no JSON object, or has no such number.
    """
    path = folder / f"{stage}_scores.json"
    if not path.is_file():
        return None
    content = _object(path)
    names = (metric, f"{stage}_{metric}", f"{stage}_loss")
    key = next((name for name in names if name in content), None)
    if key is None:
        there = ", ".join(map(str, content)) or "nothing"
        raise NoScore(f"{path.name}: none of {', '.join(names)} is in it (there is {there:.200})")
    loss = _number(content[key])
    if loss is None:
        raise NoScore(f"{path.name}: {key} is {content[key]!r:.80}, no number")
    metrics = {}
    for name in metric_names():
        value = _number(content.get(name, content.get(f"{stage}_{name}")))
        if value is not None and math.isfinite(value):
            metrics[name] = value
    return Scores(loss, metrics, f"{path.name}: {key}")


def _object(path: Path) -> dict[str, Any]:
    if path.stat().st_size > MAX_SCORES:
        raise NoScore(f"{path.name}: {path.stat().st_size:,} bytes, too many for scores")
    try:
        content = json.loads(path.read_bytes().decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise NoScore(f"{path.name}: no JSON ({error!s:.120})") from error
    if not isinstance(content, dict):
        raise NoScore(f"{path.name}: holds {type(content).__name__}, not an object of scores")
    return content


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
