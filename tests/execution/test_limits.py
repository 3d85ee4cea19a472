"""When a search stops by itself."""

from __future__ import annotations

import time

import pytest

from hpo.errors import GaveUp
from hpo.evaluation import Status
from hpo.execution import limits
from hpo.execution.limits import Breaker, Deadline, expected_walltime
from tests.execution.builders import evaluation


def test_without_a_deadline_everything_is_allowed() -> None:
    assert Deadline(None).allows([1e9])
    assert Deadline(None).left == float("inf")


def test_only_what_can_finish_is_allowed() -> None:
    deadline = Deadline(time.time() + 1000)
    assert 930 < deadline.left < 941
    assert deadline.allows([900.0] * 20)
    assert not deadline.allows([950.0] * 20)
    assert deadline.allows([])


def test_a_short_deadline_keeps_a_tenth_in_reserve() -> None:
    assert 8.5 < Deadline(time.time() + 10).left <= 9.0


def test_a_clock_that_jumps_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    deadline = Deadline(time.time() + 1000)
    monkeypatch.setattr(limits.time, "time", lambda: 4e9)
    assert 930 < deadline.left < 941


@pytest.mark.parametrize(("walltimes", "expected"), [([], 0.0), ([3.0], 3.0), ([1.0] * 19 + [9.0], 1.0)])
def test_expected_walltime_is_the_95th_percentile(walltimes: list[float], expected: float) -> None:
    assert expected_walltime(walltimes) == expected


def test_no_success_among_the_first_results_gives_up() -> None:
    breaker = Breaker(4)
    for number in range(7):
        breaker.book(evaluation(number, status=Status.CRASHED, message="signal 11 (SIGSEGV)"))
    with pytest.raises(GaveUp, match=r"none of the first 8 evaluations succeeded; 8 ended with crashed: signal # "):
        breaker.book(evaluation(7, status=Status.CRASHED, message="signal 11 (SIGSEGV)"))


def test_a_larger_first_generation_has_more_patience() -> None:
    breaker = Breaker(16)
    for number in range(15):
        breaker.book(evaluation(number, status=Status.FAILED))
    breaker.book(evaluation(15))


def test_many_failures_of_one_cause_in_a_row_give_up() -> None:
    breaker = Breaker(4)
    breaker.book(evaluation(0))
    for number in range(1, 20):
        breaker.book(evaluation(number, status=Status.FAILED, message=f"OSError: file {number} | in load"))
    with pytest.raises(GaveUp, match="20 evaluations in a row ended with failed: OSError: file #"):
        breaker.book(evaluation(20, status=Status.FAILED, message="OSError: file 20"))


def test_different_causes_and_successes_between_go_on() -> None:
    breaker = Breaker(4)
    breaker.book(evaluation(0))
    for number in range(1, 60):
        message = "OSError: disk" if number % 2 else "RuntimeError: shape"
        breaker.book(evaluation(number, status=Status.FAILED, message=message))


def test_dead_networks_are_no_reason_to_stop_once_something_lives() -> None:
    breaker = Breaker(4)
    breaker.book(evaluation(0))
    for number in range(1, 60):
        breaker.book(evaluation(number, status=Status.DEGENERATE, message="constant prediction"))
