"""The transformer: what it returns, what it accepts, and what it says about the rest."""

import pickle
import re
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import DataConversionWarning, NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, ShuffleSplit, StratifiedKFold, TimeSeriesSplit
from sklearn.pipeline import make_pipeline

from kullback.binning import BinConstraints, OptimalBinner
from kullback.exceptions import BinningWarning, InputError, InputTypeError, UnknownValueWarning
from strategies import any_column

ENCODINGS = ["woe", "event_rate", "ordinal", "onehot"]


def credit(n=1200, seed=0):
    """A frame of every kind of column, and the event."""
    rng = np.random.default_rng(seed)
    income = np.exp(rng.normal(7, 0.6, n))
    age = rng.integers(18, 80, n)
    risk = 5.2 - np.log(income) + 0.03 * np.abs(age - 45)
    grade = np.array(list("abcde"), dtype=object)[np.clip((risk + rng.normal(0, 0.8, n)) * 1.2 + 3, 0, 4).astype(int)]
    frame = pd.DataFrame({"income": income, "age": age, "grade": grade, "owner": rng.random(n) < 0.4})
    frame.loc[rng.random(n) < 0.1, "income"] = np.nan
    frame.loc[rng.random(n) < 0.05, "grade"] = None
    return frame, (rng.random(n) < 1 / (1 + np.exp(-risk))).astype(int)


def same_tables(first, second):
    assert list(first.tables_) == list(second.tables_)
    for one, other in zip(first.tables_.values(), second.tables_.values(), strict=True):
        pd.testing.assert_frame_equal(one.to_frame(), other.to_frame())


def quietly(function, *arguments, **more):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return function(*arguments, **more)


# what is returned


@pytest.mark.parametrize("encode", ENCODINGS)
def test_each_value_is_encoded_by_the_bin_it_is_looked_up_in(encode):
    X, y = credit()
    binner = OptimalBinner(encode=encode).fit(X, y)
    encoded, start = binner.transform(X), 0
    for name, table in binner.tables_.items():
        place = [table.labels.index(label) for label in table.lookup(X[name])]
        if encode == "onehot":
            width = table.rule.n_bins
            np.testing.assert_array_equal(encoded[:, start : start + width], np.eye(width)[place])
        else:
            width = 1
            expected = {"woe": table.woe, "event_rate": table.event_rate, "ordinal": np.arange(table.rule.n_bins)}
            np.testing.assert_array_equal(encoded[:, start], expected[encode][place])
        start += width
    assert start == encoded.shape[1] == binner.get_feature_names_out().size


@pytest.mark.parametrize("encode", ENCODINGS)
def test_the_inverse_gives_the_names_of_the_bins(encode):
    X, y = credit()
    binner = OptimalBinner(encode=encode).fit(X, y)
    names = binner.inverse_transform(binner.transform(X))
    expected = np.column_stack([table.lookup(X[name]) for name, table in binner.tables_.items()])
    np.testing.assert_array_equal(names, expected)


def test_the_inverse_tells_of_bins_that_share_an_encoding_and_of_none():
    X = pd.DataFrame({"grade": list("aabbcc") * 10})
    binner = OptimalBinner(prebinning={"grade": ["a", "b", "c"]}).fit(X, [0, 1, 0, 1, 1, 1] * 10)
    woe = binner.tables_["grade"].woe
    assert woe[0] == woe[1] != woe[2]
    names = binner.inverse_transform([[woe[0]], [woe[2]], [7.0], [np.nan]])
    assert names.ravel().tolist() == ["a | b", "c", "unknown", "unknown"]
    onehot = OptimalBinner(encode="onehot").fit(X, [0, 1, 0, 1, 1, 1] * 10)
    assert onehot.inverse_transform(np.zeros((1, onehot.tables_["grade"].rule.n_bins))) == "unknown"


@pytest.mark.parametrize("shape", [(3,), (3, 2)])
def test_the_inverse_wants_what_transform_returns(shape):
    X, y = credit()
    with pytest.raises(
        InputError, match=re.escape(f"X must have 4 columns, as transform returns them; its shape is {shape}")
    ):
        OptimalBinner().fit(X, y).inverse_transform(np.zeros(shape))


@pytest.mark.parametrize("encode", ENCODINGS)
@pytest.mark.parametrize("container", ["pandas", "polars"])
def test_set_output_gives_frames_with_the_names_out(encode, container):
    X, y = credit()
    plain = OptimalBinner(encode=encode).fit(X, y)
    framed = clone(plain).set_output(transform=container)
    out = framed.fit_transform(X, y)
    assert isinstance(out, pd.DataFrame if container == "pandas" else pl.DataFrame)
    assert list(out.columns) == plain.get_feature_names_out().tolist()
    np.testing.assert_array_equal(out.to_numpy(), plain.transform(X))
    np.testing.assert_array_equal(framed.inverse_transform(out), plain.inverse_transform(plain.transform(X)))


@pytest.mark.parametrize("container", ["pandas", "polars"])
def test_columns_named_by_numbers_come_out_with_names(container):
    X, y = credit()
    X = X[["income", "age"]].set_axis([0, 1], axis=1)
    binner = OptimalBinner(special_values={1: [79]}, monotonic={1: "peak"}).set_output(transform=container).fit(X, y)
    assert list(binner.tables_) == [0, 1]
    assert binner.tables_[1].trend == "peak"
    assert list(binner.transform(X).columns) == ["0", "1"]


def test_names_out_are_those_of_the_features_or_of_their_bins():
    X, y = credit()
    binner = OptimalBinner().fit(X, y)
    assert binner.get_feature_names_out().tolist() == ["income", "age", "grade", "owner"]
    assert binner.get_feature_names_out(X.columns).tolist() == ["income", "age", "grade", "owner"]
    with pytest.raises(ValueError, match="input_features is not equal to the features seen in fit: income, age"):
        binner.get_feature_names_out(["a"])
    binner.set_params(encode="onehot")
    assert binner.get_feature_names_out()[-2:].tolist() == ["owner_False", "owner_True"]


