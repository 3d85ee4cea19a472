"""From what a user asks for to the identity of a run, with everything checked before anything is written."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hpo.data.prepared import Prepared, features_for
from hpo.errors import BadData, UsageError
from hpo.evaluation import RESERVED_NAMES, Hyperparameters, Value
from hpo.execution.spec import RunSpec
from hpo.identifiers import is_identifier
from hpo.models.base import Model
from hpo.models.registry import default_space_path, load
from hpo.search import make_search_from, resolve_settings
from hpo.sizes import SIZES, Size
from hpo.space import Space, read_space
from hpo.space.base import Axis, parse_value


@dataclass(frozen=True, slots=True)
class Request:
    """What a user asks for.

    Attributes:
        model: Registered name or import path of the model.
        dataset: Dataset to search on.
        size: Standard size, or a name of one's own with POPULATION_SIZE and NUM_ITERATIONS among the settings.
        strategy: One of ``hpo.search.catalogue.STRATEGIES``.
        preset: ``default`` or ``supervisor``.
        seed: Seed of the search.
        split: Number of the split.
        data: ``raw_data`` folder or prepared folder.
        space: Space file; ``None`` for the model's own.
        settings: Settings of the search by Supervisor's names.
        fixed: Hyperparameters held at a value, searched or not.
        run: Name of the run; ``None`` for ``<strategy>-seed<k>``, with ``-<compat>`` where there is one.
        release: Name of the data's release, where they don't say.
        compat: Published behaviour that the model reproduces; ``None`` for the model as it should be.
    """

    model: str
    dataset: str
    size: str
    strategy: str
    preset: str
    seed: int
    split: int
    data: Path
    space: Path | None = None
    settings: Mapping[str, Value] = field(default_factory=dict)
    fixed: Mapping[str, Value] = field(default_factory=dict)
    run: str | None = None
    release: str | None = None
    compat: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """A valid run that has not begun.

    Attributes:
        spec: Its identity.
        features: Prepared features.
        budget: Trainings in all.
        warnings: What is legal but probably not meant, a sentence each.
    """

    spec: RunSpec
    features: Prepared
    budget: int
    warnings: tuple[str, ...]


def make_plan(request: Request, features: Path) -> Plan:
    """Check ``request`` and prepare features into the cache ``features``, where they are missing.

    Raises:
        UsageError: A name is unknown, or an option contradicts another.
        BadConfiguration: Settings of the search break their laws.
        BadData: The space or the data break their laws.
        MissingInput: A file is missing.
        Drift: The features were prepared by another version of the model.
        StorageError: Features can't be written.
    """
    model = load(request.model, request.compat)
    run = request.run or _run_name(request)
    if not is_identifier(run):
        raise UsageError(f"--run {run!r}: no valid name (letters, digits and ._+-)")
    settings = resolve_settings(request.strategy, _size(request), request.preset, request.settings)
    path = request.space or default_space_path(request.model, request.size, request.compat)
    original = read_space(path)
    fixed = {name: _checked(model, name, value, "--set") for name, value in request.fixed.items()}
    space = with_fixed(original, fixed)
    _check_names(model, original, path)
    if not original.axes:
        raise BadData(f"{path}: every hyperparameter is a constant: nothing is left to search")
    if not space.axes:
        raise UsageError("--set holds every hyperparameter of the space: nothing is left to search")
    baseline = _baseline(model, space)
    search = make_search_from(space, request.seed, settings, baseline)
    prepared = features_for(model, request.data, request.dataset, request.split, features, release=request.release)
    spec = RunSpec(
        model=model.card.name,
        dataset=request.dataset,
        release=prepared.release.name,
        release_digest=prepared.release.digest,
        split=request.split,
        size=request.size,
        strategy=request.strategy,
        run=run,
        seed=request.seed,
        space=space.to_json(),
        settings=dict(settings),
        baseline=baseline,
        fixed={**space.constants, **fixed},
        protocol=_protocol(model),
        digests={"space": space.digest, "features": prepared.digest, **prepared.digests},
    )
    return Plan(spec, prepared, search.budget, space.warnings)


def with_fixed(space: Space, fixed: Mapping[str, Value]) -> Space:
    """``space`` in which the parameters named in ``fixed`` are constants of these values."""
    content = [
        {"name": item["name"], "type": "constant", "value": fixed[item["name"]], "comment": "held at a value by --set"}
        if item["name"] in fixed
        else item
        for item in space.to_json()
    ]
    return Space.from_json(content)


def parse_fixed(model: Model, items: Mapping[str, str]) -> dict[str, Value]:
    """Values of ``--set NAME=VALUE``, each in the type of the model's default.

    Raises:
        UsageError: A name is no hyperparameter of the model, or a text is of another type.
    """
    values: dict[str, Value] = {}
    for name, text in items.items():
        default = _default(model, name, "--set")
        try:
            values[name] = parse_value(text, type(default))
        except ValueError as error:
            raise UsageError(f"--set {name}={text}: {name} {error}") from None
    return values


def _run_name(request: Request) -> str:
    name = f"{request.strategy}-seed{request.seed}"
    return name if request.compat is None else f"{name}-{request.compat}"


def _protocol(model: Model) -> dict[str, Any]:
    protocol = model.protocol()
    return protocol if model.compat is None else {**protocol, "compat": model.compat}


def _size(request: Request) -> Size:
    if request.size in SIZES:
        return SIZES[request.size]
    population, generations = (request.settings.get(name) for name in ("POPULATION_SIZE", "NUM_ITERATIONS"))
    if not is_identifier(request.size) or type(population) is not int or type(generations) is not int:
        raise UsageError(
            f"no size {request.size!r}; there are {', '.join(SIZES)}\n"
            "  A size of your own needs --ga POPULATION_SIZE=… and --ga NUM_ITERATIONS=…"
        )
    return Size(request.size, population, generations)


def _check_names(model: Model, space: Space, path: Path) -> None:
    """Everything in the space must be a hyperparameter of the model, with values that it can have."""
    problems = []
    for parameter in space.parameters:
        if parameter.name not in model.defaults:
            problems.append(f"{path}: {_unknown(model, parameter.name)}")
        elif parameter.name in RESERVED_NAMES:
            problems.append(f"{path}: {parameter.name}: records use this name for something else")
        else:
            values = _extremes(parameter) if isinstance(parameter, Axis) else [parameter.value]
            problems += [
                f"{path}: {problem}" for value in values if (problem := _problem(model, parameter.name, value))
            ]
    if problems:
        raise BadData(problems)


def _extremes(axis: Axis) -> list[Value]:
    """The outermost values of an axis, or all that are listed."""
    listed = getattr(axis, "values", None)
    return list(listed) if listed is not None else [axis.from_unit(0.0), axis.from_unit(1.0)]


def _baseline(model: Model, space: Space) -> Hyperparameters:
    """The model's defaults of the searched axes; a default in the space file wins."""
    return {axis.name: axis.normalised(space.defaults.get(axis.name, model.defaults[axis.name])) for axis in space.axes}


