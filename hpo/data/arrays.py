"""Arrays as ``.npy`` files: written plainly, opened by mapping; never pickled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hpo.digest import file_digest
from hpo.errors import BadData, MissingInput
from hpo.identifiers import is_identifier

if TYPE_CHECKING:
    import numpy as np

MAPPED_BYTES: Final = 65_536
"""Smaller files are read at once, which is faster than mapping them."""


@dataclass(frozen=True, slots=True)
class ArrayInfo:
    """What is recorded of an array.

    Attributes:
        name: Name of the array.
        shape: Its shape.
        dtype: NumPy type, for example ``<f4``.
        size: Bytes of the file.
        sha256: Digest of the file.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    size: int
    sha256: str

    @property
    def file(self) -> str:
        """Name of the file within its folder."""
        return f"{self.name}.npy"

    def to_json(self) -> dict[str, Any]:
        """As a JSON object; the name is the key that it stands under."""
        return {"shape": list(self.shape), "dtype": self.dtype, "bytes": self.size, "sha256": self.sha256}

    @classmethod
    def from_json(cls, name: str, data: Mapping[str, Any]) -> ArrayInfo:
        """Restore what :meth:`to_json` wrote; raises ``KeyError``, ``TypeError`` or ``ValueError`` if it is wrong."""
        if not is_identifier(name):
            raise ValueError(f"{name!r:.80} is no valid name of an array")
        shape = tuple(int(length) for length in data["shape"])
        return cls(name, shape, str(data["dtype"]), int(data["bytes"]), str(data["sha256"]))


def write_array(folder: Path, name: str, array: np.ndarray[Any, Any]) -> ArrayInfo:
    """Write ``array`` as ``<name>.npy``, in C order.

    Raises:
        ValueError: ``name`` can't name a file, or the array holds Python objects.
    """
    import numpy as np

    if not is_identifier(name):
        raise ValueError(f"{name!r:.80} is no valid name of an array")
    array = np.asarray(array, order="C")
    if array.dtype.hasobject:
        raise ValueError(f"array {name} holds Python objects, which can't be mapped; give it a fixed type")
    path = folder / f"{name}.npy"
    np.save(path, array, allow_pickle=False)
    return ArrayInfo(name, array.shape, array.dtype.str, path.stat().st_size, file_digest(path))


def open_array(folder: Path, info: ArrayInfo) -> np.ndarray[Any, Any]:
    """The array that ``info`` describes, read-only; mapped into memory unless it is small.

    Raises:
        MissingInput: There is no such file.
        BadData: Its size, shape or type is not the recorded one.
    """
    import numpy as np

    path = folder / info.file
    if not path.is_file():
        raise MissingInput(f"{path}: no such file, though prepared.json names it; remove the folder and prepare again")
    size = path.stat().st_size
    if size != info.size:
        raise BadData(f"{path}: {size:,} bytes, recorded are {info.size:,}; remove the folder and prepare again")
    try:
        array: np.ndarray[Any, Any] = np.load(path, mmap_mode="r" if size > MAPPED_BYTES else None, allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        raise BadData(f"{path}: no array ({error}); remove the folder and prepare again") from error
    if array.shape != info.shape or array.dtype.str != info.dtype:
        raise BadData(
            f"{path}: {array.dtype.str} {array.shape}, recorded is {info.dtype} {info.shape}; "
            "remove the folder and prepare again"
        )
    array.flags.writeable = False
    return array
