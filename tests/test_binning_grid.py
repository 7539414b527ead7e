"""Two features binned together."""

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest

from kullback.binning import OptimalBinner, TwoWayBinner
from kullback.datasets import make_credit
from kullback.exceptions import BinningWarning, InputError, KullbackWarning, UnknownValueWarning
from kullback.metrics import information_value


def exclusive_or(n=2000, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 2))
    return X, rng.random(n) < np.where(X[:, 0] * X[:, 1] > 0, 0.4, 0.1)


@pytest.fixture(scope="module")
def credit():
    return make_credit(1500, event_rate=0.3, n_noise=0, random_state=0)


@pytest.fixture(scope="module")
def binner(credit):
    return TwoWayBinner(features=["purpose", "bureau_score"], special_values={"bureau_score": [-1, -7]}).fit(
        credit.data, credit.target
    )


def test_what_two_features_say_together_only_is_found():
    X, y = exclusive_or()
    together = TwoWayBinner(max_bins=4).fit(X, y)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", KullbackWarning)
        alone = OptimalBinner().fit(X, y)
    assert together.information_value_.conf_int()[0, 0] > 0.2
    assert alone.information_value_.conf_int()[:, 1].max() < 0.05
    assert together.permutation_test(19).pvalue[0] == pytest.approx(0.05)
    assert sorted(together.table_.event_rate.round(1)) == [0.1, 0.1, 0.4, 0.4]


def test_noise_is_no_information():
    rng = np.random.default_rng(1)
    X, y = rng.normal(size=(1000, 2)), rng.random(1000) < 0.3
    noise = TwoWayBinner(max_prebins=6).fit(X, y)
    assert noise.information_value_.conf_int()[0, 0] == 0.0
    assert noise.permutation_test(19).pvalue[0] > 0.05
    assert float(noise.table_.information_value()) > 4 * abs(float(noise.information_value_))


def test_the_table_counts_the_rows_that_its_rule_gives_it(credit, binner):
    codes, table = binner.bin_codes(credit.data), binner.table_
    for j in range(table.rule.n_bins):
        assert table.events[j] == credit.target[codes == j].sum()
        assert table.count[j] == (codes == j).sum()
    np.testing.assert_array_equal(binner.transform(credit.data)[:, 0], table.woe[codes])
    looked_up = table.lookup((credit.data["purpose"], credit.data["bureau_score"]))
    np.testing.assert_array_equal(looked_up, np.array(table.labels, dtype=object)[codes])
    assert float(table.information_value()) == pytest.approx(float(information_value(codes, credit.target)))


def test_constraints_hold_for_rectangles_of_regular_values(credit, binner):
    table = binner.table_
    regular = np.array(table.roles) == "regular"
    assert regular.sum() <= 8
    assert (table.count[regular] >= 0.05 * len(credit.target)).all()


def test_missing_and_special_values_stay_apart(credit, binner):
    codes, score = binner.bin_codes(credit.data), credit.data["bureau_score"].to_numpy()
    roles = np.array(binner.table_.roles)[codes]
    np.testing.assert_array_equal(roles == "missing", np.isnan(score))
    np.testing.assert_array_equal(roles == "special", score == -1)


def test_unknown_pairs_are_neutral_or_an_error(binner, credit):
    new = credit.data.head(3).copy()
    new.loc[new.index[1], "purpose"] = "boat"
    new.loc[new.index[2], "bureau_score"] = -7.0  # declared, but not met
    with pytest.warns(UnknownValueWarning, match="2 pairs of 'purpose x bureau_score'"):
        assert binner.transform(new)[1:, 0].tolist() == [0.0, 0.0]
    strict = TwoWayBinner(**(binner.get_params() | {"handle_unknown": "error"})).fit(credit.data, credit.target)
    with pytest.raises(InputError, match="first in row 1"):
        strict.transform(new)


