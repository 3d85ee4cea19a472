"""Models and datasets as plain data: what they are, who made them, on which terms. Read by searches and reports."""

from hpo.catalogue.cards import ModelCard
from hpo.catalogue.models import MODEL_CARDS

__all__ = ["MODEL_CARDS", "ModelCard"]
