"""Prepared features: what a model trains on, written once per model, dataset and split as memory-mappable arrays.

A prepared folder holds one ``.npy`` file an array and ``prepared.json``, which says what they were made from. Its
content key is a function of the input files, the model and the split, so equal inputs are prepared once.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hpo.data.arrays import ArrayInfo, open_array, write_array
from hpo.data.csa import CsaData
from hpo.data.layout import PARTS, RESPONSE, split_file
from hpo.data.problems import Problems
from hpo.data.release import Release, release_digest
from hpo.data.splits import check_overlap
from hpo.digest import digest, file_digest
from hpo.errors import BadData, Drift, OwnedOrExists, UsageError
from hpo.identifiers import is_identifier
from hpo.storage import TEMPORARY, publish_folder, told
from hpo.strict_json import read_json

if TYPE_CHECKING:
    import numpy as np

    from hpo.models.base import Model

SCHEMA: Final = "cross-hpo/prepared/1"
MANIFEST: Final = "prepared.json"
FILES: Final = "files"
"""Folder within a prepared folder that holds files of the model's own."""
PAIR_ARRAYS: Final = ("cell", "drug", "auc")
"""Every model writes ``<part>_<name>`` for these: rows of the feature tables, and the target."""

KEY_DIGITS: Final = 12
"""Digits of the content key in the name of a cache folder."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A prepared folder.

    Attributes:
        path: The folder.
        model: Name of the model.
        dataset: Name of the dataset.
        split: Number of the split.
        compat: Published behaviour that the features reproduce; ``None`` for the model's own.
        release: Release of the data; its digest is over ``digests``.
        digests: SHA-256 of the source files by role: ``data/<file>``, ``split/<file>``, and ``model/…`` of the code of
            a model that is no part of this package.
        features_version: The model's ``features_version`` when it was prepared.
        key: Content key, 64 hexadecimal digits: equal for equal inputs.
        counts: ``train``, ``val``, ``test``: rows; ``dropped_train``, …: responses left out for want of features.
        arrays: By name, read-only; large ones are mapped, not read.
        infos: Shape, type and digest of each array.
    """

    path: Path
    model: str
    dataset: str
    split: int
    compat: str | None
    release: Release
    digests: dict[str, str]
    features_version: int
    key: str
    counts: dict[str, int]
    arrays: Mapping[str, np.ndarray[Any, Any]]
    infos: Mapping[str, ArrayInfo]

    @property
    def files(self) -> Path | None:
        """Folder of the model's own files; ``None`` where it keeps none."""
        folder = self.path / FILES
        return folder if folder.is_dir() else None

    @property
    def digest(self) -> str:
        """SHA-256 over the arrays' digests: what training sees, the role ``features`` of a record.

        Files of the model's own are left out: programs write times and paths into them. What they were made from is
        among ``digests``.
        """
        return digest({name: info.sha256 for name, info in self.infos.items()})

    def to_json(self) -> dict[str, Any]:
        """Content of ``prepared.json``."""
        return {
            "schema": SCHEMA,
            "model": self.model,
            "dataset": self.dataset,
            "split": self.split,
            "compat": self.compat,
            "release": {
                "name": self.release.name,
                "digest": self.release.digest,
                "synthetic": self.release.synthetic,
            },
            "features_version": self.features_version,
            "key": self.key,
            "counts": self.counts,
            "digests": self.digests,
            "arrays": {name: info.to_json() for name, info in self.infos.items()},
        }

    def verify(self) -> None:
        """Compare every array with its digest; opening compares sizes only.

        Raises:
            BadData: Arrays have changed since they were written; all of them are named.
        """
        changed = [
            f"{self.path / info.file}: changed since it was prepared; remove the folder and prepare again"
            for info in self.infos.values()
            if file_digest(self.path / info.file) != info.sha256
        ]
        if changed:
            raise BadData(changed)


def prepare(model: Model, data: CsaData, dataset: str, split: int, out: Path) -> Prepared:
    """Let ``model`` make its arrays, and write them as the folder ``out``, whole or not at all.

    An ``out`` that already holds the same is left alone and opened.

    Raises:
        UsageError: There is no such dataset or split.
        BadData: The data break a rule, or a part is left without rows.
        MissingInput: A file that the model's card names is absent.
        OwnedOrExists: ``out`` is there and holds something else.
        StorageError: Writing failed.
        ValueError: The model read a file that its card does not name, or returned unusable arrays.
    """
    source = _source(model, data, dataset, split)
    if (out / MANIFEST).is_file():
        found = open_prepared(out)
        if found.key == source.key:
            return found
        raise OwnedOrExists(
            f"{out}: holds features of {found.model} on {found.dataset}, split {found.split}, from other inputs\n"
            "  Remove it, or name another folder."
        )
    _check_split(data, dataset, split)
    with _scratch(model, out) as files:
        return _prepare(model, data, dataset, split, out, source, files)


