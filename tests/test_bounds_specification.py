"""Rows and parameters come in through one door, or are told why not."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

from kullback.bounds import CausalBounds
from kullback.bounds._estimand import Contrast
from kullback.bounds._specification import check_model, check_rows, directed, require_support
from kullback.bounds._support import IMPOSSIBLE, Functional, outcome_functional
from kullback.exceptions import InputError
from kullback.information import DIVERGENCES

X, Y = np.arange(8.0).reshape(4, 2), np.array([0.1, 0.2, 0.3, 0.4])
ARMS = ["a", "b", "a", "b"]


def given(**parameters):
    return check_model(CausalBounds(**parameters), parameters.pop("n_arms", 2))


def test_rows_are_taken_as_they_are():
    rows = check_rows(X, Y, ARMS, None, None)
    assert rows.levels.tolist() == ["a", "b"]
    assert rows.arm.tolist() == [0, 1, 0, 1]
    assert rows.weights is None


def test_rows_without_weight_are_not_in_the_sample():
    rows = check_rows(X, Y, ["c", *ARMS[1:]], [0, 2, 1, 1], [9, 8, 8, 7])
    assert rows.levels.tolist() == ["a", "b"]  # the only "c" has none
    np.testing.assert_array_equal(rows.X, X[1:])
    np.testing.assert_allclose(rows.weights, [1.5, 0.75, 0.75])  # of mean one
    assert rows.clusters.tolist() == [8, 8, 7]


@pytest.mark.parametrize(
    ("treatment", "told"),
    [
        (None, "treatment must hold the label of each row's treatment; None came"),
        ([1, 1, 1, 1], "two labels or more; all rows have 1"),
        (["a", "b", "a"], "y has 4, treatment has 3"),
        (["a", None, "a", "b"], "treatment must not have missing labels"),
        (np.array(["a", 1, "a", 2], dtype=object), "mixes labels of different types"),
        (np.ones((4, 2)), "treatment must be a vector"),
    ],
)
def test_a_treatment_that_is_none_is_told(treatment, told):
    with pytest.raises(InputError, match=told):
        check_rows(X, Y, treatment, None, None)


@pytest.mark.parametrize("weight", [[1, 1], [1, 1, 1, -1], [0, 0, 0, 0], [1, 1, 1, np.nan]])
def test_weights_that_are_none_are_told(weight):
    with pytest.raises(InputError, match="sample_weight must"):
        check_rows(X, Y, ARMS, weight, None)


@pytest.mark.parametrize("scale", [1e-30, 1 / 5, 1e30])
def test_only_the_ratios_of_weights_count(scale):
    weights = np.array([1.0, 2.0, 0.0, 3.0])
    expected, found = (check_rows(X, Y, ARMS, w, None).weights for w in (weights, scale * weights))
    np.testing.assert_allclose(found, expected)
    assert expected.mean() == pytest.approx(1)


@pytest.mark.parametrize("kind", ["pandas", "series", "polars"])
def test_treatments_come_in_declared_order(kind):
    declared = ["low", "medium", "high", "absent"]
    given = ["medium", "low", "high", "low"]
    categorical = pd.Categorical(given, categories=declared, ordered=True)
    treatments = {
        "pandas": categorical,
        "series": pd.Series(categorical),
        "polars": pl.Series(given, dtype=pl.Enum(declared)),
    }
    rows = check_rows(X, Y, treatments[kind], None, None)
    assert rows.levels.tolist() == ["low", "medium", "high"]
    assert rows.arm.tolist() == [1, 0, 2, 0]
    assert rows.ordered
    assert rows.take(np.arange(2)).ordered


@pytest.mark.parametrize(
    "treatment", [pd.Categorical(ARMS), pl.Series(ARMS, dtype=pl.Categorical), np.array(ARMS), np.array(ARMS, object)]
)
def test_texts_without_a_declared_order_have_that_of_the_alphabet_only(treatment):
    rows = check_rows(X, Y, treatment, None, None)
    assert rows.levels.tolist() == ["a", "b"]
    assert not rows.ordered


def test_clusters_are_of_one_type():
    with pytest.raises(InputError, match=r"clusters mixes labels of different types \(int, str\)"):
        check_rows(X, Y, ARMS, None, np.array([1, "a", 1, 2], dtype=object))


def test_clusters_have_a_label_a_row():
    with pytest.raises(InputError, match="clusters has 3"):
        check_rows(X, Y, ARMS, None, [1, 2, 3])


def test_a_model_is_what_the_parameters_say():
    model = given(divergence=["kl", "tv"], aggregation="kth", assumptions=["mtr", "mts"])
    assert (model.divergences, model.kth, model.response, model.selection) == (("kl", "tv"), True, True, True)
    assert given(divergence=DIVERGENCES["kl"]).divergences == (DIVERGENCES["kl"],)


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({"assumptions": ("mtr", "iv")}, 'assumptions must be a tuple of "mtr", "mts" and'),
        ({"assumptions": [["mtr"]]}, 'assumptions must be a tuple of "mtr", "mts" and'),
        ({"assumptions": ("mts",), "n_arms": 3}, 'The assumption "mts" is for two treatments; there are 3'),
        ({"divergence": []}, "an empty list came"),
        ({"divergence": "wasserstein"}, "divergence must be one of worst_case, chi2"),
        ({"divergence": ["kl", "wasserstein"]}, "'wasserstein' came"),
        ({"divergence": [["kl"]]}, "divergence must be one of worst_case, chi2"),
        ({"divergence": "reverse_kl"}, "infinite f.0.*no radius bounds it"),
        ({"odds_ratio_bound": 2, "divergence_bound": 0.1, "divergence": "kl"}, "different models of confounding"),
        ({"assumptions": ("negative_mts",), "n_arms": 3}, '"negative_mts" is for two treatments; there are 3'),
        ({"odds_ratio_bound": 2, "radius_scale": 0.5, "divergence": "kl"}, "odds_ratio_bound and radius_scale are"),
        ({"radius_scale": 1.5}, "between 0 .no confounding. and 1"),
        ({"radius_scale": np.nan, "divergence": "kl"}, "between 0 .no confounding. and 1"),
        ({"radius_scale": 0.5}, '"worst_case" has the radius 0'),
        ({"radius_scale": 0.5, "divergence": ["kl", "worst_case"]}, '"worst_case" has the radius 0'),
        ({"odds_ratio_bound": 0.5}, "finite number of at least 1 .*0.5 came"),
        ({"odds_ratio_bound": np.inf}, "finite number of at least 1"),
        ({"odds_ratio_bound": np.nan}, "finite number of at least 1"),
        ({"odds_ratio_bound": "2"}, "finite number of at least 1"),
        ({"divergence_bound": 0.1}, "divergence_bound bounds one divergence.*worst_case came"),
        ({"divergence_bound": 0.1, "divergence": ["kl", "chi2"]}, "bounds one divergence.*kl, chi2 came"),
        ({"divergence_bound": -1, "divergence": "kl"}, "radius must be a finite number of at least 0"),
        ({"divergence_bound": "1", "divergence": "kl"}, "radius must be a finite number of at least 0"),
        ({"divergence_bound": 0.1, "divergence": "tv"}, "must be superlinear"),
        ({"divergence_bound": 0.1, "divergence": "wasserstein"}, "wasserstein"),
    ],
)
def test_parameters_that_do_not_go_together_are_told_before_anything_is_learned(parameters, told):
    n_arms = parameters.get("n_arms", 2)
    estimator = CausalBounds(**{name: value for name, value in parameters.items() if name != "n_arms"})
    with pytest.raises(InputError, match=told):
        check_model(estimator, n_arms)


MONOTONE = given(assumptions=("mtr",))


def function_of(function):
    return outcome_functional(Y, (-1, 1), function)


def test_monotone_assumptions_follow_the_direction_of_the_function():
    assert not directed(MONOTONE, function_of(None), Y).falling
    assert not directed(MONOTONE, function_of(np.sqrt), Y).falling
    assert directed(MONOTONE, function_of(np.negative), Y).falling
    assert directed(given(assumptions=("mts",)), function_of(lambda y: (y <= 0.2).astype(float)), Y).falling


def test_a_function_that_rises_and_falls_goes_with_no_monotone_assumption():
    bent = function_of(lambda y: (y - 0.25) ** 2)
    assert directed(given(), bent, Y) is bent
    with pytest.raises(InputError, match="must rise, or fall, with the outcome; it does both"):
        directed(MONOTONE, bent, Y)


def mean_of(arm):
    return Contrast("mean", [arm], (1.0,), "")


ATE, ATT = Contrast("ate", [1, 0], (1.0, -1.0), ""), Contrast("att", [1, 0], (1.0, -1.0), "", on_treated=True)
FREE = Functional(np.asarray, (-np.inf, np.inf))


def test_ends_without_support_or_assumption_are_refused_with_the_ways_out():
    for contrast in (mean_of(0), mean_of(1), ATE, ATT):
        with pytest.raises(InputError) as error:
            require_support(given(), FREE, contrast, X)
        assert str(error.value) == IMPOSSIBLE
    for way_out in ("outcome_bounds", "quantiles", "monotone treatment response and selection", "odds_ratio_bound"):
        assert way_out in IMPOSSIBLE


@pytest.mark.parametrize(
    ("parameters", "functional", "contrast", "finite"),
    [
        ({"assumptions": ("mtr",)}, FREE, ATE, "lower"),
        ({"assumptions": ("mtr",)}, FREE, ATT, "lower"),
        ({"assumptions": ("mtr",)}, FREE, mean_of(1), "lower"),
        ({"assumptions": ("mtr",)}, FREE, mean_of(0), "upper"),
        ({"assumptions": ("mts",)}, FREE, ATE, "upper"),
        ({"assumptions": ("negative_mts",)}, FREE, ATE, "lower"),
        ({}, Functional(np.asarray, (0.0, np.inf)), mean_of(1), "lower"),
        ({"assumptions": ("mtr",)}, Functional(np.asarray, (-np.inf, np.inf), falling=True), ATE, "upper"),
    ],
)
def test_where_one_end_is_finite_the_refusal_says_which_and_how_to_have_it(parameters, functional, contrast, finite):
    with pytest.raises(InputError, match=f"Here the {finite} end needs no more than was said"):
        require_support(given(**parameters), functional, contrast, X)


def test_an_end_that_is_bounded_by_an_assumption_needs_no_support():
    require_support(given(assumptions=("mtr", "mts")), FREE, ATE, X)
    require_support(given(odds_ratio_bound=2.0), FREE, ATE, X)
    require_support(MONOTONE, Functional(np.asarray, (-np.inf, 1.0)), mean_of(1), X)  # response bounds it below
    falling = Functional(np.asarray, (-1.0, np.inf), falling=True)
    require_support(MONOTONE, falling, mean_of(1), X)
    with pytest.raises(InputError):
        require_support(MONOTONE, Functional(np.asarray, (-1.0, np.inf)), mean_of(1), X)
