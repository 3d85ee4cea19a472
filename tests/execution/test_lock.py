"""The lease: a living owner is left alone, a dead one is replaced, and both are explained."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import time
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from hpo.errors import OwnedOrExists
from hpo.execution.lock import FILE, STALE_AFTER, Lease, Owner, is_alive, owner_of, this_process


def leave(folder: Path, owner: Owner, age: float = 0.0) -> None:
    """A lease of ``owner``, touched ``age`` seconds ago."""
    (folder / FILE).write_text(json.dumps(asdict(owner)))
    moment = time.time() - age
    os.utime(folder / FILE, (moment, moment))


def dead_pid() -> int:
    process = subprocess.Popen(["true"])
    process.wait()
    return process.pid


def test_a_lease_comes_and_goes(tmp_path: Path) -> None:
    lease = Lease.acquire(tmp_path)
    owner = owner_of(tmp_path)
    assert owner is not None
    assert owner.pid == os.getpid()
    assert is_alive(tmp_path, owner)
    assert lease.before is None
    lease.release()
    assert list(tmp_path.iterdir()) == []


def test_a_living_owner_is_named(tmp_path: Path) -> None:
    lease = Lease.acquire(tmp_path)
    with pytest.raises(OwnedOrExists, match=f"already running: process {os.getpid()} on .*\n  Wait for it, or stop it"):
        Lease.acquire(tmp_path, patience=0.0)
    lease.release()


def test_an_owner_that_is_just_ending_is_waited_for(tmp_path: Path) -> None:
    import threading

    lease = Lease.acquire(tmp_path)
    threading.Timer(0.2, lease.release).start()
    Lease.acquire(tmp_path, patience=5.0).release()


def test_a_dead_owner_on_this_host_is_replaced_at_once(tmp_path: Path) -> None:
    dead = replace(this_process(), pid=dead_pid())
    leave(tmp_path, dead)
    lease = Lease.acquire(tmp_path, patience=0.0)
    lease.release()
    assert lease.before == dead


def test_a_process_number_that_is_used_again_is_no_owner(tmp_path: Path) -> None:
    leave(tmp_path, replace(this_process(), born=1))
    Lease.acquire(tmp_path, patience=0.0).release()


def test_an_owner_elsewhere_lives_as_long_as_it_touches_the_lease(tmp_path: Path) -> None:
    elsewhere = replace(this_process(), host="x3001", boot="x3001 another", pid=17, job="4711.polaris")
    leave(tmp_path, elsewhere, age=STALE_AFTER - 60)
    with pytest.raises(OwnedOrExists, match=r"process 17 on x3001 in job 4711\.polaris"):
        Lease.acquire(tmp_path, patience=0.0)
    leave(tmp_path, elsewhere, age=STALE_AFTER + 60)
    Lease.acquire(tmp_path, patience=0.0).release()


def test_takeover_takes_from_the_living(tmp_path: Path) -> None:
    first = Lease.acquire(tmp_path)
    second = Lease.acquire(tmp_path, takeover=True, patience=0.0)
    first.release()
    assert owner_of(tmp_path) is not None
    second.release()
    assert owner_of(tmp_path) is None


def test_an_unreadable_lease_is_replaced(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b'{"token": ')
    Lease.acquire(tmp_path, patience=0.0).release()


def test_a_file_system_without_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    leave(tmp_path, replace(this_process(), pid=dead_pid()))
    lease = Lease.acquire(tmp_path, patience=0.0)
    with pytest.raises(OwnedOrExists, match="already running"):
        Lease.acquire(tmp_path, patience=0.0)
    lease.release()
    assert list(tmp_path.iterdir()) == []
