"""Takes a search through what a journal or record holds, and proves that it would have asked for the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version

from hpo.digest import canonical_json
from hpo.errors import Drift
from hpo.evaluation import Candidate, Outcome
from hpo.search.protocol import Search


def replay(search: Search, candidates: Mapping[int, Candidate], outcomes: Mapping[int, Outcome]) -> list[Candidate]:
    """Ask and tell ``search`` all that is known; it then stands where the recorded search stood.

    Args:
        search: A search at its beginning; advanced in place.
        candidates: Recorded candidates by number, any subset.
        outcomes: Recorded outcomes by number; a candidate without one still has to be evaluated.

    Returns:
        The candidates that were asked for and have no outcome, by number: what to evaluate next, whether recorded
        or not. Empty where the record is complete.

    Raises:
        Drift: The search asks for something else than was recorded, or never asks for a recorded evaluation; the
            message names the first difference.
    """
    pending = []
    asked = set()
    while (candidate := search.ask()) is not None:
        number = candidate.evaluation
        asked.add(number)
        recorded = candidates.get(number)
        if recorded is not None:
            _compare(candidate, recorded, search.packages)
        if number in outcomes:
            search.tell(number, outcomes[number])
        else:
            pending.append(candidate)
    unknown = sorted((set(candidates) | set(outcomes)) - asked)
    if unknown:
        why = "it ends before" if search.finished else f"it waits for {len(pending)} outcomes that are missing"
        raise Drift(f"evaluation {unknown[0]} is recorded, but the search doesn't ask for it: {why}")
    return pending


def _compare(candidate: Candidate, recorded: Candidate, packages: Sequence[str]) -> None:
    asks, found = candidate.to_json(), recorded.to_json()
    # As text: 1, 1.0 and True are equal otherwise.
    if canonical_json(asks) == canonical_json(found):
        return
    for key in asks:
        if canonical_json(asks[key]) != canonical_json(found[key]):
            raise Drift(
                f"evaluation {candidate.evaluation}: {key} recorded as {found[key]}, but the search asks for "
                f"{asks[key]}; the space, a setting or the search itself has changed since{_or_versions(packages)}"
            )


def _or_versions(packages: Sequence[str]) -> str:
    """What else may have changed where ``packages`` decide what a search asks for."""
    found = []
    for package in packages:
        with suppress(PackageNotFoundError):
            found.append(f"{package} {version(package)}")
    return f", or it was made with other versions than {' and '.join(found)}, which may ask for others" if found else ""
