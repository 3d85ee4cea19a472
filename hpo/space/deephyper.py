"""Converts DeepHyper-style definitions of the IMPROVE project into a space in CANDLE's conventions.

A definition has ``name``, ``type``, ``min``, ``max``, ``choices``, ``default`` and ``log_uniform``; see
``workflows/deephyper_hpo`` of github.com/JDACS4C-IMPROVE/IMPROVE.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from hpo.errors import BadData
from hpo.space.convert import Conversion
from hpo.space.findings import show
from hpo.space.item import element_type_of
from hpo.space.keys import type_meant
from hpo.space.space import Space

_LOG_KEYS: Final = ("log_uniform", "log", "log_scale")
_PRIOR_KEYS: Final = ("prior", "distribution")
_PRIORS: Final = {"log-uniform": True, "log_uniform": True, "loguniform": True, "uniform": False}
_COMMENT_KEYS: Final = ("help", "description", "comment")


def from_deephyper(content: Any, where: str) -> Conversion:
    """The space that DeepHyper-style definitions describe.

    Args:
        content: A list of definitions, a mapping from names to them, or a mapping with one such list.
        where: Name of the file, for messages.

    Raises:
        BadData: A definition lacks what it needs, or the space would not be valid; all problems at once.
    """
    definitions = _definitions(content, where)
    conversion, problems, entries = Conversion(), [], []
    for number, definition in enumerate(definitions, start=1):
        label = repr(str(definition["name"])[:80]) if "name" in definition else f"item {number}"
        converter = _Converter(definition, label, conversion)
        entry = converter.entry()
        problems += [f"{where}: {label}: {problem}" for problem in converter.problems]
        entries.append(entry)
    if problems:
        raise BadData(problems)
    Space.from_json(entries, where)
    conversion.content = entries
    return conversion


def _definitions(content: Any, where: str) -> list[Mapping[str, Any]]:
    if isinstance(content, Mapping) and len(content) == 1 and isinstance(next(iter(content.values())), list):
        content = next(iter(content.values()))
    if isinstance(content, Mapping) and content and all(isinstance(value, Mapping) for value in content.values()):
        content = [{"name": name, **value} for name, value in content.items()]
    if not isinstance(content, list) or not content or not all(isinstance(item, Mapping) for item in content):
        raise BadData(
            f"{where}: definitions must be a list of objects or a mapping from names to objects, got {show(content)}\n"
            '  Write [{"name": "learning_rate", "type": "float", "min": 1e-6, "max": 0.01, "log_uniform": true}].'
        )
    return content


class _Converter:
    """One definition on its way to a CANDLE entry."""

    def __init__(self, definition: Mapping[str, Any], label: str, conversion: Conversion) -> None:
        self.left = dict(definition)
        self.label = label
        self.conversion = conversion
        self.problems: list[str] = []

    def entry(self) -> dict[str, Any]:
        """The CANDLE entry; what is wrong goes to ``problems``."""
        entry: dict[str, Any] = {"name": self.left.pop("name", None)}
        declared = self.left.pop("type", None)
        if "choices" in self.left or "values" in self.left:
            entry |= self._listed(declared)
        elif "value" in self.left:
            entry |= {"type": "constant", "value": self.left.pop("value")}
        elif self._kind(declared) == "logical":
            entry |= {"type": "logical"}
            self.conversion.kept.append(f"{self.label}: true or false")
        else:
            entry |= self._range(declared)
        entry |= self._default(entry)
        entry |= self._comment()
        for key, value in self.left.items():
            self.conversion.not_understood.append(f"{self.label}: {str(key)[:80]!r} = {show(value)}")
        return entry

    def _kind(self, declared: Any) -> str | None:
        if isinstance(declared, str):
            plain = declared.strip().lower()
            return plain if plain in ("int", "float", "logical", "ordered") else type_meant(plain)
        return None

    def _range(self, declared: Any) -> dict[str, Any]:
        kind = self._kind(declared)
        if declared is not None and kind not in ("int", "float"):
            self.problems.append(
                f"type must be int, float, logical or categorical, got {show(declared)}\n"
                "  Name the type; listed values go into choices."
            )
            return {}
        lower, upper = (self._number(*names) for names in (("min", "lower", "low"), ("max", "upper", "high")))
        if lower is None or upper is None:
            return {}
        if kind is None:
            kind = "int" if type(lower) is type(upper) is int else "float"
            self.conversion.changed.append(f"{self.label}: no type was given; {kind} by its bounds")
        if kind == "int":
            lower, upper = (int(bound) if float(bound).is_integer() else bound for bound in (lower, upper))
        if lower == upper:
            self._log()
            self.left.pop("default", None)
            self.conversion.changed.append(f"{self.label}: min equals max, so it is a constant: {show(lower)}")
            return {"type": "constant", "value": lower}
        entry = {"type": kind, "lower": lower, "upper": upper}
        log = self._log()
        if log:
            entry["use_log_scale"] = True
        scale = "a log scale (use_log_scale)" if log else "a linear scale"
        self.conversion.kept.append(f"{self.label}: {kind} from {show(lower)} to {show(upper)} on {scale}")
        return entry

    def _listed(self, declared: Any) -> dict[str, Any]:
        values = self.left.pop("choices", None)
        values = self.left.pop("values", None) if values is None else values
        for key in ("min", "max"):
            if key in self.left:
                self.conversion.left_out.append(f"{self.label}: {key} = {show(self.left.pop(key))}, beside choices")
        values = list(values) if isinstance(values, list | tuple) else []
        element_type = element_type_of(values)
        if element_type is None:
            self.problems.append(
                f"choices must be a list of integers, of numbers, of texts or of truth values, got {show(values)}\n"
                "  Give all of them one type; null is none."
            )
            return {}
        if element_type == "logical" and len(values) == 2 and values[0] != values[1]:
            self.conversion.changed.append(f"{self.label}: choices true and false are type logical")
            return {"type": "logical"}
        # DeepHyper itself takes listed numbers as ordered, whatever the definition calls them.
        kind = "ordered" if element_type in ("int", "float") or self._kind(declared) == "ordered" else "categorical"
        sentences = self.conversion.kept if self._kind(declared) == kind else self.conversion.changed
        sentences.append(f"{self.label}: choices are type {kind}, {len(values)} values of element_type {element_type}")
        if self._log():
            self.conversion.left_out.append(f"{self.label}: the log scale, which listed values don't have")
        return {"type": kind, "element_type": element_type, "values": values}

    def _log(self) -> bool:
        log = False
        for key in _LOG_KEYS:
            if key in self.left:
                value = self.left.pop(key)
                log = log or value is True
                if not isinstance(value, bool):
                    self.problems.append(f"{key} must be true or false, got {show(value)}\n  Write true or false.")
        for key in _PRIOR_KEYS:
            if key in self.left:
                value = self.left.pop(key)
                log = log or _PRIORS.get(str(value), False)
                if str(value) not in _PRIORS:
                    self.problems.append(
                        f"{key} must be uniform or log-uniform, got {show(value)}\n  Other distributions are not known."
                    )
        return log

    def _number(self, *names: str) -> int | float | None:
        for name in names:
            if name in self.left:
                value = self.left.pop(name)
                if isinstance(value, int | float) and not isinstance(value, bool):
                    return value
                self.problems.append(f"{name} must be a number, got {show(value)}\n  Write it without quotes.")
                return None
        self.problems.append(f"there must be {names[0]}, got none\n  Give {names[0]}, or choices.")
        return None

    def _default(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        if "default" not in self.left or self.problems:
            return {}
        value = self.left.pop("default")
        if entry.get("type") == "constant":
            self.conversion.left_out.append(f"{self.label}: default {show(value)} of a constant")
            return {}
        return {"default": value}

    def _comment(self) -> dict[str, str]:
        texts = [str(self.left.pop(key)) for key in _COMMENT_KEYS if key in self.left]
        return {"comment": " ".join(texts)} if texts else {}
