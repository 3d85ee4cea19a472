"""Writes the page of transfers with its figures and files."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from hpo.archive.transfer import transfer_path
from reports.analysis.comparable import Collection
from reports.analysis.corpus import Corpus
from reports.analysis.scores import Scores
from reports.analysis.spread import spread_of_transfer, spreads_of_searches
from reports.analysis.transfer import transfer
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
    runs = {run.key: run for run in corpus.runs}
    measured = [spread_of_transfer(transfer(one), Collection.of(runs[one.runs[0].run])) for one in scores.transfers]
    spreads = [spread for spread in measured if spread is not None]
    spreads += spreads_of_searches(corpus.optima)
    view = transfer_page(corpus.runs, scores, estimates, spreads, figures)
    target = folder / addresses.TRANSFER
    write_text(target / "index.md", render("report.md.j2", view=view))
    for one in scores.transfers:
        copy_plots(figures / MEASURED / one.model / one.size, target / one.model / one.size)
        shutil.copyfile(transfer_path(corpus.root, one.model, one.size), target / file_name(one))
