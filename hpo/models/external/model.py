"""A model of somebody else as a model of this project: what it does is done by programs that a model file names."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hpo.catalogue import ModelCard
from hpo.data.layout import DRUG_TABLES, OMICS_LEVELS, PARTS, RESPONSE, SMILES, omics_file, split_file
from hpo.errors import BadData, Drift, MissingInput
from hpo.evaluation import Hyperparameters, Outcome
from hpo.models.base import Arrays, Model, TestScore, Training
from hpo.models.external.container import has_gpu, visible_gpu
from hpo.models.external.definition import Definition
from hpo.models.external.installation import Installation
from hpo.models.external.program import Ended, Sink, run_program, scratch_folder, to_standard_error
from hpo.models.external.result import outcome_of, test_score_of
from hpo.models.external.steps import ML, OUT, RAW, Folders, Part, infer_program, preprocess_program, train_program

if TYPE_CHECKING:
    import numpy as np

    from hpo.data.csa import CsaData
    from hpo.data.prepared import Prepared

_ASK: Final = 30.0
"""Seconds that the driver may take to name a GPU."""

TABLES: Final = (*(omics_file(name) for name in OMICS_LEVELS), *DRUG_TABLES.values(), SMILES, "x_data/drug_info.tsv")
"""What a model may read whose file does not say what it reads."""


class ExternalModel(Model):
    """A model that a model file describes.

    Args:
        installed: The model file with what it points to.

    Raises:
        MissingInput: A script, program or image is missing here; all of them.
        UsageError: A published behaviour is asked for.
    """

    keeps_files = True

    def __init__(self, installed: Installation, compat: str | None = None) -> None:
        definition = installed.definition
        self.card = ModelCard(
            name=definition.name,
            title=definition.title or f"The model of {installed.where.name}",
            summary=definition.summary,
            citation=definition.citation,
            doi=definition.doi,
            licence=definition.licence,
            inputs=definition.inputs,
            packages=(),
            optional_inputs=() if definition.inputs else TABLES,
        )
        self.defaults = dict(definition.hyperparameters)
        self.installed = installed
        self.sink: Sink = to_standard_error
        """Takes what the programs print."""
        self.files: Path | None = None
        """Folder of the model's own files, see :meth:`use`."""
        self.keep: Path | None = None
        """Folder that the results of the last training are moved to; by default they are removed."""
        super().__init__(compat)
        installed.check()

    @property
    def definition(self) -> Definition:
        """What the model file says."""
        return self.installed.definition

    @property
    def digests(self) -> dict[str, str]:
        """SHA-256 of the definition and of the code or image."""
        return self.installed.digests

    def device_name(self) -> str:
        """Name of the GPU that programs find, as NVIDIA's driver calls it; empty where there is none, or no such."""
        gpu = visible_gpu(os.environ, present=has_gpu())
        if gpu is None:
            return ""
        command = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader", f"--id={gpu}"]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=_ASK, check=False)
        except (OSError, subprocess.TimeoutExpired):
            return ""
        return done.stdout.strip().partition("\n")[0] if done.returncode == 0 else ""

    def protocol(self) -> dict[str, Any]:
        """As everywhere, with the identity of the code in the name: losses of other code are never compared."""
        from hpo.digest import digest

        said = self.definition.protocol
        return {
            "name": f"{said.target}-{said.metric}-{digest(self.digests)[:12]}",
            "version": said.version,
            "target": said.target,
            "metric": said.metric,
            "selection": said.selection,
        }

    def prepare(self, data: CsaData, dataset: str, split: int) -> dict[str, np.ndarray[Any, Any]]:
        """The pairs only; what the model reads itself comes from :meth:`prepare_files`.

        Raises:
            BadData: Preprocessing failed.
        """
        with scratch_folder() as folder:
            return self.prepare_files(data, dataset, split, folder)

    def prepare_files(self, data: CsaData, dataset: str, split: int, folder: Path) -> dict[str, np.ndarray[Any, Any]]:
        """Run the model's preprocessing into ``folder``, and return the pairs that it kept.

        Raises:
            BadData: It failed, or what it wrote can't be understood; with the last that it printed.
        """
        from hpo.models.external.pairs import pair_arrays

        folder = folder.resolve()  # programs have another current folder
        part = Part(dataset, split)
        (folder / ORIGIN).write_text(json.dumps({"dataset": dataset, "split": split}) + "\n", encoding="ascii")
        if not self.installed.has("preprocess"):
            self._view(data, part, folder / RAW, stays=True)
            return pair_arrays(data, dataset, split, None, self.definition.protocol.target)
        made = folder / ML
        made.mkdir()
        with scratch_folder() as scratch:
            raw = data.root.resolve()
            if self.definition.image is None:
                raw = scratch / RAW
                self._view(data, part, raw, stays=False)
            program = preprocess_program(self.installed, Folders(scratch, raw, made, made), part)
            try:
                ended = run_program(program, self.sink)
            except OSError as error:
                raise MissingInput(f"{self.installed.where}: preprocessing can't be started: {error}") from error
            self._check_preprocessing(ended, made)
        return pair_arrays(data, dataset, split, made, self.definition.protocol.target)

    def use(self, prepared: Prepared) -> None:
        """Train on the files of ``prepared``.

        Raises:
            Drift: They were made by other code. An image, which is large, is compared at the start of a search only.
        """
        self.files = prepared.files.resolve() if prepared.files else None
        found = {} if self.definition.image is not None else self.digests
        changed = [role for role, value in found.items() if prepared.digests.get(role) != value]
        if changed:
            raise Drift(
                f"{self.installed.where}: {' and '.join(changed)} changed since the features were prepared\n"
                "  Undo the change to continue the search, or start it again: it prepares anew."
            )

    def train(
        self, hyperparameters: Hyperparameters, arrays: Arrays, training: Training, *, test: bool = False
    ) -> tuple[Outcome, TestScore | None]:
        """Run the training program; see :func:`hpo.models.external.result.outcome_of` for what its end means."""
        unknown = hyperparameters.keys() - self.defaults.keys()
        if unknown:
            raise ValueError(f"{', '.join(sorted(unknown))}: no hyperparameters of {self.card.name}")
        values = {name: hyperparameters.get(name, default) for name, default in self.defaults.items()}
        if self.files is None:
            raise ValueError("trained before the prepared features were given")
        origin = json.loads((self.files / ORIGIN).read_text(encoding="ascii"))
        part = Part(str(origin["dataset"]), int(origin["split"]))
        raw, ml = self.files / RAW, self.files / ML
        with scratch_folder() as scratch:
            out = scratch / OUT
            out.mkdir()
            folders = Folders(scratch, raw, ml if ml.is_dir() else raw, out)
            ended = run_program(train_program(self.installed, folders, values, training.seed, part), self.sink)
            outcome = outcome_of(ended, out, self.definition)
            score = self._test(folders, part) if test and outcome.status.has_loss else None
            if self.keep is not None:
                shutil.move(out, self.keep)
            return outcome, score

    def _test(self, folders: Folders, part: Part) -> TestScore | None:
        if not self.installed.has("infer"):
            return None
        out = folders.scratch / "test"
        out.mkdir()
        if self.definition.image is not None:
            out = folders.scratch / OUT
        ended = run_program(
            infer_program(self.installed, Folders(folders.scratch, folders.raw, folders.ml, out, folders.out), part),
            self.sink,
        )
        return test_score_of(ended, out, self.definition.protocol.metric)

    def _check_preprocessing(self, ended: Ended, made: Path) -> None:
        where = f"{self.installed.where}: entry.preprocess"
        last = f"; last output: {ended.last_lines}" if ended.last_lines else ""
        if ended.timed_out:
            limit = self.definition.preprocess_time_limit
            raise BadData(f"{where}: preprocessing took longer than preprocess_time_limit = {limit:g} s{last}")
        if ended.exit_status:
            raise BadData(f"{where}: preprocessing ended with {_words(ended.exit_status)}{last}")
        if not any(made.iterdir()):
            raise BadData(f"{where}: preprocessing ended well but wrote nothing into its output folder{last}")

    def _view(self, data: CsaData, part: Part, folder: Path, *, stays: bool) -> None:
        """Make ``folder`` a ``raw_data`` that holds what is named, and nothing else that could be read unnoticed.

        Where it ``stays`` it holds the files themselves, else links to them.
        """
        named = [*self.card.inputs, *(name for name in self.card.optional_inputs if data.path(name).is_file())]
        for name in {RESPONSE, *named, *(split_file(part.dataset, part.split, kind) for kind in PARTS)}:
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            source = data.path(name).resolve()
            if not source.is_file():
                raise MissingInput(f"{self.installed.where}: inputs: {data.path(name)}: no such file")
            if not stays:
                target.symlink_to(source)
                continue
            try:
                os.link(source, target)
            except OSError:  # another file system, or one without hard links
                shutil.copyfile(source, target)


ORIGIN: Final = "origin.json"
"""Which part of the data the files beside it are of."""


def _words(exit_status: int) -> str:
    return f"exit code {exit_status}" if exit_status >= 0 else f"signal {-exit_status}"
