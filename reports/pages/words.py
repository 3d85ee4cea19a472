"""Sentences about runs and collections; every number in them comes from the record."""

from __future__ import annotations

from hpo.archive.schema import Optimum, RunInfo
from hpo.evaluation import Status
from hpo.identifiers import is_identifier
from reports.analysis.comparable import UNKNOWN_RELEASE, Collection, loss_label
from reports.analysis.flags import Weight, weight
from reports.analysis.overview import baseline_loss, best_loss, constant_loss, gain_over_default
from reports.analysis.tables import failed
from reports.pages.text import plain


def run_name(run: RunInfo) -> str:
    """Model, dataset, size and name of a run."""
    return f"{run.model} on {run.dataset}, {run.size}, {run.run}"


def source_name(collection: Collection) -> str:
    """Where the runs of ``collection`` come from."""
    if not collection.imported:
        return "Own runs"
    commit = f" at {collection.commit[:7]}" if collection.commit else ""
    return f"{collection.source or collection.kind}{commit}"


def heading(collection: Collection) -> str:
    """Heading of the table of ``collection``, of ids only."""
    kind = "Own runs" if not collection.imported else f"Imported runs ({_import_name(collection)})"
    place = ", data not recorded" if collection.release == UNKNOWN_RELEASE else f" on {collection.release}"
    return kind + place


def _import_name(collection: Collection) -> str:
    commit = collection.commit[:7]
    return f"{collection.kind} {commit}" if commit and is_identifier(commit) else collection.kind


def verdict(run: RunInfo) -> str:
    """What came of ``run``, in one or two sentences."""
    counts = run.counts
    budget = counts.evaluations
    planned = f" of {counts.planned:,} planned" if counts.planned not in (None, budget) else ""
    first = f"{budget:,}{planned} evaluation{'s' if budget != 1 else ''}"
    lost = [
        f"{number:,} {what}"
        for number, what in (
            (counts.by_status.get(Status.DEGENERATE, 0), "with constant output"),
            (failed(run), "failed"),
        )
        if number
    ]
    if lost:
        first += f" ({', '.join(lost)})"
    loss = best_loss(run)
    if loss is None:
        constant = constant_loss(run)
        if constant is None:
            return f"{first}. None of them gave a loss, so this search has no best."
        return (
            f"{first}. All that gave a loss share one, {plain(constant)}, as a constant prediction does: the networks "
            "are dead, nothing was learnt, and this search has no best."
        )
    return f"{first}. The lowest {loss_label(run)} is {plain(loss)}{_where(run)}{_compared(run)}.{_again(run)}"


def doubts(run: RunInfo) -> str:
    """The flags that put the result of ``run`` in doubt, by name."""
    return ", ".join(flag.flag for flag in run.flags if weight(flag.flag) == Weight.RESULT)


def announced(optimum: Optimum) -> tuple[str, str]:
    """The loss of ``optimum`` with its standard deviation, and where it comes from."""
    times = len(optimum.trainings)
    spread = "" if optimum.std is None else f" ± {plain(optimum.std, 2)}"
    note = f"mean ± standard deviation of {times} trainings" if times > 1 else "of one training"
    return f"{plain(optimum.val_loss)}{spread}", f"{note} after the choice"


def _again(run: RunInfo) -> str:
    """What training leaders again came to."""
    if run.optimum is None:
        return ""
    loss, note = announced(run.optimum)
    return f" The settings announced are those of evaluation {run.optimum.evaluation}: {loss}, {note}."


def _where(run: RunInfo) -> str:
    best = run.best
    if best is None or best.evaluation is None:
        return ", which is in no row of the table"
    generation = "" if best.generation is None else f" in generation {best.generation}"
    return f", at evaluation {best.evaluation}{generation}"


def _compared(run: RunInfo) -> str:
    gain, baseline = gain_over_default(run), baseline_loss(run)
    if baseline is None:
        if run.baseline is not None:
            return "; the default hyperparameters gave no living model"
        return "; the default hyperparameters were not evaluated, so there is no gain over them to state"
    if gain is None or gain <= 0:
        return f"; nothing found beats the default hyperparameters, {plain(baseline)}"
    return f", {gain:.1%} below that of the default hyperparameters, {plain(baseline)}".replace("%", " %")
