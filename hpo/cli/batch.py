"""What `cross-hpo search` and `cross-hpo submit` share: what a search may cost, and how it becomes a job."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from hpo.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from hpo.execution.batch.client import Client
    from hpo.execution.batch.inside import Ended
    from hpo.execution.batch.job import BatchJob, Search
    from hpo.execution.forecast import Forecast
    from hpo.execution.launch import LaunchProfile
    from hpo.execution.plan import Plan
    from hpo.execution.site import Queue, Site
    from hpo.settings import Settings

_NOT_IN_THE_JOB: Final = ("--fresh",)
"""Options that have done their work before a job is submitted."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a search runs and what it may cost.

    Attributes:
        name: Name of the site, or absolute path of its file.
        site: The site.
        profile: The user's launch profile; ``None`` where there is none.
    """

    name: str
    site: Site
    profile: LaunchProfile | None

    @property
    def needs_job(self) -> bool:
        """Whether searches are submitted to a batch system, as we are not inside a job of one."""
        from hpo.execution.nodes import job_id

        return self.site.scheduler != "none" and not job_id()


def choose_place(site: str | None, settings: Settings) -> Place:
    """By option, else by launch profile, else by settings file."""
    from hpo.execution.launch import read_launch_profile
    from hpo.execution.site import read_site, site_names

    profile = read_launch_profile()
    name = site or (profile.site if profile else None) or settings.site
    return Place(name if name in site_names() else str(Path(name).resolve()), read_site(name), profile)


def forecast_of(plan: Plan, options: Mapping[str, Any], site: Site, workers: int | None = None) -> Forecast | None:
    """What is left of the search of ``plan``; ``None`` where nothing is, or its record is there.

    Raises:
        OwnedOrExists: Another record is in the way.
        BadData: What is in the archive at its place is no record.
    """
    from hpo.archive import HallOfFame
    from hpo.errors import CrossHpoError
    from hpo.execution.bookkeeping import evaluations_in
    from hpo.execution.forecast import forecast
    from hpo.execution.journal import read_journal
    from hpo.execution.start import existing
    from hpo.execution.workfolder import JOURNAL, read_spec

    spec, archive = plan.spec, options["archive"]
    if existing(archive, spec, fresh=options["fresh"]) is not None:
        return None
    own: list[float] = []
    done = 0
    folder = options["work"] / spec.name
    try:
        if not options["fresh"] and read_spec(folder).digest == spec.digest:
            results = evaluations_in(read_journal(folder / JOURNAL, spec.digest).entries)
            done = len(results)
            own = [result.walltime for result in results if result.walltime is not None]
    except CrossHpoError:
        # No journal, or one that can't be read: then nothing is done.
        own, done = [], 0
    if done >= plan.budget:
        return None
    earlier = HallOfFame(archive).runs(model=spec.model, dataset=spec.dataset) if archive.is_dir() else []
    per_node = workers if site.node is None else site.node.workers
    return forecast(spec.model, spec.dataset, plan.budget - done, per_node or site.workers, earlier, own)


def allow(plan: Plan, options: Mapping[str, Any], place: Place, workers: int, *, of_pipeline: bool) -> None:
    """Tell what the search of a pipeline will cost, and refuse what nobody has allowed.

    A search that is asked for by name, without a pipeline's settings, is allowed by that; so is one of a job.

    Raises:
        BadConfiguration: It may cost more than is allowed.
    """
    from hpo.execution.batch.inside import JOB
    from hpo.execution.forecast import check_launch

    if JOB in os.environ or not (of_pipeline or place.needs_job):
        return
    expected = forecast_of(plan, options, place.site, workers)
    if expected is None:
        return
    request = Wanted.of(place) if place.needs_job else None
    click.echo(f"forecast: {expected.words}{f'; {request.words}' if request else ''}", err=True)
    if of_pipeline or place.profile is not None:
        check_launch(expected, place.profile, at_most=request.node_hours if request and place.profile else None)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The resources of a job, checked against the queues of the site."""

    nodes: int
    walltime: int
    queue: str
    rerun: bool
    account: str
    resubmit: int
    setup: tuple[str, ...]
    poll: float
    words: str

    @property
    def node_hours(self) -> float:
        """What the job, and those that may follow it, can cost at most."""
        return self.nodes * self.walltime / 3600 * (1 + self.resubmit)

    @classmethod
    def of(cls, place: Place, **changes: Any) -> Wanted:
        """From the launch profile, with ``changes`` that are not ``None`` (nodes, walltime, queue, account, resubmit).

        Raises:
            BadConfiguration: No queue takes such a job.
            UsageError: The walltime can't be understood.
        """
        from hpo.execution.forecast import UNASKED
        from hpo.execution.launch import LaunchProfile
        from hpo.execution.queues import choose_queue, clock, parse_walltime, route_of

        profile = place.profile or LaunchProfile(node_hours=UNASKED)
        given = {name: value for name, value in changes.items() if value is not None}
        nodes = given.get("nodes", profile.nodes)
        walltime = parse_walltime(given.get("walltime", profile.walltime))
        name = given.get("queue", profile.queue or "")
        queue: Queue | None = choose_queue(place.site, name, nodes, walltime)
        behind = route_of(queue, nodes, walltime) if queue else ""
        where = (queue.name if queue else name) or "the default queue"
        resubmit = given.get("resubmit", profile.resubmit)
        words = f"{where}{f' -> {behind}' if behind else ''}, {nodes} node{'s' * (nodes != 1)}, {clock(walltime)}"
        words += f", up to {resubmit + 1} jobs" if resubmit else ""
        return cls(
            nodes=nodes,
            walltime=walltime,
            queue=queue.name if queue else name,
            rerun=bool(queue and queue.rerun),
            account=given.get("account", profile.account or ""),
            resubmit=resubmit,
            setup=profile.setup,
            poll=profile.poll,
            words=words,
        )


