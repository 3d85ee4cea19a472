"""Which runs must not be handed on as a recommendation, and why."""

from __future__ import annotations

from typing import Final

from hpo.archive.record import Record
from hpo.archive.schema import EvaluationSummary, RunInfo
from hpo.archive.store import HallOfFame
from hpo.archive.summaries import chosen
from hpo.evaluation import Status

UNKNOWN: Final = "unknown"


def unfit(hall: HallOfFame, run: RunInfo) -> str:
    """Why what ``run`` recommends must not be used elsewhere; empty if it may.

    Dead networks, searches that did not end, results whose conditions nobody knows, and hyperparameters that were not
    recorded or contradict the record's own space.

    Raises:
        BadData: The record can't be understood.
    """
    best = chosen(run)
    if best is None or best.val_loss is None:
        return "no evaluation gave a loss"
    if run.dataset == UNKNOWN:
        return "the dataset is not known"
    return _dead(run, best) or _unknown(run) or _unrecorded(run, best) or _contradiction(hall, run, best)


def _dead(run: RunInfo, best: EvaluationSummary) -> str:
    evidence = {flag.flag: flag.evidence for flag in run.flags}
    if best.status != Status.OK.value:
        return f"dead: its best evaluation is {best.status}"
    if "degenerate" in evidence:
        return "dead: no evaluation of the search is better than another one"
    plateau = evidence.get("plateau", {})
    if plateau.get("loss") == best.val_loss:
        return f"dead: {plateau.get('configurations')} configurations share its loss {best.val_loss:.4g}"
    return ""


def _unknown(run: RunInfo) -> str:
    conditions = {"release": run.release.name, "target": run.protocol.target, "split": run.split}
    unknown = [name for name, value in conditions.items() if value in (None, UNKNOWN)]
    return f"not comparable: {' and '.join(unknown)} not recorded" if unknown else ""


def _unrecorded(run: RunInfo, best: EvaluationSummary) -> str:
    searched = {name: value for name, value in best.hyperparameters.items() if name not in run.fixed}
    names = [name for name in dict.fromkeys([*searched, *run.unrecorded]) if searched.get(name) is None]
    if not searched:
        return "no hyperparameter is recorded"
    hint = "" if run.source.kind == "cross-hpo" else "; cross-hpo hof replay --mark may recover it"
    return f"{', '.join(names)} of its best is not recorded{hint}" if names else ""


def _contradiction(hall: HallOfFame, run: RunInfo, best: EvaluationSummary) -> str:
    """What only the tables can tell; they are read where the audit found a reason to."""
    flags = {flag.flag for flag in run.flags}
    if not flags & {"missing-evaluations", "out-of-bounds"}:
        return ""
    record = hall.record(run.key)
    return _unfinished(record) or _outside(record, best)


def _unfinished(record: Record) -> str:
    """Rows may be missing from a table though the search ended: then its log has a line for every generation."""
    run, log = record.run, record.generations
    if run.counts.planned is None or run.counts.evaluations >= run.counts.planned:
        return ""
    if run.generations and "log_min" in log and int(log["log_min"].notna().sum()) >= run.generations:
        return ""
    return f"unfinished: {run.counts.evaluations} of {run.counts.planned} evaluations are recorded"


def _outside(record: Record, best: EvaluationSummary) -> str:
    if record.space is None:
        return ""
    problems = [
        f"{axis.name} {best.hyperparameters[axis.name]!r} is not {axis.law}"
        for axis in record.space.axes
        if axis.name in best.hyperparameters and not axis.contains(best.hyperparameters[axis.name])
    ]
    return f"contradicts its own space: {', '.join(problems)}" if problems else ""
