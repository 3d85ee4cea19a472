"""``metadata.txt`` and ``cfg-*.sh``: who ran what with which settings. Shell scripts are read as text, never run."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from hpo.archive.importers.cells import count, number

Setting = int | float | str

_WHOLE: Final = ("PROCS", "PPN", "NUM_ITERATIONS", "POPULATION_SIZE", "TOURNSIZE")
_NUMBERS: Final = ("OFFSPRING_PROPORTION", "MUT_PROB", "CX_PROB", "MUT_INDPB", "CX_INDPB")
_WORDS: Final = ("WALLTIME", "GA_STRATEGY", "CANDLE_MODEL_TYPE", "CANDLE_FRAMEWORK", "FRAMEWORK", "MODEL_RETURN")
_ASSIGNMENT: Final = re.compile(r"[ \t]*(?:export[ \t]+)?([A-Z][A-Z0-9_]*)=(.*)")
_WORD: Final = re.compile(r"[A-Za-z0-9_.:+-]{1,64}")
_FILE: Final = re.compile(r"(?:[^\s\"'$`;]*/)?([A-Za-z0-9_.+-]{1,64})")
_METADATA_KEYS: Final = ("MODEL", "DATASET", "SIZE", "PARAMS", "RANK", "DATE")
_LOGGED: Final = re.compile(r".*\bDEAP\b.*\b(num_iter|num_pop):[ \t]*([0-9]{1,9})[ \t]*")


@dataclass(slots=True)
class Script:
    """What is known from a settings script.

    Attributes:
        settings: Plain assignments of the settings that are known here, numbers as numbers.
        image: File name of the container image or name of the model, without its folder.
        space_file: File name of the space, without its folder.
    """

    settings: dict[str, Setting] = field(default_factory=dict)
    image: str | None = None
    space_file: str | None = None


@dataclass(slots=True)
class Metadata:
    """What is known from ``metadata.txt``; user, host and folders are not kept.

    Attributes:
        fields: ``MODEL``, ``DATASET``, ``SIZE``, ``PARAMS``, ``RANK`` and ``DATE`` as written.
        population: The population that DEAP logged.
        generations: The generations that DEAP logged.
    """

    fields: dict[str, str] = field(default_factory=dict)
    population: int | None = None
    generations: int | None = None


def parse_script(text: str) -> Script:
    """Read the assignments of a settings script; comments and whatever needs a shell to be known are left out."""
    script = Script()
    for line in text.split("\n"):
        match = _ASSIGNMENT.fullmatch(line)
        if match is None:
            continue
        key, value = match[1], _plain(match[2])
        if value is None:
            continue
        if key == "MODEL_NAME":
            script.image = _file_name(value)
        elif key == "PARAM_SET_FILE":
            script.space_file = _file_name(value)
        else:
            setting = _setting(key, value)
            if setting is not None:
                script.settings[key] = setting
    return script


def parse_metadata(text: str) -> Metadata:
    """Read ``KEY=value`` lines and the lines that DEAP logged."""
    metadata = Metadata()
    for line in text.split("\n"):
        key, equals, value = line.strip().partition("=")
        if equals and key in _METADATA_KEYS and value.strip():
            metadata.fields.setdefault(key, value.strip()[:200])
        logged = _LOGGED.fullmatch(line[:500])
        if logged is not None and logged[1] == "num_pop":
            metadata.population = int(logged[2])
        elif logged is not None:
            metadata.generations = int(logged[2])
    return metadata


def _plain(text: str) -> str | None:
    """The value of an assignment that no shell is needed for: no variables, substitutions or several words."""
    text = re.sub(r"[ \t]#.*$", "", text).strip()
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "'\"":
        text = text[1:-1]
    return text if text and not re.search(r"[\s$`'\";&|<>()\\]", text) else None


def _file_name(text: str) -> str | None:
    match = _FILE.fullmatch(text)
    return match[1] if match else None


def _setting(key: str, text: str) -> Setting | None:
    if key in _WHOLE:
        return count(text)
    if key in _NUMBERS:
        return number(text)
    return text if key in _WORDS and _WORD.fullmatch(text) else None
