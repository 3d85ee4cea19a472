"""Random numbers as functions of the run's seed: no shared generator whose state would have to be saved."""

from __future__ import annotations

import hashlib
import random

from hpo.digest import digest

Purpose = str | int


def stream(seed: int, *purpose: Purpose) -> random.Random:
    """A generator that only the run's seed and ``purpose`` decide, for example ``stream(1, "generation", 3)``.

    >>> stream(1, "generation", 3).random() == stream(1, "generation", 3).random()
    True
    """
    return random.Random(int(digest([seed, *purpose]), 16))


def evaluation_seed(seed: int, key: str) -> int:
    """Seed of a training, 31 bits: the same point of the same run is always trained with the same seed.

    Args:
        seed: Seed of the run.
        key: Canonical text of the point, see ``Space.key``.
    """
    content = hashlib.sha256(f"{seed}\n{key}".encode()).digest()
    return int.from_bytes(content[:4]) >> 1


def replicate_seed(seed: int, key: str, number: int) -> int:
    """Seed of the training number ``number`` (from 1) of a point after its first; arguments else as above."""
    return evaluation_seed(seed, f"{key}\nreplicate {number}")
