"""Templates into Markdown. Everything that a template prints is escaped unless it was made harmless before."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from reports.pages import text
from reports.pages.context import Cell, Table

TEMPLATES: Final = Path(__file__).parent / "templates"

_ADDRESS = re.compile(r"[A-Za-z0-9._+/#?=,-]*")


def render(template: str, **context: Any) -> str:
    """The Markdown of ``template``, a file name below ``templates/``.

    Raises:
        jinja2.UndefinedError: The template uses what ``context`` lacks.
        ValueError: A link holds a character that no address of this site has.
    """
    return _environment().get_template(template).render(**context)


def address(path: str) -> Markup:
    """``path`` for ``href`` and ``src``: relative, made of ids, slashes and anchors.

    Raises:
        ValueError: It holds another character, or is absolute.
    """
    if not _ADDRESS.fullmatch(path) or path.startswith("/"):
        raise ValueError(f"{path!r} is no address within this site")
    return Markup(path)  # noqa: S704 — of harmless characters only


def rows(table: Table) -> Markup:
    """The body of ``table`` as HTML; written here since templates take ten times as long for thousands of cells."""
    classes = [' class="num"' if c.numeric else ' class="wide"' if c.wide else "" for c in table.columns]
    tags = ["th", *["td"] * (len(table.columns) - 1)]
    starts = ['<th scope="row"' + classes[0], *("<td" + name for name in classes[1:])]
    ends = [f"</{tag}>" for tag in tags]
    lines = []
    for row in table.rows:
        cells = "".join(map(_cell, starts, row.cells, ends))
        lines.append(f'<tr id="{address(row.id)}">{cells}</tr>' if row.id else f"<tr>{cells}</tr>")
    return Markup("\n".join(lines))  # noqa: S704 — every cell was made harmless


def table_html(table: Table) -> Markup:
    """``table`` as HTML, for pieces of pages that are built in Python."""
    macros = _environment().get_template("macros.md.j2").module
    return Markup(str(macros.table(table)).strip())  # type: ignore[attr-defined]  # noqa: S704 — by the template


def _cell(start: str, cell: Cell, end: str) -> str:
    value = "" if cell.value is None else f' data-v="{text.escape(cell.value)}"'
    parts = f' data-parts="{text.escape(cell.parts)}"' if cell.parts else ""
    content: str = text.escape(cell.text)
    if cell.href:
        content = f'<a href="{address(cell.href)}">{content}</a>'
    if cell.strong:
        content = f"<strong>{content}</strong>"
    return f"{start}{value}{parts}>{content}{end}"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=text.escape,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["address"] = address
    environment.filters["code_block"] = text.code_block
    environment.filters["count"] = text.count
    environment.filters["rows"] = rows
    return environment
