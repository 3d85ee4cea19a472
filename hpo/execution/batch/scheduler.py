"""What a batch system is asked, whichever it is: submit this script, how is that job, end it."""

from __future__ import annotations

import subprocess
from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from hpo.errors import GaveUp

ANSWER: Final = 120.0
"""Seconds that a command of the batch system may take."""


class Phase(StrEnum):
    """Where a job is."""

    QUEUED = "queued"
    HELD = "held"
    RUNNING = "running"
    ENDED = "ended"
    UNKNOWN = "unknown"
    """The batch system knows no such job: it has vanished, or ended long ago."""


@dataclass(frozen=True, slots=True)
class JobState:
    """What the batch system says of a job.

    Attributes:
        phase: Where it is.
        reason: Why, in the system's words or ours; may be empty.
        exit_code: Of the script; ``None`` where it has not ended by itself.
        stuck: Whether it will never go on unless somebody acts.
    """

    phase: Phase
    reason: str = ""
    exit_code: int | None = None
    stuck: bool = False


class Unreachable(Exception):
    """Raised when the batch system does not answer; asking later may help."""


class Scheduler(ABC):
    """A batch system, used by its commands.

    Attributes:
        commands: Programs that must be on the path.
        cancel: How a user ends a job; ``{id}`` stands for its number.
    """

    commands: tuple[str, ...]
    cancel: str

    @abstractmethod
    def submit(self, script: Path) -> str:
        """Hand ``script`` in, which is copied; the number of the job.

        Raises:
            GaveUp: It is refused, with the system's reason.
        """

    @abstractmethod
    def state(self, job: str) -> JobState:
        """How ``job`` is.

        Raises:
            Unreachable: The system does not answer.
        """


def scheduler_named(name: str) -> Scheduler:
    """The batch system ``pbs`` or ``slurm``."""
    from hpo.execution.batch.pbs import Pbs
    from hpo.execution.batch.slurm import Slurm

    return {"pbs": Pbs, "slurm": Slurm}[name]()


def ask(*command: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the batch system.

    Raises:
        Unreachable: It does not end.
        GaveUp: There is no such command.
    """
    try:
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=ANSWER,
            check=False,
            stdin=subprocess.DEVNULL,
            # A signal from the keyboard is for us.
            start_new_session=True,
        )
    except FileNotFoundError:
        raise GaveUp(f"{command[0]}: not found; is this a login node of the cluster? See cross-hpo doctor") from None
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unreachable(f"{command[0]}: {error}") from error


def one_line(text: str) -> str:
    """``text`` without line breaks, at most 300 characters."""
    return " ".join(text.split())[:300]
