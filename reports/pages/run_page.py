"""The page of one run: what came of it, every evaluation, and all that is needed to check or repeat it."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd
from markupsafe import Markup

from hpo.archive import layout
from hpo.archive.final import FinalScores
from hpo.archive.record import Record
from hpo.archive.schema import Flag, RunInfo
from hpo.archive.summaries import chosen
from hpo.archive.summaries import plain as plain_cell
from hpo.evaluation import METRICS, Status
from reports.analysis.comparable import Collection, loss_label, protocol_text, synthetic_share
from reports.analysis.convergence import first_best_to_best
from reports.analysis.final import scored
from reports.analysis.flags import evidence_text, weight
from reports.analysis.gained import Gained
from reports.analysis.overview import best_loss, best_settings, gain_over_default
from reports.analysis.tables import idle_share
from reports.figures.files import read_absent
from reports.pages import addresses, text, words
from reports.pages.context import Cell, Column, Fact, FileView, FinalView, FlagView, Link, Page, Row, RunPage, Table
from reports.pages.final_tables import scores_table, sentence, trainings_table
from reports.pages.gains_table import gain_note, gains_sentence, gains_table
from reports.pages.leaders import leaders_table
from reports.pages.plots import plots
from reports.pages.replay_words import replay_fact
from reports.pages.reproduce import reproduce_command
from reports.pages.table import make_table

MAX_ROWS: Final = 1000
"""Evaluations shown on the page; all are in the CSV beside it."""

MAX_FILE: Final = 4_000_000
"""Bytes above which a file of the record is left to DVC and not copied into the site."""

FINAL_FILE: Final = "final.json"
"""Name of the final scores beside the page."""

FILES: Final = {
    layout.RUN: "identity, settings, counts, cost, provenance, flags",
    layout.SPACE: "search space in CANDLE's format",
    layout.EVALUATIONS: "every evaluation, failed ones too",
    layout.GENERATIONS: "one row a generation",
    layout.BEST: "best evaluation with its hyperparameters",
    layout.JOURNAL: "journal as it was written during the search",
    layout.MANIFEST: "SHA-256 of the files above, for sha256sum --check",
}


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Runs that the page leads to: the ones before and after it in the order of tables, and those of the same pair."""

    previous: RunInfo | None
    following: RunInfo | None
    siblings: Sequence[RunInfo]


def run_page(
    record: Record,
    folder: Path,
    figures: Sequence[Path],
    neighbours: Neighbours,
    final: FinalScores | None = None,
    gains: Sequence[Gained] = (),
) -> RunPage:
    """The page of ``record``, whose files are in ``folder`` and whose figures are in the folders ``figures``.

    Args:
        record: The record.
        folder: Its folder in the archive.
        figures: Folders of its figures.
        neighbours: Runs that the page leads to.
        final: Its final scores.
        gains: What it gained, see :func:`reports.analysis.gained.gained`.
    """
    run = record.run
    here = addresses.run_folder(run)
    evaluations, left_out = _evaluations(record)
    return RunPage(
        page=Page(
            title=text.page_title(run.model, run.dataset, run.size, run.run),
            root=addresses.root(here),
            crumbs=(
                Link("Home", addresses.page("", of=here)),
                Link("Runs", addresses.page(addresses.RUNS, of=here)),
                Link(run.model, addresses.page(addresses.model_folder(run.model), of=here)),
                Link(run.dataset, addresses.page(addresses.dataset_folder(run.dataset), of=here)),
            ),
            boost=0.5,
            previous=_step(neighbours.previous, here),
            following=_step(neighbours.following, here),
        ),
        model=run.model,
        dataset=run.dataset,
        size=run.size,
        run=run.run,
        key=run.key,
        synthetic=synthetic_share([run]),
        imported_from=words.source_name(Collection.of(run)) if Collection.of(run).imported else "",
        verdict=words.verdict(run),
        facts=_facts(record, gains),
        flags=[_flag(flag, here) for flag in run.flags],
        notes=run.notes,
        plots=[plot for drawn in figures for plot in plots(drawn, _stem(run))],
        absent=[reason for drawn in figures for reason in read_absent(drawn)],
        best=_best(record),
        best_json=text.compact_json(best_settings(run)),
        leaders=leaders_table(record),
        gains=gains_table(gains, here),
        gains_about=gains_sentence(gains),
        final=None if final is None else _final(final),
        evaluations=evaluations,
        left_out=left_out,
        generations=_generations(record.generations),
        space=_space(record),
        settings=[Fact(name, _setting(value)) for name, value in sorted(run.settings.items())],
        provenance=_provenance(run),
        files=_files(run, folder),
        command=reproduce_command(record),
        siblings=[
            Link(_sibling_text(other), addresses.page(addresses.run_folder(other), of=here))
            for other in neighbours.siblings
        ],
    )


