"""The folders of jobs: ``<work>/jobs/<name>/<attempt>/``, one attempt for every time that a job was submitted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from hpo.errors import BadData, MissingInput
from hpo.execution.batch.inside import Ended
from hpo.execution.batch.job import OUTPUT, RESULT, STARTED, SUBMITTED, BatchJob, read_job
from hpo.strict_json import read_json

JOBS: Final = "jobs"
"""Folder of all jobs, in the work folder."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A job that was submitted.

    Attributes:
        folder: Its folder.
        job: What it runs.
        number: The batch system's name of it.
        site: The site's name, for messages.
    """

    folder: Path
    job: BatchJob
    number: str

    @property
    def has_started(self) -> bool:
        """Whether its script has got as far as our program."""
        return (self.folder / STARTED).is_file()

    @property
    def results(self) -> dict[str, Ended] | None:
        """How each search ended, by name; ``None`` while the job has left no result."""
        try:
            content: Any = read_json(self.folder / RESULT)
            return {name: Ended(item["code"], item["reason"]) for name, item in content["results"].items()}
        except (MissingInput, BadData, KeyError, TypeError):
            return None

    @property
    def output(self) -> str:
        """The end of what the script printed."""
        try:
            text = (self.folder / OUTPUT).read_bytes()[-2000:].decode("utf-8", "replace").strip()
        except OSError:
            return ""
        return "\n".join(text.splitlines()[-8:])


def new_folder(work: Path, name: str) -> Path:
    """Make the folder of the next attempt of the job ``name``."""
    numbers = [int(path.name) for path in _folders(work / JOBS / name)]
    folder = (work / JOBS / name / str(max(numbers, default=0) + 1)).resolve()
    folder.mkdir(parents=True)
    return folder


def attempts(work: Path) -> Iterator[Attempt]:
    """The last attempt of every job of ``work`` that was submitted."""
    jobs = work / JOBS
    for job in sorted(jobs.iterdir()) if jobs.is_dir() else ():
        folders = sorted(_folders(job), key=lambda path: int(path.name))
        for folder in reversed(folders):
            attempt = read_attempt(folder)
            if attempt is not None:
                yield attempt
                break


def read_attempt(folder: Path) -> Attempt | None:
    """The attempt in ``folder``; ``None`` where it was never submitted."""
    try:
        submitted: Any = read_json(folder / SUBMITTED)
        return Attempt(folder, read_job(folder), str(submitted["job"]))
    except (MissingInput, BadData, KeyError, TypeError):
        return None


def _folders(job: Path) -> list[Path]:
    return [path for path in job.iterdir() if path.name.isdecimal()] if job.is_dir() else []
