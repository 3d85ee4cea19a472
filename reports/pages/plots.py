"""Figures on pages: what the drawing left beside them, and where their files go."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from reports.figures.files import ABSENT, read_about
from reports.files import MARK, link_or_copy
from reports.pages.context import Plot

_PIXELS_PER_INCH: Final = 115


def plots(folder: Path, prefix: str, *, path: str = "", only: Callable[[str], bool] = lambda _: True) -> list[Plot]:
    """The figures in ``folder``, by name; none where there is no such folder.

    Args:
        folder: Folder of a job of :mod:`reports.figures.build`.
        prefix: What names of downloaded files begin with.
        path: Folder of the figures' files relative to the page, ending with a slash; empty for the page's own.
        only: Which names of figures to take.
    """
    found = []
    for about in about_files(folder):
        if about.suffix != ".json" or not only(about.stem):
            continue
        figure = read_about(about)
        found.append(
            Plot(
                path=path + about.stem,
                file_name=f"{prefix}-{about.stem}",
                alt=figure["alt"],
                caption=figure["caption"],
                width=round(figure["width"] * _PIXELS_PER_INCH),
                height=round(figure["height"] * _PIXELS_PER_INCH),
            )
        )
    return found


def about_files(folder: Path) -> list[Path]:
    """The files in ``folder`` from which pages say something of figures, absent ones too; none without a folder."""
    return sorted([*folder.glob("*.json"), *folder.glob(f"*{ABSENT}")]) if folder.is_dir() else []


def copy_plots(folder: Path, target: Path) -> None:
    """Copy drawings and data of the figures in ``folder``, where there is one, into the page's folder ``target``."""
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.suffix in (".svg", ".csv") and path.name != MARK:
            link_or_copy(path, target / path.name)
