"""``cross-hpo hof list``."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import click

from hpo.archive.choice import comparable
from hpo.archive.schema import RunInfo
from hpo.archive.store import HallOfFame
from hpo.cli.hof.common import archive_option, best_loss, gain, json_option, warn
from hpo.cli.output import MAX_WIDTH, print_json, print_table
from hpo.errors import UsageError

SORT_KEYS: Final = ("key", "model", "dataset", "size", "loss", "gain", "evaluations", "finished")


@click.command("list", epilog="Example: cross-hpo hof list --model IGTD --size MEDIUM --sort loss")
@click.option("--model", multiple=True, help="Only runs of this model; may be given several times, as all filters.")
@click.option("--dataset", multiple=True, help="Only runs on this dataset.")
@click.option("--size", multiple=True, help="Only runs of this size.")
@click.option("--strategy", multiple=True, help="Only runs of this strategy.")
@click.option("--source", multiple=True, help="Only records of this source, e.g. cross-hpo or improve.")
@click.option("--flag", multiple=True, help="Only runs with this audit flag, e.g. plateau.")
@click.option("--sort", type=click.Choice(SORT_KEYS), default="key", show_default=True, help="Order of the lines.")
@archive_option
@json_option
def command(sort: str, archive: Path, as_json: bool, **filters: tuple[str, ...]) -> None:
    """List the runs of the archive. Broken records are named on standard error, the others shown."""
    hall = HallOfFame(archive)
    flags = filters.pop("flag")
    found = hall.scan(**{name: values for name, values in filters.items() if values})
    warn(found.problems)
    runs = _flagged(hall, found.runs, flags) if flags else found.runs
    runs = sorted(runs, key=lambda run: _order(run, sort))
    if as_json:
        print_json([as_entry(run) for run in runs])
        return
    rows = [
        (
            *(run.model, run.dataset, run.size, run.run),
            *(run.counts.evaluations, best_loss(run), gain(run), len(run.flags)),
        )
        for run in runs
    ]
    print_table(("model", "dataset", "size", "run", "evals", "val_loss", "gain %", "flags"), rows)
    _print_legend(runs)


def _print_legend(runs: list[RunInfo]) -> None:
    print(f"{len(runs)} run{'' if len(runs) == 1 else 's'}. val_loss: best validation loss, lower is better.")
    print("gain %: how much lower it is than with the default hyperparameters.")
    flags = Counter(flag.flag for run in runs for flag in run.flags)
    if flags:
        named = ", ".join(f"{name} {count}" for name, count in flags.most_common())
        print(textwrap.fill(f"Flags: {named}; `cross-hpo hof audit` shows the evidence.", MAX_WIDTH))
    if len({comparable(run)[1:] for run in runs}) > 1:
        print("Releases, splits or protocols differ, so not all losses can be compared; --json says which are which.")


def as_entry(run: RunInfo) -> dict[str, Any]:
    """A run as an entry of the list."""
    return {
        "run": run.key,
        "model": run.model,
        "dataset": run.dataset,
        "size": run.size,
        "strategy": run.strategy,
        "seed": run.seed,
        "source": run.source.kind,
        "release": run.release.name,
        "protocol": f"{run.protocol.name}/{run.protocol.version}",
        "evaluations": run.counts.evaluations,
        "by_status": run.counts.by_status,
        "val_loss": best_loss(run),
        "baseline_val_loss": None if run.baseline is None else run.baseline.val_loss,
        "gain_percent": gain(run),
        "finished": run.times.finished,
        "flags": [flag.flag for flag in run.flags],
    }


def _flagged(hall: HallOfFame, runs: Iterable[RunInfo], flags: Iterable[str]) -> list[RunInfo]:
    """Runs with any of ``flags``; findings that compare runs are computed, since no record can hold them."""
    from hpo.archive.audit import EXPLANATIONS, SET_RULES, audit_archive

    wanted = set(flags)
    unknown = wanted - set(EXPLANATIONS)
    if unknown:
        raise UsageError(f"--flag: no flag {', '.join(sorted(unknown))}; there are {', '.join(EXPLANATIONS)}")
    if not wanted & set(SET_RULES):
        return [run for run in runs if wanted & {flag.flag for flag in run.flags}]
    found = {key: {flag.flag for flag in flags} for key, flags in audit_archive(hall.records()).items()}
    return [run for run in runs if wanted & found.get(run.key, set())]


def _order(run: RunInfo, sort: str) -> tuple[Any, ...]:
    from hpo.sizes import SIZES

    sizes = list(SIZES)
    loss, gained = best_loss(run), gain(run)
    first: dict[str, tuple[Any, ...]] = {
        "key": (),
        "model": (run.model,),
        "dataset": (run.dataset,),
        "size": (sizes.index(run.size) if run.size in sizes else len(sizes), run.size),
        "loss": (loss is None, loss or 0.0),
        "gain": (gained is None, -(gained or 0.0)),
        "evaluations": (-run.counts.evaluations,),
        "finished": (run.times.finished is None, run.times.finished or ""),
    }
    return (*first[sort], run.key)
