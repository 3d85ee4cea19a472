"""``hyperparameters_hpo.json``, from which IMPROVE's cross-study workflow takes the hyperparameters of each dataset.

The file is an object of models, of datasets, of hyperparameters. The workflow looks a model up by the beginning of its
scripts' names (``<name>_train_improve.py``) and a dataset by the source it trains on, and passes ``learning_rate`` and
``batch_size`` on (https://github.com/JDACS4C-IMPROVE/IMPROVE, folder ``workflows``: ``csa_bruteforce_wf.py``, ``CSA``).
It has no room for where a value comes from, so nothing doubtful may enter: a cell is written whole or refused.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from hpo.archive.choice import choose
from hpo.archive.export.output import write_text
from hpo.archive.export.refusing import Exported, Refusal, check_refused
from hpo.archive.export.unfit import unfit
from hpo.archive.export.yardstick import Yardstick, yardstick
from hpo.archive.schema import RunInfo
from hpo.archive.store import HallOfFame
from hpo.archive.summaries import chosen
from hpo.evaluation import Value
from hpo.sizes import SIZES

SCRIPTS: Final = {"GraphDRP": "graphdrp", "LGBM": "lgbm", "DeepTTC": "deepttc", "Uno": "uno"}
"""Beginning of the names of a model's scripts where it isn't the name of the model."""

PASSED: Final = ("learning_rate", "batch_size")
"""What the workflow passes to the training."""

EPOCHS: Final = "epochs"
DOUBTS: Final = frozenset({"best-lost", "log-scale-ignored", "missing-evaluations", "plateau"})
"""Findings that don't keep a run out, since what it recommends was trained and measured all the same."""


@dataclass(frozen=True, slots=True)
class Cell:
    """The hyperparameters of a model on a dataset.

    Attributes:
        model: The model.
        dataset: The dataset that it is trained on.
        run: The run that recommends them; ``None`` if the cell is refused.
        hyperparameters: Values of what was searched, then ``epochs`` where the run fixed it; empty if refused.
        passed_over: Runs that are not fit to recommend anything, and why.
        refusal: Why there is no run; empty if there is one.
    """

    model: str
    dataset: str
    run: RunInfo | None
    hyperparameters: Mapping[str, Value]
    passed_over: tuple[tuple[RunInfo, str], ...] = ()
    refusal: str = ""

    @property
    def name(self) -> str:
        """The cell in words."""
        return f"{self.model} on {self.dataset}"


def export_improve_csa(hall: HallOfFame, runs: Sequence[RunInfo], output: Path, *, allow_missing: bool) -> Exported:
    """Write the cells of ``runs`` as ``hyperparameters_hpo.json``.

    Raises:
        Refused: A cell is refused and ``allow_missing`` is not set, or all are.
        BadData: A record can't be understood.
        StorageError: The file could not be written.
    """
    found = cells(hall, runs)
    kept = [cell for cell in found if cell.run is not None]
    refused = tuple(Refusal(cell.name, cell.refusal) for cell in found if cell.run is None)
    check_refused(refused, len(kept), "cells", allow_missing=allow_missing)
    write_text(output, json.dumps(workflow_json(kept), indent=4, allow_nan=False) + "\n")
    return Exported(len(kept), refused, (*(_origin(cell) for cell in kept), *_not_passed(kept)))


def workflow_json(kept: Iterable[Cell]) -> dict[str, dict[str, dict[str, Value]]]:
    """Content of the file: model -> dataset -> hyperparameters."""
    content: dict[str, dict[str, dict[str, Value]]] = defaultdict(dict)
    for cell in kept:
        content[SCRIPTS.get(cell.model, cell.model)][cell.dataset] = dict(cell.hyperparameters)
    return dict(content)


def cells(hall: HallOfFame, runs: Iterable[RunInfo]) -> list[Cell]:
    """One cell a model and dataset of ``runs``, sorted.

    Raises:
        BadData: A record can't be understood.
    """
    pairs: dict[tuple[str, str], list[RunInfo]] = defaultdict(list)
    for run in runs:
        pairs[run.model, run.dataset].append(run)
    return [_cell(hall, model, dataset, of_pair) for (model, dataset), of_pair in sorted(pairs.items())]


