"""``cross-hpo status``: all searches of a work folder at a glance."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from hpo.cli.output import print_json, print_table


@click.command("status", epilog="Example: cross-hpo status --work .search")
@click.option(
    "--work",
    type=click.Path(path_type=Path, file_okay=False),
    default=".search",
    show_default=True,
    help="Folder of the journals.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(work: Path, as_json: bool) -> None:
    """Show which searches are running, stopped, done or failed, and how far they are, from their journals.

    "busy" is the share of the workers' time that was spent in evaluations. Jobs of a batch system that have left no
    result yet are listed below; whether they still live the batch system knows.
    """
    from hpo.execution.batch.attempts import attempts
    from hpo.execution.overview import overview

    rows = overview(work)
    if as_json:
        print_json([row.to_json() for row in rows])
        return
    jobs = [attempt for attempt in attempts(work) if attempt.results is None]
    if not rows and not jobs:
        click.echo(f"{work}: no searches")
        return
    if rows:
        columns = ("search", "state", "done", "best", "busy", "last result", "remark")
        print_table(columns, [_cells(row.to_json()) for row in rows])
    if jobs:
        cells = [
            (job.number, "started" if job.has_started else "submitted", job.folder.parent.name, job.job.nodes)
            for job in jobs
        ]
        print_table(("job", "state", "searches", "nodes"), cells)


def _cells(row: dict[str, Any]) -> list[Any]:
    from hpo.execution.progress import duration

    age = row["seconds_since_result"]
    done = f"{row['done']}/{row['total']}" if row["total"] else str(row["done"])
    return [
        row["search"],
        row["state"],
        done,
        row["best"],
        None if row["busy"] is None else f"{row['busy']:.0%}",
        None if age is None else f"{duration(age)} ago",
        row["remark"][:52] or None,
    ]
