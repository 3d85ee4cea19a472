"""The pages of analyses over many runs, each with the figures that were drawn for it."""

from __future__ import annotations

from pathlib import Path

from hpo.errors import MissingInput
from reports.analysis.corpus import Corpus
from reports.analysis.fingerprint import FingerprintGrid
from reports.figures.catalogue import FINGERPRINTS, OF_THE_ARCHIVE
from reports.files import write_text
from reports.pages import addresses
from reports.pages.fingerprint_page import fingerprint_page
from reports.pages.plots import copy_plots, plots
from reports.pages.render import render


def write_analysis_pages(corpus: Corpus, grids: list[FingerprintGrid], figures: Path, folder: Path) -> None:
    """Write the pages of fingerprints into ``folder``.

    Args:
        corpus: The records.
        grids: Their fingerprints, see :func:`reports.analysis.fingerprint.fingerprint_grids`.
        figures: Folder written by :func:`reports.figures.build.draw_figures`.
        folder: Folder of the pages.

    Raises:
        MissingInput: Figures of the archive are missing.
    """
    absent = [str(figures / name) for name in OF_THE_ARCHIVE if not (figures / name).is_dir()]
    if absent:
        raise MissingInput(f"{', '.join(absent)}: missing; make them with `cross-hpo site figures` from {corpus.root}")
    drawn = figures / FINGERPRINTS
    legend = next(iter(plots(drawn, "cross-hpo-fingerprint", only=lambda name: name == "legend")), None)
    _page(folder, addresses.FINGERPRINTS, "fingerprints", fingerprint_page(grids, legend))
    copy_plots(drawn, folder / addresses.FINGERPRINTS)


def _page(folder: Path, address: str, template: str, view: object) -> None:
    write_text(folder / address / "index.md", render(f"{template}.md.j2", view=view))
