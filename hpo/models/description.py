"""What there is to say about a model, as plain data for the command line and for pages."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from hpo.errors import UsageError
from hpo.evaluation import Value
from hpo.models.base import Model
from hpo.models.registry import default_space_path, load
from hpo.space import Axis, Space, read_space


def describe(name: str, size: str = "SMALL") -> dict[str, Any]:
    """The card of the model ``name``, its hyperparameters, and how the default space of ``size`` searches them.

    Returns:
        The attributes of ``ModelCard``; ``features_version`` and ``protocol_version``; ``space`` (``file`` and
        ``digest``, or null); and ``parameters``, a list of objects with ``name``, ``default``, ``description``,
        ``law`` (possible values in words), ``searched`` (range in words, or null) and ``fixed`` (the space's constant,
        or null).

    Raises:
        UsageError: There is no such model.
        MissingInput: Its module needs a package that is not installed.
        BadData: Its space file is wrong.
    """
    model = load(name)
    space, file = _default_space(name, size)
    card = asdict(model.card)
    return {
        **{key: list(value) if isinstance(value, tuple) else value for key, value in card.items()},
        "features_version": model.features_version,
        "protocol_version": model.protocol_version,
        "space": {"file": file, "digest": space.digest} if space else None,
        "parameters": [_parameter(model, parameter, space) for parameter in model.defaults],
    }


def searched_range(axis: Axis) -> str:
    """What a search may choose for ``axis``, in words."""
    return f"{axis.law}, log scale" if axis.log_scale else axis.law


def _default_space(name: str, size: str) -> tuple[Space | None, str]:
    try:
        path = default_space_path(name, size)
    except UsageError:
        return None, ""  # a model of somebody else, whose space is a file of theirs
    return read_space(path), path.name


def _parameter(model: Model, name: str, space: Space | None) -> dict[str, Any]:
    known = {parameter.name: parameter for parameter in model.parameters}
    axes = {axis.name: axis for axis in space.axes} if space else {}
    constants: dict[str, Value] = space.constants if space else {}
    return {
        "name": name,
        "default": model.defaults[name],
        "description": known[name].description if name in known else "",
        "law": known[name].law if name in known else "",
        "searched": searched_range(axes[name]) if name in axes else None,
        "fixed": constants.get(name),
    }
