"""A binner read from JSON is the one that was written, and what is no binner is refused in words."""

import copy
import json
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import KFold

from kullback.binning import BinConstraints, OptimalBinner
from kullback.datasets import make_credit
from kullback.exceptions import InputError, KullbackWarning


def fitted(X, y, sample_weight=None, **parameters):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", KullbackWarning)
        return OptimalBinner(**parameters).fit(X, y, sample_weight=sample_weight)


@pytest.fixture(scope="module")
def credit():
    return make_credit(400, event_rate=0.3, n_noise=0, random_state=0)


@pytest.fixture(scope="module")
def binner(credit):
    names = ["income", "bureau_score", "purpose", "owner"]
    return fitted(
        credit.data[names],
        credit.target,
        np.linspace(0.5, 1.5, 400),
        special_values={"bureau_score": np.array([-1, -7])},
        monotonic={"income": "peak"},
    )


@pytest.fixture(scope="module")
def record(binner):
    return json.loads(binner.to_json())


def encoded(binner, X, encode="woe"):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", KullbackWarning)
        return copy.copy(binner).set_params(encode=encode).transform(X)


def assert_same(one, two, X):
    for encode in ("woe", "event_rate", "ordinal", "onehot"):
        first, second = encoded(one, X, encode), encoded(two, X, encode)
        assert first.tobytes() == second.tobytes()
    assert list(one.tables_) == list(two.tables_)
    for ours, theirs in zip(one.tables_.values(), two.tables_.values(), strict=True):
        assert str(ours) == str(theirs)
        assert ours.groups == theirs.groups
        assert ours.cuts.tobytes() == theirs.cuts.tobytes()
        np.testing.assert_array_equal(ours.contingency.counts, theirs.contingency.counts)
        np.testing.assert_array_equal(ours.contingency.squares, theirs.contingency.squares)
    np.testing.assert_array_equal(one.information_value_.covariance, two.information_value_.covariance)
    np.testing.assert_array_equal(one.information_value_.conf_int(), two.information_value_.conf_int())
    np.testing.assert_array_equal(one.classes_, two.classes_)
    assert one.classes_.dtype == two.classes_.dtype
    assert one.to_json() == two.to_json()


FLOATS = st.one_of(
    st.floats(), st.sampled_from([0.0, -0.0, np.inf, -np.inf, np.nan, 0.1, -999.0, 5e-324, 1.7976931348623157e308])
)
LEVELS = {
    "text": st.text(st.characters(codec="utf-8"), max_size=3),
    "whole": st.integers(-(2**70), 2**70),
    "float": st.floats(allow_nan=False),
    "bytes": st.binary(max_size=3),
    "date": st.dates(),
    "time": st.datetimes(pd.Timestamp("1700-01-01"), pd.Timestamp("2200-01-01")).map(pd.Timestamp),
    "true or false": st.booleans(),
}


@settings(max_examples=25)
@given(st.lists(FLOATS, min_size=12, max_size=40), st.lists(FLOATS, min_size=1, max_size=20), st.integers(0, 99))
def test_numbers_are_encoded_to_the_last_bit(values, new, seed):
    y = np.random.default_rng(seed).integers(0, 2, len(values))
    y[:2] = 0, 1
    X = np.array(values)[:, None]
    binner = fitted(X, y, special_values=[-999, 0.1], min_bin_events=0, min_bin_fraction=0, max_bins=20)
    again = OptimalBinner.from_json(binner.to_json())
    assert_same(again, binner, np.concatenate([X, np.array(new)[:, None]]))


@settings(max_examples=25)
@given(st.data(), st.sampled_from(sorted(LEVELS)), st.integers(0, 99))
def test_levels_of_every_type_find_their_bins(data, kind, seed):
    levels = data.draw(st.lists(LEVELS[kind], min_size=2, max_size=6, unique=True))
    rng = np.random.default_rng(seed)
    column = pd.Categorical.from_codes(rng.integers(-1, len(levels), 40), pd.Index(levels, dtype=object))
    y = rng.integers(0, 2, 40)
    y[:2] = 0, 1
    X = pd.DataFrame({"levels": column})
    special = [levels[0]] if kind in ("text", "bytes") else None
    binner = fitted(X, y, special_values=special, min_bin_events=0, min_bin_fraction=0)
    assert_same(OptimalBinner.from_json(binner.to_json()), binner, X)


