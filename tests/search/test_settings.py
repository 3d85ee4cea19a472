import pytest

from hpo.errors import BadConfiguration, UsageError
from hpo.evaluation import Value
from hpo.search.catalogue import PRESETS, SETTINGS, STRATEGIES
from hpo.search.settings import check_complete, resolve_settings
from hpo.sizes import SIZES, Size

MEDIUM = SIZES["MEDIUM"]


def test_default_preset_of_medium() -> None:
    assert resolve_settings("ga", MEDIUM) == {
        "STRATEGY": "ga",
        "POPULATION_SIZE": 16,
        "NUM_ITERATIONS": 4,
        "OFFSPRING_PROPORTION": 0.5,
        "HONOUR_LOG_SCALE": True,
        "LEADERS": 2,
        "REPLICATES": 1,
        "CONFIRMATIONS": 2,
        "GA_STRATEGY": "mu_plus_lambda",
        "BROOD": 1000,
        "MUT_PROB": 0.8,
        "CX_PROB": 0.2,
        "MUT_INDPB": 0.5,
        "CX_INDPB": 0.5,
        "TOURNSIZE": 4,
        "PARENTS": 4,
        "ELITES": 4,
        "BOUNDS": "reflect",
        "DUPLICATES": "replace",
        "INITIAL": "latin_hypercube",
        "BASELINE_BREEDS": True,
        "FAILED_BREED": False,
        "STREAM": "by_generation",
    }


def test_supervisor_preset_is_what_the_published_searches_did() -> None:
    settings = resolve_settings("ga", MEDIUM, "supervisor")
    expected = {
        "HONOUR_LOG_SCALE": False,
        "LEADERS": 0,
        "REPLICATES": 0,
        "CONFIRMATIONS": 0,
        "PARENTS": 16,
        "ELITES": 0,
        "BOUNDS": "clamp",
        "DUPLICATES": "reuse",
        "INITIAL": "uniform",
        "BASELINE_BREEDS": False,
        "FAILED_BREED": True,
        "STREAM": "single",
    }
    assert {name: settings[name] for name in expected} == expected
    assert (settings["MUT_PROB"], settings["CX_PROB"], settings["TOURNSIZE"]) == (0.8, 0.2, 4)


def test_random_records_only_what_it_reads() -> None:
    assert resolve_settings("random", MEDIUM) == {
        "STRATEGY": "random",
        "POPULATION_SIZE": 16,
        "NUM_ITERATIONS": 4,
        "OFFSPRING_PROPORTION": 0.5,
        "HONOUR_LOG_SCALE": True,
        "LEADERS": 2,
        "REPLICATES": 1,
        "CONFIRMATIONS": 2,
    }


def test_few_parents_however_small_the_population() -> None:
    parents = [resolve_settings("ga", Size("own", population, 2))["PARENTS"] for population in (2, 4, 7, 8, 800)]
    assert parents == [2, 2, 3, 4, 4]


def test_simple_replaces_the_whole_population() -> None:
    settings = resolve_settings("ga", MEDIUM, settings={"GA_STRATEGY": "simple"})
    assert (settings["OFFSPRING_PROPORTION"], settings["PARENTS"], settings["ELITES"]) == (1.0, 16, 1)


def test_given_settings_win_and_take_the_type_of_their_law() -> None:
    settings = resolve_settings("ga", MEDIUM, settings={"CX_PROB": 0, "MUT_PROB": 1, "PARENTS": 3})
    assert repr(settings["CX_PROB"]) == "0.0"
    assert (settings["PARENTS"], settings["ELITES"]) == (3, 3)


def test_without_the_log_scale_the_first_generation_is_uniform() -> None:
    assert resolve_settings("ga", MEDIUM, settings={"HONOUR_LOG_SCALE": False})["INITIAL"] == "uniform"


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_resolved_settings_are_complete(strategy: str, preset: str, size: Size) -> None:
    settings = resolve_settings(strategy, size, preset)
    assert check_complete(settings) == settings
    assert list(check_complete(settings)) == list(settings)


