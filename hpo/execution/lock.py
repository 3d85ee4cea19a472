"""Who is running a search: a lease file, so that a second start says so instead of taking over.

Safety does not depend on it (the journal's segments see to that, also where locks don't work); the lease is there to
leave a living search alone and to explain a dead one. Its owner touches it every 20 s. On the owner's host the
process is looked up; elsewhere a lease that was not touched for 120 s, by the clock of the file system, is stale.
"""

from __future__ import annotations

import errno
import json
import os
import socket
import threading
import time
import uuid
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from hpo.errors import BadData, OwnedOrExists
from hpo.execution.processes import born
from hpo.storage import storage_error
from hpo.strict_json import parse_json

HEARTBEAT: Final = 20.0
"""Seconds between two touches."""
STALE_AFTER: Final = 120.0
"""Seconds without a touch after which a lease of another host is stale."""
PATIENCE: Final = 2.0
"""Seconds to wait for an owner on this host that is just ending."""

FILE: Final = "lease.json"

_NO_LINKS: Final = frozenset({errno.EPERM, errno.ENOTSUP, errno.ENOSYS})
"""What file systems without links answer."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Who holds a lease; it stays in the work folder and is never published.

    Attributes:
        token: Random, different for every lease.
        host: Host name.
        boot: Identifies the host's boot and the namespace of process numbers.
        pid: Process number.
        born: Start of the process in ticks since boot: process numbers are used again.
        job: Number of the batch job, empty outside of one.
    """

    token: str
    host: str
    boot: str
    pid: int
    born: int
    job: str = ""

    @property
    def words(self) -> str:
        """For messages: process, host and batch job."""
        return f"process {self.pid} on {self.host}" + (f" in job {self.job}" if self.job else "")


def this_process() -> Owner:
    """The owner that this process is."""
    job = os.environ.get("PBS_JOBID") or os.environ.get("SLURM_JOB_ID") or ""
    pid = os.getpid()
    return Owner(uuid.uuid4().hex, socket.gethostname(), _boot(), pid, born(pid) or 0, job)


def owner_of(folder: Path) -> Owner | None:
    """Who holds the lease in ``folder``, living or not; ``None`` where there is none or it is unreadable."""
    try:
        content = parse_json((folder / FILE).read_bytes(), FILE)
        return Owner(**content)
    except (OSError, BadData, TypeError):
        return None


def is_alive(folder: Path, owner: Owner) -> bool:
    """Whether ``owner`` of the lease in ``folder`` still runs, as far as can be told from here."""
    if owner.boot == _boot():
        return born(owner.pid) == owner.born
    return _age(folder) <= STALE_AFTER


class Lease:
    """The lease of a run, held until :meth:`release`.

    Attributes:
        before: Who left it behind, where its owner had not given it back.
    """

    def __init__(self, folder: Path, owner: Owner, before: Owner | None = None) -> None:
        self.before = before
        self._path = folder / FILE
        self._owner = owner
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="lease", daemon=True)
        self._thread.start()

    @classmethod
    def acquire(cls, folder: Path, *, takeover: bool = False, patience: float = PATIENCE) -> Lease:
        """Take the lease of the run in ``folder``.

        Args:
            folder: The work folder; it exists.
            takeover: Take it also from an owner that seems to live.
            patience: Seconds to wait for an owner that is just ending.

        Raises:
            OwnedOrExists: Somebody else holds it, and lives.
            StorageError: It can't be written.
        """
        owner = this_process()
        until = time.monotonic() + patience
        before: Owner | None = None
        try:
            while not _claim(folder, owner):
                holder = owner_of(folder)
                if holder is None or takeover or not is_alive(folder, holder):
                    before = holder
                    _set_aside(folder, holder)
                elif time.monotonic() > until:
                    raise OwnedOrExists(_owned(folder, holder))
                else:
                    time.sleep(0.1)
        except OSError as error:
            raise storage_error(folder / FILE, error) from error
        return cls(folder, owner, before)

    def release(self) -> None:
        """Give the lease back, unless somebody has taken it over."""
        self._done.set()
        self._thread.join()
        if owner_of(self._path.parent) == self._owner:
            self._path.unlink(missing_ok=True)

    def _beat(self) -> None:
        while not self._done.wait(HEARTBEAT):
            try:
                os.utime(self._path)
            except OSError:
                # Taken over or removed: the journal notices at its next append.
                return


def _claim(folder: Path, owner: Owner) -> bool:
    """Create the lease file with its content in one step; ``False`` where there is one."""
    temporary = folder / f".{FILE}.{owner.token}"
    temporary.write_text(json.dumps(asdict(owner)), encoding="ascii")
    try:
        # A link is made whole or not at all, and fails where the name is taken, also on network file systems.
        (folder / FILE).hardlink_to(temporary)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        return _created(folder / FILE, temporary.read_bytes())
    finally:
        temporary.unlink(missing_ok=True)
    return True


def _created(path: Path, content: bytes) -> bool:
    """Create the lease where links don't exist; ``False`` where there is one. Others may see it empty for a moment."""
    try:
        with path.open("xb") as stream:
            stream.write(content)
    except FileExistsError:
        return False
    return True


def _set_aside(folder: Path, stale: Owner | None) -> None:
    """Remove a lease that was judged stale; if another process has replaced it meanwhile, put that one back."""
    aside = folder / f".{FILE}.{uuid.uuid4().hex}"
    try:
        (folder / FILE).rename(aside)
    except FileNotFoundError:
        return
    try:
        content: Any = parse_json(aside.read_bytes(), FILE)
        replaced = stale is not None and content.get("token") != stale.token
    except BadData:
        replaced = False
    try:
        if replaced:
            (folder / FILE).hardlink_to(aside)
    except FileExistsError:
        pass
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        _created(folder / FILE, aside.read_bytes())
    finally:
        aside.unlink(missing_ok=True)


def _owned(folder: Path, holder: Owner) -> str:
    return (
        f"{folder}: this search is already running: {holder.words}\n"
        "  Wait for it, or stop it. If it is certainly dead, start again with --takeover; nothing gets lost by that."
    )


def _boot() -> str:
    """Boot of this host and namespace of process numbers; the same text means that process numbers can be compared."""
    parts = [socket.gethostname()]
    try:
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip())
        parts.append(os.readlink("/proc/self/ns/pid"))  # noqa: PTH115 - no file, but a name of the kernel
    except OSError:
        parts.append("unknown")
    return " ".join(parts)


def _age(folder: Path) -> float:
    """Seconds since the lease was touched, by the clock of its file system."""
    probe = folder / f".probe.{uuid.uuid4().hex}"
    try:
        probe.touch()
        return probe.stat().st_mtime - (folder / FILE).stat().st_mtime
    except FileNotFoundError:
        return 0.0
    finally:
        probe.unlink(missing_ok=True)
