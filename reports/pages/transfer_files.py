"""Writes the page of transfers with its figures and files."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from hpo.archive.transfer import transfer_path
from reports.analysis.corpus import Corpus
from reports.analysis.scores import Scores
from reports.analysis.spread import spreads
from reports.analysis.transfer_estimate import TransferEstimate
from reports.figures.catalogue import MEASURED
from reports.files import write_text
from reports.pages import addresses
from reports.pages.plots import copy_plots
from reports.pages.render import render
from reports.pages.transfer_page import transfer_page
from reports.pages.transfer_tables import file_name


def write_transfer(
    corpus: Corpus, scores: Scores, estimates: Sequence[TransferEstimate], figures: Path, folder: Path
) -> None:
    """Write the page of transfers into ``folder``, the folder of all pages, with what was drawn in ``figures``."""
    found = spreads(scores.transfers, corpus.runs, corpus.optima)
    view = transfer_page(corpus.runs, scores, estimates, found, figures)
    target = folder / addresses.TRANSFER
    write_text(target / "index.md", render("report.md.j2", view=view))
    for one in scores.transfers:
        copy_plots(figures / MEASURED / one.model / one.size, target / one.model / one.size)
        shutil.copyfile(transfer_path(corpus.root, one.model, one.size), target / file_name(one))
