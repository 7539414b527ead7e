"""What users pass becomes clean arrays, or an error that says what must hold, what came and what to do."""

import decimal
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.exceptions import DataConversionWarning

from kullback._checks import (
    check_confidence_level,
    check_counts,
    check_labels,
    check_lengths,
    check_weights,
    encode_events,
)
from kullback.exceptions import InputError

CONTAINERS = {
    "list": list,
    "tuple": tuple,
    "numpy": np.array,
    "numpy object": lambda values: np.array(values, dtype=object),
    "pandas": pd.Series,
    "pandas object": lambda values: pd.Series(values, dtype=object),
    "pandas category": lambda values: pd.Series(values, dtype="category"),
    "pandas arrow": lambda values: pd.Series(values, dtype=pd.ArrowDtype(pa.array(values).type)),
    "polars": pl.Series,
    "pyarrow": pa.array,
    "pyarrow chunked": lambda values: pa.chunked_array([values]),
    "pyarrow dictionary": lambda values: pa.chunked_array([pa.array(values).dictionary_encode()]),
}


@pytest.fixture(params=CONTAINERS)
def container(request):
    return CONTAINERS[request.param]


@pytest.mark.parametrize("labels", [(0, 1), (False, True), ("bad", "good"), (1.0, 2.0)])
def test_the_greater_label_is_the_event_in_every_container(container, labels):
    no, yes = labels
    events, found = encode_events(container([yes, no, yes]))
    assert events.dtype == np.int64
    assert events.tolist() == [1, 0, 1]
    assert found.tolist() == [no, yes]


@pytest.mark.parametrize("labels", [(0, 1), (False, True), ("bad", "good"), (1.0, 2.0)])
def test_pos_label_makes_the_lesser_label_the_event(container, labels):
    no, yes = labels
    events, found = encode_events(container([yes, no, yes]), pos_label=no)
    assert events.tolist() == [0, 1, 0]
    assert found.tolist() == [yes, no]


@pytest.mark.parametrize("labels", [(0, 1), (False, True), ("bad", "good"), (1.5, 2.5)])
def test_a_missing_label_is_never_a_class(container, labels):
    no, yes = labels
    with pytest.raises(InputError, match=r"1 of 4 are. Leave these rows out, or say what they are"):
        encode_events(container([yes, no, None, yes]))


@given(st.lists(st.booleans(), min_size=2).filter(lambda v: len(set(v)) == 2), st.booleans())
def test_swapping_the_event_swaps_every_code(values, event):
    codes, labels = encode_events(values, pos_label=event)
    others, reverse = encode_events(values, pos_label=not event)
    np.testing.assert_array_equal(codes, 1 - others)
    np.testing.assert_array_equal(labels, reverse[::-1])
    assert codes.sum() == values.count(event)


def test_nullable_labels_without_a_missing_one_are_fine():
    for dtype, labels in (("Int64", [0, 1]), ("boolean", [False, True]), ("string", ["a", "b"])):
        events, found = encode_events(pd.Series(labels, dtype=dtype))
        assert (events.tolist(), found.tolist()) == ([0, 1], labels)


def test_missing_labels_of_other_kinds_are_found():
    dates = np.array(["2020-01-01", "NaT", "2020-01-02"], dtype="M8[D]")
    for labels in (dates, [1.0, np.nan], np.array(["a", np.nan], dtype=object), pd.Series([1, None], dtype="Int64")):
        with pytest.raises(InputError, match="must not have missing labels"):
            check_labels(labels)


def test_decimals_and_dates_are_labels_like_any_other():
    assert encode_events([decimal.Decimal(1), decimal.Decimal(0)])[0].tolist() == [1, 0]
    assert encode_events(np.array(["2020-01-01", "2021-01-01"], dtype="M8[D]"))[0].tolist() == [0, 1]


