"""Tries a model file out, step by step, and says of what goes wrong which file and key to look at."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from hpo.data.prepared import features_for
from hpo.errors import CrossHpoError
from hpo.evaluation import Outcome, Status, Value
from hpo.models.base import Training
from hpo.models.external.loading import load_external
from hpo.models.external.model import ExternalModel
from hpo.models.external.program import Sink
from hpo.space import Axis, read_space

_UNKNOWN_FLAG = re.compile(r"unrecognized arguments: ([^|]*)")
_BAD_VALUE = re.compile(r"argument (?:-\w+/)*--([\w-]+)[^:|]*: ([^|]*)")
_NO_MODULE = re.compile(r"No module named '([^']*)'")
_NO_FILE = re.compile(r"No such file or directory: '([^']*)'")
_FLAG: Final = re.compile(r"--([\w-]+)")


@dataclass(frozen=True, slots=True)
class Step:
    """What came of one step.

    Attributes:
        step: ``file``, ``space``, ``preprocess`` or ``train``.
        ok: Whether it went well.
        found: What was found: facts, or the problem.
        look_at: File and key to look at where it went wrong.
    """

    step: str
    ok: bool
    found: str
    look_at: str = ""

    def to_json(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


def check_model(
    file: Path,
    data: Path,
    dataset: str,
    split: int,
    *,
    features: Path,
    hyperparameters: Mapping[str, Value],
    seed: int = 1,
    keep: Path | None = None,
    sink: Sink,
) -> Iterator[Step]:
    """Read the model file, its space, preprocess, and train once with the defaults; the first step that fails is last.

    Args:
        file: The model file.
        data: ``raw_data`` folder.
        dataset: Name of the dataset.
        split: Number of the split.
        features: Cache of prepared features.
        hyperparameters: Other values than the defaults.
        seed: Seed of the training.
        keep: Folder that the results of the training are moved to; ``None`` to remove them.
        sink: Takes what the programs print.
    """
    try:
        model = load_external(str(file))
        digests = ", ".join(f"{role} {value[:12]}" for role, value in model.digests.items())
    except CrossHpoError as error:
        yield Step("file", False, str(error), str(file))
        return
    yield Step("file", True, f"{model.card.name}, contract {model.definition.contract}; {digests}")
    space = _space(model, file)
    yield space
    if not space.ok:
        return
    model.sink, model.keep = sink, keep
    begun = time.monotonic()
    try:
        prepared = features_for(model, data, dataset, split, features)
        model.use(prepared)
    except CrossHpoError as error:
        yield Step("preprocess", False, str(error), hint(str(error), model, file, "preprocess"))
        return
    counts = ", ".join(f"{prepared.counts[part]} {part}" for part in ("train", "val", "test"))
    dropped = sum(prepared.counts[f"dropped_{part}"] for part in ("train", "val", "test"))
    left_out = f"; {dropped} responses left out" if dropped else ""
    yield Step("preprocess", True, f"{counts} rows{left_out}, {time.monotonic() - begun:.1f} s")
    begun = time.monotonic()
    try:
        outcome, _ = model.train(dict(hyperparameters), prepared.arrays, Training(seed))
    except (ValueError, OSError) as error:
        outcome = Outcome(Status.FAILED, message=str(error))
    yield _trained(outcome, time.monotonic() - begun, model, file)


def hint(text: str, model: ExternalModel, file: Path, step: str) -> str:
    """Which file and key to look at, by what a program printed."""
    definition = model.definition
    by_flag = {definition.flag_of(name): f"hyperparameters.{name}" for name in definition.hyperparameters}
    by_flag |= {flag: f"fixed.{flag}" for flag in definition.fixed}
    if step == "preprocess":
        by_flag = {flag: f"preprocess.{flag}" for flag in definition.preprocess}
    if definition.seed_flag:
        by_flag[definition.seed_flag] = "seed_flag"
    unknown = _UNKNOWN_FLAG.search(text)
    if unknown:
        keys = [by_flag[flag] for flag in _FLAG.findall(unknown[1]) if flag in by_flag]
        return f"{file}: {', '.join(keys) or f'contract, entry.{step}'}: the program does not know this flag"
    bad = _BAD_VALUE.search(text)
    if bad:
        return f"{file}: {by_flag.get(bad[1], bad[1])}: {bad[2].strip()}"
    module = _NO_MODULE.search(text)
    if module:
        return f"{file}: python: {_interpreter(model)} has no module {module[1]}"
    missing = _NO_FILE.search(text)
    if missing and "/x_data/" in missing[1]:
        return f"{file}: inputs: x_data/{missing[1].rpartition('/')[2]} is read but not named"
    return f"{file}: entry.{step}: what the program printed is above"


def _interpreter(model: ExternalModel) -> str:
    return "the image" if model.definition.image is not None else model.installed.python


def _space(model: ExternalModel, file: Path) -> Step:
    path = model.installed.space
    if path is None:
        return Step("space", True, "none named; a search needs --space FILE")
    try:
        space = read_space(path)
    except CrossHpoError as error:
        return Step("space", False, str(error), str(path))
    unknown = [parameter.name for parameter in space.parameters if parameter.name not in model.defaults]
    if unknown:
        names = ", ".join(unknown)
        return Step("space", False, f"{path}: {names}: no default", f"{file}: hyperparameters: add {names}")
    problems = [problem for axis in space.axes if (problem := _other_type(axis, model.defaults[axis.name]))]
    if problems:
        return Step("space", False, f"{path}: {'; '.join(problems)}", f"{file}: hyperparameters")
    return Step("space", True, f"{len(space.axes)} searched: {', '.join(space.names)}")


def _other_type(axis: Axis, default: Value) -> str:
    """How the values of ``axis`` and the default differ in type; empty if they don't."""
    value = axis.from_unit(0.0)
    if type(value) is type(default) or (type(value) is int and type(default) is float):
        return ""
    return f"{axis.name}: values are {type(value).__name__}, but its default {default!r} is {type(default).__name__}"


def _trained(outcome: Outcome, seconds: float, model: ExternalModel, file: Path) -> Step:
    if outcome.status is Status.OK:
        remark = f"; {outcome.message}" if outcome.message else ""
        metrics = ", ".join(f"{name} {value:.6g}" for name, value in outcome.metrics.items())
        return Step("train", True, f"val_loss {outcome.loss:.6g} ({metrics}), {seconds:.1f} s{remark}")
    found = f"{outcome.status.value}: {outcome.message}"
    return Step("train", False, found, hint(outcome.message, model, file, "train"))