def _final(final: FinalScores) -> FinalView:
    found = scored(final)
    return FinalView(sentence(found), scores_table(found), trainings_table(found), FINAL_FILE)


def _facts(record: Record, gains: Sequence[Gained]) -> list[Fact]:
    run = record.run
    loss, gain, cost = best_loss(run), gain_over_default(run), run.cost
    facts = [Fact("Best " + loss_label(run), "none" if loss is None else text.significant(loss), "lower is better")]
    if run.optimum is not None:
        facts.append(Fact("Announced " + loss_label(run), *words.announced(run.optimum)))
    if gain is not None:
        note = _with_verdict("(default − best) / default", run, gains, "default")
        facts.append(Fact("Gain over the default", text.percent(gain, signed=True), note))
    evolved = first_best_to_best(record.generations)
    if evolved is not None and loss is not None:
        note = _with_verdict("its best to the best bred", run, gains, "first")
        facts.append(Fact("Gain over the first generation", text.percent(evolved), note))
    facts.append(Fact("Evaluations", text.count(run.counts.evaluations), _reused(run)))
    if cost.busy_seconds is not None:
        idle = idle_share(run)
        note = "" if idle is None else f"workers idle {idle:.0%} of the time".replace("%", " %")
        facts.append(Fact("Time in evaluations", text.duration(cost.busy_seconds), note))
    return [*facts, replay_fact(run)]


def _with_verdict(note: str, run: RunInfo, gains: Sequence[Gained], start: str) -> str:
    """``note`` with the verdict on that gain; it is about the announced loss where leaders were trained again."""
    verdict = gain_note(gains, start)
    if not verdict:
        return note
    return f"{note}; {verdict}" if run.optimum is None else f"{note}; of the announced loss: {verdict}"


def _reused(run: RunInfo) -> str:
    reused = run.counts.reused
    return f"{reused:,} repeat{'s' if reused != 1 else ''} not trained again" if reused else ""


def _flag(flag: Flag, here: str) -> FlagView:
    return FlagView(
        name=flag.flag,
        weight=weight(flag.flag).label,
        explanation=flag.explanation,
        evidence=evidence_text(flag.evidence),
        href=addresses.page(addresses.AUDIT, of=here, anchor=flag.flag),
    )


def _best(record: Record) -> Table | None:
    run = record.run
    settings, recommended = best_settings(run), chosen(run)
    if not settings or recommended is None:
        return None
    default = {} if run.baseline is None else run.baseline.hyperparameters
    searched, values = _searched(record), recommended.hyperparameters
    shown = {name: value for name, value in values.items() if name in settings or name in searched}
    rows = [
        Row(
            [
                Cell(name),
                Cell(text.value_text(value), strong=True),
                Cell(text.value_text(default[name]) if name in default else ""),
                Cell(searched.get(name, "held constant")),
            ]
        )
        for name, value in shown.items()
    ]
    columns = [Column("hyperparameter", "hyperparameter"), Column("best", "best", numeric=True)]
    columns += [Column("default", "default", numeric=True), Column("searched", "searched", wide=True)]
    return make_table("best-table", "Best hyperparameters", columns, rows, interactive=False)


def _searched(record: Record) -> dict[str, str]:
    """What was searched of each axis, in words."""
    if record.space is None:
        return dict.fromkeys(record.axes, "range not recorded")
    return {axis.name: _axis_range(axis) for axis in record.space.axes}


