"""The page of audit flags: every rule that struck, with the runs and the evidence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from hpo.archive.schema import Flag, RunInfo
from reports.analysis.comparable import synthetic_share
from reports.analysis.flags import doubtful, evidence_text, weight
from reports.pages import addresses, words
from reports.pages.context import AuditFlag, AuditPage, Cell, Column, Page, Row, Table
from reports.pages.replay_words import replay_about, replay_table


def audit_page(runs: Sequence[RunInfo]) -> AuditPage:
    """The flags of all ``runs``, the weightiest first, then the most frequent."""
    found: dict[str, list[tuple[RunInfo, Flag]]] = defaultdict(list)
    for run in runs:
        for flag in run.flags:
            found[flag.flag].append((run, flag))
    ordered = sorted(found, key=lambda name: (weight(name), -len(found[name]), name))
    return AuditPage(
        page=Page('"Audit"', addresses.root(addresses.AUDIT)),
        synthetic=synthetic_share(runs),
        runs=len(runs),
        doubtful=sum(doubtful(run.flags) for run in runs),
        flagged=sum(bool(run.flags) for run in runs),
        overview=_overview(ordered, found) if ordered else None,
        flags=[
            AuditFlag(name, weight(name).label, found[name][0][1].explanation, _table(name, found[name]))
            for name in ordered
        ],
        replay=replay_table(runs, addresses.AUDIT),
        replay_about=replay_about(runs),
    )


def _overview(ordered: Sequence[str], found: dict[str, list[tuple[RunInfo, Flag]]]) -> Table:
    columns = [
        Column("flag", "flag"),
        Column("runs", "runs", numeric=True),
        Column("meaning", "what it says", wide=True),
        Column("weight", "what it does", wide=True),
    ]
    rows = [
        Row(
            [
                Cell(name, href=addresses.page(addresses.AUDIT, of=addresses.AUDIT, anchor=name)),
                Cell(str(len(found[name]))),
                Cell(found[name][0][1].explanation),
                Cell(weight(name).label),
            ]
        )
        for name in ordered
    ]
    return Table("overview-table", "Flags by weight", columns, rows, interactive=False)


def _table(name: str, found: Sequence[tuple[RunInfo, Flag]]) -> Table:
    columns = [
        Column("run", "run"),
        Column("source", "source", choice="value"),
        Column("evidence", "evidence", wide=True),
    ]
    rows = [
        Row(
            [
                Cell(words.run_name(run), href=addresses.page(addresses.run_folder(run), of=addresses.AUDIT)),
                Cell(run.source.kind),
                Cell(evidence_text(flag.evidence)),
            ]
        )
        for run, flag in found
    ]
    return Table(f"table-{name}", f"Runs with the flag {name}", columns, rows, interactive=len(rows) > 5)
