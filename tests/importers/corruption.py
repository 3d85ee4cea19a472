"""Strategies that spoil good run folders, and corpora of them, in the ways that files get spoilt."""

from __future__ import annotations

import random
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


def spoilt_folders(most: int = 4) -> st.SearchStrategy[Folder]:
    """Good folders of the published variants with one to ``most`` things done to each.

    Every folder follows from one whole number, so that ten thousand of them are made in seconds.
    """
    return st.integers(0, 2**62).map(lambda seed: spoilt_folder(random.Random(seed), most))


def spoilt_folder(rng: random.Random, most: int) -> Folder:
    """One such folder."""
    folder = _good_folder(rng)
    for _ in range(rng.randint(1, most)):
        if folder:
            folder = rng.choice(_CHANGES)(rng, folder, rng.choice(sorted(folder)))
    return folder


def _good_folder(rng: random.Random) -> Folder:
    seed = rng.randint(1, 3)
    folder = good_run(seed, without=rng.choice([(), ("dropout",), ("batch_size", "dropout")]))
    if rng.random() < 0.5:
        folder["output.csv"] = output_table(trials(seed))
        if rng.random() < 0.5:
            del folder["hpo.csv"]
    return folder


def _flipped(rng: random.Random, folder: Folder, name: str) -> Folder:
    data = bytearray(folder[name] or b"x")
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return folder | {name: bytes(data)}


def _cut(rng: random.Random, folder: Folder, name: str) -> Folder:
    return folder | {name: folder[name][: rng.randint(0, len(folder[name]))]}


def _inserted(rng: random.Random, folder: Folder, name: str) -> Folder:
    position = rng.randint(0, len(folder[name]))
    snippet = rng.choice([rng.choice(SNIPPETS), rng.randbytes(rng.randrange(8))])
    return folder | {name: folder[name][:position] + snippet + folder[name][position:]}


def _token_replaced(rng: random.Random, folder: Folder, name: str) -> Folder:
    tokens = list(_TOKEN.finditer(folder[name]))
    if not tokens:
        return folder
    token = rng.choice(tokens)
    return folder | {name: folder[name][: token.start()] + rng.choice(SNIPPETS) + folder[name][token.end() :]}


def _lines_changed(rng: random.Random, folder: Folder, name: str) -> Folder:
    lines = folder[name].split(b"\n")
    first, second = rng.randrange(len(lines)), rng.randrange(len(lines))
    how = rng.choice(["swap", "delete", "double", "move"])
    if how == "swap":
        lines[first], lines[second] = lines[second], lines[first]
    elif how == "delete":
        del lines[first]
    elif how == "double":
        lines[first:first] = [lines[second]] * rng.randint(1, 5)
    else:
        lines.insert(second, lines.pop(first))
    return folder | {name: b"\n".join(lines)}


def _dropped(rng: random.Random, folder: Folder, name: str) -> Folder:
    return {other: data for other, data in folder.items() if other != name}


def _exchanged(rng: random.Random, folder: Folder, name: str) -> Folder:
    other = rng.choice(sorted(folder))
    return folder | {name: folder[other], other: folder[name]}


def _copied(rng: random.Random, folder: Folder, name: str) -> Folder:
    return folder | {rng.choice(NAMES): folder[name]}


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