def _axis_range(axis: Any) -> str:
    if axis.kind in ("float", "int"):
        scale = ", log scale" if axis.log_scale else ""
        return f"{text.plain(axis.lower)} to {text.plain(axis.upper)}{scale}"
    if axis.kind == "logical":
        return "false, true"
    return ", ".join(str(value) for value in axis.values)


_LABELS: Final = {
    "evaluation": ("#", "number of the evaluation"),
    "generation": ("gen", "generation, from 0"),
    "origin": ("origin", "how the search came to it"),
    "status": ("status", "what happened, see Methods"),
    "val_loss": ("val_loss ↓", "the objective, lower is better"),
    "val_mse": ("MSE ↓", "mean squared error on the validation part"),
    "val_rmse": ("RMSE ↓", "root of the mean squared error"),
    "val_pcc": ("PCC ↑", "Pearson correlation"),
    "val_scc": ("SCC ↑", "Spearman correlation"),
    "val_r2": ("R² ↑", "coefficient of determination"),
    "epochs_run": ("epochs", "epochs or boosting rounds trained"),
    "best_epoch": ("best epoch", "epoch whose weights were scored"),
    "seed": ("seed", "seed of the training"),
    "worker": ("worker", "number of the worker"),
    "walltime": ("seconds", "seconds from start to result"),
    "parents": ("parents", "evaluations that it was bred from; of a replicate the one that it repeats"),
    "message": ("message", "why it is not ok"),
    "recovered": ("recovered", "hyperparameters whose value was found in another file of the source"),
}
_LEFT_TO_CSV: Final = frozenset({"started", "seed", "val_mse"})
_NOT_SHOWN: Final = frozenset({"finished", "log_time"})
_CHOICES: Final = frozenset({"generation", "origin", "status"})
_TEXT_COLUMNS: Final = frozenset({"origin", "status", "parents", "message", "recovered"})


def _evaluations(record: Record) -> tuple[Table, int]:
    table = record.evaluations
    left_out = max(0, len(table) - MAX_ROWS)
    if left_out:
        ranked = table.assign(_behind=table["status"] != Status.OK).sort_values(["_behind", "val_loss"], kind="stable")
        table = ranked.head(MAX_ROWS).drop(columns="_behind").sort_values("evaluation", kind="stable")
    values = _contents(table[_reading_order(table.columns)], _LEFT_TO_CSV)
    columns = [_evaluation_column(name, table[name], record.axes) for name in values]
    cells = [_cells(name, values[name], column) for name, column in zip(values, columns, strict=True)]
    numbers = [int(number) for number in table["evaluation"]]
    rows = [Row(row, id=f"evaluation-{number}") for number, row in zip(numbers, zip(*cells, strict=True), strict=True)]
    return Table(
        "evaluations-table", f"Evaluations of {words.run_name(record.run)}", columns, rows, tall=True
    ), left_out


def _reading_order(names: Iterable[str]) -> list[str]:
    """Status and loss before the hyperparameters, so that they are seen without scrolling; else as in the CSV."""
    first = ("evaluation", "generation", "origin", "status", "val_loss")
    return [*first, *(name for name in names if name not in first)]


def _contents(table: pd.DataFrame, hidden: Container[str]) -> dict[str, list[Any]]:
    """Values by column, without the columns that hold nothing or are ``hidden``; what is unknown is ``None``."""
    columns = {name: [plain_cell(value) for value in table[name].tolist()] for name in table.columns}
    return {
        name: values
        for name, values in columns.items()
        if name not in hidden and any(value is not None and value != "" for value in values)
    }


def _evaluation_column(name: str, values: pd.Series, axes: Sequence[str]) -> Column:
    if name in axes:
        return Column(name, name, numeric=values.dtype.kind in "iuf", note="hyperparameter")
    label, note = _LABELS.get(name, (name, ""))
    return Column(
        name,
        label,
        numeric=name not in _TEXT_COLUMNS,
        choice="value" if name in _CHOICES else "",
        note=note,
        wide=name == "message",
    )


