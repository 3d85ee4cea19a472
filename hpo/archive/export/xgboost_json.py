"""A forest of scikit-learn as a model file of XGBoost, which HPO-B's handler loads; XGBoost itself is not needed.

XGBoost adds its trees up, so that leaves hold the value divided by the number of trees. It goes left where a place is
below the split and scikit-learn where it is at most that; both compare float32, so the split becomes the next number.
Format: https://xgboost.readthedocs.io/en/stable/tutorials/saving_model.html and the schema in XGBoost's repository.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

VERSION: Final = [2, 0, 0]
"""Version of XGBoost whose format this is; later ones read it."""

ROOT_PARENT: Final = 2**31 - 1
LEAF: Final = -1


def forest_json(trees: Sequence[Any], columns: int) -> dict[str, Any]:
    """The mean of ``trees`` as XGBoost's JSON.

    Args:
        trees: ``tree_`` of fitted regression trees with one output.
        columns: Number of columns of a row.
    """
    return {
        "learner": {
            "attributes": {},
            "feature_names": [],
            "feature_types": [],
            "gradient_booster": {
                "model": {
                    "gbtree_model_param": {"num_parallel_tree": "1", "num_trees": str(len(trees))},
                    "iteration_indptr": list(range(len(trees) + 1)),
                    "tree_info": [0] * len(trees),
                    "trees": [_tree(number, tree, len(trees), columns) for number, tree in enumerate(trees)],
                },
                "name": "gbtree",
            },
            "learner_model_param": {
                "base_score": "0E0",
                "boost_from_average": "0",
                "num_class": "0",
                "num_feature": str(columns),
                "num_target": "1",
            },
            "objective": {"name": "reg:squarederror", "reg_loss_param": {"scale_pos_weight": "1"}},
        },
        "version": VERSION,
    }


def _tree(number: int, tree: Any, of: int, columns: int) -> dict[str, Any]:
    import numpy as np

    order = _level_by_level(tree)
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    inner = tree.children_left[order] != LEAF
    left, right = (
        np.where(inner, place[children[order]], LEAF) for children in (tree.children_left, tree.children_right)
    )
    nodes = len(order)
    parents = np.full(nodes, ROOT_PARENT)
    parents[left[inner]] = parents[right[inner]] = np.flatnonzero(inner)
    values = tree.value.reshape(nodes)[order] / of
    return {
        "base_weights": values.tolist(),
        "categories": [],
        "categories_nodes": [],
        "categories_segments": [],
        "categories_sizes": [],
        "default_left": [0] * nodes,
        "id": number,
        "left_children": left.tolist(),
        "loss_changes": [0.0] * nodes,
        "parents": parents.tolist(),
        "right_children": right.tolist(),
        "split_conditions": np.where(inner, _below(tree.threshold[order]), values).tolist(),
        "split_indices": np.where(inner, tree.feature[order], 0).tolist(),
        "split_type": [0] * nodes,
        "sum_hessian": tree.weighted_n_node_samples[order].tolist(),
        "tree_param": {
            "num_deleted": "0",
            "num_feature": str(columns),
            "num_nodes": str(nodes),
            "size_leaf_vector": "1",
        },
    }


def _level_by_level(tree: Any) -> NDArray[np.int64]:
    """Nodes in an order in which siblings are neighbours: XGBoost takes the right child to follow the left one."""
    import numpy as np

    order = [0]
    for node in order:
        if tree.children_left[node] != LEAF:
            order += [int(tree.children_left[node]), int(tree.children_right[node])]
    return np.array(order)


def _below(threshold: Any) -> Any:
    """The least float32 above ``threshold``: a float32 is at most the one exactly where it is below the other."""
    import numpy as np

    rounded = threshold.astype(np.float32)
    return np.where(rounded > threshold, rounded, np.nextafter(rounded, np.float32(np.inf))).astype(np.float32)
