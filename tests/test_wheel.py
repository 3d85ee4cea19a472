"""What an installed package holds: everything that is read at run time, and nothing else of the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The content of the wheel, as an installation lays it out."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", str(ROOT), "--no-deps", "--no-build-isolation", "--quiet"]
    subprocess.run([*command, "--wheel-dir", str(folder)], check=True, capture_output=True, timeout=240)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "lib")
    return folder / "lib"


def versioned(folder: str) -> list[str]:
    listed = subprocess.run(["git", "-C", str(ROOT), "ls-files", folder], check=True, capture_output=True, text=True)
    return [name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


@pytest.mark.parametrize("folder", ["hpo", "reports"])
def test_no_file_of_the_packages_is_left_behind(installed, folder):
    names = versioned(folder)
    assert names
    assert [name for name in names if not (installed / name).is_file()] == []


def test_the_project_of_the_site_comes_along(installed):
    names = versioned("site")
    assert "site/mkdocs.yml" in names
    assert [name for name in names if not (installed / "reports" / name).is_file()] == []


def test_what_was_measured_of_the_search_comes_along(installed):
    names = versioned("benchmarks/results")
    assert "benchmarks/results/search_quality.csv" in names
    assert [name for name in names if not (installed / "reports/results" / Path(name).name).is_file()] == []


def test_nothing_else_of_the_checkout_is_installed(installed):
    roots = {path.name for path in installed.iterdir() if not path.name.endswith(".dist-info")}
    assert roots == {"hpo", "reports"}


def test_an_installed_package_finds_its_own_project(installed, tmp_path):
    code = (
        "import reports.html as html; print(html.__file__); print(html.default_project());"
        "from reports.analysis.quality import results_folder; print(results_folder())"
    )
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    module, project, results = map(Path, done.stdout.split())
    assert module.is_relative_to(installed)
    assert project == installed / "reports" / "site"
    assert (project / "mkdocs.yml").is_file()
    assert (project / "docs").is_dir()
    assert results == installed / "reports" / "results"
