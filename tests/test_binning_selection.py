"""Figures that the choice of bins does not flatter, against rows that are dealt and permuted one by one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import naive
from kullback.binning import OptimalBinner
from kullback.binning._criterion import get_criterion
from kullback.binning._partition import Constraints, Grouping
from kullback.binning._prebins import supervised_coarsening
from kullback.binning._selection import (
    MANY_FOLDS,
    N_CLASSES,
    N_DEALS,
    N_FOLDS,
    RowCells,
    WeightClasses,
    _for_training,
    _numbers_of_folds,
    cross_fit,
    log_mean,
    permutation_pvalue,
)
from strategies import contingency_tables

TRENDS = ("ascending", "descending")


def grouping_of(trends=TRENDS, kind="numeric", max_bins=5, min_fraction=0.05, min_class=5.0, fixed=False):
    constraints = Constraints(get_criterion("iv"), max_bins, min_fraction, min_class)
    return Grouping(constraints, trends, supervised_coarsening(kind, "quantile", 50), fixed)


def items_of(counts):
    return RowCells.of_counts(np.asarray(counts, dtype=float))


def drawn_items(rng, n_items=20, size=200, rate=0.2):
    events = rng.binomial(size, np.broadcast_to(rate, n_items))
    return items_of(np.column_stack([size - events, events]))


class RowDeals:
    """Deals rows to folds one by one, in place of the multinomial law of their counts."""

    def __init__(self, rows, seed):
        self.cells = np.repeat(np.arange(rows.size), rows.ravel())
        self.folds = np.random.default_rng(seed).integers(0, N_FOLDS, (N_DEALS, self.cells.size))
        self.shape = rows.shape

    def multinomial(self, rows, shares):
        assert rows.shape == (N_DEALS, *self.shape)
        np.testing.assert_allclose(shares, 1 / N_FOLDS)
        size = int(np.prod(self.shape))
        counts = [[np.bincount(self.cells[f == k], minlength=size) for k in range(N_FOLDS)] for f in self.folds]
        return np.moveaxis(np.array(counts), 1, -1).reshape(N_DEALS, *self.shape, N_FOLDS)


@settings(max_examples=15)
@given(
    contingency_tables(min_bins=1, max_bins=7, min_count=0, max_count=30),
    st.integers(0, 2),
    st.sampled_from(["numeric", "categorical"]),
    st.booleans(),
    st.integers(0, 2**32),
)
def test_the_cross_fitted_value_is_that_of_rows_dealt_to_folds(counts, n_others, kind, weighted, seed):
    n_items = max(len(counts) - n_others, 1)
    grouping = grouping_of(TRENDS if kind == "numeric" else TRENDS[:1], kind)
    cells = items_of(counts)
    if weighted:
        codes, events = np.repeat(np.indices(counts.shape).reshape(2, -1), counts.ravel().astype(int), axis=1)
        drawn = np.random.default_rng(seed).choice([0.5, 1.0, 4.0], codes.size)
        cells = RowCells.of_rows(codes, events, WeightClasses.of(drawn, events), len(counts))
    deals = RowDeals(cells.rows, seed)
    found = cross_fit(cells, n_items, grouping, deals)
    grouping = _for_training(grouping, cells, N_FOLDS)
    codes, events = cells.item[deals.cells // 2], deals.cells % 2
    weights = cells.weight[deals.cells // 2] * cells.of_target[events]

    def value(choose):
        return naive.cross_fitted(codes, events, weights, deals.folds, len(counts), n_items, choose)

    for trend in grouping.trends:
        expected = value(lambda c, totals, trend=trend: grouping.choose(c, totals, trend)[0])
        assert found.by_trend[trend] == pytest.approx(expected, abs=1e-9)

    def better(c, totals):
        return max((grouping.choose(c, totals, trend) for trend in grouping.trends), key=lambda choice: choice[1])[0]

    assert found.value == pytest.approx(value(better), abs=1e-9)


def weighted_cells(rng, n=1500, n_items=12):
    """Rows of noise with a tenth of heavy ones in the last items only."""
    codes, events = rng.integers(0, n_items, n), (rng.random(n) < 0.15).astype(int)
    weights = np.where((codes > n_items - 3) & (rng.random(n) < 0.1), 20.0, 1.0)
    return RowCells.of_rows(codes, events, WeightClasses.of(weights, events), n_items)


@pytest.mark.parametrize("kind", ["numeric", "categorical"])
def test_heavy_rows_that_gather_in_some_items_do_not_make_a_signal(kind):
    rng = np.random.default_rng(16)
    grouping = grouping_of(("none",) if kind == "numeric" else TRENDS[:1], kind)
    values, rejected = [], 0
    for _ in range(400):
        cells = weighted_cells(rng)
        values.append(cross_fit(cells, 12, grouping, rng).value)
        rejected += permutation_pvalue(cells, 12, grouping, 19, rng) <= 0.05
    assert abs(np.mean(values)) < 4 * np.std(values) / np.sqrt(400)
    assert rejected <= stats.binom.ppf(0.9995, 400, 0.05)


def test_cells_hold_the_weights_of_the_rows():
    rng = np.random.default_rng(17)
    codes, events = rng.integers(0, 5, 300), rng.integers(0, 2, 300)
    for weights in (rng.choice([0.2, 1.0, 5.0], 300), rng.lognormal(0, 1, 300)):
        classes = WeightClasses.of(weights, events)
        cells = RowCells.of_rows(codes, events, classes, 7)
        assert classes.weight.size <= N_CLASSES
        assert cells.rows.sum() == 300
        expected = naive.counts(codes, events, weights, 7)
        exact = classes.weight.size < 10
        np.testing.assert_allclose(cells.count(cells.rows), expected, rtol=1e-12 if exact else 0.1)
        np.testing.assert_allclose(
            cells.rows_per_weight,
            [weights[events == c].sum() / (weights[events == c] ** 2).sum() for c in (0, 1)],
            rtol=1e-12 if exact else 0.02,
        )


def test_weights_that_depend_on_the_target_only_leave_rows_exchangeable():
    events = np.array([0, 0, 1, 0, 1])
    classes = WeightClasses.of(np.where(events == 1, 1.0, 6.0), events)
    assert classes.weight.tolist() == [1.0]
    assert classes.of_target.tolist() == [6.0, 1.0]


def test_weights_of_any_range_have_few_classes():
    events = np.arange(1000) % 2
    weights = np.logspace(-90, 90, 1000)
    classes = WeightClasses.of(weights, events)
    assert classes.weight.size <= N_CLASSES
    assert np.isfinite(classes.weight).all()
    assert (np.diff(classes.of_row) <= 0).all()  # the heaviest rows are the first class


@pytest.mark.parametrize(("mean", "bias"), [(0.5, 0.26), (1.0, 0.04), (2.0, -0.02), (5.0, 0.0), (30.0, 0.0)])
def test_the_logarithm_of_a_mean_is_estimated_with_the_bias_told(mean, bias):
    counts = np.arange(200)
    expected = stats.poisson.pmf(counts, mean) @ log_mean(counts.astype(float))
    assert expected - np.log(mean) == pytest.approx(bias, abs=0.01)


def test_noise_has_a_cross_fitted_value_of_zero_on_average():
    rng = np.random.default_rng(1)
    values, in_sample = [], []
    for _ in range(300):
        items = drawn_items(rng, size=50)
        grouping = grouping_of()
        values.append(cross_fit(items, 20, grouping, rng).value)
        counts = items.count(items.rows)
        in_sample.append(grouping.totals_of_gains(counts[None], counts.sum(axis=0)[None])[0])
    error = np.std(values) / np.sqrt(300)
    assert abs(np.mean(values)) < 4 * error
    assert np.mean(in_sample) > 10 * error  # what the same bins seem to say on the rows that chose them


def test_the_cross_fitted_value_of_given_bins_is_without_bias():
    p, q = np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.3, 0.5])
    truth = ((p - q) * np.log(p / q)).sum()
    rng = np.random.default_rng(2)
    values = []
    for _ in range(300):
        counts = np.column_stack([rng.multinomial(300, p), rng.multinomial(100, q)])
        values.append(cross_fit(items_of(counts), 3, grouping_of(("none",), fixed=True), rng).value)
    assert abs(np.mean(values) - truth) < 4 * np.std(values) / np.sqrt(300)


@pytest.mark.parametrize("counts", [[[5, 0], [4, 0]], [[0, 0], [3, 1]], [[1, 0], [0, 1]]])
def test_without_a_fold_that_holds_both_classes_nothing_is_claimed(counts):
    found = cross_fit(items_of(counts), 2, grouping_of(), np.random.default_rng(0))
    assert found.value == 0.0
    assert found.by_trend == {"ascending": 0.0, "descending": 0.0}


def test_equal_weights_are_dealt_as_rows_whatever_their_unit():
    items = drawn_items(np.random.default_rng(3), rate=np.linspace(0.1, 0.4, 20))
    heavy = RowCells(items.item, items.weight, items.rows, np.full(2, 50.0), items.n_items)
    plain = cross_fit(items, 20, grouping_of(min_class=0.0), np.random.default_rng(4))
    weighted = cross_fit(heavy, 20, grouping_of(min_class=0.0), np.random.default_rng(4))
    assert weighted.value == pytest.approx(plain.value, rel=1e-9)


class RowPermutations:
    """Permutes the labels of rows, in place of the multivariate hypergeometric law of the counts."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)

    def multivariate_hypergeometric(self, sizes, n_events, size, method):
        codes = np.repeat(np.arange(sizes.size), sizes)
        labels = np.arange(codes.size) < n_events
        draws = (np.bincount(codes, self.rng.permutation(labels), sizes.size) for _ in range(size))
        return np.array(list(draws)).astype(np.int64)


