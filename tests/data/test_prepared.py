from __future__ import annotations

import json
import multiprocessing
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hpo.data.csa import CsaData
from hpo.data.prepared import Prepared, features_for, open_prepared, prepare
from hpo.errors import BadData, Drift, MissingInput, OwnedOrExists, StorageError, UsageError
from hpo.storage import folder_digests
from tests.data.builders import ToyModel, write_csa, write_lines
from tests.shared_data import real_mini


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_csa(tmp_path / "raw_data")


@pytest.fixture
def prepared(root: Path, tmp_path: Path) -> Prepared:
    return prepare(ToyModel(), CsaData(root), "ONE", 0, tmp_path / "made" / "toy")


def test_what_was_prepared_is_opened_again(prepared: Prepared) -> None:
    again = open_prepared(prepared.path)
    assert (again.model, again.dataset, again.split, again.features_version) == ("Toy", "ONE", 0, 1)
    assert again.counts == {
        "train": 16, "val": 2, "test": 2, "dropped_train": 0, "dropped_val": 0, "dropped_test": 0
    }  # fmt: skip
    assert again.arrays["cells"].shape == (5, 4)
    assert again.arrays["train_cell"].tolist() == [0] * 4 + [1] * 4 + [2] * 4 + [3] * 4
    assert again.arrays["dropped_val"].shape == ()
    assert again.to_json() == prepared.to_json()
    assert again.digest == prepared.digest
    again.verify()


def test_it_says_what_it_was_made_from(root: Path, prepared: Prepared) -> None:
    content = json.loads((prepared.path / "prepared.json").read_text())
    assert content["schema"] == "cross-hpo/prepared/1"
    assert list(content["digests"]) == [
        "data/cancer_gene_expression.tsv",
        "data/drug_ecfp4_nbits512.tsv",
        "data/response.tsv",
        "split/ONE_split_0_test.txt",
        "split/ONE_split_0_train.txt",
        "split/ONE_split_0_val.txt",
    ]
    files = [*ToyModel.card.inputs, *(f"splits/ONE_split_0_{part}.txt" for part in ("train", "val", "test"))]
    assert content["release"]["digest"] == CsaData(root).release(files).digest
    assert str(root.parent) not in json.dumps(content), "no path of this machine"


def test_arrays_are_read_only_and_large_ones_mapped(prepared: Prepared) -> None:
    assert isinstance(prepared.arrays["padding"], np.memmap)
    for name, array in prepared.arrays.items():
        assert not array.flags.writeable, name


def test_the_same_inputs_give_the_same_bytes(root: Path, prepared: Prepared, tmp_path: Path) -> None:
    other = prepare(ToyModel(), CsaData(root), "ONE", 0, tmp_path / "other")
    assert folder_digests(other.path) == folder_digests(prepared.path)


def test_preparing_again_is_no_work_and_other_inputs_are_refused(root: Path, prepared: Prepared) -> None:
    class Unused(ToyModel):
        def prepare(self, data: CsaData, dataset: str, split: int) -> dict[str, Any]:
            raise AssertionError("was prepared already")

    before = folder_digests(prepared.path)
    assert prepare(Unused(), CsaData(root), "ONE", 0, prepared.path).key == prepared.key
    with pytest.raises(OwnedOrExists, match="holds features of Toy on ONE, split 0, from other inputs"):
        prepare(ToyModel(), CsaData(root), "TWO", 0, prepared.path)
    assert folder_digests(prepared.path) == before


def test_rows_without_features_are_counted(root: Path, tmp_path: Path) -> None:
    path = root / "x_data/cancer_gene_expression.tsv"
    write_lines(path, [line for line in path.read_text().splitlines() if not line.startswith("ACH-1")])
    counts = prepare(ToyModel(), CsaData(root), "ONE", 0, tmp_path / "out").counts
    assert (counts["train"], counts["dropped_train"]) == (12, 4)


def test_a_part_without_rows_is_an_error_and_leaves_nothing(root: Path, tmp_path: Path) -> None:
    path = root / "x_data/cancer_gene_expression.tsv"
    write_lines(path, [line for line in path.read_text().splitlines() if not line.startswith("ACH-5")])
    with pytest.raises(BadData, match="ONE, split 0: no response of the val part has features"):
        prepare(ToyModel(), CsaData(root), "ONE", 0, tmp_path / "out")
    assert sorted(item.name for item in tmp_path.iterdir()) == ["raw_data"]


def test_parts_that_overlap_are_refused(root: Path, tmp_path: Path) -> None:
    write_lines(root / "splits/ONE_split_0_test.txt", ["16", "18"])
    with pytest.raises(BadData, match="share 1 rows"):
        prepare(ToyModel(), CsaData(root), "ONE", 0, tmp_path / "out")


def test_a_model_that_fails_leaves_nothing(root: Path, tmp_path: Path) -> None:
    class Failing(ToyModel):
        def prepare(self, data: CsaData, dataset: str, split: int) -> dict[str, Any]:
            return {**super().prepare(data, dataset, split), "words": np.array([None])}

    with pytest.raises(ValueError, match="array words holds Python objects"):
        prepare(Failing(), CsaData(root), "ONE", 0, tmp_path / "out")
    assert sorted(item.name for item in tmp_path.iterdir()) == ["raw_data"]


def test_a_model_must_name_what_it_reads_and_write_all_pairs(root: Path, tmp_path: Path) -> None:
    class Curious(ToyModel):
        def prepare(self, data: CsaData, dataset: str, split: int) -> dict[str, Any]:
            data.smiles()
            return super().prepare(data, dataset, split)

    class Forgetful(ToyModel):
        def prepare(self, data: CsaData, dataset: str, split: int) -> dict[str, Any]:
            arrays = super().prepare(data, dataset, split)
            return {name: array for name, array in arrays.items() if name != "val_drug"}

    with pytest.raises(ValueError, match=r"Toy reads \['x_data/drug_SMILES.tsv'\], which its card does not name"):
        prepare(Curious(), CsaData(root), "ONE", 0, tmp_path / "out")
    with pytest.raises(ValueError, match="val_"):
        prepare(Forgetful(), CsaData(root), "ONE", 0, tmp_path / "out")


