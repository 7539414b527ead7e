"""What a feature says beyond another: the chain rule, the gradient, and the law where it says nothing."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

import naive
from kullback.exceptions import InputError, SmallCountWarning
from kullback.metrics import (
    conditional_information,
    conditional_weight_of_evidence,
    information_value,
    weight_of_evidence,
)

TABLES = st.tuples(st.integers(1, 3), st.integers(2, 3)).flatmap(
    lambda shape: hnp.arrays(np.int64, (*shape, 2), elements=st.integers(20, 80))
)


def rows_of(table):
    """Given feature, feature and target of the rows that an array of counts holds."""
    cells = np.repeat(np.array(list(np.ndindex(table.shape))), table.ravel(), axis=0)
    return cells.T


def slow_value(table):
    """Two Kullback-Leibler divergences a stratum, weighted by the laws of the strata."""
    g, b = table[..., 0], table[..., 1]
    total = 0.0
    for j in range(len(table)):
        p, q = g[j] / g[j].sum(), b[j] / b[j].sum()
        total += g[j].sum() / g.sum() * math.fsum(x * math.log(x / y) for x, y in zip(p, q, strict=True))
        total += b[j].sum() / b.sum() * math.fsum(y * math.log(y / x) for x, y in zip(p, q, strict=True))
    return total


@given(TABLES)
def test_information_obeys_the_chain_rule(table):
    known, added, y = rows_of(table)
    beyond = conditional_information(added, known, y)
    assert float(beyond) == pytest.approx(slow_value(table.astype(float)), abs=1e-12)
    both = information_value(known * 10 + added, y)
    of_one = naive.information_value(*table.sum(axis=1).T.astype(float)) if len(table) > 1 else 0.0
    assert float(both) == pytest.approx(of_one + float(beyond), abs=1e-12)
    assert float(beyond) >= 0


@given(TABLES)
def test_evidence_obeys_the_chain_rule(table):
    known, added, y = rows_of(table)
    beyond = conditional_weight_of_evidence(added, known, y)
    pairs = list(itertools.product(range(table.shape[0]), range(table.shape[1])))
    assert list(beyond.names) == [f"{k} | {j}" for j, k in pairs]
    joint = weight_of_evidence(table[..., 1].ravel(), table[..., 0].ravel()).value
    margin = weight_of_evidence(table[..., 1].sum(axis=1), table[..., 0].sum(axis=1)).value
    np.testing.assert_allclose(beyond.value, joint - np.repeat(margin, table.shape[1]), atol=1e-12)
    g, b = table[..., 0], table[..., 1]
    variance = (1 / g - 1 / g.sum(axis=1, keepdims=True) + 1 / b - 1 / b.sum(axis=1, keepdims=True)).ravel()
    np.testing.assert_allclose(beyond.standard_error**2, variance, rtol=1e-10)


def weighted_value(known, added, y, weights):
    table = np.zeros((known.max() + 1, added.max() + 1, 2))
    np.add.at(table, (known, added, y), weights)
    return slow_value(table)


@settings(max_examples=20)
@given(TABLES, st.integers(0, 99))
def test_influence_is_the_derivative_by_a_rows_weight(table, seed):
    """Of a sum over rows of w psi, with classes normed: a step of one row's weight moves the value by psi."""
    known, added, y = rows_of(table)
    weights = np.random.default_rng(seed).uniform(0.5, 2, y.size)
    influence = conditional_information(added, known, y, sample_weight=weights).influence[:, 0]
    for row in np.random.default_rng(seed).integers(0, y.size, 5):
        step = np.zeros(y.size)
        step[row] = 1e-4 * weights[row]
        rise = weighted_value(known, added, y, weights + step) - weighted_value(known, added, y, weights - step)
        assert influence[row] == pytest.approx(rise / 2e-4, abs=1e-7)


