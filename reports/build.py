"""The whole way from an archive to a site."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

from reports.analysis.claims.ledger import DEFAULT_LEDGER
from reports.analysis.corpus import load_corpus
from reports.analysis.kept import keeping
from reports.collector import looking_less
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
    cache, tables, figures, pages = (work / name for name in (".figures", "tables", "figures", "pages"))
    write = functools.partial(_write_tables, archive, tables, claims)
    with looking_less(), keeping(cache / KEPT), drawing(archive, cache=cache, workers=workers, beside=write) as begun:
        corpus = load_corpus(archive)
        finish = functools.cache(lambda: begun.finish(figures, progress))
        number = write_pages(archive, tables, figures, pages, corpus=corpus, wait=finish)
        drawn = finish()
    first = build_html(pages, project, out, kept=work / ".html")
    return {
        "first_page": str(first),
        "runs": len(corpus.records),
        "pages": number,
        "figures_drawn": drawn.drawn,
        "figures_reused": drawn.reused,
        "version": corpus.version,
    }


def _write_tables(archive: Path, out: Path, claims: Path) -> None:
    """As :func:`write_tables`, without an answer that would have to travel between processes."""
    write_tables(archive, out, claims=claims)
