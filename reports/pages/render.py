"""Templates into Markdown. Everything that a template prints is escaped unless it was made harmless before."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from reports.pages import text

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
    return environment
