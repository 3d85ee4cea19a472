"""Which model a command is about: a registered one, a class by its import path, a model file, or a command line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hpo.errors import BadData, UsageError
from hpo.identifiers import is_identifier

if TYPE_CHECKING:
    from hpo.settings import SearchSettings


def model_name(options: Mapping[str, Any], search: SearchSettings) -> str | None:
    """What ``hpo.models.registry.load`` finds the model by; ``None`` where nothing names one.

    Options win over the settings file. A model file is named by its absolute path, as evaluators may run elsewhere.

    Raises:
        UsageError: Options contradict each other, or a command line lacks what it needs.
        BadData: The space that goes with a command line is wrong, or says no defaults.
        MissingInput: There is no such space file.
    """
    model, file, command = options["model"], options["model_file"], options["model_command"]
    if command is not None:
        if file is not None:
            raise UsageError("--model-file and --model-command: one of them")
        return _of_command(model, command, options["space"] or search.space)
    if file is not None:
        if model is not None:
            raise UsageError("--model and --model-file: the file says the model's name; leave out --model")
        return str(file.resolve())
    if model is None and search.model is None and search.model_file is not None:
        return str(Path(search.model_file).resolve())
    model = model or search.model
    return str(Path(model).resolve()) if model is not None and model.endswith(".toml") else model


def _of_command(name: str | None, command: str, space: Path | str | None) -> str:
    """The definition that ``--model-command`` stands for, as a name."""
    from hpo.models.registry import EXTERNAL
    from hpo.space import read_space

    if name is None or not is_identifier(name):
        raise UsageError(f"--model-command needs --model NAME, the name of the model in the archive; got {name!r:.80}")
    if space is None:
        raise UsageError("--model-command needs --space FILE: what is searched, with a default of each hyperparameter")
    found = read_space(Path(space))
    defaults = {**found.defaults, **found.constants}
    problems = [
        f"{space}: {axis.name}: needs a default, since the baseline of a model given by --model-command comes from here"
        for axis in found.axes
        if axis.name not in defaults
    ]
    if problems:
        raise BadData(problems)
    definition = {
        "name": name,
        "contract": "command",
        "hyperparameters": {parameter.name: defaults[parameter.name] for parameter in found.parameters},
        "entry": {"train": command},
    }
    return EXTERNAL + json.dumps(definition)
