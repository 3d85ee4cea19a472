"""Which pairs of cell line and drug a model fits and scores: by files of its preprocessing, or by the split.

Preprocessing leaves out responses whose features are missing, so losses of two models may be over different rows.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from hpo.data.layout import DRUG, PARTS, SAMPLE, TARGET
from hpo.errors import BadData

if TYPE_CHECKING:
    from hpo.data.csa import CsaData

Triples = tuple[list[str], list[str], list[float]]
"""Cell lines, drugs and responses of one part, a row each."""

SUFFIX: Final = "_y_data.csv"


def pair_arrays(
    data: CsaData, dataset: str, split: int, made: Path | None, target: str = TARGET
) -> dict[str, NDArray[Any]]:
    """The arrays that every prepared folder holds, see ``hpo.models.base.Model.prepare``.

    Args:
        data: ``raw_data``.
        dataset: Name of the dataset.
        split: Number of the split.
        made: Folder that preprocessing has filled; its ``<part>_y_data.csv`` say which rows are left. ``None``, or no
            such file, or one without the two ids: all rows of the split.
        target: Column of the response.

    Raises:
        BadData: A file can't be understood, or another column than ``auc`` is the target and no file has it.
    """
    triples: dict[str, Triples] = {}
    dropped: dict[str, int] = {}
    for part in PARTS:
        rows = data.split(dataset, split, part)
        found = None if made is None else _written(made / f"{part}{SUFFIX}", target)
        if found is None:
            if target != TARGET:
                raise BadData(f"{part}{SUFFIX}: must be there with the columns {SAMPLE}, {DRUG} and {target}")
            table = data.responses().loc[rows]
            found = (table[SAMPLE].tolist(), table[DRUG].tolist(), [float(value) for value in table[TARGET]])
        triples[part], dropped[part] = found, len(rows) - len(found[0])
    cells = {name: row for row, name in enumerate(sorted(set().union(*(part[0] for part in triples.values()))))}
    drugs = {name: row for row, name in enumerate(sorted(set().union(*(part[1] for part in triples.values()))))}
    arrays: dict[str, NDArray[Any]] = {}
    for part, (samples, chemicals, responses) in triples.items():
        arrays[f"{part}_cell"] = np.array([cells[name] for name in samples], dtype=np.int32)
        arrays[f"{part}_drug"] = np.array([drugs[name] for name in chemicals], dtype=np.int32)
        arrays[f"{part}_auc"] = np.array(responses, dtype=np.float32)
        arrays[f"dropped_{part}"] = np.array(max(0, dropped[part]), dtype=np.int64)
    return arrays


def predictions(path: Path, target: str) -> NDArray[np.float64] | None:
    """Predicted responses in ``val_y_data_predicted.csv``, shape ``(n,)``; ``None`` where there are none to read."""
    if not path.is_file():
        return None
    column = f"{target}_pred"
    try:
        with path.open(newline="", encoding="utf-8") as stream:
            rows = csv.DictReader(stream)
            if column not in (rows.fieldnames or ()):
                return None
            return np.array([float(row[column]) for row in rows], dtype=np.float64)
    except (ValueError, TypeError, csv.Error):
        return None


def _written(path: Path, target: str) -> Triples | None:
    if not path.is_file():
        return None
    samples, chemicals, responses = [], [], []
    try:
        with path.open(newline="", encoding="utf-8") as stream:
            rows = csv.DictReader(stream)
            if not {SAMPLE, DRUG, target} <= set(rows.fieldnames or ()):
                return None
            for row in rows:
                samples.append(row[SAMPLE])
                chemicals.append(row[DRUG])
                responses.append(float(row[target]))
    except (ValueError, TypeError, csv.Error) as error:
        raise BadData(f"{path.name}: row {len(responses) + 1}: {error}") from error
    return samples, chemicals, responses
