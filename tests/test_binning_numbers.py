"""Rows of numbers and counts: sums, deals, permutations, and what bins explain of rows that did not choose them."""

import numpy as np
import pytest

import naive
from kullback.binning._criterion import CRITERIA
from kullback.binning._numbers import NumberCells
from kullback.binning._partition import Constraints, Grouping
from kullback.binning._selection import N_CLASSES, RowCells, WeightClasses, cross_fit, permutation_pvalue

N_ITEMS = 6
KINDS = ["continuous", "counts", "exposures", "weights", "classes"]


def noise(kind, rng, n=250):
    """Items that say nothing of a target, by target."""
    item = rng.integers(0, N_ITEMS, n)
    if kind == "classes":
        label = rng.choice(3, n, p=[0.7, 0.2, 0.1])
        return RowCells.of_counts(np.bincount(item * 3 + label, minlength=3 * N_ITEMS).reshape(N_ITEMS, 3))
    if kind == "continuous":
        return NumberCells(item, rng.exponential(size=n) - 1, None, N_ITEMS, False)
    if kind == "weights":
        return NumberCells(item, rng.normal(size=n), rng.choice([0.2, 1.0, 5.0], n), N_ITEMS, False)
    exposure = None if kind == "counts" else rng.uniform(0.1, 2, n) * (1 + item)  # the longer, the higher the item
    means = (1.0 if exposure is None else exposure) * rng.gamma(2, 0.5, n)
    events = rng.poisson(means)
    return NumberCells(item, events if exposure is None else events / exposure, exposure, N_ITEMS, True)


def grouping_of(kind, fixed=False):
    target = {"classes": "multiclass", "continuous": "continuous", "weights": "continuous"}.get(kind, "count")
    criterion = next(iter(CRITERIA[target].values()))
    return Grouping(Constraints(criterion, 4, 0.05, 5.0), ("none",), fixed=fixed)


@pytest.mark.parametrize("kind", KINDS)
def test_the_cross_fitted_value_of_noise_is_zero_on_average_and_as_uncertain_as_told(kind):
    rng = np.random.default_rng(20)
    found = [cross_fit(noise(kind, rng), N_ITEMS, grouping_of(kind, fixed=True), rng) for _ in range(400)]
    values = np.array([fit.value for fit in found])
    assert abs(values.mean()) < 4 * values.std() / np.sqrt(400)
    noise_told = np.mean([fit.noise for fit in found])
    assert 0.75 < values.std() / noise_told < 1.33  # 400 draws of a skew law: an error of a tenth


@pytest.mark.parametrize("kind", KINDS)
def test_the_cross_fitted_value_of_chosen_bins_of_noise_is_zero_on_average(kind):
    rng = np.random.default_rng(21)
    values = [cross_fit(noise(kind, rng), N_ITEMS, grouping_of(kind), rng).value for _ in range(300)]
    assert abs(np.mean(values)) < 4 * np.std(values) / np.sqrt(300)


@pytest.mark.parametrize("kind", KINDS)
def test_the_permutation_test_of_noise_keeps_its_size(kind):
    """Where longer exposures gather in some items too."""
    rng = np.random.default_rng(22)
    pvalues = [permutation_pvalue(noise(kind, rng), N_ITEMS, grouping_of(kind), 19, rng) for _ in range(300)]
    assert 3 <= np.sum(np.array(pvalues) <= 0.05) <= 29  # binomial of 300 draws at .05, a millionth on either side
    assert 0.4 < np.mean(pvalues) < 0.63  # 10/19 on average; a test that never rejects has more


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("events", [False, True])
def test_a_pair_of_folds_is_compared_by_the_definition(weighted, events):
    rng = np.random.default_rng(23)
    n, n_bins = 300, 4
    item, fold = rng.integers(0, n_bins, n), rng.integers(0, 3, n)
    values = rng.poisson(1.5, n).astype(float) if events else rng.normal(size=n)
    weights = rng.uniform(0.5, 3, n) if weighted else None
    cells = NumberCells(item, values, weights, n_bins, events)
    w = np.ones(n) if weights is None else weights
    folds = [
        NumberCells(item[rows], values[rows], w[rows], n_bins, events) for rows in (fold == 0, fold == 1, fold == 2)
    ]
    found = cells.compare(np.stack([f.whole for f in folds[:2]], axis=1), folds[2].whole)
    assert found == pytest.approx(naive.compared(item, values, w, fold, events), abs=1e-12)


