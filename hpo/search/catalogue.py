"""The settings of a search by Supervisor's names: what each means, what is allowed, and what the presets choose.

The table :data:`SETTINGS` is what the documentation prints.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from hpo.evaluation import Value
from hpo.search.laws import Either, Flag, Law, Share, Whole

STRATEGIES: Final = ("ga", "random", "tpe", "cmaes")

PACKAGES: Final = {"tpe": ("optuna",), "cmaes": ("cmaes", "optuna")}
"""Packages that a strategy needs beside those of every search; another version of one may ask for other points."""

PRESETS: Final = ("default", "supervisor")

BROOD: Final = 1000
"""Children bred in a generation by the preset ``default``."""

MOST_PARENTS: Final = 4
"""Most parents of the preset ``default``."""

LEAST_WINDOW: Final = 4
"""Smallest default of WINDOW."""


@dataclass(frozen=True, slots=True)
class SettingInfo:
    """One setting.

    Attributes:
        name: As it is written, recorded and shown.
        law: The values that it may take.
        default: Value in the preset ``default``; text in parentheses where it depends on other settings.
        supervisor: Value in the preset ``supervisor``: what the published searches did.
        meaning: What it does.
        reason: Why the default preset chooses its value, or why the presets differ.
        strategies: Strategies that read it.
        ga_strategies: Values of GA_STRATEGY with which strategy ``ga`` reads it; empty for all.
        absent: What it means that recorded settings lack it, since they are older than it is; ``None`` where all have
            it.
    """

    name: str
    law: Law
    default: Value
    supervisor: Value
    meaning: str
    reason: str
    strategies: tuple[str, ...] = ("ga",)
    ga_strategies: tuple[str, ...] = ()
    absent: Value | None = None

    def is_read(self, strategy: str, ga_strategy: Value | None) -> bool:
        """Whether a search by these reads it."""
        if strategy not in self.strategies:
            return False
        return strategy != "ga" or not self.ga_strategies or ga_strategy in self.ga_strategies


SETTINGS: Final[dict[str, SettingInfo]] = {
    info.name: info
    for info in (
        SettingInfo(
            "POPULATION_SIZE",
            Whole(2, 100_000),
            "(of the size)",
            "(of the size)",
            "individuals of the first generation",
            "fixed by the size, so that runs of one size compare",
            STRATEGIES,
        ),
        SettingInfo(
            "NUM_ITERATIONS",
            Whole(1, 10_000),
            "(of the size)",
            "(of the size)",
            "generations, the first included",
            "fixed by the size, so that runs of one size compare",
            STRATEGIES,
        ),
        SettingInfo(
            "OFFSPRING_PROPORTION",
            Share(above=0.0, upto=10.0),
            "(0.5; 1.0 for GA_STRATEGY simple)",
            "(0.5; 1.0 for GA_STRATEGY simple)",
            "evaluations of a later generation, as a share of POPULATION_SIZE",
            "the published sizes count this way",
            STRATEGIES,
        ),
        SettingInfo(
            "HONOUR_LOG_SCALE",
            Flag(),
            True,
            False,
            "whether use_log_scale of the space is obeyed when values are drawn and mutated",
            "the largest single gain measured; the published searches read the key and dropped it",
            STRATEGIES,
        ),
        SettingInfo(
            "LEADERS",
            Whole(0, 10_000),
            "(by the budget: 0 for SMALL, 2 for MEDIUM, 5 for LARGE, 10 for XL)",
            0,
            "best candidates that are trained REPLICATES more times each after the search proper, to find the best of "
            "them; 0: the lowest single loss decides. These trainings are a part of the budget",
            "the lowest of many noisy losses is partly luck. On the noisiest landscape measured this takes a third off "
            "the regret at 440 evaluations; at 40 it costs as much as it gains, and the loss announced is honest",
            STRATEGIES,
            absent=0,
        ),
        SettingInfo(
            "REPLICATES",
            Whole(0, 10_000),
            "(by the budget: 0 for SMALL, 1 for MEDIUM, 2 for LARGE, 5 for XL)",
            0,
            "further trainings of each leader, with seeds of their own; the lowest mean of all trainings decides",
            "a few trainings tell leaders apart that noise allows to tell apart at all",
            STRATEGIES,
            absent=0,
        ),
        SettingInfo(
            "CONFIRMATIONS",
            Whole(0, 10_000),
            "(by the budget: 1 for SMALL, 2 for MEDIUM, 5 for LARGE, 10 for XL)",
            0,
            "further trainings of the chosen candidate; the loss that is announced is the mean of these alone, so no "
            "luck decides it. 0: nothing is announced, the best evaluation stands",
            "an honest loss is worth a few trainings; a spread needs two of them",
            STRATEGIES,
            absent=0,
        ),
        SettingInfo(
            "GA_STRATEGY",
            Either("mu_plus_lambda", "simple", "steady_state"),
            "mu_plus_lambda",
            "mu_plus_lambda",
            "mu_plus_lambda: parents and offspring compete for a place among the parents, a child is a crossover or a "
            "mutation; simple: offspring replace their parents, a child may be both; steady_state: as "
            "mu_plus_lambda, but every child is bred by itself from what is known by then, so that no worker waits "
            "for the end of a generation",
            "a good point stays a parent until better ones displace it",
        ),
        SettingInfo(
            "WINDOW",
            Whole(1, 1_000_000),
            f"(evaluations of a later generation, at least {LEAST_WINDOW})",
            f"(evaluations of a later generation, at least {LEAST_WINDOW})",
            "an evaluation knows the results of those that come this many or more before it; the most that can be "
            "under way at once",
            "about as far behind as a generation; four times the number of workers keeps nearly all of them busy",
            strategies=("ga", *PACKAGES),
            ga_strategies=("steady_state",),
        ),
        SettingInfo(
            "BROOD",
            Whole(0, 100_000),
            f"({BROOD}; 0 where HONOUR_LOG_SCALE is false)",
            0,
            "children bred in a generation, of which a model of the losses so far picks those that are trained. Their "
            "parents are the best points so far, so that ELITES, TOURNSIZE and FAILED_BREED decide nothing. 0: as many "
            "are bred as are trained, and nobody picks",
            "the largest gain after the log scale on smooth landscapes; see the benchmark of the search",
            ga_strategies=("mu_plus_lambda",),
        ),
        SettingInfo(
            "MUT_PROB",
            Share(upto=1.0),
            0.8,
            0.8,
            "probability that a child is mutated",
            "the published value",
        ),
        SettingInfo(
            "CX_PROB",
            Share(upto=1.0),
            0.2,
            0.2,
            "probability that a child is a crossover of two parents",
            "the published value",
        ),
        SettingInfo(
            "MUT_INDPB",
            Share(upto=1.0),
            0.5,
            0.5,
            "probability that mutation changes a gene",
            "the published value",
        ),
        SettingInfo(
            "CX_INDPB",
            Share(upto=1.0),
            0.5,
            0.5,
            "probability that crossover swaps a gene",
            "the published value",
        ),
        SettingInfo(
            "TOURNSIZE",
            Whole(1, 1000),
            4,
            4,
            "individuals drawn for a tournament; the best of them gets the place",
            "the published value; it decides the places among the parents that ELITES leaves",
        ),
        SettingInfo(
            "PARENTS",
            Whole(2, 100_000),
            f"(half of POPULATION_SIZE, from 2 to {MOST_PARENTS}; POPULATION_SIZE for GA_STRATEGY simple)",
            "(POPULATION_SIZE)",
            "individuals that may breed",
            "few parents did better than any change of operator",
        ),
        SettingInfo(
            "ELITES",
            Whole(0, 100_000),
            "(PARENTS; 1 for GA_STRATEGY simple)",
            0,
            "places among the parents that belong to the best points ever evaluated",
            "the best can always breed; without elites a published search loses it in 8 to 34 % of the runs",
        ),
        SettingInfo(
            "BOUNDS",
            Either("reflect", "clamp"),
            "reflect",
            "clamp",
            "what becomes of a mutant beyond a bound: reflected into the range, or set onto the bound",
            "clamping piles points up on the bounds",
        ),
        SettingInfo(
            "DUPLICATES",
            Either("replace", "reuse", "retrain"),
            "replace",
            "reuse",
            "what becomes of a child equal to an evaluated point: replace breeds it anew, reuse takes that point's "
            "outcome, retrain trains it again as the published searches did, which their exact replay needs",
            "36 % of the published evaluations repeated a known point",
        ),
        SettingInfo(
            "INITIAL",
            Either("latin_hypercube", "uniform"),
            "latin_hypercube",
            "uniform",
            "how the first generation is drawn; latin_hypercube spreads it evenly along every axis",
            "a small first generation otherwise misses whole parts of an axis",
        ),
        SettingInfo(
            "BASELINE_BREEDS",
            Flag(),
            True,
            False,
            "whether the model's default hyperparameters may become parents",
            "a known good point is worth as much as a generation",
        ),
        SettingInfo(
            "FAILED_BREED",
            Flag(),
            False,
            True,
            "whether failed and degenerate evaluations may become parents; they lose every tournament against others",
            "nothing good descends from a dead network",
        ),
        SettingInfo(
            "STREAM",
            Either("by_generation", "single"),
            "by_generation",
            "single",
            "random numbers from one generator in DEAP's order of draws, or from one for each generation (with "
            "steady_state for each evaluation)",
            "a change in one generation then leaves the random numbers of the others alone",
        ),
    )
}
"""All settings by name, in the order of tables; the strategy itself is recorded beside them as ``STRATEGY``."""