def _cells(name: str, values: Sequence[Any], about: Column) -> list[Cell]:
    digits = 4 if name in ("val_loss", *METRICS) else 3
    return [_cell(value, digits, about) for value in values]


def _cell(value: Any, digits: int, about: Column) -> Cell:
    if value is None or value == "":
        return Cell("", value="" if about.numeric else None)
    if isinstance(value, float):
        return Cell(text.plain(value, digits), value=repr(value))
    if isinstance(value, bool):
        return Cell(str(value).lower())
    return Cell(str(value))


def _generations(generations: pd.DataFrame) -> Table | None:
    if generations.empty:
        return None
    values = _contents(generations, _NOT_SHOWN)
    columns = [Column(name, name.replace("_", " "), numeric=True) for name in values]
    cells = [_cells("val_loss", values[name], column) for name, column in zip(values, columns, strict=True)]
    rows = [Row(row) for row in zip(*cells, strict=True)]
    return Table(
        "generations-table", "Losses of each generation; the default is none of them", columns, rows, interactive=False
    )


def _space(record: Record) -> Table | None:
    if record.space is None:
        return None
    columns = [Column("name", "name"), Column("type", "type"), Column("searched", "values searched", wide=True)]
    rows = [Row([Cell(axis.name), Cell(axis.kind), Cell(_axis_range(axis))]) for axis in record.space.axes]
    rows += [
        Row([Cell(name), Cell("constant"), Cell(text.value_text(value))])
        for name, value in record.space.constants.items()
    ]
    return Table("space-table", "Search space", columns, rows, interactive=False)


def _setting(value: Any) -> Markup:
    return text.escape("none") if value is None else text.value_text(value)


def _provenance(run: RunInfo) -> list[Fact]:
    source, made = run.source, run.provenance
    digest = run.release.digest
    facts = [
        ("Protocol", protocol_text(run), f"scored: {run.protocol.selection}" if run.protocol.selection else ""),
        ("Release of the data", run.release.name, f"SHA-256 {digest[:12]}…" if digest else "digest not recorded"),
        ("Seed", run.seed, "found by replaying the search" if run.replay is not None else ""),
        ("Started", run.times.started, ""),
        ("Finished", run.times.finished, ""),
        ("Launcher", made.launcher, "" if made.mpi_size is None else f"{made.mpi_size} MPI processes"),
        ("Workers", run.cost.workers, "" if not run.cost.starts else f"{run.cost.starts} start(s)"),
        ("Devices", ", ".join(made.devices), ""),
        ("Commit", made.commit, "with uncommitted changes" if made.dirty else ""),
        ("Software", ", ".join(f"{name} {version}" for name, version in sorted(made.software.items())), ""),
        ("Source", source.name, "" if not source.commit else f"commit {source.commit[:12]}"),
        ("Folder in the source", source.path, ""),
        ("Not in the source's table", ", ".join(run.unrecorded), ""),
        ("Recovered", "; ".join(f"{name}: {where}" for name, where in run.recovered.items()), ""),
        ("Private texts removed", ", ".join(f"{number} {kind}" for kind, number in source.removed.items()), ""),
    ]
    return [Fact(label, str(value), note) for label, value, note in facts if value not in (None, "")]


def _files(run: RunInfo, folder: Path) -> list[FileView]:
    views = []
    for name, about in FILES.items():
        path = folder / name
        if not path.is_file():
            continue
        size = path.stat().st_size
        here = size <= MAX_FILE
        views.append(
            FileView(
                name=name,
                href=name if here else "",
                save_as=f"{_stem(run)}-{name}",
                size=text.file_size(size),
                about=about if here else f"{about}; with dvc pull, see below",
            )
        )
    return views


def _stem(run: RunInfo) -> str:
    """What names of downloaded files begin with."""
    return f"{run.model}-{run.dataset}-{run.size}-{run.run}"


def _sibling_text(run: RunInfo) -> str:
    loss = best_loss(run)
    return f"{run.size}, {run.run}: " + ("no best" if loss is None else text.plain(loss))


def _step(run: RunInfo | None, here: str) -> Link | None:
    return None if run is None else Link(words.run_name(run), addresses.page(addresses.run_folder(run), of=here))
