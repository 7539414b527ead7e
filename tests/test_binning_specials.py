"""Special values are of the type of their column, or told."""

import warnings

import numpy as np
import pandas as pd
import pytest

from kullback.binning import OptimalBinner
from kullback.binning._specials import special_codes
from kullback.exceptions import BinningWarning, InputError

RNG = np.random.default_rng(0)
Y = RNG.integers(0, 2, 400)
NUMBERS = np.where(np.arange(400) % 9 == 0, -999.0, RNG.normal(size=400))
TEXTS = np.where(NUMBERS == -999, "-999", np.where(NUMBERS > 0, "yes", "no")).astype(object)


def fit(special_values, **columns):
    return OptimalBinner(special_values=special_values).fit(pd.DataFrame(columns), Y)


@pytest.mark.parametrize(
    ("column", "codes", "said"),
    [
        (TEXTS, [-999], r"holds -999 for 'x', whose values are text: it has '-999' instead"),
        (TEXTS, {"x": [-999.0]}, "it has '-999' instead"),
        (NUMBERS, ["-999"], r"holds '-999' for 'x', whose values are numbers: it has -999.0 instead"),
        (NUMBERS, {"x": ["-999.0"]}, r"it has -999.0 instead"),
        (NUMBERS, {"x": ["A"]}, "holds 'A' for 'x', whose values are numbers. Give it as it is"),
        (TEXTS, {"x": [7]}, "holds 7 for 'x', whose values are text"),
    ],
)
def test_a_code_of_another_type_than_its_column_is_refused(column, codes, said):
    with pytest.raises(InputError, match=said):
        fit(codes, x=column)


def test_codes_for_all_features_go_to_those_of_their_type():
    tables = fit([-999, "-999", "A", None], numbers=NUMBERS, texts=TEXTS).tables_
    assert [tables[name].rule.specials for name in ("numbers", "texts")] == [(-999,), ("-999",)]


def test_a_code_for_all_that_no_feature_can_hold_is_told():
    with pytest.warns(BinningWarning, match="special_values holds 'A', a value of a type that no feature has"):
        fit([-999, "A"], x=NUMBERS)


def test_a_code_that_does_not_occur_and_a_column_without_values_are_no_matter():
    columns = {"x": NUMBERS, "empty": np.full(400, None), "level": pd.Categorical([1, 2] * 200)}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", "'empty' has no value at all")
        fit({"x": [-999, 7], "empty": ["NA", -1], "level": [5]}, **columns)


def test_each_code_is_there_once():
    assert special_codes([1, 1.0, "1"], "x") == (1, "1")
    assert special_codes(5, "x") == (5,)
