"""Makes a search from what a user or a record says."""

from __future__ import annotations

from collections.abc import Mapping

from hpo.errors import BadConfiguration
from hpo.evaluation import Hyperparameters, Value
from hpo.search.bookkeeping import GenerationalSearch
from hpo.search.catalogue import PACKAGES
from hpo.search.leader_settings import reserved
from hpo.search.leaders import LeaderSearch
from hpo.search.protocol import Search
from hpo.search.settings import check_complete, resolve_settings
from hpo.sizes import Size
from hpo.space import Space


def make_search(
    space: Space,
    *,
    strategy: str,
    size: Size,
    seed: int,
    preset: str = "default",
    settings: Mapping[str, Value] | None = None,
    baseline: Hyperparameters | None = None,
) -> Search:
    """A search at its beginning.

    Args:
        space: Where to search.
        strategy: One of ``hpo.search.catalogue.STRATEGIES``.
        size: Decides POPULATION_SIZE and NUM_ITERATIONS.
        seed: Seed of the run, at least 0.
        preset: ``default`` or ``supervisor``.
        settings: What differs from the preset, by name.
        baseline: The model's default values of the searched axes, evaluated first; none if empty or ``None``.

    Raises:
        UsageError: There is no such strategy or preset, or the settings contradict a standard size.
        BadConfiguration: Settings break their laws, or the baseline doesn't name exactly the searched axes.
        MissingInput: A package that the strategy needs is not installed.
    """
    return make_search_from(space, seed, resolve_settings(strategy, size, preset, settings), baseline)


def make_search_from(
    space: Space, seed: int, settings: Mapping[str, Value], baseline: Hyperparameters | None = None
) -> Search:
    """The search that recorded, complete ``settings`` describe, at its beginning.

    Raises:
        BadConfiguration: Settings are missing, unknown or break their laws, or the baseline doesn't name exactly
            the searched axes.
        MissingInput: A package that the strategy needs is not installed.
    """
    from hpo.search.advised import AdvisedSearch
    from hpo.search.genetic import GeneticSearch
    from hpo.search.steady import SteadySearch
    from hpo.search.uniform import UniformSearch

    complete = check_complete(settings)
    if seed < 0:
        raise BadConfiguration(f"seed: must be at least 0, got {seed}")
    kind: type[GenerationalSearch] = UniformSearch
    if complete["STRATEGY"] == "ga":
        kind = SteadySearch if complete["GA_STRATEGY"] == "steady_state" else GeneticSearch
    elif complete["STRATEGY"] in PACKAGES:
        kind = AdvisedSearch
    search = kind(space, seed=seed, settings=complete, baseline=_checked_baseline(space, baseline))
    return LeaderSearch(search, space, seed=seed, settings=complete) if reserved(complete) else search


def _checked_baseline(space: Space, baseline: Hyperparameters | None) -> Hyperparameters | None:
    """``baseline`` in the types of the axes, which may still lie outside the space; ``None`` for an empty one."""
    if not baseline:
        return None
    problems = [f"baseline: no value for {name}" for name in space.names if name not in baseline]
    problems += [f"baseline: {name} is no searched axis of the space" for name in baseline if name not in space.names]
    if problems:
        raise BadConfiguration("\n".join(problems))
    return {axis.name: axis.normalised(baseline[axis.name]) for axis in space.axes}
