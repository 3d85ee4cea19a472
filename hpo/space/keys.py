"""Which keys and types CANDLE's conventions know, and which were probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Final

REQUIRED: Final[dict[str, tuple[str, ...]]] = {
    "constant": ("value",),
    "int": ("lower", "upper"),
    "float": ("lower", "upper"),
    "logical": (),
    "categorical": ("values", "element_type"),
    "ordered": ("values", "element_type"),
}
"""Type of a parameter: keys that it needs beside ``name`` and ``type``."""

OPTIONAL: Final[dict[str, tuple[str, ...]]] = {
    "constant": ("element_type",),
    "int": ("sigma", "use_log_scale", "default", "element_type"),
    "float": ("sigma", "use_log_scale", "default", "element_type"),
    "logical": ("default", "element_type"),
    "categorical": ("default",),
    "ordered": ("sigma", "default"),
}
"""Type of a parameter: keys that it may have beside ``comment``."""

COMMON: Final = ("name", "type", "comment")
KNOWN: Final = (*COMMON, "value", "lower", "upper", "values", "element_type", "sigma", "use_log_scale", "default")

TYPES: Final = tuple(REQUIRED)
ELEMENT_TYPES: Final[dict[str, type]] = {"int": int, "float": float, "string": str, "logical": bool}
"""Name of an element type: the Python type of its values."""

_OTHER_KEYS: Final = {
    "use_log_scale": ("log", "log_scale", "logscale", "use_logscale", "uselogscale", "use_log", "log_uniform", "scale"),
    "lower": ("min", "low", "minimum", "lower_bound", "lowerbound"),
    "upper": ("max", "high", "maximum", "upper_bound", "upperbound"),
    "values": ("choices", "options", "categories"),
    "sigma": ("std", "stddev", "stdev"),
    "default": ("default_value",),
    "element_type": ("elementtype", "dtype", "value_type"),
}
_OTHER_TYPES: Final = {
    "int": ("integer", "uniform_int", "uniformint"),
    "float": ("real", "double", "number", "uniform", "log_uniform", "loguniform", "continuous"),
    "logical": ("bool", "boolean"),
    "categorical": ("choice", "category", "nominal", "enum"),
    "ordered": ("ordinal", "discrete"),
    "constant": ("const", "fixed"),
}
_OTHER_ELEMENT_TYPES: Final = {
    "int": ("integer",),
    "float": ("real", "double", "number"),
    "string": ("str", "text"),
    "logical": ("bool", "boolean"),
}


def key_meant(key: str) -> str | None:
    """The known key that an unknown ``key`` was probably meant to be.

    >>> key_meant("use_logscale"), key_meant("sigm"), key_meant("units")
    ('use_log_scale', 'sigma', None)
    """
    return _meant(key, KNOWN, _OTHER_KEYS)


def type_meant(text: str) -> str | None:
    """The type that an unknown one was probably meant to be."""
    return _meant(text, TYPES, _OTHER_TYPES)


def element_type_meant(text: str) -> str | None:
    """The element type that an unknown one was probably meant to be."""
    return _meant(text, ELEMENT_TYPES, _OTHER_ELEMENT_TYPES)


def _meant(text: str, known: Iterable[str], others: dict[str, tuple[str, ...]]) -> str | None:
    plain = text.strip().lower().replace("-", "_").replace(" ", "_")
    for right, wrong in others.items():
        if plain in wrong:
            return right
    close = difflib.get_close_matches(plain[:64], list(known), n=1, cutoff=0.75)
    return close[0] if close else None
