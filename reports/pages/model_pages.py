"""The list of models, and a page for each: what it is, its best on every dataset, its space, how to search it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from hpo.archive.schema import RunInfo
from hpo.archive.summaries import chosen
from hpo.catalogue import MODEL_CARDS, ModelCard
from hpo.space import Axis, Constant, Space, read_space
from hpo.space.builtin import PUBLISHED, builtin_spaces
from hpo.strict_json import read_json
from reports.analysis.comparable import UNKNOWN_RELEASE, synthetic_share
from reports.analysis.order import DATASETS, sorted_datasets
from reports.analysis.overview import Cell as Pair
from reports.analysis.overview import Overview, best_loss, best_settings, is_dead, overviews
from reports.pages import addresses, blocks, text, words
from reports.pages.context import Cell, Column, Fact, ListPage, Page, ReportPage, Row, Section, Table
from reports.pages.list_pages import FEW, runs_table
from reports.pages.members import (
    NO_RUN,
    get_data_command,
    left_out_text,
    member_page,
    member_table,
    model_names,
    search_command,
    searchable,
)
from reports.pages.table import (
    OF_THE_SETTINGS,
    default_cell,
    flags_cell,
    make_table,
    recommended_cell,
    recommended_gain_cell,
    run_cell,
)


def models_page(runs: Sequence[RunInfo]) -> ListPage:
    """The list of models."""
    titles = {name: card.title for name, card in MODEL_CARDS.items()}
    return ListPage(
        page=Page('"Models"', addresses.root(addresses.MODELS), contents=False),
        heading="Models",
        lead="Cancer drug-response models; each page has the best settings found on every dataset, ready to copy.",
        sections=[("", "", member_table("model", model_names(runs), titles, runs))],
        synthetic=synthetic_share(runs),
    )


def model_page(model: str, runs: Sequence[RunInfo], worth: Sequence[Section] = ()) -> ReportPage:
    """The page of ``model``, one of :func:`reports.pages.members.model_names`.

    Args:
        model: The model.
        runs: All runs of the archive.
        worth: Sections on what tailoring hyperparameters is worth, below the best settings.
    """
    folder = addresses.model_folder(model)
    own = [run for run in runs if run.model == model]
    card = MODEL_CARDS.get(model)
    sections = [_best(overview, folder) for overview in overviews(own)] + list(worth)
    if card is not None:
        sections.append(Section("What it is", html=blocks.pairs(_about(card))))
    sections += _spaces(model)
    if searchable(model):
        sections.append(_search(model, own))
    if own:
        sections.append(Section("All runs", tables=[runs_table(own, folder, "runs-table", drop=("model",))]))
    return ReportPage(
        page=member_page(model, model_names(runs), "Models", addresses.MODELS),
        heading=model,
        lead=_lead(model, card, own),
        sections=sections,
        synthetic=synthetic_share(own),
    )


def _lead(model: str, card: ModelCard | None, own: Sequence[RunInfo]) -> str:
    what = f"{card.title}. {card.summary}" if card is not None else f"{model} is a drug-response model."
    if own:
        return what
    return f"{what} No search of it is in this archive yet."


def _about(card: ModelCard) -> list[Fact]:
    facts = [
        Fact("Reference", card.citation),
        Fact("DOI", blocks.doi(card.doi)),
        Fact("Licence", card.licence),
        Fact("Reads", ", ".join(card.inputs)),
        Fact("Needs", ", ".join(card.packages)),
    ]
    return [fact for fact in facts if fact.value]


def _best(overview: Overview, folder: str) -> Section:
    pairs = [overview.cells[overview.models[0], dataset] for dataset in overview.datasets]
    complete = not overview.collection.synthetic and overview.collection.release != UNKNOWN_RELEASE
    missing = [name for name in DATASETS if complete and name not in overview.datasets]
    return Section(
        f"Best settings: {words.heading(overview.collection)}",
        about=[*([left] if (left := left_out_text(overview)) else []), _more_of_the_optimum(folder)],
        tables=[_optima(pairs, missing, folder, f"best-table-{overview.collection.id}")],
        below=_copies(pairs),
    )


def _more_of_the_optimum(folder: str) -> Markup:
    link = blocks.inside(addresses.page(addresses.OPTIMUM, of=folder), "Optimum")
    return Markup("Which other values are as good, and how the best moves with the dataset: see {}.").format(link)


def _copies(pairs: Sequence[Pair]) -> Markup:
    """The best settings of each pair as JSON, folded away."""
    parts = [
        Markup("<p><strong>{}</strong>, from {}:</p>\n{}").format(
            text.escape(pair.run.dataset),
            text.escape(f"{pair.run.size}, {pair.run.run}"),
            blocks.code(text.compact_json(best_settings(pair.run))),
        )
        for pair in pairs
        if best_loss(pair.run) is not None
    ]
    return blocks.more("As JSON, ready to use; numbers are exact", Markup("\n").join(parts)) if parts else Markup("")


def _optima(pairs: Sequence[Pair], missing: Sequence[str], folder: str, name: str) -> Table:
    """Best hyperparameters by dataset, with a row that says so for each dataset in ``missing``."""
    axes = list(dict.fromkeys(axis for pair in pairs for axis in _settings(pair.run)))
    columns = [Column("dataset", "dataset"), *(Column(axis, axis, numeric=True) for axis in axes)]
    columns += [
        Column("val_loss", "val_loss ↓", numeric=True, note=OF_THE_SETTINGS),
        Column("default", "default ↓", numeric=True),
    ]
    columns += [Column("gain", "gain", numeric=True), Column("n", "n", numeric=True, note="evaluations of the run")]
    columns += [Column("run", "run"), Column("flags", "flags", choice="parts", wide=True)]
    rows = {pair.run.dataset: _optimum(pair.run, axes, folder) for pair in pairs}
    rows |= {dataset: _no_run(dataset, columns, folder) for dataset in missing}
    ordered = [rows[dataset] for dataset in sorted_datasets(rows)]
    return make_table(name, "Best hyperparameters on every dataset", columns, ordered, interactive=len(pairs) > FEW)


def _optimum(run: RunInfo, axes: Sequence[str], folder: str) -> Row:
    settings = _settings(run)
    return Row(
        [
            _dataset(run.dataset, folder),
            *(_setting(settings, axis) for axis in axes),
            recommended_cell(run, folder),
            default_cell(run),
            recommended_gain_cell(run),
            Cell(str(run.counts.evaluations)),
            run_cell(run, folder),
            flags_cell(run.flags),
        ]
    )


def _no_run(dataset: str, columns: Sequence[Column], folder: str) -> Row:
    cells = [Cell(NO_RUN) if column.name == "run" else Cell("", value="") for column in columns[1:]]
    return Row([_dataset(dataset, folder), *cells])


def _dataset(name: str, folder: str) -> Cell:
    return Cell(name, href=addresses.page(addresses.dataset_folder(name), of=folder))


def _settings(run: RunInfo) -> dict[str, Any]:
    """Hyperparameters of the best that were searched, unrecorded ones too; constants are on the run's page."""
    recommended = chosen(run)
    if recommended is None or is_dead(run):
        return {}
    return {name: value for name, value in recommended.hyperparameters.items() if name not in run.fixed}


