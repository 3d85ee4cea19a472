"""The page of fingerprints: every model on every dataset, how its search behaved, at a glance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from hpo.archive.schema import RunInfo
from reports.analysis.axes import Line
from reports.analysis.comparable import synthetic_share
from reports.analysis.fingerprint import Fingerprint, FingerprintGrid
from reports.analysis.overview import best_loss, constant_loss, gain_over_default
from reports.figures.fingerprint import HEIGHT, WIDTH, fingerprint_alt, name_of
from reports.pages import addresses, text, words
from reports.pages.context import Link, Page, Plot, Text
from reports.pages.siblings import analysis_page

SHOWN_WIDTH: Final = 200
"""Pixels: five datasets fit beside the models' names on a screen of 1280."""


@dataclass(frozen=True, slots=True)
class PrintCell:
    """A pair with a run: the figure, where it leads to, and what stands below it."""

    path: str
    alt: str
    href: str
    loss: Text
    about: Text
    remarks: str
    flags: str


@dataclass(frozen=True, slots=True)
class PrintRow:
    """A model: its name, what the panels of its row show, and a cell a dataset."""

    model: Link
    panels: Sequence[Text]
    cells: Sequence[PrintCell | None]


@dataclass(frozen=True, slots=True)
class PrintGrid:
    """The fingerprints of one collection."""

    id: str
    heading: str
    about: str
    synthetic: str
    datasets: Sequence[Link]
    rows: Sequence[PrintRow]


@dataclass(frozen=True, slots=True)
class FingerprintPage:
    """The page."""

    page: Page
    legend: Plot | None
    grids: Sequence[PrintGrid]
    width: int
    height: int


def fingerprint_page(grids: Sequence[FingerprintGrid], legend: Plot | None) -> FingerprintPage:
    """The page of ``grids``, with the explained example ``legend``."""
    return FingerprintPage(
        page=analysis_page(addresses.FINGERPRINTS, contents=False),
        legend=legend,
        grids=[_grid(grid) for grid in grids],
        width=SHOWN_WIDTH,
        height=round(HEIGHT * SHOWN_WIDTH / WIDTH),
    )


def _grid(grid: FingerprintGrid) -> PrintGrid:
    overview, here = grid.overview, addresses.FINGERPRINTS
    source = f"Imported from {words.source_name(grid.collection)}; not run again here. " * grid.collection.imported
    pairs = len(overview.models) * len(overview.datasets)
    return PrintGrid(
        id=f"fingerprints-{grid.collection.id}",
        heading=words.heading(grid.collection),
        about=f"{source}{len(grid.prints)} of {pairs} pairs have a run.",
        synthetic=synthetic_share([found.run for found in grid.prints.values()]),
        datasets=[Link(name, addresses.page(addresses.dataset_folder(name), of=here)) for name in overview.datasets],
        rows=[_row(grid, model) for model in overview.models],
    )


def _row(grid: FingerprintGrid, model: str) -> PrintRow:
    here = addresses.FINGERPRINTS
    found = {dataset: grid.prints.get((model, dataset)) for dataset in grid.overview.datasets}
    shown = next((one.lines for one in found.values() if one is not None), ())
    return PrintRow(
        model=Link(model, addresses.page(addresses.model_folder(model), of=here)),
        panels=[_panel(line) for line in shown],
        cells=[None if one is None else _cell(grid, one) for one in found.values()],
    )


def _panel(line: Line) -> Text:
    if line.values:
        return f"{line.name}: {line.labels[0]} to {line.labels[-1]}"
    low, high = (f"{value:.2g}".replace("e-0", "e-") for value in (line.lower, line.upper))
    return f"{line.name}: {low} to {high}{', log' if line.log else ''}"


def _cell(grid: FingerprintGrid, found: Fingerprint) -> PrintCell:
    run = found.run
    return PrintCell(
        path=name_of(grid, run.model, run.dataset),
        alt=fingerprint_alt(found),
        href=addresses.page(addresses.run_folder(run), of=addresses.FINGERPRINTS),
        loss=loss_text(run),
        about=_about(found),
        remarks=", ".join(_remarks(found)),
        flags=words.doubts(run),
    )


def loss_text(run: RunInfo) -> str:
    """The best loss of ``run`` in four digits, or what there is instead."""
    loss = best_loss(run)
    if loss is not None:
        return text.plain(loss)
    return "no result" if constant_loss(run) is None else "dead"


def _about(found: Fingerprint) -> str:
    run, planned = found.run, found.run.counts.planned
    of = f" of {planned:,}" if planned not in (None, found.recorded) else ""
    gain = gain_over_default(run)
    over = "" if gain is None else f", {gain:+.1%} over default".replace("%", " %").replace("-", "−")
    return f"{run.size}, n = {found.recorded:,}{of}{over}"


def _remarks(found: Fingerprint) -> list[str]:
    progress = found.progress
    remarks = []
    if found.alive and progress.near is not None:
        remarks.append(f"near the best after {progress.near:,}" + (", then flat" if found.flat else ""))
    remarks += [f"{number:,} {what}" for number, what in ((found.dead, "dead"), (found.failed, "failed")) if number]
    return remarks
