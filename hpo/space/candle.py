"""Reads and checks hyperparameter spaces in CANDLE's JSON conventions: all problems of a file, not the first.

The conventions are those of Supervisor's GA workflow (github.com/ECP-CANDLE/Supervisor, workflows/GA): a list of
objects with ``name``, ``type`` and what the type needs. Bounds are inclusive. Keys that the conventions don't
know are annotation; they are kept and reported, unless they look like a misspelt known key.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from hpo.errors import BadData, MissingInput
from hpo.evaluation import RESERVED_NAMES
from hpo.identifiers import MAX_ID_LENGTH, is_hyperparameter_name
from hpo.space import keys
from hpo.space.base import Axis
from hpo.space.findings import Findings, show
from hpo.space.item import Item
from hpo.space.kinds import build
from hpo.strict_json import parse_json

MAX_BYTES: Final = 1024 * 1024
MAX_PARAMETERS: Final = 256

BYTE_ORDER_MARK: Final = (
    "the file begins with a byte order mark, which other programs refuse; save it as UTF-8 without one"
)
NOTHING_SEARCHED: Final = "there are only constants, so there is nothing to search; give at least one a range or values"

_EXAMPLE: Final = '{"name": "learning_rate", "type": "float", "lower": 1e-6, "upper": 0.01, "use_log_scale": true}'


def read_list(path: Path) -> tuple[Any, bool]:
    """The JSON content of a space file, unchecked, and whether it began with a byte order mark.

    Raises:
        MissingInput: There is no such file.
        BadData: It is larger than 1 MiB or no strict JSON (see ``hpo.strict_json``).
    """
    if not path.is_file():
        raise MissingInput(f"{path}: no such file")
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise BadData(f"{path}: a space file has at most {MAX_BYTES:,} bytes, got {size:,}")
    content = path.read_bytes()
    return parse_json(content, str(path)), content.startswith(b"\xef\xbb\xbf")


def check_parameters(content: Any, where: str) -> Findings:
    """The parameters that ``content``, parsed JSON, describes, and all that is wrong with it."""
    findings = Findings(where)
    if not _is_list(content, findings):
        return findings
    annotations: Counter[str] = Counter()
    for number, item in enumerate(content, start=1):
        if not isinstance(item, dict):
            findings.add(
                f"item {number}", f"a parameter must be an object, got {show(item)}", f"Write it as {_EXAMPLE}."
            )
            continue
        _check_item(item, number, findings, annotations)
    _check_names_differ(content, findings)
    for key, count in annotations.items():
        findings.warnings.append(
            f"{key!r} is no key of CANDLE's conventions and has no effect; kept as annotation "
            f"({count} parameter{'s' if count > 1 else ''})"
        )
    if not findings.problems and not any(isinstance(parameter, Axis) for parameter in findings.parameters):
        findings.warnings.append(NOTHING_SEARCHED)
    return findings


def _is_list(content: Any, findings: Findings) -> bool:
    if not isinstance(content, list):
        remedy = f"Write [{_EXAMPLE}, …]."
        if isinstance(content, dict) and content:
            remedy += " A DeepHyper-style file is converted by `cross-hpo space convert FILE --from deephyper`."
        findings.add(None, f"a space must be a list of objects, got {show(content)}", remedy)
    elif not content:
        findings.add(None, "a space must have at least one parameter, got []", f"Write [{_EXAMPLE}].")
    elif len(content) > MAX_PARAMETERS:
        findings.add(
            None,
            f"a space has at most {MAX_PARAMETERS} parameters, got {len(content):,}",
            "Leave out what is not searched; models have defaults.",
        )
    else:
        return True
    return False


def _check_item(item: Mapping[str, Any], number: int, findings: Findings, annotations: Counter[str]) -> None:
    before = len(findings.problems)
    name = item.get("name")
    label = repr(name[:80]) if isinstance(name, str) and name else f"item {number}"
    _check_name(item, label, findings)
    kind = _checked_type(item, label, findings)
    _check_comment(item, label, findings)
    unknown = [key for key in item if key not in keys.KNOWN]
    for key in unknown:
        meant = keys.key_meant(key)
        if meant:
            findings.add(label, f"unknown key {show(key)}, which looks like {meant!r}", _key_remedy(key, meant))
        else:
            annotations[key[:80]] += 1
    if kind is None:
        return
    parameter = build(Item(item, kind, label, findings))
    if parameter is not None and len(findings.problems) == before:
        findings.parameters.append(parameter)


def _check_name(item: Mapping[str, Any], label: str, findings: Findings) -> None:
    name = item.get("name")
    if "name" not in item:
        findings.add(label, "a parameter needs a name, got none", 'Add "name": "…".')
    elif not isinstance(name, str):
        findings.add(label, f"name must be text, got {show(name)}", "Put the name in quotes.")
    elif not is_hyperparameter_name(name):
        findings.add(
            label,
            f"name must consist of letters, digits and _, not begin with a digit, and have at most {MAX_ID_LENGTH} "
            f"characters, got {show(name)}",
            "It becomes a column and an argument of the model; rename it.",
        )
    elif name in RESERVED_NAMES:
        findings.add(
            label,
            f"name must not be a column of evaluations.csv, got {show(name)}",
            f"Rename it; taken are {', '.join(sorted(RESERVED_NAMES))}.",
        )


def _check_names_differ(content: list[Any], findings: Findings) -> None:
    places: dict[str, list[tuple[int, str]]] = {}
    for number, item in enumerate(content, start=1):
        if isinstance(item, dict) and isinstance(item.get("name"), str):
            places.setdefault(item["name"].casefold(), []).append((number, item["name"]))
    for same in places.values():
        if len(same) > 1:
            numbers = ", ".join(str(number) for number, _ in same)
            spelt = ", ".join(dict.fromkeys(show(name) for _, name in same))
            findings.add(
                repr(same[0][1][:80]),
                f"names must differ, by more than case, got {spelt} in items {numbers}",
                "Rename or remove all but one of them.",
            )


def _checked_type(item: Mapping[str, Any], label: str, findings: Findings) -> str | None:
    kind = item.get("type")
    if isinstance(kind, str) and kind in keys.TYPES:
        return kind
    law = f"type must be one of {', '.join(keys.TYPES)}, got {show(kind) if 'type' in item else 'none'}"
    meant = keys.type_meant(kind) if isinstance(kind, str) else None
    remedy = f'Write "type": "{meant}".' if meant else 'Add or correct "type".'
    findings.add(label, law, remedy)
    return None


def _check_comment(item: Mapping[str, Any], label: str, findings: Findings) -> None:
    if "comment" in item and not isinstance(item["comment"], str):
        findings.add(label, f"comment must be text, got {show(item['comment'])}", "Put it in quotes.")


def _key_remedy(key: str, meant: str) -> str:
    if key in ("min", "max", "choices", "log_uniform"):
        return f'Write "{meant}"; a whole DeepHyper-style file is converted by `cross-hpo space convert`.'
    return f'Write "{meant}"; a key under this name would have no effect.'
