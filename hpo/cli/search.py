"""``cross-hpo search``: hyperparameters of one model on one dataset."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from hpo.cli.model_choice import model_name
from hpo.errors import CrossHpoError, UsageError

if TYPE_CHECKING:
    from hpo.cli.batch import Place
    from hpo.evaluation import Value
    from hpo.execution.job import Job
    from hpo.execution.plan import Plan, Request
    from hpo.execution.run import Published
    from hpo.execution.site import Site
    from hpo.settings import Settings

_FILE = click.Path(path_type=Path, dir_okay=False)
_FOLDER = click.Path(path_type=Path, file_okay=False)
_POSITIVE = click.FloatRange(0, min_open=True)

EPILOG: Final = """\b
Examples:
  cross-hpo search --model LGBM --dataset DEMO-A --size SMALL --data build/demo/raw_data
  cross-hpo search --settings search.yaml --launcher mpi --workers 4 --deadline 3600
  cross-hpo search --model-file mymodel.toml --dataset CCLE --size MEDIUM --data csa_data/raw_data
"""

UNIX_TIMES: Final = 1e9
"""A deadline from here on is a Unix time (2001 and later), one below it seconds from now (up to 31 years)."""


@click.command("search", epilog=EPILOG)
@click.option("--model", help="Model, as `cross-hpo models` lists them, or package.module:Class.")
@click.option("--model-file", type=_FILE, help="TOML file of a model of your own, which runs as a program.")
@click.option("--model-command", metavar="COMMAND", help="Command line of one training; goes with --model and --space.")
@click.option("--dataset", help="Dataset, one of the sources of the data.")
@click.option("--size", help="SMALL, MEDIUM, LARGE or XL: how many evaluations.")
@click.option("--strategy", help="ga (genetic algorithm, default), random (the control), or tpe or cmaes of Optuna.")
@click.option("--preset", help="Settings of the search: default, or supervisor for the published behaviour.")
@click.option("--seed", type=click.IntRange(0), help="Same seed, same candidates, on any number of workers.")
@click.option("--split", type=click.IntRange(0), help="Number of the train/validation/test split.")
@click.option("--data", type=_FOLDER, help="raw_data folder in csa_data layout, or prepared features.")
@click.option("--release", metavar="NAME", help="Name of the data's release, where they don't say.")
@click.option("--space", type=_FILE, help="Space file; by default the model's own.")
@click.option("--compat", type=click.Choice(["hof"]), help="Do as published runs: features, training and space.")
@click.option("--set", "fixed", multiple=True, metavar="NAME=VALUE", help="Hold a hyperparameter at a value.")
@click.option("--ga", multiple=True, metavar="NAME=VALUE", help="Setting of the search, for example MUT_PROB=0.7.")
@click.option("--run", "run_name", metavar="NAME", help="Name of the run; by default STRATEGY-seedSEED.")
@click.option("--settings", "settings_file", type=_FILE, help="YAML file with these options; options win over it.")
@click.option("--site", metavar="NAME|FILE", help="How searches are started here; by default laptop.")
@click.option("--launcher", type=click.Choice(["local", "mpi"]), help="Processes of this machine, or MPI ranks.")
@click.option("--workers", type=click.IntRange(0), help="Evaluations at the same time; 0 trains in this process.")
@click.option("--time-limit", type=_POSITIVE, help="Seconds that an evaluation may take.")
@click.option("--memory-limit", type=_POSITIVE, help="GiB of memory that an evaluation may use.")
@click.option("--deadline", type=_POSITIVE, help="End by then: Unix time, or seconds from now.")
@click.option("--archive", type=_FOLDER, default="hall_of_fame", show_default=True, help="Where the record goes.")
@click.option("--work", type=_FOLDER, default=".search", show_default=True, help="Where journals are kept.")
@click.option("--features", type=_FOLDER, default=".features", show_default=True, help="Cache of prepared features.")
@click.option("--fresh", is_flag=True, help="Start anew; the journal of an earlier start is kept aside.")
@click.option("--takeover", is_flag=True, help="Take the run from a start that is dead but seems to live.")
@click.option("--json", "as_json", is_flag=True, help="Print the end as JSON.")
def command(**options: Any) -> int:
    """Search hyperparameters of one model on one dataset, and publish the record.

    The same command continues a search that was stopped or killed: nothing is trained twice, on any number of workers.

    At a site with a batch system the search becomes a job, unless this is one; the command waits for its end.

    Exit codes: 0 published, or it was already; 69 nothing succeeds; 70 the journal belongs to another search; 73 it is
    already running; 75 stopped, the same command continues it.
    """
    from hpo.cli import batch
    from hpo.execution import mpi
    from hpo.execution.affinity import order_of
    from hpo.execution.announce import announce
    from hpo.execution.local import run_local
    from hpo.execution.nodes import placed_mpiexec
    from hpo.execution.run import Published
    from hpo.execution.workfolder import is_finished

    if mpi.inside_mpi():
        # Ranks that somebody has started: the first prepares, then all go on together.
        with suppress(CrossHpoError):  # the first rank says what is wrong
            os.environ.update(order_of(place_of(options).site.node))
        return mpi.run_ranks(lambda: prepare(options, inside_mpi=True)[0])
    start, place, plan = prepare(options, inside_mpi=False)
    if isinstance(start, Published):
        return announce(start, as_json=options["as_json"])
    if place.needs_job and not is_finished(start.folder):
        return batch.run_search(sys.argv[1:], plan, options, place)
    if start.launcher == "mpi" and not place.needs_job:
        from hpo.execution.workfolder import write_job

        mpiexec = placed_mpiexec(place.site, start.workers, start.folder)
        environment = {**place.site.environment, **order_of(place.site.node)}
        return mpi.launch(mpiexec, write_job(start), workers=start.workers, environment=environment)
    return announce(run_local(start), as_json=start.as_json)


def place_of(options: dict[str, Any]) -> Place:
    """Where the search runs, by option, launch profile or settings file."""
    from hpo.cli.batch import choose_place

    return choose_place(options["site"], _settings(options))


def prepare(options: dict[str, Any], *, inside_mpi: bool) -> tuple[Job | Published, Place, Plan]:
    """Check everything, and only then make the work folder: what to run, or the record if it is there already."""
    from hpo.cli import batch
    from hpo.execution.mpi import check_mpi
    from hpo.execution.start import begin

    settings, place = _settings(options), place_of(options)
    site = place.site
    needs_job = place.needs_job and not inside_mpi
    if needs_job:
        batch.check_for_job(options)
    launcher, workers, time_limit = how_to_run(options, site, inside_mpi=inside_mpi)
    memory_limit = memory_limit_of(options, site, workers)
    deadline = deadline_of(options["deadline"])
    if launcher == "mpi" and not inside_mpi and not needs_job:
        check_mpi(site.mpiexec)
    plan = plan_of(options)
    if not inside_mpi:
        batch.allow(plan, options, place, workers, of_pipeline=settings.pipeline is not None)
    archive = options["archive"].resolve()
    begun = begin(
        plan.spec,
        work=options["work"].resolve(),
        archive=archive,
        fresh=options["fresh"],
        takeover=options["takeover"],
    )
    if not isinstance(begun, Path):
        return begun, place, plan
    from hpo.execution.job import Job
    from hpo.execution.training import EvaluatorSettings
    from hpo.execution.workfolder import LOGS

    evaluator = EvaluatorSettings(
        model=str(model_name(options, settings.search)),
        features=str(plan.features.path.resolve()),
        fixed=plan.spec.fixed,
        compat=options["compat"],
        threads=site.threads,
        time_limit=time_limit,
        memory_limit=memory_limit,
        logs=str(begun / LOGS),
        environment=site.environment,
    )
    job = Job(
        folder=begun,
        archive=archive,
        evaluator=evaluator,
        launcher=launcher,
        workers=workers,
        deadline=deadline,
        takeover=options["takeover"],
        as_json=options["as_json"],
        terminal=_terminal(),
        command=_command_again(sys.argv[1:]),
    )
    return job, place, plan


def _settings(options: dict[str, Any]) -> Settings:
    from hpo.settings import Settings, read_settings

    return read_settings(options["settings_file"]) if options["settings_file"] else Settings()


def plan_of(options: dict[str, Any]) -> Plan:
    """The search that ``options`` ask for, checked; see ``hpo.execution.plan.make_plan`` for what it raises."""
    from hpo.execution.plan import make_plan

    plan = make_plan(request_of(options, _settings(options)), options["features"])
    for warning in plan.warnings:
        click.echo(f"note: {warning}", err=True)
    return plan


def request_of(options: dict[str, Any], settings: Settings) -> Request:
    """What is asked for by options and settings file together.

    Raises:
        UsageError: Something is named by neither, or not as NAME=VALUE.
    """
    from hpo.execution.plan import Request, parse_fixed
    from hpo.models.registry import load

    search = settings.search
    chosen = {name: options[name] if options[name] is not None else getattr(search, name) for name in _BOTH}
    chosen["model"] = model_name(options, search)
    missing = [f"--{name}" for name in ("model", "dataset", "size", "data") if chosen[name] is None]
    if missing:
        raise UsageError(f"{', '.join(missing)} missing: give it as an option, or in a file named with --settings")
    model = load(chosen["model"], options["compat"])
    fixed = {**search.fixed.get(model.card.name, {}), **parse_fixed(model, pairs_of("--set", options["fixed"]))}
    given = {name: _scalar(text) for name, text in pairs_of("--ga", options["ga"]).items()}
    return Request(
        **{**chosen, "data": Path(chosen["data"]), "space": Path(chosen["space"]) if chosen["space"] else None},
        settings={**search.settings, **given},
        fixed=fixed,
        run=options["run_name"],
        release=options["release"],
        compat=options["compat"],
    )


_BOTH: Final = ("model", "dataset", "size", "strategy", "preset", "seed", "split", "data", "space")
"""What an option and a key of the settings file say alike."""


def how_to_run(options: dict[str, Any], site: Site, *, inside_mpi: bool) -> tuple[str, int, float | None]:
    """Launcher, workers and time limit, by option or site.

    Raises:
        UsageError: They contradict each other.
    """
    launcher = options["launcher"] or ("mpi" if inside_mpi else site.launcher)
    if inside_mpi and launcher != "mpi":
        raise UsageError("--launcher local within an MPI job: every rank would run the same search")
    workers = default_workers(site) if options["workers"] is None else options["workers"]
    if launcher == "mpi" and workers < 1:
        raise UsageError(f"--workers {workers}: an MPI search needs at least 1; 0 goes with --launcher local only")
    if workers == 0 and options["time_limit"] is not None:
        raise UsageError("--time-limit with --workers 0: training in this process can't be ended; use --workers 1")
    return launcher, workers, (options["time_limit"] or site.time_limit) if workers else None


def memory_limit_of(options: dict[str, Any], site: Site, workers: int) -> float | None:
    """GiB that an evaluation may use, by option or site; ``None`` for no limit.

    Raises:
        UsageError: Training would be in this process.
    """
    if workers == 0 and options["memory_limit"] is not None:
        raise UsageError("--memory-limit with --workers 0: training in this process can't be ended; use --workers 1")
    return (options["memory_limit"] or site.memory) if workers else None


def default_workers(site: Site) -> int:
    """Evaluations at the same time, by the site and, inside a job, its nodes."""
    from hpo.execution.nodes import job_nodes, most_workers

    return site.workers if site.node is None else most_workers(site.node, len(job_nodes()) or 1)


def deadline_of(value: float | None) -> float | None:
    """``--deadline`` as Unix time.

    Raises:
        UsageError: It has passed.
    """
    if value is None or value < UNIX_TIMES:
        return None if value is None else time.time() + value
    if value <= time.time():
        raise UsageError(f"--deadline {value:.0f} has passed; it is a Unix time, or seconds from now")
    return value


def pairs_of(option: str, items: Sequence[str]) -> dict[str, str]:
    """What the items ``NAME=VALUE`` of ``option`` say, by name.

    Raises:
        UsageError: One has another form, or a name is given twice.
    """
    pairs = {}
    for item in items:
        name, separator, value = item.partition("=")
        if not separator or not name:
            raise UsageError(f"{option} {item}: expected NAME=VALUE")
        if name in pairs:
            raise UsageError(f"{option} {name} is given twice")
        pairs[name] = value
    return pairs


def _scalar(text: str) -> Value:
    """``text`` as JSON number or boolean where it is one, else as text."""
    try:
        value = json.loads(text.lower() if text in ("True", "False") else text)
    except ValueError:
        return text
    return value if isinstance(value, bool | int | float) else text


def _terminal() -> int:
    """Columns of the terminal that progress is drawn on; 0 where there is none."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        return 0
    return shutil.get_terminal_size().columns


def _command_again(arguments: Sequence[str]) -> str:
    """The command line that continues what this one began."""
    from hpo.execution.batch.inside import COMMAND

    if COMMAND in os.environ:
        return os.environ[COMMAND]
    return shlex.join(["cross-hpo", *(item for item in arguments if item not in ("--fresh", "--takeover"))])
