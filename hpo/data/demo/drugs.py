"""The drugs of the demonstration data."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib import resources


@dataclass(frozen=True, slots=True)
class Drug:
    """An approved drug.

    Attributes:
        id: ``improve_chem_id`` in the demonstration data.
        name: Generic name.
        mechanism: What it inhibits; drugs of one mechanism act alike in the simulation.
        pubchem_cid: PubChem compound id.
        smiles: Structure.
    """

    id: str
    name: str
    mechanism: str
    pubchem_cid: int
    smiles: str


def demo_drugs() -> tuple[Drug, ...]:
    """All drugs, in the order of ``drugs.tsv``."""
    text = (resources.files("hpo.data.demo") / "drugs.tsv").read_text(encoding="ascii")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return tuple(
        Drug(f"DEMO-D{number:02d}", row["name"], row["mechanism"], int(row["pubchem_cid"]), row["smiles"])
        for number, row in enumerate(csv.DictReader(lines, delimiter="\t"), start=1)
    )
