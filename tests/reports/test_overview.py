"""Which result stands for a pair, what may be ranked, and what a dead search is."""

import re

import pytest

from hpo.archive.schema import Protocol, Release, Source
from hpo.evaluation import Status
from reports.analysis import tables
from reports.analysis.comparable import Collection, is_synthetic
from reports.analysis.flags import Weight, doubtful, evidence_text, weighty, with_comparisons
from reports.analysis.order import sorted_datasets, sorted_models, sorted_sizes
from reports.analysis.overview import best_loss, best_settings, gain_over_default, in_order, is_dead, overviews
from tests.archive.builders import improve_record, small_record

OTHER = Protocol(name="log-mse", version=1, target="log10(auc + 0.01)", metric="mse", selection="last epoch")


def runs(*records):
    return [record.run for record in records]


def only(overview):
    (one,) = overview
    return one


def test_the_lowest_loss_stands_for_a_pair():
    found = runs(*(small_record(seed=seed) for seed in range(1, 6)))
    cell = only(overviews(found)).cells["GraphDRP", "DEMO-A"]
    assert best_loss(cell.run) == min(best_loss(run) for run in found)
    assert len(cell.runs) == 5


def test_models_are_ranked_within_one_protocol_only():
    found = runs(small_record("GraphDRP"), small_record("LGBM", seed=2), small_record("PathDSP", protocol=OTHER))
    cells = only(overviews(found)).cells
    losses = {model: best_loss(cells[model, "DEMO-A"].run) for model in ("GraphDRP", "LGBM")}
    assert {model for (model, _), cell in cells.items() if cell.lowest} == {min(losses, key=losses.get)}


def test_a_model_alone_is_not_the_lowest():
    assert not only(overviews(runs(small_record()))).cells["GraphDRP", "DEMO-A"].lowest


def test_runs_of_another_protocol_are_left_out_and_counted():
    found = runs(small_record(seed=1), small_record(seed=2), small_record(seed=3, protocol=OTHER))
    cell = only(overviews(found)).cells["GraphDRP", "DEMO-A"]
    assert cell.run.protocol.name == "auc-mse"
    assert (len(cell.runs), cell.left_out) == (3, 1)


def test_sources_and_releases_stand_apart():
    real = small_record("IGTD", "CCLE", release=Release(name="real-mini", digest="a" * 64))
    found = overviews(runs(improve_record(), small_record(), real))
    assert [(one.collection.kind, one.collection.release) for one in found] == [
        ("cross-hpo", "real-mini"),
        ("improve", "improve-csa"),
        ("cross-hpo", "demo-1"),
    ]


def test_runs_on_unknown_data_are_never_ranked():
    unknown = Release(name="unknown", digest=None)
    found = runs(improve_record("IGTD", release=unknown), improve_record("HiDRA", release=unknown))
    assert not any(cell.lowest for cell in only(overviews(found)).cells.values())


def test_a_search_of_dead_networks_has_no_best():
    dead = improve_record(degenerate=True).run
    assert is_dead(dead)
    assert best_loss(dead) is None
    assert best_settings(dead) == {}


def test_where_only_the_default_lives_it_is_the_best():
    run = small_record(degenerate=True).run
    assert best_loss(run) == run.baseline.val_loss
    assert gain_over_default(run) == 0


def test_where_all_failed_there_is_no_best():
    run = small_record(failures=dict.fromkeys(range(9), Status.FAILED)).run
    assert is_dead(run)
    assert gain_over_default(run) is None


def test_paths_and_unrecorded_values_are_no_settings():
    run = small_record().run
    values = {"learning_rate": 0.1, "model_outdir": "<path>", "dropout": None}
    changed = run.model_copy(update={"best": run.best.model_copy(update={"hyperparameters": values})})
    assert best_settings(changed) == {"learning_rate": 0.1}


def test_order_is_that_of_the_paper_then_the_alphabet():
    assert sorted_models(["Zeta", "Uno", "GraphDRP", "Alpha"]) == ["GraphDRP", "Uno", "Alpha", "Zeta"]
    assert sorted_datasets(["DEMO-B", "gCSI", "CCLE"]) == ["CCLE", "gCSI", "DEMO-B"]
    assert sorted_sizes(["LARGE", "own", "SMALL"]) == ["SMALL", "LARGE", "own"]


