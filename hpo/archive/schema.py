"""The record, schema version 1: what ``run.json`` holds.

A record is a folder ``hall_of_fame/<MODEL>/<DATASET>/<SIZE>/<RUN>/`` of ``run.json``, ``space.json``,
``evaluations.csv``, ``generations.csv``, ``best.json``, for own runs ``journal.jsonl``, and
``MANIFEST.sha256``. No user name, host name or absolute path enters it: hosts are called ``node-01`` and on.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, FiniteFloat

from hpo.identifiers import check_identifier

SCHEMA: Final = "cross-hpo/run/1"

Identifier = Annotated[str, AfterValidator(check_identifier)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Timestamp = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$")]
Scalar = bool | int | FiniteFloat | str | None


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Release(_Part):
    """Which cut of the dataset the files are. Losses of different releases are never compared."""

    name: Identifier
    digest: Digest | None = Field(None, description="over the digests of the data files used; null if unknown")


class Protocol(_Part):
    """How a loss comes about. Losses of different protocols are never compared."""

    name: Identifier = Field(description="for example auc-mse")
    version: int = Field(description="raised by hand when results stop being comparable")
    target: str = Field(description="what the model is fitted to, for example auc or log10(auc + 0.01)")
    metric: str = Field(description="what val_loss is, for example mse")
    selection: str = Field(description="which epoch's weights are scored, for example the best on validation")
    compat: str | None = Field(None, description="name of the published behaviour reproduced, for example hof")


class Objective(_Part):
    """The quantity minimised."""

    name: Identifier = "val_loss"
    metric: str = "mse"
    direction: Literal["minimize"] = "minimize"


class EvaluationSummary(_Part):
    """One evaluation of the run, as a number on the site refers to it."""

    evaluation: int | None = Field(description="row of evaluations.csv; null if in no row (imports)")
    generation: int | None = None
    status: str = "ok"
    hyperparameters: dict[str, Scalar] = Field(description="searched axes and constants; null = not recorded")
    val_loss: FiniteFloat | None
    metrics: dict[str, FiniteFloat] = {}
    message: str = ""


class Optimum(_Part):
    """The candidate that a run announces, after leaders were trained again with fresh seeds.

    The lowest of many measured losses is partly luck. So the best few candidates are trained again, the best mean
    decides between them, and the loss that is announced comes from trainings that decided nothing.
    """

    evaluation: int = Field(description="row of evaluations.csv in which the search trained it first")
    hyperparameters: dict[str, Scalar] = Field(description="searched axes and constants")
    val_loss: FiniteFloat = Field(description="mean over the trainings that took no part in the choice")
    std: FiniteFloat | None = Field(None, description="sample standard deviation of those; null for a single one")
    trainings: list[int] = Field(description="rows of evaluations.csv behind val_loss")
    leaders: list[int] = Field(description="rows of the first trainings of all candidates trained again, best first")
    equivalents: list[int] = Field([], description="leaders that are not told to be worse, itself left out")


class Individual(_Part):
    """One member of the last population, as the source of an import lists it."""

    evaluation: int | None = Field(None, description="row of evaluations.csv; null if in none, or if it may be several")
    val_loss: FiniteFloat | None = None
    hyperparameters: dict[str, Scalar] = Field({}, description="searched axes; empty if the source lists losses only")


class Counts(_Part):
    """How many evaluations there are, by status."""

    evaluations: int = Field(ge=0, description="rows of evaluations.csv")
    planned: int | None = Field(None, ge=0, description="budget of the size, baseline included; null if unknown")
    reused: int = Field(0, ge=0, description="repeats answered from an earlier evaluation and not trained again")
    by_status: dict[str, int] = {}


class Times(_Part):
    """When the run took place, UTC; null if unknown."""

    started: Timestamp | None = None
    finished: Timestamp | None = None


class Cost(_Part):
    """What the run cost; null where the source does not say."""

    workers: int | None = Field(None, ge=1)
    starts: int | None = Field(None, ge=1, description="1 + number of times the run was continued")
    walltime: FiniteFloat | None = Field(None, ge=0, description="seconds that a controller was running")
    worker_seconds: FiniteFloat | None = Field(None, ge=0, description="seconds that workers were reserved")
    busy_seconds: FiniteFloat | None = Field(None, ge=0, description="seconds spent in evaluations")
    idle_seconds: FiniteFloat | None = Field(None, ge=0, description="worker_seconds - busy_seconds")


class Provenance(_Part):
    """What the run was made with."""

    software: dict[str, str] = Field({}, description="version by package, and python and platform")
    commit: str | None = None
    dirty: bool | None = Field(None, description="whether the working tree differed from the commit")
    digests: dict[str, Digest] = Field(
        {}, description="space, data and split files, and the parts of a model that is run as a program, by role"
    )
    launcher: str | None = None
    mpi_size: int | None = None
    devices: list[str] = []
    nodes: list[str] = Field([], description="aliases node-01, node-02, ...; never host names")
    time_limit: FiniteFloat | None = Field(None, description="seconds an evaluation may take; null = none")
    memory_limit: FiniteFloat | None = Field(None, description="GiB an evaluation may use; null = none")


class Source(_Part):
    """Where the record comes from."""

    kind: Identifier = Field("cross-hpo", description="cross-hpo for own runs, else the format of the import")
    name: str | None = Field(None, description="name of the source, for example the repository")
    commit: str | None = None
    path: str | None = Field(None, description="folder of the run within the source, relative")
    digest: Digest | None = Field(None, description="over the source files of this run")
    files: dict[str, Digest] = Field({}, description="source files of this run by relative path")
    removed: dict[str, int] = Field({}, description="private texts taken out, counted by kind")


class Flag(_Part):
    """An audit finding."""

    flag: Identifier
    explanation: str
    evidence: dict[str, Any] = {}


class ReplayInfo(_Part):
    """What deriving all evaluations of an import again came to."""

    state: Literal["complete", "partial"] = Field(
        description="complete: every evaluation comes back; partial: losses that decide over later ones are missing"
    )
    evaluations: int = Field(ge=0, description="evaluations whose hyperparameters are derived")
    agreeing: int = Field(ge=0, description="rows of evaluations.csv that are derived bit for bit")
    reason: str = Field("", description="why it is partial")
    assumptions: list[str] = []


class RunInfo(_Part):
    """``run.json``."""

    schema_: Literal["cross-hpo/run/1"] = Field(SCHEMA, alias="schema")
    model: Identifier
    dataset: Identifier
    size: Identifier = Field(description="SMALL, MEDIUM, LARGE, XL, or another name for other sizes")
    strategy: Identifier
    run: Identifier
    seed: int | None = Field(description="seed of the search; null if the source does not say")
    split: int | None = Field(0, description="number of the split; null if unknown")
    release: Release
    protocol: Protocol
    objective: Objective = Objective()
    population: int | None = Field(description="individuals of the first generation")
    generations: int | None = Field(description="generations, the first included")
    settings: dict[str, Scalar] = {}
    fixed: dict[str, Scalar] = Field({}, description="hyperparameters that stayed the same")
    spec: Digest | None = Field(None, description="digest of the run's identity, see hpo.execution.spec")
    counts: Counts
    baseline: EvaluationSummary | None = None
    best: EvaluationSummary | None = Field(None, description="lowest loss of the search, replicates aside")
    optimum: Optimum | None = Field(None, description="null where no leader was trained again")
    published_best: EvaluationSummary | None = Field(None, description="what the source of an import calls best")
    final_population: list[Individual] = Field([], description="the last population of an import, in its order")
    times: Times = Times()
    cost: Cost = Cost()
    provenance: Provenance = Provenance()
    source: Source = Source()
    unrecorded: list[str] = Field([], description="searched axes without a column in the source")
    recovered: dict[str, str] = Field({}, description="axis: where its missing values were found")
    notes: list[str] = Field([], description="what an importer had to decide, one sentence each")
    replay: ReplayInfo | None = Field(None, description="of imports: whether the search was derived again")
    flags: list[Flag] = []

    @property
    def key(self) -> str:
        """Path of the record within the archive: ``MODEL/DATASET/SIZE/RUN``."""
        return f"{self.model}/{self.dataset}/{self.size}/{self.run}"


class BestInfo(_Part):
    """``best.json``: the best evaluation ever made, not the best of the last population."""

    schema_: Literal["cross-hpo/best/1"] = Field("cross-hpo/best/1", alias="schema")
    run: str = Field(description="key of the record")
    best: EvaluationSummary | None = Field(None, description="null if no evaluation succeeded")
    optimum: Optimum | None = Field(None, description="null where no leader was trained again")
