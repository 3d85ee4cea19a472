# ruff: noqa: PTH123, B905  (written as most such programs are)
"""A model of two tables: an effect of each cell line and of each drug, fitted by gradient descent."""

import csv
import json
import math
import random


def read_split(raw, name, column):
    with open(f"{raw}/splits/{name}") as stream:
        wanted = {int(line) for line in stream}
    with open(f"{raw}/y_data/response.tsv", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t"))
    # A drug without a structure can't be represented.
    with open(f"{raw}/x_data/drug_SMILES.tsv", newline="") as stream:
        known = {row["improve_chem_id"] for row in csv.DictReader(stream, delimiter="\t")} - {"Drug_7"}
    keys = ("improve_sample_id", "improve_chem_id", column)
    return [{key: row[key] for key in keys} for i, row in enumerate(rows) if i in wanted and row[keys[1]] in known]


def preprocess(raw, out, splits, column):
    for part, name in splits.items():
        with open(f"{out}/{part}_y_data.csv", "w", newline="") as stream:
            writer = csv.DictWriter(stream, ["improve_sample_id", "improve_chem_id", column])
            writer.writeheader()
            writer.writerows(read_split(raw, name, column))
    with open(f"{out}/param_log_file.txt", "w") as stream:
        stream.write(f"written at {random.random()} into {out}\n")


def read_part(folder, part):
    with open(f"{folder}/{part}_y_data.csv", newline="") as stream:
        return [tuple(row.values()) for row in csv.DictReader(stream)]


def fit(rows, learning_rate, epochs, seed):
    effects, mean = {}, sum(float(auc) for *_, auc in rows) / len(rows)
    order = list(rows)
    generator = random.Random(seed)
    for _ in range(epochs):
        generator.shuffle(order)
        for cell, drug, auc in order:
            error = float(auc) - mean - effects.get(cell, 0.0) - effects.get(drug, 0.0)
            for name in (cell, drug):
                effects[name] = effects.get(name, 0.0) + learning_rate * error
    return {"mean": mean, "effects": effects}


def predict(model, rows):
    effects = model["effects"]
    return [model["mean"] + effects.get(cell, 0.0) + effects.get(drug, 0.0) for cell, drug, _ in rows]


def score(rows, predicted):
    truth = [float(auc) for *_, auc in rows]
    mse = sum((a - b) ** 2 for a, b in zip(truth, predicted)) / len(truth)
    mean = sum(truth) / len(truth)
    return {"mse": mse, "rmse": math.sqrt(mse), "r2": 1 - mse / (sum((a - mean) ** 2 for a in truth) / len(truth))}


def write_results(out, part, rows, predicted, scores):
    with open(f"{out}/{part}_y_data_predicted.csv", "w") as stream:
        stream.write("auc_true,auc_pred\n")
        stream.writelines(f"{float(auc):.4f},{value:.4f}\n" for (*_, auc), value in zip(rows, predicted))
    with open(f"{out}/{part}_scores.json", "w") as stream:
        json.dump(scores, stream, indent=4)
    print(f"\nIMPROVE_RESULT {part}_loss:\t{scores['mse']}\n")
