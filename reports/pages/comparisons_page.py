"""The page of comparisons: what the search is worth against random draws, larger ones against smaller, and so on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from hpo.archive.record import Record
from hpo.archive.schema import RunInfo
from reports.analysis.comparable import Collection, synthetic_share
from reports.analysis.comparison import (
    Contest,
    FreeControl,
    Standing,
    Step,
    Tuned,
    contests,
    free_controls,
    size_steps,
    standings,
    tuned,
)
from reports.analysis.noises import BASES, NoiseBook, PairNoise, pair_noises
from reports.analysis.order import sorted_models
from reports.figures.catalogue import ADVANTAGE, CONTROL
from reports.pages import addresses, text, words
from reports.pages.blocks import data_line
from reports.pages.context import NOTHING, Cell, Column, Fact, ReportPage, Row, Section, Table, Text
from reports.pages.plots import plots
from reports.pages.siblings import analysis_page
from reports.pages.table import flags_cell, make_table, pair_cells, percent_cell, run_cell

HERE: Final = addresses.COMPARISONS

LEAD: Final = (
    "Is the genetic algorithm better than random draws? Does a larger search pay? Do the models really differ? Losses "
    "are compared only where dataset, release, split and protocol agree, and a difference counts only where it exceeds "
    "the noise of repeated trainings."
)
PAIRED: Final = (
    "The random control spends exactly as many evaluations on the same space. Both strategies are paired by seed; the "
    "gain is that of the geometric mean over pairs, the interval the 95 % one of Student's t on the logarithms, the "
    "effect size their mean over their standard deviation."
)
NO_PAIR: Final = (
    "The archive holds no pair of a genetic and a random search under the same conditions: "
    "run both strategies with the same seeds to get one."
)
FREE: Final = (
    "Most archives, the published one too, have no random control. But the first generation of every search is one: "
    "it is drawn at random from the space. Pooled over all sizes of a model on a dataset with the same space and "
    "protocol, these draws say exactly how good the best of n random draws is on average, for every n up to their "
    "number."
)
CAVEATS: Final = (
    "Draws of other runs are used where they are as many as the search made evaluations, so that it is not compared "
    "with itself. Where there are fewer, the gain is an upper bound: more draws would have found something at least "
    "as good. The last column says how probable it is that so many draws do as well as the search did; it is exact "
    "for the pool, and 0 or 1 % of a pool of a hundred are not far apart. First generations that were spread over the"
    " space by design, as those of own runs are, count as no random draws."
)
SIZES: Final = (
    "The best of each size against that of the next larger one, where the protocol is the same. A larger search always "
    "includes more luck: its best is the lowest of more noisy losses."
)
MODELS: Final = (
    "Every model's best on a dataset, as a share above the lowest. Models whose distance is within the noise of either "
    "run are not told apart by these data: they are called tied."
)
DEFAULTS: Final = (
    "The best that the search evaluated against the model's default hyperparameters. Negative: nothing beat the "
    "default."
)


NOISE: Final = (
    "One point trained again gives another loss. A gain up to this share of the loss may be luck: so large is one "
    "standard deviation between repeats of a point. Where a model has no repeats on a dataset, those on other datasets "
    "stand in, and where it has none at all, 1 % is assumed. Where a searched hyperparameter is not recorded, repeats "
    "may only seem to be some, and the noise is an upper bound."
)


def comparisons_page(records: Sequence[Record], figures: Path) -> ReportPage:
    """The page of all ``records``; ``figures`` is the folder of all figures."""
    paired, free = contests(records), free_controls(records)
    advantage = plots(figures / ADVANTAGE, "cross-hpo")
    curves = [
        plot
        for model in sorted_models(record.run.model for record in records)
        for plot in plots(figures / CONTROL / model, f"cross-hpo-{model}", path=f"{model}/")
    ]
    sections = [
        Section(
            "Genetic algorithm against random search",
            about=[PAIRED] if paired else [NO_PAIR],
            plots=advantage if paired else (),
            tables=[_contests(paired)] if paired else (),
            below=data_line("contests.csv") if paired else NOTHING,
        )
    ]
    if free:
        sections.append(
            Section(
                "Against random draws that the archive holds",
                about=[FREE, CAVEATS],
                plots=() if paired else advantage,
                tables=[_free(free)],
                below=data_line("controls.csv"),
            )
        )
    if curves:
        sections.append(Section("Best so far against random draws", plots=curves))
    sections += _further(records)
    return ReportPage(
        page=analysis_page(HERE),
        heading="Comparisons",
        lead=LEAD,
        facts=_facts(paired, free),
        sections=sections,
        synthetic=synthetic_share([record.run for record in records]),
    )


def _further(records: Sequence[Record]) -> list[Section]:
    steps, groups, defaults = size_steps(records), standings(records), tuned(records)
    sections = []
    if steps:
        sections.append(
            Section(
                "Larger searches against smaller ones",
                about=[SIZES],
                tables=[_steps(steps)],
                below=data_line("sizes.csv"),
            )
        )
    if groups:
        sections.append(
            Section(
                "Models against each other",
                about=[MODELS],
                tables=[_standings(groups)],
                below=data_line("standings.csv"),
            )
        )
    if defaults:
        sections.append(
            Section("Tuned against default", about=[DEFAULTS], tables=[_tuned(defaults)], below=data_line("tuned.csv"))
        )
    noises = pair_noises(records, NoiseBook(records))
    if noises:
        sections.append(
            Section(
                "Noise of repeated trainings", about=[NOISE], tables=[_noises(noises)], below=data_line("noise.csv")
            )
        )
    return sections


def _facts(paired: Sequence[Contest], free: Sequence[FreeControl]) -> list[Fact]:
    facts: list[Fact] = []
    effects = [contest.effect for contest in paired if contest.effect is not None]
    if effects:
        wins, pairs = sum(found.wins for found in effects), sum(found.pairs for found in effects)
        facts.append(Fact("Pairs won by the genetic algorithm", f"{wins} of {pairs}", f"{len(effects)} conditions"))
    whole = [one for one in free if not one.bounded and one.gain is not None]
    if whole:
        ahead = sum((one.gain or 0) > 0 for one in whole)
        note = "runs with at least as many random draws to hold against"
        facts.append(Fact("Ahead of the expected best of random draws", f"{ahead} of {len(whole)}", note))
    return facts


def _contests(found: Sequence[Contest]) -> Table:
    columns = [
        Column("model", "model", choice="value"),
        Column("dataset", "dataset", choice="value"),
        Column("size", "size", choice="value"),
        Column("source", "data"),
        Column("pairs", "seeds", numeric=True),
        Column("gain", "gain %", numeric=True, note="of the genetic algorithm over the random control"),
        Column("interval", "95 % interval", wide=True),
        Column("effect", "effect size", numeric=True, note="mean over standard deviation of the paired logarithms"),
        Column("wins", "seeds won", numeric=True),
        Column("runs", "runs"),
    ]
    rows = []
    for contest in found:
        run, effect = contest.run, contest.effect
        shown = next((record.run for record in contest.records if record.run.seed in contest.paired), run)
        rows.append(
            Row(
                [
                    *pair_cells(run, HERE)[:3],
                    Cell(run.release.name),
                    Cell(str(len(contest.paired))),
                    percent_cell(None if effect is None else effect.gain, signed=True),
                    Cell(_interval(contest)),
                    Cell("" if effect is None or effect.size is None else f"{effect.size:+.2f}".replace("-", "−")),
                    Cell("" if effect is None else str(effect.wins)),
                    run_cell(shown, HERE),
                ]
            )
        )
    return make_table("contests-table", "Genetic algorithm against random search, paired by seed", columns, rows)


def _interval(contest: Contest) -> str:
    effect = contest.effect
    if effect is None:
        return "no seed with a living pair"
    if effect.low is None or effect.high is None:
        return "one seed: no interval"
    low = "below −100" if effect.low < -1 else f"{100 * effect.low:+.1f}"
    return f"{low} to {100 * effect.high:+.1f}".replace("-", "−")


def _free(found: Sequence[FreeControl]) -> Table:
    columns = [
        Column("model", "model", choice="value"),
        Column("dataset", "dataset", choice="value"),
        Column("size", "size", choice="value"),
        Column("run", "run"),
        Column("best", "best ↓", numeric=True),
        Column("draws", "draws", numeric=True, note="random draws compared with, of those that there are"),
        Column("expected", "their expected best ↓", numeric=True),
        Column("gain", "gain %", numeric=True, note="(expected best − best) / expected best"),
        Column("interval", "95 % interval", note="bootstrap over the draws"),
        Column("kind", "comparison", choice="value"),
        Column("chance", "as good by chance %", numeric=True, note="probability that so many draws do as well"),
    ]
    return make_table(
        "free-table", "Searches against random draws of their space", columns, [_free_row(o) for o in found]
    )


def _free_row(one: FreeControl) -> Row:
    ends = [None if end is None else (end - one.best) / end for end in (one.low, one.high)]
    interval = "" if None in ends else " to ".join(f"{100 * (end or 0):+.1f}" for end in ends).replace("-", "−")
    return Row(
        [
            *pair_cells(one.run, HERE),
            _loss(one.best),
            Cell(f"{one.draws:,} of {len(one.pool.losses):,}", value=str(one.draws)),
            _loss(one.expected),
            percent_cell(one.gain, signed=True),
            Cell(interval),
            Cell("at most" if one.bounded else "equal budget"),
            Cell("", value="") if one.bounded else Cell(text.plain(100 * one.chance, 2), value=repr(100 * one.chance)),
        ]
    )


def _steps(found: Sequence[Step]) -> Table:
    columns = [
        Column("model", "model", choice="value"),
        Column("dataset", "dataset", choice="value"),
        Column("from", "from"),
        Column("to", "to"),
        Column("start", "best ↓", numeric=True),
        Column("end", "best of the larger ↓", numeric=True),
        Column("gain", "gain %", numeric=True),
        Column("noise", "noise %", numeric=True),
        Column("verdict", "verdict", choice="value"),
        Column("limits", "limits", wide=True, note="audit flags that limit the comparison"),
    ]
    rows = [
        Row(
            [
                *pair_cells(step.start, HERE)[:2],
                run_cell(step.start, HERE),
                run_cell(step.end, HERE),
                _loss(step.losses[0]),
                _loss(step.losses[1]),
                percent_cell(step.gain, signed=True),
                percent_cell(step.noise),
                Cell(_verdict(step)),
                Cell(", ".join(step.notes)),
            ]
        )
        for step in found
    ]
    return make_table("sizes-table", "Larger searches against smaller ones", columns, rows)


def _standings(groups: Sequence[Sequence[Standing]]) -> Table:
    columns = [
        Column("dataset", "dataset", choice="value"),
        Column("model", "model", choice="value"),
        Column("source", "source", choice="value"),
        Column("best", "best ↓", numeric=True),
        Column("above", "above the lowest %", numeric=True),
        Column("verdict", "verdict", choice="value"),
        Column("run", "run"),
        Column("flags", "flags", choice="parts", wide=True),
    ]
    rows = []
    for group in groups:
        for rank, standing in enumerate(group):
            run = standing.run
            rows.append(
                Row(
                    [
                        pair_cells(run, HERE)[1],
                        pair_cells(run, HERE)[0],
                        Cell(_source(run)),
                        _loss(standing.loss),
                        percent_cell(standing.above),
                        Cell("lowest" if rank == 0 else "tied with it" if standing.tied else "behind"),
                        run_cell(run, HERE),
                        flags_cell(run.flags),
                    ]
                )
            )
    return make_table("models-table", "Models against each other on every dataset", columns, rows)


def _tuned(found: Sequence[Tuned]) -> Table:
    columns = [
        Column("model", "model", choice="value"),
        Column("dataset", "dataset", choice="value"),
        Column("size", "size", choice="value"),
        Column("run", "run"),
        Column("default", "default ↓", numeric=True),
        Column("best", "best searched ↓", numeric=True),
        Column("gain", "gain %", numeric=True),
        Column("noise", "noise %", numeric=True),
        Column("verdict", "verdict", choice="value"),
        Column("share", "default beats %", numeric=True, note="share of the living evaluations worse than the default"),
    ]
    rows = [
        Row(
            [
                *pair_cells(one.step.start, HERE),
                _loss(one.step.losses[0]),
                _loss(one.step.losses[1]),
                percent_cell(one.step.gain, signed=True),
                percent_cell(one.step.noise),
                Cell(_verdict(one.step)),
                percent_cell(one.better_than),
            ]
        )
        for one in found
    ]
    return make_table("tuned-table", "Tuned against default hyperparameters", columns, rows)


def _noises(found: Sequence[PairNoise]) -> Table:
    columns = [
        Column("model", "model", choice="value"),
        Column("dataset", "dataset", choice="value"),
        Column("source", "source", choice="value"),
        Column("runs", "runs", numeric=True),
        Column("measured", "with repeats", numeric=True, note="runs with at least ten evaluations of repeated points"),
        Column("noise", "noise %", numeric=True, note="gains up to this may be luck"),
        Column("range", "by run %", wide=True, note="least and greatest of the runs with repeats"),
        Column("basis", "known from", choice="value"),
    ]
    rows = [
        Row(
            [
                *pair_cells(one.run, HERE)[:2],
                Cell(_source(one.run)),
                Cell(str(one.runs)),
                Cell(str(len(one.noise.runs) if one.noise.basis == "run" else 0)),
                Cell(text.plain(100 * one.noise.share, 2), value=repr(100 * one.noise.share)),
                Cell("" if one.least is None else _range(one)),
                Cell(BASES[one.noise.basis]),
            ]
        )
        for one in found
    ]
    return make_table("noise-table", "Noise of every model on every dataset", columns, rows)


def _range(one: PairNoise) -> str:
    ends = [text.plain(100 * end, 2) for end in (one.least, one.greatest) if end is not None]
    return " to ".join(dict.fromkeys(ends))


def _verdict(step: Step) -> str:
    if not step.beyond_noise:
        return "within noise"
    return "better" if step.gain > 0 else "worse"


def _source(run: RunInfo) -> Text:
    collection = Collection.of(run)
    return f"{words.source_name(collection)}, {collection.release}"


def _loss(value: float | None) -> Cell:
    return Cell("", value="") if value is None else Cell(text.plain(value), value=repr(value))
