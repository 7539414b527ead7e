"""The report of bounds: its numbers are the package's, its sentences true, and nothing is left out in silence."""

import html
import itertools
import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from sklearn.ensemble import ExtraTreesRegressor

from html_page import Page
from kullback.bounds import CausalBounds, under_assumptions
from kullback.datasets import make_confounded
from kullback.exceptions import InputError
from kullback.report import bounds_report, read_table
from kullback.report._bounds_sections import _narrows

N = 300
FEW_TREES = ExtraTreesRegressor(10, min_samples_leaf=10, random_state=0)


def table(n=N, seed=0, effect=0.0):
    drawn = make_confounded(n, random_state=seed)
    return drawn.X[["x0", "x1"]].assign(y=drawn.outcome + effect * drawn.treatment, a=drawn.treatment)


def report_of(data, **given):
    return bounds_report(data, **({"outcome": "y", "treatment": "a", "cv": 2, "outcome_estimator": FEW_TREES} | given))


def record(report, key):
    return next(entry for entry in report.numbers["assumptions"] if entry["key"] == key)


def rules(report):
    return {finding["rule"]: finding for finding in report.numbers["findings"]}


@pytest.fixture(scope="module")
def bounded():
    data = table().assign(sex=np.where(np.arange(N) % 3 == 0, "f", "m"))
    return report_of(data, outcome_bounds=(0, 1), group="sex", command="kullback bounds t.csv")


@pytest.fixture(scope="module")
def unbounded():
    return report_of(table(effect=0.4))


def test_each_assumption_is_what_a_fit_of_its_own_gives(bounded):
    data = table().assign(**{"sex=m": (np.arange(N) % 3 != 0) + 0.0})
    X = data[["x0", "x1", "sex=m"]]
    asked = {
        "nothing": {"outcome_bounds": (0, 1)},
        "response": {"outcome_bounds": (0, 1), "assumptions": ("mtr",)},
        "selection": {"outcome_bounds": (0, 1), "assumptions": ("mts",)},
        "both": {"outcome_bounds": (0, 1), "assumptions": ("mtr", "mts")},
        "odds_1.5": {"outcome_bounds": (0, 1), "odds_ratio_bound": 1.5},
    }
    for key, parameters in asked.items():
        bounds = CausalBounds(cv=2, outcome_estimator=FEW_TREES, random_state=0, **parameters).fit(
            X, data["y"], treatment=data["a"]
        )
        expected = bounds.average_bounds().to_frame().iloc[0]
        said = record(bounded, key)
        for column in expected.index if not said["crossed"] else ["lower", "upper", "lower_se", "upper_se"]:
            assert said[column] == pytest.approx(expected[column], abs=1e-12), (key, column)


def test_without_an_assumption_the_interval_is_the_range_wide_and_holds_zero(bounded):
    assert record(bounded, "nothing")["width"] == pytest.approx(1)
    assert record(bounded, "nothing")["holds_null"]
    assert "as wide as the range of y, 0 to 1, and holds 0" in bounded.numbers["headline"][0]


def test_without_a_range_what_has_no_bound_has_no_number(unbounded):
    for key in ("nothing", "response", "selection"):
        assert "infinite" in record(unbounded, key)["not_run"]
        assert "lower" not in record(unbounded, key)
    assert "do not bound" in unbounded.numbers["headline"][0]
    assert "divergences" not in unbounded.numbers
    treated = unbounded.numbers["distributions"][0]
    assert treated["treatment"] == "1"
    assert all(0 <= entry["lower"] <= entry["upper"] <= 1 for entry in treated["cdf"])
    assert "\u2212\u221e to" in unbounded.to_html()


def test_breakdown_values_are_the_estimator_s_and_the_sentences_say_them(unbounded):
    alone = under_assumptions(unbounded.bounds, assumptions=())
    said, expected = unbounded.numbers["frontier"]["breakdown"], alone.breakdown_value()
    assert (said["bounds"], said["limits"]) == (expected.bounds, expected.limits)
    assert said["limits"] > 1
    assert f"by a factor of {said['limits']:.2f} is enough" in unbounded.numbers["headline"][1]
    chance = f"between {1 / (1 + said['limits']):.0%} and {said['limits'] / (1 + said['limits']):.0%}"
    assert chance in unbounded.numbers["frontier"]["words"][0]