def test_a_mask_on_labels_or_weights_is_never_dropped():
    masked = np.ma.array([0, 1, 1], mask=[0, 0, 1])
    with pytest.raises(InputError, match="y is a masked array; leave its masked entries out"):
        encode_events(masked)
    with pytest.raises(InputError, match="sample_weight is a masked array"):
        check_weights(masked.astype(float), 3)
    assert check_weights(np.ma.array([1.0, 2.0]), 2).tolist() == [1, 2]


def test_no_target_is_an_error_that_scikit_learn_knows():
    with pytest.raises(InputError, match="requires y to be passed, but the target y is None"):
        check_labels(None)


@pytest.mark.parametrize("column", [[[0], [1]], pd.DataFrame({"y": [0, 1]}), pl.DataFrame({"y": [0, 1]})])
def test_a_column_of_labels_is_taken_with_a_warning(column):
    with pytest.warns(DataConversionWarning, match="column-vector y .* shape is \\(2, 1\\)"):
        assert check_labels(column).tolist() == [0, 1]


@pytest.mark.parametrize(("labels", "shape"), [(1, r"\(\)"), ([[0, 1], [1, 0]], r"\(2, 2\)"), ({0, 1}, r"\(\)")])
def test_labels_must_be_a_vector(labels, shape):
    with pytest.raises(InputError, match=f"target must be a vector with one label a row; its shape is {shape}"):
        check_labels(labels, "target")


def test_ragged_labels_are_an_error_in_words():
    with pytest.raises(InputError, match="its entries differ in length"):
        check_labels([[0, 1], [1]])


@pytest.mark.parametrize("labels", [[1, "a"], np.array([1, "a"], dtype=object), (True, "a")])
def test_labels_of_two_types_are_named_and_not_made_text(labels):
    with pytest.raises(InputError, match=r"mixes labels of different types \((bool|int), str\); make them one type"):
        encode_events(labels)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([], "y holds no label"),
        ([1, 1], "y holds one class only, 1: evidence for or against"),
        (["a"], "y holds one class only, 'a'"),
        ([1, 2, 3], r"must hold two labels; it holds 3 \(1, 2, 3\)"),
        (np.linspace(0, 1, 7), r"it holds 7 \(0.0, .*, \.\.\.\)"),
    ],
)
def test_another_number_of_classes_than_two_is_told(labels, message):
    with pytest.raises(InputError, match=message):
        encode_events(labels)


@pytest.mark.parametrize("pos_label", [2, "1", [0], np.array([0, 1]), np.nan])
def test_an_event_that_is_no_label_is_told_with_the_labels(pos_label):
    with pytest.raises(InputError, match="is not a label of y: these are 0 and 1"):
        encode_events([0, 1], pos_label=pos_label)


def test_an_equal_label_of_another_type_is_the_event():
    assert encode_events([0, 1], pos_label=False)[1].tolist() == [1, 0]
    assert encode_events(["a", "b"], pos_label=np.str_("a"))[1].tolist() == ["b", "a"]


@pytest.mark.parametrize(
    "weights",
    [[1, 2], (1.0, 2.0), np.array([1, 2]), pd.Series([1, 2], index=[5, 5]), pl.Series([1, 2]), pa.array([1, 2]),
     [decimal.Decimal(1), 2], pd.Series([1, 2], dtype="Int64")],
)  # fmt: skip
def test_weights_of_every_container_become_floats(weights):
    array = check_weights(weights, 2)
    assert array.dtype == np.float64
    assert array.flags.c_contiguous
    assert array.tolist() == [1, 2]


