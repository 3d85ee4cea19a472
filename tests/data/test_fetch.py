from __future__ import annotations

import fcntl
import hashlib
import json
import subprocess
from pathlib import Path

import pytest

import hpo.data.fetch as fetch_module
from hpo.data.csa import CsaData
from hpo.data.download import Limits
from hpo.data.fetch import BASE_URL, benchmark_files, fetch, matching
from hpo.errors import BadData, GaveUp, MissingInput, OwnedOrExists, UsageError
from tests.data.builders import write_csa
from tests.data.server import Served, serving

QUICK = Limits(attempts=3, timeout=5.0, backoff=0.01)
FILES = ("y_data/response.tsv", "x_data/drug_SMILES.tsv", "splits/CCLE_split_0_val.txt")


def served() -> dict[str, Served]:
    return {file: Served(file.encode() * 500, drops=2) for file in FILES}


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_the_benchmark_is_known() -> None:
    files = benchmark_files()
    assert len(files) == len(set(files)) == 1 + 13 + 5 + 150
    assert "splits/GDSCv2_split_9_test.txt" in files
    assert BASE_URL.startswith("https://")
    assert BASE_URL.endswith("/raw_data/")


def test_files_are_chosen_by_name_path_or_pattern() -> None:
    assert matching([]) == benchmark_files()
    assert matching(["response.tsv"]) == ("y_data/response.tsv",)
    assert len(matching(["x_data/drug_*", "gCSI_split_3_*"])) == 4 + 3
    with pytest.raises(UsageError, match=r"no file of the benchmark fits 'respons\.tsv'"):
        matching(["respons.tsv"])


def test_annotations_are_fetched_only_when_named() -> None:
    assert matching(["kegg_gene_sets.gmt"]) == ("annotations/kegg_gene_sets.gmt",)
    assert not any(file.startswith("annotations/") for file in (*matching([]), *matching(["x_data/*"])))


def test_annotations_come_from_their_own_address_and_with_a_mirror_from_there(tmp_path, monkeypatch) -> None:
    file = "annotations/kegg_gene_sets.gmt"
    own, mirror = Served(b"own\tx\tTP53\n"), Served(b"mirror\tx\tTP53\n")
    with serving({"geneset.gmt": own, file: mirror}) as server:
        monkeypatch.setattr(fetch_module, "direct_addresses", lambda: {file: server.url + "geneset.gmt"})
        fetch(tmp_path / "mirrored", [file], base_url=server.url, limits=QUICK)
        monkeypatch.setattr(fetch_module, "BASE_URL", server.url)
        fetch(tmp_path / "official", [file], base_url=server.url, limits=QUICK)
    assert (tmp_path / "mirrored/raw_data" / file).read_bytes() == mirror.content
    assert (tmp_path / "official/raw_data" / file).read_bytes() == own.content


def test_dropped_connections_don_t_hinder_a_fetch(tmp_path: Path) -> None:
    files = served()
    with serving(files) as server:
        done = fetch(tmp_path / "csa", FILES, base_url=server.url, limits=QUICK)
    for file in FILES:
        assert (tmp_path / "csa/raw_data" / file).read_bytes() == files[file].content
    assert [(result.file, result.status, result.verified) for result in done] == [
        (file, "fetched", False) for file in FILES
    ]
    assert not list(tmp_path.rglob("*.part*"))
    assert json.loads((tmp_path / "csa/raw_data/release.json").read_text()) == {
        "name": "improve-csa",
        "synthetic": False,
    }


def test_checksums_are_recorded_and_verified_later(tmp_path: Path) -> None:
    files = served()
    with serving(files) as server:
        fetch(tmp_path, FILES, base_url=server.url, limits=QUICK)
        subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=tmp_path, check=True)
        requests = len(server.requests)
        again = fetch(tmp_path, FILES, base_url=server.url, limits=QUICK)
        assert len(server.requests) == requests, "nothing is downloaded twice"
        assert all(result.status == "present" and result.verified for result in again)
        changed = tmp_path / "raw_data" / FILES[0]
        changed.write_bytes(b"changed")
        with pytest.raises(BadData, match=r"response\.tsv: SHA-256 is .*, expected is .*; remove it and run"):
            fetch(tmp_path, FILES, base_url=server.url, limits=QUICK)
        assert changed.read_bytes() == b"changed", "a file of the user's is not removed"
        changed.unlink()
        fetch(tmp_path, FILES, base_url=server.url, limits=QUICK)
        assert changed.read_bytes() == files[FILES[0]].content


