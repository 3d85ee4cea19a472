"""``cross-hpo transfer``: every dataset's optimum of a model on every other dataset."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from hpo.cli.output import print_json, print_table

if TYPE_CHECKING:
    from hpo.archive.transfer import TransferCell, TransferScores

_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command("transfer", epilog="Example: cross-hpo transfer LGBM --size SMALL --data build/demo/raw_data --seeds 4")
@click.argument("model")
@click.option("--size", required=True, help="Size of the searches, for example SMALL.")
@click.option("--data", type=_FOLDER, required=True, help="raw_data folder, or a folder of prepared ones by dataset.")
@click.option("--seeds", type=click.IntRange(1), default=3, show_default=True, help="Trainings in each cell.")
@click.option("--release", help="Release of the data, where the runs are of several.")
@click.option("--threads", type=click.IntRange(1), default=1, show_default=True, help="CPU threads of a training.")
@click.option("--archive", type=_FOLDER, default="hall_of_fame", show_default=True, help="Folder of the archive.")
@click.option("--features", type=_FOLDER, default=".features", show_default=True, help="Cache of prepared features.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(
    model: str,
    size: str,
    data: Path,
    seeds: int,
    release: str | None,
    threads: int,
    archive: Path,
    features: Path,
    as_json: bool,
) -> None:
    """Train every dataset's optimum of MODEL, and its defaults, on every dataset, with fresh seeds.

    MODEL is a registered name, or the import path package.module:Class of another one.

    The losses are written beside the records, as MODEL/SIZE.transfer.json, after each cell: the same command goes on
    where it was stopped. Every second seed chooses the candidate that is best on average, the others judge it.
    """
    from hpo.archive.transfer import parse_transfer, transfer_path, write_transfer
    from hpo.models.registry import load
    from hpo.replication.transfer import plan_transfer, transfer_scores

    def tell(cell: TransferCell) -> None:
        if not as_json:
            losses = ", ".join(f"{one.status} {one.val_loss}" for one in cell.trainings)
            click.echo(f"{cell.candidate} on {cell.dataset}: {losses}", err=True)

    loaded = load(model)
    name = loaded.card.name
    plan = plan_transfer(archive, name, size, seeds=seeds, release=release, packages=loaded.card.packages)
    path = transfer_path(archive, name, size)
    scores = transfer_scores(
        plan,
        archive,
        data,
        features=features,
        earlier=parse_transfer(path) if path.is_file() else None,
        model=model,
        threads=threads,
        save=lambda done: write_transfer(archive, done),
        progress=tell,
    )
    if as_json:
        print_json(scores.model_dump(mode="json", by_alias=True))
        return
    _print(scores)
    click.echo(f"in {path}")


def _print(scores: TransferScores) -> None:
    from hpo.archive.transfer import judging, mean_loss

    def losses(name: str, *, judged: bool) -> list[float | str | None]:
        cells = [scores.cell(name, dataset) for dataset in scores.datasets]
        of = judging if judged else list
        return [None if cell is None else mean_loss(of(cell.trainings)) for cell in cells]

    rows = [(candidate.name, *losses(candidate.name, judged=False)) for candidate in scores.candidates]
    if scores.uniform is not None:
        rows.append((f"best on average ({scores.uniform})", *losses(scores.uniform, judged=True)))
    print_table(
        ("hyperparameters of", *(f"on {dataset}" for dataset in scores.datasets)),
        rows,
        title=f"Mean validation loss of {scores.seeds} trainings (lower is better)",
    )
    failed = sum(training.val_loss is None for cell in scores.cells for training in cell.trainings)
    if failed:
        click.echo(f"{failed} trainings have no loss; they are in no mean")
