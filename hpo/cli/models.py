"""``cross-hpo models``: which models there are, and everything about one of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from hpo.cli.output import console, print_json, print_table


@click.command("models", epilog="Examples: cross-hpo models; cross-hpo models GraphDRP --json")
@click.argument("name", required=False)
@click.option("--size", default="SMALL", show_default=True, help="Size whose default space is shown.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(name: str | None, size: str, as_json: bool) -> None:
    """List the models, or describe the model NAME.

    NAME is a registered name, or the import path package.module:Class of a model of your own.
    """
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