def test_seeds_are_ordered_by_number():
    found = runs(*(small_record(seed=seed) for seed in (10, 9, 1)))
    assert [run.seed for run in in_order(found)] == [1, 9, 10]


@pytest.mark.parametrize(
    ("dataset", "release", "synthetic"),
    [("DEMO-A", "demo-1", True), ("CCLE", "demo-1", True), ("DEMO-A", "x", True), ("CCLE", "real-mini", False)],
)
def test_synthetic_data_are_recognised(dataset, release, synthetic):
    assert is_synthetic(small_record(dataset=dataset, release=Release(name=release)).run) is synthetic


def test_collections_have_ids_for_anchors():
    found = {Collection.of(improve_record(source=Source(kind="improve", name=name)).run).id for name in ("a", "b")}
    assert len(found) == 2
    assert all(re.fullmatch(r"improve-improve-csa-[0-9a-f]{6}", name) for name in found)


def test_comparisons_between_records_are_flags():
    spaces = [[{"name": "learning_rate", "type": "float", "lower": 1e-6, "upper": upper}] for upper in (1e-2, 1e-3)]
    small, medium = (
        small_record(size=size, space=[*space, *REST]) for size, space in zip(("SMALL", "MEDIUM"), spaces, strict=True)
    )
    found = with_comparisons([small, medium])
    assert "space-differs-between-sizes" in {flag.flag for flag in found[small.key]}
    assert "space-differs-between-sizes" not in {flag.flag for flag in small.run.flags}


REST = (
    {"name": "batch_size", "type": "ordered", "element_type": "int", "values": [16, 32, 64, 128]},
    {"name": "dropout", "type": "float", "lower": 0.0, "upper": 0.5},
    {"name": "residual", "type": "logical"},
    {"name": "activation", "type": "categorical", "element_type": "string", "values": ["relu", "elu"]},
    {"name": "epochs", "type": "constant", "value": 5},
)


def test_notes_are_no_doubt():
    run = small_record(failures={3: Status.FAILED}).run
    assert [flag.flag for flag in run.flags] == ["failed-evaluations"]
    assert weighty(run.flags) == []
    assert not doubtful(run.flags)
    assert doubtful(improve_record(degenerate=True).run.flags)


def test_every_weight_has_words():
    assert [weight.label for weight in Weight] == [
        "puts the result in doubt",
        "limits the search or its comparison",
        "is worth knowing",
    ]


def test_evidence_is_one_short_line():
    text = evidence_text({"lines": [{"generation": 0, "wrong": {"mean": {"log": 0.123456}}}] * 50, "certain": False})
    assert len(text) <= 240
    assert "\n" not in text
    assert evidence_text({"certain": False, "share": 1 / 3, "axes": []}) == "certain: no; share: 0.3333"


def test_table_of_runs_counts_by_status():
    record = small_record(failures={2: Status.FAILED, 3: Status.OOM, 4: Status.DEGENERATE})
    row = tables.runs_table([record.run]).iloc[0]
    assert (row["evaluations"], row["ok"], row["degenerate"], row["failed"]) == (9, 6, 1, 2)
    assert row["idle_share"] == pytest.approx(0.25)


def test_metrics_have_null_for_what_is_unknown():
    found = tables.metrics([improve_record().run])
    assert found["IGTD"]["CCLE"]["MEDIUM"]["improve-2024-08-07"]["baseline"] is None


def test_best_table_has_one_row_a_pair():
    found = runs(small_record(seed=1), small_record(seed=2), small_record("LGBM"), improve_record())
    assert len(tables.best_table(found)) == 3


def test_hyperparameters_have_their_default_beside_them():
    run = small_record().run
    table = tables.hyperparameters_table([run]).set_index("hyperparameter")
    assert table.loc["learning_rate", "default"] == 0.0005
    assert table.loc["epochs", "value"] == 5