def test_tuples_as_column_names_make_one_name_a_column():
    X, y = credit()
    X = X[["income", "age"]]
    X.columns = pd.MultiIndex.from_tuples([("a", 1), ("a", 2)])
    assert OptimalBinner().fit(X, y).get_feature_names_out().shape == (2,)


def test_arrays_have_features_by_position():
    X, y = credit()
    binner = OptimalBinner(special_values={1: 79}, prebinning={"x0": [1000.0]}).fit(X[["income", "age"]].to_numpy(), y)
    assert list(binner.tables_) == ["x0", "x1"]
    assert binner.tables_["x1"].rule.specials == (79,)
    assert binner.tables_["x0"].cuts.tolist() == [1000.0]


@pytest.mark.parametrize(
    "prebinning",
    [
        [[1000.0, 2000.0], None, None, [["a", "b"], ["c", "d", "e"]]],
        {"income": [1000, 2000], "grade": [["a", "b"], ["c", "d", "e"]], "age": None},
    ],
    ids=["sequence", "dict"],
)
def test_cuts_are_given_feature_by_feature(prebinning):
    X, y = credit()
    X = X[["income", "age", "owner", "grade"]]
    tables = OptimalBinner(prebinning=prebinning).fit(X, y).tables_
    assert tables["income"].cuts.tolist() == [1000.0, 2000.0]
    assert tables["grade"].groups == (("a", "b"), ("c", "d", "e"))
    free = OptimalBinner().fit(X, y).tables_
    assert tables["age"].labels == free["age"].labels


def test_it_clones_and_never_writes_a_parameter():
    parameters = {
        "max_bins": 4, "min_bin_fraction": 0.1, "min_bin_events": 3, "monotonic": {"age": "peak"}, "criterion": "js",
        "prebinning": {"income": [1000, 2000]}, "max_prebins": 20, "special_values": {"age": [79]},
        "handle_missing": "separate", "handle_unknown": "error", "encode": "ordinal", "pos_label": 0, "cv": 3,
        "random_state": 7, "constraints": {"age": BinConstraints(min_bins=2)}, "target_type": "binary",
    }  # fmt: skip
    binner = OptimalBinner(**parameters)
    assert set(parameters) == set(binner.get_params())
    kept = pickle.dumps(parameters)
    binner.fit(*credit())
    assert binner.get_params() == parameters
    assert clone(binner).get_params() == parameters
    assert pickle.dumps(parameters) == kept


def test_a_fitted_binner_survives_pickling():
    X, y = credit()
    binner = OptimalBinner().fit(X, y)
    again = pickle.loads(pickle.dumps(binner))
    same_tables(binner, again)
    np.testing.assert_array_equal(again.transform(X), binner.transform(X))
    np.testing.assert_array_equal(again.permutation_test(49).pvalue, binner.permutation_test(49).pvalue)
    np.testing.assert_array_equal(again.information_value_.covariance, binner.information_value_.covariance)


def test_the_same_data_give_the_same_bins_and_figures():
    X, y = credit()
    first, second = (OptimalBinner().fit(X, y) for _ in range(2))
    same_tables(first, second)
    np.testing.assert_array_equal(first.information_value_.value, second.information_value_.value)
    np.testing.assert_array_equal(first.permutation_test(49).pvalue, second.permutation_test(49).pvalue)
    rows = np.random.default_rng(0).permutation(y.size)
    same_tables(first, OptimalBinner().fit(X.iloc[rows], y[rows]))


@pytest.mark.parametrize("make", [int, np.random.default_rng, np.random.RandomState])
def test_a_random_state_decides_the_folds(make):
    X, y = credit()
    values = [OptimalBinner(random_state=make(seed)).fit(X, y).information_value_.value for seed in (1, 1, 2)]
    np.testing.assert_array_equal(values[0], values[1])
    assert (values[0] != values[2]).any()


def test_the_information_value_is_named_by_feature_and_crossfitted():
    X, y = credit()
    values = OptimalBinner().fit(X, y).information_value_
    assert values.names == ("income", "age", "grade", "owner")
    assert values.method == "crossfit"
    assert values["grade"].conf_int()[0, 0] > 0


def test_table_based_figures_are_greater_than_cross_fitted_ones_for_noise():
    rng = np.random.default_rng(1)
    X, y = rng.normal(size=(500, 20)), rng.random(500) < 0.3
    binner = quietly(OptimalBinner(monotonic="none", min_bin_fraction=0.01).fit, X, y)
    in_sample = np.mean([float(table.information_value()) for table in binner.tables_.values()])
    assert binner.information_value_.value.mean() < 0.02 < in_sample


def test_a_feature_in_one_bin_says_exactly_nothing():
    X, y = credit()
    values = OptimalBinner(max_bins=1).fit(X[["age"]], y).information_value_
    assert (values.value, values.conf_int().tolist(), values.pvalue) == (0.0, [[0.0, 0.0]], 1.0)


@pytest.mark.parametrize("empty", [np.full(1200, np.nan), pd.Series([None] * 1200, dtype="str"), np.ones(1200)])
def test_a_column_without_choice_has_a_p_value_of_one(empty):
    _, y = credit()
    binner = quietly(OptimalBinner().fit, pd.DataFrame({"empty": empty}), y)
    assert binner.permutation_test(19).pvalue.tolist() == [1.0]
    assert binner.information_value_.value.tolist() == [0.0]


def test_the_permutation_test_tells_each_step_and_bounds_its_p_values():
    X, y = credit()
    steps = []
    binner = OptimalBinner().fit(X, y)
    result = binner.permutation_test(120, on_step=lambda feature, done: steps.append((feature, done)))
    assert steps[:2] == [("income", 100), ("income", 20)]
    assert len(steps) == 8
    assert result.pvalue.min() == 1 / 121
    np.testing.assert_allclose(result.statistic, [float(t.information_value()) for t in binner.tables_.values()])
    assert (binner.permutation_test(49, random_state=1).pvalue <= 1).all()


