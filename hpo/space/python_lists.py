"""Finds DeepHyper-style definitions in Python source without running it."""

from __future__ import annotations

import ast
import warnings
from typing import Any, Final

from hpo.errors import BadData

_TYPE_NAMES: Final = frozenset({"int", "float", "bool", "str"})
_LIKELY_NAMES: Final = ("hyperparams", "hyperparameters")
_METHODS: Final = frozenset({"add_hyperparameter", "add"})


def definitions_in(source: str, where: str) -> list[Any]:
    """The hyperparameter definitions in a Python file, which is read and never run.

    Either a list of dictionaries assigned to a name (``hyperparams = [{"name": "lr", "type": float, …}]``) or calls
    ``problem.add_hyperparameter((low, high, "log-uniform"), "lr", default_value=…)``; the latter are brought into
    the form of the former.

    Raises:
        BadData: It is no Python, holds no such definitions or several lists of them, or not only literal values.
    """
    try:
        with warnings.catch_warnings():
            # Doubtful escapes in somebody else's texts are no business of ours.
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = f"line {error.lineno}: " if isinstance(error, SyntaxError) and error.lineno else ""
        reason = error.msg if isinstance(error, SyntaxError) else str(error) or type(error).__name__
        raise BadData(f"{where}: {line}no valid Python ({reason})") from None
    lists = _assigned_lists(tree)
    if len(lists) > 1:
        lists = {name: node for name, node in lists.items() if name in _LIKELY_NAMES}
    if len(lists) == 1:
        value = _literal(next(iter(lists.values())), where)
        return value if isinstance(value, list) else []
    calls = [definition for node in ast.walk(tree) if (definition := _from_call(node, where)) is not None]
    if not calls:
        raise BadData(
            f"{where}: there must be one list of dictionaries or calls of add_hyperparameter, got neither\n"
            '  Write hyperparams = [{"name": "learning_rate", "type": float, "min": 1e-6, "max": 0.01}].'
        )
    return calls


def _assigned_lists(tree: ast.Module) -> dict[str, ast.List]:
    lists = {}
    for node in tree.body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        value = getattr(node, "value", None)
        if isinstance(target, ast.Name) and isinstance(value, ast.List) and _are_dicts(value.elts):
            lists[target.id] = value
    return lists


def _are_dicts(nodes: list[ast.expr]) -> bool:
    return bool(nodes) and all(isinstance(node, ast.Dict) for node in nodes)


def _from_call(node: ast.AST, where: str) -> dict[str, Any] | None:
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _METHODS):
        return None
    given = dict(zip(("value", "name", "default_value"), node.args, strict=False))
    given |= {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg is not None}
    if "name" not in given or "value" not in given:
        return None
    value, name = _literal(given["value"], where), _literal(given["name"], where)
    definition: dict[str, Any] = {"name": name}
    if isinstance(value, tuple) and len(value) in (2, 3):
        whole = all(type(bound) is int for bound in value[:2])
        definition |= {"type": "int" if whole else "float", "min": value[0], "max": value[1]}
        if len(value) == 3:
            definition["prior"] = value[2]
    elif isinstance(value, list):
        definition |= {"type": "categorical", "choices": value}
    else:
        definition |= {"type": "constant", "value": value}
    if "default_value" in given:
        definition["default"] = _literal(given["default_value"], where)
    return definition


def _literal(node: ast.expr, where: str) -> Any:
    try:
        return ast.literal_eval(_Plain().visit(node))
    except (ValueError, TypeError, RecursionError, MemoryError):
        raise BadData(
            f"{where}: line {node.lineno}: only literal values are read, since the file is never run, got "
            f"{ast.unparse(node)[:60]!r}\n  Write numbers, texts, True, False, lists and dictionaries of them."
        ) from None


class _Plain(ast.NodeTransformer):
    """Writes the types ``int``, ``float``, ``bool`` and ``str`` as texts."""

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.copy_location(ast.Constant(node.id), node) if node.id in _TYPE_NAMES else node
