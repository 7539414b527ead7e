"""Every library's columns become the same numbers and levels, and nobody's data are touched."""

import datetime
import decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import naive
from kullback._frames import column_names, column_of, is_frame, iterate_columns, n_rows, take_columns, take_rows
from kullback.exceptions import InputError, InputTypeError

ARROW = pd.ArrowDtype


def newer(library, name):
    """A type that the oldest version we support does not have, where there is one."""
    return [getattr(library, name)] if hasattr(library, name) else []


def only_column(frame):
    (column,) = iterate_columns(frame)
    return column


def as_lists(column):
    """The column with None for missing, comparable."""
    if column.kind == "categorical":
        assert column.values is None
        assert column.codes.dtype == np.int64
        assert all(type(level) is type(column.levels[0]) for level in column.levels)
        return column.kind, column.codes.tolist(), list(column.levels)
    assert column.codes is None
    assert column.levels is None
    assert column.values.dtype == np.float64
    assert column.values.flags.c_contiguous
    return column.kind, [None if np.isnan(v) else v for v in column.values], None


def frames(values, pandas, polars, arrow):
    """The values as one column of many types of many libraries, each with its name."""
    for dtype in pandas:
        yield f"pandas {dtype}", pd.DataFrame({"a": pd.Series(values, dtype=dtype)})
    for dtype in polars:
        yield f"polars {dtype}", pl.DataFrame({"a": pl.Series(values, dtype=dtype, strict=False)})
    for dtype in arrow:
        half = len(values) // 2
        chunks = pa.chunked_array([pa.array(part, type=dtype) for part in (values[:half], values[half:])], type=dtype)
        yield f"pyarrow {dtype}", pa.table({"a": chunks})
    yield "numpy object", np.array(values, dtype=object)[:, None]


def assert_all_read_as(expected, tables):
    for name, table in tables:
        assert as_lists(only_column(table)) == expected, name


present = st.sampled_from(["b", "a", "ä", "", "10", "9"])
texts = st.lists(st.none() | present, max_size=8).map(lambda v: [*v, "b"])


@given(texts)
def test_text_is_the_same_levels_in_every_library(values):
    dictionary = pa.dictionary(pa.int32(), pa.string())
    tables = frames(
        values,
        pandas=[object, "str", "string[python]", "string[pyarrow]", "category", ARROW(pa.string()), ARROW(dictionary)],
        polars=[pl.String, pl.Categorical, pl.Object],
        arrow=[pa.string(), pa.large_string(), dictionary, *(view() for view in newer(pa, "string_view"))],
    )
    assert_all_read_as(naive.column(values), tables)


whole = st.lists(st.none() | st.integers(-(2**31), 2**31 - 1), max_size=8).map(lambda v: [*v, 1])


@given(whole)
def test_whole_numbers_are_the_same_floats_in_every_library(values):
    tables = frames(
        values,
        pandas=[object, "Int64", "Float64", "float64", ARROW(pa.int64()), ARROW(pa.float64())],
        polars=[pl.Int64, pl.Float64, pl.Object, *newer(pl, "Int128")],
        arrow=[pa.int64(), pa.float64()],
    )
    assert_all_read_as(naive.column(values), tables)


reals = st.lists(st.none() | st.floats(allow_nan=False), max_size=8).map(lambda v: [*v, 0.5])


@given(reals)
def test_infinities_stay_and_missing_is_nan_in_every_library(values):
    tables = frames(
        values,
        pandas=[object, "Float64", "float64", ARROW(pa.float64())],
        polars=[pl.Float64],
        arrow=[pa.float64()],
    )
    assert_all_read_as(naive.column(values), tables)


truths = st.lists(st.none() | st.booleans(), max_size=8).map(lambda v: [*v, True])


@given(truths)
def test_true_and_false_are_the_same_in_every_library(values):
    tables = frames(
        values,
        pandas=[object, "boolean", ARROW(pa.bool_())],
        polars=[pl.Boolean, pl.Object],
        arrow=[pa.bool_()],
    )
    assert_all_read_as(naive.column(values), tables)


cents = st.lists(st.none() | st.integers(-99_999, 99_999), max_size=8).map(
    lambda v: [*(None if i is None else decimal.Decimal(i).scaleb(-2) for i in v), decimal.Decimal("1.25")]
)


@given(cents)
def test_decimals_are_numbers_in_every_library(values):
    tables = frames(
        values,
        pandas=[object, ARROW(pa.decimal128(7, 2))],
        polars=[pl.Decimal(7, 2)],
        arrow=[pa.decimal128(7, 2)],
    )
    assert_all_read_as(naive.column(values), tables)


