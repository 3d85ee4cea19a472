"""Tables of runs, and the page that lists them all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from hpo.archive.schema import RunInfo
from reports.analysis.comparable import synthetic_share
from reports.pages import addresses
from reports.pages.context import Cell, Column, ListPage, Page, Row, Table
from reports.pages.replay_words import replay_state
from reports.pages.table import best_cell, default_cell, flags_cell, gain_cell, make_table

FEW: Final = 3
"""Rows up to which sorting and filtering help nobody."""

_RUN_COLUMNS: Final = (
    Column("model", "model", choice="value"),
    Column("dataset", "dataset", choice="value"),
    Column("size", "size", choice="value"),
    Column("run", "run"),
    Column("evaluations", "evaluations", numeric=True),
    Column("val_loss", "best val_loss ↓", numeric=True),
    Column("default", "default ↓", numeric=True, note="val_loss of the default hyperparameters"),
    Column("gain", "gain", numeric=True, note="(default − best) / default"),
    Column("flags", "flags", choice="parts", wide=True),
    Column("replay", "replay", choice="value", note="imports: derived again from their seed; own runs: by the journal"),
    Column("strategy", "strategy", choice="value"),
    Column("source", "source", choice="value", note="cross-hpo: own run; else imported"),
    Column("release", "release", choice="value", note="cut of the dataset; only losses of one release compare"),
    Column("protocol", "protocol", note="how a loss comes about; only losses of one protocol compare"),
)


def runs_page(runs: Sequence[RunInfo]) -> ListPage:
    """The table of all runs."""
    folder = addresses.RUNS
    return ListPage(
        page=Page('"Runs"', addresses.root(folder), contents=False),
        heading="Runs",
        lead="Every search in the archive. Only losses of one dataset, release and protocol may be compared.",
        sections=[("", "", runs_table(runs, folder, "runs-table"))],
        synthetic=synthetic_share(runs),
    )


def runs_table(runs: Iterable[RunInfo], folder: str, name: str, *, drop: Sequence[str] = ()) -> Table:
    """``runs`` as a table of the page in ``folder``, without the columns ``drop``."""
    keep = [index for index, column in enumerate(_RUN_COLUMNS) if column.name not in drop]
    rows = [_run_row(run, folder) for run in runs]
    columns = [_RUN_COLUMNS[index] for index in keep]
    return make_table(name, "Runs with their best loss", columns, [Row([row[i] for i in keep]) for row in rows])


def _run_row(run: RunInfo, folder: str) -> list[Cell]:
    return [
        Cell(run.model, href=addresses.page(addresses.model_folder(run.model), of=folder)),
        Cell(run.dataset, href=addresses.page(addresses.dataset_folder(run.dataset), of=folder)),
        Cell(run.size),
        Cell(run.run, href=addresses.page(addresses.run_folder(run), of=folder)),
        Cell(f"{run.counts.evaluations:,}", value=str(run.counts.evaluations)),
        best_cell(run, folder),
        default_cell(run),
        gain_cell(run),
        flags_cell(run.flags),
        Cell(replay_state(run)),
        Cell(run.strategy),
        Cell(run.source.kind),
        Cell(run.release.name),
        Cell(f"{run.protocol.name}/{run.protocol.version}"),
    ]
