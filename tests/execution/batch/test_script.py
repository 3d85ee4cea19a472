"""Batch scripts, compared with texts that were read beside the rules of the sites."""

from __future__ import annotations

import dataclasses
import subprocess
from pathlib import Path

import pytest

from hpo.errors import BadConfiguration, UsageError
from hpo.execution.batch.job import REQUEST, BatchJob, Search, margin, read_job
from hpo.execution.batch.script import render_script
from hpo.execution.site import read_site
from hpo.storage import write_json
from tests.execution.batch import standin

GOLDEN = Path(__file__).parent / "golden"

ONE = Search(
    name="LGBM-CCLE-LARGE-ga-seed1",
    folder="/eagle/P/u/x/.search/LGBM-CCLE-LARGE-ga-seed1",
    record="/eagle/P/u/x/hall_of_fame/LGBM/CCLE/LARGE/ga-seed1",
    arguments=("search", "--model", "LGBM", "--dataset", "CCLE"),
)
TWO = dataclasses.replace(ONE, name="LGBM-gCSI-LARGE-ga-seed1")
JOB = BatchJob(
    folder="/eagle/P/u/x/.search/jobs/LGBM-CCLE-LARGE-ga-seed1/1",
    directory="/eagle/P/u/x",
    python="/eagle/P/u/venv/bin/python",
    site="polaris",
    searches=(ONE,),
    nodes=2,
    nodes_per_search=2,
    walltime=3600,
    queue="debug",
    account="Project",
)

CASES = {
    "polaris": ("polaris", JOB),
    "polaris-many": (
        "polaris",
        dataclasses.replace(
            JOB, searches=(ONE, TWO), nodes=10, nodes_per_search=5, walltime=3 * 3600, queue="prod",
            setup=("source /eagle/P/u/venv/bin/activate",),
        ),
    ),
    "polaris-preemptable": ("polaris", dataclasses.replace(JOB, queue="preemptable", rerun=True, walltime=72 * 3600)),
    "aurora": ("aurora", dataclasses.replace(JOB, site="aurora")),
    "slurm": ("slurm-generic", dataclasses.replace(JOB, site="slurm-generic", queue="", account="", walltime=600)),
    "slurm-account": (
        "slurm-generic", dataclasses.replace(JOB, site="/home/u/my site.toml", queue="gpu", directory="/a b/it's"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_scripts_are_what_was_read_and_found_right(name: str) -> None:
    """To accept a change: write ``rendered`` into the file, and read it."""
    site, job = CASES[name]
    rendered = render_script(read_site(site), job)
    assert rendered == (GOLDEN / f"{name}.sh").read_text()


@pytest.mark.parametrize("name", CASES)
def test_scripts_are_shell(name: str) -> None:
    subprocess.run(["bash", "-n", GOLDEN / f"{name}.sh"], check=True)


@pytest.mark.parametrize("name", [name for name in CASES if name.startswith(("polaris", "aurora"))])
def test_pbs_reads_every_directive(name: str) -> None:
    text = (GOLDEN / f"{name}.sh").read_text()
    read = standin.directives(text)
    assert len(read) == text.count("#PBS")
    for mark in standin.MANDATORY:
        assert any(mark in line for line in read), mark


def test_the_deadline_leaves_time_to_publish() -> None:
    assert [margin(seconds) for seconds in (60, 600, 1200, 72 * 3600)] == [3, 30, 60, 60]
    assert "deadline=$(( $(date +%s) + 3540 ))" in render_script(read_site("polaris"), JOB)


def test_a_project_is_needed_where_it_is_charged() -> None:
    with pytest.raises(BadConfiguration, match="site polaris charges a project: give --account NAME"):
        render_script(read_site("polaris"), dataclasses.replace(JOB, account=""))


def test_a_site_without_a_batch_system_has_no_script() -> None:
    with pytest.raises(BadConfiguration, match="site laptop has no batch system"):
        render_script(read_site("laptop"), JOB)


@pytest.mark.parametrize("folder", ["/a b/1", "/a:b/1", "/a%j/1", "relative", "/a\nb"])
def test_paths_that_directives_cannot_hold_are_refused(folder: str) -> None:
    with pytest.raises(UsageError, match="batch systems need a path of letters"):
        render_script(read_site("polaris"), dataclasses.replace(JOB, folder=folder))


def test_a_job_is_read_as_it_was_written(tmp_path: Path) -> None:
    for _, job in CASES.values():
        write_json(tmp_path / REQUEST, job.to_json())
        assert read_job(tmp_path) == job
