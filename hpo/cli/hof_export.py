"""``cross-hpo hof export``: hand records on in other formats."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from hpo.cli.output import console, print_json, print_table

if TYPE_CHECKING:
    from hpo.archive.export import Format


@click.command(
    "export",
    epilog="Example: cross-hpo hof export ALL --format csv --output evaluations.csv",
)
@click.argument("run", required=False)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["improve", "csv", "parquet", "json"]),
    default="csv",
    show_default=True,
    help="improve: folders as the published Hall of Fame has them; csv, parquet: one table of all evaluations; json: "
    "a list of whole records.",
)
@click.option("--output", type=click.Path(path_type=Path), help="File, for improve folder, to write; must not exist.")
@click.option(
    "--archive",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("hall_of_fame"),
    show_default=True,
    help="Archive to export from.",
)
@click.option("--columns", is_flag=True, help="Print what the columns of csv and parquet mean, and export nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def command(run: str | None, format_: str, output: Path | None, archive: Path, columns: bool, as_json: bool) -> None:
    """Export RUN (MODEL/DATASET/SIZE/RUN), or ALL runs of the archive, to --output."""
    if columns:
        _print_columns(as_json)
        return
    if run is None:
        raise click.UsageError("name a run (MODEL/DATASET/SIZE/RUN) or ALL")
    if output is None:
        raise click.UsageError("--output: name the file or folder to write")
    from hpo.archive.export import ALL, export
    from hpo.archive.store import HallOfFame

    which = ALL if run.upper() == ALL else run
    count = export(HallOfFame(archive), which, cast("Format", format_), output).runs
    if as_json:
        print_json({"runs": count, "format": format_, "output": str(output)})
    else:
        console().print(f"{count} run{'s' if count != 1 else ''} exported to {output}", markup=False)


def _print_columns(as_json: bool) -> None:
    from dataclasses import asdict

    from hpo.archive.export.table import DICTIONARY

    if as_json:
        print_json([asdict(column) for column in DICTIONARY])
    else:
        rows = [(column.name, column.kind, column.unit, column.meaning) for column in DICTIONARY]
        print_table(("column", "kind", "unit", "meaning"), rows)
