"""What a search will cost, and who may start it."""

from __future__ import annotations

from pathlib import Path

import pytest

from hpo.archive.schema import Cost, Counts, Protocol, Release, RunInfo
from hpo.errors import BadConfiguration, BadData, MissingInput
from hpo.execution.forecast import UNASKED, check_launch, forecast
from hpo.execution.launch import EXAMPLE, LaunchProfile, read_launch_profile


def record(busy: float | None, evaluations: int) -> RunInfo:
    return RunInfo(
        model="M", dataset="D", size="SMALL", strategy="ga", run="ga-seed1", seed=1, release=Release(name="r"),
        protocol=Protocol(name="p", version=1, target="t", metric="m", selection="s"), population=4, generations=3,
        counts=Counts(evaluations=evaluations), cost=Cost(busy_seconds=busy),
    )  # fmt: skip


def test_earlier_records_of_the_pair_say_what_a_training_takes() -> None:
    expected = forecast("M", "D", 440, 4, [record(100.0, 10), record(3600.0, 10), record(3600.0, 9), record(None, 9)])
    assert expected.seconds == 360.0
    assert expected.node_hours == pytest.approx(440 * 360 / (4 * 0.8 * 3600))
    assert "about 14 node-hours (median 6 min 00 s each in 3 earlier records of this pair)" in expected.words


def test_what_this_search_has_taken_so_far_counts_most() -> None:
    expected = forecast("M", "D", 10, 1, [record(100.0, 10)], [2.0, 4.0])
    assert expected.seconds == 3.0
    assert "of this search so far" in expected.words


def test_nothing_is_known_of_a_new_pair_unless_it_is_a_demonstration() -> None:
    unknown = forecast("M", "CCLE", 9, 2, [])
    assert unknown.node_hours is None
    with pytest.raises(BadConfiguration, match="cost unknown"):
        check_launch(unknown, None)
    demonstration = forecast("M", "DEMO-A", 9, 2, [])
    assert demonstration.node_hours is not None
    assert demonstration.node_hours < UNASKED
    check_launch(demonstration, None)
    with pytest.raises(BadConfiguration, match="more than 1 node-hour needs to be allowed"):
        check_launch(forecast("M", "DEMO-A", 4401, 2, []), None)


def test_a_profile_allows_as_much_as_it_says() -> None:
    profile = LaunchProfile(node_hours=14.0)
    check_launch(forecast("M", "D", 440, 4, [record(3600.0, 10)]), profile)
    check_launch(forecast("M", "CCLE", 440, 4, []), profile)
    with pytest.raises(BadConfiguration, match=r"launch\.toml allows 14 node-hours"):
        check_launch(forecast("M", "D", 450, 4, [record(3600.0, 10)]), profile)
    # With a batch system the end of the job limits the cost, whatever is expected.
    check_launch(forecast("M", "D", 4500, 4, [record(3600.0, 10)]), profile, at_most=14.0)
    with pytest.raises(BadConfiguration, match=r"nodes x walltime x jobs are 14\.5 node-hours"):
        check_launch(forecast("M", "D", 1, 4, []), profile, at_most=14.5)


def test_the_example_is_a_profile(tmp_path: Path) -> None:
    (tmp_path / "launch.toml").write_text(EXAMPLE)
    profile = read_launch_profile({}, tmp_path)
    assert profile is not None
    assert (profile.site, profile.account, profile.node_hours) == ("polaris", "MyProject", 4.0)


def test_a_profile_may_lie_elsewhere(tmp_path: Path) -> None:
    assert read_launch_profile({}, tmp_path) is None
    elsewhere = tmp_path / "mine.toml"
    with pytest.raises(MissingInput, match="CROSS_HPO_LAUNCH names the launch profile"):
        read_launch_profile({"CROSS_HPO_LAUNCH": str(elsewhere)}, tmp_path)
    elsewhere.write_text("node_hours = 2\n")
    found = read_launch_profile({"CROSS_HPO_LAUNCH": str(elsewhere)}, tmp_path)
    assert found is not None
    assert found.node_hours == 2.0


def test_problems_of_a_profile_are_told_together(tmp_path: Path) -> None:
    (tmp_path / "launch.toml").write_text('nodes = 0\nacount = "x"\naccount = "a b"\nsetup = ["a\\nb"]\n')
    with pytest.raises(BadData) as caught:
        read_launch_profile({}, tmp_path)
    for part in ("node_hours", "nodes", "acount: unknown key", "account", "setup.0: must be one line"):
        assert part in str(caught.value)
