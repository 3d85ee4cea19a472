"""Checks the ``splits`` folder against the responses."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hpo.data.layout import PARTS, SOURCE, parse_all_file, parse_split_file
from hpo.data.problems import Problems
from hpo.data.splits import check_dataset, check_overlap, read_rows

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

Sizes = dict[str, dict[int, dict[str, int]]]
"""Rows by dataset, split and part; complete splits only."""


def check_splits(folder: Path, responses: pd.DataFrame, problems: Problems, warnings: Problems) -> Sizes:
    """Check every file of ``folder`` by itself, and the three parts of each split together."""
    sources = responses[SOURCE].to_numpy(object)
    datasets = list(dict.fromkeys(sources))
    sizes: Sizes = {}
    splits: dict[tuple[str, int], set[str]] = {}
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        parsed, listed = parse_split_file(path.name), parse_all_file(path.name)
        dataset = parsed[0] if parsed else listed
        if dataset is None:
            warnings.add(
                "unknown split file", f"{path}: no name such as CCLE_split_0_val.txt or CCLE_all.txt; not read"
            )
        elif dataset not in datasets:
            problems.add("split of no dataset", f"{path}: response.tsv has no responses of {dataset}")
        elif parsed:
            splits.setdefault((dataset, parsed[1]), set()).add(parsed[2])
        else:
            _check_all(path, dataset, sources, problems, warnings)
    for (dataset, split), parts in sorted(splits.items()):
        found = _check_split(folder, dataset, split, parts, sources, problems, warnings)
        if found:
            sizes.setdefault(dataset, {})[split] = found
    for dataset in datasets:
        if not any(name == dataset for name, _ in splits):
            warnings.add("no split", f"{folder}: no split of {dataset}, so nothing can be trained on it")
    return sizes


def _check_split(
    folder: Path,
    dataset: str,
    split: int,
    parts: set[str],
    sources: NDArray[np.object_],
    problems: Problems,
    warnings: Problems,
) -> dict[str, int]:
    """Sizes of the parts; empty if one is absent or wrong."""
    import numpy as np

    paths = {part: folder / f"{dataset}_split_{split}_{part}.txt" for part in PARTS}
    before = problems.count
    rows = {}
    for part in PARTS:
        if part not in parts:
            problems.add("part of a split", f"{paths[part]}: no such file; split {split} of {dataset} needs it")
            continue
        rows[paths[part]] = _read(paths[part], dataset, sources, problems)
    if problems.count > before:
        return {}
    check_overlap(rows, problems)
    used = len(np.unique(np.concatenate(list(rows.values()))))
    total = int((sources == dataset).sum())
    if used < total:
        warnings.add(
            "responses in no part",
            f"{folder}: {total - used:,} of {total:,} responses of {dataset} are in no part of split {split}",
        )
    for path, numbers in rows.items():
        if len(numbers) < 2:
            warnings.add("part of one row", f"{path}: one row; correlations over it are undefined")
    return {part: len(rows[paths[part]]) for part in PARTS}


def _check_all(path: Path, dataset: str, sources: NDArray[np.object_], problems: Problems, warnings: Problems) -> None:
    before = problems.count
    rows = _read(path, dataset, sources, problems)
    total = int((sources == dataset).sum())
    if problems.count == before and len(rows) < total:
        warnings.add("incomplete list", f"{path}: {len(rows):,} rows, but response.tsv has {total:,} of {dataset}")


def _read(path: Path, dataset: str, sources: NDArray[np.object_], problems: Problems) -> NDArray[np.int64]:
    before = problems.count
    rows = read_rows(path, len(sources), problems)
    if problems.count == before:
        check_dataset(rows, sources, dataset, path, problems)
    return rows
