"""What the end of a training program means: a status, and a loss only where the program said one."""

from __future__ import annotations

import math
import signal
from pathlib import Path
from typing import Final

from hpo.evaluation import Outcome, Status
from hpo.models.base import TestScore
from hpo.models.external.definition import Definition
from hpo.models.external.program import Ended
from hpo.models.external.scores import NoScore, Scores, parse_result, read_scores
from hpo.models.failures import says_out_of_memory
from hpo.models.metrics import MAX_LOSS, is_constant

_OUTSIDE: Final = frozenset(
    {signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2}
)
"""Signals that somebody sends; the others are raised by what the program does."""

_RUNTIME_FAILED: Final = (125, 126, 127)
"""Exit codes by which a container runtime says that it could not start the program: nothing about the candidate."""


def outcome_of(ended: Ended, out: Path, definition: Definition) -> Outcome:
    """The outcome of a training that ended so and left its results in ``out``.

    ``val_scores.json`` counts, else the last result line of the output. A loss that is NaN, infinite, negative or
    absurdly large is ``invalid``, and so is a program that ends well without saying a loss. Equal predictions for all
    rows, where ``val_y_data_predicted.csv`` shows them, are those of a dead network: ``degenerate``.
    """
    failure = _failure(ended, definition)
    if failure is not None:
        return failure
    try:
        scores, remark = _scores(ended, out, definition)
    except NoScore as error:
        return Outcome(Status.INVALID, message=_with_output(f"no result: {error}", ended))
    if not math.isfinite(scores.loss):
        return Outcome(Status.INVALID, message=_with_output(f"{scores.source} is {scores.loss}", ended))
    if not 0 <= scores.loss <= MAX_LOSS:
        return Outcome(Status.INVALID, message=f"{scores.source} is {scores.loss!r}, no {definition.protocol.metric}")
    metrics = {f"val_{name}": value for name, value in scores.metrics.items()}
    constant = _constant(out, definition.protocol.target)
    if constant is not None:
        value, rows = constant
        message = f"constant output {value:.6g} on all {rows} validation rows"
        return Outcome(Status.DEGENERATE, scores.loss, metrics, message=message)
    return Outcome(Status.OK, scores.loss, metrics, message=remark)


def test_score_of(ended: Ended, out: Path, metric: str) -> TestScore | None:
    """The scores of the test part in ``out``; ``None`` where inference failed or says nothing."""
    if ended.exit_status or ended.timed_out:
        return None
    try:
        scores = read_scores(out, "test", metric)
    except NoScore:
        return None
    if scores is None or not math.isfinite(scores.loss):
        return None
    return TestScore({f"test_{name}": value for name, value in {metric: scores.loss, **scores.metrics}.items()})


def _failure(ended: Ended, definition: Definition) -> Outcome | None:
    """What it means that the program did not end well; ``None`` if it did."""
    if ended.timed_out:
        what = f"longer than the model's time_limit of {definition.time_limit:g} s"
        return Outcome(Status.TIMEOUT, message=_with_output(what, ended))
    code = ended.exit_status
    if code == 0:
        return None
    contained = definition.image is not None
    if contained and code in _RUNTIME_FAILED:
        what = f"exit code {code}: {definition.runtime} could not start the program"
        return Outcome(Status.KILLED, message=_with_output(what, ended))
    if says_out_of_memory(ended.last_lines):
        return Outcome(Status.OOM, message=_with_output(f"exit code {code}", ended))
    # A shell that waits for a program makes 128 + the number of the signal that ended it.
    number = -code if code < 0 else code - 128
    if code < 0 or (contained and code > 128):
        status = Status.KILLED if number in _OUTSIDE else Status.CRASHED
        return Outcome(status, message=_with_output(f"signal {number}{_signal_name(number)}", ended))
    return Outcome(Status.FAILED, message=_with_output(f"exit code {code}", ended))


def _scores(ended: Ended, out: Path, definition: Definition) -> tuple[Scores, str]:
    """What the program said, and a remark where it said several things.

    Raises:
        NoScore: Nothing, or nothing that can be understood.
    """
    metric = definition.protocol.metric
    broken = ""
    try:
        found = read_scores(out, "val", metric)
    except NoScore as error:
        found, broken = None, str(error)
    if found is not None:
        return found, ""
    if ended.result is None:
        raise NoScore(broken or "neither val_scores.json nor a line with IMPROVE_RESULT")
    if metric != "mse" and definition.contract != "command":
        raise NoScore(f"the line with IMPROVE_RESULT is the mse, whatever else is said; {metric} needs val_scores.json")
    loss = parse_result(ended.result)
    remark = f"{ended.results} different result lines; the last one counts" if ended.results > 1 else ""
    return Scores(loss, {metric: loss} if math.isfinite(loss) else {}, "IMPROVE_RESULT"), broken or remark


def _constant(out: Path, target: str) -> tuple[float, int] | None:
    from hpo.models.external.pairs import predictions

    found = predictions(out / "val_y_data_predicted.csv", target)
    if found is None or not is_constant(found):
        return None
    return float(found[0]), len(found)


def _with_output(what: str, ended: Ended) -> str:
    return f"{what}; last output: {ended.last_lines}" if ended.last_lines else what


def _signal_name(number: int) -> str:
    try:
        return f" ({signal.Signals(number).name})"
    except ValueError:
        return ""
