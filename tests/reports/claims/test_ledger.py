"""The ledger: every key, rule and parameter is checked, and what is wrong is told with file and key."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hpo.archive.schema import Release, Source
from hpo.errors import BadData, MissingInput
from reports.analysis.claims.finding import Verdict
from reports.analysis.claims.judge import CLAIM_COLUMNS, claims_json, claims_table, judge, judged_from_json
from reports.analysis.claims.ledger import DEFAULT_LEDGER, RULES, read_ledger
from reports.pages.bibliography import ABSTRACT
from tests.archive.builders import small_record
from tests.reports.claims.builders import record_of

LEDGER = """
schema = "cross-hpo/claims/1"
[[sources]]
key = "ours"
citation = "A study"
[[claims]]
id = "halved"
claim = "Tuning halves the loss."
source = "ours"
where = "page 1"
[[claims.readings]]
says = "From the worst to the best."
rule = "mean_improvement"
parameters = { definition = "worst_to_best", percent = 50.0 }
[[claims.readings]]
says = "Each search improves."
rule = "improves"
runs = { models = ["IGTD"] }
"""


def write(tmp_path, text):
    path = tmp_path / "claims.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_ledger_is_judged(tmp_path):
    ledger = read_ledger(write(tmp_path, LEDGER))
    (judged,) = judge(ledger, [record_of([[1.0, 0.9], [0.5]])])
    assert judged.verdict == Verdict.SUPPORTED
    assert [one.finding.verdict for one in judged.readings] == [Verdict.SUPPORTED, Verdict.SUPPORTED]
    assert judged.others == "1 supported"
    assert judged.runs == (record_of([[1.0]]).key,)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('rule = "improves"', 'rule = "improvs"', "claims.0.readings.1.rule: unknown rule 'improvs'; there are"),
        ("percent = 50.0", "percent = '50'", "claims.0.readings.0.parameters.percent:"),
        ("percent = 50.0", "per_cent = 50.0", "claims.0.readings.0.parameters.per_cent: Extra inputs"),
        ('"worst_to_best"', '"best_to_best"', "no definition of improvement; there are worst_to_best"),
        ('models = ["IGTD"]', 'model = "IGTD"', "claims.0.readings.1.runs.model:"),
        ('models = ["IGTD"]', 'models = ["../IGTD"]', "claims.0.readings.1.runs.models.0:"),
        ('source = "ours"', 'source = "theirs"', "claims.0.source: 'theirs' is none of the sources, ours"),
        ('id = "halved"', 'id = "a b"', "claims.0.id:"),
        ("claims/1", "claims/2", "schema:"),
        ('where = "page 1"', "", "claims.0.where: Field required"),
        ('claim = "Tuning', "claim = 'Tuning", "no TOML"),
        ('citation = "A study"', 'citation = "A"\nurl = "javascript:alert(1)"', "sources.0.url:"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path, old, new, told):
    assert old in LEDGER
    path = write(tmp_path, LEDGER.replace(old, new))
    with pytest.raises(BadData) as caught:
        read_ledger(path)
    assert any(problem.startswith(str(path)) and told in problem for problem in caught.value.problems)


def test_all_problems_are_told_at_once(tmp_path):
    text = LEDGER.replace('rule = "improves"', 'rule = "improvs"').replace("percent = 50.0", "percent = '50'")
    with pytest.raises(BadData) as caught:
        read_ledger(write(tmp_path, text))
    assert len(caught.value.problems) == 2


def test_an_id_stands_for_one_claim(tmp_path):
    second = LEDGER[LEDGER.index("[[claims]]") :]
    with pytest.raises(BadData, match="'halved' stands there 2 times"):
        read_ledger(write(tmp_path, LEDGER + second))


def test_there_must_be_a_file(tmp_path):
    with pytest.raises(MissingInput):
        read_ledger(tmp_path / "claims.toml")


def test_the_ledger_of_the_package_holds():
    ledger = read_ledger()
    assert DEFAULT_LEDGER.name == "claims.toml"
    assert len(ledger.claims) >= 10
    (abstract,) = [source for source in ledger.sources if source.key == ABSTRACT.key]
    assert (abstract.citation, abstract.url) == (ABSTRACT.citation, ABSTRACT.url)


def test_every_rule_says_what_it_asks_and_is_used():
    assert all(rule.about.startswith("Whether") for rule in RULES.values())
    assert {reading.rule for claim in read_ledger().claims for reading in claim.readings} == set(RULES)


def test_made_up_and_unknown_data_test_nothing():
    unknown = record_of([[1.0, 0.5]], release=Release(name="unknown"))
    judged = judge(read_ledger(), [small_record(), small_record("DeepTTC"), unknown])
    assert {one.verdict for one in judged} == {Verdict.NOT_TESTABLE}


RECORDS = [
    record_of([[1.0, 0.9], [0.7, 0.8]]),
    record_of([[1.0, 0.9], [0.95, 0.97]], dataset="CCLE"),
    record_of([[0.5, 0.9], [0.95, 0.97]], "LGBM", "CCLE"),
    record_of([[1.1, 0.8], [0.6, 0.97]], size="LARGE"),
    record_of([[0.3, 0.3], [0.3, 0.3]], "GraphDRP", "CCLE"),
    record_of([[1.0, 0.4], [0.2, 0.8]], source=Source(kind="improve", name="another"), run="another"),
]


@settings(max_examples=6)
@given(st.permutations(RECORDS))
def test_the_order_of_records_is_of_no_account(records):
    assert claims_json(judge(read_ledger(), records)) == claims_json(judge(read_ledger(), RECORDS))


def test_other_sources_are_not_mixed_in():
    (judged,) = [one for one in judge(read_ledger(), RECORDS) if one.claim.id == "igtd-gcsi-improves"]
    assert RECORDS[5].key not in judged.runs


def test_json_brings_everything_back():
    judged = judge(read_ledger(), RECORDS)
    assert judged_from_json(json.loads(json.dumps(claims_json(judged)))) == judged


def test_tables_say_the_same_as_json():
    judged = judge(read_ledger(), RECORDS)
    table, document = claims_table(judged), json.loads(json.dumps(claims_json(judged), allow_nan=False))
    assert list(table.columns) == list(CLAIM_COLUMNS)
    readings = [reading for claim in document["claims"] for reading in claim["readings"]]
    assert [reading["verdict"] for reading in readings] == table["verdict"].tolist()
    assert [" ".join(reading["runs_used"]) for reading in readings] == table["runs"].tolist()
    assert all(
        number["runs"] or number["unit"] != "runs" or not number["value"] for r in readings for number in r["numbers"]
    )
