"""The guide to the settings of the GA: meaning, default, reason, and what changing it was measured to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from markupsafe import Markup

from hpo.search.catalogue import SETTINGS, SettingInfo
from reports.analysis.quality import DEFAULT, Change, changes
from reports.pages import addresses, blocks, text
from reports.pages.context import Cell, Column, Fact, Page, ReportPage, Row, Section, Table
from reports.pages.table import interval_cell, make_table, regret_cell

LEAD: Final = (
    "Every setting of the genetic algorithm, by Supervisor's name: its default, the reason, and what the regret "
    "comes to when it is changed. Most users need none of them: the size sets the budget, and the default preset was "
    "chosen by measurement."
)
READING: Final = (
    "Measured on the ten functions of the benchmark, with one setting changed, and with it only what would contradict "
    "it or change the budget. Difference: mean regret with the change less that of the default for the same function "
    "and seed, with a 95 % bootstrap interval over seeds; above zero the default is better. STREAM only draws other "
    "random numbers, so its difference is pure chance: do not read more into others of its size."
)
GIVING: Final = "cross-hpo search … --ga BROOD=0 --ga PARENTS=8"
INERT: Final = (
    "No change measured here made any difference, to the last digit: with BROOD above 0, as in the default, these "
    "searches do not depend on it."
)
UNMEASURED: Final = "Not measured: nothing in the benchmark depends on it."


def settings_page(results: Path | None = None) -> ReportPage:
    """The page of all settings; ``results`` is the folder of what was measured, by default that of this software."""
    lines = changes(results)
    budgets = sorted({line.budget for line in lines})
    sections = [
        Section("Which matter", about=[READING], tables=[_overview(lines, budgets)]),
        *(_section(info, lines) for info in SETTINGS.values()),
    ]
    benchmark = blocks.inside(addresses.page(addresses.BENCHMARK, of=addresses.GA_SETTINGS), "benchmark of the search")
    return ReportPage(
        page=Page('"Settings of the GA"', addresses.root(addresses.GA_SETTINGS)),
        heading="Settings of the GA",
        lead=Markup("{} The {} compares the default with other methods.").format(text.escape(LEAD), benchmark),
        facts=[],
        sections=[Section("How to give them", html=blocks.code(GIVING)), *sections],
    )


def _section(info: SettingInfo, lines: Sequence[Change]) -> Section:
    own = [line for line in lines if info.name in _names(line)]
    reference = {line.budget: line.regret for line in lines if line.setting == DEFAULT}
    supervisor = [Fact("Preset supervisor", _value(info.supervisor))] if info.supervisor != info.default else []
    facts = [
        Fact("Default", _value(info.default)),
        *supervisor,
        Fact("Allowed", str(info.law)),
        Fact("Why", info.reason),
    ]
    read = [f"strategies {', '.join(info.strategies)}"] if info.strategies != ("ga",) else []
    read += [f"GA_STRATEGY {' or '.join(info.ga_strategies)} only"] if info.ga_strategies else []
    facts += [Fact("Read by", "; ".join(read))] if read else []
    return Section(
        info.name,
        about=[_sentence(info.meaning), *_remark(own)],
        html=blocks.pairs(facts),
        tables=[_measured(info.name, own, reference)] if own else [],
    )


def _remark(own: Sequence[Change]) -> list[str]:
    if not own:
        return [UNMEASURED]
    ends = {end for line in own for end in (line.difference, line.difference_low, line.difference_high)}
    return [INERT] if ends == {0.0} else []


def _overview(lines: Sequence[Change], budgets: Sequence[int]) -> Table:
    """The change of each setting that moves the regret most, at each budget."""
    columns = [Column("setting", "setting")]
    for budget in budgets:
        columns += [
            Column(f"change_{budget}", f"worst or best change, {budget:,} evaluations", wide=True),
            Column(f"difference_{budget}", "difference", numeric=True, note="above zero the default is better"),
            Column(f"sure_{budget}", "beyond chance", choice="value"),
        ]
    rows = []
    for name in SETTINGS:
        cells = [Cell(name, href=f"#{name.lower()}")]
        for budget in budgets:
            own = [line for line in lines if (line.setting, line.budget) == (name, budget)]
            most = max(own, key=lambda line: abs(line.difference or 0.0), default=None)
            cells += [Cell("", value="")] * 3 if most is None else [
                Cell(_spaced(most)), regret_cell(most.difference), Cell("yes" if most.sure else "no")
            ]  # fmt: skip
        if any(line.setting == name for line in lines):
            rows.append(Row(cells))
    return make_table("settings", "The change of each setting that moves mean regret most", columns, rows)


def _measured(name: str, lines: Sequence[Change], reference: Mapping[int, float]) -> Table:
    columns = [
        Column("changed", "changed to", wide=True),
        Column("budget", "evaluations", numeric=True),
        Column("seeds", "seeds", numeric=True),
        Column("regret", "mean regret", numeric=True),
        Column("default", "with the default", numeric=True),
        Column("difference", "difference", numeric=True),
        Column("interval", "its 95 % interval", numeric=True),
        Column("wins", "default wins %", numeric=True),
    ]
    rows = [
        Row(
            [
                Cell(_spaced(line)),
                Cell(f"{line.budget:,}", value=str(line.budget)),
                Cell(str(line.seeds)),
                regret_cell(line.regret),
                regret_cell(reference.get(line.budget)),
                regret_cell(line.difference),
                interval_cell(line.difference_low, line.difference_high),
                Cell("" if line.wins is None else f"{100 * line.wins:.0f}"),
            ]
        )
        for line in lines
    ]
    return make_table(f"measured-{name.lower()}", f"Measured changes of {name}", columns, rows, interactive=False)


def _value(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value).strip("()")


def _names(line: Change) -> list[str]:
    """The settings that ``line`` changes."""
    return [part.partition("=")[0] for part in line.changed.split(",")]


def _spaced(line: Change) -> str:
    """What ``line`` changes, so that it can be broken over several lines."""
    return line.changed.replace(",", ", ")


def _sentence(words: str) -> str:
    """``words`` as a sentence, unless they begin with a value."""
    begin = words if words.split()[0].endswith(":") else f"{words[0].upper()}{words[1:]}"
    return f"{begin}."
