"""Cells and tables that several pages share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from hpo.archive.schema import Flag, RunInfo
from reports.analysis.flags import weighty
from reports.analysis.overview import baseline_loss, best_loss, constant_loss, gain_over_default, recommended_loss
from reports.pages import addresses, text
from reports.pages.context import Cell, Column, Row, Table

OF_THE_SETTINGS: Final = "announced by trainings after the choice where leaders were trained again, else the lowest"
"""What the loss is that stands beside recommended settings."""


def make_table(name: str, caption: str, columns: Sequence[Column], rows: Sequence[Row], **options: Any) -> Table:
    """A table without the columns that have nothing to say, the first one aside."""
    keep = [index for index in range(len(columns)) if index == 0 or any(row.cells[index].text for row in rows)]
    kept = [Row([row.cells[index] for index in keep], row.id) for row in rows]
    return Table(name, caption, [columns[index] for index in keep], kept, **options)


def number_cell(value: float | None, *, href: str = "") -> Cell:
    """A number with four significant digits; nothing where it is unknown."""
    return Cell("", value="") if value is None else Cell(text.plain(value), value=repr(value), href=href)


def regret_cell(value: float | None) -> Cell:
    """A regret or a difference of two, with two significant digits; nothing where it is unknown."""
    if value is None:
        return number_cell(None)
    return Cell(text.plain(value, 2).replace("-", "−"), value=repr(value))


def interval_cell(low: float | None, high: float | None) -> Cell:
    """An interval of regrets, sorted by its lower end; nothing where it is unknown."""
    if low is None or high is None:
        return number_cell(None)
    return Cell(f"{text.plain(low, 2)} to {text.plain(high, 2)}".replace("-", "−"), value=repr(low))


def best_cell(run: RunInfo, folder: str) -> Cell:
    """The best loss of ``run``, leading from the page in ``folder`` to the run's page."""
    href = addresses.page(addresses.run_folder(run), of=folder)
    loss, constant = best_loss(run), constant_loss(run)
    if loss is not None:
        return number_cell(loss, href=href)
    return Cell("no result" if constant is None else f"dead at {text.plain(constant)}", value="", href=href)


def default_cell(run: RunInfo) -> Cell:
    """The loss of the default hyperparameters."""
    return number_cell(baseline_loss(run))


def gain_cell(run: RunInfo) -> Cell:
    """The gain over the default hyperparameters."""
    gain = gain_over_default(run)
    return Cell("", value="") if gain is None else Cell(text.percent(gain, signed=True), value=repr(gain))


def recommended_cell(run: RunInfo, folder: str) -> Cell:
    """The loss that goes with the settings that ``run`` recommends, leading to the run's page."""
    if run.optimum is None:
        return best_cell(run, folder)
    return number_cell(recommended_loss(run), href=addresses.page(addresses.run_folder(run), of=folder))


def recommended_gain_cell(run: RunInfo) -> Cell:
    """The gain of these settings over the default hyperparameters."""
    default, loss = baseline_loss(run), recommended_loss(run)
    if not default or loss is None:
        return Cell("", value="")
    gain = (default - loss) / default
    return Cell(text.percent(gain, signed=True), value=repr(gain))


def run_cell(run: RunInfo, folder: str) -> Cell:
    """Size and name of ``run``, leading to its page."""
    return Cell(f"{run.size}, {run.run}", href=addresses.page(addresses.run_folder(run), of=folder))


def pair_cells(run: RunInfo, folder: str) -> list[Cell]:
    """Model, dataset, size and run, each leading to its page: the first cells of many tables."""
    return [
        Cell(run.model, href=addresses.page(addresses.model_folder(run.model), of=folder)),
        Cell(run.dataset, href=addresses.page(addresses.dataset_folder(run.dataset), of=folder)),
        Cell(run.size),
        Cell(run.run, href=addresses.page(addresses.run_folder(run), of=folder)),
    ]


def percent_cell(share: float | None, *, signed: bool = False) -> Cell:
    """A share in per cent with one decimal; below minus 100 % only that. Nothing where it is unknown."""
    if share is None:
        return Cell("", value="")
    if share < -1:
        return Cell("< −100", value=repr(100 * share))
    return Cell(f"{100 * share:{'+' if signed else ''}.1f}".replace("-", "−"), value=repr(100 * share))


def flags_cell(flags: Sequence[Flag]) -> Cell:
    """The flags that are more than notes by name, and how many notes there are; the filter finds all of them."""
    shown = [flag.flag for flag in weighty(flags)]
    notes = len(flags) - len(shown)
    parts = [", ".join(shown)] if shown else []
    parts += [f"{notes} note{'s' if notes != 1 else ''}"] if notes else []
    names = " ".join(flag.flag for flag in flags)
    return Cell("; ".join(parts), value=names, parts=names)
