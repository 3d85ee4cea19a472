"""SMILES to the molecular graphs of GraphDRP: 78 numbers an atom, and which atoms are bonded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from hpo.errors import BadData

if TYPE_CHECKING:
    from rdkit.Chem import Atom, Mol

_SYMBOLS = (
    "C N O S F Si P Cl Br Mg Na Ca Fe As Al I B V K Tl Yb Sb Sn Ag Pd Co Se Ti Zn H Li Ge Cu Au Ni Cd In Mn Zr Cr Pt "
    "Hg Pb Unknown"
)
SYMBOLS: Final = tuple(_SYMBOLS.split(" "))
"""Elements with a place of their own; all others share the last one."""

MAX_COUNT: Final = 10
"""Largest degree; more hydrogens or a larger valence count as this."""

ATOM_FEATURES: Final = len(SYMBOLS) + 3 * (MAX_COUNT + 1) + 1


def molecular_graphs(smiles: Mapping[str, str]) -> dict[str, NDArray[Any]]:
    """The graphs of all drugs, one after the other.

    Args:
        smiles: SMILES by drug id; the order is that of the graphs.

    Returns:
        ``atoms`` (float32, shape ``(atoms of all drugs, 78)``), ``atom_start`` (int32, shape ``(drugs + 1,)``: the
        atoms of drug ``i`` are the rows ``atom_start[i]`` to ``atom_start[i + 1]``), ``bonds`` (int32, shape
        ``(bonds, 2)``: two rows of ``atoms``, each bond once).

    Raises:
        BadData: RDKit can't read a SMILES, or an atom has more than ten neighbours; all such drugs at once.
    """
    from rdkit import Chem, rdBase

    atoms: list[NDArray[np.float32]] = []
    bonds: list[tuple[int, int]] = []
    starts = [0]
    problems = []
    with rdBase.BlockLogs():
        for drug, text in smiles.items():
            molecule = Chem.MolFromSmiles(text)
            problem = _problem(molecule)
            if problem:
                problems.append(f"x_data/drug_SMILES.tsv: {drug}: {problem}: {text[:80]!r}")
                continue
            start = starts[-1]
            atoms.extend(atom_features(atom) for atom in molecule.GetAtoms())
            bonds.extend((start + b.GetBeginAtomIdx(), start + b.GetEndAtomIdx()) for b in molecule.GetBonds())
            starts.append(start + molecule.GetNumAtoms())
    if problems:
        raise BadData(problems)
    return {
        "atoms": np.array(atoms, dtype=np.float32).reshape(-1, ATOM_FEATURES),
        "atom_start": np.array(starts, dtype=np.int32),
        "bonds": np.array(bonds, dtype=np.int32).reshape(-1, 2),
    }


def atom_features(atom: Atom) -> NDArray[np.float32]:
    """One-hot element (44), degree (11), hydrogens (11), implicit valence (11) and aromaticity (1), over their sum."""
    from rdkit import Chem

    symbol = atom.GetSymbol()
    counts = (atom.GetDegree(), atom.GetTotalNumHs(), atom.GetValence(Chem.ValenceType.IMPLICIT))
    features = np.zeros(ATOM_FEATURES, dtype=np.float32)
    features[SYMBOLS.index(symbol) if symbol in SYMBOLS else len(SYMBOLS) - 1] = 1
    for position, count in enumerate(counts):
        features[len(SYMBOLS) + position * (MAX_COUNT + 1) + min(count, MAX_COUNT)] = 1
    features[-1] = atom.GetIsAromatic()
    features /= features.sum()
    return features


def neighbour_table(atoms: int, bonds: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
    """Bonded atoms of each atom, shape ``(atoms, largest degree)``, filled up with ``atoms``, which is no atom.

    >>> neighbour_table(3, np.array([[0, 1], [1, 2]])).tolist()
    [[1, 3], [0, 2], [1, 3]]
    """
    lists: list[list[int]] = [[] for _ in range(atoms)]
    for first, second in bonds.tolist():
        lists[first].append(second)
        lists[second].append(first)
    return padded(lists, atoms)


def padded(lists: Sequence[Sequence[int]], fill: int) -> NDArray[np.int64]:
    """``lists`` as one table, shape ``(len(lists), longest)``, at least one column, filled up with ``fill``."""
    table = np.full((len(lists), max([1, *map(len, lists)])), fill, dtype=np.int64)
    for row, items in enumerate(lists):
        table[row, : len(items)] = items
    return table


def _problem(molecule: Mol | None) -> str:
    if molecule is None or molecule.GetNumAtoms() == 0:
        return "RDKit can't read the SMILES"
    degree = max(atom.GetDegree() for atom in molecule.GetAtoms())
    return f"an atom with {degree} neighbours; at most {MAX_COUNT} are known" if degree > MAX_COUNT else ""
