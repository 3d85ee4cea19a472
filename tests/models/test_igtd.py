"""IGTD as a model: features, determinism, and whether it learns."""

from __future__ import annotations

import numpy as np
import pytest

from hpo.data.csa import CsaData
from hpo.errors import BadData
from hpo.evaluation import Status
from hpo.models.base import Training
from hpo.models.references import reference_metrics
from hpo.models.registry import load
from tests.models.builders import SMILES, write_csa

QUICK = {"learning_rate": 1e-3, "batch_size": 32, "epochs": 2, "filters": 4, "dense_width": 50}


def write_with_descriptors(root, count):
    """The tiny data with ``count`` descriptors in all; those that matter are the strongest."""
    raw = write_csa(root)
    path = raw / "x_data" / "drug_mordred.tsv"
    rng = np.random.default_rng(5)
    header, *rows = path.read_text().splitlines()
    more = count - (len(header.split("\t")) - 1)
    lines = [header + "".join(f"\tmordred.E{i}" for i in range(more))]
    lines += [row + "".join(f"\t{value:.4f}" for value in rng.normal(scale=0.3, size=more)) for row in rows]
    path.write_bytes("".join(f"{line}\r\n" for line in lines).encode())
    return raw


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return CsaData(write_with_descriptors(tmp_path_factory.mktemp("igtd"), 60))


@pytest.fixture(scope="module")
def arrays(data):
    arrays = load("IGTD").prepare(data, "TINY", 0)
    for array in arrays.values():
        array.setflags(write=False)
    return arrays


def train(arrays, seed=1, test=False, compat=None, **changes):
    return load("IGTD", compat).train(QUICK | changes, arrays, Training(seed=seed), test=test)


def test_images_are_as_large_as_the_tables_allow(arrays):
    """130 genes make 11 x 11 pixels, 59 complete descriptors 7 x 7."""
    assert arrays["cells"].shape == (40, 11, 11)
    assert arrays["drugs"].shape == (len(SMILES), 7, 7)
    assert arrays["cells_layout"].shape == (11, 11)
    assert arrays["cells_errors"][-1] < arrays["cells_errors"][0]
    assert arrays["train_drug"].max() < len(SMILES)
    for table in ("cells", "drugs"):
        assert arrays[table].dtype == np.float32
        assert (arrays[table].min(), arrays[table].max()) == (0, 1)


def test_the_column_with_a_missing_value_is_no_pixel(data, arrays):
    """The builder leaves out one descriptor, the tenth, of one drug."""
    assert np.isnan(data.drug_table("mordred").to_numpy()).any(axis=0).nonzero()[0].tolist() == [9]
    assert 9 not in arrays["drugs_layout"]


def test_images_of_drugs_are_no_larger_than_those_of_cell_lines(tmp_path):
    arrays = load("IGTD").prepare(CsaData(write_with_descriptors(tmp_path, 200)), "TINY", 0)
    assert arrays["drugs"].shape[1:] == arrays["cells"].shape[1:] == (11, 11)


def test_the_same_data_give_the_same_images(data, arrays):
    again = load("IGTD").prepare(data, "TINY", 0)
    for name, array in arrays.items():
        np.testing.assert_array_equal(again[name], array, err_msg=name)


def test_too_few_descriptors_are_an_error(tiny_csa):
    with pytest.raises(BadData, match=r"drug_mordred.tsv: 9 columns are complete and vary.*needs 36"):
        load("IGTD").prepare(tiny_csa, "TINY", 0)


def test_published_images_come_from_all_parts(tmp_path):
    raw = write_with_descriptors(tmp_path, 60)
    # A cell line that only the test has.
    lines = (raw / "y_data" / "response.tsv").read_text().splitlines()[1:]
    alone = {row for row, line in enumerate(lines) if "ACH-000007" in line}
    for part in ("train", "val", "test"):
        path = raw / "splits" / f"TINY_split_0_{part}.txt"
        rows = {int(row) for row in path.read_text().split()}
        rows = rows | alone if part == "test" else rows - alone
        path.write_text("".join(f"{row}\n" for row in sorted(rows)))
    table = raw / "x_data" / "cancer_gene_expression.tsv"
    before = CsaData(raw)
    own, published = load("IGTD").prepare(before, "TINY", 0), load("IGTD", "hof").prepare(before, "TINY", 0)
    rows = table.read_bytes().split(b"\r\n")
    index = next(i for i, row in enumerate(rows) if row.startswith(b"ACH-000007"))
    name, *values = rows[index].split(b"\t")
    rows[index] = b"\t".join([name, *(b"%.4f" % (3 * float(value)) for value in values)])
    table.write_bytes(b"\r\n".join(rows))
    after = CsaData(raw)
    changed, published_changed = load("IGTD").prepare(after, "TINY", 0), load("IGTD", "hof").prepare(after, "TINY", 0)
    np.testing.assert_array_equal(own["cells_layout"], changed["cells_layout"])
    np.testing.assert_array_equal(np.delete(own["cells"], 7, 0), np.delete(changed["cells"], 7, 0))
    assert not np.array_equal(np.delete(published["cells"], 7, 0), np.delete(published_changed["cells"], 7, 0))


def test_the_same_seed_gives_the_same_result_bit_for_bit(arrays):
    first = train(arrays, test=True)
    assert first == train(arrays, test=True)
    assert first[0].status is Status.OK
    assert train(arrays, seed=2)[0].loss != first[0].loss


def test_it_learns(arrays):
    outcome, score = train(arrays, epochs=10, dropout=0.0, batch_size=16, test=True)
    assert outcome.loss < 0.7 * reference_metrics(arrays)["mean"]["mse"]
    assert score.metrics["test_mse"] < 0.8 * reference_metrics(arrays, "test")["mean"]["mse"]


def test_published_networks_begin_with_the_statistics_of_keras(arrays):
    assert train(arrays, compat="hof")[0].loss != train(arrays)[0].loss


def test_a_batch_of_one_row_trains(arrays):
    rows = len(arrays["train_auc"])
    assert train(arrays, batch_size=rows - 1, epochs=1)[0].status is Status.OK
    alone = {name: array[:1] if name.startswith("train_") else array for name, array in arrays.items()}
    assert train(alone, epochs=1)[0].status is Status.OK


def test_a_dead_head_is_degenerate_and_stopped_at_once(arrays):
    outcome, _ = train(arrays, learning_rate=3.0, epochs=60)
    assert outcome.status is Status.DEGENERATE
    assert outcome.epochs_run < 60
    assert outcome.message.startswith("constant output")


def test_weights_that_overflow_are_invalid(arrays):
    outcome, score = train(arrays, learning_rate=1e30, test=True)
    assert (outcome.status, outcome.loss, score) == (Status.INVALID, None, None)


def test_wrong_hyperparameters_are_refused(arrays):
    with pytest.raises(ValueError, match=r"momentum is no hyperparameter.*dropout must be a number"):
        load("IGTD").train({"momentum": 0.9, "dropout": 1.0}, arrays, Training(seed=1))
