"""Taking private texts out of what an importer read: paths, user and host names, allocations, addresses.

A record never holds an absolute path, whoever's it is. Paths inside containers and of the system
(``/candle_data_dir``, ``/software``, ``/usr/local``) tell nothing of a person, so they are counted apart.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

from hpo.errors import BadData

PATH: Final = "path"
CONTAINER_PATH: Final = "container-path"
USER: Final = "user"
HOST: Final = "host"
ALLOCATION: Final = "allocation"
ADDRESS: Final = "address"

PERSONAL: Final = (PATH, USER, HOST, ALLOCATION, ADDRESS)
"""The kinds of removed text that point to a person, a machine or a project."""

_END: Final = r"[^\s'\"<>|;:,*?()\[\]{}]*"
_ABSOLUTE: Final = re.compile(
    rf"(?<![\w/.>])/(?!/)[\w.~@+%-]{_END}"  # /home/somebody/x
    rf"|(?<![\w/.:])//[\w.-]{_END}"  # //server/share
    rf"|(?<![\w/.~])~[\w.-]*/{_END}"  # ~somebody/x
    rf"|(?<![\w/])[A-Za-z]:[\\/]{_END}"  # C:\Users\somebody
    rf"|(?<!\\)\\\\[\w.-]+\\{_END}"  # \\server\share
    rf"|\bfile:/{_END}"
)
_ADDRESS: Final = re.compile(r"(?<![\w.+-])[\w.+-]+@[A-Za-z0-9-][A-Za-z0-9.-]*")
_DOMAIN: Final = re.compile(r"(?<![\w.-])[A-Za-z0-9][A-Za-z0-9.-]*")
_PRIVATE_DOMAINS: Final = (".gov", ".edu", ".mil", ".local", ".lan", ".internal")
MAX_NAMES: Final = 50
_USER_FOLDER: Final = re.compile(r"(?:^|/)(?:home|homes|Users)/([A-Za-z_][\w.-]*)")
_SYSTEM: Final = re.compile(
    r"/(?:candle_data_dir|data_dir|software|soft|usr|opt|etc|bin|sbin|lib|lib64|var|dev|proc|sys|app|workspace)(?:/|$)"
)
_METADATA: Final = re.compile(r"(?m)^(?:export +)?(USER|HOSTNAME|PROJECT)=[ \t]*['\"]?([^\s'\"$]+)")
_METADATA_KINDS: Final = {"USER": USER, "HOSTNAME": HOST, "PROJECT": ALLOCATION}


class Scrubber:
    """Replaces private texts; knows the names that the source's own files give away.

    Args:
        texts: Contents of all source files of a run; user and host names found there are replaced everywhere.

    Raises:
        BadData: The texts name more than 50 users and hosts.

    Attributes:
        removed: How often each kind of private text occurs in ``texts``.
        aliases: What stands for a whole text, where more than one text would become the same.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self.removed: Counter[str] = Counter()
        self.aliases: dict[str, str] = {}
        names: dict[str, str] = {}
        texts = list(texts)
        for text in texts:
            for key, name in _METADATA.findall(text):
                names.setdefault(name, _METADATA_KINDS[key])
            for name in _USER_FOLDER.findall(text):
                names.setdefault(name, USER)
        self._names = {name: kind for name, kind in names.items() if len(name) > 1}
        if len(self._names) > MAX_NAMES:
            raise BadData(f"names {len(self._names)} users or hosts, more than {MAX_NAMES}; this is no single run")
        longest_first = sorted(self._names, key=len, reverse=True)
        self._pattern = (
            re.compile(r"(?<![\w-])(?:" + "|".join(map(re.escape, longest_first)) + r")(?![\w-])")
            if longest_first
            else None
        )
        for text in texts:
            self._replace(text, self.removed)

    def text(self, text: str) -> str:
        """``text`` without private texts: ``<path>``, ``<user>``, ``<host>``, … stand in their place."""
        return self._replace(text, Counter())

    def value(self, value: Any) -> Any:
        """A JSON value with every text in it, keys included, without private texts.

        A text that begins with an absolute path is replaced as a whole, since its path may contain blanks.
        """
        if isinstance(value, str):
            if value in self.aliases:
                return self.aliases[value]
            return "<path>" if _ABSOLUTE.match(value) else self.text(value)
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if isinstance(value, dict):
            return {self.text(str(key)): self.value(item) for key, item in value.items()}
        return value

    def _replace(self, text: str, counts: Counter[str]) -> str:
        def path(match: re.Match[str]) -> str:
            counts[_kind_of_path(match[0])] += 1
            return "<path>"

        def known(match: re.Match[str]) -> str:
            kind = self._names[match[0]]
            counts[kind] += 1
            return f"<{kind}>"

        def address(_match: re.Match[str]) -> str:
            counts[ADDRESS] += 1
            return f"<{ADDRESS}>"

        def host(match: re.Match[str]) -> str:
            if not match[0].rstrip(".").endswith(_PRIVATE_DOMAINS):
                return match[0]
            counts[HOST] += 1
            return f"<{HOST}>"

        # Few texts have any path, and trying the patterns at every character of a long table would take seconds.
        if "/" in text or "\\" in text:
            text = _ABSOLUTE.sub(path, text)
        text = _ADDRESS.sub(address, text) if "@" in text else text
        if any(domain in text for domain in _PRIVATE_DOMAINS):
            text = _DOMAIN.sub(host, text)
        return self._pattern.sub(known, text) if self._pattern else text


def _kind_of_path(path: str) -> str:
    """Whether the absolute path ``path`` is somebody's or one that every container of its kind has."""
    bare = path.startswith("/") and "/" not in path.strip("/.")
    return CONTAINER_PATH if bare or _SYSTEM.match(path) else PATH
