"""Messages of evaluations as tables keep them: one line, nobody's path, no formula for a spreadsheet."""

from __future__ import annotations

import unicodedata
from typing import Final

from hpo.archive.privacy import without_paths

LINE_END: Final = " | "
_FORMULA: Final = ("=", "+", "-", "@")


def plain_message(text: str) -> str:
    """``text`` as one line: line ends become `` | ``, other control and invisible characters are left out, absolute
    paths are shortened to their last part, and a leading ``=+-@`` gets an apostrophe (a spreadsheet would compute it).

    The function changes nothing that it has made.

    >>> plain_message("ValueError: no column\\n  File '/home/ada/x.py'")
    "ValueError: no column | File '<path>/x.py'"
    """
    lines = (line.strip() for line in text.splitlines())
    line = LINE_END.join(line for line in lines if line)
    line = "".join(character for character in line if unicodedata.category(character)[0] != "C")
    line = without_paths(line).strip()
    return f"'{line}" if line.startswith(_FORMULA) else line
