"""The order of models, datasets and sizes: the same cell at the same place in every table and figure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from hpo.sizes import SIZES

MODELS: Final = ("GraphDRP", "IGTD", "Paccmann_MCA", "PathDSP", "HiDRA", "LGBM", "DeepTTC", "Uno")
DATASETS: Final = ("CCLE", "CTRPv2", "gCSI", "GDSCv1", "GDSCv2")


def sorted_models(names: Iterable[str]) -> list[str]:
    """Distinct ``names``: the known models in their order, then the others by alphabet."""
    return _ordered(names, MODELS)


def sorted_datasets(names: Iterable[str]) -> list[str]:
    """Distinct ``names``: the known datasets in their order, then the others by alphabet."""
    return _ordered(names, DATASETS)


def sorted_sizes(names: Iterable[str]) -> list[str]:
    """Distinct ``names`` from small to large, then sizes of one's own by alphabet."""
    return _ordered(names, tuple(SIZES))


def run_order(model: str, dataset: str, size: str, run: str) -> tuple[object, ...]:
    """Sort key that puts runs in the order of the tables."""
    return (*_rank(model, MODELS), *_rank(dataset, DATASETS), *_rank(size, tuple(SIZES)), *_natural(run))


def _ordered(names: Iterable[str], known: Sequence[str]) -> list[str]:
    return sorted(set(names), key=lambda name: _rank(name, known))


def _rank(name: str, known: Sequence[str]) -> tuple[int, str]:
    return (known.index(name) if name in known else len(known), name)


def _natural(run: str) -> tuple[str, int]:
    stem = run.rstrip("0123456789")
    return stem, int(run[len(stem) :] or 0)