@pytest.mark.parametrize("kind", ["numeric", "categorical"])
@pytest.mark.parametrize("slope", [0.0, 0.05], ids=["noise", "weak signal"])
def test_permuted_rows_give_the_same_p_value(kind, slope):
    rng = np.random.default_rng(5)
    items = drawn_items(rng, n_items=9, size=40, rate=0.2 + slope * np.arange(9))
    grouping = grouping_of(TRENDS if kind == "numeric" else TRENDS[:1], kind)
    drawn = permutation_pvalue(items, 8, grouping, 2000, np.random.default_rng(6))
    permuted = permutation_pvalue(items, 8, grouping, 2000, RowPermutations(7))
    p = (drawn + permuted) / 2
    assert abs(drawn - permuted) < 4 * np.sqrt(2 * p * (1 - p) / 2000) + 1e-12
    assert (p > 0.1) is (slope == 0.0)


def test_permuted_counts_have_the_margins_and_the_mean_of_permuted_rows():
    items = drawn_items(np.random.default_rng(8), n_items=5, size=30)
    seen = []

    class Spy(Grouping):
        def totals_of_gains(self, counts, totals):
            seen.append(counts)
            return super().totals_of_gains(counts, totals)

    grouping = grouping_of()
    permutation_pvalue(items, 5, Spy(grouping.constraints, grouping.trends), 1000, np.random.default_rng(9))
    drawn = np.concatenate(seen[1:])
    assert drawn.shape == (1000, 5, 2)
    np.testing.assert_array_equal(drawn.sum(axis=2), np.broadcast_to(items.rows.sum(axis=1), (1000, 5)))
    np.testing.assert_array_equal(drawn.sum(axis=1), np.broadcast_to(items.rows.sum(axis=0), (1000, 2)))
    share = items.rows[:, 1].sum() / items.rows.sum()
    error = drawn[:, :, 1].std(axis=0) / np.sqrt(1000)
    assert (np.abs(drawn[:, :, 1].mean(axis=0) - 30 * share) < 4 * error).all()


