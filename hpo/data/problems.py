"""Collects what is wrong with files: the first few of each kind in full, the rest as a count."""

from __future__ import annotations

from typing import Final

from hpo.errors import BadData

SHOWN: Final = 5


class Problems:
    """Problems of one or more files, in the order found."""

    def __init__(self) -> None:
        self._messages: dict[str, list[str]] = {}
        self._counts: dict[str, int] = {}

    def add(self, kind: str, message: str, *, count: int = 1) -> None:
        """Note a problem; messages of one ``kind`` beyond the first few are only counted."""
        messages = self._messages.setdefault(kind, [])
        if len(messages) < SHOWN:
            messages.append(message)
        self._counts[kind] = self._counts.get(kind, 0) + count

    def __bool__(self) -> bool:
        return bool(self._messages)

    @property
    def count(self) -> int:
        """Problems found, those not shown included."""
        return sum(self._counts.values())

    @property
    def messages(self) -> list[str]:
        """One text a problem, and one for each kind of which more were found than shown."""
        result = []
        for kind, messages in self._messages.items():
            result += messages
            hidden = self._counts[kind] - len(messages)
            if hidden:
                result.append(f"  … and {hidden:,} more of this kind ({kind})")
        return result

    def raise_if_any(self) -> None:
        """Raise ``BadData`` with all messages if there is one."""
        if self:
            raise BadData(self.messages)
