"""Every schema version of ``run.json`` ever written, and the step from each to the next."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from pydantic import ValidationError

from hpo.archive.schema import SCHEMA, RunInfo
from hpo.errors import BadData
from hpo.strict_json import parse_json

Upgrade = Callable[[dict[str, Any]], dict[str, Any]]

UPGRADES: Final[dict[int, Upgrade]] = {}
"""By version: the step from its ``run.json`` to the next version's. A new version adds an entry and a frozen sample."""

_SCHEMA = re.compile(r"cross-hpo/run/([1-9]\d{0,5})")


def parse_run(content: bytes, where: str) -> RunInfo:
    """``run.json`` of any version, as the newest one.

    Raises:
        BadData: No such JSON, a newer version, or a key is missing, unknown or has a wrong value; all at once.
    """
    data = parse_json(content, where)
    if not isinstance(data, dict):
        raise BadData(f"{where}: expected a JSON object, got {type(data).__name__}")
    try:
        return RunInfo.model_validate(upgraded(data, where))
    except ValidationError as error:
        raise BadData(
            [
                f"{where}: {'.'.join(str(part) for part in item['loc']) or 'content'}: "
                f"{item['msg'].removeprefix('Value error, ')}, got {item['input']!r:.80}"
                for item in error.errors(include_url=False)
            ]
        ) from error


def upgraded(data: dict[str, Any], where: str) -> dict[str, Any]:
    """``data`` in the newest version.

    Raises:
        BadData: It says no version that we know.
    """
    newest = _version(SCHEMA)
    version = _version(data.get("schema"))
    if version is None or newest is None:
        raise BadData(f"{where}: schema: expected {SCHEMA!r} or an older version, got {data.get('schema')!r:.80}")
    if version > newest:
        raise BadData(
            f"{where}: schema: this is version {version}, newer than the {newest} that is known here; upgrade cross-hpo"
        )
    for older in range(version, newest):
        data = UPGRADES[older](data)
    return data


def _version(schema: Any) -> int | None:
    match = _SCHEMA.fullmatch(schema) if isinstance(schema, str) else None
    return int(match[1]) if match else None
