"""``cross-hpo final``: the best hyperparameters of a run with fresh seeds, on the test part."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hpo.cli.output import print_json, print_table

if TYPE_CHECKING:
    from hpo.archive.final import FinalScores, FinalTraining

_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command("final", epilog="Example: cross-hpo final LGBM/DEMO-A/SMALL/ga-seed1 --data build/demo/raw_data")
@click.argument("run")
@click.option("--data", type=_FOLDER, required=True, help="raw_data folder in csa_data layout, or prepared features.")
@click.option("--seeds", type=click.IntRange(1), default=3, show_default=True, help="Trainings of each candidate.")
@click.option("--threads", type=click.IntRange(1), default=1, show_default=True, help="CPU threads of a training.")
@click.option("--model", help="Import path package.module:Class of a model that is not registered.")
@click.option("--archive", type=_FOLDER, default="hall_of_fame", show_default=True, help="Folder of the archive.")
@click.option("--features", type=_FOLDER, default=".features", show_default=True, help="Cache of prepared features.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(
    run: str, data: Path, seeds: int, threads: int, model: str | None, archive: Path, features: Path, as_json: bool
) -> None:
    """Train the best and the default hyperparameters of RUN with fresh seeds, and score them on the test part.

    The scores are written beside the record, as RUN.final.json, together with those of two predictors without
    features: the mean, and a mean effect of each cell line and drug.
    """
    from hpo.archive.final import write_final
    from hpo.archive.store import HallOfFame
    from hpo.replication.final import final_scores

    def tell(name: str, training: FinalTraining) -> None:
        if not as_json:
            loss = training.metrics.get("test_mse")
            click.echo(f"{name}, seed {training.seed}: {training.status}, test_mse {loss}", err=True)

    record = HallOfFame(archive).record(run.rstrip("/"))
    final = final_scores(
        record, archive, data, seeds=seeds, features=features, model=model, threads=threads, progress=tell
    )
    path = write_final(archive, final)
    if as_json:
        print_json(final.model_dump(mode="json", by_alias=True))
        return
    _print(final)
    click.echo(f"written: {path}")


def _print(final: FinalScores) -> None:
    """A column a candidate and a row a metric, so that the table fits 80 columns."""
    metrics = ("val_mse", "test_mse", "test_pcc", "test_scc", "test_r2")
    candidates, references = final.candidates, final.references
    rows = [["seeds", *(str(len(one.trainings)) for one in candidates), *("" for _ in references)]]
    for metric in metrics:
        scores = (references[name].get(metric) for name in references)
        rows.append(
            [
                metric,
                *(_mean(one.values(metric)) for one in candidates),
                *("" if score is None else f"{score:.6f}" for score in scores),
            ]
        )
    print_table(("", *(one.name for one in candidates), *references), rows)
    if references:
        click.echo(f"{' and '.join(references)}: predictors without features")


def _mean(values: Sequence[float]) -> str:
    from hpo.archive.final import spread

    if not values:
        return ""
    mean, deviation = spread(values)
    return f"{mean:.6f}" + ("" if deviation is None else f" ± {deviation:.1g}")