def _checked(model: Model, name: str, value: Value, option: str) -> Value:
    default = _default(model, name, option)
    if type(default) is float and type(value) is int:
        value = float(value)
    problem = _problem(model, name, value)
    if problem:
        raise UsageError(f"{option} {name}: {problem}")
    return value


def _problem(model: Model, name: str, value: Value) -> str | None:
    """Why ``value`` is impossible for the hyperparameter ``name``, by the model's own laws; ``None`` if it is not."""
    law = next((parameter for parameter in model.parameters if parameter.name == name), None)
    if law is not None:
        try:
            law.checked(value)
        except ValueError as error:
            return str(error)
        return None
    default: Any = model.defaults[name]
    fits = type(value) is type(default) or (type(default) is float and type(value) is int)
    return None if fits else f"{name} must be {type(default).__name__} like its default {default!r}, got {value!r}"


def _default(model: Model, name: str, option: str) -> Value:
    if name not in model.defaults:
        raise UsageError(f"{option} {_unknown(model, name)}")
    return model.defaults[name]


def _unknown(model: Model, name: str) -> str:
    close = difflib.get_close_matches(name, model.defaults, n=1)
    hint = f"; did you mean {close[0]}?" if close else ""
    return f"{name}: no hyperparameter of {model.card.name}{hint} (there are {', '.join(model.defaults)})"