def test_given_checksums_are_verified(tmp_path: Path) -> None:
    files = served()
    given = tmp_path / "sums"
    right = "".join(f"{sha256(files[file].content)}  ./raw_data/{file}\n" for file in FILES)
    given.write_text(right)
    with serving(files) as server:
        done = fetch(tmp_path / "right", FILES, base_url=server.url, checksums=given, limits=QUICK)
        assert all(result.verified for result in done)
        given.write_text(right.replace(sha256(files[FILES[1]].content), "0" * 64))
        with pytest.raises(BadData, match=r"drug_SMILES\.tsv: .*expected is 0{64}; it was removed"):
            fetch(tmp_path / "wrong", FILES, base_url=server.url, checksums=given, limits=QUICK)
    assert not (tmp_path / "wrong/raw_data" / FILES[1]).exists()
    assert (tmp_path / "wrong/raw_data" / FILES[2]).exists()
    assert "drug_SMILES" not in (tmp_path / "wrong/SHA256SUMS").read_text()


@pytest.mark.parametrize("line", ["abc", "0" * 64, f"{'0' * 64}  /etc/passwd", f"{'0' * 64}  ../x"])
def test_a_wrong_checksum_file_is_named(tmp_path: Path, line: str) -> None:
    given = tmp_path / "sums"
    given.write_text(f"{'1' * 64}  a\n{line}\n")
    with pytest.raises(BadData, match=r"sums: line 2: .*must be 64 hexadecimal digits"):
        fetch(tmp_path / "csa", FILES, base_url="http://127.0.0.1:9/", checksums=given)


def test_absent_files_are_named_together_after_the_rest_was_fetched(tmp_path: Path) -> None:
    files = served()
    del files[FILES[0]], files[FILES[1]]
    with serving(files) as server, pytest.raises(MissingInput) as caught:
        fetch(tmp_path, FILES, base_url=server.url, limits=QUICK)
    assert str(caught.value).count("HTTP 404") == 2
    assert (tmp_path / "raw_data" / FILES[2]).exists()


def test_what_arrived_before_the_server_died_counts(tmp_path: Path) -> None:
    files = served()
    files[FILES[1]].errors = [500] * 3
    with serving(files) as server:
        with pytest.raises(GaveUp):
            fetch(tmp_path, FILES, base_url=server.url, limits=QUICK)
        assert FILES[0] in (tmp_path / "SHA256SUMS").read_text()
        assert [result.status for result in fetch(tmp_path, FILES, base_url=server.url, limits=QUICK)] == [
            "present",
            "fetched",
            "fetched",
        ]


def test_two_fetches_into_one_folder_are_kept_apart(tmp_path: Path) -> None:
    with (tmp_path / ".fetch.lock").open("ab") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        with pytest.raises(OwnedOrExists, match="another process is fetching"):
            fetch(tmp_path, FILES, base_url="http://127.0.0.1:9/")


def test_a_fetched_folder_is_read_like_any_other(tmp_path: Path) -> None:
    source = write_csa(tmp_path / "source", splits={}, pairs={"CCLE": [("ACH-1", "Drug_1", 0.5)]})
    names = ("y_data/response.tsv", "x_data/drug_SMILES.tsv")
    with serving({name: Served((source / name).read_bytes()) for name in names}) as server:
        fetch(tmp_path / "csa", names, base_url=server.url, limits=QUICK)
    data = CsaData(tmp_path / "csa/raw_data")
    assert data.release_name.name == "improve-csa"
    assert data.datasets() == ("CCLE",)
