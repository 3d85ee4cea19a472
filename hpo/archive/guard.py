"""The last look before a record is written: nothing in it may tell whose machine it was made on."""

from __future__ import annotations

import getpass
import socket
from collections.abc import Iterator, Mapping

from hpo.archive.privacy import absolute_paths, personal_paths
from hpo.errors import Drift


def refuse_private(key: str, files: Mapping[str, bytes], *, own: bool) -> None:
    """Check all text of a record.

    Args:
        key: Key of the record, for the message.
        files: Content by name.
        own: Whether the record was made here; then the names of this user and this host are looked for, too.

    Raises:
        Drift: Somebody's path, or a path with the name of this user or host, is in a file. What makes records has
            to leave such texts out, so this is an error of the program.
    """
    names = _names_of_this_machine() if own else frozenset[str]()
    found = [problem for name in sorted(files) for problem in _private(f"{key}/{name}", files[name], names)]
    if found:
        raise Drift("\n".join(found))


def _private(where: str, content: bytes, names: frozenset[str]) -> Iterator[str]:
    for number, line in enumerate(content.decode("utf-8", errors="replace").splitlines(), 1):
        # Almost every line of a record is free of slashes, so the patterns are tried on few.
        if "/" not in line and "\\" not in line:
            continue
        private = personal_paths(line)
        private += [path for path in absolute_paths(line) if names & set(path.split("/")) and path not in private]
        for path in private:
            yield f"{where}: line {number}: {path!r:.120} is a path of somebody's machine, which no record may hold"


def _names_of_this_machine() -> frozenset[str]:
    try:
        user = getpass.getuser()
    except (OSError, KeyError):
        user = ""
    host = socket.gethostname()
    return frozenset({user, host, host.split(".")[0]}) - {""}
