"""The pharmacogenomic studies, and the demonstration data: what each measured and where it comes from.

Counts are those of the IMPROVE cross-study benchmark (csa_data), whose responses all these searches use: curves of all
studies fitted anew by one procedure, and random splits over responses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

STUDY_TERMS: Final = (
    "The terms of the study hold. The benchmark that its responses are taken from states no licence of its own; "
    "no data of the study are part of this archive."
)


@dataclass(frozen=True, slots=True)
class DatasetCard:
    """What a reader of the site wants to know about a dataset.

    Attributes:
        name: As in the benchmark, e.g. ``gCSI``.
        title: Full name.
        measured: What was measured, in two or three sentences.
        citation: Authors, title, journal, year in one line; empty for made-up data.
        doi: DOI or empty.
        terms: What is known of the terms of use.
        cell_lines: Cell lines in the benchmark; ``None`` for made-up data.
        drugs: Drugs in the benchmark.
        responses: Dose-response curves in the benchmark; GDSC has several of some pairs.
        synthetic: Whether the data are made up.
    """

    name: str
    title: str
    measured: str
    citation: str = ""
    doi: str = ""
    terms: str = STUDY_TERMS
    cell_lines: int | None = None
    drugs: int | None = None
    responses: int | None = None
    synthetic: bool = False


CCLE: Final = DatasetCard(
    name="CCLE",
    title="Cancer Cell Line Encyclopedia",
    measured=(
        "Viability (CellTiter-Glo) of cancer cell lines under 24 anticancer drugs at eight doses, by the Broad "
        "Institute and Novartis. The same project profiled the cell lines: expression, copy number, mutations."
    ),
    citation=(
        "Barretina J. et al., The Cancer Cell Line Encyclopedia enables predictive modelling of anticancer drug "
        "sensitivity, Nature 483 (2012) 603-607"
    ),
    doi="10.1038/nature11003",
    cell_lines=411,
    drugs=24,
    responses=9519,
)
CTRPV2: Final = DatasetCard(
    name="CTRPv2",
    title="Cancer Therapeutics Response Portal, version 2",
    measured=(
        "Viability (CellTiter-Glo) under several hundred small molecules and combinations of them at 16 doses, by the "
        "Broad Institute. By far the largest of the five, so that a training takes the longest."
    ),
    citation=(
        "Seashore-Ludlow B. et al., Harnessing connectivity in a large-scale small-molecule sensitivity dataset, "
        "Cancer Discovery 5(11) (2015) 1210-1223"
    ),
    doi="10.1158/2159-8290.CD-15-0235",
    cell_lines=720,
    drugs=494,
    responses=286665,
)
GCSI: Final = DatasetCard(
    name="gCSI",
    title="Genentech Cell Line Screening Initiative",
    measured=(
        "Viability (CellTiter-Glo) under 16 anticancer drugs, measured by Genentech to see how well the results of the "
        "earlier studies can be reproduced. The smallest of the five."
    ),
    citation=(
        "Haverty P.M. et al., Reproducible pharmacogenomic profiling of cancer cell line panels, "
        "Nature 533 (2016) 333-337"
    ),
    doi="10.1038/nature17987",
    cell_lines=312,
    drugs=16,
    responses=4941,
)
GDSCV1: Final = DatasetCard(
    name="GDSCv1",
    title="Genomics of Drug Sensitivity in Cancer, first screen",
    measured=(
        "Viability (resazurin or Syto60) under several hundred anticancer compounds, by the Wellcome Sanger Institute "
        "and the Massachusetts General Hospital."
    ),
    citation="Iorio F. et al., A landscape of pharmacogenomic interactions in cancer, Cell 166(3) (2016) 740-754",
    doi="10.1016/j.cell.2016.06.017",
    cell_lines=546,
    drugs=294,
    responses=171940,
)
GDSCV2: Final = DatasetCard(
    name="GDSCv2",
    title="Genomics of Drug Sensitivity in Cancer, second screen",
    measured=(
        "Viability (CellTiter-Glo) under anticancer compounds, by the Wellcome Sanger Institute with a newer assay. "
        "Many drugs of the first screen were measured again."
    ),
    citation=(
        "Yang W. et al., Genomics of Drug Sensitivity in Cancer (GDSC): a resource for therapeutic biomarker discovery "
        "in cancer cells, Nucleic Acids Research 41 (2013) D955-D961"
    ),
    doi="10.1093/nar/gks1111",
    cell_lines=470,
    drugs=168,
    responses=114644,
)


def _demonstration(name: str, about: str) -> DatasetCard:
    return DatasetCard(
        name=name,
        title="Demonstration data, simulated",
        measured=f"Nothing was measured: a random simulation, made by `cross-hpo data demo`. {about}",
        terms="As the program that makes them.",
        synthetic=True,
    )


DEMO_A: Final = _demonstration("DEMO-A", "120 made-up cell lines and 24 drugs, little noise.")
DEMO_B: Final = _demonstration("DEMO-B", "80 made-up cell lines and 16 drugs, more noise; shares many with DEMO-A.")

DATASET_CARDS: Final = {card.name: card for card in (CCLE, CTRPV2, GCSI, GDSCV1, GDSCV2, DEMO_A, DEMO_B)}
"""By name, in the order of tables."""
