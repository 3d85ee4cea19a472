"""What changes when a model reproduces the published searches, and what does not."""

from __future__ import annotations

import numpy as np
import pytest

from hpo.archive.importers.protocols import protocol_of
from hpo.archive.schema import Protocol
from hpo.data.csa import CsaData
from hpo.errors import UsageError
from hpo.execution.plan import Request, make_plan
from hpo.models.base import Training
from hpo.models.features import rows_of_parts
from hpo.models.registry import load, names, space_folder
from hpo.space import read_space
from tests.models.builders import write_csa
from tests.models.foreign import Foreign

REPRODUCED = [name for name in names() if "hof" in load(name).compats]


@pytest.mark.parametrize("name", REPRODUCED)
def test_a_reproduction_carries_the_protocol_of_the_published_runs(name):
    model = load(name, "hof")
    assert Protocol(**model.protocol(), compat=model.compat) == protocol_of(name, "2024")


@pytest.mark.parametrize("name", names())
def test_a_model_as_it_should_be_carries_another_protocol(name):
    protocol = load(name).protocol()
    assert (protocol["name"], protocol["target"], protocol["metric"]) == ("auc-mse", "auc", "mse")
    assert protocol["name"] != protocol_of(name, "2024").name


def test_a_model_without_published_behaviour_refuses_to_reproduce_it():
    with pytest.raises(UsageError, match="knows no behaviour 'hof'"):
        Foreign("hof")


@pytest.fixture(scope="module")
def unseen_cells(tmp_path_factory) -> CsaData:
    """Data with cell lines and drugs that validation has and training has not, and others that only the test has."""
    raw = write_csa(tmp_path_factory.mktemp("unseen"))
    lines = (raw / "y_data" / "response.tsv").read_text().splitlines()[1:]
    pairs = [line.split("\t")[1:3] for line in lines]

    def part(cell: str, drug: str) -> str:
        if cell > "ACH-000036" or drug == "Drug_8":
            return "test"
        return "val" if cell > "ACH-000030" or drug == "Drug_7" else "train"

    for name in ("train", "val", "test"):
        rows = [str(row) for row, pair in enumerate(pairs) if part(*pair) == name]
        (raw / "splits" / f"TINY_split_0_{name}.txt").write_text("\n".join(rows) + "\n")
    return CsaData(raw)


@pytest.mark.parametrize(("name", "tables"), [("LGBM", ["cells", "drugs"]), ("GraphDRP", ["cells"])])
def test_published_scales_come_from_training_and_validation(unseen_cells, name, tables):
    own, published = (load(name, compat).prepare(unseen_cells, "TINY", 0) for compat in (None, "hof"))
    assert own.keys() == published.keys()
    for key in own.keys() - set(tables):
        np.testing.assert_array_equal(own[key], published[key])
    for key in tables:
        assert not np.array_equal(own[key], published[key])
        for arrays, parts in ((own, ("train",)), (published, ("train", "val"))):
            scaled = arrays[key][np.unique(rows_of_parts(arrays, key.removesuffix("s"), parts))].astype(np.float64)
            np.testing.assert_allclose(np.nanmean(scaled, axis=0), 0, atol=1e-5)
            np.testing.assert_allclose(np.nanstd(scaled, axis=0), 1, atol=1e-5)


def test_trees_hardly_care_about_scales(unseen_cells):
    quick = {"min_child_samples": 5, "num_leaves": 7, "n_estimators": 60, "early_stopping_rounds": 20}
    losses = [
        model.train(quick, model.prepare(unseen_cells, "TINY", 0), Training(seed=1))[0].loss
        for model in (load("LGBM"), load("LGBM", "hof"))
    ]
    assert losses[0] == pytest.approx(losses[1], rel=0.05)


@pytest.mark.parametrize("name", ["LGBM", "Uno"])
def test_a_search_that_reproduces_published_runs_searches_what_they_searched(tiny_csa, name, tmp_path):
    def plan(compat):
        request = Request(name, "TINY", "SMALL", "ga", "default", 1, 0, tiny_csa.root, compat=compat)
        return make_plan(request, tmp_path)

    published, own = plan("hof"), plan(None)
    spec = published.spec
    assert spec.space == read_space(space_folder() / f"{name}.hof.json").to_json() != own.spec.space
    defaults = load(name, "hof").defaults
    assert spec.baseline == {axis: defaults[axis] for axis in spec.baseline}
    assert spec.protocol["compat"] == published.features.compat == "hof"
    assert (own.spec.protocol.get("compat"), own.features.compat) == (None, None)
