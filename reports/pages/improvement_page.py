"""The page of improvements: every definition side by side, over runs that belong together, and per run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from hpo.archive.improvement import DEFINITIONS, Aggregate, Improvement
from hpo.archive.schema import RunInfo
from reports.analysis.comparable import synthetic_share
from reports.analysis.improvement import PUBLISHED_PERCENT, Group
from reports.figures.catalogue import IMPROVEMENT
from reports.figures.improvement import name_of
from reports.pages import addresses, text, words
from reports.pages.blocks import data_line
from reports.pages.context import Cell, Column, Fact, ReportPage, Row, Section, Table, Text
from reports.pages.plots import plots
from reports.pages.siblings import analysis_page
from reports.pages.table import make_table, run_cell

HEADLINE: Final = "worst_to_best"

LEAD: Final = (
    "An improvement is a percentage of the loss that it starts from, so the number depends on what that is. Here every "
    "definition stands beside the others, over the same runs, with dead searches and without them. Intervals are 95 % "
    "bootstrap intervals of the mean over runs, not over repeated searches."
)


def improvement_page(
    runs: Sequence[RunInfo], found: dict[str, Improvement], groups: Sequence[Group], figures: Path
) -> ReportPage:
    """The page of ``groups``, with a table of all ``runs`` below; ``figures`` is the folder of all figures."""
    drawn = {plot.path: plot for plot in plots(figures / IMPROVEMENT, "cross-hpo")}
    sections = [
        Section(
            _heading(group),
            about=[_about(group)],
            plots=[drawn[name_of(group)]] if name_of(group) in drawn else (),
            tables=[_summary(group, f"summary-{number}")],
        )
        for number, group in enumerate(groups)
    ]
    about = "Per cent; nothing where the record lacks what it takes."
    sections.append(
        Section(
            "Every run",
            about=[about],
            tables=[_all_runs(runs, found)],
            below=data_line("improvement.csv", "improvement_summary.csv"),
        )
    )
    return ReportPage(
        page=analysis_page(addresses.IMPROVEMENT),
        heading="Improvement",
        lead=LEAD,
        facts=headlines(groups),
        sections=sections,
        synthetic=synthetic_share(runs),
    )


def headlines(groups: Sequence[Group]) -> list[Fact]:
    """The numbers to begin with: the published one by the definition that reproduces it, else gain over the default."""
    for group in groups:
        headline = group.all[HEADLINE]
        if group.published and headline.mean is not None:
            added, typical = group.all["first_best_to_best"], group.all["first_median_to_best"]
            return [
                Fact("From the worst to the best", _percent(headline.mean), f"published as {PUBLISHED_PERCENT} %"),
                Fact("From the first generation's median", _percent(typical.mean), "to the best, same runs"),
                Fact("From the first generation's best", _percent(added.mean), "to the best: what evolution added"),
                Fact("Runs", text.count(group.runs), f"{group.dead} of them dead"),
            ]
    for group in groups:
        gain = group.all["default_to_best"]
        if gain.mean is not None and gain.median is not None:
            what = f"mean of {gain.runs} runs, {group.size}, {group.strategy}; median {gain.median:.1f} %"
            return [Fact("From the default to the best", _percent(gain.mean), what)]
    return []


def _heading(group: Group) -> str:
    if group.published:
        return "The selection behind the published number"
    return f"{words.heading(group.collection)}: {group.size}, {group.strategy}"


def _about(group: Group) -> str:
    about = f"{group.runs} runs, {group.dead} of them dead. "
    if not group.published:
        return about
    mean = group.all[HEADLINE].mean
    reproduced = "" if mean is None else f" By {HEADLINE}, which its authors do not state, the mean is {mean:.2f} %."
    return (
        f"{group.size} runs of the six models named in the Cross-HPO abstract (SC24), which states an improvement of "
        f"{PUBLISHED_PERCENT} %.{reproduced} {about}"
    )


def _summary(group: Group, name: str) -> Table:
    columns = [
        Column("definition", "definition"),
        Column("runs", "runs", numeric=True),
        Column("mean", "mean %", numeric=True),
        Column("interval", "95 % interval", numeric=True),
        Column("median", "median %", numeric=True),
        Column("living_runs", "living runs", numeric=True),
        Column("living_mean", "mean % of the living", numeric=True),
        Column("meaning", "what it says", wide=True),
    ]
    rows = [
        Row(
            [
                Cell(definition),
                Cell(str(whole.runs)),
                _number(whole.mean),
                Cell(_interval(whole)),
                _number(whole.median),
                Cell(str(living.runs)),
                _number(living.mean),
                Cell(meaning),
            ]
        )
        for definition, meaning in DEFINITIONS.items()
        if (whole := group.all[definition]).runs and (living := group.living[definition]) is not None
    ]
    return make_table(name, _heading(group), columns, rows, interactive=False)


def _all_runs(runs: Sequence[RunInfo], found: dict[str, Improvement]) -> Table:
    columns = [Column("model", "model", choice="value"), Column("dataset", "dataset", choice="value")]
    columns += [Column("size", "size", choice="value"), Column("run", "run"), Column("dead", "dead", choice="value")]
    columns += [Column(name, name, numeric=True, note=note) for name, note in DEFINITIONS.items()]
    rows = []
    for run in runs:
        one = found[run.key]
        cells = [Cell(run.model), Cell(run.dataset), Cell(run.size), run_cell(run, addresses.IMPROVEMENT)]
        cells += [Cell("dead" if one.degenerate else "")]
        rows.append(Row([*cells, *(_number(one.percent[name]) for name in DEFINITIONS)]))
    return make_table("improvement-table", "Improvement of every run, in per cent", columns, rows)


def _number(value: float | None) -> Cell:
    return Cell("", value="") if value is None else Cell(f"{value:.1f}".replace("-", "−"), value=repr(value))


def _percent(value: float | None) -> Text:
    return text.percent(None if value is None else value / 100)


def _interval(aggregate: Aggregate) -> str:
    if aggregate.low is None or aggregate.high is None or aggregate.runs < 2:
        return ""
    return f"{aggregate.low:.1f} to {aggregate.high:.1f}".replace("-", "−")