def test_the_frontier_passes_its_breakdown_value(unbounded):
    points = unbounded.numbers["frontier"]["points"]
    assert points[-1]["odds_ratio"] >= min(unbounded.numbers["frontier"]["breakdown"]["bounds"], 20)
    assert points[0]["lower"] == record(unbounded, "odds_1")["lower"]


def test_an_effect_that_cannot_be_told_from_none_has_nothing_to_overturn(bounded):
    if bounded.numbers["frontier"]["breakdown"]["limits"] == 1:
        assert "cannot be told from 0" in bounded.numbers["headline"][1]
    null = record(bounded, "odds_1")["lower"]
    held = report_of(table(), outcome_bounds=(0, 1), null=round(null, 3))
    assert "nothing" not in held.numbers["frontier"]["words"][0]
    assert "there is no claim to overturn" in held.numbers["frontier"]["words"][0]


def test_groups_are_those_of_gate_and_a_text_is_one_covariate(bounded):
    groups = bounded.numbers["groups"]
    assert [group["group"] for group in groups] == ["f", "m"]
    assert sum(group["rows"] for group in groups) == N
    codes = (np.arange(N) % 3 != 0) + 0
    free = under_assumptions(bounded.bounds, odds_ratio_bound=None, assumptions=())
    expected = free.gate(codes).lower.value
    assert [group["bounds"]["nothing"]["lower"] for group in groups] == expected.tolist()
    assert {"name": "sex", "columns": ["sex=m"]} in bounded.numbers["data"]["covariates"]
    assert {entry["covariate"] for entry in bounded.numbers["frontier"]["benchmark"]} == {"x0", "x1", "sex"}


def test_a_ball_is_never_tighter_than_the_worst_case(bounded):
    exact, *balls = bounded.numbers["divergences"]
    assert exact["divergence"] == "worst_case"
    for ball in balls:
        assert ball["upper"] - ball["lower"] >= exact["upper"] - exact["lower"] - 1e-9


@pytest.mark.parametrize("kind", ["bounded", "unbounded"])
def test_the_page_needs_no_other_file_and_closes_what_it_opens(kind, request):
    report = request.getfixturevalue(kind)
    text, page = report.to_html(), Page()
    page.feed(text)
    assert page.open == page.addresses == []
    assert len(page.ids) == len(set(page.ids))
    assert "<script" not in text
    assert {link[1:] for link in re.findall(r'href="(#[^"]+)"', text)} <= set(page.ids)
    assert text.count("<svg") == len(report.figures)
    assert not re.search(r"\b(NaN|Infinity)\b", report.to_json())
    assert json.loads(report.to_json()) == json.loads(json.dumps(report.numbers))


def test_a_report_is_made_again_from_what_its_page_prints_to_the_same_bytes(bounded):
    text = html.unescape(bounded.to_html().partition('id="again"')[2])
    arguments = re.search(r"arguments</td><td class=\"t\"><code>(.+?)</code>", text).group(1)
    data = table().assign(sex=np.where(np.arange(N) % 3 == 0, "f", "m"))
    again = bounds_report(data, **eval(f"dict({arguments})", globals()), command="kullback bounds t.csv")
    assert again.to_html() == bounded.to_html()
    assert again.to_json() == bounded.to_json()


def test_decreasing_assumptions_mirror_those_of_the_negative_outcome():
    data = table()
    falling = report_of(data, outcome_bounds=(0, 1), monotone="decreasing")
    mirrored = report_of(data.assign(y=1 - data["y"]), outcome_bounds=(0, 1))
    for key in ("response", "selection", "both"):
        assert record(falling, key)["lower"] == pytest.approx(-record(mirrored, key)["upper"], abs=1e-9)
    assert "No one's y would be higher under a = 1 than under 0" in record(falling, "response")["words"]


