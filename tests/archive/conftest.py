"""An archive of five records, made once and copied for every test that wants one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.archive.builders import small_archive


@pytest.fixture(scope="session")
def finished_archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_archive(tmp_path_factory.mktemp("finished") / "hall_of_fame")


@pytest.fixture
def archive(tmp_path: Path, finished_archive: Path) -> Path:
    return Path(shutil.copytree(finished_archive, tmp_path / "hall_of_fame"))
