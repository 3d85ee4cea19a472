"""How to cite the software, the archive, models and datasets, and on which terms the data may be used."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

import hpo
from hpo.archive.schema import RunInfo
from hpo.catalogue import DATASET_CARDS, MODEL_CARDS
from reports.analysis.comparable import Collection, synthetic_share
from reports.analysis.corpus import Corpus
from reports.analysis.order import sorted_datasets, sorted_models
from reports.pages import addresses, blocks, text, words
from reports.pages.bibliography import ABSTRACT, METHODS, Reference, bibtex
from reports.pages.context import Cell, Column, Link, Page, ReportPage, Row, Section, Table

BIBTEX = "references.bib"

OWN_TERMS = (
    "The software and the records of its own searches: MIT licence. A record holds hyperparameters, losses and times, "
    "and no data of a study."
)
IMPORTED_TERMS = (
    "{source}: its authors state no licence for it, neither for the files nor for the numbers in them, so all rights "
    "are to be presumed with them. Shown here are hyperparameters and losses with their source; ask them before you "
    "pass their files on."
)
STUDY_TERMS = "The studies: the terms of each study hold for its measurements, which are not part of this archive."


def cite_page(corpus: Corpus) -> ReportPage:
    """The page for the archive ``corpus``."""
    runs = corpus.runs
    own = f"{_own(corpus)}\n{bibtex([ABSTRACT])}" if _imported(runs) else _own(corpus)
    return ReportPage(
        page=Page('"How to cite"', addresses.root(addresses.CITE)),
        heading="How to cite",
        lead="Cite the archive with its version, the model and the dataset, so that a number can be found again.",
        sections=[
            Section("The archive and the software", html=blocks.code(own.rstrip())),
            Section(
                "Models, datasets and methods",
                tables=[_table(references(runs))],
                below=blocks.files_line([Link("BibTeX", BIBTEX)], "All of them as"),
            ),
            Section("Licence of the data", html=_terms(runs)),
        ],
        synthetic=synthetic_share(runs),
    )


def references(runs: Sequence[RunInfo]) -> list[Reference]:
    """What there is to cite in an archive of ``runs``: its models, its datasets, the methods."""
    models = [MODEL_CARDS[name] for name in sorted_models(run.model for run in runs) if name in MODEL_CARDS]
    datasets = [DATASET_CARDS[name] for name in sorted_datasets(run.dataset for run in runs) if name in DATASET_CARDS]
    cited = [Reference(card.name, card.citation, card.doi) for card in models]
    cited += [Reference(card.name, card.citation, card.doi) for card in datasets if card.citation]
    return [*cited, *METHODS, *([ABSTRACT] if _imported(runs) else [])]


def _imported(runs: Sequence[RunInfo]) -> bool:
    return any(Collection.of(run).imported for run in runs)


def _own(corpus: Corpus) -> str:
    ended = [run.times.finished for run in corpus.runs if run.times.finished]
    year = f"  year = {{{max(ended)[:4]}}},\n" if ended else ""
    return (
        "@misc{CrossHPO,\n"
        "  author = {{The Cross-HPO developers}},\n"
        "  title = {{Cross-HPO: hyperparameter searches of cancer drug-response models}},\n"
        f"{year}"
        f"  note = {{Software version {hpo.__version__}, archive version {corpus.version}}},\n"
        "}\n"
    )


def _table(found: Sequence[Reference]) -> Table:
    columns = [Column("key", "key"), Column("reference", "reference", wide=True), Column("doi", "DOI or address")]
    rows = [Row([Cell(work.key), Cell(work.citation), Cell(_link(work))]) for work in found]
    return Table("references-table", "Works to cite", columns, rows, interactive=False)


def _link(work: Reference) -> Markup:
    return blocks.outside(work.url, work.url.split("/")[2]) if work.url else blocks.doi(work.doi)


def _terms(runs: Sequence[RunInfo]) -> Markup:
    sources = dict.fromkeys(words.source_name(c) for c in map(Collection.of, runs) if c.imported)
    terms = [OWN_TERMS, *(IMPORTED_TERMS.format(source=source) for source in sources), STUDY_TERMS]
    items = [Markup("<li>{}</li>").format(text.escape(line)) for line in terms]
    return Markup("<ul>\n{}\n</ul>").format(Markup("\n").join(items))
