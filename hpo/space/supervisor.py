"""Converts settings of Supervisor's GA workflow, ``cfg-*.sh``, into a section of our run settings.

The scripts are read line by line and never run. Names and defaults are those of ``workflows/GA`` of
github.com/ECP-CANDLE/Supervisor, with the spellings that its README, examples and programs use.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from hpo.errors import BadData
from hpo.identifiers import is_identifier
from hpo.sizes import SIZES
from hpo.space.convert import Conversion
from hpo.space.findings import show
from hpo.space.shell import Assignment, Script

_SPELLINGS: Final = {
    "OFFSPRING_PROP": "OFFSPRING_PROPORTION",
    "OFF_PROP": "OFFSPRING_PROPORTION",
    "STRATEGY": "GA_STRATEGY",
}

_STRATEGIES: Final = ("mu_plus_lambda", "simple")


def _integer(text: str) -> int | None:
    return int(text) if re.fullmatch(r"\d{1,9}", text) and int(text) > 0 else None


def _seed(text: str) -> int | None:
    return int(text) if re.fullmatch(r"\d{1,18}", text) else None


def _share(text: str) -> float | None:
    return float(text) if re.fullmatch(r"\d*\.?\d+|\d+\.", text) and 0.0 <= float(text) <= 1.0 else None


def _strategy(text: str) -> str | None:
    return text if text in _STRATEGIES else None


_SETTINGS: Final[dict[str, tuple[Callable[[str], Any], str]]] = {
    "POPULATION_SIZE": (_integer, "a whole number above 0"),
    "NUM_ITERATIONS": (_integer, "a whole number above 0"),
    "GA_STRATEGY": (_strategy, f"one of {', '.join(_STRATEGIES)}"),
    "OFFSPRING_PROPORTION": (_share, "a number from 0 to 1"),
    "MUT_PROB": (_share, "a number from 0 to 1"),
    "CX_PROB": (_share, "a number from 0 to 1"),
    "MUT_INDPB": (_share, "a number from 0 to 1"),
    "CX_INDPB": (_share, "a number from 0 to 1"),
    "TOURNSIZE": (_integer, "a whole number above 0"),
    "SEED": (_seed, "a whole number"),
}
"""Name: how its text is read, and the law in words."""

_SITE: Final = frozenset(
    {"PROCS", "PPN", "WALLTIME", "QUEUE", "PROJECT", "RESIDENT_WORK_RANKS", "SWIFT_T", "PYTHON", "PYTHONHOME"}
    | {"PYTHONPATH", "LD_LIBRARY_PATH", "TURBINE_PRELAUNCH", "TURBINE_RESIDENT_WORK_WORKERS"}
    | {"MPICH_GPU_SUPPORT_ENABLED", "CANDLE_CUDA_OFFSET"}
)
"""Variables that say where and how a search runs."""

_OTHERS: Final = {
    "BENCHMARK_TIMEOUT": "a limit per training is the option --time-limit of `cross-hpo search`",
    "SH_TIMEOUT": "a limit per training is the option --time-limit of `cross-hpo search`",
    "CANDLE_DATA_DIR": "the data folder is search.data of the settings",
    "CANDLE_MODEL_TYPE": "models are part of this package and need no container",
    "CANDLE_FRAMEWORK": "the model decides",
    "FRAMEWORK": "the model decides",
    "MODEL_RETURN": "the objective is always the validation loss",
    "OBJ_RETURN": "the objective is always the validation loss",
    "IGNORE_ERRORS": "failed trainings are always recorded and never end a search",
    "INIT_PARAMS_FILE": "a search begins with the model's defaults",
}


def from_supervisor(text: str, where: str) -> Conversion:
    """The run settings that a ``cfg-*.sh`` describes: ``{"search": {…}}``.

    Args:
        text: The script.
        where: Name of the file, for messages.

    Raises:
        BadData: A setting has an impossible value, or the script sets nothing that we know; all problems at once.
    """
    script = Script(text)
    conversion = Conversion()
    conversion.not_understood += script.not_understood
    found: dict[str, Any] = {}
    problems: list[str] = []
    for assignment in _last_of_each(script.assignments, conversion):
        _take(assignment, found, conversion, problems, where)
    if problems:
        raise BadData(problems)
    if not found:
        raise BadData(
            f"{where}: there must be at least one setting of Supervisor's GA workflow, got none\n"
            f"  Known are {', '.join(_SETTINGS)}, MODEL, MODEL_NAME and PARAM_SET_FILE."
        )
    conversion.content = {"search": _section(found, conversion)}
    return conversion


def settings_text(content: dict[str, dict[str, Any]], heading: str) -> str:
    """``content`` as YAML, with ``heading`` as its first, commented line."""
    lines = [f"# {' '.join(heading.split())}", ""]
    for section, entries in content.items():
        lines.append(f"{section}:")
        for key, value in entries.items():
            if isinstance(value, dict):
                lines.append(f"  {key}:" if value else f"  {key}: {{}}")
                lines += [f"    {name}: {json.dumps(inner)}" for name, inner in value.items()]
            else:
                lines.append(f"  {key}: {json.dumps(value)}")
    return "\n".join(lines) + "\n"


def _last_of_each(assignments: list[Assignment], conversion: Conversion) -> Iterator[Assignment]:
    last: dict[str, Assignment] = {}
    for assignment in assignments:
        name = _SPELLINGS.get(assignment.name, assignment.name)
        if name in last:
            conversion.changed.append(
                f"{name} is set more than once; line {assignment.line} counts, line {last[name].line} doesn't"
            )
        last[name] = assignment
    yield from last.values()


def _take(
    assignment: Assignment, found: dict[str, Any], conversion: Conversion, problems: list[str], where: str
) -> None:
    name, text = _SPELLINGS.get(assignment.name, assignment.name), assignment.value
    if name in _SETTINGS:
        if text == "":
            conversion.left_out.append(f"{name}: empty, so our own default counts")
            return
        read, law = _SETTINGS[name]
        value = read(text)
        if value is None:
            problems.append(
                f"{where}: line {assignment.line}: {assignment.name} must be {law}, got {show(text)}\n"
                "  Correct the value in the script."
            )
            return
        found[name] = value
        _report_setting(assignment, name, value, conversion)
    elif name in ("MODEL", "MODEL_NAME"):
        _take_model(assignment, found, conversion)
    elif name == "PARAM_SET_FILE" and text:
        found[name] = text.rsplit("/", 1)[-1]
        sentences = conversion.changed if "/" in text else conversion.kept
        sentences.append(f"PARAM_SET_FILE is search.space {show(found[name])}; put the file where you search from")
    elif name in _SITE:
        conversion.left_out.append(f"{name} = {show(text)}: how a search is started belongs into a site file")
    elif name in _OTHERS:
        conversion.left_out.append(f"{name} = {show(text)}: {_OTHERS[name]}")
    else:
        conversion.not_understood.append(f"line {assignment.line}: {name} = {show(text)}")


def _report_setting(assignment: Assignment, name: str, value: Any, conversion: Conversion) -> None:
    if assignment.name != name:
        conversion.changed.append(f"{assignment.name} is written {name}: {show(value)}")
    elif name == "SEED":
        conversion.changed.append(f"SEED is search.seed: {show(value)}")
    elif name not in ("POPULATION_SIZE", "NUM_ITERATIONS"):
        conversion.kept.append(f"{name}: {show(value)}")
    if assignment.overridable:
        conversion.changed.append(
            f"{name} = {show(value)} was the default of an environment variable; now it is the value"
        )


def _take_model(assignment: Assignment, found: dict[str, Any], conversion: Conversion) -> None:
    text = assignment.value
    if is_identifier(text) and not text.endswith(".sif"):
        found["MODEL"] = text
        conversion.changed.append(f"{assignment.name} is search.model: {text}")
    else:
        conversion.left_out.append(
            f"{assignment.name} = {show(text)}: a container, no name of a model; write search.model yourself"
        )


def _section(found: dict[str, Any], conversion: Conversion) -> dict[str, Any]:
    section: dict[str, Any] = {}
    if "MODEL" in found:
        section["model"] = found["MODEL"]
    if "PARAM_SET_FILE" in found:
        section["space"] = found["PARAM_SET_FILE"]
    settings = {name: value for name, value in found.items() if name in _SETTINGS and name != "SEED"}
    section |= _size(settings, conversion)
    section |= {"strategy": "ga", "preset": "supervisor"}
    conversion.changed.append("preset supervisor is added: it makes the search behave as Supervisor's")
    if "SEED" in found:
        section["seed"] = found["SEED"]
    if settings.get("GA_STRATEGY") == "simple":
        conversion.changed.append("GA_STRATEGY: some versions of Supervisor ignored it and ran mu_plus_lambda")
        if settings.pop("OFFSPRING_PROPORTION", 1.0) != 1.0:
            conversion.left_out.append("OFFSPRING_PROPORTION: with simple, offspring replace the whole population")
    section["settings"] = settings
    return section


def _size(settings: dict[str, Any], conversion: Conversion) -> dict[str, str]:
    """The name of the size; takes population and generations out of ``settings`` where the name says them."""
    population, generations = settings.get("POPULATION_SIZE"), settings.get("NUM_ITERATIONS")
    if population is None or generations is None:
        missing = [name for name in ("POPULATION_SIZE", "NUM_ITERATIONS") if name not in settings]
        conversion.not_understood.append(f"the size: {' and '.join(missing)} not set here; write search.size yourself")
        return {}
    for size in SIZES.values():
        if (size.population, size.generations) == (population, generations):
            del settings["POPULATION_SIZE"], settings["NUM_ITERATIONS"]
            conversion.changed.append(
                f"POPULATION_SIZE {population} and NUM_ITERATIONS {generations} are search.size: {size.name}"
            )
            return {"size": size.name}
    name = f"P{population}G{generations}"
    conversion.changed.append(
        f"POPULATION_SIZE {population} and NUM_ITERATIONS {generations} are no standard size; search.size: {name}"
    )
    return {"size": name}