@pytest.mark.parametrize("n", [0, -1, 9.5, True, "many"])
def test_permutations_are_a_whole_number(n):
    X, y = credit(200)
    with pytest.raises(InputError, match=re.escape(f"n_permutations must be a whole number from 1; {n!r} came")):
        quietly(OptimalBinner().fit, X, y).permutation_test(n)


def test_the_summary_orders_features_and_says_where_figures_come_from():
    X, y = credit()
    binner = OptimalBinner().fit(X, y)
    frame = binner.summary(49).to_frame()
    assert frame["iv"].is_monotonic_decreasing
    assert frame.loc["grade", "kind"] == "categorical"
    assert frame.loc["grade", "iv"] == binner.information_value_["grade"].value[0]
    text = str(binner.summary(49))
    assert "cross-fitted" in text
    assert "permutation of labels (49)" in text
    assert "too optimistic" in text
    assert "a higher WoE is a lower risk" in text


# cross-fitting


@pytest.mark.parametrize("encode", ["woe", "event_rate"])
def test_with_cv_a_row_is_encoded_by_the_other_folds(encode):
    X, y = credit()
    weights = np.random.default_rng(2).uniform(0.5, 2, y.size)
    cv = StratifiedKFold(3, shuffle=True, random_state=1)
    binner = OptimalBinner(encode=encode, cv=cv)
    got = binner.fit_transform(X, y, sample_weight=weights)
    for train, test in cv.split(X, y):
        fold = OptimalBinner(encode=encode).fit(X.iloc[train], y[train], sample_weight=weights[train])
        np.testing.assert_array_equal(got[test], fold.transform(X.iloc[test]))
    whole = OptimalBinner(encode=encode).fit(X, y, sample_weight=weights)
    same_tables(binner, whole)
    assert (got != whole.transform(X)).any()
    without = OptimalBinner(encode=encode).fit_transform(X, y, sample_weight=weights)
    np.testing.assert_array_equal(without, whole.transform(X))


def test_a_target_does_not_reach_the_encoding_of_its_own_row():
    X, y = credit(300)
    cv = StratifiedKFold(3)
    encoded = quietly(OptimalBinner(cv=cv).fit_transform, X, y)
    folds = list(cv.split(X, y))
    test = folds[0][1]
    other = y.copy()
    other[test] = 1 - other[test]
    changed = quietly(OptimalBinner(cv=folds).fit_transform, X, other)
    np.testing.assert_array_equal(changed[test], encoded[test])
    assert (changed[folds[1][1]] != encoded[folds[1][1]]).any()


@pytest.mark.parametrize(
    "make", [pd.DataFrame, pl.from_pandas, pa.Table.from_pandas], ids=["pandas", "polars", "pyarrow"]
)
def test_cv_works_for_every_kind_of_frame_and_label(make):
    X, y = credit()
    expected = OptimalBinner(cv=3).fit_transform(X, y)
    labels = np.where(y == 1, "bad", "good")
    got = OptimalBinner(cv=3, pos_label="bad").fit_transform(make(X), labels)
    np.testing.assert_allclose(got, expected, rtol=1e-12)
    framed = OptimalBinner(cv=3).set_output(transform="pandas").fit_transform(make(X), y)
    np.testing.assert_array_equal(framed.to_numpy(), expected)


def test_values_of_one_fold_only_are_neutral_there():
    X, y = credit(300)
    X["grade"] = np.where(np.arange(300) < 150, "a", None)
    folds = [(np.arange(150), np.arange(150, 300)), (np.arange(150, 300), np.arange(150))]
    encoded = quietly(OptimalBinner(cv=folds).fit_transform, X[["grade"]], y)
    assert (encoded == 0.0).all()


def test_a_level_of_one_fold_only_is_neutral_there():
    X, y = credit()
    X.loc[5, "grade"] = "rare"
    encoded = OptimalBinner(cv=3, handle_unknown="error").fit_transform(X, y)
    assert encoded[5, 2] == 0.0


@pytest.mark.parametrize(
    ("cv", "told"),
    [
        (
            TimeSeriesSplit(3),
            "cv must test each row in one fold, to encode it once; 300 rows are in no fold and 0 in sev",
        ),
        (ShuffleSplit(3, random_state=0), "cv must test each row in one fold"),
        (
            [(np.arange(600), np.arange(600, 1200)), (np.arange(600, 1200), np.arange(601))],
            "in no fold and 1 in several",
        ),
        (
            [(np.arange(600, 1200), np.arange(600)), (np.arange(600), np.arange(600, 1200))],
            "must hold events and non-ev",
        ),
    ],
    ids=["time series", "shuffles", "overlap", "one class"],
)
def test_folds_must_be_a_partition_with_both_classes_around_each(cv, told):
    X, y = credit()
    rows = np.argsort(y, kind="stable") if "hold" in told else np.arange(y.size)
    y = np.sort(y) if "hold" in told else y
    if "hold" in told:
        y = np.r_[np.zeros(600, dtype=int), np.ones(600, dtype=int)]
    with pytest.raises(InputError, match=told):
        OptimalBinner(cv=cv).fit_transform(X.iloc[rows], y)


@pytest.mark.parametrize("encode", ["onehot", "ordinal"])
def test_numbers_of_bins_cannot_be_cross_fitted(encode):
    with pytest.raises(InputError, match=f'encode="{encode}" cannot be cross-fitted: bins differ from fold to fold'):
        OptimalBinner(cv=3, encode=encode).fit_transform(*credit())


# inside scikit-learn


def test_it_works_in_a_grid_search_over_a_pipeline():
    X, y = credit()
    search = GridSearchCV(
        make_pipeline(OptimalBinner(cv=3), LogisticRegression()), {"optimalbinner__max_bins": [1, 5]}, cv=3,
        scoring="roc_auc", error_score="raise",
    ).fit(X, y)  # fmt: skip
    assert search.best_params_ == {"optimalbinner__max_bins": 5}
    assert search.best_score_ > 0.6


