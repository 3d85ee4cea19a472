"""``best-N.json``, ``fitness-N.txt``, ``fitnesses-N.txt`` and ``population-N.txt``: the end of a search.

The "best" of Supervisor is the best of the *last* population; an earlier, better one may have been lost.
"""

from __future__ import annotations

import json
from typing import Any, Final

from hpo.archive.importers.cells import number
from hpo.archive.importers.reading import shown
from hpo.errors import BadData
from hpo.identifiers import is_hyperparameter_name
from hpo.strict_json import parse_json

MAX_INDIVIDUALS: Final = 20_000
MAX_TEXT: Final = 2_000
"""Characters of one value, as of any free text of a record."""

Individual = dict[str, bool | int | float | str]


def parse_best(content: bytes, name: str) -> Individual:
    """Hyperparameters of the best individual: one JSON object of scalars.

    Raises:
        BadData: It is no such object.
    """
    return _individual(parse_json(content, shown(name)), name)


def parse_population(text: str, name: str) -> list[Individual]:
    """Hyperparameters of the last population: JSON objects separated by ``;``, which may occur inside a text too.

    Raises:
        BadData: A part is no such object, or there are too many.
    """
    decoder = json.JSONDecoder()
    found: list[Individual] = []
    position = _skip(text, 0, " \t\n")
    while position < len(text):
        try:
            _, end = decoder.raw_decode(text, position)
        except (ValueError, RecursionError) as error:
            raise BadData(f"{shown(name)}: individual {len(found)}: no valid JSON ({error})") from error
        part = parse_json(
            text[position:end].encode("utf-8", "surrogatepass"), f"{shown(name)}: individual {len(found)}"
        )
        found.append(_individual(part, name))
        if len(found) > MAX_INDIVIDUALS:
            raise BadData(f"{shown(name)}: more than {MAX_INDIVIDUALS:,} individuals")
        position = _skip(text, end, " \t\n")
        if position < len(text) and text[position] != ";":
            raise BadData(f"{shown(name)}: after individual {len(found) - 1}: ';' expected")
        position = _skip(text, position, "; \t\n")
    return found


def parse_fitness(text: str, name: str) -> float:
    """The loss of the best individual.

    Raises:
        BadData: The text is no finite number.
    """
    loss = number(text)
    if loss is None:
        raise BadData(f"{shown(name)}: {shown(text.strip())!r} is no number")
    return loss


def parse_fitnesses(text: str, name: str) -> list[float]:
    """The losses of the last population, in its order.

    Raises:
        BadData: A part between the ``;`` is no finite number.
    """
    parts = text.strip().strip(";").split(";")
    if len(parts) > MAX_INDIVIDUALS:
        raise BadData(f"{shown(name)}: {len(parts):,} losses, more than {MAX_INDIVIDUALS:,}")
    losses = [number(part) for part in parts]
    wrong = [part for part, loss in zip(parts, losses, strict=True) if loss is None]
    if wrong:
        raise BadData(f"{shown(name)}: {shown(wrong[0].strip())!r} is no number ({len(wrong)} of {len(parts)})")
    return [loss for loss in losses if loss is not None]


def _individual(value: Any, name: str) -> Individual:
    if not isinstance(value, dict) or not value:
        raise BadData(f"{shown(name)}: no JSON object of hyperparameters")
    for key, item in value.items():
        if not is_hyperparameter_name(key):
            raise BadData(f"{shown(name)}: {shown(key)!r} is no name of a hyperparameter")
        if not isinstance(item, bool | int | float | str):
            raise BadData(f"{shown(name)}: {key}: {shown(str(item))} is no number, text or logical value")
        if isinstance(item, str) and len(item) > MAX_TEXT:
            raise BadData(f"{shown(name)}: {key}: a text of {len(item):,} characters, more than {MAX_TEXT:,}")
    return value


def _skip(text: str, position: int, characters: str) -> int:
    while position < len(text) and text[position] in characters:
        position += 1
    return position