def _setting(settings: dict[str, Any], axis: str) -> Cell:
    value = settings.get(axis)
    if value is None:
        return Cell("not recorded" if axis in settings else "", value="")
    if isinstance(value, float):
        return Cell(text.plain(value, 3), value=repr(value))
    return Cell(str(value).lower() if isinstance(value, bool) else str(value))


def _spaces(model: str) -> list[Section]:
    sections = []
    for name, path in builtin_spaces(model).items():
        published = name == PUBLISHED
        of_size = f" of {name}" if name and not published else ""
        heading = "Space of the published searches" if published else f"Default space{of_size}"
        about = (
            "What the published searches were allowed to try. Saved as a file, --space FILE searches it again."
            if published
            else "What a search tries where no other space is named with --space."
        )
        table = _space_table(read_space(path), f"space-{name or 'default'}", heading)
        file = blocks.more("As JSON in CANDLE's conventions", blocks.code(_space_text(path)))
        sections.append(Section(heading, about=[about], tables=[table], below=file))
    return sections


def _space_text(path: Any) -> str:
    return "[\n" + ",\n".join(f"  {text.compact_json(item, indent=None)}" for item in read_json(path)) + "\n]"


def _space_table(space: Space, name: str, caption: str) -> Table:
    columns = [Column("name", "hyperparameter"), Column("type", "type"), Column("law", "values", wide=True)]
    columns += [Column("scale", "scale"), Column("default", "default", numeric=True)]
    columns += [Column("why", "why", wide=True)]
    rows = [Row(_parameter(parameter)) for parameter in space.parameters]
    return make_table(name, caption, columns, rows, interactive=False)


def _parameter(parameter: Axis | Constant) -> list[Cell]:
    if isinstance(parameter, Constant):
        value = text.value_text(parameter.value)
        return [Cell(parameter.name), Cell(parameter.kind), Cell(value), Cell(""), Cell(value), Cell(parameter.comment)]
    return [
        Cell(parameter.name),
        Cell(parameter.kind),
        Cell(parameter.law),
        Cell(_scale(parameter)),
        Cell("" if parameter.default is None else text.value_text(parameter.default)),
        Cell(parameter.comment),
    ]


def _scale(axis: Axis) -> str:
    if axis.log_scale:
        return "logarithmic"
    return "linear" if axis.kind in ("float", "int") else ""


def _search(model: str, own: Sequence[RunInfo]) -> Section:
    searched = {run.dataset for run in own if run.source.kind == "cross-hpo"}
    dataset = next((name for name in DATASETS if name not in searched), DATASETS[0])
    lines = [
        "# what the model is and can be told",
        f"cross-hpo models {model}",
        "# the data, once",
        get_data_command(dataset),
        f"# a search, here on {dataset}",
        search_command(model, dataset),
        "# what it found",
        f"cross-hpo hof best {model} {dataset}",
    ]
    return Section("Search it", html=blocks.code("\n".join(lines)))
