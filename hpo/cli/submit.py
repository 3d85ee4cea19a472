"""``cross-hpo submit``: one job of a batch system that runs one or many searches."""

from __future__ import annotations

import itertools
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from hpo.cli.output import print_json, print_table
from hpo.errors import BadConfiguration, ExitCode, UsageError

if TYPE_CHECKING:
    from hpo.cli.batch import Place, Wanted
    from hpo.execution.batch.inside import Ended
    from hpo.execution.batch.job import Search
    from hpo.settings import Settings

EPILOG: Final = """\b
Examples:
  cross-hpo submit --settings params.yaml --data 'build/prepared/{model}/{dataset}' --dry-run
  cross-hpo submit --model LGBM --dataset CCLE --size MEDIUM --data raw_data --nodes 2
"""

_FILE = click.Path(path_type=Path, dir_okay=False)
_FOLDER = click.Path(path_type=Path, file_okay=False)

_PASSED_ON: Final = ("size", "preset", "seed", "split", "time_limit", "memory_limit")
"""Options that every search gets as they are."""


@click.command("submit", epilog=EPILOG)
@click.option("--settings", "settings_file", type=_FILE, help="YAML file such as params.yaml: what to search.")
@click.option("--model", "models", multiple=True, help="Model; several, or those of the settings file's pipeline.")
@click.option("--dataset", "datasets", multiple=True, help="Dataset; several, or those of the pipeline.")
@click.option("--strategy", "strategies", multiple=True, help="ga, random, tpe, cmaes; or those of the pipeline.")
@click.option("--size", help="SMALL, MEDIUM, LARGE or XL.")
@click.option("--preset", help="default or supervisor.")
@click.option("--seed", type=click.IntRange(0), help="Seed of the searches.")
@click.option("--split", type=click.IntRange(0), help="Number of the train/validation/test split.")
@click.option("--data", help="Folder of the data; {model} and {dataset} in it stand for each search's.")
@click.option("--time-limit", type=click.FloatRange(0, min_open=True), help="Seconds that an evaluation may take.")
@click.option("--memory-limit", type=click.FloatRange(0, min_open=True), help="GiB that an evaluation may use.")
@click.option("--archive", type=_FOLDER, default="hall_of_fame", show_default=True, help="Where records go.")
@click.option("--work", type=_FOLDER, default=".search", show_default=True, help="Where journals and jobs are kept.")
@click.option("--features", type=_FOLDER, default=".features", show_default=True, help="Cache of prepared features.")
@click.option("--site", metavar="NAME|FILE", help="The cluster; by default that of launch.toml or the settings file.")
@click.option("--account", help="Project that is charged.")
@click.option("--queue", help="Queue or partition; by default the first of the site that the job fits.")
@click.option("--nodes", type=click.IntRange(1), help="Nodes of the job.")
@click.option("--nodes-per-search", type=click.IntRange(1), help="By default the nodes are shared out evenly.")
@click.option("--walltime", help="HH:MM:SS, or a number with s, m, h or d.")
@click.option("--resubmit", type=click.IntRange(0), help="Jobs that may follow where the walltime was too short.")
@click.option("--dry-run", is_flag=True, help="Print the batch script and submit nothing.")
@click.option("--detach", is_flag=True, help="Print the job's number and do not wait.")
@click.option("--json", "as_json", is_flag=True, help="Print the end as JSON.")
def command(**options: Any) -> int:
    """Run searches as one job of a batch system, and wait for its end.

    The job needs nobody to wait: this command may be interrupted, or lose its connection, and be given again. Then it
    finds the job and goes on waiting. What a walltime cuts short is continued by the same command.

    Exit codes: 0 all records are published; 69 the job is refused, held or vanished, or a search gave up; 73 another
    job runs some of the searches; 75 not finished, the same command continues it; 78 no queue takes such a job.
    """
    from hpo.cli.batch import Wanted, client_of, make_job, run_in_job

    settings, place = _settings(options), _place(options)
    keys = ("account", "queue", "nodes", "walltime", "resubmit")
    wanted = Wanted.of(place, **{key: options[key] for key in keys})
    commands = [_arguments(options, *names) for names in _combinations(options, settings)]
    searches, hours = _planned(commands, place)
    if options["dry_run"]:
        return _print_script(searches, place, wanted, options)
    _tell_cost(searches, hours, wanted, place)
    again = shlex.join(["cross-hpo", *(part for part in sys.argv[1:] if part != "--detach")])
    if not searches:
        click.echo("nothing to do: all records are there", err=True)
        return ExitCode.DONE
    per_search = options["nodes_per_search"]
    if options["detach"]:
        job = make_job(searches, place, wanted, nodes_per_search=per_search)
        attempt = client_of(place, wanted, options["work"], again).submit(job)
        print_json({"job": attempt.number}) if options["as_json"] else click.echo(attempt.number)
        return ExitCode.DONE
    ended = run_in_job(searches, place, wanted, options["work"], command=again, nodes_per_search=per_search)
    return _announce(searches, ended, as_json=options["as_json"])


