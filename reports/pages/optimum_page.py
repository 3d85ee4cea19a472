"""The page of optima: the best hyperparameters of every model on every dataset, how sharp they are, what moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from markupsafe import Markup

from hpo.archive.schema import RunInfo
from reports.analysis.axes import Line
from reports.analysis.comparable import UNKNOWN_RELEASE, synthetic_share
from reports.analysis.movement import ModelOptima
from reports.analysis.optimum import Optimum, good_range
from reports.analysis.order import DATASETS, sorted_datasets
from reports.analysis.overview import best_settings
from reports.figures.varying_optimum import movement_text
from reports.pages import addresses, blocks, text, words
from reports.pages.context import Cell, Column, Fact, Link, Page, Plot, ReportPage, Row, Section, Table, Text
from reports.pages.members import NO_RUN
from reports.pages.plots import plots
from reports.pages.table import (
    OF_THE_SETTINGS,
    default_cell,
    flags_cell,
    make_table,
    recommended_cell,
    recommended_gain_cell,
)

JSON_FILE: Final = "optimum.json"
CSV_FILE: Final = "optimum.csv"

LEAD: Final = (
    "The best hyperparameters that each search found, how sharp that best is, and what of it changes with the dataset. "
    "The lowest of many noisy losses is partly luck. Where a search trained its leaders again, the best is the one "
    "that then did best, and its loss is the mean of later trainings; elsewhere the mean of repeats stands beside it. "
    "Below each value is the range that did about as well."
)

_FIGURES: Final = ("varying", "map", "importance")


def optimum_page(found: Sequence[ModelOptima], figures: Path) -> ReportPage:
    """The page of ``found``.

    Args:
        found: See :func:`reports.analysis.movement.model_optima`.
        figures: Folder of the figures of all models, one folder each.
    """
    folder = addresses.OPTIMUM
    sections = [section for optima in found for section in _sections(optima, figures / optima.model)]
    if sections:
        sections[0] = _with_downloads(sections[0])
    runs = [one.run for optima in found for one in optima.all]
    return ReportPage(
        page=Page('"Optimum"', addresses.root(folder), (Link("Home", addresses.page("", of=folder)),), boost=2.0),
        heading="Optimum",
        lead=LEAD,
        sections=sections,
        facts=_facts(found),
        synthetic=synthetic_share(runs),
    )


def _facts(found: Sequence[ModelOptima]) -> list[Fact]:
    moving = [movement for optima in found for movement in optima.moving]
    settled = [movement for movement in moving if movement.common is not None]
    apart = [movement for movement in moving if movement.moves and not movement.few]
    return [
        Fact("Pairs with a best", text.count(sum(one.loss is not None for optima in found for one in optima.chosen))),
        Fact("Pairs with dead networks only", text.count(sum(len(optima.dead) for optima in found))),
        Fact(
            "Good values meet on all datasets", text.count(len(settled)), f"of {len(moving)} hyperparameters of a model"
        ),
        Fact("They do not meet", text.count(len(apart)), "so the optimum moves with the dataset"),
        Fact("Not settled", text.count(len(moving) - len(settled) - len(apart)), "too few good evaluations"),
    ]


def _with_downloads(section: Section) -> Section:
    links = (Link("JSON", JSON_FILE), Link("CSV", CSV_FILE))
    return replace(section, html=blocks.files_line(links, "The optima of all models as one file:"))


def _sections(optima: ModelOptima, drawn: Path) -> list[Section]:
    name = f"{optima.model}-{optima.collection.id}"
    heading = f"{optima.model}{_where(optima)}"
    best = Section(
        heading,
        about=_about(optima),
        tables=[_table(optima, f"optimum-{name}")],
        below=_copies(optima),
        id=f"best-{name}",
    )
    shown = _plots(optima, drawn)
    if not shown:
        return [best]
    sentences = [movement_text(movement) for movement in optima.moving]
    return [
        best,
        Section(f"What moves: {heading}", about=sentences, plots=shown, id=f"moves-{name}"),
    ]


def _where(optima: ModelOptima) -> str:
    """What tells the collections of a model apart in headings: the release of the data."""
    release = optima.collection.release
    return ", data not recorded" if release == UNKNOWN_RELEASE else f" on {release}"


def _about(optima: ModelOptima) -> list[Text]:
    source = (
        f"Imported from {words.source_name(optima.collection)}; not run again here. "
        if optima.collection.imported
        else ""
    )
    dead = [one.run for one in optima.all if one.loss is None]
    about: list[Text] = [f"{source}Bold: the lowest loss on the dataset among runs that compare."]
    if dead:
        links = Markup(", ").join(_link(run) for run in dead)
        about.append(Markup("Dead searches, which have no best: {}.").format(links))
    return about


def _link(run: RunInfo) -> Markup:
    href = addresses.page(addresses.run_folder(run), of=addresses.OPTIMUM)
    return Markup('<a href="{}">{}</a>').format(Markup(href), text.escape(f"{run.dataset}, {run.size}"))  # noqa: S704


def _plots(optima: ModelOptima, drawn: Path) -> list[Plot]:
    wanted = {f"{figure}-{optima.collection.id}": number for number, figure in enumerate(_FIGURES)}
    found = plots(drawn, f"cross-hpo-{optima.model}", path=f"{optima.model}/", only=wanted.__contains__)
    return sorted(found, key=lambda plot: wanted[plot.path.rpartition("/")[2]])


def _table(optima: ModelOptima, name: str) -> Table:
    living = [one for one in optima.all if one.loss is not None]
    axes = [line.name for line in optima.axes.values()]
    axes += list(dict.fromkeys(axis for one in living for axis in one.values if axis not in axes))
    columns = [Column("dataset", "dataset", choice="value"), Column("size", "size", choice="value")]
    columns += [Column(axis, axis, numeric=True, note="best; below it the range of good values") for axis in axes]
    columns += [
        Column("val_loss", "val_loss ↓", numeric=True, note=OF_THE_SETTINGS),
        Column("std", "± (n)", numeric=True, note="standard deviation and number of the trainings after the choice"),
        Column("equivalents", "as good", note="other leaders that are not told to be worse, by their evaluation"),
        Column("repeats_mean", "mean of repeats", numeric=True, note="of the trainings with these hyperparameters"),
        Column("good", "good", numeric=True, note="evaluations within the tolerance of the best"),
        Column("tolerance", "tolerance", numeric=True, note="3 %, or twice the noise of repeats where that is more"),
        Column("default", "default ↓", numeric=True, note="val_loss of the default hyperparameters"),
        Column("gain", "gain", numeric=True, note="(default − best) / default"),
        Column("n", "n", numeric=True, note="evaluations of the run"),
        Column("run", "run"),
        Column("flags", "flags", choice="parts", wide=True),
    ]
    chosen = {one.run.key for one in optima.chosen}
    rows = {one.run.key: _row(one, axes, optima.axes, one.run.key in chosen) for one in living}
    of_dataset = {
        dataset: [rows[one.run.key] for one in living if one.run.dataset == dataset] for dataset in _datasets(optima)
    }
    ordered = [row for dataset, own in of_dataset.items() for row in own or [_empty(dataset, optima, len(columns))]]
    return make_table(name, f"Best hyperparameters of {optima.model}", columns, ordered, interactive=len(ordered) > 3)


def _datasets(optima: ModelOptima) -> list[str]:
    """Datasets of the table: those searched and, in collections of real data, the other studies."""
    own = [one.run.dataset for one in optima.all]
    complete = not optima.collection.synthetic and optima.collection.release != UNKNOWN_RELEASE
    return sorted_datasets([*own, *(DATASETS if complete else ())])


def _row(one: Optimum, axes: Sequence[str], lines: Mapping[str, Line], chosen: bool) -> Row:
    run, folder = one.run, addresses.OPTIMUM
    page = addresses.page(addresses.run_folder(run), of=folder)
    loss = recommended_cell(run, folder)
    return Row(
        [
            Cell(run.dataset, href=addresses.page(addresses.dataset_folder(run.dataset), of=folder)),
            Cell(run.size),
            *(_value(one, axis, lines.get(axis), chosen) for axis in axes),
            Cell(loss.text, value=loss.value, href=loss.href, strong=chosen),
            _spread(one),
            _equivalents(one, page),
            _repeats(one),
            Cell(str(one.good)),
            Cell(text.percent(one.tolerance), value=repr(one.tolerance)),
            default_cell(run),
            recommended_gain_cell(run),
            Cell(str(run.counts.evaluations)),
            Cell(run.run, href=addresses.page(addresses.run_folder(run), of=folder)),
            flags_cell(run.flags),
        ]
    )


def _value(one: Optimum, axis: str, line: Line | None, chosen: bool) -> Cell:
    value = one.values.get(axis)
    href = addresses.page(addresses.run_folder(one.run), of=addresses.OPTIMUM)
    if value is None:
        return Cell("not recorded" if axis in one.values else "", value="")
    shown = text.escape(_short(value))
    if chosen:
        shown = Markup("<strong>{}</strong>").format(shown)
    low, high = good_range(one, line)
    if low is not None and low != high:
        shown = Markup('{}<br><span class="note">{} to {}</span>').format(
            shown, text.escape(_short(low)), text.escape(_short(high))
        )
    return Cell(shown, value=repr(value) if isinstance(value, float) else _short(value), href=href)


def _short(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return text.plain(value, 3) if isinstance(value, float) else str(value)


def _repeats(one: Optimum) -> Cell:
    if one.repeats_mean is None:
        return Cell("", value="")
    return Cell(f"{text.plain(one.repeats_mean)} ({one.repeats})", value=repr(one.repeats_mean))


def _spread(one: Optimum) -> Cell:
    optimum = one.run.optimum
    if optimum is None:
        return Cell("", value="")
    times = len(optimum.trainings)
    shown = f"({times})" if optimum.std is None else f"{text.plain(optimum.std, 2)} ({times})"
    return Cell(shown, value="" if optimum.std is None else repr(optimum.std))


def _equivalents(one: Optimum, page: str) -> Cell:
    found = [] if one.run.optimum is None else one.run.optimum.equivalents
    return Cell(", ".join(map(str, found)), href=page if found else "")


def _empty(dataset: str, optima: ModelOptima, width: int) -> Row:
    """The row of a dataset without a living run."""
    searched = any(one.run.dataset == dataset for one in optima.all)
    first = Cell(dataset, href=addresses.page(addresses.dataset_folder(dataset), of=addresses.OPTIMUM))
    return Row([first, Cell("all dead" if searched else NO_RUN), *(Cell("", value="") for _ in range(width - 2))])


def _copies(optima: ModelOptima) -> Markup:
    """The best settings on every dataset as one JSON object, folded away."""
    best = {one.run.dataset: best_settings(one.run) for one in optima.chosen if one.loss is not None}
    if not best:
        return Markup("")
    return blocks.more(f"{optima.model} as JSON, ready to use; numbers are exact", blocks.code(text.compact_json(best)))
