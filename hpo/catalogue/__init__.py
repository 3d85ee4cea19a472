"""Models and datasets as plain data: what they are, who made them, on which terms. Read by searches and reports."""

from hpo.catalogue.cards import ModelCard
from hpo.catalogue.datasets import DATASET_CARDS, DatasetCard
from hpo.catalogue.models import MODEL_CARDS

__all__ = ["DATASET_CARDS", "MODEL_CARDS", "DatasetCard", "ModelCard"]
