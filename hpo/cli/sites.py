"""``cross-hpo sites``: how searches are started here and elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from hpo.cli.output import print_json, print_table
from hpo.errors import UsageError

if TYPE_CHECKING:
    from hpo.execution.site import Site


@click.command("sites", epilog="Example: cross-hpo sites slurm-generic --toml > mysite.toml")
@click.argument("name", required=False)
@click.option("--toml", "as_toml", is_flag=True, help="Print the site file itself, to be copied and edited.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(name: str | None, as_toml: bool, as_json: bool) -> None:
    """List the sites that come along, or show one with its queues; NAME may also be the path of a site file."""
    from hpo.execution.site import read_site, site_names, site_path

    if as_toml:
        if name is None:
            raise UsageError("--toml: name a site")
        click.echo(site_path(name).read_text(encoding="utf-8"), nl=False)
        return
    sites = [read_site(one) for one in ([name] if name else site_names())]
    if as_json:
        shown = [site.model_dump(mode="json") for site in sites]
        print_json(shown[0] if name else shown)
    elif name:
        _show(sites[0])
    else:
        columns = ("site", "what it is", "batch system", "workers", "threads")
        print_table(
            columns, [(site.name, site.description, site.scheduler, _workers(site), site.threads) for site in sites]
        )


def _show(site: Site) -> None:
    content = site.model_dump(exclude={"queues", "node"})
    node = site.node.model_dump() if site.node else {}
    rows = [*content.items(), *((f"node.{key}", value) for key, value in node.items())]
    print_table(("key", "value"), [(key, _words(value)) for key, value in rows])
    if site.queues:
        columns = ("queue", "nodes", "walltime", "remark")
        print_table(columns, [row for queue in site.queues for row in _queue(queue)])


def _queue(queue: Any) -> list[tuple[str, str, str, str | None]]:
    shortest = f"{queue.minutes:g} min to " if queue.minutes else "up to "
    rows = [(queue.name, _span(queue.nodes), f"{shortest}{queue.hours:g} h", queue.note or None)]
    rows += [
        (f"  -> {route.name}", _span(route.nodes), f"up to {route.hours:g} h", "reached through it only")
        for route in queue.routes
    ]
    return rows


def _span(nodes: tuple[int, int]) -> str:
    return f"{nodes[0]} to {nodes[1]}"


def _workers(site: Site) -> str:
    return str(site.workers) if site.node is None else f"{site.node.workers} a node"


def _words(value: object) -> object:
    if isinstance(value, tuple):
        return " ".join(map(str, value)) or None
    if isinstance(value, dict):
        return ", ".join(f"{key}={item}" for key, item in value.items()) or None
    return None if value == "" else value
