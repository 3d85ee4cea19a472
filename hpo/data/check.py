"""Checks a whole ``raw_data`` folder: every known file by itself, then whether the files fit together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hpo.data.annotations import (
    KEGG_SETS,
    LINKS,
    PATHWAY_SETS,
    TARGETS,
    read_drug_targets,
    read_gene_links,
    read_gene_sets,
)
from hpo.data.check_splits import check_splits
from hpo.data.csa import CsaData, Reader
from hpo.data.layout import DRUG, DRUG_TABLES, OMICS_LEVELS, RESPONSE, SAMPLE, SMILES, SOURCE, TARGET, omics_file
from hpo.data.problems import SHOWN, Problems
from hpo.errors import BadData, MissingInput

if TYPE_CHECKING:
    import pandas as pd

NEEDED_OMICS: Final = "cancer_gene_expression"
"""The omics table that every model reads."""

OTHER_FILES: Final = frozenset({"drug_info.tsv", "cancer_mutation_long_format.tsv", "cancer_mutation.parquet"})
"""Files of the benchmark that are known and not checked here; PathDSP checks drug_info.tsv when it reads it."""

ANNOTATIONS: Final[Mapping[str, Reader[Any]]] = {
    KEGG_SETS: read_gene_sets,
    PATHWAY_SETS: read_gene_sets,
    LINKS: read_gene_links,
    TARGETS: read_drug_targets,
}
"""Annotations that are checked where they are there."""


@dataclass(frozen=True, slots=True)
class DatasetSummary:
    """Sizes of a dataset.

    Attributes:
        dataset: Name.
        cell_lines: Cell lines with a response.
        drugs: Drugs with a response.
        responses: Rows of response.tsv.
        splits: Complete splits.
        train: Rows of the training part of the first split; ``None`` without a complete split.
        val: The same for validation.
        test: The same for the test part.
    """

    dataset: str
    cell_lines: int
    drugs: int
    responses: int
    splits: int = 0
    train: int | None = None
    val: int | None = None
    test: int | None = None

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found.

    Attributes:
        release: Name of the release.
        problems: What makes the data unusable or misleading; empty for good data.
        warnings: What a user should know.
        datasets: One summary each; empty if response.tsv can't be read.
    """

    release: str
    problems: tuple[str, ...]
    warnings: tuple[str, ...]
    datasets: tuple[DatasetSummary, ...]

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return {
            "release": self.release,
            "problems": list(self.problems),
            "warnings": list(self.warnings),
            "datasets": [summary.to_json() for summary in self.datasets],
        }


def check(root: Path) -> Report:
    """Check the ``raw_data`` folder ``root``; nothing is written.

    Raises:
        MissingInput: ``root`` is no such folder.
    """
    data = CsaData(root)
    problems, warnings = Problems(), Problems()
    tables = _feature_tables(data, problems, warnings)
    for file, reader in ANNOTATIONS.items():
        _read(data, file, partial(data.read, file, reader), problems)
    summaries: list[DatasetSummary] = []
    try:
        responses = data.responses()
    except (BadData, MissingInput) as error:
        _add_all(problems, RESPONSE, error)
        warnings.add("splits", f"{root / 'splits'}: not checked, since {RESPONSE} could not be read")
    else:
        _check_responses(data.path(RESPONSE), responses, warnings)
        for file, (ids, needed) in tables.items():
            _check_ids(data.path(file), ids, responses, problems, warnings, needed=needed)
        sizes = check_splits(root / "splits", responses, problems, warnings)
        summaries = [_summary(name, rows, sizes.get(str(name), {})) for name, rows in _by_source(responses)]
    return Report(data.release_name.name, tuple(problems.messages), tuple(warnings.messages), tuple(summaries))


