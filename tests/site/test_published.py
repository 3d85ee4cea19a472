"""The site of the published Hall of Fame: nothing is lost between its files and the pages."""

from __future__ import annotations

import html
import json

import pandas as pd
import pytest

from hpo.archive.importers.improve import import_hall_of_fame
from reports.build import build_site
from reports.check import check_site
from reports.html import default_project
from tests.shared_data import improve_hall_of_fame

pytestmark = [pytest.mark.slow, pytest.mark.shared_data, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    source = improve_hall_of_fame()
    folder = tmp_path_factory.mktemp("published")
    report = import_hall_of_fame(source, folder / "hall_of_fame")
    build_site(folder / "hall_of_fame", folder / "html", work=folder / "work", project=default_project(), workers=2)
    return report, folder


def test_the_site_is_sound(published):
    _, folder = published
    assert check_site(folder / "html") == []


def test_every_imported_evaluation_is_in_the_table(published):
    report, folder = published
    table = pd.read_csv(folder / "html/data/evaluations.csv", low_memory=False)
    assert len(table) == report.totals()["evaluations"]


def test_a_published_optimum_is_on_the_models_page(published):
    _, folder = published
    (record,) = (folder / "hall_of_fame/IGTD/gCSI/MEDIUM").iterdir()
    best = json.loads((record / "best.json").read_text())["best"]
    page = (folder / "html/runs/IGTD/gCSI/MEDIUM" / record.name / "index.html").read_text()
    assert repr(best["hyperparameters"]["learning_rate"]) in page
    assert "IGTD" in (folder / "html/models/IGTD/index.html").read_text()


def test_the_optima_are_the_published_ones_and_dead_searches_have_none(published):
    _, folder = published
    document = json.loads((folder / "html/optimum/optimum.json").read_text())
    found = {(one["model"], one["dataset"], one["size"]): one for one in document["optima"]}
    (record,) = (folder / "hall_of_fame/IGTD/GDSCv2/LARGE").iterdir()
    best = json.loads((record / "best.json").read_text())["best"]
    one = found["IGTD", "GDSCv2", "LARGE"]
    assert one["val_loss"] == best["val_loss"]
    assert one["hyperparameters"]["learning_rate"] == best["hyperparameters"]["learning_rate"]
    assert one["lowest_of_pair"]
    assert not any(key[:2] == ("GraphDRP", "GDSCv1") for key in found)
    page = (folder / "html/optimum/index.html").read_text()
    assert page.index("IGTD on improve-csa") < page.index("GraphDRP on improve-csa")


def test_which_published_optima_move_with_the_dataset_is_told_with_its_doubts(published):
    _, folder = published
    moving = pd.read_csv(folder / "html/data/movement.csv").set_index(["model", "hyperparameter"])
    rate = moving.loc[("IGTD", "learning_rate")]
    assert rate["datasets"] == "CCLE CTRPv2 gCSI GDSCv1 GDSCv2"
    assert 1e-6 < rate["common_low"] < rate["common_high"] < 1e-3
    dropout = moving.loc[("IGTD", "dropout")]
    assert pd.isna(dropout["common_low"])
    assert "CCLE" in dropout["few"]


def test_transfer_is_estimated_with_its_quality_or_refused(published):
    _, folder = published
    table = pd.read_csv(folder / "html/data/transfer_estimate.csv").set_index(["model", "optimum_of", "dataset"])
    refused = table.loc[("IGTD", "CCLE", "CTRPv2")]
    assert pd.isna(refused["regret"])
    assert "too poorly" in refused["refusal"]
    assert refused["r2"] < 0.3
    told = table.loc[("IGTD", "GDSCv2", "CCLE")]
    assert told["regret"] > 0.2
    assert told["clear"]
    assert told["better_rank"] < 0.4, "nearly blind among good settings"
    one_axis = table.loc["LGBM"]
    assert one_axis["r2"].min() > 0.9
    assert not one_axis["clear"].any()
    assert "dead networks only" in table.loc[("GraphDRP", "CCLE", "GDSCv1"), "refusal"]
    assert "estimate" in (folder / "html/transfer/index.html").read_text()


def test_dead_searches_have_no_best(published):
    _, folder = published
    runs = pd.read_csv(folder / "html/data/runs.csv").set_index("key")
    dead = runs[runs["flags"].str.contains("degenerate")]
    assert len(dead) == 5
    assert dead["best"].isna().all()


def test_losses_of_different_targets_are_not_ranked_together(published):
    _, folder = published
    best = pd.read_csv(folder / "html/data/best.csv")
    assert not best.loc[best["model"] == "PathDSP", "lowest_on_dataset"].any()
    assert best.loc[best["lowest_on_dataset"], "dataset"].is_unique


def test_the_published_aggregate_is_reproduced_with_the_others_beside_it(published):
    _, folder = published
    summary = pd.read_csv(folder / "html/data/improvement_summary.csv")
    chosen = summary[summary["published_selection"]].set_index("definition")
    assert chosen.loc["worst_to_best", "runs"] == 24
    assert chosen.loc["worst_to_best", "mean"] == pytest.approx(56.37, abs=0.005)
    assert 0 < chosen.loc["first_best_to_best", "mean"] < 5
    page = (folder / "html/improvement/index.html").read_text()
    assert "the mean is 56.37 %" in page
    assert "which its authors do not state" in page


VERDICTS = {
    "aggregate-improvement": "supported",
    "lgbm-lowest": "contradicted",
    "igtd-gcsi-improves": "supported",
    "paccmann-gcsi-improves": "not testable",
    "pathdsp-ccle-plateaus": "contradicted",
    "hidra-ccle-plateaus": "supported",
    "plateau-means-overfitting": "not testable",
    "search-beats-random": "not testable",
    "deepttc-over-default": "not testable",
    "deepttc-over-random": "not testable",
    "optima-differ": "not testable",
    "tailoring-beats-uniform": "not testable",
    "six-models-five-datasets": "supported",
    "sizes-set-the-budget": "contradicted",
    "supervisor-made-them": "not testable",
    "ranges-as-declared": "contradicted",
    "archive-is-complete": "contradicted",
}
"""By the reading that decides, of the records as they are imported, without a replay."""


def test_claims_about_the_published_results_are_judged(published):
    _, folder = published
    readings = pd.read_csv(folder / "html/data/claims.csv")
    first = readings[readings["reading"] == 1].set_index("claim")["verdict"]
    assert first.to_dict() == VERDICTS
    # Of all definitions of improvement, the two from the worst evaluation on give the published number.
    improvement = readings[readings["claim"] == "aggregate-improvement"].set_index("reading")["verdict"]
    assert improvement.tolist() == ["supported"] * 2 + ["contradicted"] * 4 + ["not testable"]
    left_out = readings[readings["claim"] == "lgbm-lowest"]["reason"]
    assert left_out.str.contains("left out: PathDSP").all()
    page = html.unescape((folder / "html/claims/index.html").read_text())
    assert all(f'id="claim-{name}"' in page for name in VERDICTS)


def test_imports_that_nobody_replayed_are_called_that(published):
    _, folder = published
    runs = pd.read_csv(folder / "html/data/runs.csv")
    page = html.unescape((folder / "html/audit/index.html").read_text())
    assert f"none of {len(runs)} replayed yet" in page


def test_noise_is_known_from_repeats_where_there_are_some(published):
    _, folder = published
    noise = pd.read_csv(folder / "html/data/noise.csv").set_index(["model", "dataset"])
    assert noise.loc[("HiDRA", "CCLE"), "basis"] == "run"
    assert 0.05 < noise.loc[("HiDRA", "CCLE"), "noise"] < 0.1
    assert noise.loc[("Paccmann_MCA", "gCSI"), "basis"] == "model"
    assert noise.loc[("LGBM", "CCLE"), "noise"] == 0.001


def test_no_private_path_is_published(published):
    _, folder = published
    guides = folder / "html" / "guides"
    for path in (folder / "html").rglob("*"):
        # Guides name the file systems of a site; the index of the search holds what is on the pages.
        if path.is_relative_to(guides) or path.stem == "search_index":
            continue
        if path.suffix in (".html", ".csv", ".json"):
            content = path.read_text(encoding="utf-8")
            assert not any(place in content for place in ("/home/", "/homes/", "/lambda_stor", "/eagle/", "/lus/"))
