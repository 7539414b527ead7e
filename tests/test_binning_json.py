"""A value that is written is read as itself, of its own type, or refused in words."""

import datetime
import decimal
import json
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kullback.binning._json import read_value, write_value
from kullback.exceptions import InputError

PLAIN = st.one_of(
    st.text(st.characters()),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.none(),
    st.binary(),
    st.dates(),
    st.datetimes(timezones=st.none() | st.just(datetime.UTC)),
    st.decimals(allow_nan=False),
    st.datetimes(datetime.datetime(1700, 1, 1), datetime.datetime(2200, 1, 1)).map(pd.Timestamp),
    st.tuples(st.floats(-1e9, 0), st.floats(1, 1e9), st.sampled_from(["left", "right", "both", "neither"])).map(
        lambda i: pd.Interval(*i)
    ),
)
VALUES = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=3) | st.lists(inner, max_size=3).map(tuple) | st.dictionaries(PLAIN, inner),
    max_leaves=6,
)


def there_and_back(value):
    return read_value(json.loads(json.dumps(write_value(value), allow_nan=False)))


def same(one, two):
    """Equal, of one type, and to the last bit."""
    if type(one) is not type(two):
        return False
    if isinstance(one, float):
        return (math.isnan(one) and math.isnan(two)) or (one == two and math.copysign(1, one) == math.copysign(1, two))
    if isinstance(one, list | tuple):
        return len(one) == len(two) and all(map(same, one, two))
    if isinstance(one, dict):
        return same(list(one), list(two)) and same(list(one.values()), list(two.values()))
    return one == two and (not isinstance(one, decimal.Decimal) or one.as_tuple() == two.as_tuple())


@given(VALUES)
def test_a_value_comes_back_as_itself(value):
    assert same(there_and_back(value), value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.float32(0.1), float(np.float32(0.1))),
        (np.int64(-999), -999),
        (np.bool_(True), True),
        (np.str_("a"), "a"),
        (np.array([[1.5, -0.0]]), [[1.5, -0.0]]),
        (frozenset({"b", "a"}), {"a", "b"}),
        (pd.Timestamp("2024-01-31 00:00:00.000000001", tz="UTC"),) * 2,
    ],
)
def test_numpy_becomes_python(value, expected):
    assert same(there_and_back(value), expected)


@pytest.mark.parametrize("value", [object(), 1j, pd.NaT, pd.NA, np.datetime64("2024-01-31"), [object()], {1: object()}])
def test_what_has_no_exact_text_is_refused(value):
    with pytest.raises(InputError, match="cannot be written to JSON exactly"):
        write_value(value)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({}, "is no value"),
        ({"pickle": "x"}, "is no value"),
        ({"float": "1", "bytes": ""}, "is no value"),
        ({"float": "one"}, "is not a float"),
        ({"float": None}, "is not a float"),
        ({"bytes": "zz"}, "is not a bytes"),
        ({"date": "31.1.2024"}, "is not a date"),
        ({"timestamp": 3}, "is not a timestamp"),
        ({"decimal": "x"}, "is not a decimal"),
        ({"interval": [1]}, "is not a interval"),
        ({"set": [[1]]}, "is not a set"),
        ({"dict": [[1]]}, "is not a dict"),
        ([{"dict": [[[], 1]]}], "is not a dict"),
        ({"tuple": 3}, "is not a tuple"),
    ],
)
def test_an_entry_that_was_not_written_so_is_refused(entry, said):
    with pytest.raises(InputError, match=said):
        read_value(entry)
