from __future__ import annotations

import json
from pathlib import Path

import pytest

from hpo.data.download import Limits, check_url, download
from hpo.errors import GaveUp, MissingInput, StorageError, UsageError
from tests.data.server import Served, serving

QUICK = Limits(attempts=3, timeout=5.0, backoff=0.01)
CONTENT = bytes(range(256)) * 40


def test_a_file_arrives_whole(tmp_path: Path) -> None:
    told: list[tuple[int, int | None]] = []
    with serving({"a.tsv": Served(CONTENT)}) as server:
        download(server.url + "a.tsv", tmp_path / "deep/a.tsv", limits=QUICK, progress=lambda *now: told.append(now))
    assert (tmp_path / "deep/a.tsv").read_bytes() == CONTENT
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["a.tsv"]
    assert told[0] == (0, len(CONTENT))
    assert told[-1] == (len(CONTENT), len(CONTENT))


def test_dropped_connections_are_continued_where_they_broke(tmp_path: Path) -> None:
    with serving({"a.tsv": Served(CONTENT, drops=8)}) as server:
        download(server.url + "a.tsv", tmp_path / "a.tsv", limits=QUICK)
    assert (tmp_path / "a.tsv").read_bytes() == CONTENT
    assert [asked for _, asked in server.requests] == [None, *(f"bytes={1000 * n}-" for n in range(1, 9))]


def test_what_arrived_is_kept_for_the_next_command(tmp_path: Path) -> None:
    served = Served(CONTENT, drops=1, drop_after=4000)
    with serving({"a.tsv": served}) as server:
        served.errors = []
        with pytest.raises(GaveUp, match="ended after 4,000 of 10,240 bytes"):
            download(server.url + "a.tsv", tmp_path / "a.tsv", limits=Limits(attempts=1, backoff=0))
        assert (tmp_path / "a.tsv.part").stat().st_size == 4000
        assert not (tmp_path / "a.tsv").exists()
        download(server.url + "a.tsv", tmp_path / "a.tsv", limits=QUICK)
        assert server.requests[-1] == ("a.tsv", "bytes=4000-")
    assert (tmp_path / "a.tsv").read_bytes() == CONTENT


@pytest.mark.parametrize("etag", ['"v2"', None])
def test_another_version_is_not_glued_to_the_first(tmp_path: Path, etag: str | None) -> None:
    served = Served(CONTENT, drops=1, drop_after=4000)
    with serving({"a.tsv": served}) as server:
        with pytest.raises(GaveUp):
            download(server.url + "a.tsv", tmp_path / "a.tsv", limits=Limits(attempts=1))
        served.content, served.etag = CONTENT[::-1] + b"longer", etag
        download(server.url + "a.tsv", tmp_path / "a.tsv", limits=QUICK)
    assert (tmp_path / "a.tsv").read_bytes() == CONTENT[::-1] + b"longer"


def test_a_server_without_versions_is_continued_by_size(tmp_path: Path) -> None:
    served = Served(CONTENT, drops=2, etag=None)
    with serving({"a.tsv": served}) as server:
        download(server.url + "a.tsv", tmp_path / "a.tsv", limits=QUICK)
        assert server.requests[-1][1] == "bytes=2000-"
    assert (tmp_path / "a.tsv").read_bytes() == CONTENT


def test_a_server_that_ignores_ranges_starts_over(tmp_path: Path) -> None:
    with serving({"a.tsv": Served(CONTENT, drops=1, ranges=False)}) as server:
        download(server.url + "a.tsv", tmp_path / "a.tsv", limits=QUICK)
    assert (tmp_path / "a.tsv").read_bytes() == CONTENT


def test_a_server_that_never_gets_further_is_given_up(tmp_path: Path) -> None:
    with serving({"a.tsv": Served(CONTENT, drops=99, ranges=False)}) as server:
        with pytest.raises(GaveUp, match="3 times without progress") as caught:
            download(server.url + "a.tsv", tmp_path / "a.tsv", limits=QUICK)
        assert len(server.requests) < 8
    assert "1,000 bytes are kept; the same command continues from there" in str(caught.value)


def test_a_size_that_is_never_reached_is_given_up(tmp_path: Path) -> None:
    served = Served(CONTENT, length=False, headers={"Content-Length": str(len(CONTENT) + 5)})
    with serving({"a.tsv": served}) as server, pytest.raises(GaveUp):
        download(server.url + "a.tsv", tmp_path / "a.tsv", limits=QUICK)
    assert not (tmp_path / "a.tsv").exists()


def test_a_file_of_unknown_size_is_taken_as_it_comes(tmp_path: Path) -> None:
    with serving({"a.tsv": Served(CONTENT, length=False)}) as server:
        download(server.url + "a.tsv", tmp_path / "a.tsv", limits=QUICK)
    assert (tmp_path / "a.tsv").read_bytes() == CONTENT


