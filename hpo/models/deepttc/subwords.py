"""SMILES to sub-words by byte-pair encoding (Sennrich et al. 2016; for molecules, ESPF, Huang et al. 2019).

The merges and units of the original, learned from ChEMBL, are used where they lie below ``annotations``; else merges
are learned from the drugs of the training part.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hpo.data.annotations import read_lines
from hpo.data.problems import Problems

MERGES_FILE: Final = "annotations/drug_codes_chembl_freq_1500.txt"
UNITS_FILE: Final = "annotations/subword_units_map_chembl_freq_1500.csv"
UNIT_COLUMN: Final = "index"
MAX_TOKENS: Final = 50
"""Sub-words of a drug that the network sees; further ones are cut off."""

MAX_MERGES: Final = 2656
"""Merges learned at most: as many as the original has."""

MIN_COUNT: Final = 3
"""A pair of neighbours has to occur so often among the training drugs to become a unit."""

END: Final = "</w>"
"""Mark of the last sub-word in the files of the original."""

Merge = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Subwords:
    """How to cut SMILES into numbered units.

    Attributes:
        merges: Pairs that become one unit, the most important first.
        units: Number of each unit.
        size: Rows of the embedding: one more than the largest number.
        marks_end: Whether the last unit of a drug is a symbol of its own, marked by :data:`END`, while merging.
        whole: Whether a drug with one unknown unit becomes the single number 0, as in the original; else only that
            unit becomes 0.
    """

    merges: tuple[Merge, ...]
    units: Mapping[str, int]
    size: int
    marks_end: bool
    whole: bool

    def encode(self, smiles: Sequence[str]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Numbers of the units of each drug, shape ``(drugs, longest)``, filled up with 0, and how many, ``(drugs,)``.

        A drug has at most :data:`MAX_TOKENS` units.
        """
        ranks = {merge: rank for rank, merge in reversed(list(enumerate(self.merges)))}
        rows = [self._numbers(segment(text, ranks, marks_end=self.marks_end))[:MAX_TOKENS] for text in smiles]
        table = np.zeros((len(rows), max([1, *map(len, rows)])), dtype=np.int32)
        for row, numbers in zip(table, rows, strict=True):
            row[: len(numbers)] = numbers
        return table, np.array([len(numbers) for numbers in rows], dtype=np.int32)

    def _numbers(self, units: Sequence[str]) -> list[int]:
        if self.whole and any(unit not in self.units for unit in units):
            return [0]
        return [self.units.get(unit, 0) for unit in units]


def segment(text: str, ranks: Mapping[Merge, int], *, marks_end: bool = False) -> list[str]:
    """Cut ``text``: from single characters on, the neighbours of the lowest rank are joined as long as there are any.

    >>> segment("CCO", {("C", "C"): 0})
    ['CC', 'O']
    """
    symbols = list(text)
    if marks_end and symbols:
        symbols[-1] += END
    while len(symbols) > 1:
        merge = min(pairwise(symbols), key=lambda pair: ranks.get(pair, len(ranks)))
        if merge not in ranks:
            break
        symbols = _joined(symbols, merge)
    if marks_end and symbols:
        symbols[-1] = symbols[-1].removesuffix(END)
    return symbols


def learn(smiles: Iterable[str]) -> Subwords:
    """Merges and units of ``smiles``, each text counted once; number 0 stays for what is unknown.

    The most frequent pair is merged first, of equally frequent ones the first by alphabet, until none occurs
    :data:`MIN_COUNT` times.
    """
    words = [list(text) for text in sorted(set(smiles))]
    units = {symbol for word in words for symbol in word}
    merges: list[Merge] = []
    while len(merges) < MAX_MERGES:
        counts = Counter(pair for word in words for pair in pairwise(word))
        if not counts:
            break
        merge, count = min(counts.items(), key=lambda item: (-item[1], item[0]))
        if count < MIN_COUNT:
            break
        words = [_joined(word, merge) for word in words]
        merges.append(merge)
        units.add("".join(merge))
    numbers = {unit: number for number, unit in enumerate(sorted(units), start=1)}
    return Subwords(tuple(merges), numbers, len(numbers) + 1, marks_end=False, whole=False)


def published_subwords(merges: tuple[Merge, ...], units: Mapping[str, int]) -> Subwords:
    """The original's way to cut SMILES, with its two tables."""
    return Subwords(merges, units, len(units), marks_end=True, whole=True)


def read_merges(path: Path, problems: Problems) -> tuple[Merge, ...]:
    """The file of merges of subword-nmt 0.2: ``#version: 0.2``, then a pair a line with one blank between.

    Raises:
        MissingInput: There is no such file.
    """
    lines = read_lines(path, problems)
    if lines and lines[0].strip() != "#version: 0.2":
        problems.add("version", f"{path}: line 1: {lines[0][:60]!r}; must be '#version: 0.2'")
    pairs: list[Merge] = []
    for number, line in enumerate(lines[1:], start=2):
        parts = line.split(" ")
        if len(parts) == 2 and all(parts):
            pairs.append((parts[0], parts[1]))
        else:
            problems.add("merge", f"{path}: line {number}: {line[:60]!r}; must be two symbols and one blank between")
    if lines and not pairs and not problems:
        problems.add("empty", f"{path}: no merges")
    return tuple(pairs)


def read_units(path: Path, problems: Problems) -> dict[str, int]:
    """Numbers of the units, from 0 in the order of the rows of a CSV file; its column ``index`` names them.

    Raises:
        MissingInput: There is no such file.
    """
    rows = csv.DictReader(read_lines(path, problems))
    if UNIT_COLUMN not in (rows.fieldnames or ()):
        problems.add("header", f"{path}: line 1: no column {UNIT_COLUMN!r}; found are {list(rows.fieldnames or ())}")
        return {}
    numbers: dict[str, int] = {}
    for row in rows:
        unit = row[UNIT_COLUMN]
        if not unit or unit in numbers:
            what = "is there twice" if unit else "is empty"
            problems.add("unit", f"{path}: line {rows.line_num}: unit {unit!r:.60} {what}; each must be there once")
        else:
            numbers[unit] = len(numbers)
    if not numbers and not problems:
        problems.add("empty", f"{path}: no units")
    return numbers


def _joined(symbols: Sequence[str], merge: Merge) -> list[str]:
    """``symbols`` with every occurrence of the pair ``merge``, from the left, as one symbol."""
    result: list[str] = []
    position = 0
    while position < len(symbols):
        if tuple(symbols[position : position + 2]) == merge:
            result.append("".join(merge))
            position += 2
        else:
            result.append(symbols[position])
            position += 1
    return result
