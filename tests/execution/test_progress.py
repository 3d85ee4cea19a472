"""Progress and the last words."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from hpo.archive.schema import EvaluationSummary
from hpo.evaluation import Origin, Status
from hpo.execution.announce import verdict
from hpo.execution.progress import Progress, Reporter, duration
from tests.archive.builders import make_run_info
from tests.execution.builders import evaluation


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0123, "0.012 s"), (9.96, "10 s"), (12.4, "12 s"), (200, "3 min 20 s"), (7500, "2 h 05 min"), (0, "0 s")],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_what_is_counted() -> None:
    progress = Progress("run", 9, 2)
    assert progress.left_words == "time left unknown"
    for number, loss in enumerate((0.5, 0.3, 0.4)):
        progress.book(evaluation(number, loss, walltime=10.0))
    progress.book(evaluation(3, status=Status.FAILED, walltime=10.0))
    progress.book(evaluation(4, 0.1, status=Status.DEGENERATE, walltime=1000.0))
    assert (progress.done, progress.failed) == (5, 1)
    assert progress.best_words == "0.3 (evaluation 1)"
    assert progress.seconds_left == 20.0


def test_a_lucky_replicate_is_no_best() -> None:
    progress = Progress("run", 9, 2)
    progress.book(evaluation(0, 0.5))
    again = evaluation(1, 0.1)
    progress.book(replace(again, candidate=replace(again.candidate, origin=Origin.REPLICATE, parents=(0,))))
    assert (progress.done, progress.best_words) == (2, "0.5 (evaluation 0)")


def test_a_plain_line_a_result(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress("run", 9, 2)
    with Reporter(progress, 0) as reporter:
        first, second = evaluation(0), evaluation(1, status=Status.CRASHED, message="signal 11 (SIGSEGV)")
        for item in (first, second):
            progress.book(item)
            reporter.result(item)
    assert capsys.readouterr().err.splitlines() == [
        "run: 9 evaluations, 2 workers",
        "[1/9] evaluation 0, generation 0, initial: 0.5 in 1 s; best 0.5 (evaluation 0); about 4 s left",
        "[2/9] evaluation 1, generation 0, initial: crashed in 1 s; best 0.5 (evaluation 0); about 3.5 s left",
        "    signal 11 (SIGSEGV)",
    ]


def test_a_live_display_on_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress("LGBM-CCLE", 9, 2)
    progress.running = 2
    with Reporter(progress, 80) as reporter:
        progress.book(evaluation())
        reporter.result(evaluation())
    text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", capsys.readouterr().err)
    assert "LGBM-CCLE" in text
    assert "generation 0   done 1/9   failed 0   running 2   best 0.5 (evaluation 0)" in text
    assert max(len(line) for line in text.splitlines()) <= 80


DEFAULTS = "the default hyperparameters"


def summary(loss: float | None, number: int, status: str = "ok") -> EvaluationSummary:
    return EvaluationSummary(evaluation=number, status=status, hyperparameters={}, val_loss=loss)


@pytest.mark.parametrize(
    ("best", "baseline", "words"),
    [
        (summary(0.0047, 23), summary(0.0050, 0), "best 0.0047 (evaluation 23), 6.0 % better than the default 0.005"),
        (summary(0.00487, 0), summary(0.00487, 0), "best 0.00487 (evaluation 0), no better than the default 0.00487"),
        (summary(0.5, 3), None, f"best 0.5 (evaluation 3); {DEFAULTS} were not evaluated"),
        (summary(0.5, 3), summary(None, 0, "oom"), f"best 0.5 (evaluation 3); {DEFAULTS} ended with oom"),
        (None, None, "no evaluation succeeded"),
    ],
)  # fmt: skip
def test_the_verdict(best: EvaluationSummary | None, baseline: EvaluationSummary | None, words: str) -> None:
    run = make_run_info().model_copy(update={"best": best, "baseline": baseline})
    assert verdict(run) == words
