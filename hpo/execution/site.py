"""Sites: how searches are started on one machine or cluster. Results never depend on a site."""

from __future__ import annotations

import re
import tomllib
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, FiniteFloat, StrictInt, StrictStr, model_validator
from pydantic import ValidationError as PydanticError

from hpo.errors import BadData, MissingInput
from hpo.settings import problems_of

PLACEHOLDERS: Final = ("ranks", "nodes", "ppn", "hosts", "rankfile", "nodefile")
"""What may stand in braces in the ``mpiexec`` line; see :class:`Site`."""

_WORD = re.compile(r"[A-Za-z0-9_.:+@/=,-]+")


def _word(text: str) -> str:
    """One word for a directive or an option: nothing that a shell or a scheduler reads as anything else."""
    if not _WORD.fullmatch(text):
        raise ValueError("must be letters, digits and _.:+@/=,- only")
    return text


def _line(text: str) -> str:
    if not text.isprintable():
        raise ValueError("must be one line of printable characters")
    return text


Content = TypeVar("Content", bound=BaseModel)
Word = Annotated[StrictStr, AfterValidator(_word)]
Line = Annotated[StrictStr, AfterValidator(_line)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Route(_Part):
    """One of the queues that a routing queue sends jobs to; it can't be asked for by name."""

    name: Word
    nodes: tuple[StrictInt, StrictInt] = Field(description="fewest and most nodes of a job")
    hours: FiniteFloat = Field(gt=0, description="longest walltime")


class Queue(_Part):
    """A queue (PBS) or partition (Slurm), and which jobs fit it."""

    name: Word
    nodes: tuple[StrictInt, StrictInt] = Field(description="fewest and most nodes of a job")
    minutes: FiniteFloat = Field(0, ge=0, description="shortest walltime")
    hours: FiniteFloat = Field(gt=0, description="longest walltime")
    routes: tuple[Route, ...] = Field((), description="where jobs go; one that fits none may vanish")
    by_request: bool = Field(False, description="needs a permission, so it is never chosen unasked")
    rerun: bool = Field(False, description="jobs are killed without warning and may be started again")
    note: StrictStr = ""


class Node(_Part):
    """What a node has, and how ranks are laid out on it."""

    workers: StrictInt = Field(ge=1, description="evaluations at the same time, one a rank")
    rank0: Literal["beside", "instead"] = Field(
        "instead", description="the searching rank: beside the workers of the first node, or instead of one of them"
    )
    cores: StrictInt | None = Field(None, ge=1)
    device_variable: StrictStr = Field("", description="variable that selects devices, e.g. CUDA_VISIBLE_DEVICES")
    devices: tuple[Word, ...] = Field((), description="its value for local rank 0, 1, ...; then from the start again")

    @model_validator(mode="after")
    def _devices_have_a_variable(self) -> Node:
        if bool(self.device_variable) != bool(self.devices):
            raise ValueError("device_variable and devices go together")
        return self


class Site(_Part):
    """A site file (TOML).

    In ``mpiexec`` these stand in braces: ``ranks``, ``nodes``, ``ppn`` (ranks of one node), ``hosts`` (a host name for
    every rank, separated by commas), ``rankfile`` (a file with a host name for every rank, a line each) and
    ``nodefile`` (a file with a line for every node).
    """

    name: StrictStr
    description: StrictStr = ""
    launcher: Literal["local", "mpi"] = "local"
    workers: StrictInt = Field(1, ge=0, description="evaluations at the same time, where there is no [node]")
    threads: StrictInt = Field(1, ge=1, description="CPU threads of one evaluation")
    time_limit: FiniteFloat | None = Field(None, gt=0, description="seconds an evaluation may take")
    memory: FiniteFloat | None = Field(None, gt=0, description="GiB of memory that an evaluation may use")
    mpiexec: tuple[StrictStr, ...] = Field(("mpiexec", "-n", "{ranks}"), min_length=1)
    environment: dict[Word, Line] = Field({}, description="variables set for every rank")
    scheduler: Literal["none", "pbs", "slurm"] = "none"
    account: Word | Literal[""] = Field("", description="project that is charged; the launch profile's comes first")
    account_needed: bool = False
    filesystems: tuple[Word, ...] = Field((), description="PBS: -l filesystems=")
    select: Word | Literal[""] = Field("", description="PBS: what follows -l select=N:")
    directives: tuple[Line, ...] = Field((), description="further options of qsub or sbatch, one a line")
    setup: tuple[Line, ...] = Field((), description="shell lines before anything else, such as module load")
    node: Node | None = None
    queues: tuple[Queue, ...] = ()

    @model_validator(mode="after")
    def _fits_together(self) -> Site:
        used = {name for part in self.mpiexec for name in re.findall(r"\{(\w*)\}", part)}
        problems = []
        if unknown := sorted(used - set(PLACEHOLDERS)):
            problems.append(f"mpiexec: unknown {{{unknown[0]}}}; there are {', '.join(PLACEHOLDERS)}")
        if "ranks" not in used:
            problems.append("mpiexec: {ranks} is missing")
        if self.node is None and used - {"ranks"}:
            problems.append(f"mpiexec: {{{min(used - {'ranks'})}}} needs a [node] section")
        if self.node is not None and self.node.rank0 == "beside" and not used & {"hosts", "rankfile"}:
            problems.append('mpiexec: rank0 = "beside" needs {hosts} or {rankfile}: the first node has one rank more')
        if self.node is not None and self.node.cores and self.threads * self.node.workers > self.node.cores:
            threads = f"{self.node.workers} workers x {self.threads} threads"
            problems.append(f"threads: {threads} are more than the {self.node.cores} cores of a node")
        if self.scheduler != "none" and (self.launcher != "mpi" or self.node is None):
            problems.append('scheduler: a batch system needs launcher = "mpi" and a [node] section')
        if self.scheduler != "pbs" and (self.filesystems or self.select):
            problems.append("filesystems, select: PBS only")
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def placed(self, values: dict[str, str]) -> tuple[str, ...]:
        """The ``mpiexec`` line with ``values`` for what stands in braces."""
        parts = []
        for part in self.mpiexec:
            for name, value in values.items():
                part = part.replace(f"{{{name}}}", value)
            parts.append(part)
        return tuple(parts)


def site_names() -> list[str]:
    """Names of the sites that come with the package."""
    folder = resources.files("hpo.execution") / "sites"
    return sorted(item.name.removesuffix(".toml") for item in folder.iterdir() if item.name.endswith(".toml"))


def site_path(name_or_path: str) -> Path:
    """File of the packaged site of that name, or the file at that path.

    Raises:
        MissingInput: There is neither.
    """
    if name_or_path in site_names():
        return Path(str(resources.files("hpo.execution") / "sites" / f"{name_or_path}.toml"))
    path = Path(name_or_path)
    if not path.is_file():
        raise MissingInput(
            f"no site {name_or_path!r}: neither a file nor one of the known sites ({', '.join(site_names())})"
        )
    return path


def read_site(name_or_path: str) -> Site:
    """The packaged site of that name, or the site file at that path.

    Raises:
        MissingInput: There is neither.
        BadData: The file is no TOML, or a key is unknown or has a wrong value; all such problems at once.
    """
    path = site_path(name_or_path)
    return parse_toml(path, Site)


def parse_toml(path: Path, kind: type[Content]) -> Content:
    """The TOML file ``path`` as an object of ``kind``.

    Raises:
        BadData: It is no TOML, or a key is unknown or has a wrong value; all such problems at once.
    """
    try:
        content: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadData(f"{path}: {error}") from error
    try:
        return kind.model_validate(content)
    except PydanticError as error:
        raise BadData(problems_of(error, path)) from error
