"""Whatever a user gets can be saved, and says the same when it is loaded."""

import copy
import json
import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from kullback.binning import InformationSelector, OptimalBinner, TwoWayBinner
from kullback.datasets import make_credit
from kullback.inference import Estimate, TwoSamples
from kullback.information import DIVERGENCES
from kullback.metrics import calibration_test, information_value, ks_statistic, roc_auc
from kullback.scorecard import PointScale, Scorecard


@pytest.fixture(scope="module")
def credit():
    return make_credit(500, event_rate=0.3, n_noise=0, random_state=0)


@pytest.fixture(scope="module")
def rows(credit):
    return credit.data[["income", "purpose", "bureau_score"]], credit.target


@pytest.fixture(scope="module")
def binner(rows):
    return OptimalBinner(special_values={"bureau_score": [-1]}).fit(*rows)


@pytest.fixture(scope="module")
def card(rows, binner):
    return Scorecard(binner=binner).fit(*rows)


@pytest.fixture(scope="module")
def table(binner):
    return binner.tables_["purpose"].contingency


MAKERS = {
    "binner": lambda f: f("binner"),
    "selector": lambda f: InformationSelector(max_pvalue=None).fit(*f("rows")),
    "two features": lambda f: TwoWayBinner(features=["income", "purpose"]).fit(*f("rows")),
    "scorecard": lambda f: f("card"),
    "binning table": lambda f: f("binner").tables_["purpose"],
    "information values": lambda f: f("binner").information_value_,
    "coefficients": lambda f: f("card").coefficients_,
    "summary": lambda f: f("card").summary(),
    "scale": lambda f: PointScale(20, 600, 50),
    "estimate": lambda f: Estimate([1.0, 2.0], [[0.5, 0.0], [0.0, 0.5]], names=["a", "b"], sample_id="rows"),
    "test": lambda f: f("binner").permutation_test(9),
    "information value": lambda f: information_value(f("table").counts[:, 1], f("table").counts[:, 0]),
    "area": lambda f: roc_auc(f("credit").target, f("credit").probability),
    "KS": lambda f: ks_statistic(f("credit").target, f("credit").probability),
    "calibration": lambda f: calibration_test(f("credit").target, f("credit").probability),
    "contingency": lambda f: f("table"),
    "two samples": lambda f: TwoSamples.from_table(f("table")),
    "simulated": lambda f: f("credit"),
}


def state(thing):
    """All that a thing holds, as something that compares."""
    if isinstance(thing, np.ndarray):
        return thing.dtype.str, thing.shape, thing.tolist()
    if isinstance(thing, pd.DataFrame):
        return thing.to_dict("tight")
    if isinstance(thing, dict):
        return {key: state(value) for key, value in thing.items()}
    if isinstance(thing, list | tuple):
        return [state(value) for value in thing]
    if type(thing).__module__.startswith("kullback"):
        return type(thing), state(vars(thing))
    return thing if isinstance(thing, str | int | float | bool | type(None)) else type(thing)


@pytest.mark.parametrize("way", ["pickle", "deepcopy"])
@pytest.mark.parametrize("name", MAKERS)
def test_a_copy_holds_the_same(name, way, request):
    thing = MAKERS[name](request.getfixturevalue)
    again = pickle.loads(pickle.dumps(thing)) if way == "pickle" else copy.deepcopy(thing)
    assert again is not thing
    assert type(again) is type(thing)
    np.testing.assert_equal(state(again), state(thing))


@pytest.mark.parametrize("name", DIVERGENCES)
def test_divergences_come_back_as_themselves(name):
    again = pickle.loads(pickle.dumps(DIVERGENCES[name]))
    p, q = np.array([0.2, 0.8]), np.array([0.5, 0.5])
    np.testing.assert_array_equal(again.terms(p, q), DIVERGENCES[name].terms(p, q))


def test_a_loaded_estimate_still_pairs_with_its_sample():
    one = Estimate([1.0], [[0.5], [0.5]], sample_id="rows")
    difference = pickle.loads(pickle.dumps(one)) - one
    np.testing.assert_array_equal(difference.standard_error, 0)


def test_a_loaded_binner_goes_on_where_the_saved_one_was(rows, binner):
    X, y = rows
    again, encoded = pickle.loads(pickle.dumps(binner)), binner.transform(X)
    np.testing.assert_array_equal(again.transform(X), encoded)
    np.testing.assert_array_equal(again.inverse_transform(encoded), binner.inverse_transform(encoded))
    np.testing.assert_array_equal(again.permutation_test(19).pvalue, binner.permutation_test(19).pvalue)
    assert str(again.tables_["purpose"]) == str(binner.tables_["purpose"])
    np.testing.assert_array_equal(again.fit(X, y).transform(X), encoded)


def test_a_saved_card_scores_in_a_fresh_process_without_the_libraries_of_its_fit(rows, card, tmp_path):
    few = rows[0].head(20)
    (tmp_path / "card.pkl").write_bytes(pickle.dumps(card))
    few.to_pickle(tmp_path / "rows.pkl")
    code = """
import json, pathlib, pickle, sys
import pandas as pd
folder = pathlib.Path(sys.argv[1])
card, rows = pickle.loads((folder / "card.pkl").read_bytes()), pd.read_pickle(folder / "rows.pkl")
numbers = card.points(rows).tolist() + card.event_probability(rows).tolist()
print(json.dumps([numbers, sorted({"statsmodels", "xgboost", "matplotlib", "pulp"} & set(sys.modules))]))
"""
    run = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    numbers, loaded = json.loads(run.stdout)
    assert numbers == [*card.points(few), *card.event_probability(few)]
    assert loaded == []
