"""The program of each step of a model: folders, words and variables put together for this machine."""

from __future__ import annotations

import os
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hpo.evaluation import Hyperparameters, Value
from hpo.models.external.arguments import (
    DATA_VARIABLES,
    Places,
    command_words,
    filled,
    infer_words,
    preprocess_words,
    split_name,
    train_words,
)
from hpo.models.external.container import (
    DATA,
    NO_GPU,
    Bind,
    container_command,
    end_command,
    has_gpu,
    visible_gpu,
)
from hpo.models.external.installation import Installation
from hpo.models.external.program import Program

RAW = "raw_data"
ML = "ml_data"
OUT = "output"
MODEL = "model"
"""Folders within that of an evaluation."""


@dataclass(frozen=True, slots=True)
class Folders:
    """Where things are for one step.

    Attributes:
        scratch: Folder of the evaluation; current folder of programs, and all below is removed with it.
        raw: ``raw_data``.
        ml: What preprocessing makes, or has made.
        out: Where results go, below ``scratch``; for preprocessing ``ml``.
        model: A trained model, for inference.
    """

    scratch: Path
    raw: Path
    ml: Path
    out: Path
    model: Path | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """What of the data a step is about."""

    dataset: str
    split: int


def preprocess_program(installed: Installation, folders: Folders, part: Part) -> Program:
    """The program that makes a model's own files from ``raw_data``."""
    definition = installed.definition
    words = preprocess_words(definition, _places(installed, folders), part.dataset, part.split)
    limit = definition.preprocess_time_limit
    return _program(installed, "preprocess", folders, words, part, limit=limit, ml_read_only=False)


def train_program(
    installed: Installation, folders: Folders, hyperparameters: Hyperparameters, seed: int, part: Part
) -> Program:
    """The program that trains one candidate and scores the validation part."""
    definition = installed.definition
    words = train_words(definition, _places(installed, folders), hyperparameters, seed)
    values = {**hyperparameters, "seed": seed}
    flags = [(definition.flag_of(name), value) for name, value in hyperparameters.items()]
    return _program(installed, "train", folders, words, part, limit=definition.time_limit, values=values, flags=flags)


def infer_program(installed: Installation, folders: Folders, part: Part) -> Program:
    """The program that scores the test part with the trained model in ``folders.model``."""
    places = _places(installed, folders)
    inside = f"{DATA}/{MODEL}" if installed.definition.image is not None else str(folders.model)
    words = infer_words(installed.definition, places, inside)
    return _program(installed, "infer", folders, words, part, limit=installed.definition.time_limit)


def _places(installed: Installation, folders: Folders) -> Places:
    if installed.definition.image is not None:
        return Places(DATA, f"{DATA}/{RAW}", f"{DATA}/{ML}", f"{DATA}/{OUT}")
    return Places(
        str(folders.scratch), str(folders.raw), str(folders.ml), str(folders.out), str(installed.directory.resolve())
    )


def _program(
    installed: Installation,
    step: str,
    folders: Folders,
    words: list[str],
    part: Part,
    *,
    limit: float | None,
    values: Mapping[str, Value] | None = None,
    flags: list[tuple[str, Value]] | None = None,
    ml_read_only: bool = True,
) -> Program:
    definition = installed.definition
    environment = installed.environment(os.environ)
    gpu = visible_gpu(os.environ, present=has_gpu())
    current = folders.scratch if definition.run_in == "output" else installed.directory
    end: list[str] = []
    if definition.contract == "command":
        command = str(getattr(definition.entry, step))
        places = _places(installed, folders)
        known = {**_named(places, folders, part, gpu), **(values or {})}
        fixed = filled(definition.fixed, places) if step == "train" else []
        words = command_words(command, known, [*(flags or []), *fixed])
        current = installed.directory
    elif definition.image is not None:
        name = f"cross-hpo-{uuid.uuid4().hex[:12]}"
        runtime = str(definition.runtime)
        words = container_command(
            runtime,
            installed.image,
            installed.image_script(step),
            words,
            binds=_binds(folders, ml_read_only=ml_read_only),
            environment={**_data_variables(DATA), **definition.environment},
            gpu=gpu,
            name=name,
            user=f"{os.getuid()}:{os.getgid()}",
            takes_gpu=step != "preprocess",
        )
        current, end = folders.scratch, end_command(runtime, name)
    else:
        words = [installed.python, str(installed.script(step)), *words]
        if definition.contract == "candle":
            environment |= _data_variables(str(folders.scratch))
    return Program(tuple(words), current, environment, folders.scratch, tuple(end), limit)


def _named(places: Places, folders: Folders, part: Part, gpu: str | None) -> dict[str, Value]:
    """What may stand in braces in every command."""
    splits = {f"{name}_split": split_name(part.dataset, part.split, name) for name in ("train", "val", "test")}
    return {
        "directory": places.directory,
        "data": places.raw,
        "input": places.ml,
        "output": places.out,
        "model": str(folders.model or places.out),
        "gpu": gpu or NO_GPU,
        "dataset": part.dataset,
        **splits,
    }


def _data_variables(base: str) -> dict[str, str]:
    return dict.fromkeys(DATA_VARIABLES, base)


def _binds(folders: Folders, *, ml_read_only: bool) -> list[Bind]:
    """The evaluation's own folder, and others on top of it: runtimes want each mount point to be there."""
    binds = [Bind(str(folders.scratch), DATA, read_only=False)]
    for name, folder, read_only in (
        (RAW, folders.raw, True),
        (ML, folders.ml, ml_read_only),
        (MODEL, folders.model, True),
    ):
        if folder is not None and folder != folders.scratch / name and folder.is_dir():
            (folders.scratch / name).mkdir(exist_ok=True)
            binds.append(Bind(str(folder), f"{DATA}/{name}", read_only))
    return binds
