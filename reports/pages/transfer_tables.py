"""Tables of the page of transfers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from hpo.archive.final import DEFAULT
from hpo.archive.schema import RunInfo
from hpo.archive.transfer import TransferScores
from reports.analysis.spread import Spread
from reports.analysis.transfer import UNIFORM, Regret, Transfer
from reports.analysis.transfer_estimate import TransferEstimate
from reports.pages import addresses, words
from reports.pages.context import Cell, Column, Row, Table
from reports.pages.table import make_table, number_cell, percent_cell

HERE: Final = addresses.TRANSFER
"""Folder of the page."""


def file_name(scores: TransferScores) -> str:
    """Name of the file of ``scores`` on the site."""
    return f"{scores.model}-{scores.size}.transfer.json"


def owner(candidate: str) -> str:
    """The candidate of that name in words."""
    return "the defaults" if candidate == DEFAULT else f"the optimum of {candidate}"


def regrets_table(found: Transfer, by_key: Mapping[str, RunInfo], file: str) -> Table:
    """Loss and regret of every candidate on every dataset; numbers lead to ``file``."""
    columns = [
        Column("candidate", "optimum of", choice="value"),
        Column("dataset", "trained on", choice="value"),
        Column("loss", "val_loss ↓", numeric=True, note="mean over trainings"),
        Column("regret", "regret, %", numeric=True, note="above the own optimum of the dataset, paired by seed"),
        Column("low", "from", numeric=True, note="95 % interval over seeds"),
        Column("high", "to", numeric=True),
        Column("n", "pairs", numeric=True),
        Column("test", "test MSE ↓", numeric=True, note="mean over trainings"),
        Column("failed", "failed", numeric=True, note="trainings without a loss"),
        Column("dead", "dead", numeric=True, note="trainings that gave a dead network"),
    ]
    rows = []
    for name in found.candidates:
        for dataset in found.datasets:
            one = found.regrets.get((name, dataset))
            rows.append(
                Row([_candidate(found, name, by_key), Cell(dataset), *_regret_cells(one, name == dataset, file)])
            )
    caption = f"Losses and regrets of {found.scores.model}, {found.scores.size}"
    return make_table(f"regrets-{found.scores.model}-{found.scores.size}", caption, columns, rows)


def _candidate(found: Transfer, name: str, by_key: Mapping[str, RunInfo]) -> Cell:
    uniform = " (best on average)" if name == found.scores.uniform else ""
    if name not in found.datasets:
        return Cell(f"{name}{uniform}", value=name)
    href = addresses.page(addresses.run_folder(by_key[found.run(name)]), of=HERE)
    return Cell(f"{name}{uniform}", value=name, href=href)


def _regret_cells(one: Regret | None, own: bool, file: str) -> list[Cell]:
    if one is None:
        return [Cell("not trained", value=""), *(Cell("", value="") for _ in range(7))]
    low, high = one.interval or (None, None)
    return [
        number_cell(one.loss, href=file),
        Cell("own", value="0") if own else percent_cell(one.regret, signed=True),
        Cell("", value="") if own else percent_cell(low, signed=True),
        Cell("", value="") if own else percent_cell(high, signed=True),
        Cell("" if one.above is None else str(one.above.pairs)),
        number_cell(one.test, href=file),
        Cell(str(one.failed) if one.failed else ""),
        Cell(str(one.dead) if one.dead else ""),
    ]


def tailored_table(found: Transfer, file: str) -> Table:
    """Tailored against each uniform configuration, by dataset and over all."""
    columns = [
        Column("uniform", "against", choice="value"),
        Column("dataset", "dataset", choice="value"),
        Column("gain", "gain of tailoring, %", numeric=True, note="share of the uniform loss that tailoring saves"),
        Column("low", "from", numeric=True, note="95 % interval of Student's t on the logarithms"),
        Column("high", "to", numeric=True),
        Column("n", "n", numeric=True, note="pairs of trainings; in the last row datasets"),
        Column("wins", "pairs won", numeric=True, note="pairs in which the tailored loss is lower"),
    ]
    rows = []
    for one in found.against:
        label = f"{one.uniform} ({owner(one.candidate)})" if one.uniform == UNIFORM else "defaults"
        overall = [] if one.overall is None else [("all datasets", one.overall)]
        for dataset, effect in [*one.effects.items(), *overall]:
            rows.append(
                Row(
                    [
                        Cell(label, href=file),
                        Cell(dataset, strong=dataset == "all datasets"),
                        percent_cell(effect.gain, signed=True),
                        percent_cell(effect.low, signed=True),
                        percent_cell(effect.high, signed=True),
                        Cell(str(effect.pairs)),
                        Cell(str(effect.wins)),
                    ]
                )
            )
    caption = f"Tailored against uniform hyperparameters of {found.scores.model}, {found.scores.size}"
    name = f"tailored-{found.scores.model}-{found.scores.size}"
    return make_table(name, caption, columns, rows, interactive=False)


_CLEAR: Final = {True: "above the error", False: "within the error"}


def estimates_table(found: TransferEstimate, name: str) -> Table:
    """Estimated regrets with the quality of the forest behind each; ``name`` tells tables apart."""
    columns = [
        Column("source", "optimum of", choice="value"),
        Column("target", "on", choice="value"),
        Column("regret", "estimated regret, %", numeric=True, note="above the own optimum, as the forest sees both"),
        Column("verdict", "verdict", wide=True),
        Column("error", "forest's error, %", numeric=True, note="on the better half of points it was not grown on"),
        Column("r2", "R²", numeric=True, note="out of bag, on the logarithm of the loss"),
        Column("rank", "ρ", numeric=True, note="Spearman's rank correlation, out of bag"),
        Column("better", "ρ of the better half", numeric=True),
        Column("points", "points", numeric=True, note="distinct points"),
    ]
    rows = []
    for one in found.estimates:
        if one.source == one.target:
            continue
        quality = found.qualities.get(one.target)
        run = found.runs[one.source]
        rows.append(
            Row(
                [
                    Cell(one.source, href=addresses.page(addresses.run_folder(run), of=HERE)),
                    Cell(one.target, href=addresses.page(addresses.run_folder(found.runs[one.target]), of=HERE)),
                    percent_cell(one.regret, signed=True),
                    Cell(f"refused: {one.refusal}" if one.refusal else _CLEAR[one.clear]),
                    percent_cell(None if quality is None else quality.error),
                    number_cell(None if quality is None else round(quality.r2, 3)),
                    number_cell(None if quality is None else round(quality.rank, 3)),
                    number_cell(None if quality is None else round(quality.better_rank, 3)),
                    Cell("" if quality is None else str(quality.points)),
                ]
            )
        )
    return make_table(f"estimates-{name}", f"Estimated regrets of {found.model}", columns, rows)


def spreads_table(spreads: Sequence[Spread], by_key: Mapping[str, RunInfo]) -> Table:
    """One row a model and collection."""
    columns = [
        Column("model", "model", choice="value"),
        Column("source", "data"),
        Column("n", "datasets", numeric=True),
        Column("between", "between datasets, %", numeric=True, note="standard deviation over datasets"),
        Column("noise", "between trainings, %", numeric=True, note="of the same hyperparameters"),
        Column("noises", "datasets with noise", numeric=True),
        Column("ratio", "ratio", numeric=True, note="times that the first exceeds the second"),
        Column("kind", "losses", choice="value"),
    ]
    rows = [
        Row(
            [
                Cell(one.model, href=addresses.page(addresses.model_folder(one.model), of=HERE)),
                Cell(words.heading(one.collection)),
                Cell(str(len(one.runs)), href=addresses.page(addresses.run_folder(by_key[one.runs[0]]), of=HERE)),
                percent_cell(one.between),
                percent_cell(one.noise),
                Cell(str(one.noises) if one.noises else ""),
                number_cell(None if one.ratio is None else float(f"{one.ratio:.2g}")),
                Cell("fresh seeds" if one.measured else "lowest of the search"),
            ]
        )
        for one in spreads
    ]
    return make_table(
        "spreads-table", "Spread between datasets and between trainings", columns, rows, interactive=False
    )
