"""Downloads one file over HTTP so that no interruption costs what has arrived, and no half file gets its name.

Bytes go to ``<name>.part``; beside it ``<name>.part.json`` keeps the server's version of the file (ETag or date), so
that a later attempt continues only the same version (RFC 9110, sections 13.1.5 and 14.2).
"""

from __future__ import annotations

import http.client
import json
import os
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from hpo import __version__
from hpo.errors import GaveUp, MissingInput, StorageError, UsageError
from hpo.storage import flush_folder

CHUNK: Final = 1024 * 1024
SCHEMES: Final = ("http", "https")
_ABSENT: Final = frozenset({401, 403, 404, 410})
_TRY_AGAIN: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")

Progress = Callable[[int, int | None], None]
"""Called with the bytes that are there so far, and the size of the file if the server says it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How patient a download is.

    Attributes:
        attempts: Attempts in a row without a new byte before it gives up.
        timeout: Seconds to wait for the server.
        backoff: Seconds before the second attempt; doubled each time, at most a minute.
        max_bytes: Largest file that is accepted.
    """

    attempts: int = 6
    timeout: float = 60.0
    backoff: float = 1.0
    max_bytes: int = 16 * 1024**3


PATIENT: Final = Limits()
"""What a download over the internet needs."""


class _TryAgainError(Exception):
    """The attempt failed in a way that may pass; ``wait`` is what the server asked for, in seconds."""

    def __init__(self, message: str, wait: float = 0.0) -> None:
        super().__init__(message)
        self.wait = wait


def check_url(url: str) -> str:
    """Return ``url``.

    Raises:
        UsageError: It is no http or https address.
    """
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in SCHEMES or not parts.hostname:
        raise UsageError(f"{url!r:.200} is no address to download from; it must begin with http:// or https://")
    return url


def download(
    url: str,
    target: Path,
    *,
    limits: Limits = PATIENT,
    progress: Progress | None = None,
) -> None:
    """Download ``url`` as the file ``target``, continuing an earlier attempt where the server allows it.

    Raises:
        UsageError: ``url`` is no http or https address.
        MissingInput: The server has no such file, or does not hand it out.
        GaveUp: The server failed too often, or sent something else than a file.
        StorageError: Writing failed.
    """
    check_url(url)
    part = target.with_name(f"{target.name}.part")
    most, failures = -1, 0
    while True:
        try:
            _attempt(url, part, limits, progress or _untold)
            break
        except _TryAgainError as error:
            arrived = _size(part)
            failures = 0 if arrived > most >= 0 else failures + 1
            most = max(most, arrived)
            if failures >= limits.attempts:
                raise GaveUp(
                    f"{url}: {error} (tried {failures} times without progress)\n"
                    f"  {arrived:,} bytes are kept; the same command continues from there."
                ) from error
            time.sleep(max(min(limits.backoff * 2 ** max(failures - 1, 0), 60.0), min(error.wait, 300.0)))
    try:
        with part.open("rb") as stream:
            os.fsync(stream.fileno())
        part.replace(target)
        _note(part).unlink(missing_ok=True)
        flush_folder(target.parent)
    except OSError as error:
        raise StorageError(f"{target}: can't be written: {error.strerror or error}") from error


def _attempt(url: str, part: Path, limits: Limits, progress: Progress) -> None:
    """Fetch what is missing in ``part``; returns when it is complete."""
    note = _read_note(part)
    offset = _size(part) if note else 0
    if offset and offset == note.get("total"):
        return
    headers = {"User-Agent": f"cross-hpo/{__version__}", "Accept-Encoding": "identity"}
    if offset:
        headers["Range"] = f"bytes={offset}-"
        if note.get("version"):
            headers["If-Range"] = note["version"]
    try:
        request = urllib.request.Request(url, headers=headers)  # noqa: S310 - check_url allows http and https only
        response = _opener().open(request, timeout=limits.timeout)
    except urllib.error.HTTPError as error:
        raise _status_error(url, error, part, offset) from error
    except (OSError, http.client.HTTPException) as error:
        raise _TryAgainError(f"no answer: {_reason(error)}") from error
    with response:
        _check_kind(url, response)
        total = _total(response, offset, note, part)
        if total is not None and total > limits.max_bytes:
            raise GaveUp(f"{url}: {total:,} bytes, more than the {limits.max_bytes:,} that are accepted")
        if response.status != http.client.PARTIAL_CONTENT:
            offset = 0
            _write_note(part, response, total)
        _copy(url, response, part, offset, total, limits, progress)