def test_every_setting_is_explained() -> None:
    for name, info in SETTINGS.items():
        assert name == info.name
        assert all((str(info.law), info.meaning, info.reason, info.strategies)), name


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("PARENTS", 1, "setting PARENTS: must be an integer from 2 to 100,000, got 1"),
        ("PARENTS", 4.0, "setting PARENTS: must be an integer from 2 to 100,000, got 4.0"),
        ("PARENTS", True, "setting PARENTS: must be an integer from 2 to 100,000, got True"),
        ("PARENTS", 17, "setting PARENTS: must be at most POPULATION_SIZE (16), got 17"),
        ("ELITES", 9, "setting ELITES: must be at most PARENTS (4), got 9"),
        ("MUT_PROB", 1.5, "setting MUT_PROB: must be a number from 0 to 1, got 1.5"),
        ("MUT_PROB", float("nan"), "setting MUT_PROB: must be a number from 0 to 1, got nan"),
        ("MUT_PROB", "0.5", "setting MUT_PROB: must be a number from 0 to 1, got '0.5'"),
        ("OFFSPRING_PROPORTION", 0, "setting OFFSPRING_PROPORTION: must be a number above 0 and at most 10, got 0"),
        ("HONOUR_LOG_SCALE", 1, "setting HONOUR_LOG_SCALE: must be true or false, got 1"),
        ("BOUNDS", "wrap", "setting BOUNDS: must be one of reflect, clamp, got 'wrap'"),
        ("MUTPROB", 0.5, "setting MUTPROB: unknown; did you mean MUT_PROB?"),
        ("mut_prob", 0.5, "setting mut_prob: unknown; did you mean MUT_PROB?"),
        ("STRATEGY", "ga", "setting STRATEGY: unknown; did you mean GA_STRATEGY?"),
        (
            "CX_PROB",
            0.5,
            "settings MUT_PROB and CX_PROB: must sum to at most 1 with GA_STRATEGY mu_plus_lambda, where a child is "
            "one or the other, got 0.8 + 0.5",
        ),
    ],
)
def test_a_setting_that_breaks_its_law(name: str, value: object, message: str) -> None:
    with pytest.raises(BadConfiguration) as raised:
        resolve_settings("ga", MEDIUM, settings={name: value})  # type: ignore[dict-item]
    assert str(raised.value) == message


def test_all_problems_at_once() -> None:
    with pytest.raises(BadConfiguration) as raised:
        resolve_settings("ga", MEDIUM, settings={"PARENTS": 0, "BOUNDS": "none", "COLOUR": 3})
    lines = str(raised.value).splitlines()
    assert [line.split(":")[0] for line in lines] == ["setting PARENTS", "setting BOUNDS", "setting COLOUR"]
    assert "there are POPULATION_SIZE, NUM_ITERATIONS" in lines[2]


def test_all_contradictions_at_once() -> None:
    settings: dict[str, Value] = {"GA_STRATEGY": "simple", "PARENTS": 3, "ELITES": 5, "OFFSPRING_PROPORTION": 0.5}
    with pytest.raises(BadConfiguration) as raised:
        resolve_settings("ga", MEDIUM, settings=settings)
    assert str(raised.value).splitlines() == [
        "setting OFFSPRING_PROPORTION: must be 1 with GA_STRATEGY simple, where offspring replace the population, "
        "got 0.5",
        "setting PARENTS: must equal POPULATION_SIZE (16) with GA_STRATEGY simple, got 3",
        "setting ELITES: must be at most PARENTS (3), got 5",
    ]


def test_strata_need_the_scale_of_the_axis() -> None:
    settings: dict[str, Value] = {"HONOUR_LOG_SCALE": False, "INITIAL": "latin_hypercube"}
    with pytest.raises(BadConfiguration, match="setting INITIAL: must be uniform where HONOUR_LOG_SCALE is false"):
        resolve_settings("ga", MEDIUM, settings=settings)


def test_a_setting_of_another_strategy() -> None:
    with pytest.raises(BadConfiguration, match="setting MUT_PROB: has no meaning for strategy random; leave it out"):
        resolve_settings("random", MEDIUM, settings={"MUT_PROB": 0.8})


def test_a_standard_size_cannot_be_changed() -> None:
    with pytest.raises(UsageError) as raised:
        resolve_settings("ga", MEDIUM, settings={"POPULATION_SIZE": 20, "NUM_ITERATIONS": 4})
    assert str(raised.value) == (
        "size MEDIUM means POPULATION_SIZE 16 and NUM_ITERATIONS 4, but the settings ask for POPULATION_SIZE 20; give "
        "the size another name, since runs of one size are compared"
    )


def test_a_size_of_ones_own_can_be_changed() -> None:
    settings = resolve_settings("ga", Size("wide", 16, 4), settings={"POPULATION_SIZE": 20, "NUM_ITERATIONS": 2})
    assert (settings["POPULATION_SIZE"], settings["NUM_ITERATIONS"]) == (20, 2)


def test_saying_what_the_size_says_is_fine() -> None:
    assert resolve_settings("ga", MEDIUM, settings={"POPULATION_SIZE": 16})["POPULATION_SIZE"] == 16


def test_no_such_strategy_or_preset() -> None:
    with pytest.raises(UsageError, match="no strategy 'bandit'; there are ga, random, tpe, cmaes"):
        resolve_settings("bandit", MEDIUM)
    with pytest.raises(UsageError, match="no preset 'fast'; there are default, supervisor"):
        resolve_settings("ga", MEDIUM, "fast")


def test_recorded_settings_must_be_complete() -> None:
    settings = resolve_settings("random", MEDIUM)
    del settings["NUM_ITERATIONS"]
    settings["HONOUR_LOG_SCALE"] = "yes"
    with pytest.raises(BadConfiguration) as raised:
        check_complete(settings)
    assert str(raised.value).splitlines() == [
        "setting HONOUR_LOG_SCALE: must be true or false, got 'yes'",
        "setting NUM_ITERATIONS: missing; recorded settings are complete",
    ]
    with pytest.raises(BadConfiguration, match="setting STRATEGY: must be one of ga, random, tpe, cmaes, got None"):
        check_complete({})
