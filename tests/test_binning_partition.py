"""The choice of bins against every partition there is."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import naive
from kullback.binning._criterion import CRITERIA, cell_gain, get_criterion
from kullback.binning._partition import CURVATURES, DIRECTIONS, Constraints, Grouping, bin_weights, run_gain
from kullback.binning._prebins import supervised_coarsening
from strategies import binning_problems, constrained_problems, contingency_tables, target_problems

ROUNDING = 1e-9  # sums of at most twelve gains, each a difference of logarithms of shares


FURTHER = ("min_bins", "min_gap", "max_pvalue", "penalty")


def constraints_of(problem):
    return Constraints(
        CRITERIA[problem.get("target", "binary")][problem["criterion"]],
        problem["max_bins"],
        problem["min_fraction"],
        problem["min_class"],
        **{name: problem[name] for name in FURTHER if name in problem},
    )


def best_of(problem):
    return naive.best_bins(**problem)


def merged(counts, bins):
    return np.array([counts[bins == j].sum(axis=0) for j in range(bins.max() + 1)])


def assert_equal_to_brute_force(problem):
    trend, totals, counts = problem["trend"], problem["totals"], problem["counts"]
    parted = problem.get("parted", ())
    grouping = Grouping(constraints_of(problem), (trend,), parted=parted)
    bins, total = grouping.choose(counts, totals, trend)
    assert set(np.diff(bins)) <= {0, 1}
    cells = merged(counts, bins)
    target = problem.get("target", "binary")
    gains = [naive.target_gain(cell, totals, target, problem["criterion"]) if cell.any() else 0.0 for cell in cells]
    assert total == pytest.approx(sum(gains) - problem.get("penalty", 0.0) * len(cells), abs=ROUNDING)
    expected = best_of(problem)
    if expected == -np.inf:  # the fewest bins, whatever the constraints say
        assert np.flatnonzero(np.diff(bins, prepend=0)).tolist() == list(parted)
        return
    assert total == pytest.approx(expected, abs=ROUNDING)
    alone = {"counts": cells, "max_bins": len(cells), "min_bins": len(cells), "parted": ()}
    assert best_of(problem | alone) > -np.inf  # the bins obey all constraints
    assert len(cells) <= problem["max_bins"]


@given(binning_problems())
def test_the_bins_are_the_best_of_all_partitions(problem):
    assert_equal_to_brute_force(problem)


@settings(max_examples=300)
@given(constrained_problems())
def test_the_bins_are_the_best_under_every_further_constraint(problem):
    assert_equal_to_brute_force(problem)


@settings(max_examples=300)
@given(target_problems())
def test_the_bins_are_the_best_for_classes_numbers_and_counts(problem):
    assert_equal_to_brute_force(problem)


@pytest.mark.parametrize("trend", [*DIRECTIONS, *CURVATURES])
@pytest.mark.parametrize("criterion", CRITERIA["binary"])
def test_the_bins_of_twelve_pre_bins_are_the_best_of_all_partitions(trend, criterion):
    rng = np.random.default_rng(len(trend))
    rate = 0.2 + 0.15 * np.sin(np.arange(12) / 2)
    size = rng.integers(20, 120, 12)
    events = rng.binomial(size, rate)
    counts = np.column_stack([size - events, events]).astype(float)
    problem = {
        "counts": counts,
        "totals": counts.sum(axis=0) + 9,
        "criterion": criterion,
        "trend": trend,
        "max_bins": 5,
        "min_fraction": 0.06,
        "min_class": 8.0,
    }
    assert 0 < best_of(problem) < np.inf
    assert_equal_to_brute_force(problem)


@given(binning_problems(max_items=7))
def test_levels_in_the_order_of_their_rates_have_the_best_bins_of_that_order(problem):
    counts, totals = problem["counts"], problem["totals"]
    overall = counts[:, 1].sum() / max(counts.sum(), 1)
    order = sorted(range(len(counts)), key=lambda j: counts[j, 1] / counts[j].sum() if counts[j].sum() else overall)
    grouping = Grouping(constraints_of(problem), ("ascending",), supervised_coarsening("categorical", "quantile", 50))
    bins, total = grouping.choose(counts, totals, "ascending")
    assert (np.diff(bins[order]) >= 0).all()
    expected = best_of({**problem, "counts": counts[order], "trend": "ascending"})
    if expected == -np.inf:
        expected = naive.bin_gain(*counts.sum(axis=0), *totals, problem["criterion"])
    assert total == pytest.approx(expected, abs=ROUNDING)


@settings(max_examples=20)
@given(contingency_tables(min_bins=2, max_bins=6, max_count=40))
def test_no_grouping_of_levels_whatever_beats_that_of_the_order(counts):
    """A convex criterion is maximised by groups of neighbours in the order of event rates (spec 3)."""
    totals = counts.sum(axis=0)
    constraints = Constraints(get_criterion("iv"), 3, 0.0, 0.0)
    grouping = Grouping(constraints, ("ascending",), supervised_coarsening("categorical", "quantile", 50))
    best = max(
        sum(naive.bin_gain(g, b, *totals, "iv") for g, b in merged(counts, np.array(labels)))
        for labels in np.ndindex(*[3] * len(counts))
        if set(labels) == set(range(max(labels) + 1))
    )
    assert grouping.choose(counts, totals, "ascending")[1] == pytest.approx(best, abs=ROUNDING)


@given(binning_problems(max_items=6))
def test_gain_and_level_of_a_run_are_those_of_its_counts(problem):
    counts, totals = problem["counts"], problem["totals"]
    gain, level = run_gain(counts, totals, constraints_of(problem))
    for s, t in np.ndindex(gain.shape):
        cell = counts[s : t + 1].sum(axis=0)
        if t < s or naive.is_thin(cell, totals, problem["min_fraction"], problem["min_class"]):
            assert gain[s, t] == -np.inf
            continue
        assert gain[s, t] == pytest.approx(naive.bin_gain(*cell, *totals, problem["criterion"]), abs=1e-12)
        assert level[s, t] == pytest.approx(cell[1] / cell.sum(), abs=1e-15)


@given(st.lists(binning_problems(max_items=6), min_size=1, max_size=3), st.sampled_from(["numeric", "categorical"]))
def test_many_problems_at_once_are_each_of_them(problems, kind):
    n_items = min(len(p["counts"]) for p in problems)
    trends = ("ascending", "peak", "descending")
    grouping = Grouping(constraints_of(problems[0]), trends, supervised_coarsening(kind, "quantile", 3))
    counts = np.stack([p["counts"][:n_items] for p in problems])
    totals = np.stack([p["totals"] for p in problems])
    bins, gains = grouping.choose_many(counts, totals)
    for i, (each, total) in enumerate(zip(counts, totals, strict=True)):
        for j, trend in enumerate(trends):
            alone = grouping.choose(each, total, trend)
            np.testing.assert_array_equal(bins[i, j], alone[0])
            assert gains[i, j] == alone[1]


@given(binning_problems(max_items=6), st.sampled_from(["numeric", "categorical"]))
def test_the_total_of_gains_is_that_of_the_better_trend(problem, kind):
    trends = ("ascending", "descending")
    grouping = Grouping(constraints_of(problem), trends, supervised_coarsening(kind, "quantile", 4))
    counts, totals = problem["counts"], problem["totals"]
    expected = max(grouping.choose(counts, totals, trend)[1] for trend in trends)
    assert grouping.totals_of_gains(counts[None], totals[None])[0] == pytest.approx(expected, abs=ROUNDING)


@given(contingency_tables(min_count=0))
def test_bins_of_the_user_stay_as_they_are(counts):
    totals = counts.sum(axis=0) + 1
    grouping = Grouping(Constraints(get_criterion("js"), 2, 0.4, 50.0), ("none",), fixed=True)
    assert grouping.choose(counts, totals, "none")[0].tolist() == list(range(len(counts)))
    expected = sum(naive.bin_gain(g, b, *totals, "js") for g, b in counts if g + b)
    assert grouping.totals_of_gains(counts[None], totals[None])[0] == pytest.approx(expected, abs=ROUNDING)


@given(contingency_tables(min_count=0), st.sampled_from(list(CRITERIA["binary"])))
def test_the_gain_of_a_cell_is_finite_also_where_it_is_pure(counts, criterion):
    totals = counts.sum(axis=0) + 1
    counts = counts[counts.sum(axis=1) > 0]
    found = cell_gain(counts, np.broadcast_to(totals, counts.shape), get_criterion(criterion))
    expected = [naive.bin_gain(g, b, *totals, criterion) for g, b in counts]
    np.testing.assert_allclose(found, expected, atol=1e-12)


@given(contingency_tables(min_count=0))
def test_weights_of_evidence_are_those_of_the_definition(counts):
    counts = np.vstack([counts, np.zeros((1, 2))])
    filled = counts[counts.sum(axis=1) > 0]
    half = 0.5 if (filled == 0).any() else 0.0
    g, b = (filled + half).T
    expected = np.zeros(len(counts))
    expected[counts.sum(axis=1) > 0] = np.log(g / g.sum()) - np.log(b / b.sum())
    np.testing.assert_allclose(bin_weights(counts), expected, atol=1e-12)


def test_items_without_any_row_gain_nothing():
    counts, totals = np.zeros((1, 1, 2)), np.array([5.0, 5.0])
    grouping = Grouping(Constraints(get_criterion("iv"), 5, 0.05, 5.0), ("ascending",))
    assert grouping.totals_of_gains(counts, totals[None])[0] == 0.0
    assert grouping.choose(counts[0], totals, "ascending") == (0, 0.0)
    assert grouping.choose(counts[0, :0], totals, "ascending")[0].size == 0
    assert grouping.totals_of_gains(counts[:, :0], totals[None])[0] == 0.0


@pytest.mark.parametrize("unit", [1.0, 0.1, 1 / 3, 1e5 / 7])
def test_a_bin_that_just_reaches_a_limit_is_allowed_whatever_the_unit_of_the_weights(unit):
    """Sums of weights such as 0.1 are not exact."""
    counts = np.tile([12.0, 8.0], (20, 1)) * unit
    constraints = Constraints(get_criterion("js"), 8, 0.05, 8 * unit)
    assert np.isfinite(np.diag(run_gain(counts, counts.sum(axis=0), constraints)[0])).all()
    for min_fraction, min_class in ((0.0501, 0.0), (0.0, 8.01 * unit)):
        stricter = Constraints(get_criterion("js"), 8, min_fraction, min_class)
        assert not np.isfinite(np.diag(run_gain(counts, counts.sum(axis=0), stricter)[0])).any()
