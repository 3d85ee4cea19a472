"""LGBM: gradient-boosted trees on gene expression and Mordred descriptors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hpo.catalogue import MODEL_CARDS
from hpo.evaluation import Hyperparameters, Outcome
from hpo.models.base import Arrays, Model, TestScore, Training
from hpo.models.parameters import Parameter, defaults_of, resolve
from hpo.models.published import HOF, hof_protocol

if TYPE_CHECKING:
    import lightgbm
    import numpy as np

    from hpo.data.csa import CsaData

PARAMETERS: Final = (
    Parameter("learning_rate", 0.1, "weight of each new tree", lower=0.0, above=True),
    Parameter("n_estimators", 1000, "most boosting rounds", lower=1),
    Parameter("early_stopping_rounds", 50, "rounds without a better validation loss before stopping", lower=1),
    Parameter("num_leaves", 31, "most leaves of a tree", lower=2, upper=131072),
    Parameter("max_depth", -1, "most levels of a tree; -1 for no limit", lower=-1),
    Parameter("min_child_samples", 20, "least training rows in a leaf", lower=1),
    Parameter("colsample_bytree", 1.0, "share of the features drawn for each tree", lower=0.0, upper=1.0, above=True),
    Parameter("subsample", 1.0, "share of the rows drawn for each tree", lower=0.0, upper=1.0, above=True),
    Parameter("reg_alpha", 0.0, "L1 penalty on leaf values", lower=0.0),
    Parameter("reg_lambda", 0.0, "L2 penalty on leaf values, in rows", lower=0.0),
)

_FIXED: Final = {
    "objective": "regression",
    "metric": "l2",
    "verbosity": -1,
    "deterministic": True,
    "force_row_wise": True,
    "feature_pre_filter": False,  # it would tie the binned data to one min_child_samples
    "bagging_freq": 1,
}

_CHUNK: Final = 8192


class LGBM(Model):
    """Gradient-boosted trees. The result does not depend on the number of threads.

    ``compat="hof"`` fits the scales of the features on training and validation together, as published runs did.
    Trees hardly care: the order of the values stays the same.
    """

    card = MODEL_CARDS["LGBM"]
    parameters = PARAMETERS
    defaults = defaults_of(PARAMETERS)
    compats = (HOF,)

    def __init__(self, compat: str | None = None) -> None:
        super().__init__(compat)
        self._binned: tuple[Arrays, lightgbm.Dataset, lightgbm.Dataset] | None = None

    def protocol(self) -> dict[str, Any]:
        """See ``Model``; the best round plays the part of the best epoch."""
        if self.compat == HOF:
            return hof_protocol(self.protocol_version, selection="the best number of trees on validation")
        return super().protocol()

    def prepare(self, data: CsaData, dataset: str, split: int) -> dict[str, np.ndarray[Any, Any]]:
        """``cells`` (expression, float32) and ``drugs`` (descriptors, float32; NaN where undefined), and the pairs.

        Both tables are standardised on the cell lines and drugs of the training part.
        """
        import numpy as np

        from hpo.models.features import SCALED_ON, gene_expression, response_pairs, rows_of_parts, standardised

        expression = gene_expression(data)
        descriptors = data.drug_table("mordred")
        pairs = response_pairs(data, dataset, split, expression.index, descriptors.index)
        cells = expression.loc[pairs.cells].to_numpy(np.float64)
        drugs = descriptors.loc[pairs.drugs].to_numpy(np.float64)
        scaled_on = SCALED_ON[self.compat]
        return {
            "cells": standardised(cells, rows_of_parts(pairs.arrays, "cell", scaled_on)),
            "drugs": standardised(drugs, rows_of_parts(pairs.arrays, "drug", scaled_on)),
            **pairs.arrays,
        }

    def train(
        self, hyperparameters: Hyperparameters, arrays: Arrays, training: Training, *, test: bool = False
    ) -> tuple[Outcome, TestScore | None]:
        """Boost until the validation loss has not improved for ``early_stopping_rounds``; score the best round."""
        import lightgbm

        from hpo.models.metrics import outcome_from_predictions, test_score

        values = resolve(PARAMETERS, hyperparameters)
        train_set, val_set = self._binned_data(arrays, training.threads)
        rounds = 0

        def count(environment: lightgbm.callback.CallbackEnv) -> None:
            nonlocal rounds
            rounds = environment.iteration + 1

        booster = lightgbm.train(
            _settings(values, training),
            train_set,
            num_boost_round=int(values["n_estimators"]),
            valid_sets=[val_set],
            callbacks=[count, lightgbm.early_stopping(int(values["early_stopping_rounds"]), verbose=False)],
        )
        outcome = outcome_from_predictions(
            arrays["val_auc"],
            _predict(booster, arrays, "val", training.threads),
            epochs_run=rounds,
            best_epoch=booster.best_iteration,
        )
        if not test:
            return outcome, None
        return outcome, test_score(arrays["test_auc"], _predict(booster, arrays, "test", training.threads))

    def _binned_data(self, arrays: Arrays, threads: int) -> tuple[lightgbm.Dataset, lightgbm.Dataset]:
        """The binned training and validation rows; made once, since no hyperparameter touches them."""
        if self._binned is None or self._binned[0] is not arrays:
            import lightgbm

            settings = _FIXED | {"num_threads": threads}
            train = lightgbm.Dataset(_joined(arrays, "train", slice(None)), arrays["train_auc"], params=settings)
            val = lightgbm.Dataset(
                _joined(arrays, "val", slice(None)), arrays["val_auc"], reference=train, params=settings
            )
            self._binned = arrays, train.construct(), val.construct()
        return self._binned[1:]


def _settings(values: Hyperparameters, training: Training) -> dict[str, Any]:
    # One `seed` would also change how rows are sampled for binning, which the kept binned data exclude.
    seeds = dict.fromkeys(("bagging_seed", "feature_fraction_seed", "extra_seed", "objective_seed"), training.seed)
    return {
        **_FIXED,
        **seeds,
        "num_threads": training.threads,
        "learning_rate": values["learning_rate"],
        "num_leaves": values["num_leaves"],
        "max_depth": values["max_depth"],
        "min_data_in_leaf": values["min_child_samples"],
        "feature_fraction": values["colsample_bytree"],
        "bagging_fraction": values["subsample"],
        "lambda_l1": values["reg_alpha"],
        "lambda_l2": values["reg_lambda"],
    }


def _joined(arrays: Arrays, part: str, index: slice) -> np.ndarray[Any, Any]:
    """Rows of one part with the features of their cell line and drug, float32."""
    import numpy as np

    cells = arrays["cells"][arrays[f"{part}_cell"][index]]
    drugs = arrays["drugs"][arrays[f"{part}_drug"][index]]
    return np.concatenate([cells, drugs], axis=-1)


def _predict(booster: lightgbm.Booster, arrays: Arrays, part: str, threads: int) -> np.ndarray[Any, Any]:
    import numpy as np

    starts = range(0, len(arrays[f"{part}_auc"]), _CHUNK)
    chunks = [_joined(arrays, part, slice(start, start + _CHUNK)) for start in starts]
    return np.concatenate([booster.predict(chunk, num_threads=threads) for chunk in chunks])
