"""Import of Optuna studies: every study of a storage becomes a record or a named refusal."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from hpo.archive.importers.asked import Identity
from hpo.archive.importers.evaluations import Axes
from hpo.archive.importers.foreign import Parsed, Refused, names_here, refused
from hpo.archive.importers.optuna_space import derive_space
from hpo.archive.importers.optuna_storage import opened, storage_path
from hpo.archive.importers.optuna_trials import axes_of, content_of, numbers_of, point_of, row_of, utc_of, whole
from hpo.archive.importers.privacy import Scrubber
from hpo.archive.importers.reading import shown
from hpo.archive.importers.spaces import clean_space, looks_like_space, without_private_texts
from hpo.archive.schema import Protocol, Release, Times
from hpo.archive.tables import evaluations_table
from hpo.digest import digest
from hpo.errors import BadData, CrossHpoError, MissingInput
from hpo.identifiers import is_identifier
from hpo.space import Space

if TYPE_CHECKING:
    from optuna.storages import BaseStorage
    from optuna.study import Study
    from optuna.trial import FrozenTrial

KIND: Final = "optuna"
TOOL: Final = "Optuna"


def read_optuna(source: str, names: Sequence[str], space: Space | None) -> list[Parsed | Refused]:
    """The studies of the storage ``source``.

    Args:
        source: SQLite file, journal file, or ``sqlite:///`` URL.
        names: Studies to read; all if empty.
        space: The space of all studies, where theirs shall not be taken from their trials.

    Raises:
        UsageError: ``source`` is the URL of a database server.
        MissingInput: There is no such file or study, or Optuna is not installed.
        BadData: The file is no storage.
    """
    path = storage_path(source)
    with path.open("rb") as stream:
        files = {path.name: hashlib.file_digest(stream, "sha256").hexdigest()}
    with opened(path) as (storage, local_times):
        from optuna.study import get_all_study_names

        known = sorted(get_all_study_names(storage))
        unknown = [name for name in names if name not in known]
        if unknown or not known:
            listed = ", ".join(shown(name) for name in known[:10]) or "none"
            raise MissingInput(f"{path}: no study {', '.join(map(shown, unknown)) or 'in it'}; there are {listed}")
        return [_read(storage, name, path.name, files, space, local_times=local_times) for name in (names or known)]


def _read(
    storage: BaseStorage,
    name: str,
    file: str,
    files: Mapping[str, str],
    space: Space | None,
    *,
    local_times: bool,
) -> Parsed | Refused:
    from optuna.study import load_study

    try:
        try:
            study = load_study(study_name=name, storage=storage)
            study.get_trials(deepcopy=False)
        except Exception as error:
            # Optuna takes what a storage holds without checks, so that a damaged one can raise anything.
            raise BadData(f"its trials cannot be read ({type(error).__name__}: {shown(str(error))})") from error
        return parse_study(study, file, files, space, local_times=local_times)
    except CrossHpoError as error:
        return refused(shown(f"{file}/{name}"), error)


def parse_study(study: Study, file: str, files: Mapping[str, str], space: Space | None, *, local_times: bool) -> Parsed:
    """The run that ``study`` is.

    Args:
        study: A study.
        file: Name of the file that it is in.
        files: Digest of the file, by its name.
        space: Its space, where the user gave one.
        local_times: Whether times without a zone are local ones of this machine; else their zone is unknown.

    Raises:
        BadData: It has several objectives, or its parameters make no space; every problem at once.
    """
    if len(study.directions) != 1:
        raise BadData(f"{len(study.directions)} objectives; a record has one")
    trials = _trials(study, local_times=local_times)
    maximised = study.direction.name == "MAXIMIZE"
    attributes = study.user_attrs
    content = [content_of(trial) for trial in trials]
    scrubber = Scrubber([json.dumps([study.study_name, attributes, content], ensure_ascii=False, default=str)])
    notes = ["The study maximises: val_loss is the negative value."] if maximised else []
    plain = names_here(dict.fromkeys(name for trial in trials for name in point_of(trial)))
    notes += [f"{shown(old)} is called {new} here." for old, new in plain.items() if old != new]
    texts: set[str] = set()
    if space is None:
        space, texts = _space(attributes, trials, plain, scrubber, notes)
    else:
        space = clean_space(space, scrubber)
    axes = axes_of(space, trials, plain)
    ended = [trial for trial in trials if trial.state.is_finished()]
    rows = [
        {"evaluation": number, **row_of(trial, axes, plain, texts, scrubber, maximised=maximised)}
        for number, trial in zip(numbers_of(ended), ended, strict=True)
    ]
    notes += _notes_on(ended, rows, axes)
    left = [name for name in plain.values() if name not in axes and (space is None or name not in space.constants)]
    notes += [f"{name} is in the trials, but not in the space; it is left out." for name in left]
    types = {name: axis.column for name, axis in axes.items()}
    waiting = len(trials) - len(ended)
    reasons = [f"{waiting} trials were waiting or running; they have no result and are left out."] if waiting else []
    return Parsed(
        path=scrubber.text(shown(f"{file}/{study.study_name}")),
        tool=TOOL,
        identity=_identity(attributes),
        space=space,
        table=evaluations_table(sorted(rows, key=lambda row: int(row["evaluation"])), types),
        digest=digest([study.study_name, study.direction.name, content]),
        files={scrubber.text(name): value for name, value in files.items()},
        removed=scrubber.removed,
        about={"fixed": _fixed(space, attributes, scrubber), "times": _times(ended)},
        notes=tuple(scrubber.text(note) for note in notes),
        reasons=tuple(reasons if ended else [*reasons, "No evaluation has a row."]),
        lines=len(trials),
    )


def _trials(study: Study, *, local_times: bool) -> list[FrozenTrial]:
    """Trials in the order of their numbers; local times get their zone."""
    trials = study.get_trials(deepcopy=local_times)
    if local_times:
        for trial in trials:
            if trial.datetime_start is not None:
                trial.datetime_start = trial.datetime_start.astimezone(UTC)
            if trial.datetime_complete is not None:
                trial.datetime_complete = trial.datetime_complete.astimezone(UTC)
    return trials


def _space(
    attributes: Mapping[str, Any],
    trials: Sequence[FrozenTrial],
    plain: Mapping[str, str],
    scrubber: Scrubber,
    notes: list[str],
) -> tuple[Space | None, set[str]]:
    """The space that the study names, if it has all parameters, else that of the trials; and axes of mixed values."""
    named: Any = attributes.get("space")
    if looks_like_space(named):
        try:
            space = Space.from_json(without_private_texts(named, scrubber), "user attribute space")
        except BadData as error:
            notes.append(f"The user attribute space is none: {error.problems[0]}.")
        else:
            if set(plain.values()) <= set(space.names):
                return space, set()
            notes.append("The user attribute space does not have all parameters; that of the trials was taken.")
    derived = derive_space(trials, plain, scrubber)
    notes += derived.notes
    if derived.space is None:
        notes.append("No trial has parameters of Optuna; bounds and types of the hyperparameters are unknown.")
    return derived.space, derived.texts


def _times(trials: Iterable[FrozenTrial]) -> Times:
    known = [trial for trial in trials if trial.user_attrs.get("times_known") is not False]
    begun = [text for trial in known if (text := utc_of(trial.datetime_start))]
    ended = [text for trial in known if (text := utc_of(trial.datetime_complete))]
    return Times(started=min(begun, default=None), finished=max(ended, default=None))


def _notes_on(trials: Sequence[FrozenTrial], rows: Sequence[Mapping[str, Any]], axes: Axes) -> Iterator[str]:
    if any(trial.datetime_start is not None and trial.datetime_start.tzinfo is None for trial in trials):
        yield "Times of trials have no time zone: how long they took is known, when they started is not."
    pruned = sum(trial.state.name == "PRUNED" for trial in trials)
    if pruned:
        yield f"{pruned} trials were pruned: status killed and no loss, since theirs is of fewer epochs."
    for name in axes:
        missing = sum(row[name] is None for row in rows)
        if missing:
            yield f"{name}: {missing} trials do not have it."


def _identity(attributes: Mapping[str, Any]) -> Identity:
    """What the user attributes of a study say that it is of, as our export writes them; others say what fits."""

    def name(key: str) -> str | None:
        value = attributes.get(key)
        return value if isinstance(value, str) and is_identifier(value) else None

    return Identity(
        model=name("model"),
        dataset=name("dataset"),
        size=name("size"),
        release=_part(Release, attributes.get("release")),
        protocol=_part(Protocol, attributes.get("protocol")),
        strategy=name("strategy"),
        split=whole(attributes.get("split")),
        seed=whole(attributes.get("seed")),
    )


def _part(kind: Any, value: Any) -> Any:
    if isinstance(value, str) and kind is Release:
        value = {"name": value}
    try:
        return kind.model_validate(value) if isinstance(value, Mapping) else None
    except ValidationError:
        return None


def _fixed(space: Space | None, attributes: Mapping[str, Any], scrubber: Scrubber) -> dict[str, Any]:
    told = attributes.get("fixed")
    constants: dict[str, Any] = {} if space is None else dict(space.constants)
    if isinstance(told, Mapping) and all(
        isinstance(value, bool | int | float | str) or value is None for value in told.values()
    ):
        return constants | {str(name): scrubber.value(value) for name, value in told.items()}
    return constants
