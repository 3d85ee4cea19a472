"""The page of cost: hours of work, hours of waiting, repeats, and what a per cent of improvement took."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from hpo.archive.improvement import Improvement
from hpo.archive.record import Record
from reports.analysis.comparable import synthetic_share
from reports.analysis.cost import Cost, costs
from reports.analysis.order import sorted_models
from reports.figures.catalogue import COST, IDLE
from reports.pages import addresses, text
from reports.pages.blocks import data_line
from reports.pages.context import Cell, Column, Fact, ReportPage, Row, Section, Table
from reports.pages.plots import plots
from reports.pages.siblings import analysis_page
from reports.pages.table import make_table, pair_cells, percent_cell

LEAD: Final = (
    "What the searches cost and what that bought. Hours are those that workers spent in evaluations, whatever the "
    "device; what a record does not say is unknown here and left out of every sum."
)
WAITING: Final = (
    "Searches by generations wait for the slowest evaluation of each. Own runs record how long their workers were "
    "reserved. Imported ones do not: their share is computed from the recorded times, generations and number of "
    "workers as the least that such waiting costs, without start-up, queues or pauses."
)
LOSS: Final = "The best loss so far over the hours spent: where the line is flat, further hours bought nothing."
REPEATS: Final = (
    "A repeat is an evaluation of hyperparameters that the run had evaluated before, as far as its columns tell. The "
    "price divides the hours by the improvement in per cent: over the model's default where it was evaluated, else "
    "over the median of the first generation."
)

_COLUMNS: Final = (
    Column("model", "model", choice="value"),
    Column("dataset", "dataset", choice="value"),
    Column("size", "size", choice="value"),
    Column("run", "run"),
    Column("workers", "workers", numeric=True),
    Column("hours", "hours", numeric=True, note="spent in evaluations, all workers together"),
    Column("reserved", "reserved hours", numeric=True, note="worker time reserved, as recorded"),
    Column("idle", "idle %", numeric=True, note="share of the reserved time without an evaluation, as recorded"),
    Column("barrier", "idle by waiting %", numeric=True, note="the least that waiting for every generation costs"),
    Column("repeats", "repeats", numeric=True, note="evaluations of points evaluated before"),
    Column("repeat_hours", "hours in repeats", numeric=True),
    Column("improvement", "improvement %", numeric=True),
    Column("definition", "by", choice="value"),
    Column("price", "hours per %", numeric=True, note="hours for each per cent of improvement"),
)


def cost_page(records: Sequence[Record], improvements: dict[str, Improvement], figures: Path) -> ReportPage:
    """The page of all ``records``; ``figures`` is the folder of all figures."""
    found = costs(records, improvements)
    curves = [
        plot
        for model in sorted_models(record.run.model for record in records)
        for plot in plots(figures / COST / model, f"cross-hpo-{model}", path=f"{model}/")
    ]
    waiting = plots(figures / IDLE, "cross-hpo")
    sections = [Section("Waiting", about=[WAITING], plots=waiting)] if waiting else []
    sections += [Section("Loss against cost", about=[LOSS], plots=curves)] if curves else []
    return ReportPage(
        page=analysis_page(addresses.COST),
        heading="Cost",
        lead=LEAD,
        facts=_facts(found),
        sections=[
            *sections,
            Section("Every run", about=[REPEATS], tables=[_table(found)], below=data_line("cost.csv")),
        ],
        synthetic=synthetic_share([record.run for record in records]),
    )


def _facts(found: Sequence[Cost]) -> list[Fact]:
    timed = [one.busy for one in found if one.busy is not None]
    repeated = [one for one in found if one.repeat_seconds is not None]
    seconds = sum(one.repeat_seconds or 0.0 for one in repeated)
    evaluations = sum(one.evaluations for one in found)
    repeats = sum(one.repeats for one in found)
    facts = [
        Fact("Time in evaluations", text.duration(sum(timed) if timed else None), f"{len(timed)} of {len(found)} runs"),
        Fact(
            "Evaluations repeated",
            text.percent(repeats / evaluations if evaluations else None),
            f"{repeats:,}, as far as columns tell",
        ),
    ]
    if repeated:
        facts.append(Fact("Time in repeats", text.duration(seconds), f"of {len(repeated)} runs with complete times"))
    recorded = [one for one in found if one.idle is not None and one.run.cost.worker_seconds]
    if recorded:
        reserved = sum(one.run.cost.worker_seconds or 0.0 for one in recorded)
        idle = sum((one.idle or 0.0) * (one.run.cost.worker_seconds or 0.0) for one in recorded)
        facts.append(
            Fact("Idle, recorded", text.percent(idle / reserved), f"of the worker time of {len(recorded)} runs")
        )
    bounded = [one for one in found if one.idle is None and one.idle_by_barrier is not None and one.busy]
    if bounded:
        busy = sum(one.busy or 0.0 for one in bounded)
        reserved = sum((one.busy or 0.0) / (1 - (one.idle_by_barrier or 0.0)) for one in bounded)
        facts.append(Fact("Idle, at the least", text.percent(1 - busy / reserved), f"of {len(bounded)} further runs"))
    return facts


def _table(found: Sequence[Cost]) -> Table:
    rows = [
        Row(
            [
                *pair_cells(one.run, addresses.COST),
                _count(one.run.cost.workers),
                _hours(one.busy),
                _hours(one.run.cost.worker_seconds),
                percent_cell(one.idle),
                percent_cell(one.idle_by_barrier),
                _count(one.repeats),
                _hours(one.repeat_seconds),
                percent_cell(None if one.percent is None else one.percent / 100),
                Cell(one.percent_of),
                _hours(one.seconds_per_percent),
            ]
        )
        for one in found
    ]
    return make_table("cost-table", "Cost of every run", _COLUMNS, rows)


def _hours(seconds: float | None) -> Cell:
    return Cell("", value="") if seconds is None else Cell(text.plain(seconds / 3600, 3), value=repr(seconds / 3600))


def _count(number: int | None) -> Cell:
    return Cell("", value="") if number is None else Cell(f"{number:,}", value=str(number))
