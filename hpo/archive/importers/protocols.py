"""How the published losses came about, by model: what they may be compared with.

The losses are mean squared errors over the complete validation part of split 0 of one study, on the scale of the
target; PathDSP's is ``log10(auc + 0.01)``, so its losses compare with no other model's. Runs before 2024 predate
the benchmark of the project and don't say what they were fitted to.

Source: the models' training scripts of that time (IMPROVE project, March to September 2024).
"""

from __future__ import annotations

from typing import Final

from hpo.archive.schema import Protocol, Release

BENCHMARK_BEGINS: Final = "2024"
"""Year of the first run on the benchmark data."""

SPLIT: Final = 0

_BEST: Final = "the best epoch on validation"
_SELECTION: Final = {
    "Paccmann_MCA": "the last epoch up to 50 epochs, then the best on validation",
    "PathDSP": "the best epoch by the mean error of validation batches",
    "HiDRA": "none: the least validation loss of all epochs is reported",
    "LGBM": "the best number of trees on validation",
}
_LOG_TARGET: Final = frozenset({"PathDSP"})


def protocol_of(model: str, year: str | None) -> Protocol:
    """The protocol of a published run of ``model``.

    Args:
        model: Upstream's spelling.
        year: Year of the run, ``None`` if unknown.
    """
    if _is_early(year):
        return Protocol(
            name="improve-early", version=1, target="unknown", metric="unknown", selection="unknown", compat=None
        )
    is_log = model in _LOG_TARGET
    return Protocol(
        name="improve-hof-log10auc" if is_log else "improve-hof-auc",
        version=1,
        target="log10(auc + 0.01)" if is_log else "auc",
        metric="mse",
        selection=_SELECTION.get(model, _BEST),
        compat="hof",
    )


def release_of(year: str | None) -> tuple[Release, int | None]:
    """The release of the data and the split of a run of ``year``; both unknown for early runs."""
    if _is_early(year):
        return Release(name="unknown", digest=None), None
    return Release(name="improve-csa", digest=None), SPLIT


def _is_early(year: str | None) -> bool:
    return year is not None and year < BENCHMARK_BEGINS
