# ruff: noqa: PTH123  (written as most such programs are)
import argparse
import json

import biases

parser = argparse.ArgumentParser()
for name in ("input_data_dir", "input_model_dir", "output_dir", "calc_infer_scores"):
    parser.add_argument(f"--{name}", required=True)
args = parser.parse_args()
with open(f"{args.input_model_dir}/model.json") as stream:
    model = json.load(stream)
rows = biases.read_part(args.input_data_dir, "test")
predicted = biases.predict(model, rows)
biases.write_results(args.output_dir, "test", rows, predicted, biases.score(rows, predicted))
