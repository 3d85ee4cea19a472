"""One object of a space file under check."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeGuard

from hpo.space import keys
from hpo.space.findings import Findings, show

MAX_TEXT: Final = 2000


@dataclass
class Item:
    """An object with a known type, and where its problems go.

    Attributes:
        content: The JSON object.
        kind: Its type, one of ``keys.TYPES``.
        label: What it is called in messages.
        findings: Takes its problems and warnings.
        is_bad: Whether it has a problem.
    """

    content: Mapping[str, Any]
    kind: str
    label: str
    findings: Findings
    is_bad: bool = False

    def problem(self, law: str, remedy: str) -> None:
        """Note that the object breaks ``law``."""
        self.is_bad = True
        self.findings.add(self.label, law, remedy)

    @property
    def common(self) -> dict[str, Any]:
        """What every parameter takes."""
        return {"name": str(self.content.get("name", "")), "comment": str(self.content.get("comment", ""))}

    def check_keys(self) -> None:
        """Note keys that are missing, and known ones that the type doesn't have."""
        required, optional = keys.REQUIRED[self.kind], keys.OPTIONAL[self.kind]
        for key in required:
            if key not in self.content:
                self.problem(f"type {self.kind} needs {key}, got none", self._missing_remedy(key))
        for key, value in self.content.items():
            if key in keys.KNOWN and key not in (*keys.COMMON, *required, *optional):
                allowed = ", ".join((*required, *optional))
                self.problem(
                    f"type {self.kind} has no {key}, got {show(value)}",
                    f"Remove it, or change the type; {self.kind} takes {allowed}.",
                )

    def element_type(self) -> type | None:
        """The Python type that ``element_type`` names, if it does."""
        name = self.content.get("element_type")
        if isinstance(name, str) and name in keys.ELEMENT_TYPES:
            return keys.ELEMENT_TYPES[name]
        if "element_type" in self.content:
            meant = keys.element_type_meant(name) if isinstance(name, str) else None
            meant = meant or element_type_of(self.content.get("values"))
            self.problem(
                f"element_type must be one of {', '.join(keys.ELEMENT_TYPES)}, got {show(name)}",
                f'Write "element_type": "{meant}".' if meant else "Name the type of the values.",
            )
        return None

    def check_own_element_type(self) -> None:
        """Note an ``element_type`` that says something else than ``type``."""
        if self.content.get("element_type", self.kind) != self.kind:
            self.problem(
                f"element_type of type {self.kind} can only be {self.kind}, got {show(self.content['element_type'])}",
                "Leave element_type out; it belongs to categorical and ordered.",
            )

    def check_scalar(self, value: Any, what: str) -> bool:
        """Whether ``value`` is a finite number, short plain text, true or false; noted if it is not."""
        if not isinstance(value, bool | int | float | str):
            self.problem(
                f"{what} must be a number, text, true or false, got {show(value)}",
                "Write a single value; leave the parameter out where there is none.",
            )
        elif isinstance(value, str) and (len(value) > MAX_TEXT or any(_is_control(sign) for sign in value)):
            self.problem(
                f"{what} must be text of at most {MAX_TEXT:,} characters without control characters, got {show(value)}",
                "Shorten it, or remove line breaks and the like.",
            )
        elif not isinstance(value, bool | str) and not is_number(value):
            self.problem(f"{what} must be finite, got {show(value)}", "Write a finite number.")
        else:
            return True
        return False

    def _missing_remedy(self, key: str) -> str:
        if key == "element_type":
            guess = element_type_of(self.content.get("values"))
            return f'Add "element_type": "{guess}".' if guess else f"Add one of {', '.join(keys.ELEMENT_TYPES)}."
        return f'Add "{key}": …'


def fits(value: Any, kind: type) -> bool:
    """Whether ``value`` is of the element type; an integer may stand for a float, nothing else for anything."""
    return type(value) in ((float, int) if kind is float else (kind,))


def element_type_of(values: Any) -> str | None:
    """The element type that fits all of ``values``, if one does."""
    if not isinstance(values, list) or not values:
        return None
    fitting = (name for name, kind in keys.ELEMENT_TYPES.items() if all(fits(value, kind) for value in values))
    return next(fitting, None)


def is_number(value: Any) -> TypeGuard[float]:
    """Whether ``value`` is an integer or float, no truth value, and finite as a 64-bit float."""
    try:
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    except OverflowError:
        return False


def _is_control(sign: str) -> bool:
    return ord(sign) < 32 or 127 <= ord(sign) < 160 or sign in "\u2028\u2029"
