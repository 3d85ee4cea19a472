"""Files and folders appear whole or not at all, wherever the disk refuses."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from hpo import storage
from hpo.errors import OwnedOrExists, StorageError


def failing_at(monkeypatch: pytest.MonkeyPatch, call: str, number: int, code: int = errno.ENOSPC) -> list[int]:
    """Let the ``number``-th ``os.fsync`` or ``Path.replace`` and so on fail; the count of calls so far."""
    owner: Any = os if hasattr(os, call) and call == "fsync" else Path
    original = getattr(owner, call)
    calls = [0]

    def refuse(*arguments: Any, **keywords: Any) -> Any:
        calls[0] += 1
        if calls[0] == number:
            raise OSError(code, os.strerror(code))
        return original(*arguments, **keywords)

    monkeypatch.setattr(owner, call, refuse)
    return calls


@pytest.mark.parametrize(("call", "number"), [("fsync", 1), ("replace", 1), ("open", 1)])
def test_a_file_is_old_where_writing_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int
) -> None:
    path = tmp_path / "a.json"
    storage.write_json(path, {"old": 1})
    failing_at(monkeypatch, call, number)
    with pytest.raises(StorageError, match=r"a\.json: can't be written: No space left on device"):
        storage.write_json(path, {"new": 2})
    monkeypatch.undo()
    assert path.read_text() == '{\n  "old": 1\n}\n'
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.json"]


@pytest.mark.parametrize("code", [errno.EINVAL, errno.ENOTSUP])
def test_a_file_system_that_does_not_flush_names_is_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    failing_at(monkeypatch, "fsync", 2, code)
    storage.write_atomically(tmp_path / "a", b"1")
    assert (tmp_path / "a").read_bytes() == b"1"


def test_a_failed_flush_of_names_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failing_at(monkeypatch, "fsync", 2, errno.EIO)
    with pytest.raises(StorageError, match="Input/output error"):
        storage.write_atomically(tmp_path / "a", b"1")


def fill(folder: Path) -> None:
    (folder / "inner").mkdir()
    (folder / "inner" / "a").write_bytes(b"1")


@pytest.mark.parametrize(("call", "number"), [("fsync", 1), ("fsync", 3), ("rename", 1)])
def test_a_folder_is_absent_where_writing_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int
) -> None:
    failing_at(monkeypatch, call, number)
    with pytest.raises(StorageError, match="No space left on device"):
        storage.publish_folder(tmp_path / "out", fill)
    monkeypatch.undo()
    assert not list(tmp_path.iterdir())
    assert storage.publish_folder(tmp_path / "out", fill)
    assert not storage.publish_folder(tmp_path / "out", fill)
    assert [entry.name for entry in tmp_path.iterdir()] == ["out"]


def test_a_folder_with_another_content_is_never_replaced(tmp_path: Path) -> None:
    storage.publish_folder(tmp_path / "out", fill)
    with pytest.raises(OwnedOrExists, match="exists already, with another content"):
        storage.publish_folder(tmp_path / "out", lambda folder: (folder / "b").touch())
    assert storage.folder_digests(tmp_path / "out").keys() == {"inner/a"}
