# ruff: noqa: PTH123  (written as most such programs are)
import argparse
import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "biases"))
import biases

parser = argparse.ArgumentParser()
for name in ("train_ml_data_dir", "val_ml_data_dir", "model_outdir"):
    parser.add_argument(f"--{name}", required=True)
parser.add_argument("--learning_rate", type=float, default=0.1)
parser.add_argument("--epochs", type=int, default=5)
args = parser.parse_args()
if not os.environ.get("CANDLE_DATA_DIR"):
    raise SystemExit("CANDLE_DATA_DIR is not set")
model = biases.fit(biases.read_part(args.train_ml_data_dir, "train"), args.learning_rate, args.epochs, 0)
with open(f"{args.model_outdir}/model.json", "w") as stream:
    json.dump(model, stream)
rows = biases.read_part(args.val_ml_data_dir, "val")
predicted = biases.predict(model, rows)
scores = biases.score(rows, predicted)
print(f"on GPU {os.environ.get('CUDA_VISIBLE_DEVICES')}")
biases.write_results(args.model_outdir, "val", rows, predicted, {**scores, "val_loss": scores["mse"]})