def search_of(arguments: Sequence[str], plan: Plan, options: Mapping[str, Any]) -> Search:
    """The search of ``plan``, which ``cross-hpo`` with ``arguments`` runs, as part of a job."""
    from hpo.execution.batch.job import Search

    spec = plan.spec
    record = options["archive"].resolve() / spec.model / spec.dataset / spec.size / spec.run
    kept = tuple(argument for argument in arguments if argument not in _NOT_IN_THE_JOB)
    return Search(spec.name, str(options["work"].resolve() / spec.name), str(record), kept)


def check_for_job(options: Mapping[str, Any]) -> None:
    """Refuse options that make no sense for a search that will run in a job.

    Raises:
        UsageError: One of them is given.
    """
    if options["deadline"] is not None:
        raise UsageError("--deadline: a job ends at its walltime; say how long in the launch profile, or use submit")
    if options["launcher"] == "local":
        raise UsageError("--launcher local: this site runs searches in jobs; use another --site to search here")


def run_in_job(
    searches: Sequence[Search],
    place: Place,
    wanted: Wanted,
    work: Path,
    *,
    command: str,
    nodes_per_search: int | None = None,
) -> dict[str, Ended]:
    """Submit, wait, and submit again where the time was short; how each search ended, by name.

    Raises:
        Resumable: Waiting was stopped; the job goes on.
        GaveUp: The job is refused, or never ran.
        OwnedOrExists: Another job runs some of the searches.
    """
    job = make_job(searches, place, wanted, nodes_per_search=nodes_per_search)
    return client_of(place, wanted, work, command).to_the_end(job, resubmit=wanted.resubmit)


def client_of(place: Place, wanted: Wanted, work: Path, command: str) -> Client:
    """A client of the site's batch system."""
    from hpo.execution.batch.client import Client
    from hpo.execution.batch.scheduler import scheduler_named

    return Client(place.site, scheduler_named(place.site.scheduler), work, wanted.poll, command)


def make_job(
    searches: Sequence[Search], place: Place, wanted: Wanted, *, nodes_per_search: int | None = None
) -> BatchJob:
    """The job that runs ``searches`` with the resources ``wanted``; its folder is still to be chosen.

    Raises:
        UsageError: A search would get more nodes than there are.
    """
    from hpo.execution.batch.job import BatchJob

    per_search = nodes_per_search or max(1, wanted.nodes // len(searches))
    if per_search > wanted.nodes:
        raise UsageError(f"--nodes-per-search {per_search}: the job has {wanted.nodes} nodes only")
    return BatchJob(
        folder="/",
        directory=str(Path.cwd()),
        python=sys.executable,
        site=place.name,
        searches=tuple(searches),
        nodes=wanted.nodes,
        nodes_per_search=per_search,
        walltime=wanted.walltime,
        queue=wanted.queue,
        account=wanted.account,
        rerun=wanted.rerun,
        setup=wanted.setup,
    )


def run_search(arguments: Sequence[str], plan: Plan, options: Mapping[str, Any], place: Place) -> int:
    """Run the search that ``cross-hpo`` with ``arguments`` asks for as a job, and announce its end; the exit code.

    Raises:
        Resumable: See :func:`run_in_job`.
        GaveUp: See :func:`run_in_job`.
    """
    from hpo.archive.record import read_record
    from hpo.execution.announce import announce
    from hpo.execution.run import Published

    search = search_of(arguments, plan, options)
    command = shlex.join(["cross-hpo", *arguments])
    ended = run_in_job([search], place, Wanted.of(place), options["work"], command=command)[search.name]
    if ended.code != ExitCode.DONE:
        click.echo(f"cross-hpo: {search.name}: {reason_of(ended, search)}", err=True)
        return ended.code
    record = read_record(Path(search.record))
    trained = record.run.counts.evaluations
    return announce(Published(record, Path(search.record), trained), as_json=options["as_json"])


def reason_of(ended: Ended, search: Search) -> str:
    """Why a search of a job has no record, in words; empty where it has one."""
    from hpo.execution.status import read_status

    if ended.code == ExitCode.DONE:
        return ""
    status = read_status(Path(search.folder))
    reason = ended.reason or (status.reason if status is not None else "") or f"exit code {ended.code}"
    return f"{reason}; the same command continues it" if ended.code == ExitCode.RESUMABLE else reason
