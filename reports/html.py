"""HTML by MkDocs: rendered and hand-written pages in one folder, built with every warning an error."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, Final

from hpo.errors import BadData, MissingInput
from reports.bypass import tables_of, with_tables, without_tables
from reports.files import MARK, check_replaceable, fresh_folder, write_text
from reports.unchanged import FOLDER, HOOKS, adopt, folder_of

CONFIGURATION: Final = "mkdocs.yml"
OVERRIDES: Final = "overrides"
"""Folder of the project with templates in place of the theme's."""

_ONLY_AT_A_ROOT: Final = ("404.html", "sitemap.xml", "sitemap.xml.gz")
"""What needs to know the site's address; the site has none, so that it works in any folder."""

_NOISE = re.compile(r"^(INFO|DEBUG)\b")


def default_project() -> Path:
    """The MkDocs project that belongs to this package: the copy inside an installed one, else that of the checkout."""
    package = Path(__file__).parent
    inside = package / "site"
    return inside if (inside / CONFIGURATION).is_file() else package.parent / "site"


def build_html(pages: Path, project: Path, out: Path, *, kept: Path | None = None) -> Path:
    """Build the site from rendered ``pages`` and the hand-written ones of ``project`` into ``out``.

    Nothing at ``out`` changes unless the whole build succeeds. The same pages give the same bytes.

    Args:
        pages: Folder written by :func:`reports.pages.build.write_pages`.
        project: Folder of ``mkdocs.yml`` and ``docs/``.
        out: Folder of the HTML, replaced as a whole.
        kept: Folder that keeps pages from one build to the next, where unchanged ones are to be taken from there.

    Returns:
        The first page.

    Raises:
        MissingInput: ``pages`` or ``project`` is missing, or MkDocs is not installed.
        BadData: MkDocs warns of something, for example of a link that leads nowhere.
    """
    configuration, written = project / CONFIGURATION, project / "docs"
    if not (pages / "index.md").is_file():
        raise MissingInput(f"{pages / 'index.md'}: no such file; `cross-hpo site pages` makes it")
    if not configuration.is_file() or not written.is_dir():
        raise MissingInput(f"{project}: no MkDocs project (mkdocs.yml and docs/) there; `--project` names another")
    check_replaceable(out)
    with fresh_folder(out) as folder:
        docs, built = folder / ".docs", folder / ".html"
        _write_pages_without_tables(pages, docs)
        _overlay(written, docs, pages)
        unchanged = None if kept is None else folder_of(kept, project)
        with _mkdocs(configuration, folder, docs, built, unchanged):
            _copy_other_files(pages, folder)
        _put_tables_back(pages, built)
        shutil.rmtree(docs)
        for name in _ONLY_AT_A_ROOT:
            (built / name).unlink(missing_ok=True)
        _move_all(built, folder)
    return out / "index.html"


def _write_pages_without_tables(pages: Path, docs: Path) -> None:
    for source in sorted(pages.rglob("*.md")):
        write_text(docs / source.relative_to(pages), without_tables(source.read_text(encoding="utf-8")))


def _copy_other_files(pages: Path, folder: Path) -> None:
    """Copy what is no page around MkDocs, which would list, sort and look at thousands of files."""
    for source in sorted(path for path in pages.rglob("*") if path.is_file()):
        if source.suffix != ".md" and source.name != MARK:
            target = folder / source.relative_to(pages)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)


def _move_all(source: Path, target: Path) -> None:
    """Move all files below ``source`` into ``target``, which may have the same folders but not the same files."""
    for path in sorted(source.iterdir()):
        place = target / path.name
        if path.is_dir() and place.is_dir():
            _move_all(path, place)
        else:
            path.rename(place)
    source.rmdir()


def _put_tables_back(pages: Path, built: Path) -> None:
    for source in sorted(pages.rglob("*.md")):
        tables = tables_of(source.read_text(encoding="utf-8"))
        if not tables:
            continue
        target = built / source.relative_to(pages).with_suffix(".html")
        try:
            write_text(target, with_tables(target.read_text(encoding="utf-8"), tables))
        except BadData as error:
            raise BadData(f"{source}: {error}") from error


def _overlay(written: Path, docs: Path, pages: Path) -> None:
    for path in sorted(written.rglob("*")):
        if not path.is_file():
            continue
        place = path.relative_to(written)
        target = docs / place
        if (pages / place).exists():
            raise BadData(f"{path}: a rendered page has the same place; rename one of them")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


@contextmanager
def _mkdocs(configuration: Path, folder: Path, docs: Path, built: Path, unchanged: Path | None) -> Iterator[None]:
    """Let MkDocs build ``built`` from ``docs`` while the context lasts; on leaving it is done.

    Pages that are in the folder ``unchanged`` are taken from there, see :mod:`reports.unchanged`.
    """
    # MkDocs has no option for docs_dir: a file of its own inherits all else. Its text is JSON, which is YAML as well.
    settings: dict[str, Any] = {
        "INHERIT": str(configuration.resolve()),
        "docs_dir": str(docs.resolve()),
        "site_dir": str(built.resolve()),
    }
    overrides = configuration.with_name(OVERRIDES)
    if overrides.is_dir():  # Named relative to the file that inherits, as MkDocs has it.
        settings["theme"] = {"custom_dir": str(overrides.resolve())}
    if unchanged is not None:
        settings["hooks"] = [str(HOOKS)]
    inheriting = folder / ".mkdocs.yml"
    inheriting.write_text(json.dumps(settings), encoding="utf-8")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--config-file", str(inheriting)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONHASHSEED": "0", "PYTHONWARNINGS": "default"}
    environment.setdefault("SOURCE_DATE_EPOCH", "315532800")
    if unchanged is not None:
        environment[FOLDER] = str(unchanged.resolve())
    with (
        TemporaryFile("w+", encoding="utf-8", errors="replace") as said,
        subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=said) as mkdocs,
    ):
        try:
            yield
        except BaseException:
            mkdocs.kill()
            raise
        failed = mkdocs.wait()
        said.seek(0)
        complaints = said.read()
    inheriting.unlink()
    if "No module named mkdocs" in complaints:
        raise MissingInput("MkDocs is not installed; install the extra `site` (pip install 'cross-hpo[site]')")
    if failed:
        lines = [line for line in complaints.splitlines() if line.strip() and not _NOISE.match(line)]
        raise BadData(["MkDocs refused the pages:", *(f"  {line.strip()}" for line in lines[:40])])
    if unchanged is not None:
        adopt(unchanged)
