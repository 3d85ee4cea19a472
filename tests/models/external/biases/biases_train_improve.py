# ruff: noqa: PTH123  (written as most such programs are)
import argparse
import json
import os
import signal
import subprocess
import sys
import time

import biases

parser = argparse.ArgumentParser()
parser.add_argument("--input_dir", required=True)
parser.add_argument("--output_dir", required=True)
parser.add_argument("--learning_rate", type=float, default=0.1)
parser.add_argument("--epochs", type=int, default=5)
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--act", default="train")
args = parser.parse_args()
print("training", file=sys.stderr)
if args.act == "exit":
    sys.exit("shapes do not fit")
if args.act == "segfault":
    os.kill(os.getpid(), signal.SIGSEGV)
if args.act == "memory":
    sys.exit("RuntimeError: CUDA out of memory. Tried to allocate 20.00 GiB")
if args.act == "hang":
    subprocess.Popen(["sleep", "1000"])
    print("hanging", flush=True)
    time.sleep(1000)
if args.act == "daemon":
    # As loaders do that are not told to end.
    left = subprocess.Popen(["sleep", "1000"])
    print(f"left {left.pid} behind", flush=True)
if args.act == "silent":
    sys.exit(0)
if args.act in ("nan", "inf", "-1", "junk"):
    print(f"IMPROVE_RESULT val_loss:\t{args.act}")
    sys.exit(0)

model = biases.fit(biases.read_part(args.input_dir, "train"), args.learning_rate, args.epochs, args.seed)
if args.act == "dead":
    model = {"mean": 1.0, "effects": {}}
with open(f"{args.output_dir}/model.json", "w") as stream:
    json.dump(model, stream)
rows = biases.read_part(args.input_dir, "val")
predicted = biases.predict(model, rows)
scores = biases.score(rows, predicted)
if args.act == "line":
    print(f"IMPROVE_RESULT val_loss:\t{scores['mse']:.17e}")
    sys.exit(0)
biases.write_results(args.output_dir, "val", rows, predicted, scores)
