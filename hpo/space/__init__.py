"""Hyperparameter spaces in CANDLE's conventions: reading, checking, drawing, varying, comparing."""

from hpo.space.axes import CategoricalAxis, FloatAxis, IntAxis, LogicalAxis, OrderedAxis
from hpo.space.base import Axis, Constant
from hpo.space.space import Space, read_space

__all__ = [
    "Axis",
    "CategoricalAxis",
    "Constant",
    "FloatAxis",
    "IntAxis",
    "LogicalAxis",
    "OrderedAxis",
    "Space",
    "read_space",
]
