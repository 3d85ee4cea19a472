"""Where the optional data are: the published corpus and real measurements, in a folder beside the checkout."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED_DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data"


def improve_hall_of_fame() -> Path:
    """The folder of the published archive (README, SHA256SUMS, ``HallOfFame/``); skips the test where it is missing."""
    return _folder("improve-hall-of-fame", "HallOfFame", "the folders of the published Hall of Fame")


def real_mini() -> Path:
    """The ``raw_data`` folder of the real measurements; skips the test where it is missing."""
    return _folder("real-mini", "raw_data", "real measurements") / "raw_data"


def _folder(name: str, content: str, what: str) -> Path:
    folder = SHARED_DATA / name
    if not (folder / content).is_dir():
        pytest.skip(f"{what} are not there: there is no {name}/{content} in the data folder beside the checkout")
    return folder