@pytest.mark.parametrize(("dataset", "message"), [("THREE", "no dataset 'THREE'"), ("../ONE", "no valid name")])
def test_unknown_datasets(root: Path, tmp_path: Path, dataset: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        prepare(ToyModel(), CsaData(root), dataset, 0, tmp_path / "out")
    with pytest.raises(UsageError, match="has no split 5"):
        prepare(ToyModel(), CsaData(root), "ONE", 5, tmp_path / "out")


def test_a_folder_that_can_not_be_made_is_a_storage_error(root: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="can't be written"):
        prepare(ToyModel(), CsaData(root), "ONE", 0, tmp_path / "file" / "out")


def test_raw_data_are_prepared_into_the_cache_once(root: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    first = features_for(ToyModel(), root, "ONE", 0, cache)
    assert first.path.name == f"Toy-ONE-split0-{first.key[:12]}"
    stamp = (first.path / "prepared.json").stat().st_mtime_ns
    again = features_for(ToyModel(), root, "ONE", 0, cache)
    assert (again.path, again.key) == (first.path, first.key)
    assert (first.path / "prepared.json").stat().st_mtime_ns == stamp
    write_lines(root / "splits/ONE_split_0_val.txt", ["17", "16"])
    assert features_for(ToyModel(), root, "ONE", 0, cache).key != first.key
    assert features_for(ToyModel(), root, "ONE", 0, cache, release="mine").release.name == "mine"
    assert len(list(cache.iterdir())) == 3


def test_prepared_folders_must_fit(prepared: Prepared, tmp_path: Path) -> None:
    assert features_for(ToyModel(), prepared.path, "ONE", 0, tmp_path / "cache").key == prepared.key
    assert not (tmp_path / "cache").exists()
    with pytest.raises(UsageError, match="was prepared for dataset ONE, not TWO; split 0, not 1"):
        features_for(ToyModel(), prepared.path, "TWO", 1, tmp_path / "cache")

    class Newer(ToyModel):
        features_version = 2

    with pytest.raises(Drift, match="by version 1 of Toy's features, which are now at version 2"):
        features_for(Newer(), prepared.path, "ONE", 0, tmp_path / "cache")


def test_damage_is_found_when_opening(prepared: Prepared) -> None:
    path = prepared.path / "cells.npy"
    content = path.read_bytes()
    path.write_bytes(content[:-1])
    with pytest.raises(BadData, match=r"cells\.npy: 207 bytes, recorded are 208"):
        open_prepared(prepared.path)
    path.write_bytes(content[:-1] + b"\x01")
    with pytest.raises(BadData, match=r"cells\.npy: changed since it was prepared"):
        open_prepared(prepared.path).verify()
    path.unlink()
    with pytest.raises(MissingInput, match=r"cells\.npy: no such file"):
        open_prepared(prepared.path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema": "cross-hpo/prepared/9"}, "schema is 'cross-hpo/prepared/9'"),
        ({"arrays": {"../cells": {}}}, "no valid name of an array"),
        ({"arrays": None}, "prepared.json: .*prepare again"),
        ({"counts": {"train": "many"}}, "prepared.json: .*prepare again"),
        ({"release": {}}, "prepared.json: .*prepare again"),
    ],
)
def test_a_wrong_description_is_named(prepared: Prepared, change: dict[str, Any], message: str) -> None:
    manifest = prepared.path / "prepared.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), **change}))
    with pytest.raises(BadData, match=message):
        open_prepared(prepared.path)


def test_pickles_are_never_loaded(prepared: Prepared) -> None:
    manifest = prepared.path / "prepared.json"
    content = json.loads(manifest.read_text())
    np.save(prepared.path / "cells.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    content["arrays"]["cells"]["bytes"] = (prepared.path / "cells.npy").stat().st_size
    manifest.write_text(json.dumps(content))
    with pytest.raises(BadData, match=r"cells\.npy: no array"):
        open_prepared(prepared.path)


def _prepare_when_told(root: Path, cache: Path, gate: Any, results: Any) -> None:
    gate.wait()
    results.put(str(features_for(ToyModel(), root, "ONE", 0, cache).path))


@pytest.mark.slow
def test_of_two_processes_one_wins_and_the_other_uses_it(root: Path, tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    gate, results = context.Barrier(2), context.Queue()
    workers = [
        context.Process(target=_prepare_when_told, args=(root, tmp_path / "cache", gate, results)) for _ in range(2)
    ]
    for worker in workers:
        worker.start()
    paths = {results.get(timeout=60) for _ in workers}
    for worker in workers:
        worker.join()
    assert len(paths) == 1
    assert len(list((tmp_path / "cache").iterdir())) == 1


def test_opening_takes_milliseconds(prepared: Prepared) -> None:
    best = min(_seconds(prepared.path) for _ in range(5))
    assert best < 0.05


def _seconds(path: Path) -> float:
    started = time.perf_counter()
    open_prepared(path)
    return time.perf_counter() - started


@pytest.mark.shared_data
def test_real_measurements_are_prepared(tmp_path: Path) -> None:
    found = features_for(ToyModel(), real_mini(), "gCSI", 0, tmp_path / "cache")
    assert (found.counts["train"], found.counts["val"], found.counts["test"]) == (3611, 451, 451)
    assert found.release.name == "local"
