"""The drug-response models: what each is and where it comes from."""

from __future__ import annotations

from typing import Final

from hpo.catalogue.cards import ModelCard

LGBM: Final = ModelCard(
    name="LGBM",
    title="Gradient-boosted trees",
    summary=(
        "LightGBM regression trees on the expression of the LINCS landmark genes and the Mordred descriptors of the "
        "drug, joined to one row a response. Squared error, early stopping on the validation part. The baseline that "
        "a neural network has to beat."
    ),
    citation=(
        "Ke G. et al., LightGBM: a highly efficient gradient boosting decision tree, "
        "Advances in Neural Information Processing Systems 30 (2017) 3146-3154"
    ),
    doi="",
    licence="The IMPROVE curation is Apache-2.0, LightGBM is MIT; this implementation is new and under this project's.",
    inputs=("x_data/cancer_gene_expression.tsv", "x_data/drug_mordred.tsv", "y_data/response.tsv"),
    packages=("lightgbm",),
    epochs_name="boosting rounds",
)


GRAPHDRP: Final = ModelCard(
    name="GraphDRP",
    title="Graph network over the drug, CNN over the cell line",
    summary=(
        "Five graph isomorphism layers over the atoms of the drug and three one-dimensional convolutions over the "
        "expression of the LINCS landmark genes, joined by a fully connected head with a sigmoid. About a million "
        "weights; dropout is part of the architecture and not searched."
    ),
    citation=(
        "Nguyen T. et al., Graph convolutional networks for drug response prediction, "
        "IEEE/ACM Transactions on Computational Biology and Bioinformatics 19(1) (2022) 146-154"
    ),
    doi="10.1109/TCBB.2021.3060430",
    licence="The IMPROVE curation is Apache-2.0; this implementation is new and under this project's.",
    inputs=("x_data/cancer_gene_expression.tsv", "x_data/drug_SMILES.tsv", "y_data/response.tsv"),
    packages=("torch", "rdkit"),
)


MODEL_CARDS: Final = {card.name: card for card in (LGBM, GRAPHDRP)}
"""By upstream's spelling, in the order of tables."""
