"""The whole way from an archive to a site."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from reports.analysis.claims.ledger import DEFAULT_LEDGER
from reports.analysis.kept import keeping
from reports.figures.build import KEPT, drawing
from reports.html import build_html
from reports.pages.build import write_pages
from reports.tables import write_tables


def build_site(
    archive: Path,
    out: Path,
    *,
    work: Path,
    project: Path,
    workers: int,
    claims: Path = DEFAULT_LEDGER,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> dict[str, Any]:
    """Build the site of ``archive`` in ``out``, with tables, figures and pages in the folder ``work``.

    Returns:
        ``first_page`` (path), ``runs``, ``pages``, ``figures_drawn``, ``figures_reused`` and ``version``, the short
        name of the archive's content.

    Raises:
        MissingInput: There is no archive, no record in it, or no MkDocs project.
        BadData: Records cannot be understood, or MkDocs refuses the pages.
        UsageError: A folder to be replaced holds files of somebody else.
    """
    cache = work / ".figures"
    with keeping(cache / KEPT):
        with drawing(archive, cache=cache, workers=workers) as figures:
            corpus = write_tables(archive, work / "tables", claims=claims)
            drawn = figures.finish(work / "figures", progress)
        pages = write_pages(archive, work / "tables", work / "figures", work / "pages", corpus=corpus)
    first = build_html(work / "pages", project, out)
    return {
        "first_page": str(first),
        "runs": len(corpus.records),
        "pages": pages,
        "figures_drawn": drawn.drawn,
        "figures_reused": drawn.reused,
        "version": corpus.version,
    }
