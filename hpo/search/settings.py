"""Resolves the settings of a search: what a user asked for, a preset and a size become complete settings.

A record keeps the complete settings, and a search is rebuilt from them and nothing else.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Final

from hpo.errors import BadConfiguration, UsageError
from hpo.evaluation import Value
from hpo.search.catalogue import BROOD, LEAST_WINDOW, MOST_PARENTS, PRESETS, SETTINGS, STRATEGIES
from hpo.search.leader_settings import leader_defaults, leader_problems
from hpo.sizes import SIZES, Size


def resolve_settings(
    strategy: str, size: Size, preset: str = "default", settings: Mapping[str, Value] | None = None
) -> dict[str, Value]:
    """The complete settings of a search, in the order of :data:`SETTINGS`, with ``STRATEGY`` in front.

    Args:
        strategy: One of :data:`STRATEGIES`.
        size: Decides POPULATION_SIZE and NUM_ITERATIONS.
        preset: ``default`` or ``supervisor``.
        settings: What differs from the preset, by name.

    Raises:
        UsageError: There is no such strategy or preset, or the settings contradict a standard size.
        BadConfiguration: A setting is unknown or breaks its law, or two contradict each other; all of them at once.
    """
    if strategy not in STRATEGIES:
        raise UsageError(f"no strategy {strategy!r}; there are {', '.join(STRATEGIES)}")
    if preset not in PRESETS:
        raise UsageError(f"no preset {preset!r}; there are {', '.join(PRESETS)}")
    given = dict(settings or {})
    _check_size(size, given)
    ga_strategy = given.get("GA_STRATEGY", SETTINGS["GA_STRATEGY"].default)
    problems = _problems_of_each(strategy, given, ga_strategy)
    if problems:
        raise BadConfiguration("\n".join(problems))
    resolved = _defaults(strategy, size, preset, given)
    problems = contradictions(resolved)
    if problems:
        raise BadConfiguration("\n".join(problems))
    return resolved


def most_under_way(settings: Mapping[str, Value]) -> int | None:
    """How many evaluations of complete ``settings`` can be under way at once after the first generation.

    ``None`` for any number. More workers than that wait.
    """
    if "WINDOW" in settings:
        return int(settings["WINDOW"])
    if settings["STRATEGY"] != "ga":
        return None
    if int(settings["NUM_ITERATIONS"]) == 1:
        return int(settings["POPULATION_SIZE"])
    return later_generation(settings)


def later_generation(settings: Mapping[str, Value]) -> int:
    """Evaluations of a generation after the first, by complete ``settings``."""
    return Size("", int(settings["POPULATION_SIZE"]), 2).offspring(float(settings["OFFSPRING_PROPORTION"]))


def _room(settings: Mapping[str, Value]) -> int:
    """Most evaluations that may train leaders again, by complete ``settings``: the last generation keeps a child."""
    return later_generation(settings) - 1 if int(settings["NUM_ITERATIONS"]) > 1 else 0


def check_complete(settings: Mapping[str, Value]) -> dict[str, Value]:
    """Recorded settings in their order, or all that is wrong with them.

    Raises:
        BadConfiguration: A setting is missing that was always recorded, unknown, breaks its law, or contradicts
            another.
    """
    strategy = settings.get("STRATEGY")
    if not isinstance(strategy, str) or strategy not in STRATEGIES:
        raise BadConfiguration(f"setting STRATEGY: must be one of {', '.join(STRATEGIES)}, got {strategy!r}")
    ga_strategy = settings.get("GA_STRATEGY")
    expected = [info.name for info in SETTINGS.values() if info.is_read(strategy, ga_strategy)]
    absent = {name: value for name in expected if (value := SETTINGS[name].absent) is not None}
    given = {name: value for name, value in (absent | dict(settings)).items() if name != "STRATEGY"}
    problems = _problems_of_each(strategy, given, ga_strategy)
    problems += [f"setting {name}: missing; recorded settings are complete" for name in expected if name not in given]
    if problems:
        raise BadConfiguration("\n".join(problems))
    complete = {"STRATEGY": strategy, **{name: SETTINGS[name].law.normalised(given[name]) for name in expected}}
    problems = contradictions(complete)
    if problems:
        raise BadConfiguration("\n".join(problems))
    return complete


def contradictions(settings: Mapping[str, Value]) -> list[str]:
    """What is wrong between settings each of which is allowed by itself."""
    problems = leader_problems(settings, _room(settings))
    if settings["STRATEGY"] != "ga":
        return problems
    simple = settings["GA_STRATEGY"] == "simple"
    population, parents = settings["POPULATION_SIZE"], settings["PARENTS"]
    both = float(settings["MUT_PROB"]) + float(settings["CX_PROB"])
    if not simple and both > 1.0 + 1e-12:
        problems.append(
            "settings MUT_PROB and CX_PROB: must sum to at most 1 with GA_STRATEGY mu_plus_lambda, where a child is "
            f"one or the other, got {settings['MUT_PROB']} + {settings['CX_PROB']}"
        )
    if simple and settings["OFFSPRING_PROPORTION"] != 1.0:
        problems.append(
            "setting OFFSPRING_PROPORTION: must be 1 with GA_STRATEGY simple, where offspring replace the population, "
            f"got {settings['OFFSPRING_PROPORTION']}"
        )
    if simple and parents != population:
        problems.append(
            f"setting PARENTS: must equal POPULATION_SIZE ({population}) with GA_STRATEGY simple, got {parents}"
        )
    elif int(parents) > int(population):
        problems.append(f"setting PARENTS: must be at most POPULATION_SIZE ({population}), got {parents}")
    if int(settings["ELITES"]) > int(parents):
        problems.append(f"setting ELITES: must be at most PARENTS ({parents}), got {settings['ELITES']}")
    if settings["GA_STRATEGY"] == "steady_state":
        if int(settings["WINDOW"]) < 2:
            problems.append("setting WINDOW: must be at least 2 with GA_STRATEGY steady_state, got 1")
        problems += [
            f"setting {name}: must be {value} with GA_STRATEGY steady_state, {why}, got {settings[name]!r}"
            for name, value, why in _STEADY
            if settings[name] != value
        ]
    if settings.get("BROOD") and not settings["HONOUR_LOG_SCALE"]:
        problems.append(
            "setting BROOD: must be 0 where HONOUR_LOG_SCALE is false, since the model follows an axis's scale, "
            f"got {settings['BROOD']}"
        )
    if settings["INITIAL"] == "latin_hypercube" and not settings["HONOUR_LOG_SCALE"]:
        problems.append(
            "setting INITIAL: must be uniform where HONOUR_LOG_SCALE is false, since strata follow an axis's scale, "
            "got 'latin_hypercube'"
        )
    return problems


_STEADY: Final = (
    ("DUPLICATES", "replace", "where every child is an evaluation of its own"),
    ("STREAM", "by_generation", "where every evaluation has random numbers of its own"),
)
"""Settings that GA_STRATEGY steady_state leaves no choice for: name, value, why."""


def _check_size(size: Size, given: Mapping[str, Value]) -> None:
    fixed = {"POPULATION_SIZE": size.population, "NUM_ITERATIONS": size.generations}
    changed = {name: given[name] for name, value in fixed.items() if given.get(name, value) != value}
    if changed and size.name in SIZES:
        wanted = ", ".join(f"{name} {value}" for name, value in changed.items())
        raise UsageError(
            f"size {size.name} means POPULATION_SIZE {size.population} and NUM_ITERATIONS {size.generations}, but the "
            f"settings ask for {wanted}; give the size another name, since runs of one size are compared"
        )


def _problems_of_each(strategy: str, given: Mapping[str, Value], ga_strategy: Value | None) -> list[str]:
    problems = []
    for name, value in given.items():
        info = SETTINGS.get(name)
        if info is None:
            close = difflib.get_close_matches(name.upper(), SETTINGS, n=1)
            remedy = f"; did you mean {close[0]}?" if close else f"; there are {', '.join(SETTINGS)}"
            problems.append(f"setting {name}: unknown{remedy}")
        elif strategy not in info.strategies:
            problems.append(f"setting {name}: has no meaning for strategy {strategy}; leave it out")
        elif not info.is_read(strategy, ga_strategy):
            only = " and ".join(info.ga_strategies)
            problems.append(f"setting {name}: has a meaning for GA_STRATEGY {only} only, not for {ga_strategy}")
        elif not info.law.allows(value):
            problems.append(f"setting {name}: must be {info.law}, got {value!r}")
    return problems


def _defaults(strategy: str, size: Size, preset: str, given: Mapping[str, Value]) -> dict[str, Value]:
    """Every setting that ``strategy`` reads: as given, else of the preset, else as other settings decide."""
    supervisor = preset == "supervisor"
    resolved: dict[str, Value] = {"STRATEGY": strategy}
    for name, info in SETTINGS.items():
        if info.is_read(strategy, given.get("GA_STRATEGY", SETTINGS["GA_STRATEGY"].default)):
            value = given.get(name, info.supervisor if supervisor else info.default)
            resolved[name] = info.law.normalised(value) if name in given else value
    simple, steady = (resolved.get("GA_STRATEGY") == name for name in ("simple", "steady_state"))
    population = int(given.get("POPULATION_SIZE", size.population))
    generations = int(given.get("NUM_ITERATIONS", size.generations))
    parents = int(
        given.get("PARENTS", population if simple or supervisor else min(MOST_PARENTS, max(2, population // 2)))
    )
    dependent: dict[str, Value] = {
        "POPULATION_SIZE": population,
        "NUM_ITERATIONS": size.generations,
        "OFFSPRING_PROPORTION": 1.0 if simple else 0.5,
        "PARENTS": parents,
        "ELITES": 0 if supervisor else 1 if simple else parents,
        "BROOD": 0 if supervisor or not resolved["HONOUR_LOG_SCALE"] else BROOD,
    }
    proportion = float(given.get("OFFSPRING_PROPORTION", dependent["OFFSPRING_PROPORTION"]))
    dependent |= leader_defaults(
        0 if supervisor else Size("", population, generations).evaluations(proportion, baseline=False),
        _room(resolved | dependent | dict(given) | {"OFFSPRING_PROPORTION": proportion, "NUM_ITERATIONS": generations}),
        given,
    )
    if "WINDOW" in resolved:
        dependent["WINDOW"] = max(LEAST_WINDOW, size.offspring(proportion))
    if steady:
        dependent |= {"DUPLICATES": "replace", "STREAM": "by_generation"}
    if not resolved["HONOUR_LOG_SCALE"]:
        dependent["INITIAL"] = "uniform"
    return resolved | {name: value for name, value in dependent.items() if name in resolved and name not in given}
