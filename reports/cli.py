"""``cross-hpo site``: tables, figures, pages, HTML; one step each, or all at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from hpo.errors import CheckFailed

_FOLDER = click.Path(file_okay=False, path_type=Path)

_archive = click.option(
    "--archive", type=_FOLDER, default=Path("hall_of_fame"), show_default=True, help="Folder of the records."
)
_workers = click.option(
    "--workers",
    type=click.IntRange(min=1),
    default=None,
    help="Processes that draw figures.  [default: number of cores]",
)
_project = click.option(
    "--project",
    type=_FOLDER,
    default=None,
    help="MkDocs project: mkdocs.yml and docs/.  [default: the one of this package]",
)
_claims = click.option(
    "--claims",
    type=click.Path(dir_okay=False, path_type=Path),
    default=None,
    help="Ledger of claims about the results, a TOML file.  [default: the one of this package]",
)
_json = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


def _out(what: str) -> Callable[[Any], Any]:
    return click.option("--out", type=_FOLDER, required=True, help=f"Folder of the {what}; replaced as a whole.")


@click.group(
    name="site",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Example: cross-hpo site build --archive hall_of_fame --out build/site",
)
def command() -> None:
    """Build and check the report site from the records of an archive."""


@command.command(epilog="Example: cross-hpo site build --archive hall_of_fame --out my-site")
@_archive
@_out("site")
@click.option(
    "--work",
    type=_FOLDER,
    default=None,
    help="Folder of tables, figures and pages; kept, so that the next build draws only what changed.  "
    "[default: OUT with .work added]",
)
@_project
@_claims
@_workers
@_json
def build(
    archive: Path,
    out: Path,
    work: Path | None,
    project: Path | None,
    claims: Path | None,
    workers: int | None,
    as_json: bool,
) -> None:
    """Tables, figures, pages and HTML of an archive, in one go."""
    from hpo.cli.output import print_json
    from reports.analysis.claims.ledger import DEFAULT_LEDGER
    from reports.build import build_site
    from reports.html import default_project

    with _progress("figures") as progress:
        built = build_site(
            archive,
            out,
            work=work or out.with_name(out.name + ".work"),
            project=project or default_project(),
            workers=workers or _cores(),
            claims=claims or DEFAULT_LEDGER,
            progress=progress,
        )
    if as_json:
        print_json(built)
        return
    click.echo(
        f"{built['first_page']}: {built['pages']} pages of {built['runs']} runs; figures of {built['figures_drawn']} "
        f"runs drawn, of {built['figures_reused']} unchanged"
    )


@command.command(epilog="Example: cross-hpo site tables --archive hall_of_fame --out build/tables")
@_archive
@_out("tables")
@click.option(
    "--metrics", type=click.Path(dir_okay=False, path_type=Path), help="Further copy of metrics.json, for dvc metrics."
)
@_claims
def tables(archive: Path, out: Path, metrics: Path | None, claims: Path | None) -> None:
    """CSV tables of all runs and evaluations, verdicts on claims, and metrics for DVC."""
    from reports.analysis.claims.ledger import DEFAULT_LEDGER
    from reports.tables import ABOUT, write_tables

    corpus = write_tables(archive, out, metrics=metrics, claims=claims or DEFAULT_LEDGER)
    click.echo(f"{out}: {len(ABOUT)} tables of {len(corpus.records)} runs")


@command.command(epilog="Example: cross-hpo site figures --archive hall_of_fame --out build/figures")
@_archive
@_out("figures")
@click.option(
    "--cache",
    type=_FOLDER,
    default=None,
    help="Folder of finished figures by content, so that only changed ones are drawn.  [default: .figures beside OUT]",
)
@_workers
def figures(archive: Path, out: Path, cache: Path | None, workers: int | None) -> None:
    """SVG figures of every run, each with the CSV of its data."""
    from reports.figures.build import draw_figures

    with _progress("figures") as progress:
        drawn = draw_figures(
            archive, out, cache=cache or out.parent / ".figures", workers=workers or _cores(), progress=progress
        )
    click.echo(f"{out}: figures of {drawn.drawn} runs drawn, of {drawn.reused} unchanged")


@command.command(epilog="Example: cross-hpo site pages --tables build/tables --figures build/figures --out build/pages")
@_archive
@click.option("--tables", type=_FOLDER, required=True, help="Folder written by `site tables`.")
@click.option("--figures", type=_FOLDER, required=True, help="Folder written by `site figures`.")
@_out("pages")
def pages(archive: Path, tables: Path, figures: Path, out: Path) -> None:
    """Markdown pages with their figures and downloads."""
    from reports.pages.build import write_pages

    number = write_pages(archive, tables, figures, out)
    click.echo(f"{out}: {number} pages")


@command.command(epilog="Example: cross-hpo site html --pages build/pages --out build/site")
@click.option("--pages", type=_FOLDER, required=True, help="Folder written by `site pages`.")
@_out("site")
@_project
def html(pages: Path, out: Path, project: Path | None) -> None:
    """HTML by MkDocs from rendered and hand-written pages; every warning is an error."""
    from reports.html import build_html, default_project

    first = build_html(pages, project or default_project(), out)
    click.echo(f"{first}")


@command.command(epilog="Example: cross-hpo site check build/site")
@click.argument("folder", type=_FOLDER)
@_json
def check(folder: Path, as_json: bool) -> None:
    """Look for dead links, missing assets and anchors, images without alternative text, requests to other hosts."""
    from hpo.cli.output import print_json
    from reports.check import check_site

    faults = check_site(folder)
    if as_json:
        print_json({"site": str(folder), "faults": faults})
    if faults:
        number = f"{len(faults)} fault{'s' if len(faults) != 1 else ''}"
        raise CheckFailed("\n".join([f"{folder}: {number}", *(f"  {fault}" for fault in faults)]))
    if not as_json:
        click.echo(f"{folder}: no fault found")


@command.command(epilog="Example: cross-hpo site serve build/site --port 8000")
@click.argument("folder", type=_FOLDER)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="Port; 0 for any free one."
)
def serve(folder: Path, port: int) -> None:
    """Show a built site in the browser; Ctrl-C ends it."""
    from reports.serve import make_server

    with make_server(folder, port) as server:
        click.echo(f"http://localhost:{server.server_port}/  (Ctrl-C ends)")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            click.echo("")


def _cores() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


@contextmanager
def _progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on the terminal; nothing where standard error is no terminal."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from hpo.cli.output import console

    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    stream = console(stderr=True)
    with Progress(*columns, console=stream, transient=True, disable=not stream.is_terminal) as bar:
        task = bar.add_task(what)
        yield lambda done, total: bar.update(task, completed=done, total=total)
