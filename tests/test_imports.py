"""Who may import whom, read from the source: data flows one way, heavy packages stay where they belong."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

ALLOWED = {
    "hpo.catalogue": {"hpo.catalogue"},
    "hpo.space": {"hpo.space", "hpo.models"},
    "hpo.search": {"hpo.search", "hpo.space"},
    "hpo.data": {"hpo.data", "hpo.models"},
    "hpo.models": {"hpo.models", "hpo.catalogue", "hpo.data", "hpo.space"},
    "hpo.archive": {"hpo.archive", "hpo.space"},
    "hpo.replication": {
        "hpo.replication",
        "hpo.execution",
        "hpo.archive",
        "hpo.space",
        "hpo.search",
        "hpo.models",
        "hpo.data",
    },
    "hpo.execution": {"hpo.execution", "hpo.archive", "hpo.space", "hpo.search", "hpo.models", "hpo.data"},
}
"""Package: the packages of ours that it may import, beside the plain modules of ``hpo``."""

HOME_OF_HEAVY = {
    "deap": ("hpo/search/",),
    "mpi4py": ("hpo/execution/",),
    "torch": ("hpo/models/", "hpo/cli/doctor.py"),
    "lightgbm": ("hpo/models/",),
    "matplotlib": ("reports/figures/",),
    "jinja2": ("reports/pages/", "reports/mkdocs_hooks.py"),
    "sklearn": (
        "hpo/archive/export/surrogate.py",
        "reports/analysis/importance.py",
        "reports/analysis/transfer_estimate.py",
    ),
}


def sources(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def package_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:2])


def is_package(name: str) -> bool:
    return (ROOT / name.replace(".", "/")).is_dir()


@pytest.mark.parametrize("path", sources("hpo"), ids=lambda path: str(path.relative_to(ROOT)))
def test_packages_import_only_what_comes_before_them(path: Path) -> None:
    package = package_of(path)
    for name in imports(path):
        assert not name.startswith("reports"), f"{path}: hpo never imports reports"
        if name.startswith("hpo.cli") and package != "hpo.cli" and path.name != "__main__.py":
            pytest.fail(f"{path}: nothing imports the command line, but it imports {name}")
        target = ".".join(name.split(".")[:2])
        if package in ALLOWED and target.startswith("hpo.") and is_package(target):
            assert target in ALLOWED[package], f"{path}: {package} may not import {name}"


@pytest.mark.parametrize("path", sources("reports"), ids=lambda path: str(path.relative_to(ROOT)))
def test_reports_read_records_only(path: Path) -> None:
    allowed = ("hpo.archive", "hpo.space", "hpo.catalogue", "hpo.cli.output", "hpo.search.catalogue")
    for name in imports(path):
        if name.startswith("hpo.") and is_package(".".join(name.split(".")[:2])):
            assert name.startswith(allowed), f"{path}: reports may not import {name}"


@pytest.mark.parametrize("path", sources("hpo") + sources("reports"), ids=lambda path: str(path.relative_to(ROOT)))
def test_heavy_packages_stay_at_home(path: Path) -> None:
    place = str(path.relative_to(ROOT))
    for name in imports(path):
        homes = HOME_OF_HEAVY.get(name.split(".")[0])
        assert homes is None or place.startswith(homes), f"{place}: imports {name}"


@pytest.mark.parametrize("arguments", [["--help"], ["models"], ["hof", "--help"], ["search", "--help"]])
def test_the_command_line_answers_without_heavy_packages(arguments: list[str]) -> None:
    program = (
        "import sys; from hpo.cli.main import main; code = main(sys.argv[1:]);"
        "heavy = {'torch', 'lightgbm', 'rdkit', 'mpi4py', 'matplotlib', 'deap', 'sklearn'};"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr); raise SystemExit(code)"
    )
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr.strip() == "[]"