def test_it_works_on_some_columns_of_a_frame():
    X, y = credit()
    parts = ColumnTransformer(
        [("wide", OptimalBinner(encode="onehot"), ["grade"]), ("woe", OptimalBinner(), ["income", "age"])]
    )
    out = parts.set_output(transform="pandas").fit_transform(X, y)
    assert out.columns[-2:].tolist() == ["woe__income", "woe__age"]
    np.testing.assert_array_equal(out["woe__age"], OptimalBinner().fit_transform(X[["age"]], y)[:, 0])


def test_weights_are_routed_through_a_pipeline():
    X, y = credit()
    weights = np.random.default_rng(5).integers(1, 4, y.size)
    with config_context(enable_metadata_routing=True):
        model = make_pipeline(
            OptimalBinner().set_fit_request(sample_weight=True),
            LogisticRegression().set_fit_request(sample_weight=False),
        ).fit(X, y, sample_weight=weights)
    same_tables(model[0], OptimalBinner().fit(X, y, sample_weight=weights))


def test_bins_of_stumps_are_the_split_points_of_a_model_fitted_on_the_rows():
    xgboost = pytest.importorskip("xgboost")
    X, y = credit(5000)
    binner = OptimalBinner(
        prebinning="stumps", max_prebins=10, max_bins=99, min_bin_fraction=0, min_bin_events=0, monotonic="none"
    ).fit(X[["age"]], y)
    model = xgboost.XGBClassifier(
        n_estimators=9, max_depth=1, tree_method="exact", min_child_weight=0, n_jobs=1
    ).fit(X[["age"]], y)  # fmt: skip
    splits = model.get_booster().trees_to_dataframe().query("Feature != 'Leaf'")["Split"]
    assert np.unique(splits).size > 3
    # A whole number lies right of a split exactly where it is at least the next whole number.
    assert binner.tables_["age"].cuts.tolist() == np.unique(np.ceil(splits)).tolist()


def test_what_is_not_fitted_says_so():
    X, _ = credit(50)
    for call in (
        lambda b: b.transform(X),
        lambda b: b.inverse_transform(np.zeros((1, 4))),
        lambda b: b.permutation_test(),
        lambda b: b.summary(),
        lambda b: b.get_feature_names_out(),
        lambda b: b.bin_codes(X),
    ):
        with pytest.raises(NotFittedError):
            call(OptimalBinner())


# containers and types


def containers(X):
    yield "polars", pl.from_pandas(X)
    yield "pyarrow", pa.Table.from_pandas(X)
    yield "arrow in pandas", X.convert_dtypes(dtype_backend="pyarrow")
    yield "nullable", X.convert_dtypes(dtype_backend="numpy_nullable")
    yield "categorical", X.assign(grade=pd.Categorical(X["grade"]))
    yield "enum", pl.from_pandas(X).with_columns(pl.col("grade").cast(pl.Enum(list("abcde"))))
    yield "polars categorical", pl.from_pandas(X).with_columns(pl.col("grade").cast(pl.Categorical))
    yield "objects", X.astype(object)


def test_every_library_gives_the_same_tables():
    X, y = credit()
    expected = OptimalBinner().fit(X, y)
    for name, frame in containers(X):
        binner = OptimalBinner().fit(frame, y)
        assert list(binner.tables_) == list(expected.tables_), name
        for feature, table in expected.tables_.items():
            same = binner.tables_[feature]
            assert (same.labels, same.kind, same.trend) == (table.labels, table.kind, table.trend), name
            np.testing.assert_array_equal(same.contingency.counts, table.contingency.counts, err_msg=name)
        np.testing.assert_array_equal(binner.transform(frame), expected.transform(X), err_msg=name)


def test_frames_of_one_library_transform_those_of_another():
    X, y = credit()
    binner = OptimalBinner().fit(X, y)
    expected = binner.transform(X)
    for name, frame in containers(X):
        np.testing.assert_array_equal(binner.transform(frame), expected, err_msg=name)


def test_an_array_of_objects_is_the_frame_without_its_names():
    X, y = credit()
    expected = OptimalBinner().fit(X, y)
    binner = OptimalBinner().fit(X.to_numpy(dtype=object), y)
    for table, same in zip(expected.tables_.values(), binner.tables_.values(), strict=True):
        assert (same.labels, same.kind) == (table.labels, table.kind)
        np.testing.assert_array_equal(same.contingency.counts, table.contingency.counts)


@pytest.mark.parametrize("dtype", ["int8", "int64", "uint16", "float32", "float64"])
def test_numbers_of_every_width_have_the_same_bins(dtype):
    X, y = credit()
    expected = OptimalBinner().fit(X[["age"]], y)
    same_tables(expected, OptimalBinner().fit(X[["age"]].astype(dtype), y))


def test_numeric_strings_are_levels():
    X, y = credit()
    table = OptimalBinner().fit(X[["age"]].astype(str), y).tables_["age"]
    assert table.kind == "categorical"
    assert {"18", "79"} <= set(sum(table.groups, ()))


def test_whole_numbers_beyond_2_to_the_53_are_binned_by_their_nearest_floats():
    X, y = credit()
    shifted = X[["age"]].astype("int64") * 2**20 + 2**60
    table = OptimalBinner().fit(shifted, y).tables_["age"]
    np.testing.assert_array_equal(
        table.contingency.counts, OptimalBinner().fit(X[["age"]], y).tables_["age"].contingency.counts
    )