def _cell(hall: HallOfFame, model: str, dataset: str, runs: Sequence[RunInfo]) -> Cell:
    """The run that :func:`~hpo.archive.choice.choose` takes of those that are fit and compare.

    It has the lowest loss, not the largest size: sizes that share a yardstick differ in their budget only, and a
    larger one that found nothing better has no better answer. Sizes of other names are side experiments (fewer epochs,
    another population): they are taken only where no standard size is fit.
    """
    judged = [(run, unfit(hall, run)) for run in runs]
    fit = [run for run, reason in judged if not reason]
    fit = [run for run in fit if run.size in SIZES] or fit
    passed_over = tuple((run, reason) for run, reason in judged if reason)
    if not fit:
        reasons = "; ".join(f"{_short(run)}: {reason}" for run, reason in passed_over)
        return Cell(model, dataset, None, {}, passed_over, reasons)
    groups: dict[Yardstick, list[RunInfo]] = defaultdict(list)
    for run in fit:
        groups[yardstick(run)].append(run)
    if len(groups) > 1:
        return Cell(model, dataset, None, {}, passed_over, _rivals(groups.values()))
    best = choose(fit, model, dataset, lambda _: True).run
    return Cell(model, dataset, best, _values(best), passed_over)


def _values(run: RunInfo) -> dict[str, Value]:
    """Searched hyperparameters, and of the constants what the workflow has a parameter for; paths are no such thing."""
    best = chosen(run)
    assert best is not None
    constants = {name: run.fixed[name] for name in (*PASSED, EPOCHS) if run.fixed.get(name) is not None}
    values: dict[str, Any] = {name: value for name, value in best.hyperparameters.items() if name not in run.fixed}
    return values | constants


def _rivals(groups: Iterable[Sequence[RunInfo]]) -> str:
    described = [f"{', '.join(_short(run) for run in group)} ({_conditions(group[0])})" for group in groups]
    return f"not comparable: losses come about differently in {' and in '.join(described)}; name the runs to export"


def _conditions(run: RunInfo) -> str:
    protocol = run.protocol
    epochs = run.fixed.get(EPOCHS)
    parts = [f"release {run.release.name}", f"protocol {protocol.name}/{protocol.version}", f"split {run.split}"]
    return ", ".join([*parts, *([] if epochs is None else [f"{epochs} epochs"])])


def _short(run: RunInfo) -> str:
    return f"{run.size}/{run.run}"


def _origin(cell: Cell) -> str:
    """Where the values of ``cell`` come from, and what is better but could not be used."""
    run = cell.run
    assert run is not None
    best = chosen(run)
    assert best is not None
    doubts = [flag.flag for flag in run.flags if flag.flag in DOUBTS]
    better = [
        f"{_short(other)} is lower, but {reason}"
        for other, reason in cell.passed_over
        if yardstick(other) == yardstick(run) and _lowest(other) < _lowest(run)
    ]
    parts = [
        f"{_short(run)}, validation loss {best.val_loss:.4g}",
        *([f"findings {', '.join(doubts)}"] if doubts else []),
    ]
    return f"{cell.name}: {'; '.join([*parts, *better])}"


def _lowest(run: RunInfo) -> float:
    return math.inf if run.best is None or run.best.val_loss is None else run.best.val_loss


def _not_passed(kept: Sequence[Cell]) -> list[str]:
    """What the workflow doesn't pass on or lacks, a sentence a model."""
    notes = []
    for model in dict.fromkeys(cell.model for cell in kept):
        of_model = [cell for cell in kept if cell.model == model]
        names = list(dict.fromkeys(name for cell in of_model for name in cell.hyperparameters))
        ignored = [name for name in names if name not in (*PASSED, EPOCHS)]
        missing = [name for name in PASSED if name not in names]
        known = {cell.hyperparameters[EPOCHS] for cell in of_model if EPOCHS in cell.hyperparameters}
        if ignored:
            notes.append(f"{model}: the workflow passes no {', '.join(ignored)}; set it in the model's parameter file")
        if missing:
            notes.append(f"{model}: no {', '.join(missing)} was searched; the brute-force workflow stops without it")
        if len(known) > 1:
            epochs = ", ".join(map(str, sorted(known, key=float)))
            notes.append(f"{model}: tuned for {epochs} epochs, depending on the dataset; the workflow knows one number")
    return notes
