"""``cross-hpo hof improvement``."""

from __future__ import annotations

import textwrap
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hpo.archive.store import HallOfFame
from hpo.cli.hof.common import archive_option, json_option
from hpo.cli.output import MAX_WIDTH, print_json, print_table
from hpo.errors import MissingInput

if TYPE_CHECKING:
    from hpo.archive.improvement import Aggregate, Improvement


@click.command(
    "improvement",
    epilog="Example: cross-hpo hof improvement --size MEDIUM --models GraphDRP,IGTD,Paccmann_MCA,PathDSP,HiDRA,LGBM",
)
@click.option("--size", help="Only runs of this size.")
@click.option("--models", help="Only runs of these models, separated by commas.")
@click.option("--datasets", help="Only runs on these datasets, separated by commas.")
@click.option("--source", help="Only records of this source, e.g. cross-hpo or improve.")
@click.option("--strategy", default="ga", show_default=True, help="Only runs of this strategy.")
@click.option("--decimals", type=click.IntRange(0, 15), help="Round all losses to so many decimals first.")
@archive_option
@json_option
def command(
    size: str | None,
    models: str | None,
    datasets: str | None,
    source: str | None,
    strategy: str,
    decimals: int | None,
    archive: Path,
    as_json: bool,
) -> None:
    """Say how much lower the best loss is, in percent, by every definition in use.

    Each definition answers another question, so none is shown alone. Runs in which no evaluation is better than another
    (degenerate ones) count as 0; the lower half of the table leaves them out.
    """
    from hpo.archive.improvement import DEFINITIONS, aggregates, improvement

    # Controls are taken from all strategies, the other filters hold for them as well.
    records = list(
        HallOfFame(archive).records(size=size, model=_names(models), dataset=_names(datasets), source=source)
    )
    controls = [record for record in records if record.run.strategy == "random"]
    chosen = [record for record in records if record.run.strategy == strategy]
    if not chosen:
        raise MissingInput(f"{archive}: no run fits the given size, models, datasets, source and strategy")
    runs = [improvement(record, controls, decimals=decimals) for record in chosen]
    everything, living = aggregates(runs), aggregates(runs, with_degenerate=False)
    if as_json:
        print_json(
            {
                "unit": "percent of the first-named loss",
                "definitions": DEFINITIONS,
                "decimals": decimals,
                "runs": [asdict(run) for run in runs],
                "degenerate": [run.key for run in runs if run.degenerate],
                "all": {name: asdict(value) for name, value in everything.items()},
                "without_degenerate": {name: asdict(value) for name, value in living.items()},
            }
        )
    else:
        _print(runs, everything, living, DEFINITIONS)


def _names(text: str | None) -> tuple[str, ...] | None:
    return None if text is None else tuple(name.strip() for name in text.split(",") if name.strip())


def _print(
    runs: list[Improvement], everything: dict[str, Aggregate], living: dict[str, Aggregate], definitions: dict[str, str]
) -> None:
    columns = ("definition", "runs", "mean %", "95 % interval", "median %")
    dead = sum(run.degenerate for run in runs)
    print_table(columns, _rows(everything), title=f"All {len(runs)} runs, {dead} degenerate ones counted as 0")
    if dead:
        print_table(columns, _rows(living), title=f"The {len(runs) - dead} runs that are not degenerate")
    for name, text in definitions.items():
        print(textwrap.fill(f"{name}: {text}", MAX_WIDTH, subsequent_indent="  "))


def _rows(values: dict[str, Aggregate]) -> list[tuple[object, ...]]:
    return [
        (
            name,
            value.runs,
            None if value.mean is None else f"{value.mean:.4f}",
            None if value.low is None else f"{value.low:.2f} to {value.high:.2f}",
            None if value.median is None else f"{value.median:.4f}",
        )
        for name, value in values.items()
    ]
