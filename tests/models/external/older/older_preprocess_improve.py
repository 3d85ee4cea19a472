import argparse
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "biases"))
import biases

parser = argparse.ArgumentParser()
for name in ("train_split_file", "val_split_file", "test_split_file", "ml_data_outdir"):
    parser.add_argument(f"--{name}", required=True)
parser.add_argument("--y_col_name", default="auc")
args = parser.parse_args()
splits = {part: getattr(args, f"{part}_split_file") for part in ("train", "val", "test")}
assert os.environ["IMPROVE_DATA_DIR"] == os.environ["CANDLE_DATA_DIR"]
biases.preprocess(f"{os.environ['CANDLE_DATA_DIR']}/raw_data", args.ml_data_outdir, splits, args.y_col_name)
