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
from tests.reports.transfers import Losses, write_final_of, write_transfer_of
from tests.site.chromium import chromium
from tests.site.hostile import hostile_archive

TRANSFER: dict[str, dict[str, Losses]] = {
    "DEMO-A": {"DEMO-A": [0.01, 0.011], "DEMO-B": [0.03, 0.032]},
    "DEMO-B": {"DEMO-A": [0.02, None], "DEMO-B": [0.02, 0.021]},
    "default": {"DEMO-A": [0.015, 0.015], "DEMO-B": [0.95, 0.95]},
}
"""Validation losses by optimum and dataset; a failed training, and dead networks from 0.9."""


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
    write_transfer_of(archive, TRANSFER, model="GraphDRP")
    write_final_of(archive, "GraphDRP/DEMO-A/SMALL/ga-seed1", [0.01, 0.012], [0.02, None])
    build_site(archive, folder / "html", work=folder / "work", project=default_project(), workers=2)
    return Built(archive, folder / "html", folder / "work")


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with chromium(tmp_path_factory.mktemp("chromium")) as driver:
        yield driver
