"""The transformer for targets of several classes, numbers and counts."""

import pickle
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.model_selection import KFold

from kullback.binning import BinConstraints, OptimalBinner
from kullback.exceptions import BinningWarning, InputError
from strategies import any_column

KINDS = ["multiclass", "continuous", "count"]


def insured(kind, n=900, seed=0):
    """A frame of every kind of column, and a target that both of the first tell of."""
    rng = np.random.default_rng(seed)
    age, region = rng.integers(18, 80, n).astype(float), rng.choice(list("abc"), n).astype(object)
    risk = (age - 50) / 20 + 0.8 * (region == "c")
    X = pd.DataFrame({"age": age, "region": region})
    X.loc[rng.random(n) < 0.1, "age"] = np.nan
    X.loc[rng.random(n) < 0.1, "age"] = -1.0
    X.loc[rng.random(n) < 0.05, "region"] = None
    if kind == "multiclass":
        utility = np.column_stack([np.zeros(n), risk, -risk]) + rng.gumbel(size=(n, 3))
        return X, np.array(["life", "motor", "none"])[utility.argmax(axis=1)]
    if kind == "continuous":
        return X, 1000 + 100 * (risk + rng.normal(size=n))
    return X, rng.poisson(np.exp(risk / 2))


def fitted(kind, **parameters):
    X, y = insured(kind)
    parameters = {"special_values": {"age": [-1]}, "target_type": kind} | parameters
    return OptimalBinner(**parameters).fit(X, y), X, y


def value_of(table, kind):
    return table.woe if kind == "multiclass" else table.mean[:, None]


@pytest.mark.parametrize("kind", KINDS)
def test_each_value_is_encoded_by_its_bin_and_back(kind):
    binner, X, _ = fitted(kind)
    encoded, start = binner.transform(X), 0
    for name, table in binner.tables_.items():
        place = [table.labels.index(label) for label in table.lookup(X[name])]
        codes = value_of(table, kind)
        np.testing.assert_array_equal(encoded[:, start : start + codes.shape[1]], codes[place])
        start += codes.shape[1]
    assert start == encoded.shape[1]
    expected = np.column_stack([table.lookup(X[name]) for name, table in binner.tables_.items()])
    np.testing.assert_array_equal(binner.inverse_transform(encoded), expected)
    assert {"special", "missing"} <= set(binner.tables_["age"].roles)
    names = ["age_life", "age_motor", "age_none", "region_life", "region_motor", "region_none"]
    assert binner.get_feature_names_out().tolist() == (names if kind == "multiclass" else ["age", "region"])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("encode", ["ordinal", "onehot"])
def test_numbers_of_bins_and_indicators_do_not_depend_on_the_target(kind, encode):
    binner, X, _ = fitted(kind, encode=encode)
    names = binner.inverse_transform(binner.transform(X))
    expected = np.column_stack([table.lookup(X[name]) for name, table in binner.tables_.items()])
    np.testing.assert_array_equal(names, expected)
    assert binner.transform(X).shape[1] == binner.get_feature_names_out().size


def test_rates_of_classes_are_an_encoding_too():
    binner, X, _ = fitted("multiclass", encode="event_rate")
    encoded = binner.transform(X)
    np.testing.assert_allclose(encoded[:, :3].sum(axis=1), 1.0)
    table = binner.tables_["age"]
    np.testing.assert_array_equal(encoded[0, :3], table.event_rate[table.labels.index(table.lookup(X["age"])[0])])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("container", ["pandas", "polars"])
def test_frames_have_the_names_out(kind, container):
    binner, X, y = fitted(kind)
    out = clone(binner).set_output(transform=container).fit_transform(X, y)
    assert list(out.columns) == binner.get_feature_names_out().tolist()
    np.testing.assert_array_equal(out.to_numpy(), binner.transform(X))


@pytest.mark.parametrize("kind", KINDS)
def test_polars_gives_the_same_bins(kind):
    binner, X, y = fitted(kind)
    again = clone(binner).fit(pl.from_pandas(X), pl.Series(y))
    for name, table in binner.tables_.items():
        pd.testing.assert_frame_equal(again.tables_[name].to_frame(), table.to_frame())


@pytest.mark.parametrize("kind", KINDS)
def test_a_fitted_binner_survives_pickling(kind):
    binner, X, _ = fitted(kind)
    again = pickle.loads(pickle.dumps(binner))
    np.testing.assert_array_equal(again.transform(X), binner.transform(X))
    np.testing.assert_array_equal(again.permutation_test(19).pvalue, binner.permutation_test(19).pvalue)
    assert repr(again.tables_["age"]) == repr(binner.tables_["age"])


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_is_encoded_by_bins_that_did_not_see_it(kind):
    X, y = insured(kind)
    binner = OptimalBinner(cv=KFold(3), target_type=kind, random_state=0)
    encoded = binner.fit_transform(X, y)
    assert encoded.shape == binner.transform(X).shape
    for train, test in KFold(3).split(X):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            other = clone(binner).set_params(cv=None).fit(X.iloc[train], y[train])
        np.testing.assert_array_equal(encoded[test], other.transform(X.iloc[test]))
    assert OptimalBinner(cv=3, target_type=kind).fit_transform(X, y).shape == encoded.shape


