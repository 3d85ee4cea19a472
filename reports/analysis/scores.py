"""Final scores and transfers of an archive: what was trained after the searches, beside the records."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from hpo.archive.final import FinalScores, read_final
from hpo.archive.transfer import TransferScores, read_transfer, transfer_files
from hpo.errors import BadData
from reports.analysis.order import sorted_models, sorted_sizes


@dataclass(frozen=True)
class Scores:
    """What lies beside the records.

    Attributes:
        finals: Final scores by key of the record, in the order of the tables.
        transfers: Transfers in the order of the tables.
    """

    finals: dict[str, FinalScores]
    transfers: tuple[TransferScores, ...]


def load_scores(archive: Path, keys: Iterable[str]) -> Scores:
    """All final scores of the records ``keys``, in their order, and all transfers of ``archive``.

    Raises:
        BadData: They cannot be understood, or are of another state of the records; all problems at once.
    """
    finals: dict[str, FinalScores] = {}
    transfers: list[TransferScores] = []
    problems: list[str] = []
    for key in keys:
        try:
            final = read_final(archive, key)
        except BadData as error:
            problems.extend(error.problems)
            continue
        if final is not None:
            finals[key] = final
    for path in transfer_files(archive):
        try:
            transfers.append(read_transfer(archive, path))
        except BadData as error:
            problems.extend(error.problems)
    if problems:
        raise BadData(problems)
    models, sizes = sorted_models(one.model for one in transfers), sorted_sizes(one.size for one in transfers)
    return Scores(finals, tuple(sorted(transfers, key=lambda one: (models.index(one.model), sizes.index(one.size)))))
