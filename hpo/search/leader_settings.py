"""The settings of training leaders again: what the presets choose by the budget, and what contradicts itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hpo.evaluation import Value

BY_BUDGET: Final = ((2000, (10, 5, 10)), (200, (5, 2, 5)), (20, (2, 1, 2)), (1, (0, 0, 1)))
"""Least budget, the baseline aside, and LEADERS, REPLICATES and CONFIRMATIONS from it on in the preset ``default``:
1.4, 3.4, 10 and 12 % of XL, LARGE, MEDIUM and SMALL."""


def reserved(settings: Mapping[str, Value]) -> int:
    """Evaluations of a search by complete ``settings`` that train leaders again; the last generation has as many
    children less."""
    return _count(*(int(settings[name]) for name in ("LEADERS", "REPLICATES", "CONFIRMATIONS")))


def leader_defaults(evaluations: int, room: int, given: Mapping[str, Value]) -> dict[str, Value]:
    """LEADERS, REPLICATES and CONFIRMATIONS by the budget, consistent with those of them that are ``given``.

    Args:
        evaluations: Budget of the search, the baseline aside; 0 for none by default.
        room: Most evaluations that the last generation can spare.
        given: Settings that the user chose; they are not checked here.
    """
    leaders, replicates, confirmations = next(
        (chosen for least, chosen in BY_BUDGET if evaluations >= least and _count(*chosen) <= room), (0, 0, 0)
    )
    if given.get("LEADERS") == 0 or given.get("REPLICATES") == 0 or given.get("CONFIRMATIONS") == 0:
        leaders = replicates = 0
    elif given.get("LEADERS") or given.get("REPLICATES"):
        leaders, replicates, confirmations = max(2, leaders), max(1, replicates), max(1, confirmations)
    return {"LEADERS": leaders, "REPLICATES": replicates, "CONFIRMATIONS": confirmations} | {
        name: given[name] for name in ("LEADERS", "REPLICATES", "CONFIRMATIONS") if name in given
    }


def leader_problems(settings: Mapping[str, Value], room: int) -> list[str]:
    """What is wrong between LEADERS, REPLICATES and CONFIRMATIONS, each of which is allowed by itself.

    Args:
        settings: Complete settings.
        room: Most evaluations that the last generation can spare.
    """
    leaders, replicates, confirmations = (int(settings[name]) for name in ("LEADERS", "REPLICATES", "CONFIRMATIONS"))
    problems = []
    if (leaders > 0) != (replicates > 0):
        problems.append(
            "settings LEADERS and REPLICATES: must both be 0 or both be more, since leaders are compared by their "
            f"replicates, got {leaders} and {replicates}"
        )
    if leaders == 1:
        problems.append("setting LEADERS: must be 0, or at least 2 to compare, got 1")
    if leaders and not confirmations:
        problems.append(
            "setting CONFIRMATIONS: must be at least 1 where leaders are trained again, since the trainings that "
            "choose between them say nothing unbiased of the one chosen, got 0"
        )
    count = _count(leaders, replicates, confirmations)
    if count > room:
        problems.append(
            f"settings LEADERS, REPLICATES and CONFIRMATIONS: LEADERS * REPLICATES + CONFIRMATIONS must be at most "
            f"{room}, since the last generation makes room for them and keeps a child of its own, got {leaders} * "
            f"{replicates} + {confirmations} = {count}"
        )
    return problems


def _count(leaders: int, replicates: int, confirmations: int) -> int:
    return leaders * replicates + confirmations
