"""The searches that are compared: ours, Optuna's samplers, SciPy's differential evolution.

A method is a function of a problem, a budget and a seed that says, after each evaluation, which point it would call
best. None gets default hyperparameters to start from. Optuna and cmaes come with the extra `compare`.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import warnings
from collections.abc import Callable, Mapping
from typing import Any, Final

from problems import Problem

from hpo.evaluation import Hyperparameters, Origin, Outcome, Status, Value
from hpo.search import make_search
from hpo.search.catalogue import SETTINGS
from hpo.search.laws import Either
from hpo.sizes import SIZES, Size
from hpo.space import Axis

BUDGETS: Final = {8: SIZES["SMALL"], 40: SIZES["MEDIUM"], 440: SIZES["LARGE"], 4400: SIZES["XL"]}
"""Evaluations of each size, without a baseline."""
Chosen = Callable[[Problem, int, int], list[Hyperparameters | None]]
"""Of a problem, budget and seed: after each evaluation the point that the search would call best, if any."""


class Best:
    """The best point so far by what was measured."""

    def __init__(self) -> None:
        self._loss = float("inf")
        self._point: Hyperparameters | None = None
        self.history: list[Hyperparameters | None] = []

    def book(self, point: Hyperparameters, outcome: Outcome, *, decides: bool = True) -> None:
        """Take note of an evaluation, which becomes the best unless it ``decides`` nothing."""
        if decides and outcome.status is Status.OK and outcome.loss is not None and outcome.loss < self._loss:
            self._loss, self._point = outcome.loss, dict(point)
        self.history.append(self._point)


def ours(strategy: str = "ga", preset: str = "default", settings: Mapping[str, Value] | None = None) -> Chosen:
    """A search of this package; at the end it calls best what it announces.

    Where ``settings`` differ in POPULATION_SIZE or NUM_ITERATIONS, the budget is still to be the size's.
    """
    given = dict(settings or {})

    def run(problem: Problem, budget: int, seed: int) -> list[Hyperparameters | None]:
        size = BUDGETS.get(budget, Size("own", budget, 1))
        if {"POPULATION_SIZE", "NUM_ITERATIONS"} & set(given):
            size = Size("own", size.population, size.generations)
        search = make_search(problem.space, strategy=strategy, size=size, seed=seed, preset=preset, settings=given)
        if search.budget != budget:
            raise ValueError(f"{given}: {search.budget} evaluations, where the others have {budget}")
        best = Best()
        while (candidate := search.ask()) is not None:
            outcome = problem.measure(candidate.hyperparameters, candidate.seed)
            best.book(candidate.hyperparameters, outcome, decides=candidate.origin is not Origin.REPLICATE)
            search.tell(candidate.evaluation, outcome)
        if (announced := search.announced) is not None:
            best.history[-1] = dict(announced.hyperparameters)
        # Repeats that were answered from memory spend budget in the published searches.
        best.history += [best.history[-1]] * (budget - len(best.history))
        return best.history

    return run


def optuna(make_sampler: Callable[[Any, int], Any]) -> Chosen:
    """A sampler of Optuna, one evaluation after the other; a dead network is told with its loss."""

    def run(problem: Problem, budget: int, seed: int) -> list[Hyperparameters | None]:
        import optuna as package

        package.logging.set_verbosity(package.logging.ERROR)
        warnings.simplefilter("ignore")
        study = package.create_study(sampler=make_sampler(package, seed))
        best = Best()
        for number in range(budget):
            trial = study.ask()
            point = {axis.name: _suggested(trial, axis) for axis in problem.space.axes}
            outcome = problem.measure(point, random.Random(f"{seed}/{number}").getrandbits(31))
            best.book(point, outcome)
            study.tell(trial, outcome.loss)
        return best.history

    return run


def _suggested(trial: Any, axis: Axis) -> Any:
    if axis.kind in ("float", "int"):
        suggest = trial.suggest_float if axis.kind == "float" else trial.suggest_int
        return suggest(axis.name, axis.lower, axis.upper, log=axis.log_scale)  # type: ignore[attr-defined]
    if axis.kind == "ordered":
        return axis.values[trial.suggest_int(axis.name, 0, len(axis.values) - 1)]  # type: ignore[attr-defined]
    values = [False, True] if axis.kind == "logical" else list(axis.values)  # type: ignore[attr-defined]
    return trial.suggest_categorical(axis.name, values)


def differential_evolution(problem: Problem, budget: int, seed: int) -> list[Hyperparameters | None]:
    """SciPy's differential evolution over the places of the axes, stopped at the budget."""
    import numpy as np
    from scipy.optimize import differential_evolution as minimise

    best = Best()

    class Spent(Exception):
        """The budget is used up."""

    def loss(places: Any) -> float:
        if len(best.history) >= budget:
            raise Spent
        point = problem.space.from_unit(tuple(float(place) for place in np.clip(places, 0.0, 1.0)))
        outcome = problem.measure(point, random.Random(f"{seed}/{len(best.history)}").getrandbits(31))
        best.book(point, outcome)
        return problem.dead_loss if outcome.loss is None else outcome.loss

    axes = len(problem.space.axes)
    bounds: Any = [(0.0, 1.0)] * axes
    members = max(2, round(min(budget / 4, 10 * axes) / axes))
    with contextlib.suppress(Spent):
        minimise(loss, bounds, popsize=members, maxiter=100_000, tol=0.0, polish=False, rng=seed)
    best.history += [best.history[-1]] * (budget - len(best.history))
    return best.history


NO_LEADERS: Final[Mapping[str, Value]] = {"LEADERS": 0, "REPLICATES": 0, "CONFIRMATIONS": 0}
"""All evaluations go into the search, and the lowest single loss decides."""

METHODS: Final[Mapping[str, Chosen]] = {
    "default": ours(),
    "no-leaders": ours(settings=NO_LEADERS),
    "no-brood": ours(settings={"BROOD": 0}),
    "steady-state": ours(settings={"GA_STRATEGY": "steady_state"}),
    "supervisor": ours(preset="supervisor"),
    "random": ours("random", settings=NO_LEADERS),
    "tpe": optuna(lambda package, seed: package.samplers.TPESampler(seed=seed, multivariate=True)),
    "tpe-univariate": optuna(lambda package, seed: package.samplers.TPESampler(seed=seed, multivariate=False)),
    "cmaes": optuna(lambda package, seed: package.samplers.CmaEsSampler(seed=seed)),
    "differential-evolution": differential_evolution,
}
"""By name, in the order of tables."""


def method_of(name: str) -> Chosen:
    """The method called ``name``: one of :data:`METHODS`, or the GA with settings that differ, ``NAME=VALUE,…``.

    Raises:
        KeyError: There is no such method.
    """
    return ours(settings=settings_of(name)) if "=" in name else METHODS[name]


def settings_of(name: str) -> dict[str, Value]:
    """The settings that ``NAME=VALUE,NAME=VALUE,…`` names.

    Raises:
        KeyError: One of them does not exist.
    """
    found: dict[str, Value] = {}
    for part in name.split(","):
        setting, _, text = part.partition("=")
        if setting not in SETTINGS:
            raise KeyError(setting)
        found[setting] = text if isinstance(SETTINGS[setting].law, Either) else json.loads(text)
    return found


def known_method(name: str) -> str:
    """``name``, for the command line.

    Raises:
        argparse.ArgumentTypeError: There is no such method.
    """
    try:
        method_of(name)
    except (KeyError, ValueError) as error:
        raise argparse.ArgumentTypeError(f"{name}: no method; there are {', '.join(METHODS)}, NAME=VALUE") from error
    return name
