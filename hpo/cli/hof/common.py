"""What the commands of ``hof`` share: the archive option, naming a run, warnings about broken records."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from hpo.archive import layout
from hpo.archive.schema import RunInfo
from hpo.archive.store import HallOfFame
from hpo.archive.summaries import chosen

Function = TypeVar("Function", bound=Callable[..., Any])

DEFAULT_ARCHIVE: Final = Path("hall_of_fame")


def archive_option(function: Function) -> Function:
    """``--archive DIR``."""
    return click.option(
        "--archive",
        type=click.Path(path_type=Path, file_okay=False),
        default=DEFAULT_ARCHIVE,
        show_default=True,
        help="Folder of the archive.",
    )(function)


def json_option(function: Function) -> Function:
    """``--json``, as argument ``as_json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(function)


def folder_of(run: str, archive: Path) -> tuple[Path, str | None]:
    """Folder of the record that ``run``, a key or a path, names; and its key if it lies in ``archive``.

    Raises:
        MissingInput: There is no such record; names similar ones.
    """
    path = Path(run)
    in_archive = layout.is_key(run.rstrip("/")) and layout.record_folder(archive, run.rstrip("/")).is_dir()
    if not in_archive and (path / layout.RUN).is_file():
        return path, None
    key = run.rstrip("/")
    return HallOfFame(archive).folder(key), key


def warn(problems: Iterable[str]) -> None:
    """Print problems of records that were passed over to standard error."""
    for problem in problems:
        print(f"cross-hpo: passed over: {problem}", file=sys.stderr)


def best_loss(run: RunInfo) -> float | None:
    """Loss of what a run recommends, if any: the one announced, else the lowest single one."""
    recommended = chosen(run)
    return None if recommended is None else recommended.val_loss


def gain(run: RunInfo) -> float | None:
    """How much lower that loss is than that of the default hyperparameters, in percent."""
    best, baseline = best_loss(run), None if run.baseline is None else run.baseline.val_loss
    return 100 * (baseline - best) / baseline if best is not None and baseline else None


def certainty(run: RunInfo) -> list[str]:
    """How sure the loss is that a run announces, in sentences; none where no leader was trained again."""
    optimum = run.optimum
    if optimum is None:
        return []
    times = len(optimum.trainings)
    spread = "" if optimum.std is None else f", standard deviation {optimum.std:.3g}"
    lines = [f"The loss is that of {times} training{'s' if times > 1 else ''} after the choice{spread}."]
    if len(optimum.leaders) > 1:
        others = "".join(f", evaluation {number}" for number in optimum.equivalents)[2:] or "none"
        lines.append(f"Chosen from {len(optimum.leaders)} leaders; not told to be worse: {others}")
    return lines
