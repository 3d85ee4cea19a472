"""The landmark genes of the L1000 assay, to which most models restrict gene expression."""

from __future__ import annotations

from importlib import resources


def landmark_symbols() -> tuple[str, ...]:
    """Symbols of the 976 landmark genes, sorted; the source is named in ``landmark_genes.txt``."""
    text = (resources.files("hpo.data") / "landmark_genes.txt").read_text(encoding="ascii")
    return tuple(line for line in text.splitlines() if line and not line.startswith("#"))