@given(st.integers(1, 4))
def test_a_column_without_any_value_is_numeric_and_missing(n):
    values = [None] * n
    tables = frames(values, pandas=[object, "float64", ARROW(pa.null())], polars=[pl.Null], arrow=[pa.null()])
    assert_all_read_as(("numeric", values, None), tables)


@given(st.lists(st.none() | st.sampled_from([3, 1, 2]), max_size=8).map(lambda v: [*v, 2]))
def test_numbers_declared_to_be_categories_are_levels_in_number_order(values):
    expected = naive.column(values, kind="categorical")
    tables = [
        pd.DataFrame({"a": pd.Categorical(values)}),
        pd.DataFrame({"a": pd.Categorical([None if v is None else float(v) for v in values])}),
        pa.table({"a": pa.array(values).dictionary_encode()}),
    ]
    for table in tables:
        assert as_lists(only_column(table)) == expected


def test_true_and_false_declared_to_be_categories_stay_levels():
    column = only_column(pd.DataFrame({"a": pd.Categorical([True, None, False])}))
    assert (column.kind, column.levels, column.codes.tolist()) == ("categorical", (False, True), [1, -1, 0])


GRADES = ["low", "middle", "high", "never"]
ORDERED_ARROW = pa.DictionaryArray.from_arrays(pa.array([0, 2, None, 0]), pa.array(GRADES), ordered=True)


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"a": pd.Categorical(["low", "high", None, "low"], categories=GRADES, ordered=True)}),
        pd.DataFrame({"a": pd.Categorical(["low", "high", None, "low"], categories=GRADES)}),
        pl.DataFrame({"a": pl.Series(["low", "high", None, "low"], dtype=pl.Enum(GRADES))}),
        pa.table({"a": ORDERED_ARROW}),
    ],
    ids=["pandas ordered", "pandas", "polars", "pyarrow"],
)
def test_a_declared_order_is_kept_and_levels_that_do_not_occur_are_dropped(frame):
    assert as_lists(only_column(frame)) == ("categorical", [0, 1, -1, 0], ["low", "high"])


def test_a_null_of_an_arrow_dictionary_is_missing_and_not_its_last_entry():
    chunks = [pa.array(["b", None, "a"]).dictionary_encode(), pa.array([None, "c"]).dictionary_encode()]
    assert as_lists(only_column(pa.table({"a": pa.chunked_array(chunks)}))) == (
        "categorical",
        [1, -1, 0, -1, 2],
        ["a", "b", "c"],
    )


def test_categories_that_never_occur_leave_no_level():
    column = only_column(pd.DataFrame({"a": pd.Categorical([None, None], categories=["x"])}))
    assert (column.levels, column.codes.tolist()) == ((), [-1, -1])


def test_intervals_and_mixed_categories_stand_in_their_declared_order():
    cut = pd.cut(pd.Series([1.0, 9.0, None, 1.0]), [0, 5, 10])
    assert only_column(pd.DataFrame({"a": cut})).codes.tolist() == [0, 1, -1, 0]
    mixed = only_column(pd.DataFrame({"a": pd.Categorical(["x", 1], categories=["x", 1])}))
    assert mixed.levels == ("x", 1)


def test_bytes_are_levels_too():
    for frame in (np.array([[b"b"], [b"a"]]), pl.DataFrame({"a": [b"b", b"a"]}), pa.table({"a": [b"b", b"a"]})):
        column = only_column(frame)
        assert (column.levels, column.codes.tolist()) == ((b"a", b"b"), [1, 0])


@pytest.mark.parametrize("dtype", ["U1", "S1", *(text() for text in newer(np.dtypes, "StringDType"))])
def test_numpy_text_is_levels(dtype):
    column = only_column(np.array([["b"], ["a"]]).astype(dtype))
    assert column.codes.tolist() == [1, 0]


