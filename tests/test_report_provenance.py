"""A report can be made again from what it prints."""

import html
import re

import numpy as np
import pandas as pd

from kullback.binning import OptimalBinner
from kullback.report import scorecard_report
from kullback.report._provenance import changed
from kullback.scorecard import Scorecard


def test_a_report_is_made_again_from_what_its_page_prints():
    rng = np.random.default_rng(0)
    x, z = rng.normal(size=(2, 2000))
    y = np.where(rng.random(2000) < 1 / (1 + np.exp(1.5 - x)), "bad", "good")
    data = pd.DataFrame({"x": np.where(z > 1.5, -999, x), "z": z, "status": y, "w": 1.0 + (z > 0), "sex": x > z})
    binner = OptimalBinner(special_values={"x": [-999]}, max_bins=np.int64(4))
    first = scorecard_report(
        data,
        target="status",
        event="bad",
        protected=["sex"],
        keep=["z"],
        weight="w",
        test_size=0.25,
        n_permutations=39,
        random_state=3,
        scorecard=Scorecard(binner=binner, pdo=40),
    )
    text = html.unescape(first.to_html().partition('id="again"')[2])
    arguments = re.search(r"arguments</td><td class=\"t\"><code>(.+?)</code>", text).group(1)
    card = re.search(r"<code>(Scorecard\(.*?\))</code>", text).group(1)
    assert card == "Scorecard(binner=OptimalBinner(max_bins=4, special_values={'x': [-999]}), pdo=40)"
    names = {"Scorecard": Scorecard, "OptimalBinner": OptimalBinner}
    again = scorecard_report(data, **eval(f"dict({arguments})"), scorecard=eval(card, names))
    assert again.to_json() == first.to_json()


def test_parameters_are_json_and_all_of_them_are_there():
    data = pd.DataFrame({"x": np.arange(400.0), "bad": (np.arange(400) * 7 % 10 < np.arange(400) // 60) + 0})
    binner = OptimalBinner(prebinning={"x": np.array([100.0, 200.0])}, random_state=np.random.RandomState(0))
    run = scorecard_report(data, target="bad", scorecard=Scorecard(binner=binner), n_permutations=19).numbers["run"]
    assert set(run["scorecard"]) | {"binner"} == set(Scorecard().get_params(deep=False))
    assert set(run["binner"]) == set(OptimalBinner().get_params(deep=False))
    assert run["binner"]["prebinning"] == {"x": [100.0, 200.0]}
    assert run["binner"]["random_state"].startswith("RandomState")


def test_the_defaults_print_as_no_parameters():
    data = pd.DataFrame({"x": np.arange(400.0), "bad": (np.arange(400) * 7 % 10 < np.arange(400) // 60) + 0})
    assert changed(scorecard_report(data, target="bad", n_permutations=19).numbers["run"]) == "Scorecard()"
