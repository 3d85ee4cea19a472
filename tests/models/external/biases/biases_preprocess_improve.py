import argparse

import biases

parser = argparse.ArgumentParser()
for name in ("input_dir", "output_dir", "train_split_file", "val_split_file", "test_split_file"):
    parser.add_argument(f"--{name}", required=True)
parser.add_argument("--y_col_name", default="auc")
args = parser.parse_args()
splits = {part: getattr(args, f"{part}_split_file") for part in ("train", "val", "test")}
biases.preprocess(args.input_dir, args.output_dir, splits, args.y_col_name)
