"""What a worker rank does with a candidate.

Tasks travel to a rank as the name of a function, so the rank's evaluator is found through this module.
"""

from __future__ import annotations

from typing import Final

from hpo.evaluation import Candidate
from hpo.execution.child import ChildEvaluator, Result

_EVALUATOR: Final[list[ChildEvaluator]] = []
"""The evaluator of this process, once it has one."""


def serve_with(evaluator: ChildEvaluator) -> None:
    """Make ``evaluator`` the one that this process evaluates with."""
    _EVALUATOR[:] = [evaluator]


def evaluate(candidate: Candidate) -> Result:
    """Train ``candidate`` with the evaluator of this process."""
    return _EVALUATOR[0].evaluate(candidate)