def test_swapped_arms_turn_the_effect_about():
    data = table()
    plain, swapped = (report_of(data, outcome_bounds=(0, 1), arm=arm, control=1 - arm) for arm in (1, 0))
    assert record(swapped, "odds_1.5")["lower"] == pytest.approx(-record(plain, "odds_1.5")["upper"], abs=0.02)
    assert "a = 0 than under 1" in record(swapped, "response")["words"]
    assert record(swapped, "response")["lower"] == 0


def three(ordered):
    data = table()
    third = (np.arange(N) % 3 == 0) & (data["a"] == 1)
    return data.assign(
        a=np.where(third, 2, data["a"]) if ordered else np.where(third, "b", np.where(data["a"], "c", "d"))
    )


def test_of_three_treatments_two_are_named_and_the_interval_is_wider_than_the_range():
    with pytest.raises(InputError, match=r"3 levels \(0, 1, 2\): name the two to compare"):
        report_of(three(ordered=True))
    report = report_of(three(ordered=True), outcome_bounds=(0, 1), arm=2, control=0)
    assert record(report, "nothing")["width"] > 1
    assert "wider than the range" in report.numbers["headline"][0]
    odds = "odds of a = 2 against all others and odds of a = 0 against all others"
    assert f"{odds} by more" in record(report, "odds_2")["words"]
    assert record(report, "selection")["not_run"] == "For two treatments only."
    assert record(report, "response")["lower"] == 0
    texts = report_of(three(ordered=False), outcome_bounds=(0, 1), arm="b", control="d")
    assert record(texts, "response")["not_run"] == "The treatments have no order."
    data = three(ordered=False)
    data["a"] = pd.Categorical(data["a"], ["d", "c", "b"], ordered=True)  # not that of the alphabet
    declared = report_of(data, outcome_bounds=(0, 1), arm="b", control="d")
    assert record(declared, "response")["lower"] == 0


@pytest.mark.parametrize("estimand", ["att", "mean"])
def test_other_estimands_have_their_words(estimand):
    report = report_of(table(), outcome_bounds=(0, 1), estimand=estimand)
    words = {"att": "among those with 1", "mean": "the mean of y were all under a = 1"}[estimand]
    assert words in report.numbers["estimand"]["words"]
    assert (report.numbers["frontier"]["breakdown"] is None) == (estimand == "mean")
    assert ("holds 0" in report.numbers["headline"][0]) == (estimand == "att")
    report.to_html()


def test_zero_and_one_are_a_range_and_texts_for_treatments_are_told():
    data = table().assign(y=lambda d: (d["y"] > 0.5) + 0, a=lambda d: np.where(d["a"] == 1, "drug", "placebo"))
    report = report_of(data)
    assert report.numbers["data"]["outcome"]["support_source"] == "an outcome of 0 and 1"
    assert report.numbers["data"]["treatment"]["treated"] == "placebo"
    assert "'placebo', the last in the alphabet" in rules(report)["treated assumed"]["evidence"]
    assert "treated assumed" not in rules(report_of(data, arm="drug"))


def test_rows_with_missing_values_are_refused_and_left_out_on_request():
    data = table()
    data.loc[:9, "x0"] = np.nan
    data.loc[5:14, "y"] = np.nan
    with pytest.raises(
        InputError, match=r"'y' in 10, 'x0' in 10 of 300 rows, 15 rows in all.*--exclude.*--drop-missing"
    ):
        report_of(data)
    report = report_of(data, drop_missing=True, outcome_bounds=(0, 1))
    assert report.numbers["data"]["rows"] == 285
    assert report.numbers["data"]["dropped"] == {"missing y": 10, "missing x0": 10, "missing": 15}
    assert rules(report)["rows left out"]["evidence"] == "15 of 300 rows have missing values."
    complete = report_of(data.dropna().reset_index(drop=True), outcome_bounds=(0, 1))
    for said, expected in zip(report.numbers["assumptions"], complete.numbers["assumptions"], strict=True):
        assert said | {"half_variance_first": 0} == expected | {"half_variance_first": 0}
        first = [n - 15 for n in said["half_variance_first"]]  # rows are those of the table with the gaps
        assert first == expected["half_variance_first"]
    assert complete.numbers["data"]["missed"] == []
    compared = {entry["column"]: entry for entry in report.numbers["data"]["missed"]}
    kept, lost = data.iloc[15:], data.iloc[:15]
    assert compared["y"]["kept"] == pytest.approx(kept["y"].mean())
    assert compared["y"]["left_out"] == pytest.approx(lost["y"].mean())
    assert (compared["y"]["rows_left_out"], compared["x0"]["rows_left_out"], compared["a"]["rows_left_out"]) == (
        5,
        5,
        15,
    )


