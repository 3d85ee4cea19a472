"""``cross-hpo sites``: how searches are started here and elsewhere."""

from __future__ import annotations

import click

from hpo.cli.output import print_json, print_table


@click.command("sites", epilog="Example: cross-hpo sites laptop --json")
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(name: str | None, as_json: bool) -> None:
    """List the sites that come along, or show one; NAME may also be the path of a site file."""
    from hpo.execution.site import read_site, site_names

    sites = [read_site(one) for one in ([name] if name else site_names())]
    if as_json:
        shown = [site.model_dump(mode="json") for site in sites]
        print_json(shown[0] if name else shown)
    elif name:
        print_table(("key", "value"), [(key, _words(value)) for key, value in sites[0].model_dump().items()])
    else:
        columns = ("site", "what it is", "launcher", "workers", "threads")
        print_table(
            columns, [(site.name, site.description, site.launcher, site.workers, site.threads) for site in sites]
        )


def _words(value: object) -> object:
    if isinstance(value, tuple):
        return " ".join(value)
    if isinstance(value, dict):
        return ", ".join(f"{key}={item}" for key, item in value.items()) or None
    return value
