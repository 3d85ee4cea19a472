"""Drug features of the demonstration data, computed from the real structures with RDKit and Mordred."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from hpo.errors import MissingInput

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FINGERPRINT_BITS: Final = 512
FINGERPRINT_RADIUS: Final = 2

DESCRIPTOR_MODULES: Final = (
    "AcidBase", "Aromatic", "AtomCount", "BondCount", "CarbonTypes", "Constitutional", "HydrogenBond",
    "KappaShapeIndex", "Lipinski", "LogS", "McGowanVolume", "MoeType", "Polarizability", "RingCount", "RotatableBond",
    "SLogP", "TopoPSA", "TopologicalCharge", "WalkCount", "Weight",
)  # fmt: skip
"""Modules of Mordred that are computed: about 200 descriptors, an eighth of all, so that training takes seconds."""


def molecules(smiles: Sequence[str]) -> list[Any]:
    """RDKit molecules.

    Raises:
        MissingInput: RDKit is not installed.
    """
    try:
        from rdkit import Chem
    except ModuleNotFoundError as error:
        raise MissingInput(
            "rdkit is not installed, which computes drug features: pip install 'cross-hpo[models]'"
        ) from error
    return [Chem.MolFromSmiles(text) for text in smiles]


def fingerprints(mols: Sequence[Any]) -> NDArray[np.uint8]:
    """ECFP4 bits, shape ``(drugs, 512)``."""
    import numpy as np
    from rdkit.Chem import rdFingerprintGenerator

    generator = rdFingerprintGenerator.GetMorganGenerator(radius=FINGERPRINT_RADIUS, fpSize=FINGERPRINT_BITS)
    return np.array([generator.GetFingerprintAsNumPy(mol) for mol in mols], dtype=np.uint8)


def descriptors(mols: Sequence[Any]) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    """Names and values of 2D Mordred descriptors, those that are finite for every drug and not the same for all.

    Raises:
        MissingInput: mordredcommunity is not installed.
    """
    import warnings

    import numpy as np

    try:
        from mordred import Calculator
        from mordred import descriptors as all_descriptors
    except ModuleNotFoundError as error:
        raise MissingInput(
            "mordredcommunity is not installed, which computes drug features: pip install 'cross-hpo[models]'"
        ) from error
    calculator = Calculator([getattr(all_descriptors, name) for name in DESCRIPTOR_MODULES], ignore_3D=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a descriptor that can't be computed for a drug is left out below
        rows = [[_number(value) for value in calculator(mol)] for mol in mols]
    values = np.array(rows, dtype=np.float64)
    names = [str(descriptor) for descriptor in calculator.descriptors]
    kept = [
        column
        for column in range(len(names))
        if np.isfinite(values[:, column]).all() and np.ptp(values[:, column]) > 1e-6
    ]
    return tuple(names[column] for column in kept), values[:, kept]


def _number(value: Any) -> float:
    """A descriptor as a float, NaN where Mordred returned an error object."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("nan")
