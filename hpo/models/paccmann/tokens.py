"""SMILES to the tokens of Paccmann_MCA: atoms, bonds, brackets and ring numbers, some hundred numbers a drug.

The network sees 560 positions: padding first, then the tokens between a start and a stop. Nearly all padding
positions look alike to every layer, so one of them, counted as often as there are, stands for them; see
:func:`compacted`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from hpo.data.annotations import read_lines
from hpo.data.problems import Problems
from hpo.errors import BadData

if TYPE_CHECKING:
    from rdkit.Chem import Mol

TOKENS_FILE: Final = "annotations/paccmann_tokens.txt"
GENES_FILE: Final = "annotations/paccmann_genes.txt"

PADDED: Final = 560
"""Positions of the original; a longer drug is cut."""

VARIANTS: Final = 32
"""Further SMILES of each drug, with randomly numbered atoms, that training chooses from."""

VARIANT_SEED: Final = 1
SPECIAL: Final = ("<PAD>", "<UNK>", "<START>", "<STOP>")
PAD, UNKNOWN, START, STOP = range(4)
FIXED: Final = (*SPECIAL, "(", ")", *map(str, range(1, 10)), *(f"%{ring}" for ring in range(10, 30)))
"""Tokens with a number of their own whatever the drugs; those that the drugs have follow."""

_TOKEN = re.compile(r"\[[^\]]+\]|Br|Cl|%[0-9]{2}|.")


def split_smiles(smiles: str) -> list[str]:
    """The tokens of a SMILES: a bracket atom, a two-letter element and a two-digit ring number are one each.

    >>> split_smiles("C[C@H](Cl)c1ccc%10")
    ['C', '[C@H]', '(', 'Cl', ')', 'c', '1', 'c', 'c', 'c', '%10']
    """
    return _TOKEN.findall(smiles)


def vocabulary_of(smiles: Iterable[str]) -> dict[str, int]:
    """Number of each token: the fixed ones, then all others of ``smiles`` by alphabet."""
    found = {token for text in smiles for token in split_smiles(text)}
    return {token: number for number, token in enumerate((*FIXED, *sorted(found - set(FIXED))))}


def encode(smiles: Sequence[str], vocabulary: Mapping[str, int]) -> list[list[int]]:
    """Token numbers of each SMILES between start and stop, cut to :data:`PADDED`."""
    return [
        [START, *(vocabulary.get(token, UNKNOWN) for token in split_smiles(text)), STOP][:PADDED] for text in smiles
    ]


def random_smiles(smiles: Mapping[str, str]) -> list[list[str]]:
    """:data:`VARIANTS` further SMILES of each drug, by drug in the order of ``smiles``; the same ones every time.

    Args:
        smiles: SMILES by drug id.

    Raises:
        BadData: RDKit can't read a SMILES; all such drugs at once.
    """
    from rdkit import Chem, rdBase

    result: list[list[str]] = []
    problems = []
    with rdBase.BlockLogs():
        for drug, text in smiles.items():
            molecule: Mol | None = Chem.MolFromSmiles(text)
            if molecule is None or molecule.GetNumAtoms() == 0:
                problems.append(f"x_data/drug_SMILES.tsv: {drug}: RDKit can't read the SMILES: {text[:80]!r}")
            else:
                result.append(list(Chem.MolToRandomSmilesVect(molecule, VARIANTS, randomSeed=VARIANT_SEED)))
    if problems:
        raise BadData(problems)
    return result


def compacted(
    tokens: NDArray[np.integer[Any]], count: NDArray[np.integer[Any]], none: int, margin: int, padded: int = PADDED
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """The padded sequences with one position for all paddings that no convolution can tell apart.

    A convolution that reaches ``margin`` positions to both sides tells the first and last ``margin`` paddings from
    the others: those before see the edge, those behind the drug. ``2 margin + 1`` paddings are kept, and the one in
    the middle counts for all that were left out.

    Args:
        tokens: Shape ``(n, longest)``; a row's first ``count`` numbers are its tokens.
        count: Tokens of each row, shape ``(n,)``, at most ``padded``.
        none: Number that fills up shorter rows.
        margin: Positions that the widest convolution reaches to either side.
        padded: Positions of the full sequence.

    Returns:
        Token numbers, shape ``(n, longest + 2 margin + 1)`` at most, and of each position the logarithm of how often
        it counts, minus infinity where there is none.
    """
    kept = np.minimum(padded - count, 2 * margin + 1)
    width = int((kept + count).max())
    numbers = np.full((len(tokens), width), none, dtype=np.int32)
    weights = np.full((len(tokens), width), -np.inf, dtype=np.float32)
    for row, (paddings, length) in enumerate(zip(kept.tolist(), count.tolist(), strict=True)):
        numbers[row, :paddings] = PAD
        numbers[row, paddings : paddings + length] = tokens[row, :length]
        weights[row, : paddings + length] = 0.0
        if paddings > 2 * margin:
            weights[row, margin] = np.log(padded - length - 2 * margin)
    return numbers, weights


def read_tokens(path: Path, problems: Problems) -> dict[str, int]:
    """Number of each token, from a file with a token a line in the order of their numbers, from 0.

    Raises:
        MissingInput: There is no such file.
    """
    lines = read_lines(path, problems)
    for number, (line, special) in enumerate(zip(lines, SPECIAL, strict=False), start=1):
        if line != special:
            problems.add("special", f"{path}: line {number}: {line[:40]!r}; must be {special}")
    return {token: number for number, token in enumerate(_distinct(path, lines, problems))}


def read_genes(path: Path, problems: Problems) -> tuple[str, ...]:
    """Gene symbols, one a line.

    Raises:
        MissingInput: There is no such file.
    """
    return tuple(_distinct(path, read_lines(path, problems), problems))


def _distinct(path: Path, lines: Sequence[str], problems: Problems) -> Sequence[str]:
    first: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        if first.setdefault(line, number) != number:
            problems.add("twice", f"{path}: line {number}: {line[:40]!r} is in line {first[line]} already")
    return lines
