"""``cross-hpo hof show``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hpo.archive.schema import EvaluationSummary, RunInfo
from hpo.archive.summaries import chosen
from hpo.cli.hof.common import archive_option, certainty, folder_of, gain, json_option
from hpo.cli.output import print_json, print_table

if TYPE_CHECKING:
    from hpo.archive.record import Record


@click.command("show", epilog="Example: cross-hpo hof show GraphDRP/CCLE/SMALL/ga-seed1")
@click.argument("run")
@archive_option
@json_option
def command(run: str, archive: Path, as_json: bool) -> None:
    """Show the run RUN: a key MODEL/DATASET/SIZE/RUN or the path of a record's folder."""
    from hpo.archive.record import read_record
    from hpo.archive.summaries import rows_of

    folder, _ = folder_of(run, archive)
    record = read_record(folder)
    if as_json:
        generations = rows_of(record.generations)
        print_json({"run": record.run.model_dump(mode="json", by_alias=True), "generations": generations})
        return
    print_table(("what", "value"), _facts(record.run, folder), title=record.key)
    _print_best(record.run)
    _print_generations(record)
    if record.run.flags:
        print_table(("flag", "explanation"), [(flag.flag, flag.explanation) for flag in record.run.flags])
    for note in record.run.notes:
        print(f"Note: {note}")


def _facts(run: RunInfo, folder: Path) -> list[tuple[str, Any]]:
    counts = ", ".join(f"{count} {status}" for status, count in run.counts.by_status.items())
    protocol = run.protocol
    facts = [
        ("folder", str(folder)),
        ("source", " ".join(text for text in (run.source.kind, run.source.name, run.source.commit) if text)),
        ("release, split", f"{run.release.name}, {'unknown' if run.split is None else run.split}"),
        (
            "protocol",
            f"{protocol.name}/{protocol.version}: {protocol.metric} of {protocol.target}, {protocol.selection}",
        ),
        ("strategy, seed", f"{run.strategy}, {'unknown' if run.seed is None else run.seed}"),
        ("population x generations", f"{run.population or '?'} x {run.generations or '?'}"),
        ("evaluations", f"{run.counts.evaluations} of {run.counts.planned or '?'} planned ({counts or 'none'})"),
        ("started, finished", f"{run.times.started or 'unknown'}, {run.times.finished or 'unknown'}"),
        ("workers", _workers(run)),
        ("gain against the defaults", "unknown" if gain(run) is None else f"{gain(run):.2f} %"),
    ]
    settings = ", ".join(f"{name}={value}" for name, value in run.settings.items())
    return [*facts, ("settings", settings)] if settings else facts


def _workers(run: RunInfo) -> str:
    """How many there were, and how busy."""
    cost = run.cost
    if cost.workers is None:
        return "unknown"
    if not cost.worker_seconds or cost.busy_seconds is None:
        return f"{cost.workers}"
    return f"{cost.workers}, busy {cost.busy_seconds / cost.worker_seconds:.0%} of the time"


def _print_best(run: RunInfo) -> None:
    optimum = None if run.optimum is None else chosen(run)
    columns = [("optimum", optimum), ("best", run.best), ("defaults", run.baseline), ("published", run.published_best)]
    shown = [(name, summary) for name, summary in columns if summary is not None]
    if not shown:
        return
    names = list(dict.fromkeys(name for _, summary in shown for name in summary.hyperparameters))
    rows: list[list[Any]] = [["evaluation", *(summary.evaluation for _, summary in shown)]]
    rows += [["val_loss", *(_number(summary.val_loss) for _, summary in shown)]]
    rows += [[metric, *(_number(summary.metrics.get(metric)) for _, summary in shown)] for metric in _metrics(shown)]
    rows += [[name, *(summary.hyperparameters.get(name) for _, summary in shown)] for name in names]
    print_table(("", *(name for name, _ in shown)), rows)
    for line in certainty(run):
        print(line)


def _metrics(shown: list[tuple[str, EvaluationSummary]]) -> list[str]:
    return list(dict.fromkeys(metric for _, summary in shown for metric in summary.metrics))


def _number(value: float | None) -> str | None:
    return None if value is None else f"{value:.6g}"


def _print_generations(record: Record) -> None:
    from hpo.archive.summaries import rows_of

    columns = {
        "generation": "gen",
        "evaluations": "evals",
        "failed": "failed",
        "degenerate": "dead",
        "min": "min",
        "mean": "mean",
        "max": "max",
        "best_so_far": "best so far",
    }
    print_table(list(columns.values()), [[row[name] for name in columns] for row in rows_of(record.generations)])