def test_no_weights_stay_none():
    assert check_weights(None, 3) is None


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1, -1], r"must be finite and not negative; check rows 1\."),
        ([np.inf, -1, np.nan, 1, -2, -3, -4, -5], "check rows 0, 1, 2, 4, 5 and 2 more"),
        ([1, None], "check rows 1"),
        ([0, 0], "must not be zero everywhere"),
        ([1e-300, 1e-300], "must lie between 1e-100 and 1e100, or be 0"),
        ([0, 1e300], r"it reaches from 1e\+300 to 1e\+300"),
        ([1], r"must have shape \(2,\), one weight a row; it has \(1,\)"),
        (2.0, r"must have shape \(2,\)"),
        ([[1], [2]], r"it has \(2, 1\)"),
        (["a", "b"], "must be numbers, one a row .*could not convert"),
        ([1j, 2], "must be numbers, one a row"),
    ],
)
def test_weights_that_cannot_weigh_are_told(weights, message):
    n_rows = 8 if np.ndim(weights) == 1 and len(weights) == 8 else 2
    with pytest.raises(InputError, match=message):
        check_weights(weights, n_rows)


def test_counts_become_floats():
    counts = check_counts(np.array([3, 0, 2], dtype=np.int8)[::-1], "events")
    assert counts.dtype == np.float64
    assert counts.flags.c_contiguous
    assert counts.tolist() == [2, 0, 3]


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ([], r"must be a vector with one count a bin; its shape is \(0,\)"),
        ([[1, 2]], r"its shape is \(1, 2\)"),
        ("ab", "must be numbers, one a bin; str came"),
        ([1, np.nan], "must be finite and not negative; check bins 1"),
        ([-1, np.inf], "check bins 0, 1"),
        ([0, 0], "must not all be zero"),
        ([1e308, 1e308], r"must lie between 1e-100 and 1e100, or be 0; it reaches from 1e\+308 to 1e\+308"),
        ([0, 5e-324], "must lie between"),
        (np.ma.array([1, 2], mask=[0, 1]), "is a masked array"),
    ],
)
def test_counts_that_count_nothing_are_told_by_name(counts, message):
    with pytest.raises(InputError, match=f"^events .*{message}"):
        check_counts(counts, "events")


@pytest.mark.parametrize("level", [0.95, np.float32(0.5), 1e-9])
def test_a_level_between_zero_and_one_is_a_float(level):
    assert type(check_confidence_level(level)) is float


@pytest.mark.parametrize("level", [0, 1, 95, -0.1, np.nan, None, "0.95", True, np.array([0.9])])
def test_another_level_is_told(level):
    with pytest.raises(InputError, match=r"must be a number between 0 and 1, such as 0.95; .* came"):
        check_confidence_level(level)


def test_equal_lengths_are_returned_and_different_ones_named():
    assert check_lengths(X=[1, 2], y=(3, 4), sample_weight=None) == 2
    with pytest.raises(InputError, match="one entry a row: X has 2, y has 3"):
        check_lengths(X=[1, 2], y=[1, 2, 3])


def test_checks_change_nothing():
    labels, weights = np.array(["b", "a"], dtype=object), np.array([1.0, 0.0])
    labels.flags.writeable = weights.flags.writeable = False
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        encode_events(labels, pos_label="a")
        check_weights(weights, 2)
    assert labels.tolist() == ["b", "a"]
    assert weights.tolist() == [1, 0]


@pytest.mark.parametrize("kind", ["pandas", "polars"])
def test_a_declared_order_says_which_label_is_greater(kind):
    values, order = ["good", "bad", "bad", "good"], ["good", "bad"]
    y = (
        pd.Series(pd.Categorical(values, order, ordered=True))
        if kind == "pandas"
        else pl.Series(values, dtype=pl.Enum(order))
    )
    events, classes = encode_events(y)
    assert classes.tolist() == order
    assert events.tolist() == [0, 1, 1, 0]
    assert encode_events(y, "good")[0].tolist() == [1, 0, 0, 1]
    unordered = encode_events(pd.Series(pd.Categorical(values, order)))
    assert unordered[1].tolist() == ["bad", "good"]


def test_what_is_no_outcome_is_called_by_its_name():
    with pytest.warns(DataConversionWarning, match="column-vector treatment was passed"):
        check_labels(np.array([[0], [1]]), "treatment")
    with pytest.raises(InputError, match=r"treatment must not have missing labels.* or say what they are\."):
        check_labels(["a", None], "treatment")