@pytest.mark.parametrize("dtype", ["?", "i1", "u8", "f2", "f4", "g"])
def test_every_numpy_number_becomes_a_float(dtype):
    column = only_column(np.array([[1, 0], [0, 1]], dtype=dtype)[:, 1:])
    assert column.values.tolist() == [0, 1]
    assert column.values.dtype == np.float64
    assert column.kind == ("boolean" if dtype == "?" else "numeric")


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"a": pd.to_datetime(["2020-01-01", None])}),
        pd.DataFrame({"a": pd.to_datetime(["2020-01-01"]).tz_localize("UTC")}),
        pd.DataFrame({"a": pd.to_timedelta([1, None])}),
        pd.DataFrame({"a": pd.Series([datetime.date(2020, 1, 1), None], dtype=object)}),
        pd.DataFrame({"a": pd.Series([datetime.date(2020, 1, 1)], dtype=ARROW(pa.date32()))}),
        pl.DataFrame({"a": [datetime.date(2020, 1, 1)]}),
        pl.DataFrame({"a": [datetime.timedelta(1)]}),
        pl.DataFrame({"a": [datetime.time(1)]}),
        pa.table({"a": [datetime.datetime(2020, 1, 1)]}),
        np.array([["2020-01-01"]], dtype="M8[D]"),
        np.array([[1]], dtype="m8[D]"),
        np.array([[datetime.time(1)]], dtype=object),
    ],
)
def test_dates_are_asked_to_become_numbers(frame):
    with pytest.raises(InputError, match=r"'(a|x0)' holds dates or durations \(.*\)\. Make them numbers first"):
        only_column(frame)


@pytest.mark.parametrize(
    "frame",
    [
        np.array([[1j]]),
        np.array([[1j], [None]], dtype=object),
        pd.DataFrame({"a": [1j]}),
        pd.DataFrame({"a": pd.Series([1j, "x"], dtype=object)}),
    ],
)
def test_complex_numbers_are_refused(frame):
    with pytest.raises(InputError, match=r"Complex data not supported: '(a|x0)' holds complex numbers"):
        only_column(frame)


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"a": [{"x": 1}, None]}),
        pd.DataFrame({"a": pd.arrays.IntervalArray.from_breaks([0, 1, 2])}),
        pd.DataFrame({"a": pd.period_range("2020-01", periods=2, freq="M")}),
        pl.DataFrame({"a": [[1], [2, 3]]}),
        pl.DataFrame({"a": pl.Series([[1, 2], [3, 4]], dtype=pl.Array(pl.Int8, 2))}),
        pl.DataFrame({"a": [{"x": 1}]}),
        pa.table({"a": [[1], [2, 3]]}),
        np.array([[(1, 2.0)]], dtype=[("x", "i4"), ("y", "f8")]),
    ],
)
def test_things_that_are_neither_text_nor_numbers_are_a_type_error_and_an_input_error(frame):
    with pytest.raises(InputTypeError, match="argument must be a string or a number") as caught:
        only_column(frame)
    assert isinstance(caught.value, TypeError)
    assert isinstance(caught.value, InputError)


@pytest.mark.parametrize(
    ("values", "kinds"),
    [
        ([1, "x"], r"number \(1\), text \('x'\)"),
        ([True, 2], r"number \(2\), true or false \(True\)"),
        ([b"x", "y"], r"bytes \(b'x'\), text \('y'\)"),
        ([None, "x", decimal.Decimal(1), np.float32(2)], r"number \(.*\), text \('x'\)"),
    ],
)
def test_mixed_types_are_named_with_an_example_of_each(values, kinds):
    with pytest.raises(InputError, match=rf"'a' mixes types: {kinds}. Make the column one type"):
        only_column(pd.DataFrame({"a": pd.Series(values, dtype=object)}))


def test_a_whole_number_beyond_the_floats_is_named():
    with pytest.raises(InputError, match="'a' holds a whole number beyond the range of floats"):
        only_column(pd.DataFrame({"a": pd.Series([10**400], dtype=object)}))


def test_a_lazy_frame_is_asked_to_be_collected():
    with pytest.raises(InputError, match=r"collect it first: X\.collect\(\)"):
        is_frame(pl.LazyFrame({"a": [1]}))


def test_a_mask_is_never_dropped_without_a_word():
    with pytest.raises(InputError, match=r"X\.filled\(np\.nan\)"):
        is_frame(np.ma.array([[1.0], [2.0]], mask=[[False], [True]]))
    assert not is_frame(np.ma.array([[1.0], [2.0]]))
    assert is_frame(pd.DataFrame({"_mask": [True]}))


def some_frames():
    data = {"n": [1.5, None, 3.0, -0.0], "t": ["x", None, "y", "x"]}
    yield pd.DataFrame(data, index=[3, 1, 1, 0])
    yield pl.DataFrame(data)
    yield pa.table(data)


