"""``cross-hpo pipeline``: keeps dvc.yaml in step with params.yaml and sums up what the pipeline found.

DVC can't expand a list of settings into dependencies, and a dependency on the whole archive would make reports
on whatever lies there, so the records that the reports read are written into dvc.yaml between two marks.
"""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Final

import click

from hpo.cli.output import print_json, print_table
from hpo.errors import BadConfiguration, CheckFailed, MissingInput

BEGIN: Final = "# records: written by `cross-hpo pipeline sync`"
END: Final = "# records: end"


@click.group("pipeline")
def command() -> None:
    """Keep dvc.yaml in step with params.yaml, and sum up the results.

    Example: cross-hpo pipeline sync
    """


@command.command("sync")
@click.option("--check", is_flag=True, help="Change nothing; exit 1 if dvc.yaml is out of step.")
@click.option("--params", default="params.yaml", type=click.Path(path_type=Path), show_default=True)
@click.option("--dvc", "dvc_file", default="dvc.yaml", type=click.Path(path_type=Path), show_default=True)
@click.option("--archive", default="hall_of_fame", type=click.Path(path_type=Path), show_default=True)
def sync(check: bool, params: Path, dvc_file: Path, archive: Path) -> None:
    """Write the records that the reports read into dvc.yaml, as their dependencies.

    These are the records that params.yaml asks for, and those added to the archive with `dvc add` (imported ones).

    Example: cross-hpo pipeline sync --check
    """
    records = sorted({*planned_records(params), *added_records(archive)})
    if not dvc_file.is_file():
        raise MissingInput(f"{dvc_file}: no such file; run this where dvc.yaml lies")
    text = dvc_file.read_text(encoding="utf-8")
    wanted = with_records(text, records)
    if wanted == text:
        return
    if check:
        raise CheckFailed(f"{dvc_file}: out of step with {params}; run `cross-hpo pipeline sync`")
    beside = dvc_file.with_name(f".{dvc_file.name}.new")
    beside.write_text(wanted, encoding="utf-8")
    beside.replace(dvc_file)
    click.echo(f"{dvc_file}: the reports now depend on {len(records)} records")


@command.command("summary")
@click.option("--archive", default="hall_of_fame", type=click.Path(path_type=Path), show_default=True)
@click.option("--site", "site_folder", default="build/site", type=click.Path(path_type=Path), show_default=True)
@click.option("--params", default="params.yaml", type=click.Path(path_type=Path), show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def summary(archive: Path, site_folder: Path, params: Path, as_json: bool) -> None:
    """Print the best result of every model x dataset of params.yaml, and where the site is.

    Example: cross-hpo pipeline summary --json
    """
    from hpo.archive import HallOfFame

    hall = HallOfFame(archive)
    best: dict[tuple[str, str], dict[str, object]] = {}
    for key in planned_records(params):
        run = hall.record(key).run
        pair = (run.model, run.dataset)
        loss = run.best.val_loss if run.best else None
        shown = best.setdefault(pair, {"model": run.model, "dataset": run.dataset, "run": None, "val_loss": None})
        if loss is not None and (shown["val_loss"] is None or loss < float(str(shown["val_loss"]))):
            default = run.baseline.val_loss if run.baseline else None
            shown.update(run=run.key, val_loss=loss, default=default)
            shown["improvement"] = (default - loss) / default if default else None
    index = site_folder / "index.html"
    if as_json:
        print_json({"site": str(index) if index.is_file() else None, "best": list(best.values())})
        return
    print_table(
        ("model", "dataset", "best val_loss", "default", "better by", "run"),
        [
            (
                item["model"],
                item["dataset"],
                item["val_loss"],
                item.get("default"),
                f"{item['improvement']:.1%}" if isinstance(item.get("improvement"), float) else None,
                item["run"],
            )
            for item in best.values()
        ],
        title="Best validation loss of each model and dataset (lower is better)",
    )
    if index.is_file():
        click.echo(f"Site: {index} (open it in a browser, or run `make serve`)")
    else:
        click.echo(f"Site: not built yet ({index} is missing); run `make repro`")


def planned_records(params: Path) -> list[str]:
    """Paths within the archive of the records that ``params`` asks for, sorted.

    Raises:
        BadConfiguration: ``pipeline`` or ``search.size`` is missing, or a model has no entry in ``search.fixed``.
    """
    from hpo.settings import read_settings

    settings = read_settings(params)
    pipeline, search = settings.pipeline, settings.search
    if pipeline is None:
        raise BadConfiguration(f"{params}: pipeline: missing; it lists models, datasets and strategies")
    if search.size is None:
        raise BadConfiguration(f"{params}: search.size: missing; for example SMALL")
    without = [model for model in pipeline.models if model not in search.fixed]
    if without:
        raise BadConfiguration(
            f"{params}: search.fixed: no entry for {', '.join(without)}; add `{without[0]}: {{}}` if nothing is fixed"
        )
    return sorted(
        f"{model}/{dataset}/{search.size}/{strategy}-seed{search.seed}"
        for model, dataset, strategy in itertools.product(pipeline.models, pipeline.datasets, pipeline.strategies)
    )


def added_records(archive: Path) -> list[str]:
    """Paths within ``archive`` of the records that `dvc add` put there, present or not, sorted."""
    return sorted(path.relative_to(archive).with_suffix("").as_posix() for path in archive.glob("*/*/*/*.dvc"))


def with_records(dvc_yaml: str, records: list[str], archive: str = "hall_of_fame") -> str:
    """``dvc_yaml`` with the lines between the two marks replaced by ``records``, one dependency each.

    Raises:
        BadConfiguration: The marks are missing, repeated or in the wrong order.
    """
    lines = dvc_yaml.splitlines()
    begins = [number for number, line in enumerate(lines) if line.strip() == BEGIN]
    ends = [number for number, line in enumerate(lines) if line.strip() == END]
    if len(begins) != 1 or len(ends) != 1 or begins[0] > ends[0]:
        raise BadConfiguration(f"dvc.yaml: expected the lines `{BEGIN}` and `{END}` once each, in this order")
    indent = lines[begins[0]][: -len(lines[begins[0]].lstrip())]
    items = [f"{indent}- {archive}/{record}" for record in records]
    return "\n".join([*lines[: begins[0] + 1], *items, *lines[ends[0] :]]) + "\n"
