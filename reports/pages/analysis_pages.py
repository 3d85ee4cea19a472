"""The pages of analyses over many runs, each with the figures that were drawn for it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hpo.archive.improvement import Improvement
from hpo.errors import MissingInput
from reports.analysis.corpus import Corpus
from reports.analysis.fingerprint import FingerprintGrid
from reports.analysis.improvement import groups
from reports.analysis.scores import Scores
from reports.analysis.transfer_estimate import TransferEstimate
from reports.figures.catalogue import (
    ADVANTAGE,
    CONTROL,
    CONVERGENCE,
    COST,
    ESTIMATE,
    FINGERPRINTS,
    IDLE,
    IMPROVEMENT,
    OF_THE_ARCHIVE,
)
from reports.files import write_text
from reports.pages import addresses
from reports.pages.comparisons_page import comparisons_page
from reports.pages.convergence_page import convergence_page
from reports.pages.cost_page import cost_page
from reports.pages.fingerprint_page import fingerprint_page
from reports.pages.improvement_page import improvement_page
from reports.pages.plots import copy_plots, plots
from reports.pages.render import render
from reports.pages.transfer_files import write_transfer


def write_analysis_pages(
    corpus: Corpus,
    grids: Sequence[FingerprintGrid],
    improvements: dict[str, Improvement],
    scores: Scores,
    estimates: Sequence[TransferEstimate],
    figures: Path,
    folder: Path,
) -> None:
    """Write the pages of fingerprints, convergence, improvement, comparisons, transfer and cost into ``folder``.

    Args:
        corpus: The records.
        grids: Their fingerprints, see :func:`reports.analysis.fingerprint.fingerprint_grids`.
        improvements: Their improvements in per cent, by key.
        scores: Final scores and transfers.
        estimates: Estimated transfers of imported models.
        figures: Folder written by :func:`reports.figures.build.draw_figures`.
        folder: Folder of the pages.

    Raises:
        MissingInput: Figures of the archive are missing.
    """
    absent = [str(figures / name) for name in OF_THE_ARCHIVE if not (figures / name).is_dir()]
    if absent:
        raise MissingInput(f"{', '.join(absent)}: missing; make them with `cross-hpo site figures` from {corpus.root}")
    legend = plots(figures / FINGERPRINTS, "cross-hpo-fingerprint", only=lambda name: name == "legend")
    records, grouped = corpus.records, groups(corpus.runs, improvements)
    _page(folder, addresses.FINGERPRINTS, "fingerprints", fingerprint_page(grids, legend[0] if legend else None))
    _page(folder, addresses.CONVERGENCE, "report", convergence_page(records, figures))
    _page(folder, addresses.IMPROVEMENT, "report", improvement_page(corpus.runs, improvements, grouped, figures))
    _page(folder, addresses.COMPARISONS, "report", comparisons_page(records, figures))
    write_transfer(corpus, scores, estimates, figures, folder)
    _page(folder, addresses.COST, "report", cost_page(records, improvements, figures))
    for kind, address in _PLACES:
        copy_plots(figures / kind, folder / address)
        for model in sorted({run.model for run in corpus.runs}):
            if (figures / kind / model).is_dir():
                copy_plots(figures / kind / model, folder / address / model)


_PLACES = (
    (FINGERPRINTS, addresses.FINGERPRINTS),
    (CONVERGENCE, addresses.CONVERGENCE),
    (IMPROVEMENT, addresses.IMPROVEMENT),
    (ADVANTAGE, addresses.COMPARISONS),
    (CONTROL, addresses.COMPARISONS),
    (IDLE, addresses.COST),
    (COST, addresses.COST),
    (ESTIMATE, addresses.TRANSFER),
)
"""Which folder of figures belongs to which page."""


def _page(folder: Path, address: str, template: str, view: object) -> None:
    write_text(folder / address / "index.md", render(f"{template}.md.j2", view=view))