@given(TABLES)
def test_the_test_is_pearsons_summed_over_strata(table):
    known, added, y = rows_of(table)
    found = [stats.chi2_contingency(part, correction=False) for part in table]
    expected = stats.chi2.sf(sum(f.statistic for f in found), sum(f.dof for f in found))
    assert conditional_information(added, known, y).pvalue[0] == pytest.approx(expected, rel=1e-10)


def test_where_it_says_nothing_the_law_has_the_first_two_moments():
    """Strata that differ by class: each adds a chi-square with a scale of its own."""
    rng, sizes = np.random.default_rng(0), (3000, 500)
    of_class, of_stratum = np.array([[0.8, 0.2], [0.3, 0.7]]), np.array([[0.5, 0.3, 0.2], [0.2, 0.2, 0.6]])
    laws = [(strata[:, None] * of_stratum).ravel() for strata in of_class]
    values = []
    for _ in range(400):
        draws = [rng.multinomial(n, p).reshape(2, 3) for n, p in zip(sizes, laws, strict=True)]
        values.append(slow_value(np.stack(draws, axis=-1).astype(float)))
    expected = [(n * p).round().astype(int).reshape(2, 3) for n, p in zip(sizes, laws, strict=True)]
    known, added, y = rows_of(np.stack(expected, axis=-1))
    estimate = conditional_information(added, known, y)
    scale, df = estimate.scale[0], estimate.df[0]
    assert float(estimate) == pytest.approx(0, abs=1e-12)
    assert 3 < df < 4
    assert np.mean(values) == pytest.approx(scale * df, rel=4 * math.sqrt(2 / df / 400))
    assert np.var(values) == pytest.approx(2 * scale**2 * df, rel=0.4)  # four of its errors


def test_a_copy_says_nothing_and_a_new_feature_all_that_it_knows():
    rng = np.random.default_rng(0)
    first, second = rng.integers(0, 3, 3000), rng.integers(0, 2, 3000)
    y = (rng.random(3000) < 0.2 + 0.1 * first + 0.1 * second).astype(int)
    nothing = conditional_information(first, first, y)
    assert (float(nothing), nothing.pvalue[0], nothing.standard_error[0]) == (0.0, 1.0, 0.0)
    np.testing.assert_array_equal(nothing.conf_int(), 0)
    beyond_a_constant = conditional_information(second, np.zeros(3000), y)
    alone = information_value(second, y)
    assert float(beyond_a_constant) == pytest.approx(float(alone))
    np.testing.assert_allclose(beyond_a_constant.influence, alone.influence, atol=1e-15)
    np.testing.assert_allclose(beyond_a_constant.conf_int(), alone.conf_int())
    np.testing.assert_allclose(beyond_a_constant.bias, alone.bias)
    assert beyond_a_constant.pvalue[0] == pytest.approx(alone.pvalue[0])


def test_several_features_are_estimated_given_combinations_of_others():
    rng = np.random.default_rng(1)
    a, b, c, d = rng.integers(0, 2, (4, 2000))
    y = (rng.random(2000) < 0.2 + 0.2 * a + 0.2 * c).astype(int)
    both = conditional_information(np.column_stack([c, d]), np.column_stack([a, b]), y, names=["c", "d"])
    for j, feature in enumerate((c, d)):
        alone = conditional_information(feature, 2 * a + b, y)
        assert float(both[j]) == pytest.approx(float(alone))
        np.testing.assert_allclose(both.influence[:, j], alone.influence[:, 0])
    assert both.pvalue[0] < 1e-6 < both.pvalue[1]


def test_it_pairs_with_other_values_of_the_same_rows():
    rng = np.random.default_rng(2)
    a, b = rng.integers(0, 2, (2, 1500))
    y = (rng.random(1500) < 0.2 + 0.2 * a + 0.1 * b).astype(int)
    total = information_value(2 * a + b, y, sample_id="rows")
    parts = information_value(a, y, sample_id="rows") + conditional_information(b, a, y, sample_id="rows")
    difference = total - parts
    assert float(difference) == pytest.approx(0, abs=1e-12)
    assert difference.standard_error[0] == pytest.approx(0, abs=1e-12)


