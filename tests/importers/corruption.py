"""Strategies that spoil good run folders, and corpora of them, in the ways that files get spoilt."""

from __future__ import annotations

import re
from typing import Final

from hypothesis import strategies as st

from tests.importers.fixtures import Folder, good_run, output_table, trials

SNIPPETS: Final = (
    b"", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\r", b"\n\n", b",", b";", b'"', b"{", b"}]", b"\t", b" ", b"NaN",
    b"Infinity", b"-inf", b"1e400", b"-1", b"0", b"999999999999999999999", b"1e-400", b"null", b"true", b"../..",
    b"/home/ada/x", b"\\u0000", b"\xe2\x80\xae", b"=1+1", b"<script>", b"$(id)", b"__proto__", b"val_loss", b"run_id",
    b"001", b"USER=x\nUSER=y\n", b'"name": "seed"', b'"name": 1', b"[" * 300, b"9" * 400, b"a" * 70_000,
)  # fmt: skip
"""Bytes that readers stumble over."""

NAMES: Final = (
    "best-3.json", "best-02.json", "hpo.csv", "output.csv", "x.json", "x.sh", "space.json", "deap-2.log", "HPO.CSV",
    "fitnesses-2.txt", "output.txt", "population-2.txt", "metadata.txt", "a\nb.json", "\u202e.json", "y" * 99 + ".json",
)  # fmt: skip
"""Names that a spoilt file may get."""

_TOKEN: Final = re.compile(rb"[A-Za-z0-9_.+-]+")


@st.composite
def good_folders(draw: st.DrawFn) -> Folder:
    """A good folder of one of the published variants."""
    seed = draw(st.integers(1, 3))
    without = draw(st.sampled_from([(), ("dropout",), ("batch_size", "dropout")]))
    folder = good_run(seed, without=without)
    if draw(st.booleans()):
        folder["output.csv"] = output_table(trials(seed))
        if draw(st.booleans()):
            del folder["hpo.csv"]
    return folder


@st.composite
def spoilt_folders(draw: st.DrawFn, most: int = 4) -> Folder:
    """A good folder with one to ``most`` things done to it."""
    folder = draw(good_folders())
    for _ in range(draw(st.integers(1, most))):
        if not folder:
            break
        name = draw(st.sampled_from(sorted(folder)))
        change = draw(st.sampled_from(_CHANGES))
        folder = change(draw, folder, name)
    return folder


def _flipped(draw: st.DrawFn, folder: Folder, name: str) -> Folder:
    data = bytearray(folder[name] or b"x")
    data[draw(st.integers(0, len(data) - 1))] ^= 1 << draw(st.integers(0, 7))
    return folder | {name: bytes(data)}


def _cut(draw: st.DrawFn, folder: Folder, name: str) -> Folder:
    return folder | {name: folder[name][: draw(st.integers(0, len(folder[name])))]}


def _inserted(draw: st.DrawFn, folder: Folder, name: str) -> Folder:
    position = draw(st.integers(0, len(folder[name])))
    snippet = draw(st.one_of(st.sampled_from(SNIPPETS), st.binary(max_size=8)))
    return folder | {name: folder[name][:position] + snippet + folder[name][position:]}


def _token_replaced(draw: st.DrawFn, folder: Folder, name: str) -> Folder:
    tokens = list(_TOKEN.finditer(folder[name]))
    if not tokens:
        return folder
    token = draw(st.sampled_from(tokens))
    return folder | {
        name: folder[name][: token.start()] + draw(st.sampled_from(SNIPPETS)) + folder[name][token.end() :]
    }


def _lines_changed(draw: st.DrawFn, folder: Folder, name: str) -> Folder:
    lines = folder[name].split(b"\n")
    first, second = (draw(st.integers(0, len(lines) - 1)) for _ in range(2))
    how = draw(st.sampled_from(["swap", "delete", "double", "move"]))
    if how == "swap":
        lines[first], lines[second] = lines[second], lines[first]
    elif how == "delete":
        del lines[first]
    elif how == "double":
        lines[first:first] = [lines[second]] * draw(st.integers(1, 5))
    else:
        lines.insert(second, lines.pop(first))
    return folder | {name: b"\n".join(lines)}


def _dropped(draw: st.DrawFn, folder: Folder, name: str) -> Folder:
    return {other: data for other, data in folder.items() if other != name}


def _exchanged(draw: st.DrawFn, folder: Folder, name: str) -> Folder:
    other = draw(st.sampled_from(sorted(folder)))
    return folder | {name: folder[other], other: folder[name]}


def _copied(draw: st.DrawFn, folder: Folder, name: str) -> Folder:
    return folder | {draw(st.sampled_from(NAMES)): folder[name]}


_CHANGES: Final = (
    _flipped,
    _cut,
    _inserted,
    _token_replaced,
    _token_replaced,
    _lines_changed,
    _dropped,
    _exchanged,
    _copied,
)