@pytest.mark.parametrize("kind", KINDS)
def test_unknown_values_are_neutral(kind):
    binner, _, y = fitted(kind)
    with pytest.warns(UserWarning, match=r"1 in 'region'"):
        encoded = binner.transform(pd.DataFrame({"age": [30.0], "region": ["z"]}))[0]
    neutral = [0, 0, 0] if kind == "multiclass" else [np.mean(y)]
    np.testing.assert_allclose(encoded[-len(neutral) :], neutral, rtol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_a_whole_weight_is_a_repetition_and_a_row_of_weight_0_is_not_there(kind):
    X, y = insured(kind)
    weights = np.random.default_rng(1).integers(0, 3, y.size).astype(float)
    rows = np.repeat(np.arange(y.size), weights.astype(int))
    parameters = {"target_type": kind, "monotonic": "none" if kind == "multiclass" else "ascending"}
    weighted = OptimalBinner(**parameters).fit(X, y, sample_weight=weights)
    repeated = OptimalBinner(**parameters).fit(X.iloc[rows].reset_index(drop=True), y[rows])
    for name, table in repeated.tables_.items():
        found = weighted.tables_[name]
        assert found.labels == table.labels
        np.testing.assert_allclose(found.count, table.count)
        np.testing.assert_allclose(value_of(found, kind), value_of(table, kind), rtol=1e-9)


@pytest.mark.parametrize(("factor", "shift"), [(1e-3, 0.0), (-7.0, 3e6)])
def test_the_unit_of_numbers_changes_no_bin(factor, shift):
    binner, X, y = fitted("continuous", monotonic="none")
    other = clone(binner).fit(X, factor * y + shift)
    for name, table in binner.tables_.items():
        bins = table.groups[::-1] if factor < 0 and table.groups else table.groups
        assert other.tables_[name].groups == bins
        np.testing.assert_array_equal(other.tables_[name].cuts, table.cuts)
        assert other.tables_[name].explained == pytest.approx(table.explained, rel=1e-7)
    np.testing.assert_allclose(other.explained_.value, binner.explained_.value, rtol=1e-5)
    np.testing.assert_allclose(other.explained_.covariance, binner.explained_.covariance, rtol=1e-5)


def test_names_of_classes_change_nothing():
    binner, X, y = fitted("multiclass")
    names = {"life": "z", "motor": "a", "none": "m"}
    other = clone(binner).fit(X, np.array([names[label] for label in y]))
    order = [other.classes_.tolist().index(names[label]) for label in binner.classes_]
    for name, table in binner.tables_.items():
        renamed = other.tables_[name]
        np.testing.assert_array_equal(renamed.cuts, table.cuts)
        place = [renamed.groups.index(group) for group in table.groups] or range(len(table.labels))
        assert sorted(map(sorted, renamed.groups)) == sorted(map(sorted, table.groups))
        np.testing.assert_allclose(renamed.woe[:, order][list(place)], table.woe[: len(place)], rtol=1e-9)
        assert renamed.explained == pytest.approx(table.explained, rel=1e-9)


def test_exposures_make_rates_of_events():
    X, _ = insured("count")
    rng = np.random.default_rng(2)
    exposure = rng.uniform(0.1, 2, len(X))
    events = rng.poisson(exposure * np.exp(X["age"].fillna(50) / 40 - 1))
    binner = OptimalBinner(target_type="count").fit(X, events / exposure, sample_weight=exposure)
    table = binner.tables_["age"]
    where = table.lookup(X["age"])
    for label, rate, size in zip(table.labels, table.mean, table.count, strict=True):
        assert rate == pytest.approx(events[where == label].sum() / exposure[where == label].sum())
        assert size == pytest.approx(exposure[where == label].sum())
    low, high = binner.explained_.conf_int()[0]
    assert 0 < low < table.explained < high


@pytest.mark.parametrize("kind", KINDS)
def test_what_tells_is_told_from_what_does_not(kind):
    X, y = insured(kind)
    X["noise"] = np.random.default_rng(7).normal(size=y.size)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        binner = OptimalBinner(target_type=kind).fit(X, y)
    pvalue = binner.permutation_test(99).pvalue
    assert (pvalue[:2] == 0.01).all()
    assert pvalue[2] > 0.05
    limits = (binner.information_value_ if kind == "multiclass" else binner.explained_).conf_int()
    assert (limits[:2, 0] > 0).all()
    assert limits[2, 0] == 0
    text = str(binner.summary(19))
    assert {"multiclass": "summed over each class", "continuous": "variance between bins"}.get(
        kind, "nats an event"
    ) in text
    assert hasattr(binner, "classes_") == (kind == "multiclass")


@pytest.mark.parametrize(
    ("kind", "parameters", "told"),
    [
        ("multiclass", {"encode": "mean"}, 'encode="mean" is not for a multiclass target'),
        ("continuous", {"encode": "woe"}, 'encode="woe" is not for a continuous target; take one of mean'),
        ("count", {"encode": "event_rate"}, 'encode="event_rate" is not for a count target'),
        ("continuous", {"criterion": "iv"}, 'criterion="iv" is not for a continuous target; take one of variance'),
        ("multiclass", {"criterion": "js"}, 'criterion="js" is not for a multiclass target'),
        ("count", {"criterion": "variance"}, "take one of deviance"),
        ("multiclass", {"monotonic": {"age": "peak"}}, "Several classes have no common trend.*'peak' came"),
        ("multiclass", {"prebinning": "stumps"}, 'take "quantile" or "uniform"'),
        ("continuous", {"pos_label": 1}, "pos_label is for a target of two classes"),
        ("count", {"encode": "onehot", "cv": 3}, "cannot be cross-fitted"),
    ],
)
def test_what_has_no_meaning_for_a_target_is_refused(kind, parameters, told):
    X, y = insured(kind)
    with pytest.raises(InputError, match=told):
        OptimalBinner(target_type=kind, special_values={"age": [-1]}, **parameters).fit_transform(X, y)


def test_unknown_values_can_be_refused():
    binner, _, _ = fitted("count", handle_unknown="error")
    with pytest.raises(InputError, match="1 values that fit did not see"):
        binner.transform(pd.DataFrame({"age": [30.0], "region": ["z"]}))


def test_folds_without_a_class_are_told():
    X, y = insured("multiclass")
    y[:] = "life"
    y[:30], y[30:33] = "motor", "none"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(InputError, match="must hold rows of all classes"):
            OptimalBinner(cv=KFold(3)).fit_transform(X, y)


@pytest.mark.parametrize("kind", ["continuous", "count"])
def test_stumps_find_the_steps_of_numbers(kind):
    pytest.importorskip("xgboost")
    rng = np.random.default_rng(8)
    x = rng.uniform(0, 1, 4000)
    level = np.where(x < 0.37, 1.0, 4.0)
    y = level + rng.normal(0, 0.3, x.size) if kind == "continuous" else rng.poisson(level)
    binner = OptimalBinner(prebinning="stumps", target_type=kind, max_bins=2).fit(pd.DataFrame({"x": x}), y)
    assert binner.tables_["x"].cuts == pytest.approx([0.37], abs=0.01)


def any_target(kind, rng, n):
    if kind == "multiclass":
        return np.r_[0, 1, 2, rng.choice(3, n - 3, p=[0.8, 0.15, 0.05])]
    if kind == "continuous":
        return np.r_[0.0, 1.0, rng.normal(size=n - 2) * rng.choice([1e-3, 1, 1e6]) + rng.choice([0, 1e8])]
    return np.r_[0, 3, rng.poisson(rng.choice([0.02, 1, 30]), n - 2)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(25))
def test_any_data_and_parameters_give_finite_figures_and_whole_tables(kind, seed):
    rng = np.random.default_rng(seed)
    n = int(rng.choice([6, 30, 100, 400]))
    X = pd.DataFrame({f"f{j}": any_column(rng, n) for j in range(3)})
    weights = rng.choice([None, 1, 0.3], 1)[0]
    weights = None if weights is None else np.r_[1, 1, 1, rng.choice([0, 1, 2, 1e-3, 1e6], n - 3)] * weights
    binner = OptimalBinner(
        target_type=kind,
        max_bins=int(rng.choice([3, 8, 60])),
        min_bin_fraction=rng.choice([0.0, 0.05, 0.5]),
        min_bin_events=rng.choice([0.0, 1.0, 5.0]),
        monotonic="none" if kind == "multiclass" else str(rng.choice(["auto", "best", "ascending", "concave"])),
        prebinning=str(rng.choice(["quantile", "uniform"])),
        max_prebins=int(rng.choice([2, 3, 10])),
        special_values=[None, [99], [0, -1, "a", None, np.inf]][rng.integers(3)],
        encode=str(rng.choice(["auto", "piecewise", "ordinal", "onehot"])),
        constraints=[None, BinConstraints(max_pvalue=0.1, min_level_rows=5)][rng.integers(2)],
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", BinningWarning)
        binner.fit(X, any_target(kind, rng, n), sample_weight=weights)
    in_sample = np.full(n, True) if weights is None else weights > 0
    assert np.isfinite(binner.transform(X[in_sample])).all()  # and no value is unknown, which would warn
    total = n if weights is None else weights.sum()
    for table in binner.tables_.values():
        assert table.count.sum() == pytest.approx(total)
        assert len(set(table.labels)) == table.rule.n_bins
        assert table.feature in repr(table)
    limits = (binner.information_value_ if kind == "multiclass" else binner.explained_).conf_int()
    assert np.isfinite(limits).all()
    assert str(binner.summary(9))


def test_a_numeric_column_of_special_values_only_is_encoded_by_lines_too():
    X, y = pd.DataFrame({"x": [-9.0] * 40 + [np.nan] * 40}), np.repeat([1.0, 2.0], 40) + np.tile([0, 0.5], 40)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", BinningWarning)
        binner = OptimalBinner(encode="piecewise", special_values=[-9]).fit(X, y)
    np.testing.assert_allclose(np.unique(binner.transform(X)), [1.25, 2.25])