def _copy(
    url: str, response: Any, part: Path, offset: int, total: int | None, limits: Limits, progress: Progress
) -> None:
    done = offset
    with _open(part, append=offset > 0) as stream:
        progress(done, total)
        while True:
            try:
                chunk = response.read1(CHUNK)
            except (OSError, http.client.HTTPException) as error:
                raise _TryAgainError(f"the connection broke after {done:,} bytes: {_reason(error)}") from error
            if not chunk:
                break
            done += len(chunk)
            if done > limits.max_bytes:
                raise GaveUp(f"{url}: more than the {limits.max_bytes:,} bytes that are accepted")
            try:
                stream.write(chunk)
            except OSError as error:
                raise StorageError(f"{part}: can't be written: {error.strerror or error}") from error
            progress(done, total)
    if total is not None and done != total:
        if done > total:
            _start_over(part)
        raise _TryAgainError(f"the connection ended after {done:,} of {total:,} bytes")


def _open(part: Path, *, append: bool) -> IO[bytes]:
    try:
        part.parent.mkdir(parents=True, exist_ok=True)
        return part.open("ab" if append else "wb", buffering=0)
    except OSError as error:
        raise StorageError(f"{part}: can't be written: {error.strerror or error}") from error


def _total(response: Any, offset: int, note: dict[str, Any], part: Path) -> int | None:
    """Size of the whole file, if the server says it; starts over if it continues something else."""
    if response.status != http.client.PARTIAL_CONTENT:
        length = response.headers.get("Content-Length", "")
        return int(length) if length.isdigit() else None
    match = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
    total = int(match[2]) if match and match[2] != "*" else None
    if match is None or int(match[1]) != offset or (note.get("total") not in (None, total)):
        _start_over(part)
        raise _TryAgainError("the server continued another file than the one begun; starting over")
    return total


def _check_kind(url: str, response: Any) -> None:
    if response.headers.get_content_type() == "text/html" and not url.endswith((".html", ".htm")):
        raise GaveUp(f"{url}: the server sent a web page instead of the file (a login page?)")
    encoding = response.headers.get("Content-Encoding", "identity")
    if encoding != "identity":
        raise GaveUp(f"{url}: the server sent the file compressed ({encoding!r:.40}), which was not asked for")


def _status_error(url: str, error: urllib.error.HTTPError, part: Path, offset: int) -> Exception:
    """What an HTTP error status means to the download."""
    text = f"HTTP {error.code} {error.reason}"
    error.close()
    if error.code in _ABSENT:
        return MissingInput(f"{url}: {text}")
    if error.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE and offset:
        _start_over(part)
        return _TryAgainError(text)
    if error.code in _TRY_AGAIN:
        wait = error.headers.get("Retry-After", "") if error.headers else ""
        return _TryAgainError(text, float(wait) if wait.isdigit() else 0.0)
    return GaveUp(f"{url}: {text}")


class _SafeRedirect(urllib.request.HTTPRedirectHandler):
    """Follows redirects to http and https only, and never from https back to http."""

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        scheme = urllib.parse.urlsplit(newurl).scheme
        if scheme not in SCHEMES or (req.type == "https" and scheme != "https"):
            raise GaveUp(f"{req.full_url}: redirects to {newurl!r:.200}, which is not followed")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener() -> urllib.request.OpenerDirector:
    """An opener that knows http and https and nothing else: no file, ftp or data addresses."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        _SafeRedirect(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    return opener


def _note(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")


def _read_note(part: Path) -> dict[str, Any]:
    """What is known of the file in ``part``; empty if that can't be trusted."""
    try:
        note = json.loads(_note(part).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return note if isinstance(note, dict) and (note.get("version") or note.get("total")) else {}


def _write_note(part: Path, response: Any, total: int | None) -> None:
    tag = response.headers.get("ETag", "")
    version = tag if tag and not tag.startswith("W/") else response.headers.get("Last-Modified")
    try:
        part.parent.mkdir(parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        _note(part).write_text(json.dumps({"version": version, "total": total}), encoding="utf-8")
    except OSError as error:
        raise StorageError(f"{part}: can't be written: {error.strerror or error}") from error


def _start_over(part: Path) -> None:
    part.unlink(missing_ok=True)
    _note(part).unlink(missing_ok=True)


def _size(part: Path) -> int:
    return part.stat().st_size if part.is_file() else 0


def _reason(error: Exception) -> str:
    return str(getattr(error, "reason", "")) or str(error) or type(error).__name__


def _untold(_done: int, _total: int | None) -> None:
    """The progress of a download that nobody watches."""