def test_infinities_are_values():
    X, y = credit()
    X.loc[:199, "income"], X.loc[200:399, "income"] = np.inf, -np.inf
    y[:200], y[200:400] = np.arange(200) % 10 > 0, np.arange(200) % 10 == 0
    binner = OptimalBinner(monotonic="none").fit(X[["income"]], y)
    table = binner.tables_["income"]
    high, low = table.lookup([np.inf, -np.inf])
    assert high == "[inf, inf]"
    assert low.startswith("[-inf, ")
    assert table.event_rate[table.labels.index(high)] == 0.9
    assert np.isfinite(binner.transform(X[["income"]])).all()


def test_two_features_with_ties_only_are_those_of_their_frame():
    X = pd.DataFrame({"a": [0, 1] * 100, "b": [1, 0] * 100})
    binner = OptimalBinner().fit(X, [0, 1, 1, 1] * 50)
    np.testing.assert_array_equal(binner.tables_["a"].count, binner.tables_["b"].count)


def test_repeated_rows_are_weights():
    X, y = credit(400)
    weights = np.random.default_rng(3).integers(0, 4, 400)
    weighted = quietly(OptimalBinner().fit, X, y, sample_weight=weights)
    repeated = quietly(OptimalBinner().fit, X.loc[X.index.repeat(weights)], np.repeat(y, weights))
    for one, other in zip(weighted.tables_.values(), repeated.tables_.values(), strict=True):
        columns = ["bin", "count", "events", "woe", "iv"]
        pd.testing.assert_frame_equal(one.to_frame()[columns], other.to_frame()[columns], check_dtype=False)


@pytest.mark.parametrize("unit", [1e9, 1e17])
def test_the_unit_of_weights_changes_neither_bins_nor_weights_of_evidence(unit):
    X, y = credit()
    plain = OptimalBinner(min_bin_events=0).fit(X, y)
    scaled = OptimalBinner(min_bin_events=0).fit(X, y, sample_weight=np.full(y.size, unit))
    for one, other in zip(plain.tables_.values(), scaled.tables_.values(), strict=True):
        assert one.labels == other.labels
        np.testing.assert_allclose(one.woe, other.woe, rtol=1e-9)
        np.testing.assert_allclose(one.woe_se(), other.woe_se(), rtol=1e-9)


def test_a_hundred_thousand_levels_are_no_matter_of_minutes():
    levels = np.array([f"id{i}" for i in range(100_000)], dtype=object)
    y = np.random.default_rng(4).random(100_000) < 0.1
    with pytest.warns(BinningWarning, match="has 100000 levels"):
        binner = OptimalBinner().fit(pd.DataFrame({"id": levels}), y)
    assert abs(binner.information_value_.value[0]) < 1e-6 < 1 < float(binner.tables_["id"].information_value())
    assert len(binner.tables_["id"].labels[0]) < 1000


# the target


@pytest.mark.parametrize(
    "labels",
    [
        lambda y: np.where(y == 1, "good", "bad"),  # "good" is the greater label
        lambda y: y.astype(bool),
        lambda y: y * 2 - 1,
        lambda y: y + 0.5,
        lambda y: y.astype(object),
        lambda y: pd.Series(y, index=range(9000, 9000 + y.size)),
        lambda y: pd.Categorical(np.where(y == 1, "good", "bad")),
        lambda y: pd.array(y, dtype="Int64"),
        lambda y: pl.Series(y),
        lambda y: pa.array(y),
        lambda y: y.tolist(),
    ],
)
def test_any_two_labels_will_do_and_the_greater_is_the_event(labels):
    X, y = credit()
    binner = OptimalBinner().fit(X, labels(y))
    same_tables(binner, OptimalBinner().fit(X, y))
    assert binner.classes_.size == 2


@pytest.mark.parametrize(
    ("approve", "event"), [(lambda y: 1 - y, 0), (lambda y: np.where(y == 1, "bad", "good"), "bad")]
)
def test_pos_label_names_the_event(approve, event):
    X, y = credit()
    binner = OptimalBinner(pos_label=event).fit(X, approve(y))
    same_tables(binner, OptimalBinner().fit(X, y))
    assert binner.classes_[1] == event
    opposite = OptimalBinner().fit(X[["grade"]], approve(y)).tables_["grade"]
    assert opposite.events.sum() == (y == 0).sum()


@pytest.mark.parametrize(
    ("y", "told"),
    [
        (np.ones(1200), "one class only"),
        (np.r_[np.nan, np.ones(1199)], "must not have missing labels"),
        ([0, 1] * 500, "X has 1200, y has 1000"),
        (np.zeros((1200, 2)), "must be a vector"),
        (None, "requires y to be passed"),
    ],
)
def test_a_target_that_cannot_be_used_is_told(y, told):
    with pytest.raises(InputError, match=told):
        OptimalBinner().fit(credit()[0], y)


def test_a_label_that_does_not_occur_is_told():
    with pytest.raises(InputError, match="pos_label='bad' is not a label of y: these are 0 and 1"):
        OptimalBinner(pos_label="bad").fit(*credit(50))


def test_a_column_vector_of_labels_is_told():
    X, y = credit()
    with pytest.warns(DataConversionWarning):
        OptimalBinner().fit(X, y[:, None])


# silent failures of the peers (specification, section 5)


def test_perfect_separation_is_found_and_flagged():
    x = np.repeat(np.arange(10.0), 100)
    binner = OptimalBinner().fit(x[:, None], x >= 5)
    table = binner.tables_["x0"]
    assert table.cuts.tolist() == [5.0]
    assert table.smoothed
    assert 5 < float(table.information_value()) < np.inf
    assert binner.information_value_.smoothed.all()
    assert binner.information_value_.value[0] > 5
    assert binner.permutation_test(99).pvalue[0] == 1 / 100
    np.testing.assert_allclose(np.abs(table.woe), np.log(1001.0), rtol=1e-9)


def test_perfect_separation_between_pre_bins_leaves_two_pure_bins():
    x = np.random.default_rng(0).normal(size=2000)
    table = OptimalBinner().fit(x[:, None], x > 0.3).tables_["x0"]
    assert table.event_rate[0] == 0.0
    assert table.event_rate[-1] == 1.0
    assert table.count[1:-1].sum() <= 0.07 * 2000  # the least bin, made of pre-bins of two hundredths
    assert float(table.information_value()) > 5


