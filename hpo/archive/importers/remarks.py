"""What is to be said of a run that was read: oddities of its tables, and why it is not whole."""

from __future__ import annotations

from hpo.archive.importers.evaluations import Evaluations
from hpo.archive.importers.folder import RunFiles


def notes_on_tables(run: RunFiles) -> list[str]:
    """Decisions that were taken while reading the tables, one sentence each."""
    notes = []
    if not run.tables:
        notes.append("There is no table of evaluations; known are the log, the best and the last population.")
    elif "hpo" not in run.names:
        notes.append("There is no hpo.csv; evaluations are those of output.csv, without walltimes.")
    for table in run.tables:
        if table.stray:
            notes.append(f"{table.name}: a stray field before the metric was taken out of {table.stray} rows.")
        if table.phantoms:
            notes.append(
                f"{table.name}: {len(table.phantoms)} rows repeat the iteration and sample of another row and are no "
                "evaluations."
            )
        if table.contradictions:
            notes.append(
                f"{table.name}: {len(table.contradictions)} of these repeats have other values, first in line "
                f"{table.contradictions[0]}; the first row of each was taken."
            )
        if table.unreadable:
            line, reason = table.unreadable[0]
            notes.append(f"{table.name}: {len(table.unreadable)} rows cannot be read, first line {line}: {reason}.")
    if run.space is None:
        notes.append("The source has no space; bounds, types and constants of the hyperparameters are unknown.")
    return notes


def reasons_of(run: RunFiles, evaluations: Evaluations, planned: int | None) -> list[str]:
    """Why the record is only part of a run, one sentence each; empty if it is whole."""
    count = len(evaluations.rows)
    reasons = []
    if not run.tables:
        reasons.append("No evaluation has a row.")
    elif planned is not None and count < planned:
        reasons.append(f"{count} of {planned} evaluations have a row; {planned - count} are missing.")
    elif planned is not None and count > planned:
        reasons.append(f"{count} evaluations have a row, but the log counts {planned}.")
    if any(table.unreadable for table in run.tables) or run.damaged:
        reasons.append("Part of the source cannot be read.")
    return reasons
