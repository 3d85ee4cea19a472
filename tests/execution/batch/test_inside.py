"""Sharing the nodes of a job out among its searches."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpo.execution.batch.inside import groups, main


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
