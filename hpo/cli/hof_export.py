"""``cross-hpo hof export``: hand records on in other formats."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from hpo.cli.output import console, print_json, print_table

if TYPE_CHECKING:
    from hpo.archive.export import Exported, Format, Refused

FORMATS = {
    "improve": "folders as the published Hall of Fame has them",
    "improve-csa": "hyperparameters_hpo.json of IMPROVE's cross-study workflow",
    "csv": "one table of all evaluations",
    "parquet": "the same table with types and units",
    "json": "a list of whole records",
    "optuna": "an Optuna storage (journal file), one study a run",
    "deephyper": "a folder of DeepHyper's results.csv, one a run",
    "hpo-b": "a benchmark in HPO-B's layout, with surrogates",
}


@click.command(
    "export",
    epilog="Examples: cross-hpo hof export ALL --format csv --output evaluations.csv; "
    "cross-hpo hof export ALL --format improve-csa --output hyperparameters_hpo.json --allow-missing",
)
@click.argument("runs", metavar="RUN...", nargs=-1)
@click.option(
    "--format",
    "format_",
    type=click.Choice(list(FORMATS)),
    default="csv",
    show_default=True,
    help="; ".join(f"{name}: {meaning}" for name, meaning in FORMATS.items()) + ".",
)
@click.option("--output", type=click.Path(path_type=Path), help="File or folder to write; must not exist.")
@click.option(
    "--archive",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("hall_of_fame"),
    show_default=True,
    help="Archive to export from.",
)
@click.option("--allow-missing", is_flag=True, help="Write the rest where something is refused.")
@click.option("--columns", is_flag=True, help="Print what the columns of csv and parquet mean, and export nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def command(
    runs: tuple[str, ...],
    format_: str,
    output: Path | None,
    archive: Path,
    allow_missing: bool,
    columns: bool,
    as_json: bool,
) -> None:
    """Export each RUN (MODEL/DATASET/SIZE/RUN), or ALL runs of the archive, to --output.

    What must not be handed on as a result is refused by name, and nothing is written then (exit code 1).
    """
    if columns:
        _print_columns(as_json)
        return
    if not runs:
        raise click.UsageError("name a run (MODEL/DATASET/SIZE/RUN), several, or ALL")
    if output is None:
        raise click.UsageError("--output: name the file or folder to write")
    from hpo.archive.export import ALL, Refused, export
    from hpo.archive.store import HallOfFame

    which = ALL if [run.upper() for run in runs] == [ALL] else list(runs)
    try:
        done = export(HallOfFame(archive), which, cast("Format", format_), output, allow_missing=allow_missing)
    except Refused as refused:
        if as_json:
            print_json({"runs": 0, "format": format_, "output": None, **_told(refused)})
        raise
    if as_json:
        print_json({"runs": done.runs, "format": format_, "output": str(output), **_told(done)})
        return
    for line in (*(f"left out: {refusal}" for refusal in done.refused), *done.notes):
        console().print(line, markup=False)
    console().print(f"{done.runs} run{'s' if done.runs != 1 else ''} exported to {output}", markup=False)


def _told(done: Exported | Refused) -> dict[str, Any]:
    refused = [{"what": refusal.what, "reason": refusal.reason} for refusal in done.refused]
    return {"refused": refused, "notes": list(getattr(done, "notes", ()))}


def _print_columns(as_json: bool) -> None:
    from dataclasses import asdict

    from hpo.archive.export.table import DICTIONARY

    if as_json:
        print_json([asdict(column) for column in DICTIONARY])
    else:
        rows = [(column.name, column.kind, column.unit, column.meaning) for column in DICTIONARY]
        print_table(("column", "kind", "unit", "meaning"), rows)
