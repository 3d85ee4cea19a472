"""``deap-N.log``: DEAP's logbook, one line a generation.

Generation 0 describes all its evaluations; later lines describe the *selected population* of P individuals, not
the evaluations of that generation, so their minimum need not occur among them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from hpo.archive.importers.cells import count, number, timestamp
from hpo.archive.importers.reading import shown
from hpo.errors import BadData

MAX_GENERATIONS: Final = 10_000


@dataclass(frozen=True, slots=True)
class LogLine:
    """One generation; a statistic that is missing or no finite number is ``None``.

    Attributes:
        generation: From 0.
        nevals: Evaluations of this generation.
        avg: Mean loss of the selected population.
        std: Its standard deviation, by the population's formula.
        min: Its least loss.
        max: Its greatest loss.
        seconds: When the generation ended, in seconds since 1970 UTC.
    """

    generation: int
    nevals: int | None
    avg: float | None
    std: float | None
    min: float | None
    max: float | None
    seconds: float | None

    @property
    def finished(self) -> str | None:
        """When the generation ended, as records write it; ``None`` if unknown or impossible."""
        return None if self.seconds is None else timestamp(self.seconds)


def parse_log(text: str, name: str) -> tuple[list[LogLine], list[str]]:
    """Generations in order, and what had to be left out, one sentence each.

    Raises:
        BadData: No line names the columns (``gen``, ``nevals``, …), or there are too many lines.
    """
    lines = [(number_, line.split()) for number_, line in enumerate(text.split("\n"), start=1) if line.strip()]
    if not lines or "gen" not in lines[0][1]:
        raise BadData(f"{shown(name)}: line 1: no column gen; this is no log of DEAP")
    if len(lines) > MAX_GENERATIONS:
        raise BadData(f"{shown(name)}: {len(lines):,} lines, more than {MAX_GENERATIONS:,}")
    header = lines[0][1]
    found: dict[int, LogLine] = {}
    notes = []
    for number_, fields in lines[1:]:
        generation = count(dict(zip(header, fields, strict=False)).get("gen", ""))
        if len(fields) != len(header) or generation is None:
            notes.append(f"{shown(name)}: line {number_} is cut off or no generation, and is left out.")
        elif generation in found:
            notes.append(f"{shown(name)}: line {number_} repeats generation {generation} and is left out.")
        else:
            found[generation] = _line(generation, dict(zip(header, fields, strict=True)))
    return [found[generation] for generation in sorted(found)], notes


def _line(generation: int, cells: dict[str, str]) -> LogLine:
    return LogLine(
        generation=generation,
        nevals=count(cells.get("nevals", "")),
        avg=number(cells.get("avg", "")),
        std=number(cells.get("std", "")),
        min=number(cells.get("min", "")),
        max=number(cells.get("max", "")),
        seconds=number(cells.get("ts", "")),
    )
