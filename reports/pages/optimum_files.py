"""The files of the page of optima: the page, its figures, and the optima as JSON and CSV."""

from __future__ import annotations

import shutil
from pathlib import Path

from reports.analysis.corpus import Corpus
from reports.analysis.optimum_json import optimum_json
from reports.figures.catalogue import MODEL
from reports.files import write_text
from reports.pages import addresses
from reports.pages.optimum_page import CSV_FILE, JSON_FILE, optimum_page
from reports.pages.plots import copy_plots
from reports.pages.render import render
from reports.tables import json_text


def write_optimum(corpus: Corpus, tables: Path, figures: Path, folder: Path) -> None:
    """Write the page of optima of ``corpus`` into ``folder``.

    Args:
        corpus: The records.
        tables: Folder written by :func:`reports.tables.write_tables`.
        figures: Folder written by :func:`reports.figures.build.draw_figures`.
        folder: Folder of the pages.
    """
    found = corpus.optima
    target = folder / addresses.OPTIMUM
    view = optimum_page(found, figures / MODEL)
    write_text(target / "index.md", render("report.md.j2", view=view))
    write_text(target / JSON_FILE, json_text(optimum_json(found, corpus.version)))
    shutil.copyfile(tables / CSV_FILE, target / CSV_FILE)
    for model in sorted({optima.model for optima in found}):
        copy_plots(figures / MODEL / model, target / model)
