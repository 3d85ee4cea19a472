"""Optuna without its log lines and warnings, for as long as it is called and no longer."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def optuna_quiet() -> Iterator[None]:
    """Within the block Optuna says nothing but errors; afterwards everything is as before."""
    logger = logging.getLogger("optuna")
    level = logger.level
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            logger.setLevel(level)
