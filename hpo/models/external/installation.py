"""Where the parts of a model of somebody else are on this machine, and what identifies them."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from hpo.digest import digest, file_digest
from hpo.errors import BadData, MissingInput
from hpo.models.external.container import SCRIPTS
from hpo.models.external.definition import Definition

STEPS: Final = ("preprocess", "train", "infer")
MAX_CODE_FILES: Final = 5000
_ASK: Final = 60.0
"""Seconds that a container runtime may take to tell the digest of an image."""

_NO_CODE: Final = ("__pycache__", "node_modules", "site-packages")
_NOT_PASSED_ON: Final = ("PYTHON", "IMPROVE_", "CANDLE_")
"""Beginnings of variables that would make the model's Python find our packages, or the model another's folders."""


@dataclass(frozen=True)
class Installation:
    """A model file together with what it points to.

    Attributes:
        definition: What the file says.
        where: The file, for messages; paths in it are relative to its folder.
    """

    definition: Definition
    where: Path

    @property
    def base(self) -> Path:
        """Folder that paths of the model file are relative to."""
        return self.where.parent.absolute()

    @cached_property
    def directory(self) -> Path:
        """Folder of the model's scripts; for commands without one, that of the model file."""
        return self._path(self.definition.directory) if self.definition.directory else self.base

    @cached_property
    def python(self) -> str:
        """The interpreter of the model's scripts."""
        if self.definition.python is None:
            return sys.executable
        path = self._path(self.definition.python)
        return str(path / "bin" / "python") if path.is_dir() else str(path)

    @cached_property
    def space(self) -> Path | None:
        """The space file, if the model file names one."""
        return self._path(self.definition.space) if self.definition.space else None

    @cached_property
    def image(self) -> str:
        """The image: absolute path of a file, or the name as given; empty where there is none."""
        image = self.definition.image or ""
        path = self._path(image)
        return str(path) if image and path.exists() else image

    def script(self, step: str) -> Path | None:
        """The script of ``step`` in the folder; ``None`` where there is none, or several and none is named."""
        named: str | None = getattr(self.definition.entry, step)
        if named is not None:
            return self.directory / named
        found = sorted(self.directory.glob(f"*_{step}_improve.py"))
        return found[0] if len(found) == 1 else None

    def has(self, step: str) -> bool:
        """Whether there is anything to run for ``step``; every container is taken to have all."""
        if self.definition.contract == "command":
            return getattr(self.definition.entry, step) is not None
        return self.definition.image is not None or self.script(step) is not None

    def image_script(self, step: str) -> str:
        """Name of the script of ``step`` in the image's path."""
        return getattr(self.definition.entry, step) or SCRIPTS[step]

    def problems(self) -> list[str]:
        """What is missing on this machine, a line each with file and key; none if it can be run."""
        if self.definition.contract == "command":
            return list(self._command_problems())
        if self.definition.image is not None:
            return list(self._image_problems())
        return list(self._directory_problems())

    def check(self) -> None:
        """Refuse a model that can't be run here.

        Raises:
            MissingInput: Something is missing; all of it.
        """
        problems = self.problems()
        if problems:
            raise MissingInput("\n".join(problems))

    def environment(self, outside: Mapping[str, str]) -> dict[str, str]:
        """Variables of the model's programs: those of this process without Python's and IMPROVE's, and the file's own.

        The model's environment comes first in ``PATH``, as after its activation.
        """
        kept = {name: value for name, value in outside.items() if not name.startswith(_NOT_PASSED_ON)}
        if self.definition.python is not None:
            binaries = str(Path(self.python).parent)
            kept["PATH"] = os.pathsep.join([binaries, *([kept["PATH"]] if kept.get("PATH") else [])])
            for name in ("VIRTUAL_ENV", "CONDA_PREFIX"):
                kept.pop(name, None)
        # Whatever was printed before a crash must be in the pipe by then.
        return {**kept, "PYTHONUNBUFFERED": "1", **self.definition.environment}

    @cached_property
    def digests(self) -> dict[str, str]:
        """SHA-256 by role: ``model/definition``, and ``model/code`` or ``model/image``.

        Raises:
            MissingInput: The image can't be found.
            BadData: There is no code, or too much.
        """
        if self.definition.image is not None:
            return {"model/definition": self.definition.identity, "model/image": self._image_digest()}
        return {"model/definition": self.definition.identity, "model/code": digest(self._code())}

    def _code(self) -> dict[str, str]:
        """SHA-256 of every file of the code, by path relative to the folder."""
        if self.definition.contract == "command" and self.definition.directory is None:
            return {name: file_digest(self.base / name) for name in self._command_files()}
        files = {
            path
            for pattern in self.definition.digest
            for path in self.directory.glob(pattern)
            if path.is_file() and not _hidden(path.relative_to(self.directory))
        }
        if not files or len(files) > MAX_CODE_FILES:
            raise BadData(
                f"{self.where}: digest: {len(files):,} files of {self.directory} match; must be 1 to "
                f"{MAX_CODE_FILES:,}: the model's code, not its data"
            )
        return {path.relative_to(self.directory).as_posix(): file_digest(path) for path in sorted(files)}

    def _command_files(self) -> list[str]:
        """Words of the commands that are files."""
        commands = [getattr(self.definition.entry, step) for step in STEPS]
        words = {word for command in commands if command for word in shlex.split(command)}
        return sorted(word for word in words if not os.path.isabs(word) and (self.base / word).is_file())  # noqa: PTH117

    def _image_digest(self) -> str:
        if Path(self.image).is_file():
            return file_digest(Path(self.image))
        if self.definition.runtime != "docker":
            raise MissingInput(f"{self.where}: image: no file {self.image}")
        command = ["docker", "image", "inspect", "--format", "{{.Id}}", self.image]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=_ASK, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise MissingInput(f"{self.where}: image: docker can't be asked for {self.image}: {error}") from error
        found = done.stdout.strip().removeprefix("sha256:")
        if done.returncode or len(found) != 64:
            raise MissingInput(f"{self.where}: image: docker has no {self.image}: {done.stderr.strip():.300}")
        return found

    def _directory_problems(self) -> Iterator[str]:
        if not self.directory.is_dir():
            yield f"{self.where}: directory: no folder {self.directory}"
            return
        for step in ("preprocess", "train"):
            script = self.script(step)
            if script is None:
                found = ", ".join(path.name for path in sorted(self.directory.glob(f"*_{step}_improve.py"))) or "none"
                yield (
                    f"{self.where}: entry.{step}: {self.directory} must hold exactly one *_{step}_improve.py "
                    f"(found: {found}); name the script"
                )
            elif not script.is_file():
                yield f"{self.where}: entry.{step}: no file {script}"
        if not os.access(self.python, os.X_OK):
            yield f"{self.where}: python: {self.python} is no program"

    def _image_problems(self) -> Iterator[str]:
        runtime = str(self.definition.runtime)
        if shutil.which(runtime) is None:
            yield f"{self.where}: runtime: there is no program {runtime} in PATH"
        if runtime != "docker" and not Path(self.image).exists():
            yield f"{self.where}: image: no file {self._path(self.image)}; pull it first: {runtime} pull …"

    def _command_problems(self) -> Iterator[str]:
        if not self.directory.is_dir():
            yield f"{self.where}: directory: no folder {self.directory}"
        for step in STEPS:
            command = getattr(self.definition.entry, step)
            if command is None:
                continue
            program = shlex.split(command)[0]
            path = self.environment(os.environ).get("PATH")
            local = "/" in program and os.access(self.directory / program, os.X_OK)
            if not local and shutil.which(program, path=path) is None:
                yield f"{self.where}: entry.{step}: there is no program {program}"

    def _path(self, text: str) -> Path:
        return self.base / Path(text).expanduser()


def _hidden(relative: Path) -> bool:
    return any(part.startswith(".") or part in _NO_CODE for part in relative.parts)
