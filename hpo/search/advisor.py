"""Optuna's samplers as advisors of a search: which point to try, given what became of the ones before.

An axis is told to Optuna as what it is: a float or an integer with bounds and, where it is honoured, a log scale; the
place in the list for an ordered axis; a choice for a categorical or logical one. What a sampler hears of an evaluation:

========== ==================================================================================================
ok         its loss
degenerate that it is infinitely bad: behind every living one, whatever its loss
otherwise  that it ended without a value (Optuna's state PRUNED): it has no loss and none is invented. TPE ranks it
           behind all that have one, CMA-ES passes over it
========== ==================================================================================================

Optuna's state FAIL would be passed over by TPE too, which then takes a part of the space where everything fails for an
unknown one and goes there. Until something has ended ok a sampler hears of no trouble, since the best of them would be
its example: it draws at random.

Sources: Bergstra, Bardenet, Bengio and Kégl, NeurIPS 24 (2011) 2546 (TPE); Hansen, The CMA Evolution Strategy: A
Tutorial, arXiv:1604.00772; Akiba, Sano, Yanase, Ohta and Koyama, KDD 2019, doi:10.1145/3292500.3330701 (Optuna).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Final, cast

from hpo.errors import MissingInput
from hpo.evaluation import Hyperparameters, Outcome, Status, Value
from hpo.quiet import optuna_quiet
from hpo.search.catalogue import PACKAGES
from hpo.space import Axis, Space
from hpo.space.axes import FloatAxis, IntAxis, ListedAxis, OrderedAxis

STARTUP: Final = 10
"""Evaluations with a loss before TPE has a model, Optuna's default; fewer where the first generation is smaller."""


@dataclass(frozen=True, slots=True)
class Advice:
    """A point to try.

    Attributes:
        point: Its hyperparameters.
        modelled: Whether the sampler learned from earlier evaluations; ``False`` for a random draw.
        trial: Optuna's handle.
    """

    point: Hyperparameters
    modelled: bool
    trial: Any


class Advisor:
    """A sampler of Optuna and all that it was told. Its advice depends on the calls so far and nothing else.

    Args:
        space: Where to search.
        strategy: ``tpe`` or ``cmaes``.
        seed: Seed of the sampler, 32 bits.
        startup: Evaluations with a loss before TPE has a model.
        honour_log: Whether log scales are told to the sampler.

    Raises:
        MissingInput: A package that the strategy needs is not installed.
    """

    def __init__(self, space: Space, strategy: str, *, seed: int, startup: int, honour_log: bool) -> None:
        need_packages(strategy)
        from optuna.distributions import BaseDistribution
        from optuna.storages import InMemoryStorage
        from optuna.study import Study, StudyDirection
        from optuna.trial import TrialState
        from threadpoolctl import ThreadpoolController

        self._space = space
        self._states = TrialState
        self._distributions: dict[str, BaseDistribution] = {
            axis.name: _distribution(axis, honour_log=honour_log) for axis in space.axes
        }
        self._alive = False
        self._troubles: list[tuple[Advice, Status]] = []
        self._threads = ThreadpoolController()
        with self._undisturbed():
            storage = InMemoryStorage()
            storage.create_new_study([StudyDirection.MINIMIZE], strategy)
            self._study = Study(strategy, storage, sampler=_sampler(strategy, seed, startup))

    def propose(self, point: Mapping[str, Value] | None = None) -> Advice:
        """The next point to try; with ``point``, a point of the space, that one."""
        with self._undisturbed():
            if point is not None:
                self._study.enqueue_trial(
                    {axis.name: _told(axis, axis.normalised(point[axis.name])) for axis in self._space.axes}
                )
            trial = self._study.ask(self._distributions)
            modelled = point is None and bool(trial.relative_params)
        found = {axis.name: _heard(axis, trial.params[axis.name]) for axis in self._space.axes}
        return Advice(found, modelled, trial)

    def discard(self, advice: Advice) -> None:
        """Let the sampler know that the point will not be evaluated."""
        with self._undisturbed():
            self._study.tell(advice.trial, state=self._states.FAIL)

    def learn(self, advice: Advice, outcome: Outcome) -> None:
        """Let the sampler know what became of the point; of troubles it hears once something has ended ok."""
        with self._undisturbed():
            if outcome.status is Status.OK:
                self._study.tell(advice.trial, outcome.loss)
                self._alive = True
            else:
                self._troubles.append((advice, outcome.status))
            if self._alive:
                for troubled, status in self._troubles:
                    if status.has_loss:
                        self._study.tell(troubled.trial, math.inf)
                    else:
                        self._study.tell(troubled.trial, state=self._states.PRUNED)
                self._troubles.clear()

    @contextmanager
    def _undisturbed(self) -> Iterator[None]:
        """Optuna says nothing, and one thread computes, so that sums are the same on every machine."""
        with optuna_quiet(), self._threads.limit(limits=1, user_api="blas"):
            yield


def need_packages(strategy: str) -> None:
    """Check that the packages of ``strategy`` are installed; none is imported.

    Raises:
        MissingInput: One is not.
    """
    missing = [package for package in PACKAGES.get(strategy, ()) if find_spec(package) is None]
    if missing:
        raise MissingInput(
            f"strategy {strategy} needs {' and '.join(missing)}; install with: pip install 'cross-hpo[optuna]'"
        )


def _sampler(strategy: str, seed: int, startup: int) -> Any:
    from optuna.samplers import CmaEsSampler, TPESampler

    if strategy == "tpe":
        return TPESampler(seed=seed, n_startup_trials=startup, multivariate=True, constant_liar=True)
    return CmaEsSampler(seed=seed, warn_independent_sampling=False)


def _distribution(axis: Axis, *, honour_log: bool) -> Any:
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if isinstance(axis, IntAxis):
        return IntDistribution(axis.lower, axis.upper, log=axis.log_scale and honour_log)
    if isinstance(axis, FloatAxis):
        return FloatDistribution(axis.lower, axis.upper, log=axis.log_scale and honour_log)
    assert isinstance(axis, ListedAxis)
    if isinstance(axis, OrderedAxis):
        return IntDistribution(0, len(axis.values) - 1)
    return CategoricalDistribution(axis.values)


def _told(axis: Axis, value: Value) -> Value:
    """A value as Optuna has it."""
    return axis.values.index(value) if isinstance(axis, OrderedAxis) else value


def _heard(axis: Axis, value: Any) -> Value:
    """A value of Optuna as the space has it."""
    if isinstance(axis, OrderedAxis):
        return axis.values[int(value)]
    if isinstance(axis, IntAxis):
        return int(value)
    return float(value) if isinstance(axis, FloatAxis) else cast(Value, value)
