"""How long the site takes from nothing, again with nothing changed, and after one run changed; prints CSV.

Uses a synthetic archive in a temporary folder, or a given one. Examples:

    .venv/bin/python benchmarks/site_build.py --runs 60 --evaluations 100
    .venv/bin/python benchmarks/site_build.py --runs 1000 --evaluations 1000 --build "from nothing"
    .venv/bin/python benchmarks/site_build.py --archive hall_of_fame
"""

from __future__ import annotations

import argparse
import csv
import os
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from archive_load import archive_of

from hpo.archive.layout import record_keys
from reports.figures.build import draw_figures
from reports.html import build_html, default_project
from reports.pages.build import write_pages
from reports.tables import write_tables

BUILDS = ("from nothing", "nothing changed", "one run more")
"""In this order; each goes on from what the one before left."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=60)
    parser.add_argument("--evaluations", type=int, default=100, help="of each run")
    parser.add_argument("--archive", type=Path, help="measure a copy of this archive instead of a synthetic one")
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--build", choices=BUILDS, action="append", help="measure this one only; may be repeated")
    arguments = parser.parse_args()
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(("build", "step", "runs", "seconds", "cpu_seconds", "peak_rss_mb", "load_before"))
    with archive_to_measure(arguments) as archive, tempfile.TemporaryDirectory(prefix="cross-hpo-site-") as folder:
        keys = list(record_keys(archive))
        withheld = Path(folder) / "withheld"
        shutil.move(archive / keys[-1], withheld)
        for build in arguments.build or BUILDS:
            if build == BUILDS[-1]:
                shutil.move(withheld, archive / keys[-1])
            total = [0.0, 0.0]
            load = f"{os.getloadavg()[0]:.1f}"
            number = sum(1 for _ in record_keys(archive))
            for step, function in steps(archive, Path(folder), arguments.workers).items():
                seconds, cpu = times_of(function)
                total = [total[0] + seconds, total[1] + cpu]
                writer.writerow((build, step, number, f"{seconds:.2f}", f"{cpu:.2f}", peak(), load))
            writer.writerow((build, "all", number, f"{total[0]:.2f}", f"{total[1]:.2f}", peak(), load))
            sys.stdout.flush()


def steps(archive: Path, folder: Path, workers: int) -> dict[str, Callable[[], object]]:
    """The steps of a build by name, each writing into ``folder``."""
    tables, figures, pages, html = (folder / name for name in ("tables", "figures", "pages", "html"))
    return {
        "tables": lambda: write_tables(archive, tables),
        "figures": lambda: draw_figures(archive, figures, cache=folder / ".figures", workers=workers),
        "pages": lambda: write_pages(archive, tables, figures, pages),
        "html": lambda: build_html(pages, default_project(), html),
    }


def times_of(function: Callable[[], object]) -> tuple[float, float]:
    """Seconds on the clock, and of all processes on the processor; the two differ where others use the machine."""
    start, cpu = time.perf_counter(), sum(os.times()[:4])
    function()
    return time.perf_counter() - start, sum(os.times()[:4]) - cpu


def peak() -> str:
    """Largest resident size so far of this process or of one of its children, in MB."""
    sizes = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return f"{max(sizes) / 1024:.0f}"


@contextmanager
def archive_to_measure(arguments: argparse.Namespace) -> Iterator[Path]:
    if arguments.archive is None:
        with archive_of(arguments.runs, arguments.evaluations) as archive:
            yield archive
        return
    with tempfile.TemporaryDirectory(prefix="cross-hpo-archive-") as folder:
        yield Path(shutil.copytree(arguments.archive, Path(folder) / "archive"))


if __name__ == "__main__":
    main()
