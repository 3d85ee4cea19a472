"""From the name of a model file, or a definition within a name, to a model."""

from __future__ import annotations

import json
from pathlib import Path

from hpo.errors import UsageError
from hpo.models.external.definition import Definition, checked_definition, read_definition
from hpo.models.external.installation import Installation
from hpo.models.external.model import ExternalModel


def load_external(name: str, compat: str | None = None) -> ExternalModel:
    """The model of a model file (``PATH.toml``), or of a definition given as ``external:{…}``.

    Raises:
        MissingInput: There is no such file, or something that it names is missing.
        BadData: It is wrong; all problems at once.
        UsageError: It has the name of a built-in model, or a published behaviour is asked for.
    """
    from hpo.models.registry import MODELS

    definition, where = definition_of(name)
    if definition.name in MODELS:
        raise UsageError(
            f"{where}: name: {definition.name} is a built-in model; choose another name, "
            f"for example {definition.name}-improve"
        )
    return ExternalModel(Installation(definition, where), compat)


def definition_of(name: str) -> tuple[Definition, Path]:
    """What a model file, or a name that holds a definition, says, and where messages say that it is.

    Raises:
        MissingInput: There is no such file.
        BadData: It is wrong; all problems at once.
    """
    from hpo.models.registry import EXTERNAL

    if name.startswith(EXTERNAL):
        where = Path("--model-command")
        return checked_definition(json.loads(name.removeprefix(EXTERNAL)), where), where
    where = Path(name)
    return read_definition(where), where


def space_of(name: str) -> Path:
    """The space file that a model file names.

    Raises:
        UsageError: It names none.
        MissingInput: There is no such model file.
        BadData: It is wrong.
    """
    definition, where = definition_of(name)
    space = Installation(definition, where).space
    if space is None:
        raise UsageError(f"{where}: space: names no space file; add it, or name one with --space FILE")
    return space
