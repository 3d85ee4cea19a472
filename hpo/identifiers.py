"""Which names may become folders, columns and page titles.

Ids (model, dataset, run, metric) and hyperparameter names come from files that other people write and end
up in paths, HTML titles and command lines, so they obey an allowlist; everything else is free text and is
escaped where it is shown.
"""

from __future__ import annotations

import re
from typing import Final

MAX_ID_LENGTH: Final = 64

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}")
_HYPERPARAMETER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_RESERVED_DEVICES: Final = frozenset(
    {"con", "prn", "aux", "nul"} | {f"{stem}{i}" for stem in ("com", "lpt") for i in range(1, 10)}
)


def is_identifier(text: str) -> bool:
    """Whether ``text`` may name a model, dataset, size, run or metric."""
    return (
        _ID.fullmatch(text) is not None
        and not text.endswith(".")
        and text.split(".")[0].lower() not in _RESERVED_DEVICES
    )


def is_hyperparameter_name(text: str) -> bool:
    """Whether ``text`` may name a hyperparameter: a Python identifier in ASCII, at most 64 characters."""
    return _HYPERPARAMETER.fullmatch(text) is not None


def check_identifier(text: str) -> str:
    """Return ``text``, or raise ``ValueError`` with the rule that it breaks."""
    if not is_identifier(text):
        raise ValueError(
            f"{text!r} is no valid name: letters, digits and ._+- only, beginning with a letter or digit, "
            f"at most {MAX_ID_LENGTH} characters, not ending with a dot"
        )
    return text
