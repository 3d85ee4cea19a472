"""``cross-hpo pipeline``: keeps dvc.yaml in step with params.yaml and sums up what the pipeline found.

DVC can't expand a list of settings into dependencies, and a dependency on the whole archive would make reports
on whatever lies there, so what the reports read is written into dvc.yaml between two marks, and so are the stages that
depend on several datasets.
"""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from hpo.cli.output import print_json, print_table
from hpo.errors import BadConfiguration, CheckFailed, MissingInput

if TYPE_CHECKING:
    from hpo.settings import PipelineSettings, SearchSettings

BEGIN: Final = "# records: written by `cross-hpo pipeline sync`"
END: Final = "# records: end"
TRANSFERS_BEGIN: Final = "# transfers: written by `cross-hpo pipeline sync`"
TRANSFERS_END: Final = "# transfers: end"

TRANSFER: Final = """\
transfer-{model}:
  desc: Train the optimum of each dataset on all datasets
  cmd: >-
    cross-hpo transfer {model} --size ${{search.size}} --data build/prepared/{model} --archive {archive}
    --seeds ${{pipeline.final_seeds}}
  deps:
{deps}
  params:
    - protocol.yaml:
        - results.{model}
  outs:
    - {archive}/{out}
"""
"""A stage of dvc.yaml."""


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
    """Write what the reports read into dvc.yaml, as their dependencies, and the stages of transfers.

    These are the records and scores that params.yaml asks for, and those added to the archive with `dvc add` (imported
    ones).

    Example: cross-hpo pipeline sync --check
    """
    records = sorted({*planned_records(params), *planned_scores(params), *added_records(archive)})
    if not dvc_file.is_file():
        raise MissingInput(f"{dvc_file}: no such file; run this where dvc.yaml lies")
    text = dvc_file.read_text(encoding="utf-8")
    wanted = with_transfers(with_records(text, records), transfer_stages(params))
    if wanted == text:
        return
    if check:
        raise CheckFailed(f"{dvc_file}: out of step with {params}; run `cross-hpo pipeline sync`")
    beside = dvc_file.with_name(f".{dvc_file.name}.new")
    beside.write_text(wanted, encoding="utf-8")
    beside.replace(dvc_file)
    click.echo(f"{dvc_file}: the reports now depend on {len(records)} records and scores")


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
    from hpo.archive.summaries import chosen

    hall = HallOfFame(archive)
    best: dict[tuple[str, str], dict[str, object]] = {}
    for key in planned_records(params):
        run = hall.record(key).run
        pair = (run.model, run.dataset)
        recommended = chosen(run)
        loss = recommended.val_loss if recommended else None
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
    pipeline, search = _sections(params)
    without = [model for model in pipeline.models if model not in search.fixed]
    if without:
        raise BadConfiguration(
            f"{params}: search.fixed: no entry for {', '.join(without)}; add `{without[0]}: {{}}` if nothing is fixed"
        )
    return sorted(
        f"{model}/{dataset}/{search.size}/{strategy}-seed{search.seed}"
        for model, dataset, strategy in itertools.product(pipeline.models, pipeline.datasets, pipeline.strategies)
    )


def planned_scores(params: Path) -> list[str]:
    """Paths within the archive of the final scores and transfers that ``params`` asks for, sorted.

    Raises:
        BadConfiguration: They are of models or strategies that are not searched, or a transfer is of one dataset.
    """
    from hpo.archive.layout import FINAL_SUFFIX, TRANSFER_SUFFIX

    pipeline, search = _sections(params)
    for name, models in (("finals", pipeline.finals), ("transfers", pipeline.transfers)):
        missing = [model for model in models if model not in pipeline.models]
        if missing:
            raise BadConfiguration(f"{params}: pipeline.{name}: {', '.join(missing)} is not among pipeline.models")
        if models and "ga" not in pipeline.strategies:
            raise BadConfiguration(f"{params}: pipeline.{name}: takes the strategy ga, which is not searched")
    if pipeline.transfers and len(pipeline.datasets) < 2:
        raise BadConfiguration(
            f"{params}: pipeline.transfers: takes two datasets, there is {pipeline.datasets[0]} only"
        )
    finals = [
        f"{_genetic(model, dataset, search)}{FINAL_SUFFIX}"
        for model, dataset in itertools.product(pipeline.finals, pipeline.datasets)
    ]
    return sorted([*finals, *(f"{model}/{search.size}{TRANSFER_SUFFIX}" for model in pipeline.transfers)])


