"""``cross-hpo hof import``: adopt what others published."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from hpo.cli.output import print_json, print_table
from hpo.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from hpo.archive.importers.improve import Outcome, Report


EPILOG: Final = """\b
Examples:
  cross-hpo hof import ~/HPO
  cross-hpo hof import results.csv --format deephyper --model LGBM --dataset CCLE --size N200 \\
      --release csa --protocol auc-mse --target auc --metric mse --space space.json
"""

_IDENTITY: Final = (
    "model", "dataset", "size", "release", "protocol", "target", "metric", "strategy", "split", "run",
)  # fmt: skip


@click.command("import", epilog=EPILOG)
@click.argument("path", metavar="PATH")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["improve", "deephyper", "optuna", "supervisor"]),
    default="improve",
    show_default=True,
    help="improve: the published Hall of Fame; deephyper: results.csv; optuna: a storage (SQLite, journal file); "
    "supervisor: output.csv without a header, with space and cfg-*.sh.",
)
@click.option(
    "--archive",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("hall_of_fame"),
    show_default=True,
    help="Archive that the records go into.",
)
@click.option("--commit", help="Commit of the source, for improve, if neither its Git folder nor its README says it.")
@click.option("--model", help="Model, where the source does not say it; so the next four.")
@click.option("--dataset", help="Dataset.")
@click.option("--size", help="Name of the size, SMALL to XL or one of your own.")
@click.option("--release", help="Name of the cut of the dataset.")
@click.option("--protocol", metavar="NAME[/VERSION]", help="How a loss comes about; only equal ones are compared.")
@click.option("--target", help="What was fitted, part of the protocol, for example auc.")
@click.option("--metric", help="What the loss is, part of the protocol, for example mse.")
@click.option("--strategy", help="How candidates were chosen; by default the format, ga for supervisor.")
@click.option("--split", type=click.IntRange(0), help="Number of the split; unknown where left out.")
@click.option("--run", metavar="NAME", help="Name of the record; by default FORMAT and the digest of the source.")
@click.option("--space", type=click.Path(path_type=Path, dir_okay=False), help="Space, where the source has none.")
@click.option("--study", multiple=True, metavar="NAME", help="Study of an Optuna storage; several, or all.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def command(path: str, format_: str, archive: Path, commit: str | None, as_json: bool, **options: Any) -> int:
    """Import runs that others searched as records: a folder, any part of it down to one run, or a file.

    Each run becomes a record or a named refusal. A second import changes nothing; a changed source makes a new record
    beside the first. Private texts (paths, users, hosts) are left out and counted. Exit code 1 if a run was refused;
    the others are imported.
    """
    _check_options(format_, commit, options)
    with _Progress() as progress:
        if format_ == "improve":
            from hpo.archive.importers.improve import import_hall_of_fame

            report = import_hall_of_fame(Path(path), archive, commit=commit, progress=progress.show)
        else:
            report = _import_foreign(path, format_, archive, options, progress)
    if as_json:
        print_json(report_as_json(report))
    else:
        _print_report(report, archive)
    return ExitCode.CHECK_FAILED if report.count("refused") else ExitCode.DONE


def _check_options(format_: str, commit: str | None, options: dict[str, Any]) -> None:
    """Refuse options that the format does not read.

    Raises:
        UsageError: There are such.
    """
    unread = [name for name in (*_IDENTITY, "space") if options[name] is not None] if format_ == "improve" else []
    unread += ["commit"] if commit is not None and format_ != "improve" else []
    unread += ["study"] if options["study"] and format_ != "optuna" else []
    if unread:
        raise UsageError(f"{', '.join(f'--{name}' for name in unread)}: has no meaning for --format {format_}")


def _import_foreign(path: str, format_: str, archive: Path, options: dict[str, Any], progress: _Progress) -> Report:
    from hpo.archive.importers.asked import asked
    from hpo.archive.importers.deephyper import read_deephyper
    from hpo.archive.importers.foreign import import_parsed
    from hpo.archive.importers.given_space import read_given_space
    from hpo.archive.importers.optuna_studies import read_optuna
    from hpo.archive.importers.supervisor import read_supervisor

    given = asked(**{name: options[name] for name in _IDENTITY})
    space = None if options["space"] is None else read_given_space(options["space"])
    if format_ == "deephyper":
        found = read_deephyper(Path(path), space)
    elif format_ == "optuna":
        found = read_optuna(path, options["study"], space)
    else:
        found = read_supervisor(Path(path), space)
    return import_parsed(format_, found, archive, given, progress.show)


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