@pytest.mark.parametrize("frame", list(some_frames()), ids=lambda frame: type(frame).__module__)
def test_a_frame_has_its_names_its_rows_and_its_own_kind_of_part(frame):
    assert is_frame(frame)
    assert column_names(frame) == ["n", "t"]
    assert n_rows(frame) == 4
    part = take_rows(frame, np.array([2, 0]))
    assert type(part) is type(frame)
    number, text = iterate_columns(part)
    np.testing.assert_array_equal(number.values, [3.0, 1.5])
    assert [text.levels[code] for code in text.codes] == ["y", "x"]


def test_an_array_has_made_up_names():
    X = np.arange(6.0).reshape(3, 2)
    assert not is_frame(X)
    assert column_names(X) == ["x0", "x1"]
    assert n_rows(X) == 3
    np.testing.assert_array_equal(take_rows(X, [2]), [[4, 5]])


@pytest.mark.parametrize(
    "frame",
    [pd.DataFrame([[1, 2, 3]], columns=["b", "a", "b"]), pa.table([[1], [2], [3]], names=["b", "a", "b"])],
    ids=["pandas", "pyarrow"],
)
def test_a_name_that_comes_twice_is_named(frame):
    with pytest.raises(InputError, match=r"these come twice or more: b\. Rename them"):
        column_names(frame)


def test_columns_may_have_numbers_and_tuples_for_names():
    assert [c.name for c in iterate_columns(pd.DataFrame([[1, 2]]))] == [0, 1]
    wide = pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("a", "x"), ("a", "y")]))
    assert [c.name for c in iterate_columns(wide)] == [("a", "x"), ("a", "y")]


@pytest.mark.parametrize(
    "values",
    [
        ["b", None, "a"],
        np.array(["b", None, "a"], dtype=object),
        pd.Series(["b", None, "a"]),
        pl.Series(["b", None, "a"]),
        pa.chunked_array([["b", None, "a"]]),
    ],
    ids=lambda values: type(values).__module__,
)
def test_a_vector_of_any_library_is_a_column(values):
    assert as_lists(column_of(values, "a")) == ("categorical", [1, -1, 0], ["a", "b"])


def test_a_list_of_text_and_a_single_value_are_columns():
    assert column_of(["b", "a"], "a").levels == ("a", "b")
    assert column_of(3, "a").values.tolist() == [3.0]


def all_sorts():
    return {
        "n": pd.Series([1.5, None, 3.0]),
        "i": pd.Series([1, None, 3], dtype="Int64"),
        "b": pd.Series([True, None, False], dtype="boolean"),
        "t": pd.Series(["x", None, "y"]),
        "o": pd.Series(["x", None, "y"], dtype=object),
        "c": pd.Series(["x", None, "y"], dtype="category"),
    }


def test_reading_pandas_changes_nothing():
    frame = pd.DataFrame(all_sorts())
    before = frame.copy(deep=True)
    list(iterate_columns(frame))
    pd.testing.assert_frame_equal(frame, before)


def test_reading_polars_and_pyarrow_changes_nothing():
    polars = pl.DataFrame({"n": [1.5, None], "t": ["x", None]})
    arrow = pa.table({"n": [1.5, None], "t": pa.array(["x", None]).dictionary_encode()})
    copies = polars.clone(), pa.table(arrow.to_pydict(), schema=arrow.schema)
    for table in (polars, arrow):
        list(iterate_columns(table))
    assert polars.equals(copies[0])
    assert arrow.equals(copies[1])


def test_reading_a_read_only_array_works_and_changes_nothing():
    X = np.asfortranarray(np.arange(6.0).reshape(3, 2))
    X.flags.writeable = False
    assert [c.values.tolist() for c in iterate_columns(X)] == [[0, 2, 4], [1, 3, 5]]
    np.testing.assert_array_equal(X, np.arange(6.0).reshape(3, 2))


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow", "numpy"])
def test_columns_are_taken_in_the_library_they_came_from(library):
    frame = pd.DataFrame({"a": [1, 2], "b": [3, 4], "c": [5, 6]})
    makers = {
        "pandas": lambda: frame,
        "polars": lambda: pl.from_pandas(frame),
        "pyarrow": lambda: pl.from_pandas(frame).to_arrow(),
        "numpy": frame.to_numpy,
    }
    given = makers[library]()
    taken = take_columns(given, np.array([2, 0]))
    assert type(taken) is type(given)
    columns = [0, 1] if library == "numpy" else ["c", "a"]
    values = [np.asarray(taken[:, name] if library == "numpy" else taken[name]) for name in columns]
    np.testing.assert_array_equal(values, [[5, 6], [1, 2]])