@pytest.mark.parametrize("encode", ["woe", "event_rate", "ordinal"])
def test_one_column_comes_out(credit, binner, encode):
    other = TwoWayBinner(**(binner.get_params() | {"encode": encode})).fit(credit.data, credit.target)
    codes, table = binner.bin_codes(credit.data), binner.table_
    expected = {"woe": table.woe, "event_rate": table.event_rate, "ordinal": np.arange(float(table.rule.n_bins))}
    np.testing.assert_array_equal(other.transform(credit.data)[:, 0], expected[encode][codes])
    frame = other.set_output(transform="pandas").transform(credit.data)
    assert frame.columns.tolist() == ["purpose x bureau_score"]


@pytest.mark.parametrize("library", ["polars", "pyarrow"])
def test_libraries_agree(credit, binner, library):
    data = credit.data[["purpose", "bureau_score", "income"]]
    other = pl.from_pandas(data) if library == "polars" else pl.from_pandas(data).to_arrow()
    again = TwoWayBinner(**binner.get_params()).fit(other, credit.target)
    np.testing.assert_array_equal(again.transform(other), binner.transform(credit.data))


def test_a_weight_counts_as_repetition(credit):
    data, weights = credit.data[["income", "owner"]], np.random.default_rng(0).integers(0, 4, len(credit.target))
    weighted = TwoWayBinner().fit(data, credit.target, sample_weight=weights)
    repeated = TwoWayBinner().fit(data.iloc[np.repeat(np.arange(len(data)), weights)], credit.target.repeat(weights))
    np.testing.assert_array_equal(weighted.table_.rule.place, repeated.table_.rule.place)
    np.testing.assert_allclose(weighted.table_.contingency.counts, repeated.table_.contingency.counts)
    assert weighted.information_value_.standard_error > repeated.information_value_.standard_error
    assert 0 < weighted.permutation_test(9).pvalue[0] <= 1
    one_class = np.where(credit.target == 1, 0.0, 1.0)
    with pytest.raises(InputError, match="both classes among the rows with a positive weight"):
        TwoWayBinner().fit(data, credit.target, sample_weight=one_class)


def test_where_no_rectangles_obey_there_is_one_and_a_warning():
    X, y = exclusive_or(200)
    with pytest.warns(BinningWarning, match="stays in one bin"):
        binner = TwoWayBinner(min_bin_fraction=0.5, min_bin_events=90).fit(X, y)
    assert binner.table_.labels == ("any value & any value",)
    np.testing.assert_array_equal(binner.information_value_.conf_int(), 0)


def test_a_feature_without_values_is_one_row_of_the_grid():
    X, y = exclusive_or(400)
    X[:, 0] = np.nan
    binner = TwoWayBinner().fit(X, y)
    assert all(label.startswith("missing & ") for label in binner.table_.labels)


@pytest.mark.parametrize(
    ("features", "said"),
    [
        (None, r"X has 3 \(n_features = 3\)"),
        (["a", "a"], "two different features"),
        (["a"], "two different features"),
        (["a", "z"], "'z', which is not a feature of X"),
        ([0, 7], "7, which is not a feature of X"),
    ],
)
def test_a_pair_must_be_named(features, said):
    X = pd.DataFrame(np.eye(30)[:, :3], columns=list("abc"))
    with pytest.raises(InputError, match=said):
        TwoWayBinner(features=features).fit(X, np.arange(30) % 2)


@pytest.mark.parametrize("n", [0, True, 2.5])
def test_a_number_of_permutations_is_whole_and_positive(binner, n):
    with pytest.raises(InputError, match="n_permutations must be a whole number from 1"):
        binner.permutation_test(n)


def test_rows_are_asked_for_and_the_summary_tells_the_honest_value(binner):
    with pytest.raises(InputError, match="must have rows"):
        TwoWayBinner().fit(pd.DataFrame({"a": [], "b": []}), [])
    assert "Cross-fitted IV" in str(binner.summary())
    with pytest.raises(ValueError, match="input_features is not equal"):
        binner.get_feature_names_out(["a"])
