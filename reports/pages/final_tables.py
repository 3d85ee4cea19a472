"""Final scores as tables: of one run on its page, and of all runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from hpo.archive.final import BEST, DEFAULT
from hpo.archive.schema import RunInfo
from reports.analysis.comparison import Effect
from reports.analysis.final import TEST, VALIDATION, Score, Scored
from reports.analysis.transfer import Transfer
from reports.pages import addresses, text
from reports.pages.context import Cell, Column, Row, Table
from reports.pages.table import make_table, number_cell, pair_cells, percent_cell

LABELS: Final = {
    "val_mse": ("val MSE ↓", "mean squared error on the validation part"),
    "test_mse": ("test MSE ↓", "mean squared error on the test part"),
    "test_pcc": ("test PCC ↑", "Pearson correlation on the test part"),
    "test_scc": ("test SCC ↑", "Spearman correlation on the test part"),
    "test_r2": ("test R² ↑", "coefficient of determination on the test part"),
}
NAMES: Final = {BEST: "tuned", DEFAULT: "default", "mean": "mean predictor", "additive": "additive predictor"}
"""Candidates and reference predictors as pages call them."""


def scores_table(found: Scored) -> Table:
    """Mean and standard deviation of every candidate, and the reference predictors."""
    columns = [Column("candidate", "hyperparameters"), Column("n", "trainings", numeric=True)]
    columns += [Column(metric, LABELS[metric][0], numeric=True, note=LABELS[metric][1]) for metric in found.metrics]
    rows = [
        Row(
            [
                Cell(NAMES[one.name], strong=one.name == BEST),
                Cell(str(len(one.trainings))),
                *(_score_cell(found.score(one.name, metric)) for metric in found.metrics),
            ]
        )
        for one in found.scores.candidates
    ]
    rows += [
        Row([Cell(NAMES.get(name, name)), Cell("", value=""), *(number_cell(values.get(m)) for m in found.metrics)])
        for name, values in found.scores.references.items()
    ]
    return make_table("final-table", "Final scores: mean ± standard deviation", columns, rows, interactive=False)


def trainings_table(found: Scored) -> Table:
    """Every training."""
    columns = [Column("candidate", "hyperparameters"), Column("seed", "seed", numeric=True), Column("status", "status")]
    columns += [Column(metric, LABELS[metric][0], numeric=True, note=LABELS[metric][1]) for metric in found.metrics]
    columns.append(Column("message", "message", wide=True))
    rows = [
        Row(
            [
                Cell(NAMES[one.name]),
                Cell(str(training.seed)),
                Cell(training.status),
                *(number_cell(training.metrics.get(metric)) for metric in found.metrics),
                Cell(training.message),
            ]
        )
        for one in found.scores.candidates
        for training in one.trainings
    ]
    return make_table("final-trainings", "Trainings behind the final scores", columns, rows, interactive=False)


def sentence(found: Scored) -> str:
    """What came of tuning, on the test part where that is known, in a sentence."""
    for metric, part in ((TEST, "test"), (VALIDATION, "validation")):
        effect = found.tuned.get(metric)
        if effect is not None:
            return (
                f"On the {part} part, the mean squared error of the tuned hyperparameters is {gain_text(effect)} than "
                "that of the defaults with the same seeds."
            )
    return "No training of the tuned and of the default hyperparameters can be compared."


def gain_text(effect: Effect, unit: str = "trainings") -> str:
    """By how much a loss fell, with interval and n: ``4.2 % lower (95 % interval 1.1 % to 7.2 %, n = 3 trainings)``."""
    gain = f"{text.percent(abs(effect.gain))} {'lower' if effect.gain >= 0 else 'higher'}"
    if effect.low is None or effect.high is None:
        return f"{gain} (n = {effect.pairs}, so no interval)"
    ends = f"{text.percent(effect.low, signed=True)} to {text.percent(effect.high, signed=True)}"
    return f"{gain} (95 % interval of the gain {ends}, n = {effect.pairs} {unit})"


def finals_table(finals: Sequence[tuple[RunInfo, Scored]], transfers: Mapping[str, Transfer], folder: str) -> Table:
    """One row a run with final scores: what it announced, and what fresh seeds and other optima make of it.

    Args:
        finals: Runs with their final scores.
        transfers: Transfer by the key of the run that stands for a dataset in it.
        folder: Folder of the page.
    """
    columns = [
        Column("model", "model", choice="value"),
        Column("dataset", "dataset", choice="value"),
        Column("size", "size", choice="value"),
        Column("run", "run"),
        Column("searched", "search's best ↓", numeric=True, note="lowest validation loss of the search"),
        Column("tuned_val", "tuned, validation ↓", numeric=True, note="val MSE, mean ± standard deviation"),
        Column("tuned_test", "tuned, test ↓", numeric=True, note="test MSE, mean ± standard deviation"),
        Column("default_test", "default, test ↓", numeric=True, note="test MSE, mean ± standard deviation"),
        Column("additive", "additive, test ↓", numeric=True, note="a mean effect of each cell line and drug"),
        Column("gain", "gain on test, %", numeric=True, note="of tuned over default, paired by seed"),
        Column("low", "from", numeric=True, note="95 % interval over seeds"),
        Column("high", "to", numeric=True),
        Column("n", "n", numeric=True, note="pairs of trainings"),
        Column("others", "worst other optimum, %", numeric=True, note="highest regret of another dataset's optimum"),
    ]
    rows = []
    for run, found in finals:
        effect = found.tuned.get(TEST)
        additive = found.scores.references.get("additive", {}).get(TEST)
        searched = None if run.best is None else run.best.val_loss
        rows.append(
            Row(
                [
                    *pair_cells(run, folder),
                    number_cell(searched),
                    _score_cell(found.score(BEST, VALIDATION)),
                    _score_cell(found.score(BEST, TEST)),
                    _score_cell(found.score(DEFAULT, TEST)),
                    number_cell(additive),
                    percent_cell(None if effect is None else effect.gain, signed=True),
                    percent_cell(None if effect is None else effect.low, signed=True),
                    percent_cell(None if effect is None else effect.high, signed=True),
                    Cell("" if effect is None else str(effect.pairs)),
                    percent_cell(_worst(transfers.get(run.key), run.dataset), signed=True),
                ]
            )
        )
    linked = [
        _linked(row, addresses.page(addresses.run_folder(run), of=folder, anchor="final-scores"))
        for row, (run, _) in zip(rows, finals, strict=True)
    ]
    return make_table("finals-table", "Final scores of all runs", columns, linked)


def _linked(row: Row, href: str) -> Row:
    """``row`` whose numbers lead to the run's final scores."""
    first, rest = list(row.cells[:4]), row.cells[4:]
    return Row([*first, *(Cell(cell.text, cell.value, href if cell.text else "", cell.parts) for cell in rest)])


def _worst(found: Transfer | None, dataset: str) -> float | None:
    if found is None:
        return None
    others = [one.regret for (name, at), one in found.regrets.items() if at == dataset and name in found.datasets]
    return max((regret for regret in others if regret is not None), default=None)


def _score_cell(score: Score | None) -> Cell:
    if score is None:
        return Cell("", value="")
    spread = "" if score.deviation is None else f" ± {text.plain(score.deviation, 2)}"
    return Cell(f"{text.plain(score.mean)}{spread}", value=repr(score.mean))
