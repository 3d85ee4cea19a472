"""What one start of a search needs beside the run's identity: where things are, who works, and until when."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hpo.execution.training import EvaluatorSettings


@dataclass(frozen=True, slots=True)
class Job:
    """One start of a search; another start of the same run may have another job.

    Attributes:
        folder: The run's work folder.
        archive: Where the record is published.
        evaluator: What evaluators are told.
        launcher: ``local`` or ``mpi``.
        workers: Evaluations at the same time; 0 with ``local`` trains in the searching process.
        deadline: Unix time at which the search must have ended; ``None`` for no limit.
        takeover: Whether to take the run from an owner that seems to live.
        as_json: Whether the end is announced as JSON.
        terminal: Columns of the terminal for live progress; 0 for plain lines.
        command: The command line that continues the run, for messages.
    """

    folder: Path
    archive: Path
    evaluator: EvaluatorSettings
    launcher: str
    workers: int
    deadline: float | None = None
    takeover: bool = False
    as_json: bool = False
    terminal: int = 0
    command: str = "the same command"

    def to_json(self) -> dict[str, Any]:
        """As a JSON object; :meth:`from_json` restores an equal job."""
        return {**asdict(self), "folder": str(self.folder), "archive": str(self.archive)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Job:
        """Restore what :meth:`to_json` wrote."""
        return cls(
            **{
                **data,
                "folder": Path(data["folder"]),
                "archive": Path(data["archive"]),
                "evaluator": EvaluatorSettings(**data["evaluator"]),
            }
        )
