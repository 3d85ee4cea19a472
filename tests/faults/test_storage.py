"""Damaged journals and disks that refuse: one message, nothing accepted in silence, nothing lost that was there."""

from __future__ import annotations

import os
import resource
import subprocess
from pathlib import Path

import pytest

from hpo.archive.compare import essence
from hpo.archive.record import read_record
from tests.execution.builders import ROOT, Case

OPTIONS = ("--set", "seconds=0.01")


@pytest.fixture
def case(tmp_path: Path, features: Path) -> Case:
    return Case(tmp_path, features)


def interrupted(case: Case) -> Path:
    """A run that was killed after four results; the segment of its journal."""
    case.call()
    return case.cut_short(4)


def test_a_torn_end_is_forgiven(case: Case) -> None:
    segment = interrupted(case)
    with segment.open("ab") as stream:
        stream.write(b'0123abcd {"type":"resu')
    assert "note: 00000001.seg: the torn end after byte " in case.call().stderr
    assert read_record(case.record).run.counts.evaluations == 9


def test_a_flipped_bit_is_refused_and_left_alone(case: Case) -> None:
    segment = interrupted(case)
    content = bytearray(segment.read_bytes())
    content[content.index(b'"result"') + 3] ^= 4
    segment.write_bytes(bytes(content))
    files = {path: path.read_bytes() for path in case.run_folder.rglob("*.seg")}
    refused = case.call(code=65)
    assert "damaged at byte" in refused.stderr
    assert "--fresh" in refused.stderr
    assert {path: path.read_bytes() for path in case.run_folder.rglob("*.seg")} == files
    assert not case.archive.exists()
    case.call("--fresh")


def test_a_result_that_the_search_would_not_have_asked_for_is_drift(case: Case) -> None:
    from hpo.execution.journal import Journal
    from hpo.execution.workfolder import read_spec

    interrupted(case)
    journal = Journal.begin(case.run_folder / "journal", read_spec(case.run_folder).digest, time="", workers=1)
    first = journal.history.of_type("result")[0]
    foreign = {**first, "candidate": {**first["candidate"], "evaluation": 8, "seed": 1}}
    journal.append({key: value for key, value in foreign.items() if key not in ("v", "seq", "prev")})
    journal.close()
    assert "evaluation 8" in case.call(code=70).stderr


def limited(case: Case, size: int) -> subprocess.CompletedProcess[str]:
    """Run with files limited to ``size`` bytes: the write that exceeds it fails, as on a full disk."""
    return subprocess.run(
        case.command(*OPTIONS),
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=case.environment(),
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)),
    )


def test_a_full_disk_ends_the_search_and_room_continues_it(tmp_path: Path, features: Path) -> None:
    other = Case(tmp_path / "undisturbed", features)
    other.call(*OPTIONS)
    case = Case(tmp_path / "full", features)
    done = limited(case, 4500)
    assert done.returncode == 74, done.stderr
    assert "can't be written: File too large" in done.stderr
    assert "Traceback" not in done.stderr
    assert not case.archive.exists()
    assert not case.processes()
    case.call(*OPTIONS, round_=1)
    assert essence(read_record(case.record)) == essence(read_record(other.record))


@pytest.mark.slow
@pytest.mark.parametrize("size", range(200, 12_000, 1500))
def test_wherever_the_disk_is_full_nothing_is_half_written(case: Case, size: int) -> None:
    done = limited(case, size)
    assert done.returncode in (0, 74), done.stderr
    assert "Traceback" not in done.stderr
    if done.returncode:
        assert not list(case.archive.glob("*/*/*/*/*"))
        case.call(*OPTIONS)
    assert read_record(case.record).run.counts.evaluations == 9


@pytest.mark.skipif(os.getuid() != 0, reason="only root can mount a small file system")
def test_a_small_file_system_that_is_full(tmp_path: Path, features: Path) -> None:
    case = Case(tmp_path, features)
    case.work.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(case.work)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting is not allowed here")
    try:
        done = case.call(*OPTIONS, code=74)
        assert "No space left on device" in done.stderr
        subprocess.run(["mount", "-o", "remount,size=10m", str(case.work)], check=True)
        case.call(*OPTIONS)
    finally:
        subprocess.run(["umount", str(case.work)], check=True)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can mount")
def test_a_read_only_folder_is_told_before_anything_is_trained(tmp_path: Path, features: Path) -> None:
    case = Case(tmp_path, features)
    case.work.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", str(case.work)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting is not allowed here")
    try:
        assert "Read-only file system" in case.call(code=74).stderr
        assert not list(case.marks.iterdir())
    finally:
        subprocess.run(["umount", str(case.work)], check=True)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can mount")
def test_a_read_only_archive_loses_no_result(tmp_path: Path, features: Path) -> None:
    case = Case(tmp_path, features)
    case.archive.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", str(case.archive)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting is not allowed here")
    try:
        assert "not published: Read-only file system" in case.call(code=74).stderr
        subprocess.run(["mount", "-o", "remount,rw", str(case.archive)], check=True)
        assert "nothing had to be trained" in case.call(round_=1).stdout
        assert not list(case.marks.glob("1-*"))
    finally:
        subprocess.run(["umount", str(case.archive)], check=True)


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_an_archive_without_permission_loses_no_result(tmp_path: Path, features: Path) -> None:
    case = Case(tmp_path, features)
    case.archive.mkdir(mode=0o555)
    assert "not published: Permission denied" in case.call(code=74).stderr
    case.archive.chmod(0o755)
    assert "nothing had to be trained" in case.call(round_=1).stdout
