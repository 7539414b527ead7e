"""The binning of one feature: what is chosen, and what is said aloud."""

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import naive
from kullback._frames import column_of
from kullback.binning._constraints import BinConstraints
from kullback.binning._criterion import CRITERIA, get_criterion
from kullback.binning._fit import fit_feature, warn_user
from kullback.binning._selection import WeightClasses
from kullback.binning._settings import FeatureSettings
from kullback.binning._target import Target
from kullback.exceptions import BinningWarning, InputError, UnknownValueWarning
from strategies import whole_weights

DEFAULTS = {
    "criterion": get_criterion("iv"),
    "max_bins": 8,
    "min_bin_fraction": 0.05,
    "min_bin_events": 5.0,
    "constraints": BinConstraints(),
    "trend": "auto",
    "prebinning": "quantile",
    "max_prebins": 50,
    "cuts": None,
    "specials": (),
    "missing_allowed": True,
}


def bin_feature(values, events, weights=None, **more):
    column = column_of(values, "x")
    events = np.asarray(events, dtype=np.int64)
    weights = None if weights is None else np.asarray(weights, dtype=np.float64)
    classes = None if weights is None else WeightClasses.of(weights, events)
    settings = FeatureSettings(**{**DEFAULTS, **more})
    target = Target("binary", events, np.zeros(events.size), np.array([0, 1]))
    return fit_feature(column, target, weights, classes, settings, np.random.SeedSequence(0))


