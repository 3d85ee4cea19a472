"""``cross-hpo models``: which models there are, and everything about one of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import click

from hpo.cli.output import console, print_json, print_table
from hpo.errors import CheckFailed, UsageError

_FILE = click.Path(path_type=Path, dir_okay=False)
_FOLDER = click.Path(path_type=Path, file_okay=False)

EPILOG: Final = """\b
Examples:
  cross-hpo models
  cross-hpo models GraphDRP --json
  cross-hpo models --check mymodel.toml --data build/demo/raw_data --dataset DEMO-A
"""


@click.command("models", epilog=EPILOG)
@click.argument("name", required=False)
@click.option("--size", default="SMALL", show_default=True, help="Size whose default space is shown.")
@click.option("--check", type=_FILE, metavar="MODEL.toml", help="Try out a model file: preprocess, and train once.")
@click.option("--data", type=_FOLDER, help="raw_data folder to try it on.")
@click.option("--dataset", help="Dataset to try it on.")
@click.option("--split", type=click.IntRange(0), default=0, show_default=True, help="Number of the split.")
@click.option("--set", "fixed", multiple=True, metavar="NAME=VALUE", help="Train with this instead of the default.")
@click.option("--keep", type=_FOLDER, help="New folder for the results of the training, which are removed otherwise.")
@click.option("--features", type=_FOLDER, default=".features", show_default=True, help="Cache of prepared features.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(name: str | None, size: str, check: Path | None, as_json: bool, **options: Any) -> None:
    """List the models, or describe the model NAME.

    NAME is a registered name, the import path package.module:Class of a model of your own, or a model file MODEL.toml.

    With --check a model file is tried out: read, its space checked, preprocessing run, and one training with the
    defaults. The first step that goes wrong is told with the file and key to look at; then the exit code is 1.
    """
    if check is not None:
        _check(check, options, as_json=as_json)
        return
    from hpo.models.description import describe
    from hpo.models.registry import names
    from hpo.sizes import size_named

    size_named(size)
    if name is not None:
        description = describe(name, size)
        if as_json:
            print_json(description)
        else:
            _print_one(description)
        return
    descriptions = [describe(known, size) for known in names()]
    if as_json:
        print_json(descriptions)
    else:
        _print_all(descriptions)


def _check(file: Path, options: dict[str, Any], *, as_json: bool) -> None:
    from hpo.cli.search import pairs_of
    from hpo.execution.plan import parse_fixed
    from hpo.models.external.check import check_model
    from hpo.models.external.program import to_standard_error
    from hpo.models.registry import load

    missing = [f"--{name}" for name in ("data", "dataset") if options[name] is None]
    if missing:
        raise UsageError(f"--check needs {' and '.join(missing)}")
    if options["keep"] is not None and options["keep"].exists():
        raise UsageError(f"--keep {options['keep']}: exists already; name a new folder")
    given = pairs_of("--set", options["fixed"])
    steps = []
    for step in check_model(
        file,
        options["data"],
        options["dataset"],
        options["split"],
        features=options["features"],
        hyperparameters=parse_fixed(load(str(file)), given) if given else {},
        keep=options["keep"],
        sink=to_standard_error,
    ):
        steps.append(step)
        if not as_json:
            click.echo(f"{step.step}: {'ok' if step.ok else 'wrong'}: {step.found}")
    if as_json:
        print_json([step.to_json() for step in steps])
    if not steps[-1].ok:
        raise CheckFailed(f"{steps[-1].step}: look at {steps[-1].look_at}")


def _print_all(descriptions: list[dict[str, Any]]) -> None:
    columns = ("model", "what it is", "packages", "features from", "searched")
    print_table(columns, [_summary(description) for description in descriptions])


def _summary(description: dict[str, Any]) -> tuple[str, ...]:
    searched = [parameter["name"] for parameter in description["parameters"] if parameter["searched"]]
    tables = [Path(file).stem for file in description["inputs"] if file.startswith(("x_data/", "annotations/"))]
    return (
        description["name"],
        description["title"],
        "\n".join(description["packages"]),
        "\n".join(table.removeprefix("cancer_") for table in tables),
        "\n".join(searched),
    )


def _print_one(description: dict[str, Any]) -> None:
    out = console()
    space = description["space"]
    out.print(f"{description['name']}: {description['title']}", style="bold", markup=False)
    out.print(description["summary"], markup=False)
    out.print()
    facts = {
        "reads": ", ".join(description["inputs"]),
        "reads if there": ", ".join(description["optional_inputs"]),
        "packages": ", ".join(description["packages"]),
        "budget": f"counted in {description['epochs_name']}",
        "citation": description["citation"],
        "doi": description["doi"] or None,
        "licence": description["licence"],
        "space": f"{space['file']}, sha256 {space['digest'][:12]}" if space else "none; name one with --space FILE",
    }
    for key, value in facts.items():
        if value:
            out.print(f"{key}: {value}", markup=False)
    out.print()
    columns = ("hyperparameter", "default", "searched", "what it is")
    print_table(columns, [_row(parameter) for parameter in description["parameters"]])


def _row(parameter: dict[str, Any]) -> tuple[str, ...]:
    searched = parameter["searched"]
    if searched is None and parameter["fixed"] is not None:
        searched = f"fixed at {parameter['fixed']}"
    return (
        parameter["name"],
        str(parameter["default"]),
        searched or "no",
        parameter["description"],
    )
