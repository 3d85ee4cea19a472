"""A gain is told with what it is over, and never called one where repeats differ as much."""

import html

import pytest

from hpo.archive.schema import ReplayInfo
from hpo.evaluation import Status
from reports.analysis.comparison import best_searched
from reports.analysis.gained import gained
from reports.analysis.noises import NoiseBook, noise_table, pair_noises
from reports.pages.gains_table import gain_note, gains_sentence, gains_table
from reports.pages.render import table_html
from reports.pages.replay_words import replay_about, replay_counts, replay_fact, replay_state, replay_table
from tests.archive.builders import improve_record, small_record
from tests.reports.claims.builders import noisy, record_of


def by_start(records, key):
    return {one.start: one for one in gained(records)[key]}


@pytest.mark.parametrize(
    ("later", "verdict"), [([0.5, 0.6], "beyond noise"), ([0.895, 0.9], "within noise"), ([0.9, 0.95], "none")]
)
def test_the_gain_over_the_first_generation(later, verdict):
    record = record_of([[1.0, 0.9], later])
    (first,) = gained([record])[record.key]
    assert (first.start, first.loss, first.verdict) == ("first", 0.9, verdict)
    assert first.noise.basis == "assumed"


def test_the_noise_of_the_model_counts():
    record = record_of([[1.0, 0.9], [0.85, 0.9]])
    assert by_start([record], record.key)["first"].verdict == "beyond noise"
    noisier = by_start([record, noisy(0.1)], record.key)["first"]
    assert noisier.verdict == "within noise"
    assert noisier.noise.basis == "model"
    assert noisier.noise.runs == (noisy(0.1).key,)
    of_pair = by_start([record, noisy(0.1, dataset="gCSI")], record.key)["first"]
    assert of_pair.noise.basis == "pair"


def test_the_default_and_the_random_control_of_own_runs():
    ga, control = small_record(seed=1), small_record(strategy="random", seed=1)
    found = by_start([ga, control], ga.key)
    assert found["default"].loss == ga.run.baseline.val_loss
    assert found["random"].loss == best_searched(control)
    assert found["random"].run.key == control.key
    assert set(by_start([ga, control], control.key)) <= {"default", "draws"}
    assert "random" not in by_start([ga, small_record(strategy="random", seed=2)], ga.key)


def test_random_draws_that_the_archive_holds():
    course = [[4.0 + 0.01 * number for number in range(8)], [0.5] * 4, [0.5] * 4]
    draws = record_of([[1.0 + 0.01 * number for number in range(16)]], size="LARGE")
    searched = record_of(course)
    found = by_start([searched, draws], searched.key)["draws"]
    assert (found.draws, found.at_most, found.chance) == (16, False, 0.0)
    assert found.share == pytest.approx(0.5)
    few = by_start([searched], searched.key)["draws"]
    assert few.at_most
    assert few.chance is None


def test_dead_searches_gained_nothing_that_could_be_told():
    dead = small_record(degenerate=True, failures={0: Status.FAILED})
    assert gained([dead])[dead.key] == ()
    assert gains_table((), "runs/x") is None
    assert gains_sentence(()) == gain_note((), "default") == ""


def test_the_page_says_which_gain_is_noise():
    record = record_of([[1.0, 0.9], [0.895, 0.9]])
    found = gained([record])[record.key]
    assert "is within noise" in gains_sentence(found)
    assert "Noise is 1.0 % here: no repeats of the model; assumed." in gains_sentence(found)
    assert gain_note(found, "first") == "within noise"
    page = html.unescape(table_html(gains_table(found, "runs/a/b/c/d")))
    assert "the best of the first generation" in page
    assert ">within noise<" in page


def test_noise_by_model_and_dataset():
    records = [noisy(0.1), record_of([[1.0, 0.9]], dataset="gCSI"), record_of([[1.0, 0.9]], "LGBM")]
    table = noise_table(pair_noises(records, NoiseBook(records))).set_index(["model", "dataset"])
    assert table.loc[("IGTD", "CCLE"), "basis"] == "run"
    assert 0.05 < table.loc[("IGTD", "CCLE"), "noise"] < 0.2
    assert table.loc[("IGTD", "gCSI"), "basis"] == "model"
    assert table.loc[("IGTD", "gCSI"), "noise"] == table.loc[("IGTD", "CCLE"), "noise"]
    assert (table.loc[("LGBM", "gCSI"), "basis"], table.loc[("LGBM", "gCSI"), "noise"]) == ("assumed", 0.01)


def test_the_noise_of_other_protocols_is_another_one():
    other = noisy(0.1)
    other = record_of_protocol(other)
    record = record_of([[1.0, 0.9]])
    assert NoiseBook([record, other]).of(record.run).basis == "assumed"


def record_of_protocol(record):
    protocol = record.run.protocol.model_copy(update={"target": "log10(auc + 0.01)"})
    run = record.run.model_copy(update={"protocol": protocol})
    return record.__class__(run, record.space, record.evaluations, record.generations)


COMPLETE = ReplayInfo(state="complete", evaluations=40, agreeing=40)
PARTIAL = ReplayInfo(state="partial", evaluations=20, agreeing=3, reason="evaluation 4 has no recorded loss")


def test_replays_are_told_as_they_ended():
    whole = improve_record(replay=COMPLETE).run.model_copy(update={"seed": 60360})
    part = improve_record("HiDRA", replay=PARTIAL).run.model_copy(update={"seed": 1})
    plain, own = improve_record("LGBM").run, small_record().run
    assert [replay_state(run) for run in (whole, part, plain, own)] == [
        "complete",
        "partial",
        "not replayed",
        "journal",
    ]
    assert "seed 60360" in str(replay_fact(whole).note)
    assert PARTIAL.reason in str(replay_fact(part).note)
    assert f"hof replay {plain.key}" in str(replay_fact(plain).note)
    assert f"hof replay {own.key}" in str(replay_fact(own).note)
    assert replay_counts([whole, part, plain, own]) == "1 complete, 1 partial, 1 not replayed of 3"
    assert "1 own run" in replay_about([own, plain])
    assert "found by trying all" in replay_about([whole, plain])
    assert replay_counts([plain, own]) == "none of 1 replayed yet"
    assert "found by trying all" not in replay_about([own, plain])
    rows = replay_table([whole, part, plain, own], "audit").rows
    assert [row.cells[2].text for row in rows] == ["60360", "1", ""]


def test_own_runs_alone_have_no_table_of_replays():
    own = small_record().run
    assert replay_table([own], "audit") is None
    assert replay_counts([own]) == ""
