"""A job of a batch system, as plain data: which searches, on how many nodes, for how long."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from hpo.strict_json import read_json

SCRIPT: Final = "script.sh"
REQUEST: Final = "job.json"
OUTPUT: Final = "output.log"
SUBMITTED: Final = "submitted.json"
STARTED: Final = "started.json"
RESULT: Final = "result.json"
"""Files in the folder of an attempt; ``started`` and ``result`` are written by the job itself."""


@dataclass(frozen=True, slots=True)
class Search:
    """One search of a job.

    Attributes:
        name: Name of its work folder.
        folder: Its work folder.
        record: Folder of its record in the archive; there as soon as it is finished.
        arguments: Arguments of ``cross-hpo``, ``search`` first.
    """

    name: str
    folder: str
    record: str
    arguments: tuple[str, ...]

    @property
    def published(self) -> bool:
        """Whether its record is there."""
        return (Path(self.record) / "run.json").is_file()


@dataclass(frozen=True, slots=True)
class BatchJob:
    """One job; a following one that continues its searches is another attempt.

    Attributes:
        folder: Absolute folder of this attempt.
        directory: Current folder of the searches, absolute.
        python: Interpreter that runs them, absolute.
        site: Name of the site, or absolute path of its file.
        searches: What it runs.
        nodes: Nodes of the job.
        nodes_per_search: Nodes of one search; searches that find no nodes free wait for others to end.
        walltime: Seconds.
        queue: Queue or partition; empty for the default of the batch system.
        account: Project that is charged; empty for the default.
        rerun: Whether the batch system may start it again.
        setup: Shell lines after those of the site.
    """

    folder: str
    directory: str
    python: str
    site: str
    searches: tuple[Search, ...]
    nodes: int
    nodes_per_search: int
    walltime: int
    queue: str = ""
    account: str = ""
    rerun: bool = False
    setup: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As a JSON object; :func:`read_job` restores an equal job."""
        return asdict(self)


def read_job(folder: Path) -> BatchJob:
    """The job whose folder is ``folder``."""
    data: Any = read_json(folder / REQUEST)
    searches = tuple(Search(**{**item, "arguments": tuple(item["arguments"])}) for item in data["searches"])
    return BatchJob(**{**data, "searches": searches, "setup": tuple(data["setup"])})


def margin(walltime: int) -> int:
    """Seconds before the end of a job that searches must have ended by: a twentieth of it, at most a minute.

    The batch system kills what still runs at the end, and what remains then is to publish records.
    """
    return min(60, walltime // 20)
