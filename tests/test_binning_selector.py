"""Which features stay, and what the table says of each."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from statsmodels.stats.outliers_influence import variance_inflation_factor

from kullback.binning import InformationSelector, OptimalBinner
from kullback.datasets import make_credit
from kullback.exceptions import BinningWarning, InputError
from kullback.scorecard import Scorecard


@pytest.fixture(scope="module")
def credit():
    return make_credit(1500, event_rate=0.3, n_noise=2, random_state=0)


@pytest.fixture(scope="module")
def X(credit):
    frame = credit.data[["income", "utilization", "purpose", "owner", "noise_0", "noise_1"]]
    return frame.assign(double=2 * frame["income"], none=1.0)


@pytest.fixture(scope="module")
def y(credit):
    return credit.target


def fitted(X, y, **parameters):
    with pytest.warns(BinningWarning, match="'none' is constant"):
        return InformationSelector(**{"n_permutations": 99, **parameters}).fit(X, y)


@pytest.fixture(scope="module")
def selector(X, y):
    return fitted(X, y, min_information=0.02, max_correlation=0.9, max_features=2)


def test_each_rule_holds_for_those_that_stay_and_is_broken_by_those_that_went(X, y, selector):
    table = selector.selection_
    encoded = pd.DataFrame(selector.binner_.transform(X), columns=list(X)).corr().abs()
    for name, row in table.iterrows():
        passes = row.iv_lower > 0.02 and row.adjusted_pvalue <= 0.05
        if row.selected:
            assert passes
        elif row.displaced_by is None:
            assert not passes
        else:
            better = table.loc[row.displaced_by]
            assert (better.iv_lower, better.iv) >= (row.iv_lower, row.iv)
            assert better.selected or "max_features" not in row.reason
            assert ("correlation" in row.reason) == (encoded.loc[name, row.displaced_by] > 0.9)
    assert table["selected"].sum() == 2


def test_every_reason_has_its_figure_and_its_rule(selector):
    reason = selector.selection_["reason"]
    assert reason["none"] == "it has one bin: its weight of evidence is 0"
    assert "is not above min_information=0.02" in reason["noise_0"]
    lower = selector.selection_["iv_lower"]
    assert f"limit {lower['noise_0']:.4g} of" in reason["noise_0"]
    twins = selector.selection_.loc[["income", "double"]]
    (left_out,) = twins.index[twins["displaced_by"].isin(twins.index)]
    (other,) = twins.index.drop(left_out)
    assert f"correlation 1 with {other!r} is above max_correlation=0.9" in reason[left_out]
    assert "is above 0.02; adjusted p-value" in reason["utilization"]
    assert set(reason[reason.str.contains("max_features")].str[:6]) == {"3 of 4", "4 of 4"}


def test_the_figures_are_those_of_the_binner(X, y, selector):
    binner, table = selector.binner_, selector.selection_
    np.testing.assert_array_equal(table["iv"], binner.information_value_.value)
    np.testing.assert_array_equal(table[["iv_lower", "iv_upper"]], binner.information_value_.conf_int())
    np.testing.assert_array_equal(table["pvalue"], binner.permutation_test(99).pvalue)


def test_variance_inflation_is_brought_below_its_limit(X, y):
    blend = X[["income", "utilization", "owner"]].assign(blend=X["income"].rank() - X["utilization"].rank())
    parameters = {"max_pvalue": None, "max_vif": 1.5}
    chosen = InformationSelector(**parameters).fit(blend, y)
    assert not chosen.selection_["selected"].all()
    stay = chosen.get_feature_names_out()
    design = np.column_stack([np.ones(len(y)), chosen.binner_.transform(blend)[:, chosen.get_support()]])
    expected = [variance_inflation_factor(design, j + 1) for j in range(len(stay))]
    np.testing.assert_allclose(chosen.selection_.loc[stay, "vif"], expected)
    assert max(expected) <= 1.5
    gone = chosen.selection_[~chosen.selection_["selected"]]
    assert (gone["vif"] > 1.5).all()
    assert all("correlation" in row.reason and repr(row.displaced_by) in row.reason for row in gone.itertuples())


def test_without_rules_all_with_two_bins_stay(X, y):
    chosen = fitted(X, y, max_pvalue=None)
    assert chosen.get_feature_names_out().tolist() == [name for name in X if name != "none"]
    assert chosen.selection_.loc["income", "reason"] == "no rule applied"
    assert chosen.selection_[["pvalue", "adjusted_pvalue", "vif"]].isna().all(axis=None)


def test_where_nothing_stays_a_warning_tells_and_no_column_comes_out(X, y):
    with pytest.warns(BinningWarning, match="No feature stays"):
        chosen = InformationSelector(max_pvalue=None, min_information=50).fit(X[["income", "owner"]], y)
    assert chosen.transform(X[["income", "owner"]]).shape == (len(y), 0)


@pytest.mark.parametrize(
    ("correction", "level", "expected"), [("holm", 0.05, 999), (None, 0.0001, 9999), ("fdr_bh", 0.004, 1999)]
)
def test_permutations_suffice_for_one_feature_alone(correction, level, expected):
    selector = InformationSelector(correction=correction, max_pvalue=level)
    selector.n_features_in_ = 8
    assert selector._number_of_permutations() == expected


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
@pytest.mark.parametrize("output", ["default", "pandas", "polars"])
def test_columns_come_out_as_they_are(X, y, library, output):
    frame = X.drop(columns="none")
    convert = {"pandas": lambda f: f, "polars": pl.from_pandas, "pyarrow": lambda f: pl.from_pandas(f).to_arrow()}
    given = convert[library](frame)
    selector = InformationSelector(max_pvalue=None, max_features=3).set_output(transform=output)
    found = selector.fit_transform(given, y)
    wanted = library if output == "default" else output
    assert type(found).__module__.split(".")[0] == wanted
    names = selector.get_feature_names_out().tolist()
    again = found if wanted == "pandas" else found.to_pandas()
    pd.testing.assert_frame_equal(again, frame[names], check_dtype=False)


def test_an_array_stays_an_array(X, y):
    array = X[["income", "utilization", "noise_0"]].to_numpy()
    found = InformationSelector(n_permutations=99).fit(array, y)
    np.testing.assert_array_equal(found.transform(array), array[:, found.get_support()])
    with pytest.raises(InputError, match="y is None"):
        InformationSelector().fit(array, None)


def test_rows_of_weight_zero_are_not_in_the_sample(X, y):
    frame, weights = X[["income", "purpose", "double"]].copy(), np.where(np.arange(len(y)) % 3, 1.0, 0.0)
    frame.loc[weights == 0, "purpose"] = "never seen"
    used = weights > 0
    one = InformationSelector(max_correlation=0.8, n_permutations=99, max_vif=3).fit(frame, y, sample_weight=weights)
    two = InformationSelector(max_correlation=0.8, n_permutations=99, max_vif=3).fit(frame[used], y[used])
    pd.testing.assert_frame_equal(one.selection_, two.selection_)


def test_it_chooses_before_a_scorecard_inside_a_search(X, y):
    pipeline = Pipeline([("choose", InformationSelector(max_pvalue=None)), ("card", Scorecard())])
    grid = {"choose__max_features": [1, 3], "choose__binner": [OptimalBinner(max_bins=3), None]}
    search = GridSearchCV(pipeline, grid, cv=2, scoring="roc_auc", error_score="raise").fit(X.drop(columns="none"), y)
    assert search.best_params_["choose__max_features"] == 3
    assert len(search.best_estimator_["card"].features_) == 3
    assert search.best_estimator_["card"].features_ == search.best_estimator_["choose"].get_feature_names_out().tolist()


def test_the_summary_has_those_that_stay_first(selector):
    summary = selector.summary()
    frame = summary.to_frame()
    assert summary.title == "2 of 8 features selected"
    assert frame["selected"].tolist() == [True] * 2 + [False] * 6
    assert "vif" not in frame
    assert frame.columns[-1] == "reason"
