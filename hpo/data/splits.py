"""Reads split files: row numbers of response.tsv, from 0, one a line.

Row numbers are positions in the whole response table, and NumPy and pandas take a negative or repeated one without
a word, so each file is checked when it is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from hpo.data.problems import Problems
from hpo.errors import MissingInput

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_MAX_DIGITS = 18


def read_rows(path: Path, rows: int, problems: Problems) -> NDArray[np.int64]:
    """Row numbers in ``path``, in the file's order; what is wrong with them is added to ``problems``.

    Args:
        path: Split file.
        rows: Rows of response.tsv; every number must be below.
        problems: Receives lines that hold no row number, and numbers out of range or repeated.

    Raises:
        MissingInput: There is no such file.
    """
    import numpy as np

    if not path.is_file():
        raise MissingInput(f"{path}: no such file")
    lines = path.read_bytes().removeprefix(b"\xef\xbb\xbf").split(b"\n")
    while lines and not lines[-1].strip():
        lines.pop()
    if not lines:
        problems.add("empty split", f"{path}: empty; must hold at least one row number")
    numbers = np.array([_row_number(line, path, index, problems) for index, line in enumerate(lines, 1)], np.int64)
    _check_range(numbers, path, rows, problems)
    _check_repeats(numbers, path, problems)
    return numbers


def _row_number(line: bytes, path: Path, number: int, problems: Problems) -> int:
    """The number in ``line``; 0 where there is none, since a problem was added then."""
    text = line.strip(b" \t\r")
    digits = text.removeprefix(b"-")
    if digits.isdigit() and len(digits) <= _MAX_DIGITS:
        return int(text)
    problems.add(
        "no row number in a split",
        f"{path}: line {number}: {text[:40].decode('ascii', 'backslashreplace')!r} is no whole number; "
        "each line must hold one row number of response.tsv",
    )
    return 0


def _check_range(numbers: NDArray[np.int64], path: Path, rows: int, problems: Problems) -> None:
    for index in ((numbers < 0) | (numbers >= rows)).nonzero()[0]:
        problems.add(
            "split out of range",
            f"{path}: line {index + 1}: row {numbers[index]}; response.tsv has rows 0 to {rows - 1}",
        )


def _check_repeats(numbers: NDArray[np.int64], path: Path, problems: Problems) -> None:
    import numpy as np

    order = np.argsort(numbers, kind="stable")
    again = order[1:][np.diff(numbers[order]) == 0]
    for index in np.sort(again):
        problems.add("row repeated in a split", f"{path}: line {index + 1}: row {numbers[index]} occurs twice")


def check_dataset(
    numbers: NDArray[np.int64], sources: NDArray[np.object_], dataset: str, path: Path, problems: Problems
) -> None:
    """Add rows that belong to another dataset than the file's name says.

    Args:
        numbers: Row numbers in range, in the file's order.
        sources: Dataset of each row of response.tsv.
        dataset: Dataset that the file is named after.
        path: The file, for messages.
        problems: Receives the rows that belong to another dataset.
    """
    for index in (sources[numbers] != dataset).nonzero()[0]:
        problems.add(
            "row of another dataset",
            f"{path}: line {index + 1}: row {numbers[index]} belongs to {sources[numbers[index]]}; "
            f"must be a row of {dataset}",
        )


def check_overlap(parts: Mapping[Path, NDArray[np.int64]], problems: Problems) -> None:
    """Add rows that two files of one split share: scores on them would be scores on known answers."""
    import numpy as np

    paths = list(parts)
    for index, first in enumerate(paths):
        for second in paths[index + 1 :]:
            shared = np.intersect1d(parts[first], parts[second])
            if len(shared):
                shown = ", ".join(str(row) for row in shared[:5])
                more = ", …" if len(shared) > 5 else ""
                problems.add(
                    "splits overlap",
                    f"{first} and {second.name} share {len(shared):,} rows ({shown}{more}); "
                    "train, val and test must have none in common",
                )
