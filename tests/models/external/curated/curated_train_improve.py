import sys
from pathlib import Path

import improvelib.utils as frm
import numpy as np
import pandas as pd
from improvelib.applications.drug_response_prediction.config import DRPTrainConfig

FOLDER = Path(__file__).resolve().parent
PARAMETERS = [{"name": "shrinkage", "type": float, "default": 1.0, "help": "Pulls each mean to that of all."}]


def effects(table, key, column, mean, shrinkage):
    groups = table.groupby(key)[column]
    return (groups.sum() - mean * groups.count()) / (groups.count() + shrinkage)


def run(params):
    y = params["y_col_name"]
    read = {
        stage: pd.read_csv(
            Path(params["input_dir"]) / frm.build_ml_data_file_name(data_format=params["data_format"], stage=stage)
        )
        for stage in ("train", "val")
    }
    train, val = read["train"], read["val"]
    mean = train[y].mean()
    predicted = np.full(len(val), mean)
    for key in ("improve_sample_id", "improve_chem_id"):
        predicted += val[key].map(effects(train, key, y, mean, params["shrinkage"])).fillna(0.0).to_numpy()
    truth = val[y].to_numpy()
    frm.store_predictions_df(
        y_true=truth, y_pred=predicted, stage="val", y_col_name=y,
        output_dir=params["output_dir"], input_dir=params["input_dir"],
    )  # fmt: skip
    return frm.compute_performance_scores(
        y_true=truth, y_pred=predicted, stage="val", metric_type=params["metric_type"], output_dir=params["output_dir"]
    )


def main(args):
    config = DRPTrainConfig()
    params = config.initialize_parameters(
        pathToModelDir=FOLDER, default_config="curated.cfg", additional_definitions=PARAMETERS
    )
    run(params)


if __name__ == "__main__":
    main(sys.argv[1:])