@pytest.mark.parametrize("kind", ["number", "level"])
def test_missing_values_that_are_all_bad_have_that_weight_in_table_and_transform(kind):
    X, y = credit()
    column = X[["age"]].astype(float) if kind == "number" else X[["age"]].astype(str)
    column.iloc[:100], y[:100] = np.nan, 1
    binner = OptimalBinner().fit(column, y)
    table = binner.tables_["age"]
    assert table.event_rate[-1] == 1.0
    assert table.woe[-1] < -2
    assert (binner.transform(column)[:100] == table.woe[-1]).all()


def test_a_hidden_spike_is_told_and_isolated_once_declared():
    X, y = credit()
    X.loc[:35, "age"], y[:36] = 99, 1
    with pytest.warns(BinningWarning, match=r"3\.0% of the rows of 'age' have the value 99 and are all events"):
        hidden = OptimalBinner().fit(X[["age"]], y)
    assert hidden.tables_["age"].event_rate[-1] < 1
    for declared in ([99], {"age": [99]}, {"age": 99}, np.array([99]), [99, 99.0]):
        declared = OptimalBinner(special_values=declared).fit(X[["age"]], y)
        assert declared.tables_["age"].labels[-1] == "special 99"
        assert declared.tables_["age"].count[-1] == 36
        assert (declared.tables_["age"].count > 0).all()
        assert (declared.transform(X[["age"]])[:36] == declared.tables_["age"].woe[-1]).all()
        assert declared.tables_["age"].woe[-1] < -2


def test_sample_weights_matter():
    X, y = credit()
    weights = np.where(X["age"] > 50, 5.0, 1.0)
    plain, weighted = OptimalBinner().fit(X, y), OptimalBinner().fit(X, y, sample_weight=weights)
    assert weighted.tables_["age"].count.sum() == weights.sum()
    assert (plain.transform(X) != weighted.transform(X)).any()


def test_a_pure_level_is_finite_and_counts():
    X, y = credit()
    X["grade"] = np.where(np.arange(y.size) < 100, "pure", X["grade"].fillna("a"))
    y[:100] = 1
    table = OptimalBinner().fit(X[["grade"]], y).tables_["grade"]
    pure = table.labels.index("pure")
    assert -8 < table.woe[pure] < -3
    assert table.contribution[pure] > 0.5
    assert table.smoothed


# values that fit did not see


@pytest.mark.parametrize(
    ("encode", "neutral"), [("woe", [0.0]), ("event_rate", ["overall"]), ("ordinal", [-1.0]), ("onehot", [0.0] * 5)]
)
def test_an_unseen_level_is_neutral_and_counted(encode, neutral):
    X, y = credit()
    binner = OptimalBinner(encode=encode, prebinning={"grade": list("abcde")}, min_bin_fraction=0.0, min_bin_events=0)
    binner.fit(X[["grade"]].dropna(), y[X["grade"].notna()])
    new = pd.DataFrame({"grade": ["a", "zz", None, "yy"]})
    with pytest.warns(UnknownValueWarning, match="did not see have the neutral encoding: 3 in 'grade'") as caught:
        encoded = binner.transform(new)
    assert caught[0].filename == __file__
    overall = y[X["grade"].notna()].mean()
    expected = [overall if v == "overall" else v for v in neutral]
    np.testing.assert_allclose(encoded[1:], [expected] * 3)


@pytest.mark.parametrize(
    ("new", "told"),
    [
        (
            {"grade": ["a", "zz", "yy"], "age": [20.0] * 3},
            "'grade' has 2 values that fit did not see, the first 'zz' in row 1",
        ),
        (
            {"grade": ["a", "a", "b"], "age": [20, 20, np.nan]},
            "'age' has 1 values that fit did not see, the first missing",
        ),
        (
            {"grade": ["a", "a", "b"], "age": [-1.0, 20, 20]},
            r"'age' has 1 values that fit did not see, the first -1\.0 in",
        ),
    ],
)
def test_values_that_fit_did_not_see_can_be_refused(new, told):
    X, y = credit()
    binner = OptimalBinner(handle_unknown="error", special_values={"age": [-1]}).fit(X[["grade", "age"]], y)
    with pytest.raises(InputError, match=told):
        binner.transform(pd.DataFrame(new))


def test_a_special_value_that_fit_did_not_see_is_not_taken_for_a_number():
    X, y = credit()
    binner = OptimalBinner(special_values={"age": [-1, 999]}).fit(X[["age"]], y)
    assert binner.tables_["age"].roles == ("regular",) * binner.tables_["age"].rule.n_bins
    with pytest.warns(UnknownValueWarning, match="2 in 'age'"):
        assert binner.transform(pd.DataFrame({"age": [-1, 999, 30]}))[:2].tolist() == [[0.0], [0.0]]


def test_a_value_in_a_bin_without_rows_is_as_good_as_unseen():
    X, y = credit()
    with pytest.warns(BinningWarning, match=r"leave no row in \[200, inf\]"):
        binner = OptimalBinner(prebinning={"age": [40, 200]}, encode="event_rate").fit(X[["age"]], y)
    with pytest.warns(UnknownValueWarning, match="1 in 'age'"):
        encoded = binner.transform(pd.DataFrame({"age": [30, 250]}))
    assert encoded[1, 0] == pytest.approx(y.mean())


