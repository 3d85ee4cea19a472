"""Text that is safe on a page, and numbers that can be read.

Everything a template prints goes through :func:`escape`, unless it is ``Markup`` already: each character that is
neither a letter, a digit nor a blank becomes a numeric entity, so that no text of a record means anything to
Markdown, HTML or a script. Page titles are the one place where browsers of the theme decode entities again:
they are made of ids only, see :func:`page_title`.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from markupsafe import Markup

from hpo.identifiers import check_identifier

MAX_FREE_TEXT: Final = 2000
UNKNOWN: Final = Markup('<span class="unknown">not recorded</span>')

_MEANINGFUL = re.compile(r"[^A-Za-z0-9 ]")
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def escape(value: object) -> Markup:
    """``value`` as text without any meaning to Markdown or HTML; control and invisible characters become blanks.

    >>> escape("a_b <script>")
    Markup('a&#95;b &#60;script&#62;')
    """
    if isinstance(value, Markup):
        return value
    return _escaped(str(value))


@lru_cache(maxsize=1 << 16)
def _escaped(text: str) -> Markup:
    if len(text) > MAX_FREE_TEXT:
        text = text[: MAX_FREE_TEXT - 1] + "…"
    return Markup(_entities(text))  # noqa: S704 — every character was made harmless


def _entities(text: str) -> str:
    return _MEANINGFUL.sub(lambda found: _entity(found[0]), text)


def code_block(value: str) -> Markup:
    """``value`` as the lines of a block of code, each escaped; long blocks are not cut.

    >>> code_block("a: 1\\nb")
    Markup('a&#58; 1\\nb')
    """
    return Markup("\n".join(map(_entities, value.split("\n"))))  # noqa: S704 — every character was made harmless


def _entity(character: str) -> str:
    return " " if unicodedata.category(character) in _HIDDEN else f"&#{ord(character)};"


def page_title(*parts: str) -> str:
    """Title of a page as a YAML string: ids, joined by blanks.

    Raises:
        ValueError: A part is no id, and so might carry markup into the title.
    """
    return json.dumps(" ".join(check_identifier(part) for part in parts))


def significant(value: float | None, digits: int = 4) -> Markup:
    """``value`` shortened to ``digits`` significant digits, with the exact number shown on hover.

    >>> significant(0.00458712345)
    Markup('<span title="0.00458712345">0.004587</span>')
    """
    if value is None or math.isnan(value):
        return UNKNOWN
    exact = repr(float(value))
    short = plain(value, digits)
    return Markup(short) if short == exact else Markup(f'<span title="{exact}">{short}</span>')  # noqa: S704


def plain(value: float, digits: int = 4) -> str:
    """``value`` with ``digits`` significant digits; exponents only below 1e-5 and from 1e7.

    >>> [plain(v) for v in (0.00458712, 12.0, 0.5, 2e-7, 1e-3, 123456.7)]
    ['0.004587', '12', '0.5', '2e-07', '0.001', '123,500']
    """
    if value == 0:
        return "0"
    if not 1e-5 <= abs(value) < 1e7:
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        return f"{_trimmed(mantissa)}e{exponent}"
    exponent_of_ten = int(f"{value:.{digits - 1}e}".split("e")[1])
    rounded = float(f"{value:.{digits - 1}e}")
    return _trimmed(f"{rounded:,.{max(0, digits - 1 - exponent_of_ten)}f}")


def _trimmed(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def percent(fraction: float | None, *, signed: bool = False) -> Markup:
    """A fraction as per cent with one decimal.

    >>> percent(0.1234), percent(-0.01, signed=True), percent(None)
    (Markup('12.3 %'), Markup('−1.0 %'), Markup('<span class="unknown">not recorded</span>'))
    """
    if fraction is None or math.isnan(fraction):
        return UNKNOWN
    text = f"{fraction:+.1%}" if signed else f"{fraction:.1%}"
    return Markup(text.replace("%", " %").replace("-", "−"))  # noqa: S704


def duration(seconds: float | None) -> Markup:
    """Seconds in the unit that reads best.

    >>> [str(duration(s)) for s in (0.25, 42, 200, 9000, 400000)]
    ['0.25 s', '42 s', '3.3 min', '2.5 h', '111 h']
    """
    if seconds is None or math.isnan(seconds):
        return UNKNOWN
    if seconds < 100:
        text = f"{plain(seconds, 2)} s"
    elif seconds < 5400:
        text = f"{plain(seconds / 60, 2)} min"
    else:
        text = f"{plain(seconds / 3600, 3 if seconds >= 360_000 else 2)} h"
    return Markup(text)  # noqa: S704


def count(value: int | None) -> Markup:
    """An integer with thousands separated."""
    return UNKNOWN if value is None else Markup(f"{value:,}")  # noqa: S704


def file_size(size: int) -> Markup:
    """Bytes in the unit that reads best.

    >>> [str(file_size(n)) for n in (12, 12345, 12345678)]
    ['12 B', '12.3 kB', '12.3 MB']
    """
    for unit, name in ((1_000_000, "MB"), (1000, "kB")):
        if size >= unit:
            return Markup(f"{plain(size / unit, 3)} {name}")  # noqa: S704
    return Markup(f"{size} B")  # noqa: S704


def value_text(value: Any) -> Markup:
    """The value of a hyperparameter: floats shortened with the exact value on hover, text escaped."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return UNKNOWN
    if isinstance(value, bool):
        return escape(str(value).lower())
    if isinstance(value, float):
        return significant(value)
    return escape(value)


def compact_json(value: Mapping[str, Any], *, indent: int | None = 2) -> str:
    """``value`` as JSON to be copied; numbers are exact."""
    return json.dumps(value, indent=indent, ensure_ascii=False, allow_nan=False)


def script_json(value: Any) -> Markup:
    """``value`` as JSON inside a ``<script type="application/json">``: no character there can end the script."""
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 — nothing is left that could end the element
