"""``cross-hpo hof schema``: what the JSON files of a record hold, as JSON Schema."""

from __future__ import annotations

import click

from hpo.cli.output import print_json


@click.command("schema", epilog="Example: cross-hpo hof schema run > run.schema.json")
@click.argument("file", type=click.Choice(["run", "best"]), default="run")
def command(file: str) -> None:
    """JSON Schema of run.json (or best.json), every key with what it means."""
    from hpo.archive.schema import BestInfo, RunInfo

    schema = (RunInfo if file == "run" else BestInfo).model_json_schema(by_alias=True)
    print_json({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})