# parameters and data that cannot be used


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({"monotonic": {"incme": "peak"}}, "monotonic names 'incme', which is not a feature; there are: income, age"),
        ({"prebinning": {"incme": [1]}}, "prebinning names 'incme'"),
        ({"special_values": {"incme": [1]}}, "special_values names 'incme'"),
        ({"special_values": {7: [1]}}, "special_values names 7"),
        ({"monotonic": {"age": "up"}}, "monotonic must be one of auto, best, ascending, .*; 'up' came for 'age'"),
        ({"monotonic": {"age": ["peak"]}}, r"monotonic must be one of .*; \['peak'\] came for 'age'"),
        ({"special_values": [[99]]}, r"special_values must be numbers or strings, .*; \[99\] came for 'income'"),
        ({"special_values": {"age": {"code": 1}}}, "special_values must be numbers or strings"),
        ({"prebinning": [0.5, 1]}, r"an entry a feature \(4\), None for quantiles; it has 2"),
        ({"prebinning": {"income": [2, 1]}}, "cuts given for 'income' must be finite and ascending"),
        ({"prebinning": {"grade": [["a"]]}}, "groups given for 'grade' must hold every level; 'b', 'c', 'd', 'e'"),
        ({"handle_missing": "error"}, "'income' has [0-9]+ missing values and handle_missing='error'"),
    ],
)  # fmt: skip
def test_a_parameter_that_does_not_fit_the_data_is_told(parameters, told):
    with pytest.raises(InputError, match=told):
        OptimalBinner(**parameters).fit(*credit())


@pytest.mark.parametrize(
    "parameters",
    [
        {"max_bins": 0}, {"max_bins": 2.5}, {"min_bin_fraction": 0.6}, {"min_bin_events": -1},
        {"min_bin_fraction": -0.1}, {"monotonic": "up"}, {"criterion": "entropy"}, {"prebinning": "tree"},
        {"max_prebins": 1}, {"special_values": "9"}, {"handle_missing": "zero"}, {"handle_unknown": "drop"},
        {"encode": "dummy"}, {"cv": 1}, {"random_state": "a"},
    ],
)  # fmt: skip
def test_a_parameter_of_the_wrong_kind_is_named(parameters):
    with pytest.raises(ValueError, match=f"'{next(iter(parameters))}' parameter of OptimalBinner must be"):
        OptimalBinner(**parameters).fit(*credit(50))


@pytest.mark.parametrize(
    ("weights", "told"),
    [
        (-np.ones(1200), "finite and not negative"),
        (np.r_[np.nan, np.ones(1199)], "finite and not negative; check rows 0"),
        (np.ones(7), r"must have shape \(1200,\), one weight a row; it has \(7,\)"),
        (np.ones((1200, 2)), "must have shape"),
        (["a"] * 1200, "must be numbers"),
        (np.zeros(1200), "must not be zero everywhere"),
        (np.full(1200, 1e300), r"must lie between 1e-100 and 1e100, or be 0; it reaches from 1e\+300 to 1e\+300"),
        (np.full(1200, 1e-300), "must lie between 1e-100 and 1e100"),
        (credit()[1], "must hold both classes among the rows with a positive weight; all of them are events"),
        (1 - credit()[1], "all of them are non-events"),
    ],
)
def test_weights_that_cannot_be_used_are_told(weights, told):
    with pytest.raises(InputError, match=told):
        OptimalBinner().fit(*credit(), sample_weight=weights)


@pytest.mark.parametrize(
    ("X", "told"),
    [
        (pd.DataFrame(np.ones((4, 2)), columns=["a", "a"]), "must be unique; these come twice or more: a"),
        (pd.DataFrame({"a": ["x", 1, "y", 2]}), "'a' mixes types: number .*, text .*astype"),
        (pd.DataFrame({"a": pd.date_range("2020", periods=4)}), "'a' holds dates or durations"),
        (pd.DataFrame(index=range(4)), "must have at least one column"),
        (np.empty((4, 0)), r"0 feature\(s\)"),
        (pl.DataFrame({"a": [1, 2, 3, 4]}).lazy(), "LazyFrame has no rows yet; collect it"),
        (np.ones(4), "Expected 2D array"),
        (np.ones((4, 1)) + 1j, "Complex data not supported"),
    ],
)
def test_data_that_cannot_be_used_are_told(X, told):
    with pytest.raises(ValueError, match=told):
        OptimalBinner().fit(X, [0, 1, 0, 1])


def test_entries_that_are_no_values_are_told():
    for column in ([[1], [2], [3], [4]], [{}, {}, {}, {}]):
        with pytest.raises(InputTypeError, match="Each value of 'a'"):
            OptimalBinner().fit(pd.DataFrame({"a": column}), [0, 1, 0, 1])


def test_without_rows_there_is_nothing_to_bin():
    with pytest.raises(InputError, match="y holds no label"):
        OptimalBinner().fit(pd.DataFrame({"a": [1.0]}), [])
    with pytest.raises(InputError, match="X must have rows"):
        OptimalBinner().fit(pd.DataFrame({"a": []}), [])


def test_a_single_row_has_one_class():
    with pytest.raises(InputError, match="one class only"):
        OptimalBinner().fit(pd.DataFrame({"a": [1.0]}), [1])


def test_two_rows_are_one_bin_and_told():
    with pytest.warns(BinningWarning, match="stays in one bin"):
        binner = OptimalBinner().fit(pd.DataFrame({"a": [1.0, 2.0]}), [0, 1])
    assert binner.transform(pd.DataFrame({"a": [1.0, 5.0]})).tolist() == [[0.0], [0.0]]


def test_a_warning_of_fit_points_at_the_line_that_called_it():
    X = pd.DataFrame({"a": np.ones(20)})
    for call in (
        OptimalBinner().fit,
        OptimalBinner().fit_transform,
        OptimalBinner(cv=2).fit_transform,
        make_pipeline(OptimalBinner(), LogisticRegression()).fit,
    ):
        with pytest.warns(BinningWarning, match="'a' is constant") as caught:
            call(X, [0, 1] * 10)
        assert [warning.filename for warning in caught] == [__file__]


def test_another_set_of_columns_than_in_fit_is_refused():
    X, y = credit()
    binner = OptimalBinner().fit(X, y)
    for other in (X[["age"]], X[X.columns[::-1]], X.assign(more=1)):
        with pytest.raises(ValueError, match="feature names should match"):
            binner.transform(other)
    assert binner.transform(X.iloc[:0]).shape == (0, 4)
    assert binner.transform(X.iloc[:1]).shape == (1, 4)


