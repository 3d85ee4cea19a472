import sys
from pathlib import Path

import improvelib.applications.drug_response_prediction.drp_utils as drp
import improvelib.applications.drug_response_prediction.drug_utils as drugs
import improvelib.utils as frm
from improvelib.applications.drug_response_prediction.config import DRPPreprocessConfig

FOLDER = Path(__file__).resolve().parent


def run(params):
    frm.create_outdir(outdir=params["output_dir"])
    smiles = drugs.DrugsLoader(params).dfs["drug_SMILES.tsv"].reset_index()
    for stage in ("train", "val", "test"):
        responses = drp.DrugResponseLoader(params, split_file=params[f"{stage}_split_file"]).dfs["response.tsv"]
        kept, _ = drp.get_common_samples(responses, smiles, params["drug_col_name"])
        columns = [params["canc_col_name"], params["drug_col_name"], params["y_col_name"]]
        name = frm.build_ml_data_file_name(data_format=params["data_format"], stage=stage)
        kept[columns].to_csv(Path(params["output_dir"]) / name, index=False)
        frm.save_stage_ydf(ydf=kept[columns], stage=stage, output_dir=params["output_dir"])
    return params["output_dir"]


def main(args):
    config = DRPPreprocessConfig()
    params = config.initialize_parameters(pathToModelDir=FOLDER, default_config="curated.cfg")
    run(params)


if __name__ == "__main__":
    main(sys.argv[1:])
