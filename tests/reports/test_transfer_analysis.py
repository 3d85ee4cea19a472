"""What transfers, final scores and surrogates say: known answers come out, and what cannot be known is refused."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from hpo.archive.record import Record
from reports.analysis.comparable import Collection
from reports.analysis.final import scored
from reports.analysis.movement import model_optima
from reports.analysis.spread import spread_of_transfer, spreads_of_searches
from reports.analysis.transfer import UNIFORM, transfer
from reports.analysis.transfer_estimate import TransferEstimate, transfer_estimates
from tests.archive.builders import make_run_info, small_record
from tests.reports.transfers import Losses, final_of, landscape_record, transfer_of

OWN = {"CCLE": {"CCLE": [0.10, 0.11, 0.10, 0.11], "gCSI": [0.40, 0.41, 0.42, 0.43]}}
OTHER = {"gCSI": {"CCLE": [0.15, 0.165, 0.15, 0.165], "gCSI": [0.20, 0.21, 0.20, 0.21]}}
DEFAULT: dict[str, dict[str, Losses]] = {"default": {"CCLE": [0.2] * 4, "gCSI": [0.4] * 4}}


def test_a_regret_is_relative_to_the_own_optimum() -> None:
    found = transfer(transfer_of({**OWN, **OTHER, **DEFAULT}))
    assert found.candidates == ("CCLE", "gCSI", "default")
    foreign = found.regrets["gCSI", "CCLE"]
    assert foreign.regret == pytest.approx(0.5)
    assert foreign.interval == pytest.approx((0.5, 0.5)), "every pair agrees, although trainings differ"
    assert found.regrets["CCLE", "CCLE"].regret == 0
    default = found.regrets["default", "gCSI"]
    assert default.regret == pytest.approx(0.4 / math.sqrt(0.20 * 0.21) - 1)
    low, high = default.interval or (0, 0)
    assert low < (default.regret or 0) < high


def test_tailored_against_uniform() -> None:
    found = transfer(transfer_of({**OWN, **OTHER, **DEFAULT}))
    default, uniform = found.against
    assert (default.uniform, default.candidate) == ("default", "default")
    assert (uniform.uniform, uniform.candidate) == (UNIFORM, "gCSI")
    assert uniform.effects["gCSI"].gain == 0, "it is its own optimum there"
    assert uniform.effects["CCLE"].gain == pytest.approx(1 / 3)
    assert uniform.effects["CCLE"].pairs == 2, "those that did not choose it"
    assert default.effects["CCLE"].pairs == 4
    assert default.overall is not None
    assert default.overall.pairs == 2
    assert default.clear == 2
    assert uniform.verdict == "open", "two datasets, of which one gains nothing"


@pytest.mark.parametrize(("factor", "verdict"), [(2.0, "pays"), (0.5, "costs")])
def test_verdicts_need_an_interval_beside_zero(factor: float, verdict: str) -> None:
    losses = {
        name: {dataset: [0.1 if name == dataset else 0.1 * factor] * 2 for dataset in ("A", "B", "C")} for name in "ABC"
    }
    default = {"default": {"A": [0.1 * factor] * 2, "B": [0.11 * factor] * 2, "C": [0.12 * factor] * 2}}
    found = transfer(transfer_of({**losses, **default}))
    assert found.against[0].verdict == verdict


def test_failures_are_counted_and_have_no_part() -> None:
    broken: dict[str, dict[str, Losses]] = {"gCSI": {"CCLE": [None, None, 0.2, 0.95], "gCSI": [None] * 4}}
    found = transfer(transfer_of({**OWN, **broken, **DEFAULT}))
    partly, none = found.regrets["gCSI", "CCLE"], found.regrets["gCSI", "gCSI"]
    assert (partly.trainings, partly.failed, partly.dead) == (4, 2, 1)
    assert partly.above is not None
    assert partly.above.pairs == 2
    assert (none.failed, none.loss, none.regret, none.interval) == (4, None, None, None)
    assert found.regrets["CCLE", "gCSI"].regret is None, "nothing to compare with"
    assert "gCSI" not in found.against[0].effects
    assert found.against[0].verdict == "unknown"


def test_one_training_has_no_interval() -> None:
    losses = {name: {dataset: [0.1, 0.1][:1] for dataset in ("CCLE", "gCSI")} for name in ("CCLE", "gCSI")}
    found = transfer(transfer_of(losses))
    assert found.regrets["CCLE", "gCSI"].interval is None
    assert found.against == ()


def test_final_scores_pair_tuned_and_default_by_seed() -> None:
    found = scored(final_of("k", [0.1, 0.2, 0.4], [0.2, 0.4, 0.8]))
    assert found.tuned["test_mse"].gain == pytest.approx(0.5)
    assert (found.tuned["test_mse"].low, found.tuned["test_mse"].pairs) == (pytest.approx(0.5), 3)
    score = found.score("best", "val_mse")
    assert score is not None
    assert (score.mean, score.deviation) == (pytest.approx(0.7 / 3), pytest.approx(0.152753, rel=1e-4))
    assert found.metrics == ("val_mse", "test_mse", "test_pcc", "test_r2")
    assert found.failed == 0
    broken = scored(final_of("k", [0.1, None], [None, 0.2]))
    assert broken.failed == 2
    assert broken.tuned == {}


def test_spread_between_datasets_against_noise() -> None:
    found = transfer(transfer_of({**OWN, **OTHER}))
    spread = spread_of_transfer(found, Collection.of(make_run_info()))
    assert spread is not None
    means = [(math.log(0.10) + math.log(0.11)) / 2, (math.log(0.20) + math.log(0.21)) / 2]
    assert spread.between == pytest.approx(abs(means[1] - means[0]) / math.sqrt(2))
    deviations = [2 * (math.log(high / low) / 2) ** 2 * 2 / 3 for low, high in ((0.10, 0.11), (0.20, 0.21))]
    assert spread.noise == pytest.approx(math.sqrt(sum(deviations) / 2))
    assert spread.noises == 2
    assert spread.measured
    single = spread_of_transfer(
        transfer(transfer_of({"CCLE": {"CCLE": [0.1], "gCSI": [None]}, "gCSI": {"CCLE": [1.0], "gCSI": [None]}})),
        spread.collection,
    )
    assert single is None


def test_spread_of_searches_without_repeats() -> None:
    records = [small_record(dataset="DEMO-A", seed=1), small_record(dataset="DEMO-B", seed=2)]
    (spread,) = spreads_of_searches(model_optima(records))
    assert spread.between > 0
    assert (spread.noise, spread.ratio, spread.measured) == (None, None, False)


def valley(rate: float) -> Callable[[float, float], float]:
    """A loss whose least value, 0.1, is at ``rate``."""
    return lambda at, dropout: 0.1 * 10 ** (0.3 * math.log10(at / rate) ** 2 + dropout / 50)


def noise(seed: int) -> Callable[[float, float], float]:
    rng = random.Random(seed)
    return lambda _rate, _dropout: 0.1 + 0.01 * rng.random()


def estimate_of(*records: Record) -> TransferEstimate:
    (found,) = transfer_estimates(model_optima(records), records)
    return found


def test_the_estimate_of_a_known_landscape() -> None:
    found = estimate_of(landscape_record("CCLE", valley(1e-3)), landscape_record("gCSI", valley(1e-4), seed=2))
    assert found.axes == ("learning_rate", "dropout")
    assert found.left_out == ()
    for source, target in (("CCLE", "gCSI"), ("gCSI", "CCLE")):
        estimate = found.estimate(source, target)
        assert estimate.regret == pytest.approx(10**0.3 - 1, rel=0.5), "a decade away"
        assert estimate.clear
    assert [found.estimate(name, name).regret for name in found.datasets] == [0.0, 0.0]
    quality = found.qualities["CCLE"]
    assert quality.r2 > 0.9
    assert quality.rank > 0.9
    assert quality.points == 150
    assert len(found.known) == 2


def test_equal_landscapes_have_no_clear_regret() -> None:
    found = estimate_of(landscape_record("CCLE", valley(1e-3)), landscape_record("gCSI", valley(1e-3), seed=2))
    assert not any(estimate.clear for estimate in found.known)
    assert all(abs(estimate.regret or 0) < 0.05 for estimate in found.known)


def test_noise_is_refused() -> None:
    found = estimate_of(landscape_record("CCLE", noise(1)), landscape_record("gCSI", valley(1e-4), seed=2))
    refused = found.estimate("gCSI", "CCLE")
    assert refused.regret is None
    assert "too poorly" in refused.refusal
    assert refused.refusal.startswith("CCLE: ")
    assert not found.qualities["CCLE"].good
    assert found.qualities["gCSI"].good
    assert found.estimate("CCLE", "CCLE").regret is None
    assert found.estimate("CCLE", "gCSI").regret is not None, "its optimum is a place like any other"


def test_places_that_nobody_evaluated_are_refused() -> None:
    narrow = landscape_record("gCSI", valley(1e-5), rates=(1e-6, 1e-4), seed=2)
    found = estimate_of(landscape_record("CCLE", valley(3e-3)), narrow)
    assert found.estimate("CCLE", "gCSI").refusal == "gCSI: learning_rate outside of what was evaluated"
    assert found.estimate("gCSI", "CCLE").regret is not None


def test_a_gap_in_the_observed_region_is_refused() -> None:
    low, high = (
        landscape_record("gCSI", valley(1e-5), rates=rates, points=75) for rates in ((1e-6, 3e-6), (3e-3, 1e-2))
    )
    high = replace(high, run=high.run.model_copy(update={"run": "improve-2024-08-08"}))
    found = estimate_of(landscape_record("CCLE", valley(1e-4)), low, high)
    assert found.estimate("CCLE", "gCSI").refusal == "gCSI: far from all that was evaluated"


def test_few_points_are_refused() -> None:
    few = landscape_record("gCSI", valley(1e-4), points=19, seed=2)
    found = estimate_of(landscape_record("CCLE", valley(1e-3)), few)
    assert found.estimate("CCLE", "gCSI").refusal == "gCSI: 19 distinct living points are too few, it takes 20"


def test_own_runs_and_unknown_data_are_not_estimated() -> None:
    own = [small_record(dataset=dataset, seed=seed) for seed, dataset in enumerate(("DEMO-A", "DEMO-B"))]
    assert transfer_estimates(model_optima(own), own) == []
    single = [landscape_record("CCLE", valley(1e-3))]
    assert transfer_estimates(model_optima(single), single) == []


def test_runs_of_other_protocols_are_not_mixed() -> None:
    protocol = make_run_info().protocol.model_copy(update={"version": 7})
    records = [
        landscape_record("CCLE", valley(1e-3)),
        landscape_record("gCSI", valley(1e-4), seed=2),
        landscape_record("GDSCv1", valley(1e-4), seed=3, protocol=protocol),
    ]
    assert estimate_of(*records).datasets == ["CCLE", "gCSI"]
