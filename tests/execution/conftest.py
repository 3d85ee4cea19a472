"""Fixtures of the tests of execution."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.execution import builders


@pytest.fixture(scope="session")
def features(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A prepared folder of the zoo."""
    return builders.prepared(tmp_path_factory.mktemp("zoo"))