def test_the_test_holds_its_size_with_the_choice_of_bins_inside():
    rng = np.random.default_rng(10)
    pvalues = [permutation_pvalue(drawn_items(rng, 12, 40), 12, grouping_of(), 19, rng) for _ in range(400)]
    rejected = np.sum(np.array(pvalues) <= 0.05)
    assert stats.binom.ppf(0.0005, 400, 0.05) <= rejected <= stats.binom.ppf(0.9995, 400, 0.05)


def test_p_values_lie_between_their_bounds():
    strong = items_of([[500, 10], [10, 500]])
    nothing = items_of([[100, 100], [100, 100]])
    rng = np.random.default_rng(11)
    assert permutation_pvalue(strong, 2, grouping_of(), 99, rng) == 1 / 100
    assert permutation_pvalue(nothing, 2, grouping_of(), 99, rng) == 1.0


def test_a_single_bin_has_a_p_value_of_one():
    assert permutation_pvalue(items_of([[30, 20]]), 1, grouping_of(), 19, np.random.default_rng(0)) == 1.0


def test_missing_values_alone_can_say_something():
    told = permutation_pvalue(items_of([[300, 100], [20, 80]]), 1, grouping_of(), 99, np.random.default_rng(0))
    assert told == 1 / 100


def test_a_hundred_million_rows_cost_no_more_than_their_pre_bins():
    items = drawn_items(np.random.default_rng(12), size=5_000_000)
    steps = []
    permutation_pvalue(items, 20, grouping_of(), 150, np.random.default_rng(13), steps.append)
    assert steps == [100, 50]


