"""Paccmann_MCA as a model: features, determinism, and published behaviour."""

from __future__ import annotations

import numpy as np
import pytest

from hpo.data.csa import CsaData
from hpo.data.landmark import landmark_symbols
from hpo.errors import BadData
from hpo.evaluation import Status
from hpo.models.base import Training
from hpo.models.paccmann.tokens import FIXED, GENES_FILE, TOKENS_FILE, UNKNOWN, VARIANTS
from hpo.models.references import reference_metrics
from hpo.models.registry import load
from tests.models.builders import SMILES, write_csa
from tests.models.conftest import read_only

QUICK = {
    "learning_rate": 1e-3,
    "batch_size": 64,
    "epochs": 2,
    "embedding_size": 4,
    "filters": 4,
    "heads": 1,
    "attention_size": 8,
}


@pytest.fixture(scope="module")
def arrays(tiny_csa):
    return read_only(load("Paccmann_MCA").prepare(tiny_csa, "TINY", 0))


def train(arrays, seed=1, test=False, compat=None, **changes):
    return load("Paccmann_MCA", compat).train(QUICK | changes, arrays, Training(seed=seed), test=test)


def test_prepared_arrays_fit_together(arrays):
    assert arrays["cells"].shape == (40, 130)
    assert arrays["cells"].mean() > 5  # expression as it is
    assert arrays["tokens"].shape[:2] == arrays["token_count"].shape == (len(SMILES), 1 + VARIANTS)
    assert arrays["tokens"].max() == arrays["vocabulary"] - 1
    assert (str(arrays["genes_from"]), str(arrays["tokens_from"])) == ("landmark genes", "drugs of the training part")


@pytest.fixture
def listed(tmp_path):
    raw = write_csa(tmp_path)
    (raw / "annotations").mkdir()
    (raw / GENES_FILE).write_text("\n".join(["ABSENT", *reversed(landmark_symbols()[:20])]) + "\n")
    (raw / TOKENS_FILE).write_text("\n".join([*FIXED, "C", "c"]) + "\n")
    return raw


def test_the_originals_lists_are_used_where_they_are(listed):
    arrays = load("Paccmann_MCA").prepare(CsaData(listed), "TINY", 0)
    assert arrays["cells"].shape == (40, 20)
    assert arrays["vocabulary"] == len(FIXED) + 2
    assert UNKNOWN in arrays["tokens"]
    assert (str(arrays["genes_from"]), str(arrays["tokens_from"])) == (GENES_FILE, TOKENS_FILE)
    published = load("Paccmann_MCA", "hof").prepare(CsaData(listed), "TINY", 0)
    assert (published["cells"][:, 0] == 0).all()
    np.testing.assert_array_equal(published["cells"][:, 1:], arrays["cells"])


def test_a_gene_list_of_another_kind_is_an_error(listed):
    (listed / GENES_FILE).write_text("ENSG1\nENSG2\n")
    with pytest.raises(BadData, match="none of its 2 genes is in the expression table"):
        load("Paccmann_MCA").prepare(CsaData(listed), "TINY", 0)


def test_the_same_seed_gives_the_same_result_bit_for_bit(arrays):
    first = train(arrays, test=True, epochs=1)
    assert first == train(arrays, test=True, epochs=1)
    assert first[0].status is Status.OK
    assert train(arrays, seed=2, epochs=1)[0].loss != first[0].loss


def test_drugs_are_written_in_other_ways_only_if_asked(arrays):
    once = dict(arrays)
    once["tokens"], once["token_count"] = arrays["tokens"][:, :1], arrays["token_count"][:, :1]
    assert train(arrays, augment=False) == train(once, augment=False)
    assert train(arrays, augment=True)[0].loss != train(arrays, augment=False)[0].loss


def test_weights_that_overflow_are_stopped_at_once(arrays):
    outcome, score = train(arrays, learning_rate=1e30, epochs=50, test=True)
    assert outcome.status in (Status.INVALID, Status.DEGENERATE)
    assert outcome.epochs_run < 4
    assert score is None or outcome.status is Status.DEGENERATE


def test_a_last_batch_of_one_response_is_no_problem(arrays):
    outcome, _ = train(arrays, batch_size=len(arrays["train_auc"]) - 1, epochs=1)
    assert outcome.status is Status.OK


def test_published_behaviour_scores_the_latest_epoch(arrays):
    """A rate so high that later epochs are worse: ours goes back to the best."""
    worse = {"learning_rate": 0.01, "epochs": 6, "patience": 6}
    best, latest = train(arrays, **worse)[0], train(arrays, compat="hof", **worse)[0]
    assert latest.best_epoch == latest.epochs_run == 6
    assert best.best_epoch < 6
    assert best.loss < latest.loss
    assert load("Paccmann_MCA", "hof").protocol()["selection"].startswith("the last epoch up to 50 epochs")


def test_it_learns_what_it_is_shown(arrays):
    """On the training part itself: forty cell lines are too few to learn what carries over to others."""
    shown = dict(arrays, **{f"val_{kind}": arrays[f"train_{kind}"] for kind in ("cell", "drug", "auc")})
    outcome, _ = train(shown, epochs=12, patience=12, batch_size=32, dropout=0.0, learning_rate=3e-3)
    assert outcome.loss < 0.7 * reference_metrics(shown, "train")["mean"]["mse"]