def test_intervals_as_pandas_cuts_them_find_their_bins(credit):
    X = pd.DataFrame({"band": pd.cut(credit.data["income"], [0, 20_000, 50_000, np.inf])})
    binner = fitted(X, credit.target)
    assert_same(OptimalBinner.from_json(binner.to_json()), binner, X)


@pytest.mark.parametrize("labels", [(False, True), ("good", "bad"), (0.0, 1.5), (b"g", b"b"), (-1, 1)])
def test_labels_keep_their_type(labels):
    y = np.array(labels)[np.arange(40) % 2]
    binner = fitted(np.arange(40.0)[:, None], y, pos_label=labels[0])
    again = OptimalBinner.from_json(binner.to_json())
    assert_same(again, binner, np.arange(40.0)[:, None])
    assert again.classes_[1] == labels[0]


def test_a_binner_of_every_kind_comes_back_from_a_file(credit, binner, tmp_path):
    X = credit.data[list(binner.tables_)]
    assert binner.to_json(tmp_path / "rules.json") is None
    for path in (tmp_path / "rules.json", str(tmp_path / "rules.json")):
        again = OptimalBinner.from_json(path)
        assert_same(again, binner, X)
    assert again.feature_names_in_.tolist() == list(X)
    assert again.get_params() == binner.get_params() | {"special_values": {"bureau_score": [-1, -7]}}
    assert again.set_output(transform="pandas").transform(X).columns.tolist() == list(X)
    with pytest.raises(ValueError, match="feature names"):
        again.transform(X[list(X)[::-1]])


def test_a_binner_read_back_refuses_what_needs_the_pre_bins_until_it_is_fitted(credit, binner, record):
    again = OptimalBinner.from_json(json.dumps(record))
    with pytest.raises(InputError, match=r"not the pre-bins .* needs fit"):
        again.permutation_test(9)
    with pytest.raises(InputError, match=r"summary\(n_permutations=0\)"):
        again.summary()
    frame = binner.summary(9).to_frame()
    pd.testing.assert_frame_equal(again.summary(0).to_frame(), frame.drop(columns=["pvalue", "pvalue_holm"]))
    assert "permutation" not in str(again.summary(0))
    assert not hasattr(clone(again), "tables_")
    X = credit.data[list(binner.tables_)]
    again.fit(X, credit.target)
    assert again.permutation_test(9).pvalue.shape == (4,)


@pytest.mark.parametrize("parameters", [{"cv": KFold(3)}, {"random_state": np.random.default_rng(0)}])
def test_parameters_without_an_exact_text_are_refused_with_a_way_out(parameters):
    binner = fitted(np.arange(40.0)[:, None], np.arange(40) % 2, **parameters)
    (name,) = parameters
    with pytest.raises(InputError, match=rf"{name}: .* set_params\({name}=None\)"):
        binner.to_json()
    assert binner.set_params(**{name: None}).to_json()


def test_only_a_fitted_binner_is_written():
    with pytest.raises(NotFittedError):
        OptimalBinner().to_json()


# what is no binner


def changed(record, path, value):
    """A copy of the record in which the entry at `path` is another."""
    new = copy.deepcopy(record)
    at = new
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return json.dumps(new)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (["schema"], "kullback.binner/2", "schema must be 'kullback.binner/1'; 'kullback.binner/2' came"),
        (["parameters", "max_cuts"], 3, "'max_cuts', which this version does not know"),
        (["parameters", "max_bins"], "many", "'max_bins' parameter of OptimalBinner must be"),
        (["parameters", "monotonic"], {"pickle": ""}, "is no value"),
        (["classes", "dtype"], "V8", "classes"),
        (["classes", "dtype"], "nonsense", "classes cannot be labels of type 'nonsense'"),
        (["classes", "labels"], [1, 1], "two different labels"),
        (["features"], [], "at least one feature"),
        (["feature_names_in", 0], "wages", "feature_names_in must be the names"),
        (["features", 1, "feature"], "income", "each once"),
        (["features", 0, "feature"], [], "a list or an object"),
        (["features", 0, "kind"], "text", "features[0].kind must be numeric"),
        (["features", 0, "kind"], "categorical", "must have cuts if it is numeric"),
        (["features", 0, "cuts", 0], 1e9, "features[0].cuts must be ascending"),
        (["features", 0, "cuts", 0], {"float": "nan"}, "features[0].cuts must be ascending"),
        (["features", 0, "cuts", 0], "a", "features[0].cuts must be numbers"),
        (["features", 0, "cuts"], [], "features[0].bins must be 1,"),
        (["features", 0, "missing"], 1, "features[0].missing must be true or false; 1 came"),
        (["features", 0, "bins", 0, "woe"], 0.5, "features[0].bins[0].woe is 0.5, but its counts give"),
        (["features", 0, "bins", 0, "counts"], [1.0], "features[0].bins.counts must be numbers"),
        (["features", 0, "bins", 0, "counts", 0], -1.0, "none negative"),
        (["features", 0, "bins", 0, "squares", 0], None, "features[0].bins.squares must be numbers"),
        (["features", 0, "violations"], [3], "must be texts"),
        (["features", 2, "groups", 0], "car", "must be lists of levels"),
        (["features", 2, "groups", 0], ["car", "car"], "one comes twice"),
        (["features", 2, "groups", 0, 0], {"set": []}, "a list or an object"),
        (["information_value", "value"], [0.1], "an entry a feature (4)"),
        (["information_value", "method"], "wald", "must be 'crossfit'"),
        (["information_value", "influence", 0], [0.1], "influence must be numbers"),
    ],
)
def test_what_contradicts_itself_is_refused_with_its_place(record, path, value, said):
    with pytest.raises(InputError, match="The rules cannot be read") as error:
        OptimalBinner.from_json(changed(record, path, value))
    assert said in str(error.value)


