"""Pages of HTML kept from one build to the next, see :mod:`reports.mkdocs_hooks`: where they are, and which stay."""

from __future__ import annotations

import json
import shutil
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from hpo.digest import digest, file_digest

HOOKS: Final = Path(__file__).with_name("mkdocs_hooks.py")

FOLDER: Final = "CROSS_HPO_UNCHANGED"
"""Environment variable that tells the hooks the folder."""

NEW: Final = "new"
USED: Final = "used.json"
"""In that folder: pages that a build adds, and which of all of them it shows."""

_MADE_BY: Final = (
    "jinja2",
    "markdown",
    "mkdocs",
    "mkdocs-glightbox",
    "mkdocs-material",
    "pygments",
    "pymdown-extensions",
    "selectolax",
)
"""Packages that the HTML of a page depends on."""


def folder_of(kept: Path, project: Path) -> Path:
    """The folder below ``kept`` for pages of this ``project``, these versions and hooks; those of others are removed.

    Hand-written pages of the project are no part of its name, since each of them has its own key.
    """
    written = project / "docs"
    around = [path for path in sorted(project.rglob("*")) if path.is_file() and written not in path.parents]
    files = {str(path.relative_to(project)): file_digest(path) for path in around}
    own = kept / digest([files, file_digest(HOOKS), {name: _version(name) for name in _MADE_BY}])[:16]
    for other in sorted(kept.iterdir()) if kept.is_dir() else ():
        if other != own:
            shutil.rmtree(other, ignore_errors=True)
    shutil.rmtree(own / NEW, ignore_errors=True)
    return own


def adopt(folder: Path) -> None:
    """Keep in ``folder`` what a build that succeeded has added there, and nothing that it did not show."""
    try:
        used = set(json.loads((folder / USED).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return
    for page in sorted((folder / NEW).glob("*.json")):
        page.replace(folder / page.name)
    for page in sorted(folder.glob("*.json")):
        if page.stem not in used:
            page.unlink()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
