"""One site for all tests of this folder: ordinary, failed, dead, imported and hostile records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hpo.evaluation import Status
from reports.build import build_site
from reports.html import default_project
from tests.archive.builders import improve_record, small_archive, small_record
from tests.site.chromium import chromium
from tests.site.hostile import hostile_archive


@dataclass(frozen=True)
class Built:
    """A built site with what it was made from."""

    archive: Path
    html: Path
    work: Path


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("site")
    archive = small_archive(folder / "hall_of_fame")
    small_record("LGBM", "DEMO-B", "LARGE", failures={3: Status.OOM, 9: Status.CRASHED}).write(archive)
    small_record("LGBM", "DEMO-A", "MEDIUM", failures=dict.fromkeys(range(41), Status.FAILED)).write(archive)
    improve_record("Paccmann_MCA", "gCSI", "LARGE").write(archive)
    improve_record("GraphDRP", "gCSI", "SMALL", degenerate=True).write(archive)
    hostile_archive(archive)
    build_site(archive, folder / "html", work=folder / "work", project=default_project(), workers=2)
    return Built(archive, folder / "html", folder / "work")


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with chromium(tmp_path_factory.mktemp("chromium")) as driver:
        yield driver
