"""Where the annotations come from that models read beside the benchmark, and which can be downloaded as they are.

They belong to others and are not shipped. A file that only exists inside an archive or as a pickle has to be brought
into the format that its reader checks by hand, as told here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from hpo.data.annotations import KEGG_SETS, LINKS, PATHWAY_SETS, TARGETS

_ZENODO: Final = "https://zenodo.org/record/6093818"
"""Data of the authors of PathDSP."""

_PICKLE: Final = "a pickle can run any program when it is read: take it from this address only"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a file below ``raw_data`` comes from.

    Attributes:
        file: Path relative to ``raw_data``.
        models: Models that read it.
        needed: Whether they can't do without it.
        content: What it holds and in which format.
        address: Where it, or the archive that holds it, is published.
        direct: Whether ``cross-hpo data fetch`` downloads it from ``address`` as it is.
        steps: What to do by hand, empty where ``direct``.
    """

    file: str
    models: tuple[str, ...]
    needed: bool
    content: str
    address: str
    direct: bool = False
    steps: tuple[str, ...] = ()


SOURCES: Final = (
    Source(
        KEGG_SETS,
        ("HiDRA",),
        True,
        "186 KEGG pathways of MSigDB C2, gene symbols, in the GMT format",
        "https://web.cels.anl.gov/projects/IMPROVE_FTP/candle/public/improve/model_curation_data/hidra/raw_data/"
        "geneset.gmt",
        direct=True,
    ),
    Source(
        PATHWAY_SETS,
        ("PathDSP",),
        True,
        "PID and Reactome pathways of MSigDB C2 7.2, gene symbols, in the GMT format",
        f"{_ZENODO}/files/MSigdb.zip",
        steps=(f"unzip MSigdb.zip and copy union.c2.cp.pid.reactome.v7.2.symbols.gmt to {PATHWAY_SETS}",),
    ),
    Source(
        LINKS,
        ("PathDSP",),
        True,
        "links between human genes of STRING 11.0: tab-separated columns source, target and weight, gene symbols",
        f"{_ZENODO}/files/STRING.zip",
        steps=(
            "unzip STRING.zip, which holds a pickled table 9606.protein_name.links.v11.0.pkl",
            _PICKLE,
            f"write its columns source, target and weight to {LINKS}, with tabs between, each pair once",
        ),
    ),
    Source(
        TARGETS,
        ("PathDSP",),
        True,
        "genes that each drug acts on: tab-separated columns drug (name) and gene (symbol)",
        f"{_ZENODO}/files/raw_data.zip",
        steps=(f"unzip raw_data.zip and copy DB.Drug.Target.txt to {TARGETS}",),
    ),
    Source(
        "annotations/paccmann_genes.txt",
        ("Paccmann_MCA",),
        False,
        "2,128 gene symbols, one a line; without it the landmark genes are used",
        "https://github.com/JDACS4C-IMPROVE/Paccmann_MCA",
        steps=(
            "the authors' Data_MCA.zip, which the repository's scripts download, holds a pickled list 2128_genes.pkl",
            _PICKLE,
            "write its symbols to the file, one a line",
        ),
    ),
    Source(
        "annotations/paccmann_tokens.txt",
        ("Paccmann_MCA",),
        False,
        "SMILES tokens in the order of their numbers, one a line; without it those of the training drugs are used",
        "https://github.com/JDACS4C-IMPROVE/Paccmann_MCA",
        steps=(
            "the authors' Data_MCA.zip holds a pickled smiles_language_chembl_gdsc_ccle.pkl of the package pytoda",
            _PICKLE,
            "write its tokens to the file, one a line, in the order of their numbers",
        ),
    ),
    Source(
        "annotations/drug_codes_chembl_freq_1500.txt",
        ("DeepTTC",),
        False,
        "merges of SMILES sub-words (ESPF), learned from ChEMBL; without it merges are learned from the training drugs",
        "https://github.com/jianglikun/DeepTTC",
        steps=("copy the file of this name from the folder ESPF of the repository",),
    ),
    Source(
        "annotations/subword_units_map_chembl_freq_1500.csv",
        ("DeepTTC",),
        False,
        "numbered SMILES sub-words (ESPF), which go with the merges",
        "https://github.com/jianglikun/DeepTTC",
        steps=("copy the file of this name from the folder ESPF of the repository",),
    ),
)
"""Every annotation that a model reads."""


def direct_addresses() -> dict[str, str]:
    """Address of each annotation that can be downloaded as it is, by its path relative to ``raw_data``."""
    return {source.file: source.address for source in SOURCES if source.direct}
