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


IGTD: Final = ModelCard(
    name="IGTD",
    title="Tables turned into images, read by convolutions",
    summary=(
        "The genes that vary most between cell lines, and the descriptors that vary most between drugs, become the "
        "pixels of an image each, up to 50 by 50, arranged so that features that behave alike lie side by side. A "
        "convolutional network for each image and five fully connected layers over both, without a bound on the "
        "output. About 1.3 million weights at full size."
    ),
    citation=(
        "Zhu Y. et al., Converting tabular data into images for deep learning with convolutional neural networks, "
        "Scientific Reports 11 (2021) 11325"
    ),
    doi="10.1038/s41598-021-90923-y",
    licence="The IMPROVE curation is MIT-style; this implementation is new and under this project's.",
    inputs=("x_data/cancer_gene_expression.tsv", "x_data/drug_mordred.tsv", "y_data/response.tsv"),
    packages=("torch",),
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


PATHDSP: Final = ModelCard(
    name="PathDSP",
    title="Fully connected network on pathway scores",
    summary=(
        "How strongly each pathway is touched by a cell line's copy number, mutations and expression and by the drug's "
        "targets (random walks over a gene network, single-sample enrichment), with the drug's Morgan fingerprint, in "
        "four fully connected layers. It learns log10(auc + 0.01); losses are on AUC, those of the published searches "
        "on the logarithm. Scores of the walks are compared with all random gene lists; the original draws three."
    ),
    citation=(
        "Tang Y.-C., Gottlieb A., Explainable drug sensitivity prediction through cancer pathway enrichment, "
        "Scientific Reports 11 (2021) 3128"
    ),
    doi="10.1038/s41598-021-82612-7",
    licence=(
        "The IMPROVE curation is MIT-style; this implementation is new and under this project's. Gene sets (MSigDB), "
        "gene links (STRING) and drug targets carry their own terms and are not shipped."
    ),
    inputs=(
        "x_data/cancer_gene_expression.tsv",
        "x_data/cancer_mutation_count.tsv",
        "x_data/cancer_discretized_copy_number.tsv",
        "x_data/drug_SMILES.tsv",
        "x_data/drug_info.tsv",
        "annotations/pathway_gene_sets.gmt",
        "annotations/gene_links.tsv",
        "annotations/drug_targets.tsv",
        "y_data/response.tsv",
    ),
    packages=("torch", "rdkit"),
)


HIDRA: Final = ModelCard(
    name="HiDRA",
    title="Attention over genes and pathways",
    summary=(
        "Attention over the genes of each pathway and then over the pathways, steered by the drug's ECFP4 "
        "fingerprint, and two fully connected layers without a bound on the output. About 2.4 million weights with "
        "the 186 pathways of KEGG. No dropout; every hidden layer has batch normalisation."
    ),
    citation=(
        "Jin I., Nam H., HiDRA: hierarchical network for drug response prediction with attention, "
        "Journal of Chemical Information and Modeling 61(8) (2021) 3858-3867"
    ),
    doi="10.1021/acs.jcim.1c00706",
    licence=(
        "The original's repository holds both GPL-3.0 and CC-BY-NC-SA-4.0; this implementation is new, made from the "
        "paper and from facts, and under this project's. The gene sets (KEGG) carry their own terms and are not "
        "shipped."
    ),
    inputs=(
        "x_data/cancer_gene_expression.tsv",
        "x_data/drug_ecfp4_nbits512.tsv",
        "annotations/kegg_gene_sets.gmt",
        "y_data/response.tsv",
    ),
    packages=("torch",),
)


PACCMANN_MCA: Final = ModelCard(
    name="Paccmann_MCA",
    title="Convolutions over SMILES that attend to genes",
    summary=(
        "Convolutions of three widths over the tokens of the drug's SMILES, and attention heads that weigh positions "
        "of the drug by the expression of the cell line's genes; a fully connected head with a sigmoid. Drugs are "
        "written by random SMILES in training. Without the original's lists, genes are the LINCS landmark genes and "
        "tokens those of the training part's drugs."
    ),
    citation=(
        "Manica M. et al., Toward explainable anticancer compound sensitivity prediction via multimodal "
        "attention-based convolutional encoders, Molecular Pharmaceutics 16(12) (2019) 4797-4806"
    ),
    doi="10.1021/acs.molpharmaceut.9b00520",
    licence=(
        "The original and the IMPROVE curation are MIT; this implementation is new and under this project's. The "
        "authors' lists of genes and tokens are not shipped."
    ),
    inputs=("x_data/cancer_gene_expression.tsv", "x_data/drug_SMILES.tsv", "y_data/response.tsv"),
    packages=("torch", "rdkit"),
    optional_inputs=("annotations/paccmann_genes.txt", "annotations/paccmann_tokens.txt"),
)


DEEPTTC: Final = ModelCard(
    name="DeepTTC",
    title="Transformer over SMILES sub-words, network over genes",
    summary=(
        "Eight transformer layers over the sub-words of the drug's SMILES and four fully connected layers over the "
        "expression of the LINCS landmark genes, joined by a fully connected head without a bound on the output. "
        "Without the original's tables of sub-words (learned from ChEMBL), merges are learned from the training "
        "part's drugs."
    ),
    citation=(
        "Jiang L. et al., DeepTTA: a transformer-based model for predicting cancer drug response, "
        "Briefings in Bioinformatics 23(3) (2022) bbac100"
    ),
    doi="10.1093/bib/bbac100",
    licence=(
        "The original and the IMPROVE curation have no licence file; this implementation is new and under this "
        "project's. The tables of sub-words belong to ESPF (Huang et al. 2019) and are not shipped."
    ),
    inputs=("x_data/cancer_gene_expression.tsv", "x_data/drug_SMILES.tsv", "y_data/response.tsv"),
    packages=("torch",),
    optional_inputs=(
        "annotations/drug_codes_chembl_freq_1500.txt",
        "annotations/subword_units_map_chembl_freq_1500.csv",
    ),
)


UNO: Final = ModelCard(
    name="Uno",
    title="Two towers of fully connected layers and one over both",
    summary=(
        "Three fully connected layers over the expression of all genes, three over the Mordred descriptors of the drug "
        "and five over both, a thousand units each; the output is a sigmoid. The learning rate rises over the first "
        "epochs and falls whenever the validation loss stands still."
    ),
    citation=(
        "Xia F. et al., A cross-study analysis of drug response prediction in cancer cell lines, "
        "Briefings in Bioinformatics 23(1) (2022) bbab356"
    ),
    doi="10.1093/bib/bbab356",
    licence=(
        "The IMPROVE curation has no licence file; this implementation is new, made from the paper and from facts, and "
        "under this project's."
    ),
    inputs=("x_data/cancer_gene_expression.tsv", "x_data/drug_mordred.tsv", "y_data/response.tsv"),
    packages=("torch",),
)


MODEL_CARDS: Final = {card.name: card for card in (GRAPHDRP, IGTD, PACCMANN_MCA, PATHDSP, HIDRA, LGBM, DEEPTTC, UNO)}
"""By upstream's spelling, in the order of tables."""
