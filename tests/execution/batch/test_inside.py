"""Sharing the nodes of a job out among its searches, and what their ends mean."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpo.execution.batch.inside import Ended, groups, how, main
from hpo.execution.batch.job import Search
from hpo.execution.clock import utc_now
from hpo.execution.status import RunStatus


@given(st.integers(1, 40), st.integers(1, 40))
def test_every_node_is_in_one_part_and_no_part_is_too_small(nodes: int, size: int) -> None:
    names = [f"n{number}" for number in range(nodes)]
    parts = groups(names, size)
    assert sorted(name for part in parts for name in part) == sorted(names)
    assert len(parts) == max(1, nodes // size)
    assert all(len(part) >= min(size, nodes) for part in parts)


def test_the_driver_wants_a_deadline() -> None:
    with pytest.raises(SystemExit, match="expected --deadline, got --until"):
        main(["/nowhere", "--until", "7"])


def test_the_end_of_a_search_is_what_it_left_not_what_a_launcher_returned(tmp_path: Path) -> None:
    search = Search("a", str(tmp_path), str(tmp_path / "record"), ())
    begun = "2026-01-01T00:00:00.000Z"
    assert how(search, 65, begun) == Ended(65)
    assert how(search, 0, begun) == Ended(75, "it ended with exit code 0, but there is no record")
    assert how(search, 143, begun) == Ended(75, "its ranks were ended: exit code 143")
    RunStatus(state="failed", done=1, total=9, code=69, reason="none of the first succeeded").write(tmp_path)
    assert how(search, 143, begun) == Ended(69)
    assert how(search, 143, "9" + utc_now()[1:]) == Ended(75, "its ranks were ended: exit code 143")
    RunStatus(state="running", done=1, total=9).write(tmp_path)
    assert how(search, -9, begun) == Ended(75, "its ranks were ended: exit code -9")
    (tmp_path / "record").mkdir()
    (tmp_path / "record" / "run.json").touch()
    assert how(search, -9, begun) == Ended(0)