def test_a_complete_part_is_not_downloaded_again(tmp_path: Path) -> None:
    (tmp_path / "a.tsv.part").write_bytes(CONTENT)
    (tmp_path / "a.tsv.part.json").write_text(json.dumps({"version": '"v1"', "total": len(CONTENT)}))
    with serving({"a.tsv": Served(CONTENT)}) as server:
        download(server.url + "a.tsv", tmp_path / "a.tsv", limits=QUICK)
        assert server.requests == []
    assert (tmp_path / "a.tsv").read_bytes() == CONTENT


@pytest.mark.parametrize("note", ["", "[]", "{}", "not json"])
def test_a_part_of_unknown_origin_is_not_trusted(tmp_path: Path, note: str) -> None:
    (tmp_path / "a.tsv.part").write_bytes(b"something else")
    (tmp_path / "a.tsv.part.json").write_text(note)
    with serving({"a.tsv": Served(CONTENT)}) as server:
        download(server.url + "a.tsv", tmp_path / "a.tsv", limits=QUICK)
    assert (tmp_path / "a.tsv").read_bytes() == CONTENT


def test_a_part_longer_than_the_file_starts_over(tmp_path: Path) -> None:
    (tmp_path / "a.tsv.part").write_bytes(CONTENT * 2)
    (tmp_path / "a.tsv.part.json").write_text('{"version": "\\"v1\\"", "total": null}')
    with serving({"a.tsv": Served(CONTENT)}) as server:
        download(server.url + "a.tsv", tmp_path / "a.tsv", limits=QUICK)
    assert (tmp_path / "a.tsv").read_bytes() == CONTENT


def test_passing_errors_of_the_server_are_waited_out(tmp_path: Path) -> None:
    with serving({"a.tsv": Served(CONTENT, errors=[500, 503])}) as server:
        download(server.url + "a.tsv", tmp_path / "a.tsv", limits=QUICK)
        assert len(server.requests) == 3
    assert (tmp_path / "a.tsv").read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("status", "error", "requests"),
    [(404, MissingInput, 1), (403, MissingInput, 1), (400, GaveUp, 1), (500, GaveUp, 3)],
)
def test_lasting_errors_end_it(tmp_path: Path, status: int, error: type[Exception], requests: int) -> None:
    with serving({"a.tsv": Served(CONTENT, errors=[status] * 9)}) as server:
        with pytest.raises(error, match=f"a.tsv: HTTP {status}"):
            download(server.url + "a.tsv", tmp_path / "a.tsv", limits=QUICK)
        assert len(server.requests) == requests
    assert list(tmp_path.iterdir()) == []


def test_a_silent_server_is_given_up(tmp_path: Path) -> None:
    with serving({"a.tsv": Served(CONTENT, stall=30)}) as server, pytest.raises(GaveUp, match="timed out"):
        download(server.url + "a.tsv", tmp_path / "a.tsv", limits=Limits(attempts=2, timeout=0.2, backoff=0))


def test_no_server_is_given_up(tmp_path: Path) -> None:
    with serving({}) as server:
        url = server.url
    with pytest.raises(GaveUp, match=r"no answer: .*refused"):
        download(url + "a.tsv", tmp_path / "a.tsv", limits=QUICK)


def test_large_files_are_refused(tmp_path: Path) -> None:
    for length in (True, False):
        with (
            serving({"a.tsv": Served(CONTENT, length=length)}) as server,
            pytest.raises(GaveUp, match="more than the 100"),
        ):
            download(server.url + "a.tsv", tmp_path / "a.tsv", limits=Limits(max_bytes=100))


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ({"Content-Type": "text/html; charset=utf-8"}, "sent a web page instead of the file"),
        ({"Content-Encoding": "gzip"}, "sent the file compressed"),
    ],
)
def test_what_is_not_the_file_is_refused(tmp_path: Path, headers: dict[str, str], message: str) -> None:
    with serving({"a.tsv": Served(CONTENT, headers=headers)}) as server, pytest.raises(GaveUp, match=message):
        download(server.url + "a.tsv", tmp_path / "a.tsv", limits=QUICK)
    assert not (tmp_path / "a.tsv").exists()


def test_only_http_is_spoken(tmp_path: Path) -> None:
    for url in ("file:///etc/passwd", "ftp://host/a", "http:///a", "data:,x", "a.tsv"):
        with pytest.raises(UsageError, match="must begin with http:// or https://"):
            check_url(url)
    with pytest.raises(UsageError):
        download("file:///etc/passwd", tmp_path / "a")


def test_a_target_that_can_not_be_written_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with serving({"a.tsv": Served(CONTENT)}) as server, pytest.raises(StorageError, match="can't be written"):
        download(server.url + "a.tsv", tmp_path / "file" / "a.tsv", limits=QUICK)
