"""``cross-hpo hof``: everything about the archive of finished runs."""

from __future__ import annotations

from typing import Final

import click

from hpo.cli.lazy import LazyGroup

COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "list": ("hpo.cli.hof.listing:command", "List the runs, filtered and sorted."),
    "show": ("hpo.cli.hof.show:command", "Show one run: settings, generations, best, findings."),
    "best": ("hpo.cli.hof.best:command", "Print the best hyperparameters of a model on a dataset."),
    "verify": ("hpo.cli.hof.verify:command", "Prove that records are complete, unchanged and consistent."),
    "audit": ("hpo.cli.hof.audit:command", "Show what is doubtful about runs, with evidence."),
    "improvement": ("hpo.cli.hof.improvement:command", "Say how much was gained, by every definition."),
    "replay": ("hpo.cli.hof.replay:command", "Derive every candidate of a run again, and compare."),
    "claims": ("reports.claims_cli:command", "Hold claims about the results against the archive."),
    "diff": ("hpo.cli.hof.diff:command", "Compare two archives, or two Git revisions of one."),
    "import": ("hpo.cli.hof_import:command", "Adopt the published Hall of Fame."),
    "schema": ("hpo.cli.hof.schema:command", "Print the JSON Schema of a record's files."),
    "export": ("hpo.cli.hof_export:command", "Hand records on: tables, IMPROVE, Optuna, DeepHyper, HPO-B."),
}
"""Subcommand: where its Click object is, and its line in ``--help``."""


@click.group("hof", cls=LazyGroup, table=COMMANDS, epilog="Example: cross-hpo hof best IGTD CCLE --json")
def command() -> None:
    """Use the Hall of Fame, the archive of all records.

    A run is named by its key MODEL/DATASET/SIZE/RUN, its folder within the archive.
    """