@pytest.mark.parametrize("text", ["{", '{"schema": NaN}', '{"schema": "kullback.binner/1", "parameters": 3}', "{}"])
def test_what_is_no_json_of_ours_is_refused(text):
    with pytest.raises(InputError, match="The rules cannot be read"):
        OptimalBinner.from_json(text)


def places(record, path=()):
    yield path
    entries = record.items() if isinstance(record, dict) else enumerate(record) if isinstance(record, list) else ()
    for key, entry in entries:
        yield from places(entry, (*path, key))


def read(text):
    """The binner that a text holds, or None, and what was said of it."""
    try:
        return OptimalBinner.from_json(text), ""
    except InputError as error:
        return None, str(error)


GARBAGE = st.sampled_from(
    [None, True, -1, 1e300, "", "x", [], [[]], {}, {"float": "nan"}, {"tuple": [1]}, [None, None], {"a": {"b": []}}]
)


@settings(max_examples=200)
@given(st.data(), GARBAGE)
def test_any_garbage_is_refused_in_words_or_harmless(record, data, garbage):
    path = data.draw(st.sampled_from([p for p in places(record) if p]))
    again, said = read(changed(record, path, garbage))
    assert said.startswith("The rules cannot be read: ") or np.isfinite(again.information_value_.value).all()


@settings(max_examples=50)
@given(st.data())
def test_an_entry_that_is_missing_is_told_by_name(record, data):
    path = data.draw(st.sampled_from([p for p in places(record) if p and isinstance(p[-1], str)]))
    new = copy.deepcopy(record)
    at = new
    for key in path[:-1]:
        at = at[key]
    del at[path[-1]]
    again, said = read(json.dumps(new))
    if again is None:
        assert str(path[-1]) in said or "schema" in said or "is no value" in said
    else:
        assert path[-1] in ("version", "note", "label", "role") or path[0] == "parameters"


def test_lines_between_bins_and_rare_levels_are_read_back_too():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"x": rng.normal(size=900), "level": rng.choice(list("abcdefg"), 900, p=[0.4, 0.4, *[0.04] * 5])})
    y = (rng.random(900) < 1 / (1 + np.exp(1 - X["x"]))).astype(int)
    binner = OptimalBinner(encode="piecewise").fit(X, y)
    again = OptimalBinner.from_json(binner.to_json())
    np.testing.assert_array_equal(again.transform(X), binner.transform(X))
    joined = OptimalBinner(constraints=BinConstraints(min_level_rows=50)).fit(X, y)
    record = json.loads(joined.set_params(constraints=None).to_json())
    assert (
        OptimalBinner.from_json(json.dumps(record)).tables_["level"].rare_levels == joined.tables_["level"].rare_levels
    )
    assert len(joined.tables_["level"].rare_levels) == 5
    record["features"][0]["centres"] = [3.0, 1.0]
    with pytest.raises(InputError, match=r"features\[0\].centres must ascend"):
        OptimalBinner.from_json(json.dumps(record))
    record["features"][0]["centres"] = [1.0]
    with pytest.raises(InputError, match=r"features\[0\].centres must be one a regular bin"):
        OptimalBinner.from_json(json.dumps(record))
