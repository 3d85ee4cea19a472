"""Lines of a journal: what comes back is what was written, and damage is told from a torn end."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hpo.execution.lines import FIRST, encode, link, scan

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**17), 10**17)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
entries = st.dictionaries(st.text(), values, max_size=4).map(
    lambda entry: {key: value for key, value in entry.items() if key not in ("v", "seq", "prev")}
)


def segment(items: list[dict[str, Any]]) -> bytes:
    content, prev = b"", FIRST
    for seq, item in enumerate(items):
        line = encode(item, seq, prev)
        content, prev = content + line, link(line)
    return content


def bare(found: tuple[dict[str, Any], ...]) -> list[dict[str, Any]]:
    return [{key: value for key, value in entry.items() if key not in ("v", "seq", "prev")} for entry in found]


SAMPLE = [{"type": "open", "epoch": 1}, *({"type": "result", "n": number, "loss": 0.1 * number} for number in range(8))]


@settings(max_examples=40)
@given(st.lists(entries, max_size=4))
def test_what_is_read_is_what_was_written(items: list[dict[str, Any]]) -> None:
    found = scan(segment(items))
    assert bare(found.entries) == items
    assert (found.torn, found.corrupt) == (None, False)


def test_every_truncation_keeps_the_whole_lines_before_it() -> None:
    content = segment(SAMPLE)
    ends = [index + 1 for index, byte in enumerate(content) if byte == ord("\n")]
    for length in range(len(content) + 1):
        found = scan(content[:length])
        whole = [end for end in ends if end <= length]
        assert bare(found.entries) == SAMPLE[: len(whole)]
        assert found.length == max(whole, default=0)
        assert not found.corrupt
        assert (found.torn is None) == (length == found.length)


def test_every_flipped_bit_is_noticed() -> None:
    content = segment(SAMPLE)
    last = content.rindex(b"\n", 0, -1) + 1
    for place in range(len(content)):
        for bit in range(8):
            damaged = bytearray(content)
            damaged[place] ^= 1 << bit
            found = scan(bytes(damaged))
            if place >= last:
                # In the last line damage can't be told from a write that was interrupted.
                assert bare(found.entries) == SAMPLE[:-1]
                assert found.torn is not None
            else:
                assert found.corrupt, f"byte {place}, bit {bit}"


@pytest.mark.parametrize("swap", [(1, 2), (3, 7)])
def test_exchanged_lines_are_corrupt(swap: tuple[int, int]) -> None:
    lines = segment(SAMPLE).splitlines(keepends=True)
    lines[swap[0]], lines[swap[1]] = lines[swap[1]], lines[swap[0]]
    assert scan(b"".join(lines)).corrupt


def test_a_missing_line_is_corrupt() -> None:
    lines = segment(SAMPLE).splitlines(keepends=True)
    assert scan(b"".join(lines[:4] + lines[5:])).corrupt


def test_a_checksum_in_capitals_is_damage() -> None:
    content = segment([{"type": "open"}])
    number = 0
    while not any(letter in content[:8] for letter in b"abcdef"):
        number += 1
        content = segment([{"type": "open", "n": number}])
    assert scan(content[:8].upper() + content[8:]).torn == "the checksum does not fit"


def test_lines_of_a_newer_program_ask_for_an_upgrade() -> None:
    import json
    import zlib

    text = json.dumps({"v": 2, "seq": 0, "prev": FIRST}, separators=(",", ":")).encode()
    found = scan(b"%08x %s\n" % (zlib.crc32(text), text))
    assert found.corrupt
    assert "upgrade cross-hpo" in str(found.torn)


def test_numbers_that_json_does_not_know_are_refused() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        encode({"loss": float("nan")}, 0, FIRST)
