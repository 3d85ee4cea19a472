from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hpo.archive.messages import plain_message
from hpo.archive.privacy import absolute_paths, personal_paths, without_paths


@given(st.text(max_size=80))
@example("- /a/b")
@example("\n=1+1\n")
def test_a_message_is_one_harmless_line_and_stays_so(text: str) -> None:
    line = plain_message(text)
    assert plain_message(line) == line
    assert len(line.splitlines()) <= 1
    assert not line.startswith(("=", "+", "-", "@"))


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("No such file: '/home/ada/x/data.tsv'", "No such file: '<path>/data.tsv'"),
        ('File "/opt/venv/lib/a.py", line 3', 'File "<path>/a.py", line 3'),
        ("C:\\Users\\ada\\x.txt is missing", "<path>/x.txt is missing"),
        ("file:///eagle/project/ada/run", "<path>/run"),
        (
            "loss in mg/kg, ratio 1/2, see https://example.org/a/b",
            "loss in mg/kg, ratio 1/2, see https://example.org/a/b",
        ),
        ("rate /predictions only", "rate /predictions only"),
        ("//server/share/x", "<path>/x"),
    ],
)
def test_absolute_paths_are_shortened(text: str, left: str) -> None:
    assert without_paths(text) == left
    assert without_paths(left) == left


def test_paths_of_containers_are_nobodys() -> None:
    assert personal_paths("/candle_data_dir/outputs /software/improve/x /usr/local/bin") == []
    assert personal_paths("in /lus/eagle/projects/ada/x and /homes/ada") == ["/lus/eagle/projects/ada/x", "/homes/ada"]
    assert absolute_paths("/candle_data_dir/outputs") == ["/candle_data_dir/outputs"]
