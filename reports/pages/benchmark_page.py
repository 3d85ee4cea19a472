"""The page of the benchmark: how good the search is where the optimum is known, and where others are better."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from markupsafe import Markup

from reports.analysis.quality import (
    ALL,
    DEFAULT,
    MIN_PAIRS,
    QUALITY,
    SURROGATES,
    TOGETHER,
    Landscape,
    Quality,
    beaten,
    budgets,
    final,
    landscapes,
    lost,
    problems,
    quality,
)
from reports.figures.catalogue import BENCHMARK
from reports.pages import addresses, blocks, text
from reports.pages.context import Cell, Column, Fact, Link, Page, ReportPage, Row, Section, Table
from reports.pages.plots import plots
from reports.pages.table import interval_cell, make_table, regret_cell

LEAD: Final = (
    "How good searches are at equal budgets, on landscapes whose optimum is known. Regret is how far the true loss of "
    "the point that a search calls best lies above the optimum, as a share of the same for the median of random points "
    "that are alive: 0 is perfect, 1 is as good as one random draw. These numbers belong to the software, not to the "
    "archive."
)
ABOUT: Final = {
    "together": "Every problem counts once, whichever suite it is of; only seeds that both suites were measured with.",
    "functions": "Ten functions that behave like trainings: log, integer, ordered and categorical axes, up to 7 % of "
    "noise, dead networks above a learning rate or on both sides of a valley, local optima, axes that do not matter.",
    "surrogates": "Forests of regression trees fitted to published runs, with the noise that repeats in them show. A "
    "range of two decades and more is searched in decades. Forests and not Gaussian processes, since the default "
    "preset picks its children with such. They are no better than what they were fitted to: the table says how well "
    "each predicts points that it did not see; runs of which the forest predicts too little are left out. Most have "
    "one or two axes. A forest is a staircase, which a smooth model describes badly; since the default preset did "
    "badly here it has a rough one beside it, so these surrogates had a part in what they judge. Whether trainings "
    "are more like them or more like the functions, nobody has measured.",
}
HEADINGS: Final = {
    "together": "Functions and surrogates together",
    "functions": "Functions",
    "surrogates": "Surrogates of published runs",
}
METHODS: Final = {
    "default": "the GA of the default preset; it ends with the candidate that it announces",
    "no-leaders": "the default preset, but no leader is trained again",
    "no-brood": "the default preset, but every child that is bred is trained",
    "steady-state": "the default preset without generations",
    "supervisor": "the GA of the published searches",
    "random": "random draws, on the scale that the space declares",
    "tpe": "Optuna's TPE, multivariate",
    "tpe-univariate": "Optuna's TPE as it comes",
    "cmaes": "Optuna's CMA-ES",
    "differential-evolution": "SciPy's differential evolution, with a population that suits the budget",
}
READING: Final = (
    "Difference: mean regret less that of the default preset for the same problem and seed, with a 95 % bootstrap "
    "interval over seeds; ahead and behind mean that it excludes zero. Wins: how often the default has less regret, "
    "ties counting half; pairs are of the seeds that both were measured with, and fewer than "
    f"{MIN_PAIRS} are not judged. Intervals say how sure a mean over these "
    "problems is, and nothing of other problems."
)
RUN: Final = """\
python benchmarks/search_quality.py --budget 40 --seeds 50 --out rows.csv
python benchmarks/search_quality.py --budget 40 --archive hall_of_fame --out surrogates.csv
python benchmarks/search_quality.py --summary rows.csv surrogates.csv"""


def benchmark_page(figures: Path, results: Path | None = None) -> ReportPage:
    """The page.

    Args:
        figures: Folder of all figures.
        results: Folder of what was measured; that of this software by default.
    """
    lines = quality(results)
    suites = [suite for suite in HEADINGS if budgets(lines, suite)]
    drawn = {plot.path: plot for plot in plots(figures / BENCHMARK, "cross-hpo")}
    sections = []
    for suite in suites:
        name = f"regret-{suite}"
        tables = [_summary(lines, suite)]
        tables += [_by_problem(lines, suite)] if suite != TOGETHER else []
        tables += [_landscapes(landscapes(results))] if suite == "surrogates" else []
        plot = [drawn[name]] if name in drawn else []
        sections.append(
            Section(HEADINGS[suite], about=[ABOUT[suite], *_verdicts(lines, suite)], plots=plot, tables=tables)
        )
    links = [Link("all numbers as CSV", QUALITY), Link("surrogates as CSV", SURROGATES)]
    settings = blocks.inside(addresses.page(addresses.GA_SETTINGS, of=addresses.BENCHMARK), "Settings of the GA")
    sections += [
        Section("Where it loses", about=[_losses(lines)], tables=_lost(lines)),
        Section(
            "How it was measured",
            about=[READING, Markup("{} has what each setting is worth.").format(settings)],
            html=blocks.code(RUN),
            tables=[_methods(lines)],
            below=blocks.files_line(links, "Downloads:"),
        ),
    ]
    return ReportPage(
        page=Page('"Benchmark of the search"', addresses.root(addresses.BENCHMARK)),
        heading="Benchmark of the search",
        lead=LEAD,
        facts=_facts(lines),
        sections=sections,
    )


def _facts(lines: Sequence[Quality]) -> list[Fact]:
    facts = []
    for budget in budgets(lines, "functions"):
        found = final(lines, TOGETHER, budget) or final(lines, "functions", budget)
        if DEFAULT not in found:
            continue
        others = [f"{name} {text.plain(found[name].regret, 2)}" for name in ("tpe", "random") if name in found]
        note = f"; {', '.join(others)}" if others else ""
        facts.append(
            Fact(f"Mean regret, {budget:,} evaluations", text.plain(found[DEFAULT].regret, 2), f"lower is better{note}")
        )
    return facts


def _verdicts(lines: Sequence[Quality], suite: str) -> list[str]:
    """Whom the default is ahead of at each budget, in a sentence."""
    found = []
    for budget in budgets(lines, suite):
        verdicts = beaten(lines, suite, budget)
        ends = final(lines, suite, budget)
        won = [name for name, is_won in verdicts.items() if is_won]
        open_ = [name for name, is_won in verdicts.items() if is_won is False and not ends[name].better]
        against = [name for name, is_won in verdicts.items() if is_won is False and ends[name].better]
        missing = [name for name, is_won in verdicts.items() if is_won is None]
        parts = [f"ahead of {_and(won)}"] if won else []
        parts += [f"level with {_and(open_)}"] if open_ else []
        parts += [f"behind {_and(against)}"] if against else []
        parts += [f"not compared with {_and(missing)}"] if missing else []
        found.append(f"After {budget:,} evaluations the default is {', '.join(parts)}.")
    return found


def _losses(lines: Sequence[Quality]) -> str:
    found = lost(lines)
    if not found:
        return "Nowhere: on no problem does another method have less regret with an interval that excludes zero."
    problems_ = {(line.suite, line.problem) for line in found if line.problem != ALL}
    whole = sorted({(line.suite, line.budget, line.method) for line in found if line.problem == ALL})
    over = "; ".join(
        f"{method} after {budget:,} evaluations on {'both' if suite == TOGETHER else f'the {suite}'}"
        for suite, budget, method in whole
    )
    head = f"Over a whole suite the default is behind {over}. " if whole else "Over a whole suite it is behind none. "
    return (
        f"{head}On {len(problems_)} single problems, below, some other method has less regret with an interval that "
        "excludes zero. With as many comparisons, one in forty of those would come about by chance."
    )


def _summary(lines: Sequence[Quality], suite: str) -> Table:
    columns = [
        Column("method", "method", choice="value"),
        Column("budget", "evaluations", numeric=True, choice="value"),
        Column("seeds", "seeds", numeric=True),
        Column("regret", "mean regret", numeric=True, note="lower is better"),
        Column("interval", "95 % interval", numeric=True),
        Column("median", "median", numeric=True),
        Column("difference", "difference", numeric=True, note="less that of the default; above zero the default wins"),
        Column("difference_interval", "its 95 % interval", numeric=True),
        Column("wins", "wins %", numeric=True, note="share of pairs in which the default has less regret"),
        Column("pairs", "pairs", numeric=True, note="seeds that both were measured with"),
    ]
    rows = [
        Row(
            [
                Cell(line.method, strong=line.method == DEFAULT),
                Cell(f"{budget:,}", value=str(budget)),
                Cell(str(line.seeds)),
                regret_cell(line.regret),
                interval_cell(line.low, line.high),
                regret_cell(line.median),
                *_compared(line),
                Cell("" if line.pairs is None or line.method == DEFAULT else str(line.pairs)),
            ]
        )
        for budget in budgets(lines, suite)
        for line in sorted(final(lines, suite, budget).values(), key=lambda line: line.regret)
    ]
    return make_table(f"{suite}-summary", f"{HEADINGS[suite]}: mean over all problems", columns, rows)


def _by_problem(lines: Sequence[Quality], suite: str) -> Table:
    methods = [name for name in METHODS if any(line.suite == suite and line.method == name for line in lines)]
    columns = [Column("problem", "problem", choice="value")]
    columns += [Column("budget", "evaluations", numeric=True, choice="value")]
    columns += [Column(name, name, numeric=True) for name in methods]
    rows = []
    for budget in budgets(lines, suite):
        for problem in problems(lines, suite, budget):
            found = final(lines, suite, budget, problem)
            least = text.plain(min(line.regret for line in found.values()), 2)
            cells = [_bestregret_cell(found[name], least) if name in found else Cell("", value="") for name in methods]
            rows.append(Row([Cell(problem), Cell(f"{budget:,}", value=str(budget)), *cells]))
    return make_table(f"{suite}-problems", f"{HEADINGS[suite]}: mean regret by problem", columns, rows)


def _bestregret_cell(line: Quality, least: str) -> Cell:
    shown = text.plain(line.regret, 2)
    return Cell(shown, value=repr(line.regret), strong=shown == least)


def _lost(lines: Sequence[Quality]) -> list[Table]:
    columns = [
        Column("problem", "problem", choice="value"),
        Column("suite", "suite", choice="value"),
        Column("budget", "evaluations", numeric=True, choice="value"),
        Column("method", "better method", choice="value"),
        Column("regret", "its mean regret", numeric=True),
        Column("difference", "difference", numeric=True, note="below zero the other method is better"),
        Column("difference_interval", "its 95 % interval", numeric=True),
        Column("wins", "wins %", numeric=True, note="share of pairs in which the default has less regret"),
    ]
    rows = [
        Row(
            [
                Cell("all of them" if line.problem == ALL else line.problem),
                Cell(line.suite),
                Cell(f"{line.budget:,}", value=str(line.budget)),
                Cell(line.method),
                regret_cell(line.regret),
                *_compared(line),
            ]
        )
        for line in lost(lines)
    ]
    return [make_table("lost", "Where another method has less regret", columns, rows)] if rows else []


def _landscapes(found: Sequence[Landscape]) -> Table:
    columns = [
        Column("run", "run"),
        Column("points", "living points", numeric=True),
        Column("dead", "dead points", numeric=True),
        Column("noise", "noise %", numeric=True, note="relative standard deviation of repeats"),
        Column("r2", "R²", numeric=True, note="cross-validated, of the logarithm of the loss"),
        Column("rank", "rank correlation", numeric=True, note="cross-validated"),
    ]
    rows = [
        Row(
            [
                Cell(one.run),
                Cell(str(one.points)),
                Cell(str(one.dead)),
                regret_cell(100 * one.noise),
                regret_cell(one.r2),
                regret_cell(one.rank_correlation),
            ]
        )
        for one in found
    ]
    return make_table("surrogates", "How good the surrogates are; of each pair the run with most points", columns, rows)


def _methods(lines: Sequence[Quality]) -> Table:
    known = {line.method for line in lines}
    columns = [Column("method", "method"), Column("about", "what it is", wide=True)]
    rows = [Row([Cell(name), Cell(about)]) for name, about in METHODS.items() if name in known]
    return make_table("methods", "What is compared", columns, rows, interactive=False)


def _compared(line: Quality) -> list[Cell]:
    if line.method == DEFAULT or line.difference is None or line.wins is None:
        return [Cell("", value=""), Cell("", value=""), Cell("", value="")]
    wins = Cell(f"{100 * line.wins:.0f}", value=repr(100 * line.wins))
    return [regret_cell(line.difference), interval_cell(line.difference_low, line.difference_high), wins]


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
