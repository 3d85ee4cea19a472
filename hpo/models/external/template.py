"""The model file and the space that a curator starts from."""

from __future__ import annotations

from typing import Any, Final

MODEL_FILE: Final = """\
# A model of your own, tuned by Cross-HPO without a change to its code. Paths are relative to this file.
# `cross-hpo models --check {file} --data raw_data --dataset {dataset}` tries it out and says what is wrong.

name = "{name}"                    # its name in the archive
title = ""                         # one line for readers
citation = ""                      # authors, title, journal, year

# Which command lines its programs have:
#   improvelib   <model>_train_improve.py --input_dir … --output_dir …          (2024 and later)
#   candle       IMPROVE_DATA_DIR, --train_ml_data_dir … --model_outdir …       (before)
#   command      command lines of your own, under [entry]
contract = "improvelib"
directory = "."                    # folder with *_preprocess_improve.py, *_train_improve.py, *_infer_improve.py
# python = "/path/to/environment"  # the model's own environment (venv or conda), or its Python; by default this one
# image = "model.sif"              # a container with preprocess.sh, train.sh and infer.sh, instead of directory,
# runtime = "apptainer"            # run by apptainer, singularity or docker

space = "space.json"               # what is searched
# inputs = ["x_data/cancer_gene_expression.tsv", "x_data/drug_SMILES.tsv"]    # all tables where left out
# seed_flag = "seed"               # flag that takes the seed, if the model has one
# time_limit = 7200                # seconds that a training may take
# run_in = "directory"             # current folder of the programs; by default a new one for each training

[hyperparameters]                  # every hyperparameter that may be searched or set, with its default
learning_rate = 0.0001
batch_size = 64
epochs = 50

# [flags]                          # where the flag of a hyperparameter has another name
# batch_size = "batch"

# [fixed]                          # further flags of every training, for example a patience
# patience = 10

# [preprocess]                     # further flags of preprocessing
# x_data_canc_files = "[['cancer_gene_expression.tsv', ['Gene_Symbol']]]"

# [entry]                          # the scripts, where they have other names
# train = "train.py"

# [environment]                    # variables of the model's programs
# TF_CPP_MIN_LOG_LEVEL = "2"

# [protocol]                       # raise version by hand when results stop being comparable
# version = 1
# target = "auc"
# metric = "mse"
"""

SPACE: Final[list[dict[str, Any]]] = [
    {
        "name": "learning_rate",
        "type": "float",
        "lower": 1e-6,
        "upper": 1e-2,
        "use_log_scale": True,
        "comment": "log scale: drawn linearly, nine in ten values would lie in the highest decade",
    },
    {"name": "batch_size", "type": "ordered", "element_type": "int", "values": [16, 32, 64, 128, 256, 512]},
    {"name": "epochs", "type": "constant", "value": 50, "comment": "the same for all, so that losses compare"},
]
"""CANDLE conventions; names are those of the model file."""
