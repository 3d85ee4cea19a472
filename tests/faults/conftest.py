"""Fixtures of the fault tests."""

from tests.execution.conftest import features

__all__ = ["features"]
