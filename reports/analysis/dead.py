"""Which evaluations are dead networks: own runs record it, in imports many configurations share one loss."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from hpo.archive.record import Record
from hpo.archive.schema import RunInfo
from hpo.evaluation import Status


def dead_rows(record: Record) -> np.ndarray:
    """Which rows of the record's table are dead networks, bool of shape (evaluations,).

    Own runs record it; in imports a dead network is one whose loss many different configurations share, and which is
    not the best of the run.
    """
    statuses = record.evaluations["status"].to_numpy(dtype=object, na_value="")
    dead = np.asarray(statuses == Status.DEGENERATE.value, dtype=bool)
    shared = shared_loss(record.run)
    if shared is None:
        return dead
    losses = record.evaluations["val_loss"].to_numpy(dtype=float, na_value=math.nan)
    return np.asarray(dead | (losses == shared))


def dead_told_apart(record: Record) -> pd.DataFrame:
    """The record's evaluations, with the status ``degenerate`` for every dead network, which imports call ``ok``."""
    dead = dead_rows(record)
    if not dead.any():
        return record.evaluations
    statuses = record.evaluations["status"].mask(dead, Status.DEGENERATE.value)
    return record.evaluations.assign(status=statuses)


def shared_loss(run: RunInfo) -> float | None:
    """The loss of dead networks in ``run`` as the flag ``plateau`` found it; ``None`` where there is none."""
    evidence = next((flag.evidence for flag in run.flags if flag.flag == "plateau"), None)
    loss = None if evidence is None else evidence.get("loss")
    if not isinstance(loss, int | float):
        return None
    best = None if run.best is None else run.best.val_loss
    everything_is_dead = any(flag.flag == "degenerate" for flag in run.flags)
    return float(loss) if everything_is_dead or best is None or loss > best else None
