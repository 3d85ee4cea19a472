"""How long the site takes from nothing, again with nothing changed, and after one run more; prints CSV.

Measured is `cross-hpo site build`, in which tables are written while other processes draw; with --steps each step
alone, as DVC runs them. Processor time and memory are those of all processes. Uses a synthetic archive in a temporary
folder, or a given one. Examples:

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
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from archive_load import archive_of

from hpo.archive.layout import record_keys
from reports.build import build_site
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
    parser.add_argument("--withheld", metavar="KEY", help="run that comes last  [default: the last of the archive]")
    parser.add_argument("--steps", action="store_true", help="measure each step alone, one after the other")
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--build", choices=BUILDS, action="append", help="measure this one only; may be repeated")
    arguments = parser.parse_args()
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(("build", "step", "runs", "seconds", "cpu_seconds", "peak_rss_mb", "load_before"))
    with archive_to_measure(arguments) as archive, tempfile.TemporaryDirectory(prefix="cross-hpo-site-") as folder:
        keys = list(record_keys(archive))
        withheld = Path(folder) / "withheld"
        last = arguments.withheld or keys[-1]
        shutil.move(archive / last, withheld)
        for build in arguments.build or BUILDS:
            if build == BUILDS[-1]:
                shutil.move(withheld, archive / last)
            total, most = [0.0, 0.0], 0.0
            load = f"{os.getloadavg()[0]:.1f}"
            number = sum(1 for _ in record_keys(archive))
            for step, function in steps(archive, Path(folder), arguments).items():
                seconds, cpu, peak = costs_of(function)
                total, most = [total[0] + seconds, total[1] + cpu], max(most, peak)
                writer.writerow((build, step, number, f"{seconds:.2f}", f"{cpu:.2f}", f"{peak:.0f}", load))
            if arguments.steps:
                writer.writerow((build, "all", number, f"{total[0]:.2f}", f"{total[1]:.2f}", f"{most:.0f}", load))
            sys.stdout.flush()


def steps(archive: Path, folder: Path, arguments: argparse.Namespace) -> dict[str, Callable[[], object]]:
    """The steps of a build by name, each writing into ``folder``."""
    tables, figures, pages, html = (folder / name for name in ("tables", "figures", "pages", "html"))
    workers, project = arguments.workers, default_project()
    if not arguments.steps:
        return {"all": lambda: build_site(archive, html, work=folder, project=project, workers=workers)}
    return {
        "tables": lambda: write_tables(archive, tables),
        "figures": lambda: draw_figures(archive, figures, cache=folder / ".figures", workers=workers),
        "pages": lambda: write_pages(archive, tables, figures, pages),
        "html": lambda: build_html(pages, project, html),
    }


def costs_of(function: Callable[[], object]) -> tuple[float, float, float]:
    """Seconds on the clock, seconds on the processor, and the most that one process held in MB.

    The two times differ where others use the machine. Both and the memory are sums and maxima over this process and
    all that descend from it; a process of which this one never hears is seen while it lives, four times a second.
    """
    seen: dict[int, tuple[float, float]] = {}
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.25):
            seen.update(descendants())

    before = {process: used for process, (used, _) in descendants().items()}
    start, own = time.perf_counter(), sum(os.times()[:4])
    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        function()
    finally:
        seconds = time.perf_counter() - start
        done.set()
        watcher.join()
    cpu = sum(os.times()[:4]) - own
    # Those that this process has waited for are in its own times; servers go on, and have waited for their children.
    cpu += sum(used - before.get(process, 0.0) for process, (used, _) in descendants().items())
    peaks = [size for _, size in (*seen.values(), *descendants().values(), (0.0, own_peak()))]
    return seconds, cpu, max(peaks)


def descendants() -> dict[int, tuple[float, float]]:
    """Seconds that each living descendant and those that it waited for have used, and its largest size in MB."""
    found: dict[int, tuple[float, float]] = {}
    todo = [os.getpid()]
    while todo:
        for children in Path(f"/proc/{todo.pop()}/task").glob("*/children"):
            with suppress(OSError):
                for child in map(int, children.read_text().split()):
                    todo.append(child)
                    times = Path(f"/proc/{child}/stat").read_text().rsplit(")", 1)[1].split()[11:15]
                    status = Path(f"/proc/{child}/status").read_text()
                    peak = next((line for line in status.splitlines() if line.startswith("VmHWM")), "VmHWM: 0 kB")
                    used = sum(map(int, times)) / os.sysconf("SC_CLK_TCK")
                    found[child] = used, int(peak.split()[1]) / 1024
    return found


def own_peak() -> float:
    """Largest resident size of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


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