def _by_source(responses: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    return [(str(name), rows) for name, rows in responses.groupby(SOURCE, sort=False)]


def _summary(name: str, rows: pd.DataFrame, sizes: dict[int, dict[str, int]]) -> DatasetSummary:
    first = sizes[min(sizes)] if sizes else {}
    return DatasetSummary(name, rows[SAMPLE].nunique(), rows[DRUG].nunique(), len(rows), len(sizes), **first)


def _feature_tables(data: CsaData, problems: Problems, warnings: Problems) -> dict[str, tuple[pd.Index[str], bool]]:
    """Ids of each feature table that could be read, and whether models can't do without it."""
    result: dict[str, tuple[pd.Index[str], bool]] = {}
    for name in OMICS_LEVELS:
        table = _read(data, omics_file(name), lambda name=name: data.omics(name, OMICS_LEVELS[name][-1]), problems)
        if table is not None:
            result[omics_file(name)] = (table.index, name == NEEDED_OMICS)
            _check_values(data.path(omics_file(name)), table, warnings, constants=name == NEEDED_OMICS)
    for kind, file in DRUG_TABLES.items():
        table = _read(data, file, lambda kind=kind: data.drug_table(kind), problems)
        if table is not None:
            result[file] = (table.index, True)
            _check_values(data.path(file), table, warnings, constants=kind == "mordred")
    smiles = _read(data, SMILES, data.smiles, problems)
    if smiles is not None:
        result[SMILES] = (smiles.index, True)
    _check_presence(data, result, warnings)
    return result


def _read(data: CsaData, file: str, reader: Any, problems: Problems) -> Any:
    """The table, or ``None`` where there is no such file or it has problems."""
    if not data.path(file).is_file():
        return None
    try:
        return reader()
    except BadData as error:
        _add_all(problems, file, error)
        return None


def _add_all(problems: Problems, file: str, error: Exception) -> None:
    messages = error.problems if isinstance(error, BadData) else (str(error),)
    for number, message in enumerate(messages):
        problems.add(f"{file} {number}", message)


def _check_presence(data: CsaData, found: dict[str, Any], warnings: Problems) -> None:
    for file in (omics_file(NEEDED_OMICS), SMILES, *DRUG_TABLES.values()):
        if not data.path(file).is_file():
            warnings.add("absent", f"{data.path(file)}: no such file; models that read it can't be prepared")
    known = {Path(file).name for file in found} | {f"{name}.tsv" for name in OMICS_LEVELS} | OTHER_FILES
    known |= {Path(file).name for file in (SMILES, *DRUG_TABLES.values())}
    folder = data.root / "x_data"
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if path.name not in known and not path.name.startswith("."):
            warnings.add("unknown file", f"{path}: no known csa_data file; not checked")


def _check_values(path: Path, table: pd.DataFrame, warnings: Problems, *, constants: bool) -> None:
    values = table.to_numpy()
    missing = int((values != values).sum())
    if missing:
        warnings.add("missing values", f"{path}: {missing:,} of {values.size:,} values are missing")
    if constants and len(table) > 1:
        constant = int((values == values[:1]).all(axis=0).sum())
        if constant:
            warnings.add("constant columns", f"{path}: {constant:,} of {values.shape[1]:,} columns are constant")


def _check_responses(path: Path, responses: pd.DataFrame, warnings: Problems) -> None:
    auc = responses[TARGET].to_numpy()
    outside = int(((auc < 0) | (auc > 1)).sum())
    if outside:
        warnings.add(
            "auc outside 0..1",
            f"{path}: {outside:,} of {len(auc):,} auc lie outside 0 to 1 (from {auc.min():.4g} to {auc.max():.4g})",
        )
    repeated = responses.duplicated([SOURCE, SAMPLE, DRUG]).to_numpy()
    if repeated.any():
        line = int(repeated.nonzero()[0][0]) + 2
        warnings.add(
            "repeated pairs",
            f"{path}: {int(repeated.sum()):,} rows repeat a cell line and drug of their source, first line {line}; "
            "each counts as a response of its own, and repeats may lie in different parts of a split",
        )


def _check_ids(
    path: Path, ids: pd.Index[str], responses: pd.DataFrame, problems: Problems, warnings: Problems, *, needed: bool
) -> None:
    """Compare the ids of a feature table with those of the responses."""
    name = DRUG if path.name.startswith("drug_") else SAMPLE
    known = responses[name].isin(ids)
    for dataset, rows in known.groupby(responses[SOURCE], sort=False):
        if needed and not rows.any():
            problems.add(
                "dataset without features",
                f"{path}: no {name} of {dataset} occurs here, so none of its {len(rows):,} responses can be used",
            )
    if known.all():
        return
    unknown = sorted(responses.loc[~known, name].unique())
    shown = ", ".join(unknown[:SHOWN]) + (", …" if len(unknown) > SHOWN else "")
    warnings.add(
        "ids without features",
        f"{path}: {len(unknown):,} of {responses[name].nunique():,} {name} of response.tsv are not here "
        f"({int((~known).sum()):,} of {len(known):,} responses; models that read this table leave them out): {shown}",
    )
