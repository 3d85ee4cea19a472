"""The page of convergence: how fast every search got where it ended, and which stood still."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from hpo.archive.record import Record
from reports.analysis.comparable import synthetic_share
from reports.analysis.convergence import NEAR, Epochs, Progress, epochs, progress
from reports.analysis.noises import Noise, NoiseBook
from reports.analysis.order import sorted_models
from reports.figures.catalogue import CONVERGENCE
from reports.pages import addresses, text
from reports.pages.blocks import data_line
from reports.pages.context import Cell, Column, ReportPage, Row, Section, Table
from reports.pages.plots import plots
from reports.pages.siblings import analysis_page
from reports.pages.table import make_table, pair_cells

LEAD: Final = (
    "How fast every search got to where it ended, and whether it was still improving. Losses are shown as shares above "
    "the lowest loss of the model on the dataset, so that sizes stand on one scale. A search is called flat if the "
    "second half of its evaluations improved the best by no more than noise: that of repeats within the run, else in "
    "other runs of its model on the dataset, else on other datasets; 1 % is assumed where nothing of the model was "
    "repeated."
)
OVERFITTING: Final = (
    "Where a record has epochs, the table says how many trainings had their lowest validation loss in the first half "
    "of their epochs (a sign of overfitting, or of too high a learning rate) and how many in the very last one (a "
    "sign that more epochs might help). Imported runs record neither, so nothing is said about their overfitting."
)

_COLUMNS: Final = (
    Column("model", "model", choice="value"),
    Column("dataset", "dataset", choice="value"),
    Column("size", "size", choice="value"),
    Column("run", "run"),
    Column("evaluations", "n", numeric=True, note="evaluations that the search chose"),
    Column("living", "living", numeric=True, note="those with a loss of a living model"),
    Column(
        "near", "near after", numeric=True, note=f"evaluations until the best was within {NEAR:.0%} of the final one"
    ),
    Column("area", "area %", numeric=True, note="mean distance of the best so far above the final best"),
    Column("late", "late gain %", numeric=True, note="what the second half added to the best of the first"),
    Column("noise", "noise %", numeric=True, note="one standard deviation of repeats"),
    Column(
        "basis",
        "noise from",
        choice="value",
        note="repeats of the run, of others of the pair, or of the model on other datasets",
    ),
    Column("verdict", "verdict", choice="value"),
    Column("early", "best early %", numeric=True, note="trainings that were best in the first half of their epochs"),
    Column("last", "best at the end %", numeric=True, note="trainings whose last epoch was the best"),
)


def convergence_page(records: Sequence[Record], figures: Path) -> ReportPage:
    """The page of all ``records``; ``figures`` is the folder of all figures."""
    runs = [record.run for record in records]
    sections = []
    for model in sorted_models(run.model for run in runs):
        drawn = plots(figures / CONVERGENCE / model, f"cross-hpo-{model}", path=f"{model}/")
        if drawn:
            sections.append(Section(model, plots=drawn))
    return ReportPage(
        page=analysis_page(addresses.CONVERGENCE),
        heading="Convergence",
        lead=LEAD,
        sections=[
            *sections,
            Section("Every run", about=[OVERFITTING], tables=[_table(records)], below=data_line("progress.csv")),
        ],
        synthetic=synthetic_share(runs),
    )


def verdict(found: Progress, noise: Noise) -> str:
    """What became of a search, in a word or two."""
    if not found.living:
        return "dead" if found.evaluations else "not recorded"
    return {None: "too short", True: "flat", False: "still improving"}[found.flat(noise)]


def _table(records: Sequence[Record]) -> Table:
    book = NoiseBook(records)
    rows = [_row(record, progress(record), book.of(record.run), epochs(record)) for record in records]
    return make_table("convergence-table", "How fast every search got where it ended", _COLUMNS, rows)


def _row(record: Record, found: Progress, noise: Noise, trained: Epochs | None) -> Row:
    return Row(
        [
            *pair_cells(record.run, addresses.CONVERGENCE),
            Cell(f"{found.evaluations:,}", value=str(found.evaluations)),
            Cell(f"{found.living:,}", value=str(found.living)),
            Cell("", value="") if found.near is None else Cell(f"{found.near:,}", value=str(found.near)),
            _percent(found.area),
            _percent(found.late_gain),
            _percent(noise.share if found.living else None),
            Cell(noise.basis) if found.living else Cell(""),
            Cell(verdict(found, noise)),
            _percent(None if trained is None else trained.early),
            _percent(None if trained is None else trained.last),
        ]
    )


def _percent(share: float | None) -> Cell:
    return Cell("", value="") if share is None else Cell(text.plain(100 * share, 2), value=repr(100 * share))
