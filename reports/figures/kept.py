"""Keeps what is costly to compute of a record beside the finished figures: a record that has not changed has it still.

The figures of a model show the importance of the hyperparameters in each of its runs; without this, one new run would
let the forests of all others grow again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from hpo.archive.record import Record
from hpo.errors import BadData, MissingInput
from hpo.storage import write_atomically
from hpo.strict_json import read_json
from reports.analysis.importance import Importance, Refusal, Share, importance_of

FOLDER: Final = ".importance"
"""Below the folder of finished figures."""


def recall(cache: Path, records: Mapping[str, Record]) -> None:
    """Remember of ``records``, by a digest of everything that decides about them, what ``cache`` keeps."""
    for key, record in records.items():
        try:
            kept = read_json(_path(cache, key))
        except (MissingInput, BadData):
            continue
        importance_of.remember(record, _from_json(kept))


def keep(cache: Path, records: Mapping[str, Record]) -> None:
    """Keep in ``cache`` what was computed of ``records``, by the same digests."""
    known = importance_of.remembered()
    for key, record in records.items():
        path = _path(cache, key)
        if record in known and not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, _to_json(known[record]), durable=False)


def prune(cache: Path, used: Iterable[str]) -> None:
    """Remove what ``cache`` keeps of records under other digests than ``used``."""
    names = {_path(cache, key).name for key in used}
    for path in sorted((cache / FOLDER).glob("*.json")):
        if path.name not in names:
            path.unlink(missing_ok=True)


def _path(cache: Path, key: str) -> Path:
    return cache / FOLDER / f"{key}.json"


def _to_json(found: Importance | Refusal) -> bytes:
    return (json.dumps(asdict(found)) + "\n").encode()


def _from_json(kept: Any) -> Importance | Refusal:
    if "reason" in kept:
        return Refusal(kept["reason"])
    shares = {name: tuple(_share(share) for share in kept[name]) for name in ("main", "pairs")}
    return Importance(**{**kept, **shares, "left_out": tuple(kept["left_out"])})


def _share(kept: Any) -> Share:
    return Share(**{**kept, "names": tuple(kept["names"])})
