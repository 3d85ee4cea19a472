"""Jobs that fit a queue, and jobs that would vanish."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpo.errors import BadConfiguration, UsageError
from hpo.execution.queues import choose_queue, clock, misfit, parse_walltime, route_of
from hpo.execution.site import read_site

POLARIS = read_site("polaris")
HOUR = 3600


@pytest.mark.parametrize(
    ("nodes", "hours", "queue"),
    [(1, 1, "debug"), (2, 0.1, "debug"), (3, 1, "debug-scaling"), (10, 1, "debug-scaling"), (10, 3, "prod"),
     (24, 3, "prod"), (25, 6, "prod"), (100, 24, "prod"), (4, 12, "capacity"), (10, 24, "preemptable")],
)  # fmt: skip
def test_the_first_queue_that_fits_is_chosen(nodes: int, hours: float, queue: str) -> None:
    chosen = choose_queue(POLARIS, "", nodes, round(hours * HOUR))
    assert chosen is not None
    assert chosen.name == queue


@pytest.mark.parametrize(
    ("queue", "nodes", "hours", "message"),
    [
        (
            "debug",
            3,
            1,
            "queue debug: 3 nodes for 1 h 00 min does not fit: it takes 1 to 2 nodes; it fits debug-scaling",
        ),
        ("debug", 1, 2, "its jobs run for at most 1 h 00 min; it fits capacity, preemptable"),
        ("debug", 1, 0.05, "its jobs run for at least 5 min"),
        ("prod", 10, 4, "none of the queues behind it takes the job .small 10 to 24 nodes for 3 h, medium"),
        ("prod", 9, 1, "it takes 10 to 476 nodes"),
        ("prod", 496, 24, "it takes 10 to 476 nodes; it fits no queue of this site"),
        ("small", 10, 3, "no queue 'small'; jobs get there through prod"),
        ("batch", 1, 1, "no queue 'batch'; there are debug, debug-scaling, prod"),
    ],
)
def test_what_does_not_fit_is_refused_with_what_would(queue: str, nodes: int, hours: float, message: str) -> None:
    with pytest.raises(BadConfiguration, match=message):
        choose_queue(POLARIS, queue, nodes, round(hours * HOUR))


def test_what_fits_nowhere_is_told_for_every_queue() -> None:
    with pytest.raises(BadConfiguration) as caught:
        choose_queue(POLARIS, "", 11, 4 * HOUR)
    for queue in POLARIS.queues:
        assert f"\n  {queue.name}: " in str(caught.value)
    assert "demand: only by request" in str(caught.value)


@given(st.integers(1, 600), st.integers(1, 200 * HOUR))
def test_a_chosen_queue_takes_the_job_and_a_routing_one_has_a_route(nodes: int, walltime: int) -> None:
    try:
        chosen = choose_queue(POLARIS, "", nodes, walltime)
    except BadConfiguration:
        assert all(queue.by_request or misfit(queue, nodes, walltime) for queue in POLARIS.queues)
        return
    assert chosen is not None
    assert not misfit(chosen, nodes, walltime)
    assert bool(chosen.routes) == bool(route_of(chosen, nodes, walltime))


def test_a_site_without_a_table_takes_everything() -> None:
    assert choose_queue(read_site("slurm-generic"), "anything", 999, 1) is None


@pytest.mark.parametrize("text", ["", "60", "1:2", "1:60:0", "-1h", "0s", "00:00:00", "1 day", "1h30m", "nan h"])
def test_what_is_no_walltime_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="walltime"):
        parse_walltime(text)


@given(st.integers(1, 9999 * HOUR))
def test_walltimes_come_back(seconds: int) -> None:
    assert parse_walltime(clock(seconds)) == seconds
