"""The genes of the demonstration data: real symbols, dealt out to simulated pathways."""

from __future__ import annotations

from typing import Final

from hpo.data.landmark import landmark_symbols

LANDMARK_GENES: Final = 160
"""Landmark genes in the expression table, spread evenly over the alphabet; models need at least 118."""

_CANCER_GENES: Final = """
    ABCB1 ABCG2 ALK APC AR ARID1A ATM ATR ATRX BCL2L1 BCL2L11 BRAF BRCA2 CCND2 CCNE1 CDK9 CREBBP CTNNB1 DHFR EP300
    ESR1 FGFR1 FGFR3 FLT1 FLT3 FLT4 HDAC1 HDAC3 HRAS JAK1 JAK2 KDR KMT2D KRAS MAP2K1 MAPK1 MCL1 MDM2 MET MITF MTOR
    NF1 NF2 PALB2 PDGFRA PDGFRB PTEN RAD51 RAF1 RET RRM1 RRM2 SLFN11 SMO SOX10 TOP1 TSC1 TSC2 TYMS VEGFA
"""

OTHER_GENES: Final = tuple(_CANCER_GENES.split())
"""Further cancer genes, so that the table also has columns that are no landmark genes."""


def expressed_genes() -> tuple[str, ...]:
    """Symbols of the expression table, sorted."""
    landmark = landmark_symbols()
    chosen = [landmark[index * len(landmark) // LANDMARK_GENES] for index in range(LANDMARK_GENES)]
    return tuple(sorted([*chosen, *OTHER_GENES]))
