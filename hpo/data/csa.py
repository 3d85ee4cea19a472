"""Reads a ``raw_data`` folder in the csa_data layout, file by file and only when asked.

Every file is checked as it is read, so that a wrong table stops with a message instead of reaching a model; whether
the files fit together is the business of ``hpo.data.check``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from hpo.data.features import Features, read_drug_features, read_omics, read_smiles
from hpo.data.landmark import landmark_symbols
from hpo.data.layout import (
    DRUG_TABLES,
    OMICS_LEVELS,
    PARTS,
    RESPONSE,
    SMILES,
    SOURCE,
    omics_file,
    role,
    split_file,
)
from hpo.data.problems import Problems
from hpo.data.release import Release, ReleaseName, read_release, release_digest
from hpo.data.responses import read_responses
from hpo.data.splits import check_dataset, read_rows
from hpo.digest import file_digest
from hpo.errors import MissingInput, UsageError
from hpo.identifiers import is_identifier

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

T = TypeVar("T")
Reader = Callable[[Path, Problems], T | None]
"""Makes something of the file at a path, or adds what is wrong with it."""


class CsaData:
    """A ``raw_data`` folder: responses, splits, omics and drug tables.

    Tables are read once and kept; what the methods return is a copy that may be changed.

    Args:
        root: The folder that holds ``x_data``, ``y_data`` and ``splits``.
        release: Name of the release; by default that of ``release.json``, else ``local``.

    Raises:
        MissingInput: ``root`` is no such folder.
        BadData: ``release.json`` is wrong.
        UsageError: ``release`` is no valid name.
    """

    def __init__(self, root: Path, *, release: str | None = None) -> None:
        if not (root / "y_data").is_dir():
            nested = root / "raw_data"
            hint = f"; did you mean {nested}?" if (nested / "y_data").is_dir() else ""
            raise MissingInput(f"{root}: no raw_data folder (x_data, y_data and splits are expected in it){hint}")
        if release is not None and not is_identifier(release):
            raise UsageError(f"release {release!r:.80} is no valid name (letters, digits and ._+-)")
        found = read_release(root)
        self.root = root
        self.release_name = found if release is None else ReleaseName(release, found.synthetic)
        self._tables: dict[str, Any] = {}
        self._used: dict[str, None] = {}

    @property
    def used(self) -> tuple[str, ...]:
        """Files read so far, relative to ``root``, in the order of first use."""
        return tuple(self._used)

    @contextmanager
    def recording(self) -> Iterator[dict[str, None]]:
        """Within the block, gather the files that are used there (as keys), also those read before it."""
        before, self._used = self._used, {}
        try:
            yield self._used
        finally:
            self._used = {**before, **self._used}

    def path(self, file: str) -> Path:
        """Path of ``file``, given relative to ``raw_data``."""
        return self.root / file

    def responses(self) -> pd.DataFrame:
        """Measured pairs: columns ``source``, ``improve_sample_id``, ``improve_chem_id`` (text) and ``auc`` (float32).

        The index is the row number of response.tsv, from 0, that split files refer to. ``auc`` is the area under
        the dose-response curve, dimensionless, about 1 for no effect and 0 for full kill.

        Raises:
            MissingInput: There is no response.tsv.
            BadData: It breaks a rule of :func:`hpo.data.responses.read_responses`.
        """
        table: pd.DataFrame = self.read(RESPONSE, read_responses)
        return table.copy(deep=False)

    def datasets(self) -> tuple[str, ...]:
        """Datasets with responses, in the order of response.tsv."""
        return tuple(str(name) for name in self.responses()[SOURCE].unique())

    def split(self, dataset: str, split: int, part: str) -> NDArray[np.int64]:
        """Row numbers of one part of a split, in the file's order.

        Raises:
            ValueError: ``part`` is none of train, val and test.
            UsageError: There are no responses of ``dataset``, or it has no such split.
            BadData: The file holds something else than row numbers of responses of ``dataset``, each once.
        """
        import numpy as np

        if part not in PARTS:
            raise ValueError(f"part {part!r}; must be one of {PARTS}")
        sources = self.responses()[SOURCE]
        if dataset not in set(sources.unique()):
            raise UsageError(f"{self.root}: no dataset {dataset!r}; there are {', '.join(self.datasets())}")
        file = split_file(dataset, split, part)
        if not self.path(file).is_file():
            raise UsageError(f"{self.path(file)}: no such file, so {dataset} has no split {split} here")

        def read(path: Path, problems: Problems) -> NDArray[np.int64]:
            rows = read_rows(path, len(sources), problems)
            if not problems:
                check_dataset(rows, sources.to_numpy(object), dataset, path, problems)
            return rows

        return np.array(self.read(file, read))

    def gene_expression(self, level: str = "Gene_Symbol") -> pd.DataFrame:
        """Gene expression (log2 TPM in the benchmark): rows cell lines, columns genes, float32.

        Args:
            level: Header row that names the columns: ``Ensembl``, ``Entrez`` or ``Gene_Symbol``.
        """
        return self.omics("cancer_gene_expression", level)

    def omics(self, name: str, level: str = "Gene_Symbol") -> pd.DataFrame:
        """An omics table: index ``improve_sample_id``, columns by ``level``, float32, a missing value NaN.

        Columns without a name at ``level`` are left out, and of columns with the same name the first is kept.

        Args:
            name: File name without ending, for example ``cancer_mutation_count``.
            level: One of the file's header rows, see ``hpo.data.layout.OMICS_LEVELS``.

        Raises:
            ValueError: ``name`` or ``level`` is unknown.
            MissingInput: There is no such file.
            BadData: The table breaks a rule of :func:`hpo.data.features.read_omics`.
        """
        if level not in OMICS_LEVELS[name]:
            raise ValueError(f"level {level!r}; {name} has {OMICS_LEVELS[name]}")
        features: Features = self.read(
            omics_file(name), lambda path, problems: read_omics(path, OMICS_LEVELS[name], problems)
        )
        return features.frame(OMICS_LEVELS[name].index(level))

    def landmark_genes(self) -> list[str]:
        """Symbols of the landmark genes that the expression table has, sorted (958 in the benchmark)."""
        return sorted(set(landmark_symbols()) & set(self.gene_expression().columns))

    def drug_table(self, kind: Literal["mordred", "ecfp4"]) -> pd.DataFrame:
        """Drug features: index ``improve_chem_id``; ``mordred`` float32, missing values NaN; ``ecfp4`` uint8 bits.

        Raises:
            MissingInput: There is no such file.
            BadData: The table breaks a rule of :func:`hpo.data.features.read_drug_features`.
        """
        bits = kind == "ecfp4"
        features: Features = self.read(
            DRUG_TABLES[kind], lambda path, problems: read_drug_features(path, problems, bits=bits)
        )
        return features.frame()

    def smiles(self) -> pd.Series[str]:
        """SMILES of the drugs: index ``improve_chem_id``.

        Raises:
            MissingInput: There is no drug_SMILES.tsv.
            BadData: A drug has no SMILES, or occurs twice.
        """
        table: pd.Series[str] = self.read(SMILES, read_smiles)
        return table.copy(deep=False)

    def digests(self, files: Iterable[str]) -> dict[str, str]:
        """SHA-256 of ``files``, given relative to ``raw_data``, by role (``data/<file>`` or ``split/<file>``).

        Raises:
            MissingInput: One of them does not exist; all missing ones are named.
        """
        wanted = sorted(set(files), key=role)
        missing = [str(self.path(file)) for file in wanted if not self.path(file).is_file()]
        if missing:
            raise MissingInput("\n".join(f"{path}: no such file" for path in missing))
        return {role(file): file_digest(self.path(file)) for file in wanted}

    def release(self, files: Iterable[str]) -> Release:
        """The release as a record names it: its name, and the digest over ``files``."""
        return Release(self.release_name.name, release_digest(self.digests(files)), self.release_name.synthetic)

    def read(self, file: str, reader: Reader[T]) -> T:
        """What ``reader`` makes of ``file``, given relative to ``raw_data``; read once, kept, and not to be changed.

        A file is always read by the same reader; those of annotations are in :mod:`hpo.data.annotations`.

        Args:
            file: Path relative to ``raw_data``.
            reader: Called with the path and where to add problems; returns ``None`` only if it added some.

        Raises:
            MissingInput: There is no such file.
            BadData: The reader found problems; all of them are named.
        """
        if file not in self._tables:
            problems = Problems()
            table = reader(self.path(file), problems)
            problems.raise_if_any()
            self._tables[file] = table
        self._used[file] = None
        result: T = self._tables[file]
        return result
