"""Progress of a search: a live display on a terminal, one plain line a result elsewhere. Goes to standard error."""

from __future__ import annotations

import statistics
import sys
import time
from bisect import insort
from typing import TYPE_CHECKING, Final

from hpo.evaluation import Evaluation, Origin, Status

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.live import Live

RECENT: Final = 50
"""Evaluations whose median walltime the estimate of the time left is made from."""
MAX_WIDTH: Final = 100


class Progress:
    """What is known of a search under way; draws nothing itself.

    Attributes:
        name: Name of the run.
        total: Evaluations of the whole search.
        workers: Evaluations at the same time.
        walltimes: Seconds of every evaluation so far, in the order of the results.
        ordered: The same, the shortest first.
    """

    def __init__(self, name: str, total: int, workers: int) -> None:
        self.name = name
        self.total = total
        self.workers = max(1, workers)
        self.done = 0
        self.failed = 0
        self.running = 0
        self.generation = 0
        self.best: Evaluation | None = None
        self.walltimes: list[float] = []
        self.ordered: list[float] = []

    def book(self, evaluation: Evaluation) -> None:
        """Count a result."""
        outcome = evaluation.outcome
        self.done += 1
        self.failed += not outcome.status.has_loss
        self.generation = max(self.generation, evaluation.candidate.generation)
        if evaluation.walltime is not None:
            self.walltimes.append(evaluation.walltime)
            insort(self.ordered, evaluation.walltime)
        finds = outcome.status is Status.OK and evaluation.candidate.origin is not Origin.REPLICATE
        if finds and (self.best is None or _loss(evaluation) < _loss(self.best)):
            self.best = evaluation

    @property
    def seconds_left(self) -> float | None:
        """Estimated seconds to the end, from the median of recent walltimes; ``None`` before the first result."""
        if not self.walltimes:
            return None
        return statistics.median(self.walltimes[-RECENT:]) * (self.total - self.done) / self.workers

    def line(self, evaluation: Evaluation) -> str:
        """One plain line about a result that was booked."""
        candidate, outcome = evaluation.candidate, evaluation.outcome
        what = f"{outcome.loss:.6g}" if outcome.loss is not None else outcome.status.value
        if outcome.status is Status.DEGENERATE:
            what += " (degenerate)"
        parts = [
            f"[{self.done}/{self.total}]",
            f"evaluation {candidate.evaluation}, generation {candidate.generation}, {candidate.origin.value}:",
            f"{what} in {duration(evaluation.walltime or 0.0)};",
            f"best {self.best_words};",
            f"{self.left_words}",
        ]
        if outcome.message and not outcome.status.has_loss:
            parts.append(f"\n    {outcome.message[:160]}")
        return " ".join(parts).replace(" \n", "\n")

    @property
    def best_words(self) -> str:
        """The best loss and its evaluation, or a dash."""
        if self.best is None:
            return "–"
        return f"{_loss(self.best):.6g} (evaluation {self.best.candidate.evaluation})"

    @property
    def left_words(self) -> str:
        """The time left in words."""
        seconds = self.seconds_left
        return "time left unknown" if seconds is None else f"about {duration(seconds)} left"


class Reporter:
    """Shows a :class:`Progress`.

    Args:
        progress: What to show.
        terminal: Columns of the terminal for a live display; 0 for plain lines.
    """

    def __init__(self, progress: Progress, terminal: int) -> None:
        self._progress = progress
        self._live = _live(terminal) if terminal else None
        self._drawn = 0.0

    def __enter__(self) -> Reporter:
        if self._live is not None:
            self._live.start()
        else:
            done = f", {self._progress.done} of them done before" if self._progress.done else ""
            _print(f"{self._progress.name}: {self._progress.total} evaluations{done}, {_workers(self._progress)}")
        return self

    def __exit__(self, *exc_info: object) -> None:
        if self._live is not None:
            self.refresh(force=True)
            self._live.stop()

    def result(self, evaluation: Evaluation) -> None:
        """Show a result that was booked."""
        if self._live is None:
            _print(self._progress.line(evaluation))
        else:
            self.refresh()

    def refresh(self, *, force: bool = False) -> None:
        """Draw anew, at most four times a second."""
        if self._live is None or (not force and time.monotonic() - self._drawn < 0.25):
            return
        self._drawn = time.monotonic()
        self._live.update(_drawing(self._progress), refresh=True)


def duration(seconds: float) -> str:
    """``0.42 s``, ``12 s``, ``3 min 20 s`` or ``2 h 05 min``.

    >>> duration(200.0)
    '3 min 20 s'
    """
    if seconds < 10:
        return f"{seconds:.2g} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def _loss(evaluation: Evaluation) -> float:
    loss = evaluation.outcome.loss
    return float("inf") if loss is None else loss


def _workers(progress: Progress) -> str:
    return "1 worker" if progress.workers == 1 else f"{progress.workers} workers"


def _print(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _live(width: int) -> Live:
    from rich.console import Console
    from rich.live import Live

    console = Console(stderr=True, force_terminal=True, width=min(width, MAX_WIDTH), highlight=False)
    return Live(console=console, auto_refresh=False)


def _drawing(progress: Progress) -> RenderableType:
    from rich.console import Group
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    head = Table.grid(expand=True)
    head.add_column()
    head.add_column(justify="right")
    head.add_row(Text(progress.name, style="bold"), Text(progress.left_words))
    counts = (
        f"generation {progress.generation}   done {progress.done}/{progress.total}   failed {progress.failed}   "
        f"running {progress.running}   best {progress.best_words}"
    )
    bar = Table.grid(expand=True)
    bar.add_row(ProgressBar(progress.total, progress.done))
    return Group(head, bar, Text(counts, no_wrap=True, overflow="ellipsis"))
