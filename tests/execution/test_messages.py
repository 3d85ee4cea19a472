"""Messages of trainings: nothing about the machine, nothing that a table or terminal would misread."""

from __future__ import annotations

import getpass
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpo.evaluation import MAX_MESSAGE
from hpo.execution import messages
from hpo.execution.messages import sanitise, signature, with_output


@pytest.fixture
def somebody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(getpass, "getuser", lambda: "lovelace")
    monkeypatch.setattr(socket, "gethostname", lambda: "x3001c0s13b0n0.hsn")
    messages._private_names.cache_clear()
    yield
    messages._private_names.cache_clear()


@pytest.mark.usefixtures("somebody")
def test_users_hosts_and_paths_are_left_out() -> None:
    text = "lovelace@x3001c0s13b0n0: No such file: '/eagle/IMPROVE/lovelace/data/response.tsv'"
    assert sanitise(text) == "<name>@<name>: No such file: '<path>/response.tsv'"


def test_escapes_and_control_characters_are_left_out() -> None:
    assert sanitise("\x1b[31mred\x1b[0m\x00 text\x07") == "red text"


def test_broken_characters_are_written_out() -> None:
    assert sanitise("name \udcff") == "name \\udcff"


def test_lines_become_one() -> None:
    assert sanitise("one\n  two\r\nthree\n") == "one | two | three"


@given(st.text())
def test_a_message_stays_as_it_is_when_cleaned_again(text: str) -> None:
    once = sanitise(text)
    assert sanitise(once) == once
    assert len(once) <= MAX_MESSAGE
    assert "\n" not in once


def test_the_last_lines_of_the_output_follow() -> None:
    output = b"\n".join(b"line %d" % number for number in range(40))
    message = with_output("exit code 3", output)
    assert message.startswith("exit code 3; last output: line 20 | line 21")
    assert message.endswith("line 39")
    assert len(with_output("exit code 3", b"x" * 100_000)) <= MAX_MESSAGE
    assert with_output("exit code 3", b"") == "exit code 3"


def test_failures_of_one_cause_have_one_signature() -> None:
    assert signature("OSError: file 12 | in a") == signature("OSError: file 7 | in b") == "OSError: file #"
