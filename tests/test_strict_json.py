import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpo.errors import BadData, MissingInput
from hpo.strict_json import parse_json, read_json

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**17), 10**17)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda children: st.lists(children, max_size=4) | st.dictionaries(TEXT, children, max_size=4),
    max_leaves=20,
)


@given(JSON)
def test_reads_what_the_standard_library_writes(value: object) -> None:
    assert parse_json(json.dumps(value).encode(), "here") == value


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"a": 1, "a": 2}', "here: key 'a' occurs twice in one object; keep one of them"),
        (b"[NaN]", "here: NaN is no JSON number"),
        (b"[-Infinity]", "here: -Infinity is no JSON number"),
        (b"[1e400]", "here: number 1e400 is too large"),
        (b"[" + b"9" * 19 + b"]", "here: integer of 19 digits; at most 18"),
        (b"[1,]", "here: line 1, column"),
        (b"[" * 70 + b"]" * 70, "here: nested deeper than 64 levels"),
        (b"[" * 100_000, "here: nested deeper than 64 levels"),
        (b'["\\ud800"]', "here: text holds a lone surrogate"),
        ('["é"]'.encode("latin-1"), "here: not UTF-8 text (byte 2)"),
        ("[1]".encode("utf-16"), "here: not UTF-8 text (byte 0)"),
        (b"", "here: line 1, column 1: no valid JSON"),
    ],
)
def test_refuses(content: bytes, message: str) -> None:
    with pytest.raises(BadData) as caught:
        parse_json(content, "here")
    assert str(caught.value).startswith(message)


def test_byte_order_mark_is_dropped() -> None:
    assert parse_json(b"\xef\xbb\xbf[1]", "here") == [1]


def test_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "space.json"
    path.write_bytes(b"[" + b" " * 100 + b"]")
    with pytest.raises(BadData, match="102 bytes, more than the 100 allowed"):
        read_json(path, max_bytes=100)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(MissingInput, match="no such file"):
        read_json(tmp_path / "space.json")
