"""The errors that a user can cause or meet, each with its exit code.

A message says what is wrong, where (file, line or key) and what would be right. The command line prints it
without a traceback and exits with the class's code; the codes follow BSD ``sysexits.h`` where one fits.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import ClassVar


class ExitCode(IntEnum):
    """Exit codes; failures of a search are >= 64, since ``mpiexec`` returns bare signal numbers."""

    DONE = 0
    CHECK_FAILED = 1
    USAGE = 2
    BAD_DATA = 65
    MISSING_INPUT = 66
    GAVE_UP = 69
    DRIFT = 70
    OWNED_OR_EXISTS = 73
    IO = 74
    RESUMABLE = 75
    FENCED = 76
    BAD_CONFIGURATION = 78


class CrossHpoError(Exception):
    """Root of all errors that are reported to a user in one message."""

    exit_code: ClassVar[ExitCode] = ExitCode.CHECK_FAILED


class CheckFailed(CrossHpoError):
    """Raised when a check or comparison that the user asked for fails."""

    exit_code = ExitCode.CHECK_FAILED


class UsageError(CrossHpoError):
    """Raised when an option or argument of a command is wrong."""

    exit_code = ExitCode.USAGE


class BadData(CrossHpoError):
    """Raised when the content of a file is wrong; carries every problem that was found, not only the first."""

    exit_code = ExitCode.BAD_DATA

    def __init__(self, problems: str | Iterable[str]) -> None:
        self.problems: tuple[str, ...] = (problems,) if isinstance(problems, str) else tuple(problems)
        super().__init__("\n".join(self.problems))


class MissingInput(CrossHpoError):
    """Raised when a file, folder or program that is needed does not exist."""

    exit_code = ExitCode.MISSING_INPUT


class GaveUp(CrossHpoError):
    """Raised when going on makes no sense: nothing succeeds, or a requirement of the machine is not met."""

    exit_code = ExitCode.GAVE_UP


class Drift(CrossHpoError):
    """Raised when a journal or record belongs to another space, data, setting or code than the one at hand."""

    exit_code = ExitCode.DRIFT


class OwnedOrExists(CrossHpoError):
    """Raised when another process owns the run, or the target exists and differs."""

    exit_code = ExitCode.OWNED_OR_EXISTS


class StorageError(CrossHpoError):
    """Raised when writing failed: full disk, read-only file system, failed fsync."""

    exit_code = ExitCode.IO


class Resumable(CrossHpoError):
    """Raised when a search stopped before its end and the same command continues it."""

    exit_code = ExitCode.RESUMABLE


class Fenced(CrossHpoError):
    """Raised when a newer controller has taken over the run."""

    exit_code = ExitCode.FENCED


class BadConfiguration(CrossHpoError):
    """Raised when settings contradict each other or the site."""

    exit_code = ExitCode.BAD_CONFIGURATION
