"""The journal against a list: whatever crashes, seals and zombies do, acknowledged results stay, in order."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from hpo.errors import Fenced, StorageError
from hpo.execution.journal import Journal, read_journal

SPEC = "c" * 64


class Journals(RuleBasedStateMachine):
    """Writers come, crash, are replaced and come back; ``kept`` is what was acknowledged."""

    def __init__(self) -> None:
        super().__init__()
        # In memory where there is such a file system: thousands of flushes to a disk take their time.
        self.folder = Path(tempfile.mkdtemp(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None))
        self.writer: Journal | None = None
        self.zombies: list[Journal] = []
        self.kept: list[int] = []
        self.number = 0

    @precondition(lambda self: self.writer is None)
    @rule()
    def start(self) -> None:
        self.writer = Journal.begin(self.folder, SPEC)
        assert [entry["n"] for entry in self.writer.history.of_type("result")] == self.kept

    @precondition(lambda self: self.writer is not None)
    @rule(count=st.integers(1, 3))
    def append(self, count: int) -> None:
        assert self.writer is not None
        entries = [{"type": "result", "n": self.number + index} for index in range(count)]
        self.writer.append(*entries)
        self.kept += [self.number + index for index in range(count)]
        self.number += count

    @precondition(lambda self: self.writer is not None)
    @rule(data=st.data())
    def crash_while_writing(self, data: st.DataObject) -> None:
        """Any part of a line that was not acknowledged reaches the disk; if all of it does, it counts."""
        assert self.writer is not None
        path = self.folder / f"{self.writer.number:08d}.seg"
        before = path.stat().st_size
        self.writer.append({"type": "result", "n": self.number}, durable=False)
        after = path.stat().st_size
        length = data.draw(st.integers(before, after))
        with path.open("r+b") as stream:
            stream.truncate(length)
        if length == after:
            self.kept.append(self.number)
        self.number += 1
        self.writer.close()
        self.writer = None

    @precondition(lambda self: self.writer is not None)
    @rule()
    def pause(self) -> None:
        """The writer is stopped and somebody else takes over."""
        assert self.writer is not None
        self.zombies.append(self.writer)
        self.writer = Journal.begin(self.folder, SPEC)

    @precondition(lambda self: self.zombies)
    @rule(data=st.data())
    def zombie_appends(self, data: st.DataObject) -> None:
        zombie = data.draw(st.sampled_from(self.zombies))
        try:
            zombie.append({"type": "result", "n": -1})
        except (Fenced, StorageError):
            return
        raise AssertionError("a replaced writer got an acknowledgement")

    @invariant()
    def what_was_acknowledged_is_there(self) -> None:
        assert [entry["n"] for entry in read_journal(self.folder, SPEC).of_type("result")] == self.kept

    def teardown(self) -> None:
        for journal in [*self.zombies, *([self.writer] if self.writer else [])]:
            journal.close()
        shutil.rmtree(self.folder)


TestJournals: Any = Journals.TestCase
TestJournals.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
