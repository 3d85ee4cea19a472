"""A local web server that misbehaves as told."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Served:
    """A file and what the server does wrong with it.

    Attributes:
        content: Its bytes.
        drops: How many answers break off, each after ``drop_after`` bytes.
        errors: Statuses answered first, one a request.
        ranges: Whether Range is honoured.
        etag: Version; with ``None`` no version is sent.
        length: Whether the size is sent.
        headers: Further headers.
        stall: Seconds to wait before the body.
    """

    content: bytes
    drops: int = 0
    drop_after: int = 1000
    errors: list[int] = field(default_factory=list)
    ranges: bool = True
    etag: str | None = '"v1"'
    length: bool = True
    headers: dict[str, str] = field(default_factory=dict)
    stall: float = 0.0


@dataclass
class Server:
    """A running server.

    Attributes:
        url: Address, ending with a slash.
        files: What it serves, by path without the leading slash.
        requests: Path and Range header of each request so far.
    """

    url: str
    files: dict[str, Served]
    requests: list[tuple[str, str | None]] = field(default_factory=list)


@contextmanager
def serving(files: dict[str, Served]) -> Iterator[Server]:
    """Serve ``files`` on 127.0.0.1 within the block."""
    server = Server("", files)
    stop = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            self.close_connection = True
            name = self.path.lstrip("/")
            asked = self.headers.get("Range")
            server.requests.append((name, asked))
            served = files.get(name)
            if served is None or served.errors:
                status = served.errors.pop(0) if served else 404
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            start = self._start(served, asked)
            if start >= len(served.content) > 0:
                self.send_response(416)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            self._send(served, start)

        def _start(self, served: Served, asked: str | None) -> int:
            match = re.fullmatch(r"bytes=(\d+)-", asked or "")
            condition = self.headers.get("If-Range")
            if not match or not served.ranges or (condition is not None and condition != served.etag):
                return 0
            return int(match[1])

        def _send(self, served: Served, start: int) -> None:
            body = served.content[start:]
            self.send_response(206 if start else 200)
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(served.content) - 1}/{len(served.content)}")
            if served.length:
                self.send_header("Content-Length", str(len(body)))
            if served.etag:
                self.send_header("ETag", served.etag)
            for name, value in served.headers.items():
                self.send_header(name, value)
            self.end_headers()
            stop.wait(served.stall)
            if served.drops:
                served.drops -= 1
                body = body[: served.drop_after]
            self.wfile.write(body)

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.daemon_threads = True
    server.url = f"http://127.0.0.1:{httpd.server_address[1]}/"
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        stop.set()
        httpd.shutdown()
        thread.join()
        httpd.server_close()