def remarks(*arguments, **more):
    """The table, and the messages of the warnings on the way."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fit, _ = bin_feature(*arguments, **more)
    assert all(warning.category is BinningWarning for warning in caught)
    return fit.table, [str(warning.message) for warning in caught]


def credit(n=2000, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    return x, (rng.random(n) < 1 / (1 + np.exp(1.5 - x))).astype(int)


def test_codes_give_every_row_its_bin_of_the_table():
    x, y = credit()
    x[:100], x[100:150] = np.nan, 99.0
    fit, codes = bin_feature(x, y, specials=(99.0,))
    np.testing.assert_array_equal(codes, fit.table.rule.codes(column_of(x, "x")))
    counts = naive.counts(codes, y, np.ones(y.size), fit.table.rule.n_bins)
    np.testing.assert_array_equal(fit.table.contingency.counts, counts)
    assert fit.table.labels[-2:] == ("special 99", "missing")


def test_more_bins_than_a_byte_can_number_are_numbered_all_the_same():
    x = np.arange(3000.0)
    fit, codes = bin_feature(
        x, np.arange(3000) % 2, max_bins=300, max_prebins=400, min_bin_fraction=0.0, cuts=list(range(10, 3000, 10)),
        min_bin_events=1.0,
    )  # fmt: skip
    assert fit.table.rule.n_bins == 300
    np.testing.assert_array_equal(codes, np.arange(3000) // 10)


@pytest.mark.parametrize("sign", [1, -1])
def test_auto_finds_the_direction_of_the_event_rate(sign):
    x, y = credit()
    table = bin_feature(sign * x, y)[0].table
    assert table.trend == ("ascending" if sign == 1 else "descending")
    assert (sign * np.diff(table.event_rate) > 0).all()


@pytest.mark.parametrize("trend", ["peak", "valley", "none", "ascending"])
def test_a_trend_asked_for_is_the_trend_of_the_table(trend):
    x, _ = credit()
    rng = np.random.default_rng(1)
    middle = (rng.random(2000) < 0.1 + 0.4 * (np.abs(x) < 0.7)).astype(int)
    table, told = remarks(x, middle, trend=trend)
    assert table.trend == trend
    assert naive.follows(table.event_rate.tolist(), *naive.TURNS[trend], min_gap=0.0)
    assert not told
    assert (len(table.labels) >= 3) or trend == "ascending"


@settings(max_examples=15)
@given(st.data(), st.sampled_from(["numeric", "categorical"]), st.sampled_from(["quantile", "uniform"]))
def test_a_whole_weight_is_repetition_for_every_estimate(data, kind, prebinning):
    n = data.draw(st.integers(30, 60))
    weights = data.draw(whole_weights(n, least=1))
    values = np.array(data.draw(st.lists(st.integers(0, 12), min_size=n, max_size=n)), dtype=float)
    events = np.array([0, 1, *data.draw(st.lists(st.integers(0, 1), min_size=n - 2, max_size=n - 2))])
    values[: n // 10] = np.nan
    values[n // 10 : n // 5] = 99
    if kind == "categorical":
        values = pd.Series(values).map(lambda v: None if np.isnan(v) else f"{v:g}")
    repeat = weights.astype(int)
    more = {"specials": (99.0, "99"), "prebinning": prebinning, "min_bin_events": 3.0, "max_prebins": 10}
    weighted, told = remarks(values, events, weights, **more)
    repeated, told_of_rows = remarks(np.repeat(np.asarray(values), repeat), np.repeat(events, repeat), **more)
    # A remark on a pure value is a test, for which a weight is no repetition.
    assert [text for text in told if "unlike the rest" not in text] == [
        text for text in told_of_rows if "unlike the rest" not in text
    ]
    assert (weighted.labels, weighted.groups, weighted.trend) == (repeated.labels, repeated.groups, repeated.trend)
    for name in ("cuts", "count", "events", "woe", "contribution"):
        np.testing.assert_array_equal(getattr(weighted, name), getattr(repeated, name), err_msg=name)
    assert float(weighted.information_value()) == float(repeated.information_value())


def test_the_tails_take_the_least_bin_of_all_rows_where_many_are_missing():
    x, y = credit(1000)
    x = np.r_[x, np.full(1000, np.nan)]
    fit, _ = bin_feature(x, np.r_[y, y])
    assert fit.items.rows[0].sum() <= 100
    cuts = fit.items.rows[: fit.n_items].sum(axis=1).cumsum()
    assert 100 in cuts  # 5% of 2000 rows can be cut off
    assert 900 in cuts


def test_special_values_are_bins_each_and_come_from_the_data():
    x, y = credit()
    x[:50], x[50:90] = -9, 99
    table, told = remarks(x, y, specials=(99, -9, 7777, "NA", None, np.nan))
    assert table.rule.specials == (99, -9)
    assert table.rule.absent == (7777,)
    assert table.count[-2:].tolist() == [40, 50]
    assert not told


def test_special_levels_are_bins_each():
    c = np.array(["a", "b", "NA", "c"] * 100, dtype=object)
    table, _ = remarks(c, np.arange(400) % 3 == 0, specials=("NA", 99))
    assert table.rule.specials == ("NA",)
    assert "NA" not in sum(table.groups, ())
    assert table.labels[-1] == "special NA"


def test_a_column_of_special_values_only_has_no_other_bin_with_rows():
    table, _ = remarks(np.array(["u", "v"] * 50, dtype=object), np.arange(100) % 3 == 0, specials=("u", "v"))
    assert (table.rule.n_regular, table.roles) == (0, ("special", "special"))
    table, _ = remarks(np.tile([98.0, 99.0], 50), np.arange(100) % 3 == 0, specials=(98, 99))
    assert table.count.tolist() == [0, 50, 50]


def test_missing_values_can_be_refused():
    x, y = credit(100)
    x[:7] = np.nan
    with pytest.raises(InputError, match=r"'x' has 7 missing values and handle_missing='error'\. Fill them in"):
        bin_feature(x, y, missing_allowed=False)


@pytest.mark.parametrize("values", [np.ones(60), np.full(60, "a", dtype=object), np.full(60, np.inf)])
def test_a_constant_is_one_bin_and_told(values):
    table, told = remarks(values, np.arange(60) % 2)
    assert (table.rule.n_bins, float(table.information_value())) == (1, 0.0)
    assert told == ["'x' is constant: it says nothing about the target and gets WoE 0. Leave it out."]


@pytest.mark.parametrize(
    "values", [np.full(60, np.nan), pd.Series([None] * 60, dtype="str"), pd.Series(pd.Categorical([None] * 60))]
)
def test_a_column_without_values_is_told(values):
    table, told = remarks(values, np.arange(60) % 2)
    assert table.labels == ("missing",)
    assert float(table.information_value()) == 0.0
    assert told == ["'x' has no value at all: every row is missing. It says nothing; leave it out."]


def test_one_value_beside_missing_ones_is_no_cause_for_a_warning():
    table, told = remarks(np.r_[np.full(60, np.nan), np.ones(60)], np.arange(120) > 40)
    assert table.labels == ("[-inf, inf]", "missing")
    assert not told
    assert float(table.information_value()) > 0


def test_too_few_rows_for_two_bins_are_one_bin_and_told():
    table, told = remarks(np.arange(9.0), np.arange(9) % 3 == 0)
    assert table.labels == ("[-inf, inf]",)
    assert len(told) == 1
    assert told[0] == (
        "'x' stays in one bin: no two bins satisfy min_bin_fraction=0.05 and min_bin_events=5 with a weight of "
        "9 rows and 3 events. Lower them (weights count as repetitions of a row)."
    )


def test_weights_that_sum_to_one_are_too_light_and_told():
    x, y = credit(200)
    _, told = remarks(x, y, np.full(200, 1 / 200))
    assert "with a weight of 1 rows" in told[0]


def test_a_trend_that_no_two_bins_have_is_told():
    table, told = remarks(np.arange(200.0), np.arange(200) < 100, trend="ascending")
    assert table.rule.n_bins == 1
    assert "min_bin_events=5 in ascending order with a weight of 200 rows" in told[0]
    assert told[0].endswith("or try another trend.")
    assert not remarks(np.arange(200.0), np.arange(200) < 100, trend="ascending", max_bins=1)[1]


def test_levels_in_one_bin_are_not_blamed_on_a_trend():
    _, told = remarks(np.array(["a", "b"] * 5, dtype=object), np.arange(10) % 3 == 0)
    assert "min_bin_events=5 with a weight" in told[0]
    assert "trend" not in told[0]


def test_auto_leaves_no_feature_in_one_bin_that_a_trend_could_part():
    rng = np.random.default_rng(5)
    for _ in range(20):  # noise, which either trend would rather leave alone
        table, told = remarks(rng.random(300) < 0.5, rng.random(300) < 0.3)
        assert table.labels == ("False", "True")
        assert not told


def spike(share, n=1000, value=99.0, event=1):
    x, y = credit(n)
    k = int(share * n)
    x[:k], y[:k] = value, event
    return x, y


@pytest.mark.parametrize("value", [99.0, -7.0, 0.25])
def test_a_small_pure_spike_is_told(value):
    _, told = remarks(*spike(0.03, value=value))
    assert told == [
        f"3.0% of the rows of 'x' have the value {value:g} and are all events, unlike the rest of their bin. "
        f"Declare special_values={{'x': [{value:g}]}} if it is a code; it then has a bin of its own."
    ]


def test_a_large_pure_spike_on_the_wrong_side_of_the_trend_is_told_too():
    x, y = spike(0.1, value=-7.0)
    table, told = remarks(x, y, trend="ascending")
    assert table.event_rate[0] < 1
    assert "10.0% of the rows of 'x' have the value -7 and are all events" in told[0]


def test_a_pure_spike_of_non_events_is_told_as_such():
    _, told = remarks(*spike(0.04, value=99.0, event=0))
    assert "all non-events" in told[0]


def test_a_declared_spike_has_a_bin_of_its_own_and_is_told_no_more():
    table, told = remarks(*spike(0.03), specials=(99,))
    assert not told
    assert table.count[-1] == table.events[-1] == 30
    assert np.isfinite(table.woe[-1])
    assert table.woe[-1] < -3


def test_a_pure_spike_in_a_pure_bin_is_not_hidden():
    table, told = remarks(*spike(0.1, value=99.0))
    assert table.event_rate[-1] == 1.0
    assert not told


def test_integers_of_low_risk_are_no_spikes():
    rng = np.random.default_rng(3)
    age = rng.integers(20, 70, 10_000).astype(float)
    y = rng.random(10_000) < 0.08 * np.exp(-(age - 20) / 15)
    assert not remarks(age, y)[1]


@pytest.mark.parametrize(("k", "count"), [(4, 0), (5, 1)])
def test_a_value_of_few_rows_is_no_spike(k, count):
    x = np.r_[np.full(k, 99.0), np.linspace(0, 1, 100)]
    told = remarks(x, np.r_[np.ones(k), np.arange(100) < 50], max_prebins=60, trend="descending", min_bin_events=1)[1]
    assert sum("have the value 99" in text for text in told) == count


def test_levels_that_identify_rows_are_told():
    rng = np.random.default_rng(4)
    ids = np.array([f"id{i}" for i in range(500)], dtype=object)
    y = rng.random(500) < 0.2
    table, told = remarks(ids, y)
    assert "'x' has 500 levels, and 100% of the rows are in levels with fewer than 10" in told[0]
    assert float(table.information_value()) > 1  # which is noise
    grades = np.array([f"g{i}" for i in rng.integers(0, 60, 3000)], dtype=object)
    assert not remarks(grades, rng.random(3000) < 0.2)[1]


def test_cuts_of_the_user_are_the_bins():
    x, y = credit()
    table, told = remarks(x, y, cuts=[-0.5, 0.5])
    assert table.cuts.tolist() == [-0.5, 0.5]
    assert table.trend == "as given"
    assert table.violations == ()
    assert not told


def test_what_cuts_of_the_user_break_is_told_and_kept():
    x, y = credit()
    table, told = remarks(x, y, cuts=[-10, -2.2, 0, 0.001], max_bins=3, trend="descending")
    assert table.cuts.tolist() == [-10, -2.2, 0, 0.001]
    assert list(table.violations) == told
    assert "The bins given for 'x' must be at most max_bins=3; they are 5. Raise it, or join bins." in told
    assert "The bins given for 'x' leave no row in [-inf, -10): it gets WoE 0. Join it with a neighbour." in told
    thin = next(text for text in told if "% of the rows in [0, 0.001)" in text)
    assert "min_bin_fraction=0.05 asks for 5%. Lower it, or widen the bin." in thin
    assert any("min_bin_events=5 asks for as many of each" in text for text in told)
    assert any('break monotonic="descending": their event rates are' in text for text in told)
    assert "nan" not in "".join(told)


@pytest.mark.parametrize(
    ("trend", "kept"), [("ascending", True), ("peak", True), ("valley", True), ("none", True), ("descending", False)]
)
def test_a_trend_of_given_bins_is_judged_by_its_word(trend, kept):
    x, y = credit()
    table, _ = remarks(x, y, cuts=[-0.5, 0.5], trend=trend)
    assert table.trend == trend
    assert (table.violations == ()) is kept


def test_a_pure_bin_that_is_heavy_enough_breaks_nothing():
    x = np.arange(200.0)
    table, told = remarks(x, x >= 100, cuts=[100])
    assert table.smoothed
    assert not told
    _, told = remarks(x, x >= 4, cuts=[4], min_bin_fraction=0.0)
    assert "leave 0 events and 4 non-events in [-inf, 4)" in told[0]


def test_groups_of_the_user_are_the_bins():
    c = np.array(["a", "b", "c", "d"] * 50, dtype=object)
    table, told = remarks(c, np.arange(200) % 3 == 0, cuts=[["b", "a"], ["c", "d", "later"]])
    assert table.groups == (("b", "a"), ("c", "d", "later"))
    assert table.trend == "as given"
    assert not told
    assert table.lookup(["later", "never"]).tolist() == ["c, d, later", "unknown"]


def test_stumps_choose_among_the_splits_of_the_model():
    pytest.importorskip("xgboost")
    x, y = credit()
    few = bin_feature(x, y, prebinning="stumps", max_prebins=4)[0].table
    assert 2 <= few.rule.n_bins <= 4
    many = bin_feature(x, y, prebinning="stumps")[0].table
    assert float(many.information_value()) >= float(few.information_value())


def test_uniform_cuts_lie_on_their_grid():
    x, y = credit()
    table = bin_feature(x, y, prebinning="uniform", max_prebins=10)[0].table
    steps = (table.cuts - x.min()) / (x.max() - x.min()) * 10
    np.testing.assert_allclose(steps, np.rint(steps), atol=1e-9)


def test_the_criterion_decides():
    x, y = credit()
    for name in CRITERIA["binary"]:
        fit, _ = bin_feature(x, y, criterion=get_criterion(name), trend="ascending", max_prebins=10, max_bins=4)
        items = fit.items.count(fit.items.rows)
        totals = items.sum(axis=0)
        best = naive.best_bins(items, totals, name, "ascending", 4, 0.05, 5.0)
        got = sum(naive.bin_gain(g, b, *totals, name) for g, b in fit.table.contingency.counts)
        assert got == pytest.approx(best, abs=1e-12)


def test_a_warning_points_at_the_line_of_the_user():
    with pytest.warns(UnknownValueWarning, match="told") as caught:
        warn_user("told", UnknownValueWarning)
    assert caught[0].filename == __file__


def test_a_value_that_could_not_be_measured_is_told():
    x, y = np.arange(100.0), np.arange(100) < 1
    with pytest.warns(BinningWarning, match="could not be measured"):
        fit, _ = bin_feature(x, y, cuts=[50.0], min_bin_events=0.0)
    assert fit.cross_fitted.value == 0


@pytest.mark.parametrize("weight", [1e-3, 1000.0])
def test_a_half_that_is_not_half_a_row_is_told(weight):
    x, y = np.repeat([0.0, 1.0], 200), np.arange(400) >= 380
    with pytest.warns(BinningWarning, match="mean of 1"):
        bin_feature(x, y, np.full(400, weight), min_bin_events=0.0, cuts=[0.5])
