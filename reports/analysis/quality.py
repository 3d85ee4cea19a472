"""What the benchmark of the search measured: regret of searches on landscapes whose optimum is known.

The numbers come from the programs in ``benchmarks/`` and are packaged beside this code: they belong to the software
and not to an archive. Nothing is computed here but what can be read from them.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar, get_type_hints

from hpo.digest import digest, file_digest
from hpo.errors import BadData, MissingInput

QUALITY: Final = "search_quality.csv"
SETTINGS: Final = "ga_settings.csv"
SURROGATES: Final = "surrogates.csv"
FILES: Final = (QUALITY, SETTINGS, SURROGATES)

ALL: Final = "all"
"""Stands for all problems of a suite."""

TOGETHER: Final = "together"
"""The suite of all problems of the others."""

DEFAULT: Final = "default"
RIVALS: Final = ("random", "supervisor", "tpe")
"""What the default preset has to beat."""

MIN_PAIRS: Final = 5
"""Seeds below which an interval over seeds says nothing."""

_Row = TypeVar("_Row")


@dataclass(frozen=True, slots=True)
class Quality:
    """How good a method was on a problem, after a number of evaluations.

    Attributes:
        suite: ``functions``, ``surrogates`` or ``together``: all problems of both, as one line.
        budget: Evaluations of the whole search.
        method: Name of the search.
        problem: Name of the landscape, or :data:`ALL`.
        evaluations: After which the regret is that of the point called best.
        seeds: Searches behind the numbers, for each problem.
        regret: Mean; 0 is the optimum, 1 as good as the median of random points that are alive.
        low: Lower end of its 95 % bootstrap interval over seeds.
        high: Its upper end.
        median: Of all searches.
        difference: Mean of regret less that of the default preset for the same problem and seed; ``None`` where there
            is no such pair, or within a search.
        difference_low: Lower end of its interval.
        difference_high: Its upper end.
        wins: Share of pairs in which the default has less regret, ties counting half.
        pairs: Seeds that both were measured with.
    """

    suite: str
    budget: int
    method: str
    problem: str
    evaluations: int
    seeds: int
    regret: float
    low: float
    high: float
    median: float
    difference: float | None
    difference_low: float | None
    difference_high: float | None
    wins: float | None
    pairs: int | None

    @property
    def judged(self) -> bool:
        """Whether there are enough pairs to say who is better."""
        return self.pairs is not None and self.pairs >= MIN_PAIRS

    @property
    def worse(self) -> bool:
        """Whether the default is better: the interval of the difference is above zero."""
        return self.judged and self.difference_low is not None and self.difference_low > 0

    @property
    def better(self) -> bool:
        """Whether this is better than the default: the interval is below zero."""
        return self.judged and self.difference_high is not None and self.difference_high < 0


@dataclass(frozen=True, slots=True)
class Change:
    """The default preset with settings changed, over all functions.

    Attributes:
        budget: Evaluations.
        setting: Which setting is meant; ``default`` for none.
        changed: All that is changed, as ``NAME=VALUE,…``; empty for the default.
        seeds: Searches behind the numbers, for each function.
        regret: Mean regret, see :class:`Quality`.
        low: Lower end of its interval.
        high: Its upper end.
        difference: Mean of regret less that of the default, by function and seed.
        difference_low: Lower end of its interval.
        difference_high: Its upper end.
        wins: Share of pairs in which the default has less regret, ties counting half.
    """

    budget: int
    setting: str
    changed: str
    seeds: int
    regret: float
    low: float
    high: float
    difference: float | None
    difference_low: float | None
    difference_high: float | None
    wins: float | None

    @property
    def sure(self) -> bool:
        """Whether the interval of the difference excludes zero."""
        if self.difference_low is None or self.difference_high is None:
            return False
        return self.difference_low > 0 or self.difference_high < 0


@dataclass(frozen=True, slots=True)
class Landscape:
    """A recorded run whose evaluations a forest describes well enough to search on it.

    Attributes:
        run: Key of the run.
        points: Distinct living points.
        dead: Distinct dead points.
        noise: Relative standard deviation of repeats.
        r2: Cross-validated R² of the logarithm of the loss.
        rank_correlation: Cross-validated rank correlation.
    """

    run: str
    points: int
    dead: int
    noise: float
    r2: float
    rank_correlation: float


def results_folder() -> Path:
    """The folder of measured results: the copy inside an installed package, else that of the checkout."""
    package = Path(__file__).parents[1]
    inside = package / "results"
    return inside if inside.is_dir() else package.parent / "benchmarks" / "results"


def results_digest(folder: Path | None = None) -> str:
    """Digest of everything that was measured."""
    root = folder or results_folder()
    return digest({name: file_digest(_present(root / name)) for name in FILES})


@cache
def quality(folder: Path | None = None) -> tuple[Quality, ...]:
    """The lines of ``search_quality.csv``.

    Raises:
        MissingInput: There is no such file.
        BadData: A line lacks a value or has one that cannot be read.
    """
    return _read((folder or results_folder()) / QUALITY, Quality)


@cache
def changes(folder: Path | None = None) -> tuple[Change, ...]:
    """The lines of ``ga_settings.csv``.

    Raises:
        MissingInput: There is no such file.
        BadData: A line lacks a value or has one that cannot be read.
    """
    return _read((folder or results_folder()) / SETTINGS, Change)


@cache
def landscapes(folder: Path | None = None) -> tuple[Landscape, ...]:
    """The lines of ``surrogates.csv``.

    Raises:
        MissingInput: There is no such file.
        BadData: A line lacks a value or has one that cannot be read.
    """
    return _read((folder or results_folder()) / SURROGATES, Landscape)


def final(lines: Iterable[Quality], suite: str, budget: int, problem: str = ALL) -> dict[str, Quality]:
    """Where the searches of ``suite`` end up, by method in the order of the file."""
    return {
        line.method: line
        for line in lines
        if (line.suite, line.budget, line.evaluations, line.problem) == (suite, budget, budget, problem)
    }


def curve(lines: Iterable[Quality], suite: str, budget: int, method: str) -> list[Quality]:
    """The mean over ``suite`` on the way, by rising number of evaluations."""
    wanted = (suite, budget, method, ALL)
    found = [line for line in lines if (line.suite, line.budget, line.method, line.problem) == wanted]
    return sorted(found, key=lambda line: line.evaluations)


def budgets(lines: Iterable[Quality], suite: str) -> list[int]:
    """Budgets measured on ``suite``, rising."""
    return sorted({line.budget for line in lines if line.suite == suite})


def problems(lines: Iterable[Quality], suite: str, budget: int) -> list[str]:
    """Problems of ``suite`` at ``budget``, in the order of the file."""
    names = (line.problem for line in lines if (line.suite, line.budget) == (suite, budget))
    return [name for name in dict.fromkeys(names) if name != ALL]


def lost(lines: Iterable[Quality]) -> list[Quality]:
    """Where a method is better than the default; whole suites first."""
    found = [line for line in lines if line.evaluations == line.budget and line.better]
    return sorted(found, key=lambda line: (line.suite, line.problem != ALL, line.budget, line.problem, line.method))


def _present(path: Path) -> Path:
    if not path.is_file():
        raise MissingInput(f"{path}: no such file; it belongs to the software, so reinstall it or restore the checkout")
    return path


def _read(path: Path, kind: type[_Row]) -> tuple[_Row, ...]:
    hints = get_type_hints(kind)
    names = [field.name for field in fields(kind)]  # type: ignore[arg-type]
    problems: list[str] = []
    rows: list[_Row] = []
    with _present(path).open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        missing = [name for name in names if name not in (reader.fieldnames or ())]
        if missing:
            raise BadData(f"{path}: no column {', '.join(missing)}")
        for row in reader:
            try:
                rows.append(kind(**{name: _value(row, name, hints[name]) for name in names}))
            except ValueError as error:
                problems.append(f"{path}: line {reader.line_num}: {error}")
    if problems:
        raise BadData(problems)
    return tuple(rows)


def _value(row: Mapping[str, str | None], name: str, kind: Any) -> Any:
    text = row[name]
    if kind is str:
        return text or ""
    if not text:
        if kind in (float | None, int | None):
            return None
        raise ValueError(f"{name} is missing")
    try:
        return int(text) if kind in (int, int | None) else float(text)
    except ValueError:
        raise ValueError(f"{name}: {text!r} is no number") from None


def beaten(lines: Sequence[Quality], suite: str, budget: int) -> dict[str, bool | None]:
    """Whether the default is better than each of :data:`RIVALS`; ``None`` where too little was measured."""
    found = final(lines, suite, budget)
    return {name: found[name].worse if name in found and found[name].judged else None for name in RIVALS}