def test_the_seed_decides():
    items = drawn_items(np.random.default_rng(14))
    results = [
        (cross_fit(items, 20, grouping_of(), np.random.default_rng(seed)).value,
         permutation_pvalue(items, 20, grouping_of(), 99, np.random.default_rng(seed)))
        for seed in (0, 0, 1)
    ]  # fmt: skip
    assert results[0] == results[1]
    assert results[0] != results[2]


def influence_by_rows(codes, events, weights):
    """The centred gradient of the Jeffreys divergence over the total, a row at a time (spec 2.2)."""
    n_bins = codes.max() + 1
    g, b = naive.counts(codes, events, weights, n_bins).T
    p, q = g / g.sum(), b / b.sum()
    a, c = np.log(p / q) + 1 - q / p, np.log(q / p) + 1 - p / q
    goods, bads = (a - p @ a) / g.sum(), (c - q @ c) / b.sum()
    return weights * np.where(events == 1, bads[codes], goods[codes])


@pytest.mark.parametrize("weighted", [False, True])
def test_the_covariance_of_information_values_is_that_of_the_rows_influence(weighted):
    rng = np.random.default_rng(15)
    n = 20_000  # more than two blocks of rows
    X = rng.normal(size=(n, 3)) + rng.normal(size=(n, 1))
    y = (rng.random(n) < 1 / (1 + np.exp(1.5 - X[:, 0]))).astype(int)
    weights = rng.choice([0.2, 1.0, 5.0], n) if weighted else None
    binner = OptimalBinner(max_bins=4).fit(X, y, sample_weight=weights)
    w = np.ones(n) if weights is None else weights
    estimate = binner.information_value_
    psi = np.column_stack([influence_by_rows(code, y, w) for _, code in binner.bin_codes(X)])
    expected = psi.T @ psi
    n0 = sum((w[y == c] ** 2).sum() / w[y == c].sum() ** 2 for c in (0, 1))
    for j, table in enumerate(binner.tables_.values()):
        own = float(table.information_value())
        at = min(estimate.value[j] + estimate.df[j] * n0, own)
        scale = n0 + at / own * (expected[j, j] / (4 * own) - n0)
        assert estimate.scale[j] == pytest.approx(scale, rel=1e-9)
        assert estimate.standard_error[j] ** 2 == pytest.approx(4 * scale * at, rel=1e-9)
    sd = np.sqrt(np.diag(expected))
    correlation = estimate.covariance / np.outer(estimate.standard_error, estimate.standard_error)
    np.testing.assert_allclose(correlation, expected / np.outer(sd, sd), rtol=1e-9)


def test_levels_of_many_events_are_binned_by_four_fifths_of_the_rows():
    rng = np.random.default_rng(19)
    many, few = drawn_items(rng, size=200), drawn_items(rng, size=20)
    ordered = grouping_of(TRENDS[:1], "categorical")
    assert _numbers_of_folds(many, ordered) == (MANY_FOLDS, 1)
    assert _numbers_of_folds(few, ordered) == _numbers_of_folds(many, grouping_of()) == (N_FOLDS, N_DEALS)
    heavy = RowCells(many.item, np.where(many.item == 0, 100.0, 1.0), many.rows, many.of_target, many.n_items)
    assert _numbers_of_folds(heavy, ordered) == (N_FOLDS, N_DEALS)  # few effective rows
    values = [cross_fit(drawn_items(rng, size=200), 20, ordered, rng).value for _ in range(100)]
    assert abs(np.mean(values)) < 4 * np.std(values) / 10


def test_many_levels_of_noise_have_the_error_of_noise():
    """In the sample their bins look far apart, which their error does not follow."""
    rng = np.random.default_rng(18)
    x, y = rng.integers(0, 300, 3000).astype(str), rng.random(3000) < 0.2
    binner = OptimalBinner(random_state=0).fit(x[:, None], y)
    estimate = binner.information_value_
    n0 = 1 / y.sum() + 1 / (~y).sum()
    assert float(binner.tables_["x0"].information_value()) > 10 * float(estimate)
    assert estimate.scale[0] == pytest.approx(n0, rel=0.25)
    assert estimate.standard_error[0] < 2.2 * np.sqrt(2 * estimate.df[0]) * n0