def _prepare(
    model: Model, data: CsaData, dataset: str, split: int, out: Path, source: _Source, files: Path | None
) -> Prepared:
    """As :func:`prepare`, checked; the model's own files go to ``files`` first."""
    with data.recording() as used:
        made = (
            model.prepare(data, dataset, split) if files is None else model.prepare_files(data, dataset, split, files)
        )
    arrays = dict(sorted(made.items()))
    unnamed = set(used) - set(source.files)
    if unnamed:
        raise ValueError(f"{model.card.name} reads {sorted(unnamed)}, which its card does not name under inputs")
    counts = _counts(arrays, dataset, split)

    def fill(folder: Path) -> None:
        found = Prepared(
            path=folder,
            model=model.card.name,
            dataset=dataset,
            split=split,
            compat=model.compat,
            release=source.release,
            digests=source.digests,
            features_version=model.features_version,
            key=source.key,
            counts=counts,
            arrays={},
            infos={name: write_array(folder, name, array) for name, array in arrays.items()},
        )
        (folder / MANIFEST).write_text(json.dumps(found.to_json(), indent=2) + "\n", encoding="ascii")
        if files is not None:
            files.rename(folder / FILES)

    publish_folder(out, fill)
    return open_prepared(out)


@contextmanager
def _scratch(model: Model, out: Path) -> Iterator[Path | None]:
    """An empty folder for files of the model's own, on the disk of ``out``; ``None`` for a model that keeps none."""
    if not model.keeps_files:
        yield None
        return
    with told(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f"{TEMPORARY}{out.name}-", dir=out.parent))
    try:
        (folder / FILES).mkdir()
        yield folder / FILES
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def open_prepared(path: Path) -> Prepared:
    """Open a prepared folder; takes milliseconds, whatever its size.

    Raises:
        MissingInput: ``path`` holds no ``prepared.json``, or an array is absent.
        BadData: ``prepared.json`` is wrong, or an array has not the recorded size, shape or type.
    """
    manifest = path / MANIFEST
    content = read_json(manifest)
    if not isinstance(content, dict) or content.get("schema") != SCHEMA:
        found = content.get("schema") if isinstance(content, dict) else type(content).__name__
        raise BadData(f"{manifest}: schema is {found!r:.80}; must be {SCHEMA!r} (prepare again)")
    try:
        infos = {str(name): ArrayInfo.from_json(name, info) for name, info in content["arrays"].items()}
        release = content["release"]
        return Prepared(
            path=path,
            model=str(content["model"]),
            dataset=str(content["dataset"]),
            split=int(content["split"]),
            compat=content.get("compat"),
            release=Release(str(release["name"]), str(release["digest"]), bool(release["synthetic"])),
            digests={str(role): str(value) for role, value in content["digests"].items()},
            features_version=int(content["features_version"]),
            key=str(content["key"]),
            counts={str(name): int(value) for name, value in content["counts"].items()},
            arrays={name: open_array(path, info) for name, info in infos.items()},
            infos=infos,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadData(f"{manifest}: {error!r:.200}; remove the folder and prepare again") from error


def features_for(
    model: Model, data_dir: Path, dataset: str, split: int, cache: Path, *, release: str | None = None
) -> Prepared:
    """Prepared features of ``model`` on one split, from wherever they are.

    Args:
        model: Model to prepare for.
        data_dir: A ``raw_data`` folder, prepared into ``cache`` unless its content is there already; or a prepared
            folder, which is opened and must fit.
        dataset: Name of the dataset.
        split: Number of the split.
        cache: Folder of prepared folders ``<MODEL>-<DATASET>-split<k>-<key>``, made if needed.
        release: Name of the release, where ``data_dir`` is raw data and does not say.

    Raises:
        UsageError: ``data_dir`` was prepared for another model, dataset or split, or has no such dataset or split.
        Drift: It was prepared by another version of the model's features.
        BadData: The data break a rule.
        MissingInput: ``data_dir`` is neither, or lacks a file.
        StorageError: Writing to ``cache`` failed.
    """
    if (data_dir / MANIFEST).is_file():
        return _fitting(open_prepared(data_dir), model, dataset, split, release)
    data = CsaData(data_dir, release=release)
    key = _source(model, data, dataset, split).key
    name = model.card.name if model.compat is None else f"{model.card.name}.{model.compat}"
    out = cache / f"{name}-{dataset}-split{split}-{key[:KEY_DIGITS]}"
    try:
        return prepare(model, data, dataset, split, out)
    except OwnedOrExists:
        # Another process was faster, and the model's preparation is not the same bit for bit every time.
        found = open_prepared(out)
        if found.key != key:
            raise
        return found


def _fitting(found: Prepared, model: Model, dataset: str, split: int, release: str | None) -> Prepared:
    wanted = {"model": model.card.name, "dataset": dataset, "split": split, "compat": model.compat}
    wanted |= {} if release is None else {"release": release}
    has = {
        "model": found.model,
        "dataset": found.dataset,
        "split": found.split,
        "compat": found.compat,
        "release": found.release.name,
    }
    wrong = [f"{name} {has[name]}, not {value}" for name, value in wanted.items() if has[name] != value]
    if wrong:
        raise UsageError(f"{found.path}: was prepared for {'; '.join(wrong)}")
    if found.features_version != model.features_version:
        raise Drift(
            f"{found.path}: was prepared by version {found.features_version} of {model.card.name}'s features, "
            f"which are now at version {model.features_version}; remove the folder and prepare again"
        )
    changed = [role for role, value in model.digests.items() if found.digests.get(role) != value]
    if changed:
        raise Drift(f"{found.path}: was prepared by other code ({', '.join(changed)}); remove it and prepare again")
    return found


@dataclass(frozen=True, slots=True)
class _Source:
    """What the arrays depend on: files relative to ``raw_data``, their digests by role, and the content key."""

    files: list[str]
    digests: dict[str, str]
    release: Release
    key: str


def _source(model: Model, data: CsaData, dataset: str, split: int) -> _Source:
    if not is_identifier(model.card.name):
        raise ValueError(f"the card of {type(model).__name__} has the name {model.card.name!r}, no valid one")
    if not is_identifier(dataset):
        raise UsageError(f"dataset {dataset!r:.80} is no valid name")
    parts = [split_file(dataset, split, part) for part in PARTS]
    if not all(data.path(file).is_file() for file in parts):
        _check_split(data, dataset, split)
    optional = [file for file in model.card.optional_inputs if data.path(file).is_file()]
    files = sorted({RESPONSE, *model.card.inputs, *optional, *parts})
    digests = data.digests(files)
    release = Release(data.release_name.name, release_digest(digests), data.release_name.synthetic)
    digests = {**digests, **model.digests}
    key = digest(
        {
            "schema": SCHEMA,
            "model": model.card.name,
            "features_version": model.features_version,
            "dataset": dataset,
            "split": split,
            "compat": model.compat,
            "release": {"name": release.name, "synthetic": release.synthetic},
            "digests": digests,
        }
    )
    return _Source(files, digests, release, key)


def _check_split(data: CsaData, dataset: str, split: int) -> None:
    """Check each part of the split, and that none shares a row with another."""
    problems = Problems()
    parts = {data.path(split_file(dataset, split, part)): data.split(dataset, split, part) for part in PARTS}
    check_overlap(parts, problems)
    problems.raise_if_any()


def _counts(arrays: Mapping[str, np.ndarray[Any, Any]], dataset: str, split: int) -> dict[str, int]:
    """Rows and dropped rows by part; a part without rows can't be used."""
    counts = {}
    for part in PARTS:
        lengths = {len(arrays[name]) if name in arrays else -1 for name in (f"{part}_{kind}" for kind in PAIR_ARRAYS)}
        if len(lengths) > 1 or -1 in lengths:
            raise ValueError(f"arrays {part}_{'|'.join(PAIR_ARRAYS)} must all be there and equally long")
        counts[part] = lengths.pop()
        if not counts[part]:
            raise BadData(f"{dataset}, split {split}: no response of the {part} part has features; check the ids")
    for part in PARTS:
        counts[f"dropped_{part}"] = int(arrays.get(f"dropped_{part}", 0))
    return counts
