"""``cross-hpo hof import``: adopt what others published."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hpo.cli.output import print_json, print_table
from hpo.errors import ExitCode

if TYPE_CHECKING:
    from hpo.archive.importers.improve import Outcome, Report


@click.command(
    "import",
    epilog="Example: cross-hpo hof import ~/HPO --format improve --archive hall_of_fame",
)
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "format_",
    type=click.Choice(["improve"]),
    default="improve",
    show_default=True,
    help="Layout of the source: the Hall of Fame of the IMPROVE project, or Supervisor's own output.",
)
@click.option(
    "--archive",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("hall_of_fame"),
    show_default=True,
    help="Archive that the records go into.",
)
@click.option("--commit", help="Commit of the source, if neither its Git folder nor its README says it.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def command(path: Path, format_: str, archive: Path, commit: str | None, as_json: bool) -> int:
    """Import the runs below PATH as records: a clone, its HallOfFame folder, or any part down to one run.

    Each run folder becomes a record or a named refusal. A second import changes nothing; a changed source makes a new
    record beside the first. Private texts (paths, users, hosts) are left out and counted. Exit code 1 if a run was
    refused; the others are imported.
    """
    from hpo.archive.importers.improve import import_hall_of_fame

    importers = {"improve": import_hall_of_fame}
    with _Progress() as progress:
        report = importers[format_](path, archive, commit=commit, progress=progress.show)
    if as_json:
        print_json(report_as_json(report))
    else:
        _print_report(report, archive)
    return ExitCode.CHECK_FAILED if report.count("refused") else ExitCode.DONE


def report_as_json(report: Report) -> dict[str, Any]:
    """The report as JSON values; field names are those of ``Report`` and ``Outcome``."""
    from dataclasses import asdict

    return {
        "commit": report.commit,
        "totals": report.totals(),
        "folders": [asdict(outcome) for outcome in report.outcomes],
    }


class _Progress:
    """A progress bar on a terminal, a line every tenth of the way otherwise; both on standard error."""

    def __enter__(self) -> _Progress:
        from rich.progress import Progress

        from hpo.cli.output import console

        self._console = console(stderr=True)
        self._bar = Progress(console=self._console, transient=True) if self._console.is_terminal else None
        self._done = 0
        if self._bar is not None:
            self._bar.start()
            self._task = self._bar.add_task("importing", total=None)
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def show(self, total: int, outcome: Outcome) -> None:
        """Count one more folder."""
        self._done += 1
        if self._bar is not None:
            self._bar.update(self._task, total=total, completed=self._done, description=outcome.path[-50:])
        elif total >= 10 and self._done * 10 // total > (self._done - 1) * 10 // total:
            self._console.print(f"{self._done} of {total} folders", markup=False)


def _print_report(report: Report, archive: Path) -> None:
    rows = [
        (
            outcome.path,
            outcome.state,
            outcome.evaluations if outcome.key else None,
            outcome.planned,
            " ".join(outcome.reasons),
        )
        for outcome in report.outcomes
        if outcome.state in ("partial", "refused", "skipped") or outcome.reasons
    ]
    if rows:
        print_table(("folder", "state", "rows", "planned", "why"), rows, title="Folders that are not whole")
    totals = report.totals()
    folders = totals["folders"]
    print_table(
        ("what", "number"),
        [
            ("runs imported whole", folders["imported"]),
            ("runs imported in part", folders["partial"]),
            ("runs in the archive already, nothing changed", folders["unchanged"]),
            ("runs refused", folders["refused"]),
            ("folders without results", folders["skipped"]),
            ("evaluations", totals["evaluations"]),
            ("lines of tables", totals["lines"]),
            ("  lines of a second table for the same evaluations", totals["doubled"]),
            ("  lines that repeat an evaluation and are none", totals["phantoms"]),
            ("  lines that cannot be read", totals["unreadable"]),
            *((_removed(kind), count) for kind, count in totals["removed"].items()),
        ],
        title=f"Import into {archive}" + (f" from {report.commit[:7]}" if report.commit else ""),
    )


def _removed(kind: str) -> str:
    if kind == "container-path":
        return "paths inside containers left out"
    return f"private texts left out: {kind}"