def test_an_empty_cell_is_smoothed_and_the_chain_rule_stays():
    known, added, y = rows_of(np.array([[[20, 0], [15, 30]], [[10, 10], [12, 9]]]))
    beyond = conditional_information(added, known, y)
    assert beyond.smoothed[0]
    weights = conditional_weight_of_evidence(added, known, y)
    g, b = np.array([20.5, 15.5, 10.5, 12.5]), np.array([0.5, 30.5, 10.5, 9.5])
    assert weights.value[0] == pytest.approx(math.log(20.5 / 36 / (0.5 / 31)))
    total = naive.information_value(g, b) - naive.information_value(np.array([36, 23.0]), np.array([31, 20.0]))
    assert float(beyond) == pytest.approx(total)
    clustered = conditional_information(added, known, y, clusters=np.arange(y.size))
    np.testing.assert_allclose(clustered.standard_error, beyond.standard_error)


def test_a_stratum_of_one_class_is_no_evidence_against_independence():
    known, added, y = rows_of(np.array([[[60, 0], [0, 0]], [[20, 20], [25, 18]], [[0, 32], [0, 29]]]))
    expected = stats.chi2_contingency([[20, 20], [25, 18]], correction=False).pvalue
    assert conditional_information(added, known, y).pvalue[0] == pytest.approx(expected)
    only = known != 1
    assert conditional_information(added[only], known[only], y[only]).pvalue[0] == 1.0


def test_weights_and_clusters_widen_the_errors():
    rng = np.random.default_rng(3)
    a, b = rng.integers(0, 2, (2, 600))
    y = (rng.random(600) < 0.3 + 0.2 * b).astype(int)
    weights = rng.integers(1, 4, 600)
    weighted = conditional_information(b, a, y, sample_weight=weights)
    repeated = conditional_information(b.repeat(weights), a.repeat(weights), y.repeat(weights))
    assert float(weighted) == pytest.approx(float(repeated))
    assert weighted.standard_error > 1.2 * repeated.standard_error
    assert weighted.pvalue > repeated.pvalue
    block = np.repeat(np.arange(600), 3)
    clustered = conditional_information(b.repeat(3), a.repeat(3), y.repeat(3), clusters=block)
    single = conditional_information(b, a, y)
    np.testing.assert_allclose(clustered.standard_error, single.standard_error)
    zero = np.where(np.arange(600) < 300, 1.0, 0.0)
    half = conditional_information(b[:300], a[:300], y[:300])
    np.testing.assert_allclose(conditional_information(b, a, y, sample_weight=zero).conf_int(), half.conf_int())
    of_weights = conditional_weight_of_evidence(b, a, y, sample_weight=zero)
    np.testing.assert_allclose(of_weights.value, conditional_weight_of_evidence(b[:300], a[:300], y[:300]).value)


def test_names_are_those_of_the_bins_in_their_order():
    known, added, y = ["low", "high"] * 30, [10] * 20 + [9] * 20 + [1] * 20, [0, 1, 1] * 20
    names = conditional_weight_of_evidence(added, known, y).names
    assert names == ("1 | high", "9 | high", "10 | high", "1 | low", "9 | low", "10 | low")


def test_what_cannot_be_counted_is_told():
    with pytest.raises(InputError, match="one entry a row"):
        conditional_information([0, 1], [0, 1, 1], [0, 1])
    with pytest.raises(InputError, match="one feature each"):
        conditional_weight_of_evidence([[0, 1], [1, 1]], [0, 1], [0, 1])
    with pytest.raises(InputError, match="Each class needs a row of positive weight"):
        conditional_information([0, 1, 0], [0, 1, 0], [0, 1, 0], sample_weight=[1, 0, 1])
    with pytest.warns(SmallCountWarning, match="effective rows"):
        conditional_information([0, 1] * 5, [0, 0, 1, 1, 0] * 2, [0, 1, 1, 0, 1] * 2)
