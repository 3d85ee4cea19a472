"""A model as somebody else would write it: no registered name, no space file, no laws."""

from __future__ import annotations

from hpo.catalogue import ModelCard
from hpo.evaluation import Outcome, Status
from hpo.models.base import Model


class Foreign(Model):
    card = ModelCard("Foreign", "A model of somebody else", "Predicts nothing.", "none", "", "unknown", (), ())
    defaults = {"width": 3}  # noqa: RUF012  # as most people would write it

    def prepare(self, data, dataset, split):
        return {}

    def train(self, hyperparameters, arrays, training, *, test=False):
        return Outcome(Status.FAILED), None
