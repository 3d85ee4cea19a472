"""Which models there are, and where their classes and space files lie.

A model is found by its registered name, by the import path ``package.module:Class`` of a class that is installed
beside this package, or by a model file ``PATH.toml`` that says how to run programs of somebody else: that is how models
of other people, and the models of the tests, take part.
"""

from __future__ import annotations

import difflib
import importlib
import inspect
from importlib import resources
from pathlib import Path
from typing import Final

from hpo.errors import MissingInput, UsageError
from hpo.models.base import Model

MODELS: Final[dict[str, str]] = {
    "GraphDRP": "hpo.models.graphdrp.model:GraphDRP",
    "IGTD": "hpo.models.igtd.model:IGTD",
    "Paccmann_MCA": "hpo.models.paccmann.model:PaccmannMCA",
    "PathDSP": "hpo.models.pathdsp.model:PathDSP",
    "HiDRA": "hpo.models.hidra.model:HiDRA",
    "LGBM": "hpo.models.lgbm:LGBM",
    "DeepTTC": "hpo.models.deepttc.model:DeepTTC",
    "Uno": "hpo.models.uno.model:Uno",
}
"""Name, in upstream's spelling: import path of the class."""

EXTERNAL: Final = "external:"
"""Beginning of a name that holds, as JSON, what a model file would say."""


def names() -> list[str]:
    """Names of the registered models, in the order of tables."""
    return list(MODELS)


def load(name: str, compat: str | None = None) -> Model:
    """A new instance of the model ``name``.

    Args:
        name: Registered name, import path ``package.module:Class``, or path of a model file that ends with ``.toml``.
        compat: Published behaviour to reproduce; see ``Model``.

    Raises:
        UsageError: There is no such model, the import path leads to no class derived from ``Model``, or the model
            can't reproduce ``compat``.
        MissingInput: The model's module needs a package that is not installed; or a model file, or what it names, is
            missing.
        BadData: The model file is wrong.
    """
    if is_external(name):
        from hpo.models.external.loading import load_external

        return load_external(name, compat)
    path = MODELS.get(name, name)
    module_name, separator, class_name = path.partition(":")
    if not separator or not module_name or not class_name:
        raise UsageError(_unknown(name))
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is not None and f"{module_name}.".startswith(f"{error.name}."):
            raise UsageError(f"model {name}: there is no module {error.name!r}; is it installed here?") from None
        raise MissingInput(
            f"model {name}: its module needs the package {error.name!r}, which is not installed"
        ) from error
    except (ImportError, TypeError, ValueError) as error:
        raise UsageError(f"model {name}: {module_name!r} can't be imported: {error}") from error
    found = getattr(module, class_name, None)
    if found is None:
        raise UsageError(f"model {name}: module {module_name!r} has no class {class_name!r}")
    if not (isinstance(found, type) and issubclass(found, Model)) or inspect.isabstract(found):
        raise UsageError(f"model {name}: {class_name!r} is no class derived from hpo.models.base.Model")
    return found() if compat is None else found(compat)


def is_external(name: str) -> bool:
    """Whether ``name`` is a model file, or the definition of one; see ``hpo.models.external``."""
    return name.endswith(".toml") or name.startswith(EXTERNAL)


def space_folder() -> Path:
    """The folder of the space files that come with the package."""
    return Path(str(resources.files("hpo.space") / "files"))


def default_space_path(model: str, size: str, compat: str | None = None) -> Path:
    """The space file searched where the user names none.

    ``<MODEL>.<SIZE>.json`` where a size has a space of its own, else ``<MODEL>.json``; for a model that reproduces
    published behaviour the bounds published with it, ``<MODEL>.<compat>.json``: the same name can mean another
    quantity there.

    Args:
        model: Registered name, or path of a model file.
        size: Name of the size.
        compat: Published behaviour that the model reproduces.

    Raises:
        UsageError: There is no such model, or it has no space file.
    """
    if is_external(model):
        from hpo.models.external.loading import space_of

        return space_of(model)
    folder = space_folder()
    own = (folder / f"{model}.{size}.json", folder / f"{model}.json")
    for path in own if compat is None else (folder / f"{model}.{compat}.json",):
        if ":" not in model and path.is_file():
            return path
    if ":" in model or model in MODELS:
        raise UsageError(f"model {model} comes with no space file; name one with --space FILE")
    raise UsageError(_unknown(model))


def _unknown(name: str) -> str:
    by_lower = {known.lower(): known for known in MODELS}
    close = difflib.get_close_matches(name.lower(), by_lower, n=1)
    hint = f"; did you mean {by_lower[close[0]]}?" if close else ""
    return (
        f"no model {name!r}{hint}\n"
        f"  Registered are {', '.join(MODELS)}; a model of your own is named by its import path package.module:Class, "
        "or by its model file, for example mymodel.toml."
    )
