"""Whether a job fits a queue: asked before it is submitted, since what fits none may vanish without a word."""

from __future__ import annotations

import re

from hpo.errors import BadConfiguration, UsageError
from hpo.execution.progress import duration
from hpo.execution.site import Queue, Site

_CLOCK = re.compile(r"(?:(\d{1,4}):)?(\d{1,2}):(\d\d)")


def parse_walltime(text: str) -> int:
    """Seconds of a walltime: ``HH:MM:SS``, ``MM:SS``, or a number followed by ``s``, ``m``, ``h`` or ``d``.

    >>> [parse_walltime(text) for text in ("1:30:00", "30:00", "45m", "1.5h")]
    [5400, 1800, 2700, 5400]

    Raises:
        UsageError: It is none of these, or nothing.
    """
    clock = _CLOCK.fullmatch(text.strip())
    number = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smhd])", text.strip())
    if clock:
        hours, minutes, seconds = (int(part or 0) for part in clock.groups())
        total = hours * 3600 + minutes * 60 + seconds
    elif number:
        total = round(float(number[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[number[2]])
    else:
        raise UsageError(f"walltime {text!r}: expected HH:MM:SS, or a number with s, m, h or d, for example 45m")
    if total <= 0:
        raise UsageError(f"walltime {text!r}: must be more than nothing")
    return total


def clock(seconds: int) -> str:
    """``HH:MM:SS``.

    >>> clock(5400)
    '01:30:00'
    """
    return f"{seconds // 3600:02d}:{seconds % 3600 // 60:02d}:{seconds % 60:02d}"


def choose_queue(site: Site, name: str, nodes: int, walltime: int) -> Queue | None:
    """The queue ``name``, or with an empty name the first of the site that the job fits; ``None`` where the site has
    no table, so that nothing can be known.

    Args:
        site: The site.
        name: What was asked for; empty for any.
        nodes: Nodes of the job.
        walltime: Seconds.

    Raises:
        BadConfiguration: The job does not fit, with the reason for every queue in question.
    """
    if not site.queues:
        return None
    job = f"{nodes} node{'s' * (nodes != 1)} for {duration(walltime)}"
    if name:
        found = next((queue for queue in site.queues if queue.name == name), None)
        if found is None:
            raise BadConfiguration(f"site {site.name} has no queue {name!r}{_hint(site, name)}")
        problem = misfit(found, nodes, walltime)
        if problem:
            others = [
                queue.name for queue in site.queues if not queue.by_request and not misfit(queue, nodes, walltime)
            ]
            remedy = f"it fits {', '.join(others)}" if others else "it fits no queue of this site"
            raise BadConfiguration(f"queue {name}: {job} does not fit: {problem}; {remedy}")
        return found
    problems = []
    for queue in site.queues:
        problem = "only by request: name it" if queue.by_request else misfit(queue, nodes, walltime)
        if not problem:
            return queue
        problems.append(f"  {queue.name}: {problem}")
    raise BadConfiguration(f"no queue of {site.name} takes {job}:\n" + "\n".join(problems))


def misfit(queue: Queue, nodes: int, walltime: int) -> str:
    """Why a job does not fit ``queue``; empty if it does."""
    fewest, most = queue.nodes
    if not fewest <= nodes <= most:
        return f"it takes {fewest} to {most} nodes"
    if walltime < queue.minutes * 60:
        return f"its jobs run for at least {duration(queue.minutes * 60)}"
    if walltime > queue.hours * 3600:
        return f"its jobs run for at most {duration(queue.hours * 3600)}"
    if queue.routes and not any(
        route.nodes[0] <= nodes <= route.nodes[1] and walltime <= route.hours * 3600 for route in queue.routes
    ):
        routes = ", ".join(
            f"{route.name} {route.nodes[0]} to {route.nodes[1]} nodes for {route.hours:g} h" for route in queue.routes
        )
        return f"none of the queues behind it takes the job ({routes})"
    return ""


def route_of(queue: Queue, nodes: int, walltime: int) -> str:
    """The queue behind a routing queue that the job will end in; empty where there is none."""
    return next(
        (
            route.name
            for route in queue.routes
            if route.nodes[0] <= nodes <= route.nodes[1] and walltime <= route.hours * 3600
        ),
        "",
    )


def _hint(site: Site, name: str) -> str:
    behind = next((queue.name for queue in site.queues for route in queue.routes if route.name == name), None)
    if behind is not None:
        return f"; jobs get there through {behind}"
    return f"; there are {', '.join(queue.name for queue in site.queues)}"
