"""The last words of a search: what was found, in a sentence, and where it is."""

from __future__ import annotations

import json
import sys
from typing import Any

from hpo.archive.schema import EvaluationSummary, RunInfo
from hpo.archive.summaries import chosen
from hpo.errors import CrossHpoError, ExitCode
from hpo.execution.run import Published


def announce(published: Published, *, as_json: bool) -> int:
    """Print the end of a search on standard output; the exit code."""
    run = published.record.run
    if as_json:
        text = json.dumps(summary(published), indent=2, ensure_ascii=False, allow_nan=False)
    else:
        counts = ", ".join(f"{number} {status}" for status, number in run.counts.by_status.items())
        new = "" if published.trained else "; nothing had to be trained"
        text = f"{run.key}: {run.counts.evaluations} evaluations ({counts}){new}\n{verdict(run)}\n{published.path}"
    print(text, flush=True)
    return ExitCode.DONE


def complain(error: CrossHpoError) -> int:
    """Print ``error`` on standard error; the exit code."""
    print(f"cross-hpo: {error}", file=sys.stderr, flush=True)
    return error.exit_code


def verdict(run: RunInfo) -> str:
    """What the run recommends against the model's defaults, in words."""
    best, baseline = chosen(run), run.baseline
    if best is None or best.val_loss is None:
        return "no evaluation succeeded"
    found = f"best {best.val_loss:.5g} (evaluation {best.evaluation}{_trained_again(run)})"
    if baseline is None:
        return f"{found}; the default hyperparameters were not evaluated"
    if baseline.val_loss is None or baseline.status != "ok":
        return f"{found}; the default hyperparameters ended with {baseline.status}"
    if _same(best, baseline) or best.val_loss >= baseline.val_loss:
        return f"{found}, no better than the default {baseline.val_loss:.5g}"
    percent = 100 * (baseline.val_loss - best.val_loss) / baseline.val_loss
    shown = f"{percent:.0f}" if percent >= 10 else f"{percent:.1f}" if percent >= 0.1 else f"{percent:.1g}"
    return f"{found}, {shown} % better than the default {baseline.val_loss:.5g}"


def _trained_again(run: RunInfo) -> str:
    """Where the loss comes from, if not from a single training."""
    if run.optimum is None:
        return ""
    times = len(run.optimum.trainings)
    spread = "" if run.optimum.std is None else f", sd {run.optimum.std:.2g}"
    return f", mean of {times} further trainings{spread}" if times > 1 else ", in a further training"


def summary(published: Published) -> dict[str, Any]:
    """What ``--json`` prints."""
    run = published.record.run
    return {
        "run": run.key,
        "path": str(published.path),
        "evaluations": run.counts.evaluations,
        "trained": published.trained,
        "by_status": run.counts.by_status,
        "best": None if run.best is None else run.best.model_dump(mode="json"),
        "optimum": None if run.optimum is None else run.optimum.model_dump(mode="json"),
        "baseline": None if run.baseline is None else run.baseline.model_dump(mode="json"),
        "verdict": verdict(run),
    }


def _same(best: EvaluationSummary, baseline: EvaluationSummary) -> bool:
    return best.evaluation == baseline.evaluation