@pytest.mark.parametrize("seed", range(40))
def test_any_data_and_parameters_give_finite_figures_and_whole_tables(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.choice([2, 5, 30, 100, 400]))
    X = pd.DataFrame({f"f{j}": any_column(rng, n) for j in range(3)})
    y = np.r_[0, 1, rng.random(n - 2) < rng.choice([0.02, 0.3, 0.99])].astype(int)
    weights = rng.choice([None, 1, 0.3], 1)[0]
    weights = None if weights is None else np.r_[1, 1, rng.choice([0, 1, 2, 1e-3, 1e6], n - 2)] * weights
    binner = OptimalBinner(
        max_bins=int(rng.choice([1, 2, 8, 60])),
        min_bin_fraction=rng.choice([0.0, 0.05, 0.5]),
        min_bin_events=rng.choice([0.0, 1.0, 5.0]),
        monotonic=str(rng.choice(["auto", "ascending", "descending", "peak", "valley", "none"])),
        criterion=str(rng.choice(["iv", "js", "hellinger"])),
        prebinning=str(rng.choice(["quantile", "uniform"])),
        max_prebins=int(rng.choice([2, 3, 10, 300])),
        special_values=[None, [99], [0, -1, "a", None, np.inf]][rng.integers(3)],
        encode=str(rng.choice(ENCODINGS)),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", BinningWarning)
        binner.fit(X, y, sample_weight=weights)
    in_sample = np.full(n, True) if weights is None else weights > 0
    assert np.isfinite(binner.transform(X[in_sample])).all()  # and no value is unknown, which would warn
    total = n if weights is None else weights.sum()
    for table in binner.tables_.values():
        assert table.count.sum() == pytest.approx(total)
        assert np.isfinite(table.woe).all()
        assert len(set(table.labels)) == table.rule.n_bins
        assert table.rule.n_regular <= binner.max_bins
    assert np.isfinite(binner.information_value_.conf_int()).all()
    assert str(binner.summary(9))


@pytest.mark.parametrize("events", [0, 1, 3, 4, 5])
def test_few_events_where_many_are_expected_are_not_merged_away(events):
    """Of 1000 rows 500 hold 0 to 5 events, the others 120: the fewer, the more the feature says."""
    x = np.repeat([0.0, 1.0], 500)
    y = np.concatenate([np.arange(500) < events, np.arange(500) < 120])
    table = OptimalBinner().fit(x[:, None], y).tables_["x0"]
    np.testing.assert_array_equal(table.events, [events, 120])
    assert float(table.information_value()) > 1


def test_a_pure_bin_makes_the_cross_fitted_value_uncertain():
    x = np.repeat([0.0, 1.0], 500)
    y = np.concatenate([np.zeros(500, dtype=bool), np.arange(500) < 120])
    binner = OptimalBinner().fit(x[:, None], y)
    table = binner.tables_["x0"].information_value()
    assert table.smoothed[0]
    assert 0.7 * table.standard_error < binner.information_value_.standard_error <= table.standard_error


def as_library_types(values):
    """A column of texts with missing ones, by the name of its type."""
    present = sorted({v for v in values if v is not None})
    shuffled = present[1:] + present[:1]
    plain = pd.Series(values, dtype=object)
    return {
        "category": plain.astype("category"),
        "ordered category": plain.astype(pd.CategoricalDtype(shuffled, ordered=True)),
        "nullable string": plain.astype("string"),
        "pandas on arrow": plain.astype(pd.ArrowDtype(pa.string())),
        "polars string": pl.Series(values),
        "polars enum": pl.Series(values, dtype=pl.Enum(shuffled)),
        "polars categorical": pl.Series(values, dtype=pl.Categorical),
        "arrow": pa.chunked_array([pa.array(values)]),
        "arrow dictionary": pa.chunked_array([pa.array(values).dictionary_encode()]),
    }


@pytest.mark.parametrize("kind", list(as_library_types(["a", None])))
def test_texts_of_every_library_type_have_the_bins_of_plain_objects(kind):
    """A declared order of levels is not their order by event rate, and decides nothing but ties."""
    X, y = credit()
    plain = OptimalBinner().fit(X[["grade"]], y)
    column = as_library_types([v if isinstance(v, str) else None for v in X["grade"]])[kind]
    if isinstance(column, pl.Series):
        frame = pl.DataFrame({"grade": column})
    elif isinstance(column, pa.ChunkedArray):
        frame = pa.table({"grade": column})
    else:
        frame = pd.DataFrame({"grade": column})
    other = OptimalBinner().fit(frame, y)
    assert [set(group) for group in other.tables_["grade"].groups] == [set(g) for g in plain.tables_["grade"].groups]
    np.testing.assert_array_equal(other.transform(frame), plain.transform(X[["grade"]]))


@pytest.mark.parametrize(
    "dtype", ["Float64", "Int64", "float64[pyarrow]", "int32[pyarrow]", "boolean", "bool[pyarrow]"]
)
def test_numbers_of_every_library_type_have_the_bins_of_plain_ones(dtype):
    X, y = credit()
    values = (X["age"] > 50).astype(float) if "bool" in dtype else X["age"].astype(float)
    values[::9] = np.nan
    nullable = pd.Series([None if np.isnan(v) else v for v in values], dtype=object)
    if "bool" in dtype:
        nullable = nullable.map(lambda v: None if v is None else bool(v))
    frame = pd.DataFrame({"age": nullable.astype(dtype)})
    other, plain = OptimalBinner().fit(frame, y), OptimalBinner().fit(pd.DataFrame({"age": values}), y)
    np.testing.assert_array_equal(other.tables_["age"].count, plain.tables_["age"].count)
    np.testing.assert_array_equal(other.transform(frame), plain.transform(pd.DataFrame({"age": values})))
