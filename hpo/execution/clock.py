"""The time as records tell it."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> str:
    """The time in UTC, ISO 8601 with milliseconds and ``Z``; for people, never for measuring."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def seconds_since(time: str) -> float:
    """Seconds since the moment ``time``, as :func:`utc_now` writes it; 0 if the clock was set back since."""
    then = datetime.fromisoformat(time.replace("Z", "+00:00"))
    return max(0.0, (datetime.now(UTC) - then).total_seconds())
