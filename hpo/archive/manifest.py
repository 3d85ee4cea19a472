"""``MANIFEST.sha256``: the digest of every other file of a record, as ``sha256sum -c`` reads it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

from hpo.errors import BadData

_LINE = re.compile(r"([0-9a-f]{64})  ([A-Za-z0-9][A-Za-z0-9._-]*)\n")


def render_manifest(files: Mapping[str, bytes]) -> bytes:
    """The manifest of ``files`` (content by name): one line each, sorted by name.

    >>> render_manifest({"a.txt": b""})[:12]
    b'e3b0c44298fc'
    """
    lines = (f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))
    return "".join(lines).encode("ascii")


def parse_manifest(content: bytes, where: str) -> dict[str, str]:
    """Digests by name of file.

    Raises:
        BadData: The content is not byte for byte what :func:`render_manifest` writes, so that no damage to the
            manifest itself goes unseen.
    """
    try:
        lines = content.decode("ascii").splitlines(keepends=True)
    except UnicodeDecodeError as error:
        raise BadData(f"{where}: byte {error.start} is no ASCII; expected lines '<sha256>  <file>'") from error
    digests: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        match = _LINE.fullmatch(line)
        if not match:
            raise BadData(f"{where}: line {number}: expected '<sha256>  <file>', got {line.rstrip()!r:.100}")
        if digests and match[2] <= max(digests):
            raise BadData(f"{where}: line {number}: files must be sorted and occur once, got {match[2]!r}")
        digests[match[2]] = match[1]
    return digests