def test_weights_count_as_rows_do_and_rows_of_weight_zero_are_told():
    data = table().assign(w=np.where(np.arange(N) % 2, 0.0, 2.0))
    report = report_of(data, weight="w", outcome_bounds=(0, 1))
    half = report_of(data[data["w"] > 0].drop(columns="w").reset_index(drop=True), outcome_bounds=(0, 1))
    assert report.numbers["data"]["dropped"] == {"weight 0": N // 2}
    assert record(report, "odds_1")["lower"] == pytest.approx(record(half, "odds_1")["lower"], abs=1e-3)
    assert "sampling weights of w" in report.to_html()


def test_clusters_are_counted_and_change_the_error():
    data = table().assign(g=np.arange(N) // 10)
    report = report_of(data, clusters="g", outcome_bounds=(0, 1))
    assert report.numbers["data"]["n_clusters"] == N // 10
    assert "g" not in {entry["name"] for entry in report.numbers["data"]["covariates"]}
    assert "rows of different clusters" in report.to_html()


def test_rows_or_clusters_that_make_half_of_a_variance_are_those_of_the_fit():
    data = table().assign(g=np.char.add("c", (np.arange(N)[::-1] // 10).astype(str)))
    for given, unit, labels in (({}, "rows", np.arange(1, N + 1)), ({"clusters": "g"}, "clusters", data["g"])):
        report = report_of(data, covariates=["x0", "x1"], outcome_bounds=(0, 1), **given)
        said = record(report, "odds_1")
        assert said["half_variance_unit"] == unit
        part = under_assumptions(report.bounds, assumptions=()).average_bounds().lower.influence[:, 0] ** 2
        ranked = pd.unique(labels)[np.argsort(-part, kind="stable")]
        count = said["half_variance_rows"]
        assert said["half_variance_first"] == ranked[: min(count, 5)].tolist()
        assert np.sort(part)[::-1][:count].sum() >= part.sum() / 2 > np.sort(part)[::-1][: count - 1].sum()
        assert json.loads(report.to_json())["run"]["clusters"] == given.get("clusters")


def test_bounds_that_cross_have_no_limits_anywhere():
    data = table(effect=-0.6)
    report = report_of(data.assign(g="one"), outcome_bounds=(-0.6, 1), group="g")
    crossed = record(report, "both")
    assert crossed["crossed"]
    assert crossed["lower"] > crossed["upper"]
    assert crossed["limit_lower"] is crossed["limit_upper"] is crossed["holds_null"] is None
    row = re.search(r"response and selection</b></td>.*?</tr>", report.to_html(), re.DOTALL).group()
    assert 'cross</span></td><td data-l="95% limits">none</td>' in row
    assert "yes" not in row
    assert "narrow there, and no sharp finding" in report.to_html()


def test_limits_that_move_inwards_are_explained(bounded, unbounded):
    for report in (bounded, unbounded):
        points = report.numbers["frontier"]["points"]
        inwards = any(
            b["limit_lower"] > a["limit_lower"] or b["limit_upper"] < a["limit_upper"]
            for a, b in itertools.pairwise(points)
        )
        assert report.numbers["frontier"]["limits_narrow"] == inwards
        assert ("Limits may move inwards" in report.to_html()) == inwards


def test_the_explanation_comes_with_limits_that_move_inwards(bounded):
    assert not _narrows(np.array([0.0, -0.1]), np.array([1.0, 1.0 + 1e-12]))
    assert _narrows(np.array([0.0, 0.1]), np.array([1.0, 1.0]))
    assert _narrows(np.array([0.0, -0.1]), np.array([1.0, 0.9]))
    told = {**bounded.numbers, "frontier": {**bounded.numbers["frontier"], "limits_narrow": True}}
    assert "Limits may move inwards" in replace(bounded, numbers=told).to_html()


def test_arms_have_their_error_and_covariates_their_difference(bounded):
    data = table()
    one, two = (data[data["a"] == arm] for arm in (1, 0))
    levels = {level["label"]: level for level in bounded.numbers["data"]["treatment"]["levels"]}
    assert levels["1"]["mean_outcome_se"] == pytest.approx(one["y"].std(ddof=0) / np.sqrt(len(one)))
    balance = {entry["column"]: entry for entry in bounded.numbers["data"]["balance"]}
    assert set(balance) == {"x0", "x1", "sex=m"}
    spread = np.sqrt((one["x0"].var(ddof=0) + two["x0"].var(ddof=0)) / 2)
    assert balance["x0"]["difference"] == pytest.approx((one["x0"].mean() - two["x0"].mean()) / spread)


def test_a_slope_has_the_error_of_a_logistic_regression(bounded):
    share, inside = bounded.bounds.propensity_[:, 1], table()["a"] == 1
    fitted = sm.Logit(inside, sm.add_constant(np.log(share / (1 - share)))).fit(disp=0)
    said = next(entry for entry in bounded.numbers["overlap"]["treatments"] if entry["treatment"] == "1")
    assert said["calibration_slope"] == pytest.approx(fitted.params.iloc[1], rel=1e-5)
    assert said["calibration_slope_se"] == pytest.approx(fitted.bse.iloc[1], rel=1e-5)
    assert isinstance(said["rows"], int)
    assert isinstance(said["rows_below_0.05"], int)


def test_a_range_with_one_end_serves_where_the_other_is_not_needed():
    report = report_of(table(effect=0.4), outcome_bounds=(-1, np.inf), estimand="att")
    assert record(report, "response")["lower"] == 0
    assert record(report, "both")["upper"] > 0
    assert "infinite" in record(report, "nothing")["not_run"]
    assert report.numbers["data"]["outcome"]["support"] == [-1, None]
    assert "has one end only" in report.numbers["headline"][0]
    text = report.to_html()
    assert "\u22121 to \u221e (stated)" in text
    assert "Monotone response and selection have a sign" in text
    json.loads(report.to_json())


def test_what_was_not_run_is_not_explained():
    for report in (report_of(table(), outcome_bounds=(0, 1), estimand="mean"),
                   report_of(three(ordered=False), outcome_bounds=(0, 1), arm="b", control="d")):  # fmt: skip
        assert "have a sign in them" not in report.to_html()


def test_covariates_that_no_one_named_are_listed(bounded):
    assert "for covariates: x0, x1, sex." in rules(bounded)["covariates not named"]["evidence"]


@pytest.mark.parametrize(
    ("column", "role", "said"),
    [
        ("g", "group", "label of their own"),
        ("w", "weight", "weight 0"),
        ("a", "treatment", "write down"),
        ("g", "clusters", "a label each"),
    ],
)
def test_advice_on_missing_values_fits_the_column(column, role, said):
    data = table().assign(g="one", w=1.0).astype({"a": float})
    data.loc[3, column] = None
    with pytest.raises(InputError, match=f"{said}.*--drop-missing") as raised:
        report_of(data, covariates=["x0"], **({} if role == "treatment" else {role: column}))
    assert "--exclude" not in str(raised.value)


def test_labels_with_blanks_are_quoted():
    data = table().assign(a=lambda d: np.where(d["x0"] > 0.7, "long course", np.where(d["a"] == 1, "short", "none")))
    with pytest.raises(InputError, match=r"\('long course', none, short\)"):
        report_of(data)


def test_a_table_from_a_file_has_its_hash(tmp_path):
    table().to_csv(tmp_path / "t.csv", index=False, sep=";", decimal=",")
    report = report_of(read_table(tmp_path / "t.csv", delimiter=";"), covariates=["x0"], outcome_bounds=(0, 1))
    assert len(report.numbers["run"]["data"]["sha256"]) == 64
    assert "decimal commas" in rules(report)
    assert "covariates not named" not in rules(report)


def test_a_hostile_name_is_text_not_markup():
    data = table().rename(columns={"x0": "<script>alert(1)</script>"})
    text = report_of(data, outcome_bounds=(0, 1)).to_html()
    assert "<script" not in text
    assert "&lt;script&gt;" in text


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"outcome": "Y2"}, "no column 'Y2', named as the outcome. Did you mean 'y2'"),
        ({"treatment": "nothing"}, "no column 'nothing', named as the treatment"),
        ({"covariates": ["x0", "x9"]}, "no column 'x9', named as the covariate"),
        ({"exclude": ["x9"]}, "no column 'x9'"),
        ({"treatment": "one"}, "must have two levels or more; every row has 'only'"),
        ({"treatment": "x0"}, "at most 20 levels"),
        ({"outcome": "text"}, "must hold numbers; it holds 'no', 'yes'"),
        ({"outcome": "same"}, "is 3 in every row"),
        ({"outcome_bounds": (0, 0.5)}, "must lie in the stated bounds, 0 to 0.5"),
        ({"outcome_bounds": (1, 0)}, "LOW below HIGH"),
        ({"outcome_bounds": (-np.inf, np.inf)}, "must have a finite end"),
        ({"arm": "7"}, "'7' is no level of the treatment, 'a'; it has 0, 1"),
        ({"arm": 1, "control": "1"}, "must be two treatments"),
        ({"estimand": "cate"}, "one of ate, att, mean"),
        ({"estimand": "mean", "control": 0}, "without --control"),
        ({"estimand": "att", "group": "text"}, "Groups go with"),
        ({"group": "x0"}, "at most 20 groups"),
        ({"monotone": "up"}, "increasing, decreasing"),
        ({"outcome": "a"}, "named as the outcome and as the treatment"),
        ({"covariates": ["y"]}, "is the outcome, and cannot be a covariate"),
        ({"covariates": ["x0"], "exclude": ["x0"]}, "both be a covariate and excluded"),
        ({"covariates": ["name"]}, "The covariate 'name' cannot be used"),
        ({"confidence_level": 95}, "confidence_level"),
        ({"weight": "negative"}, "none negative"),
        ({"covariates": ["infinite"]}, "must hold finite numbers; 1 rows"),
        ({"outcome": "infinite"}, "must hold finite numbers; 1 rows"),
    ],
)
def test_what_cannot_be_done_is_refused(given, said):
    data = table().assign(
        y2=1.0, one="only", text=lambda d: np.where(d["y"] > 0.5, "yes", "no"), same=3.0, negative=-1.0,
        name=[f"p{i}" for i in range(N)], infinite=np.append(np.inf, np.zeros(N - 1)),
    )  # fmt: skip
    with pytest.raises(InputError, match=re.escape(said)):
        report_of(data, **given)


def test_pandas_categories_and_booleans_are_treatments_and_outcomes():
    data = table().assign(a=lambda d: pd.Categorical(np.where(d["a"] == 1, "new", "old")), y=lambda d: d["y"] > 0.5)
    report = report_of(data, arm="new", covariates=["x0"])
    assert report.numbers["data"]["outcome"]["binary"]
    assert report.numbers["data"]["treatment"]["control"] == "old"


def test_only_the_ratios_of_weights_count():
    data = table().assign(w=np.tile([1.0, 2.0, 4.0], N // 3))
    one, other = (
        report_of(data.assign(w=data["w"] * scale), weight="w", outcome_bounds=(0, 1)).numbers for scale in (1.0, 1e-3)
    )
    for part in ("assumptions", "frontier"):
        found, expected = (json.dumps(numbers[part], sort_keys=True) for numbers in (other, one))
        numbers_of = [np.array(re.findall(r"-?\d+\.\d+(?:e-?\d+)?", text), dtype=float) for text in (found, expected)]
        np.testing.assert_allclose(*numbers_of, rtol=1e-8, atol=1e-12)
