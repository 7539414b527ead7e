"""What a binner takes a target for, and what it says of one that it cannot use."""

import numpy as np
import pandas as pd
import pytest

from kullback.binning._target import MANY_CLASSES, read_target
from kullback.exceptions import InputError

WHOLE = np.arange(57) % 19


@pytest.mark.parametrize(
    ("y", "kind"),
    [
        ([0, 1, 1], "binary"),
        ([0.5, 1.5, 0.5], "binary"),
        (["a", "b", "a"], "binary"),
        ([True, False], "binary"),
        (["a", "b", "c"], "multiclass"),
        (pd.Series(["a", "b", "c"], dtype="category"), "multiclass"),
        (WHOLE, "multiclass"),
        (WHOLE.astype(float), "multiclass"),
        ([0.1, 0.2, 0.7], "continuous"),
    ],
)
def test_a_target_is_told_by_its_labels(y, kind):
    assert read_target(y).kind == kind


def test_numbers_are_kept_about_their_mean_and_counts_as_they_are():
    y = np.array([1e9 + 1, 1e9 + 2, 1e9 + 6])
    target = read_target(y, "continuous")
    np.testing.assert_array_equal(target.values, [-2, -1, 3])
    np.testing.assert_array_equal(target.as_given, y)
    assert not target.has_classes
    np.testing.assert_array_equal(read_target([0, 3, 1], "count").values, [0, 3, 1])


def test_classes_are_in_the_order_of_their_labels():
    target = read_target(["b", "c", "a", "c"])
    assert target.classes.tolist() == ["a", "b", "c"]
    assert target.codes.tolist() == target.as_given.tolist() == [1, 2, 0, 2]
    assert read_target([0, 1, 0], pos_label=0).classes.tolist() == [1, 0]


@pytest.mark.parametrize(
    ("y", "parameters", "told"),
    [
        (np.arange(57), {}, "holds 57 different whole numbers.*say target_type"),
        (np.arange(MANY_CLASSES + 1.0), {}, "21 different whole numbers"),
        (np.arange(3), {"pos_label": 1}, "pos_label is for a target of two classes; y is multiclass"),
        ([1, 1], {"target_type": "multiclass"}, "three classes or more; y holds 1 only"),
        ([0, 1], {"target_type": "multiclass"}, 'holds 0 and 1 only. Take "binary"'),
        ([1, "a", 2.5], {}, "mixes|different types"),
        ([0, 1, 2], {"target_type": "binary"}, "must hold two labels; it holds 3"),
        (["a", "b"], {"target_type": "continuous"}, "target_type=\"continuous\" needs numbers; y holds 'a'"),
        ([2.0, 2.0], {"target_type": "continuous"}, "must vary"),
        ([1.0, np.inf, 3.0], {"target_type": "continuous"}, "must be finite"),
        ([1.0, np.nan, 3.0], {"target_type": "continuous"}, "must not have missing labels"),
        ([1, -1, 3], {"target_type": "count"}, "which are not negative"),
        ([0, 0, 0], {"target_type": "count"}, "must hold events"),
    ],
)
def test_a_target_that_is_not_what_it_is_said_to_be_is_refused(y, parameters, told):
    with pytest.raises(InputError, match=told):
        read_target(y, **parameters)


@pytest.mark.parametrize(
    ("y", "rows", "told"),
    [
        ([0, 1, 1], [1, 2], "all of them are events"),
        ([0, 1, 0], [0, 2], "all of them are non-events"),
        (["a", "b", "c"], [0, 2], "must hold all classes .* none of them is 'b'"),
        ([1.5, 2.5, 1.5], [0, 2], "must vary among the rows with a positive weight"),
        ([0, 1, 0], [0, 2], "must hold events among the rows with a positive weight"),
    ],
)
def test_rows_that_leave_nothing_to_tell_apart_cannot_be_taken(y, rows, told):
    kind = "count" if "must hold events" in told else "continuous" if "must vary" in told else "auto"
    with pytest.raises(InputError, match=told):
        read_target(y, kind).take(np.array(rows))