def _settings(options: Mapping[str, Any]) -> Settings:
    from hpo.settings import Settings, read_settings

    return read_settings(options["settings_file"]) if options["settings_file"] else Settings()


def _place(options: Mapping[str, Any]) -> Place:
    from hpo.cli.batch import choose_place
    from hpo.execution.nodes import job_id

    place = choose_place(options["site"], _settings(options))
    if place.site.scheduler == "none":
        raise BadConfiguration(f"site {place.site.name} has no batch system: use cross-hpo search, or another --site")
    if job_id():
        raise UsageError(f"this is job {job_id()} already: use cross-hpo search")
    return place


def _combinations(options: Mapping[str, Any], settings: Settings) -> list[tuple[str, str, str]]:
    """Model, dataset and strategy of every search, by options, else by the pipeline, else by the search section.

    Raises:
        UsageError: Nothing names a model or a dataset.
    """
    search, pipeline = settings.search, settings.pipeline
    own = search.model or search.model_file
    models = options["models"] or (pipeline.models if pipeline else ()) or ((own,) if own else ())
    datasets = options["datasets"] or (pipeline.datasets if pipeline else ())
    datasets = datasets or ((search.dataset,) if search.dataset else ())
    strategies = options["strategies"] or (pipeline.strategies if pipeline else (search.strategy,))
    if not models or not datasets:
        raise UsageError("--model and --dataset: give them, or a settings file with a pipeline")
    return list(dict.fromkeys(itertools.product(models, datasets, strategies)))


def _arguments(options: Mapping[str, Any], model: str, dataset: str, strategy: str) -> list[str]:
    """The command line of one search."""
    given = {"--model": model, "--dataset": dataset, "--strategy": strategy, "--settings": options["settings_file"]}
    given |= {f"--{name.replace('_', '-')}": options[name] for name in _PASSED_ON}
    if options["data"] is not None:
        given["--data"] = options["data"].replace("{model}", model).replace("{dataset}", dataset)
    given |= {f"--{name}": options[name] for name in ("archive", "work", "features")}
    pairs = [(option, str(value)) for option, value in given.items() if value is not None]
    return ["search", *(part for pair in pairs for part in pair)]


def _planned(commands: list[list[str]], place: Place) -> tuple[list[Search], list[float | None]]:
    """The searches that are not finished, everything checked, and the node-hours expected of each."""
    from hpo.cli import search
    from hpo.cli.batch import forecast_of, search_of
    from hpo.execution.workfolder import check_folder

    searches, hours = [], []
    for arguments in commands:
        options = search.command.make_context("search", [*arguments[1:], "--site", place.name]).params
        plan = search.plan_of(options)
        expected = forecast_of(plan, options, place.site)
        if expected is None and search_of(arguments, plan, options).published:
            continue
        check_folder(options["work"], plan.spec, fresh=False, takeover=False)
        searches.append(search_of(arguments, plan, options))
        hours.append(expected.node_hours if expected else 0.0)
    return searches, hours


def _tell_cost(searches: list[Search], hours: list[float | None], wanted: Wanted, place: Place) -> None:
    """Say what the job will cost; refuse one that may cost more than the launch profile allows."""
    known = [hour for hour in hours if hour is not None]
    unknown = f", {len(hours) - len(known)} unknown" if len(known) < len(hours) else ""
    cost = f"about {sum(known):.2g} node-hours{unknown}; at most {wanted.node_hours:.4g}"
    click.echo(f"forecast: {len(searches)} searches, {cost}; {wanted.words}", err=True)
    profile = place.profile
    if profile is not None and wanted.node_hours > profile.node_hours:
        raise BadConfiguration(
            f"not started: nodes x walltime x jobs are {wanted.node_hours:.4g} node-hours; "
            f"the launch profile allows {profile.node_hours:g}"
        )


def _print_script(searches: list[Search], place: Place, wanted: Wanted, options: Mapping[str, Any]) -> int:
    from dataclasses import replace

    from hpo.cli.batch import make_job
    from hpo.execution.batch.attempts import JOBS
    from hpo.execution.batch.client import job_name
    from hpo.execution.batch.script import render_script

    if not searches:
        click.echo("nothing to do: all records are there", err=True)
        return ExitCode.DONE
    job = make_job(searches, place, wanted, nodes_per_search=options["nodes_per_search"])
    folder = options["work"].resolve() / JOBS / job_name(searches) / "1"
    click.echo(render_script(place.site, replace(job, folder=str(folder))), nl=False)
    return ExitCode.DONE


def _announce(searches: list[Search], ended: Mapping[str, Ended], *, as_json: bool) -> int:
    from hpo.cli.batch import reason_of
    from hpo.execution.batch.inside import overall

    rows = [
        (search.name, ended[search.name].code, reason_of(ended[search.name], search), search.record)
        for search in searches
    ]
    if as_json:
        print_json([dict(zip(("search", "code", "reason", "record"), row, strict=True)) for row in rows])
    else:
        print_table(("search", "exit code", "remark"), [(name, code, reason or None) for name, code, reason, _ in rows])
    return overall([code for _, code, _, _ in rows])
