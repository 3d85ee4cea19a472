"""``cross-hpo reproduce``: train evaluations of a record again, and compare."""

from __future__ import annotations

from pathlib import Path

import click

from hpo.cli.output import print_json, print_table
from hpo.errors import CheckFailed

_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command("reproduce", epilog="Example: cross-hpo reproduce LGBM/DEMO-A/SMALL/ga-seed1 --data build/demo/raw_data")
@click.argument("run")
@click.option("--data", type=_FOLDER, required=True, help="raw_data folder in csa_data layout, or prepared features.")
@click.option("--evaluation", "which", default="best", show_default=True, help="best, all, or a number.")
@click.option(
    "--tolerance", type=click.FloatRange(0), default=0.0, show_default=True, help="Relative difference that is noise."
)
@click.option("--threads", type=click.IntRange(1), default=1, show_default=True, help="CPU threads of a training.")
@click.option("--model", help="Import path package.module:Class of a model that is not registered.")
@click.option("--archive", type=_FOLDER, default="hall_of_fame", show_default=True, help="Folder of the archive.")
@click.option("--features", type=_FOLDER, default=".features", show_default=True, help="Cache of prepared features.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(
    run: str,
    data: Path,
    which: str,
    tolerance: float,
    threads: int,
    model: str | None,
    archive: Path,
    features: Path,
    as_json: bool,
) -> None:
    """Train evaluations of RUN, a run of Cross-HPO, again from its record alone, and compare the losses.

    Space, data, seed, versions of the protocol and hyperparameters are those of the record; data of other content are
    refused. On a CPU the same loss comes out bit for bit with the same number of threads and the same packages;
    elsewhere say with --tolerance how much repeats scatter, for example 0.05.

    Exit code 1 if a loss differs.
    """
    from hpo.archive.store import HallOfFame
    from hpo.replication.again import Again, chosen_evaluations, train_again

    record = HallOfFame(archive).record(run.rstrip("/"))

    def tell(result: Again) -> None:
        if not as_json:
            click.echo(f"evaluation {result.evaluation}: {result.verdict}", err=True)

    results = train_again(
        record,
        data,
        evaluations=chosen_evaluations(record, which),
        features=features,
        model=model,
        tolerance=tolerance,
        threads=threads,
        progress=tell,
    )
    if as_json:
        print_json([result.to_json() for result in results])
    else:
        rows = [
            (item.evaluation, item.recorded, item.recorded_loss, item.found, item.found_loss, item.verdict)
            for item in results
        ]
        print_table(("evaluation", "recorded", "val_loss", "now", "val_loss now", "verdict"), rows)
    differing = [result for result in results if result.verdict == "differs"]
    if differing:
        raise CheckFailed(f"{len(differing)} of {len(results)} evaluations came out otherwise than recorded")
