"""Random walks and pathway scores equal what their definitions say, gene by gene."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from hpo.data.annotations import GeneLinks, GeneSets
from hpo.models.pathdsp.enrichment import (
    Membership,
    membership,
    network_enrichment,
    sampled_network_enrichment,
    single_sample_enrichment,
)
from hpo.models.pathdsp.walk import random_walk, transition_matrix

LINKS = GeneLinks(
    ("A", "B", "C", "D", "E"),
    np.array([0, 1, 1, 2, 3]),
    np.array([1, 0, 2, 3, 4]),
    np.array([2.0, 3.0, 1.0, 4.0, 0.5]),
)


def dense(links=LINKS):
    """The transition matrix entry by entry."""
    weights = np.zeros((len(links.genes), len(links.genes)))
    for source, target, weight in zip(links.source, links.target, links.weight, strict=True):
        weights[source, target] += weight
        weights[target, source] += weight
    return weights / weights.sum(axis=1, keepdims=True)


def test_walkers_follow_links_in_both_directions_by_weight():
    np.testing.assert_allclose(transition_matrix(LINKS).toarray(), dense())


def test_settled_walks_solve_their_equation_and_keep_their_walkers():
    seeds = np.array([[1, 0, 0, 0, 0], [1, 0, 0, 1, 1], [0, 0, 0, 0, 0]], dtype=bool)
    walks = random_walk(transition_matrix(LINKS), seeds)
    exact = 0.5 * seeds @ np.linalg.inv(np.eye(5) - 0.5 * dense())
    np.testing.assert_allclose(walks, exact, atol=1e-5)
    np.testing.assert_allclose(walks.sum(axis=1), seeds.sum(axis=1), rtol=1e-12)
    assert not walks[2].any()


def test_a_walk_does_not_depend_on_the_others():
    matrix = transition_matrix(LINKS)
    seeds = np.eye(5, dtype=bool)
    np.testing.assert_array_equal(random_walk(matrix, seeds)[3], random_walk(matrix, seeds[3:4])[0])


def test_sets_keep_their_order_and_lose_unknown_genes():
    sets = GeneSets(("X", "Y", "Z", "ALL"), (("C", "Q", "A"), ("Q",), ("B",), ("A", "B", "C", "D")))
    found = membership(sets, ["A", "B", "C", "D"])
    assert found.names == ("X", "Z")
    np.testing.assert_array_equal(found.matrix.toarray(), [[1, 0, 1, 0], [0, 1, 0, 0]])
    assert membership(sets, ["A", "B", "C", "D"], least=2).names == ("X",)
    assert membership(sets, ["A", "B", "C", "D"], most=1).names == ("Z",)
    assert membership(sets, ["W"]).names == ()


def members(rows):
    return Membership(tuple(map(str, range(len(rows)))), sparse.csr_array(np.array(rows, dtype=float)))


def running_sums(expression, inside):
    """Single-sample enrichment as it is told: walk down the genes and add up two shares. Without ties."""
    order = np.argsort(-expression)
    rank = np.argsort(np.argsort(expression)) + 1
    hit = sum(rank[gene] ** 0.25 for gene in order if inside[gene])
    hits = misses = score = 0.0
    for gene in order:
        hits += rank[gene] ** 0.25 / hit if inside[gene] else 0
        misses += 0 if inside[gene] else 1 / (len(order) - sum(inside))
        score += hits - misses
    return score


@given(st.integers(0, 1000))
def test_enrichment_equals_the_running_sums(seed):
    rng = np.random.default_rng(seed)
    expression = rng.normal(size=(3, 9))
    rows = rng.random((4, 9)) < 0.4
    rows[:, 0], rows[:, 1] = True, False
    scores = single_sample_enrichment(expression, members(rows))
    expected = [[running_sums(sample, row) for row in rows] for sample in expression]
    np.testing.assert_allclose(scores, expected, rtol=1e-10, atol=1e-12)


def test_enrichment_of_equal_expressions_is_the_mean_over_their_orders():
    rows = members([[1, 1, 0, 0, 0]])
    tied = single_sample_enrichment(np.array([[3.0, 1.0, 1.0, 0.0, 5.0]]), rows)
    np.testing.assert_allclose(tied, single_sample_enrichment(np.array([[9.0, 2.0, 2.0, -7.0, 11.0]]), rows))
    assert single_sample_enrichment(np.full((1, 5), 2.0), rows) == pytest.approx(0)


def test_enrichment_of_a_sample_does_not_depend_on_the_others():
    expression = np.random.default_rng(1).normal(size=(4, 6))
    rows = members([[1, 0, 1, 0, 0, 1]])
    np.testing.assert_array_equal(
        single_sample_enrichment(expression, rows)[2], single_sample_enrichment(expression[2:3], rows)[0]
    )


def test_network_scores_are_the_limit_of_many_random_lists():
    rng = np.random.default_rng(5)
    values = rng.gamma(1.0, size=(2, 40))
    rows = rng.random((3, 40)) < 0.2
    scores = network_enrichment(values, members(rows))
    for sample in range(2):
        for row in range(3):
            size = rows[row].sum()
            lists = rng.integers(0, 40, (20_000, size))
            means = values[sample][lists].mean(axis=1)
            expected = (values[sample][rows[row]].mean() - means.mean()) / means.std()
            assert scores[sample, row] == pytest.approx(expected, abs=0.05)


def test_published_network_scores_compare_with_three_lists_that_samples_share():
    rng = np.random.default_rng(5)
    values = rng.gamma(1.0, size=(3, 40))
    rows = rng.random((2, 40)) < 0.3
    scores = sampled_network_enrichment(values, members(rows), seed=42)
    np.testing.assert_array_equal(scores, sampled_network_enrichment(values, members(rows), seed=42))
    np.testing.assert_allclose(scores[1:], sampled_network_enrichment(values[1:], members(rows), seed=42))
    drawn = np.random.RandomState(42)
    lists = [[drawn.randint(0, 40, size) for size in rows.sum(axis=1)] for _ in range(3)]
    for sample in range(3):
        for row in range(2):
            means = np.array([values[sample, some[row]].mean() for some in lists])
            expected = (values[sample, rows[row]].mean() - means.mean()) / means.std()
            assert scores[sample, row] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("value", [0.0, 0.3])
def test_scores_without_spread_are_undefined(value):
    rows, values = members([[1, 0, 0, 1], [0, 1, 0, 0]]), np.full((1, 4), value)
    assert np.isnan(network_enrichment(values, rows)).all()
    assert np.isnan(sampled_network_enrichment(values, rows, seed=1)).all()
