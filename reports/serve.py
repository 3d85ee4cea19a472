"""A local web server for a built site, so that it can be looked at as it will be published."""

from __future__ import annotations

from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from hpo.errors import MissingInput, UsageError


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 — name of the overridden method
        pass

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-store")
        super().end_headers()


def make_server(folder: Path, port: int) -> ThreadingHTTPServer:
    """A server of ``folder`` on this machine only, not yet running; port 0 takes any free one.

    Raises:
        MissingInput: ``folder`` holds no site.
        UsageError: The port is taken.
    """
    if not (folder / "index.html").is_file():
        raise MissingInput(
            f"{folder}: no site there; `cross-hpo site build --archive hall_of_fame --out {folder}` makes one"
        )
    try:
        return ThreadingHTTPServer(("127.0.0.1", port), partial(_Quiet, directory=str(folder)))
    except OSError as error:
        raise UsageError(f"port {port} cannot be used ({error.strerror}); name another with --port") from error