def transfer_stages(params: Path, archive: str = "hall_of_fame") -> list[str]:
    """Lines of the stages of the transfers that ``params`` asks for, each with all that it depends on."""
    from hpo.archive.layout import FINAL_SUFFIX, TRANSFER_SUFFIX

    pipeline, search = _sections(params)
    lines: list[str] = []
    for model in pipeline.transfers:
        records = [f"{archive}/{_genetic(model, dataset, search)}" for dataset in pipeline.datasets]
        deps = [f"build/prepared/{model}/{dataset}" for dataset in pipeline.datasets] + records
        if model in pipeline.finals:
            deps += [f"{record}{FINAL_SUFFIX}" for record in records]
        listed = "\n".join(f"    - {path}" for path in deps)
        out = f"{model}/{search.size}{TRANSFER_SUFFIX}"
        lines += TRANSFER.format(model=model, archive=archive, deps=listed, out=out).splitlines()
    return lines


def _sections(params: Path) -> tuple[PipelineSettings, SearchSettings]:
    """The sections ``pipeline`` and ``search`` of ``params``.

    Raises:
        BadConfiguration: ``pipeline`` or ``search.size`` is missing.
    """
    from hpo.settings import read_settings

    settings = read_settings(params)
    if settings.pipeline is None:
        raise BadConfiguration(f"{params}: pipeline: missing; it lists models, datasets and strategies")
    if settings.search.size is None:
        raise BadConfiguration(f"{params}: search.size: missing; for example SMALL")
    return settings.pipeline, settings.search


def _genetic(model: str, dataset: str, search: SearchSettings) -> str:
    """Key of the record of the genetic search."""
    return f"{model}/{dataset}/{search.size}/ga-seed{search.seed}"


def added_records(archive: Path) -> list[str]:
    """Paths within ``archive`` of the records and scores that `dvc add` put there, present or not, sorted."""
    from hpo.archive.layout import TRANSFER_SUFFIX

    added = [*archive.glob("*/*/*/*.dvc"), *archive.glob(f"*/*{TRANSFER_SUFFIX}.dvc")]
    return sorted(path.relative_to(archive).with_suffix("").as_posix() for path in added)


def with_records(dvc_yaml: str, records: list[str], archive: str = "hall_of_fame") -> str:
    """``dvc_yaml`` with the lines between the two marks replaced by ``records``, one dependency each.

    Raises:
        BadConfiguration: The marks are missing, repeated or in the wrong order.
    """
    return _with_block(dvc_yaml, BEGIN, END, [f"- {archive}/{record}" for record in records])


def with_transfers(dvc_yaml: str, stages: list[str]) -> str:
    """``dvc_yaml`` with the lines between the marks of transfers replaced by ``stages``.

    Raises:
        BadConfiguration: The marks are missing, repeated or in the wrong order.
    """
    return _with_block(dvc_yaml, TRANSFERS_BEGIN, TRANSFERS_END, stages)


def _with_block(dvc_yaml: str, begin: str, end: str, block: list[str]) -> str:
    lines = dvc_yaml.splitlines()
    begins = [number for number, line in enumerate(lines) if line.strip() == begin]
    ends = [number for number, line in enumerate(lines) if line.strip() == end]
    if len(begins) != 1 or len(ends) != 1 or begins[0] > ends[0]:
        raise BadConfiguration(f"dvc.yaml: expected the lines `{begin}` and `{end}` once each, in this order")
    indent = lines[begins[0]][: -len(lines[begins[0]].lstrip())]
    items = [f"{indent}{line}" if line else "" for line in block]
    return "\n".join([*lines[: begins[0] + 1], *items, *lines[ends[0] :]]) + "\n"
