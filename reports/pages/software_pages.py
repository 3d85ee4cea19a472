"""The pages that belong to the software and not to an archive: what was measured of the search, and its settings."""

from __future__ import annotations

import shutil
from pathlib import Path

from hpo.errors import MissingInput
from reports.analysis.quality import FILES, SETTINGS, results_folder
from reports.figures.catalogue import BENCHMARK
from reports.files import write_text
from reports.pages import addresses
from reports.pages.benchmark_page import benchmark_page
from reports.pages.plots import copy_plots
from reports.pages.render import render
from reports.pages.settings_page import settings_page


def write_software_pages(figures: Path, folder: Path) -> None:
    """Write the benchmark of the search and the guide to the settings of the GA into ``folder``.

    Args:
        figures: Folder written by :func:`reports.figures.build.draw_figures`.
        folder: Folder of the pages.

    Raises:
        MissingInput: The figures or the measured results are missing.
        BadData: Measured results cannot be read.
    """
    if not (figures / BENCHMARK).is_dir():
        raise MissingInput(f"{figures / BENCHMARK}: missing; make it with `cross-hpo site figures`")
    write_text(folder / addresses.BENCHMARK / "index.md", render("report.md.j2", view=benchmark_page(figures)))
    write_text(folder / addresses.GA_SETTINGS / "index.md", render("report.md.j2", view=settings_page()))
    copy_plots(figures / BENCHMARK, folder / addresses.BENCHMARK)
    for name in FILES:
        place = addresses.GA_SETTINGS if name == SETTINGS else addresses.BENCHMARK
        shutil.copyfile(results_folder() / name, folder / place / name)