def test_deals_hold_every_row_once():
    cells = noise("weights", np.random.default_rng(24))
    pairs = cells.pairs(3, 2, np.random.default_rng(0))
    assert pairs.shape == (6, 2, N_ITEMS, 3)
    first, second, third = pairs[0, 0], pairs[0, 1], pairs[1, 1]
    np.testing.assert_allclose(first + second + third, cells.whole, atol=1e-9)


def test_permutations_move_values_among_rows_of_like_weight_only():
    rng = np.random.default_rng(25)
    item = np.repeat([0, 1], 200)
    weights = np.where(np.arange(400) % 2, 1.0, 10.0)
    values = np.where(weights == 1, 1.0, 100.0)  # a value for each weight: no permutation changes a sum
    cells = NumberCells(item, values, weights, 2, True)
    np.testing.assert_allclose(cells.permuted(3, rng), np.broadcast_to(cells.whole, (3, 2, 3)))
    many = NumberCells(item, values, rng.uniform(1, 2, 400), 2, True)
    assert many._like_weight[1].size == N_CLASSES - 1
    drawn = many.permuted(4, rng)
    assert np.ptp(drawn[:, 0, 1]) > 0
    np.testing.assert_allclose(drawn[..., 0], np.broadcast_to(many.whole[:, 0], (4, 2)))  # weights stay


@pytest.mark.parametrize("events", [False, True])
def test_the_unit_of_the_weights_does_not_matter(events):
    rng = np.random.default_rng(26)
    item, values, weights = rng.integers(0, N_ITEMS, 300), rng.poisson(2.0, 300).astype(float), rng.uniform(1, 2, 300)
    grouping = grouping_of("counts" if events else "continuous", fixed=True)
    found = [
        cross_fit(cells, N_ITEMS, grouping, np.random.default_rng(0))
        for cells in (NumberCells(item, values, weights * unit, N_ITEMS, events) for unit in (1.0, 1e-3))
    ]
    assert found[0].value == pytest.approx(found[1].value, rel=1e-9)
    assert found[0].noise == pytest.approx(found[1].noise, rel=1e-9)


def test_the_law_of_several_classes_is_that_of_two_where_there_are_two():
    counts = np.array([[30.0, 12.0], [50.0, 8.0]])
    cells = RowCells.of_counts(counts)
    assert cells.freedom == pytest.approx(1.0, abs=1e-12)
    assert cells.null_scale == pytest.approx(1 / 80 + 1 / 20, abs=1e-12)
    even = RowCells.of_counts(np.full((2, 4), 25.0))
    assert even.freedom == pytest.approx(3.0, abs=1e-12)  # four classes of one size
    assert even.freedom * even.null_scale == pytest.approx(4 * (1 / 50 + 1 / 150), abs=1e-12)


def test_weights_of_classes_enter_the_law_by_their_effective_rows():
    rng = np.random.default_rng(27)
    codes, labels = rng.integers(0, 3, 900), rng.integers(0, 3, 900)
    weights = rng.choice([1.0, 3.0], 900)
    cells = RowCells.of_rows(codes, labels, WeightClasses.of(weights, labels), 3)
    plain = RowCells.of_rows(codes, labels, WeightClasses.of(np.ones(900), labels), 3)
    kish = weights.sum() ** 2 / np.square(weights).sum() / 900
    assert cells.null_scale * cells.freedom == pytest.approx(plain.null_scale * plain.freedom / kish, rel=0.02)
