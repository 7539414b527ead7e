"""The report: its numbers are the package's, its page needs nothing else, and nothing is half-written."""

import json
import re

import numpy as np
import pandas as pd
import polars as pl
import pytest

from html_page import Page
from kullback.binning import OptimalBinner
from kullback.datasets import make_credit
from kullback.exceptions import InputError
from kullback.metrics import gini, population_stability_index, roc_auc
from kullback.report import read_table, scorecard_report
from kullback.report._rows import match_label
from kullback.scorecard import Scorecard


def credit(n=2500, seed=0):
    drawn = make_credit(n, event_rate=0.2, n_noise=2, random_state=seed)
    return drawn.data.assign(bad=drawn.target, status=np.where(drawn.target == 1, "bad", "good"))


@pytest.fixture(scope="module")
def table():
    return credit()


@pytest.fixture(scope="module")
def report(table):
    return scorecard_report(
        table.drop(columns="status"),
        target="bad",
        protected="group",
        out_of_time=credit(1500, seed=1).drop(columns="status"),
        n_permutations=99,
        command="kullback scorecard credit.csv",
    )


def test_the_json_holds_every_number_and_only_numbers_that_are(report):
    numbers = json.loads(report.to_json())
    assert numbers == json.loads(json.dumps(report.numbers))
    assert numbers["schema"] == "kullback.scorecard/2"
    assert not re.search(r"\b(NaN|Infinity)\b", report.to_json())
    assert set(numbers["performance"]) == {"train", "test", "out_of_time"}
    assert len(numbers["features"]) == 10  # all but the target and the protected column


def test_each_feature_has_its_interval_and_says_how_it_was_obtained(report):
    for record in report.numbers["features"]:
        assert record["iv_lower"] <= max(record["iv"], 0.0) <= record["iv_upper"]
        assert "cross-fitted" in record["iv_method"]
        assert "permutation of labels (99)" in record["pvalue_method"]
        assert record["pvalue"] <= record["pvalue_adjusted"]
        assert "table-based" in record["iv_table"]["method"]
        assert set(record["stability"]) == {"test", "out_of_time"}
    values = [record["iv"] for record in report.numbers["features"]]
    assert values == sorted(values, reverse=True)


def test_noise_stays_out_and_strong_features_come_in(report):
    chosen = {record["feature"] for record in report.numbers["features"] if record["in_model"]}
    assert {"utilization", "bureau_score", "income"} <= chosen
    assert not chosen & {"noise_0", "noise_1", "group"}
    assert chosen == set(report.card.features_)


def test_the_test_rows_are_those_of_the_stratified_split_and_their_figures_the_metrics(report, table):
    from sklearn.model_selection import train_test_split

    _, test = train_test_split(table, test_size=0.3, random_state=0, stratify=table["bad"])
    features = list(report.card.binner_.tables_)
    probability = report.card.event_probability(test[features])
    said = report.numbers["performance"]["test"]
    assert said["auc"]["value"] == pytest.approx(float(roc_auc(test["bad"], probability)), abs=1e-12)
    assert said["gini"]["lower"] == pytest.approx(gini(test["bad"], probability).conf_int()[0, 0], abs=1e-12)
    assert said["rows"] == len(test)
    assert said["calibration"]["slope"]["lower"] < 1 < said["calibration"]["slope"]["upper"]


def test_the_stability_of_the_score_is_the_psi_over_the_training_deciles(report, table):
    from sklearn.model_selection import train_test_split

    train, _ = train_test_split(table, test_size=0.3, random_state=0, stratify=table["bad"])
    later = credit(1500, seed=1)
    features = list(report.card.binner_.tables_)
    first, second = (report.card.points(rows[features]) for rows in (train, later))
    cuts = np.unique(np.quantile(first, np.arange(1, 10) / 10, method="inverted_cdf"))
    psi = population_stability_index(first, second, bins=cuts)
    said = report.numbers["stability"]["out_of_time"]
    assert said["value"] == pytest.approx(float(psi), abs=1e-12)
    assert said["pvalue"] == pytest.approx(psi.pvalue[0], abs=1e-12)
    assert said["pvalue_at_least_0.1"] == pytest.approx(psi.test(0.1, "less").pvalue[0], abs=1e-12)


def test_the_scorecard_in_the_report_is_the_card(report):
    points = [row["points"] for row in report.numbers["scorecard"]]
    assert points == report.card.table_["points"].tolist()
    coefficients = report.numbers["coefficients"]
    assert not any(record["sign_conflict"] for record in coefficients)
    assert [record["se"] for record in coefficients] == report.card.coefficients_.standard_error.tolist()
    assert {key for record in coefficients for key in record} == {
        "name",
        "value",
        "se",
        "lower",
        "upper",
        "sign_conflict",
    }  # a coefficient tests nothing


def test_the_protected_column_is_judged_and_never_predicts(report):
    assert "group" not in report.card.binner_.tables_
    said = report.numbers["disparity"]["group"]["test"]
    assert said["adverse_impact_ratio"]["reference"] == "0"
    ratio = said["adverse_impact_ratio"]["ratios"]["1"]["value"]
    rates = said["acceptance_rates"]
    assert ratio == pytest.approx(rates["1"]["value"] / rates["0"]["value"], abs=1e-12)
    assert set(said["score_information"]) == {"1"}


def test_the_page_needs_no_other_file_and_closes_what_it_opens(report):
    text = report.to_html()
    page = Page()
    page.feed(text)
    assert page.open == []
    assert page.addresses == []
    assert len(page.ids) == len(set(page.ids))
    assert "<script" not in text
    assert "@import" not in text
    assert {link[1:] for link in re.findall(r'href="(#[^"]+)"', text)} <= set(page.ids)


def test_the_page_shows_pictures_of_all_that_the_issue_of_a_report_asks(report):
    assert {"iv", "roc", "ks", "calibration", "scores", "woe:income"} <= set(report.figures)
    text = report.to_html()
    assert text.count("<svg") == len(report.figures)
    for said in ("SHA-256", "kullback scorecard credit.csv", "numpy", "out of time", "adverse impact ratio"):
        assert said in text


def test_a_hostile_name_is_text_not_markup():
    drawn = credit(800).rename(columns={"income": "<script>alert(1)</script>"})
    text = scorecard_report(drawn.drop(columns="status"), target="bad", n_permutations=19).to_html()
    assert "<script" not in text
    assert "&lt;script&gt;" in text


def test_the_same_data_and_seed_give_the_same_bytes(table):
    data = table[["income", "utilization", "purpose", "bad"]]
    first, second = (scorecard_report(data, target="bad", n_permutations=19) for _ in range(2))
    assert first.to_html() == second.to_html()
    assert first.to_json() == second.to_json()
    other = scorecard_report(data, target="bad", n_permutations=19, random_state=1)
    assert other.to_json() != first.to_json()


def test_a_polars_frame_gives_the_numbers_of_a_pandas_frame(table):
    data = table[["income", "utilization", "purpose", "bad"]]
    first = scorecard_report(data, target="bad", n_permutations=19).numbers
    second = scorecard_report(pl.from_pandas(data), target="bad", n_permutations=19).numbers
    for key in ("features", "scorecard", "performance", "stability"):
        assert first[key] == second[key]


def test_the_event_may_be_named_as_it_reads(table):
    data = table[["income", "utilization", "status"]]
    named = scorecard_report(data, target="status", event="bad", n_permutations=19).numbers
    coded = scorecard_report(
        table[["income", "utilization", "bad"]], target="bad", event="1", n_permutations=19
    ).numbers
    assert named["performance"] == coded["performance"]
    assert (named["data"]["event"], coded["data"]["event"]) == ("bad", "1")


@pytest.mark.parametrize(("event", "label"), [(None, None), ("1", 1), ("1.0", 1), (1.0, 1), ("0", 0)])
def test_a_label_is_matched(event, label):
    assert match_label(pd.Series([0, 1, 1, None]), event) == label


def test_weights_are_no_predictor_and_count(table):
    data = table[["income", "utilization", "bad"]].assign(w=np.where(table["bad"] == 1, 2.0, 1.0))
    report = scorecard_report(data, target="bad", weight="w", n_permutations=19)
    assert {record["feature"] for record in report.numbers["features"]} == {"income", "utilization"}
    rate = report.numbers["performance"]["test"]["event_rate"]
    plain = table["bad"].mean()
    assert rate == pytest.approx(2 * plain / (1 + plain), abs=0.005)  # stratified up to one row


def test_a_leak_is_left_out_and_comes_back_when_it_is_named(table):
    data = table[["income", "bad"]].assign(copy=1 - table["bad"])
    report = scorecard_report(data, target="bad", n_permutations=19)
    assert report.card.features_ == ["income"]
    assert report.numbers["findings"][0]["rule"] == "target leakage"
    kept = scorecard_report(data, target="bad", keep=["copy"], n_permutations=19)
    assert "copy" in kept.card.features_
    assert "separate" in kept.numbers["performance"]["test"]["calibration"]["not_run"]
    assert "Not run" in kept.to_html()


def test_a_group_that_cannot_be_compared_is_told_not_hidden(table):
    alone = table[["income", "utilization", "bad"]].assign(sex="f")
    said = scorecard_report(alone, target="bad", protected="sex", n_permutations=19)
    assert "two groups" in said.numbers["disparity"]["sex"]["test"]["adverse_impact_ratio"]["not_run"]
    assert "Not run" in said.to_html()
    unknown = table[["income", "utilization", "bad"]].assign(sex=np.where(np.arange(len(table)) % 3 == 0, None, "f"))
    unknown.loc[::2, "sex"] = "m"
    rows = scorecard_report(unknown, target="bad", protected="sex", n_permutations=19).numbers["disparity"]["sex"][
        "test"
    ]
    assert rows["rows_without_group"] > 0


def test_options_of_the_scorecard_are_used(table):
    card = Scorecard(binner=OptimalBinner(max_bins=3), pdo=40, round_points=True)
    report = scorecard_report(table[["income", "utilization", "bad"]], target="bad", scorecard=card, n_permutations=19)
    assert report.numbers["scale"]["pdo"] == 40
    assert all(float(row["points"]).is_integer() for row in report.numbers["scorecard"])
    assert max(record["bins"] for record in report.numbers["features"]) <= 3
    assert not hasattr(card, "binner_")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"target": "nothing"}, "no column 'nothing', named as the target"),
        ({"protected": "nothing"}, "named as the protected column"),
        ({"weight": "nothing"}, "named as the weight"),
        ({"exclude": ["nothing"]}, "no column 'nothing'"),
        ({"keep": ["nothing"]}, "no column 'nothing'"),
        ({"protected": "bad"}, "cannot be the target"),
        ({"weight": "bad"}, "weight cannot be"),
        ({"protected": "income"}, "at most 20"),
        ({"event": "7"}, "not a label"),
        ({"test_size": 0}, "test_size"),
        ({"test_size": 1.0}, "test_size"),
        ({"test_size": 0.999}, "test_size"),
        ({"test_size": "0.3"}, "test_size must be a number between 0 and 1, such as 0.3; '0.3' came"),
        ({"test_size": True}, "test_size must be a number"),
        ({"protected": ["purpose", "bad"]}, "cannot be the target"),
        ({"protected": ["purpose", "nothing"]}, "no column 'nothing', named as the protected column"),
        ({"protected": ["purpose"], "weight": "purpose"}, "weight cannot be the target or a protected column"),
        ({"event": 1, "scorecard": Scorecard(pos_label=0)}, "event=1 and the scorecard's pos_label=0 are different"),
        ({"scorecard": Scorecard(pos_label=7)}, "not a label"),
        ({"target": "purpose"}, "two labels"),
        ({"exclude": ["income", "utilization", "purpose"]}, "No column is left"),
        ({"exclude": ["income"], "keep": ["income"]}, "both be kept and excluded"),
        ({"keep": ["bad"]}, "is the target"),
    ],
)
def test_what_cannot_be_done_is_refused(table, given, said):
    data = table[["income", "utilization", "purpose", "bad"]]
    with pytest.raises(InputError, match=said):
        scorecard_report(data, **({"target": "bad"} | given))


def test_later_rows_need_the_columns_of_the_model(table):
    data = table[["income", "utilization", "bad"]]
    with pytest.raises(InputError, match="out_of_time has no column 'utilization'"):
        scorecard_report(data, target="bad", out_of_time=data[["income", "bad"]], n_permutations=19)


def test_later_rows_of_one_class_are_named(table):
    data = table[["income", "utilization", "bad"]]
    with pytest.raises(InputError, match="The later rows, out_of_time, cannot be judged: bad holds one class only"):
        scorecard_report(data, target="bad", out_of_time=data[data["bad"] == 0], n_permutations=19)


def test_a_protected_column_without_a_group_is_refused(table):
    data = table[["income", "utilization", "bad"]].assign(sex=None)
    with pytest.raises(InputError, match="holds no group"):
        scorecard_report(data, target="bad", protected="sex")


def rules(report):
    return {finding["rule"]: finding for finding in report.numbers["findings"]}


def test_an_event_that_was_not_named_is_told_where_labels_are_words(table):
    data = table[["income", "utilization", "status"]]
    assumed = rules(scorecard_report(data, target="status", n_permutations=19))["event assumed"]
    assert "'good', the greater label, is taken for the bad outcome" in assumed["evidence"]
    assert "event assumed" not in rules(scorecard_report(data, target="status", event="bad", n_permutations=19))


def test_repeated_rows_are_told(table):
    data = pd.concat([table[["income", "utilization", "bad"]]] * 2)
    assert rules(scorecard_report(data, target="bad", n_permutations=19))["duplicated rows"]["evidence"][:3] == "50%"


def test_a_gap_to_the_training_rows_is_told(table):
    data = table[["income", "utilization", "bureau_score", "bad"]]
    later = data.assign(bad=np.random.default_rng(0).permutation(data["bad"]))
    found = rules(scorecard_report(data, target="bad", out_of_time=later, n_permutations=19))
    assert found["gap to training rows"]["severity"] == "medium"


def test_the_page_says_that_rows_have_weights(table):
    data = table[["income", "utilization", "bad"]].assign(w=2.0)
    text = scorecard_report(data, target="bad", weight="w", n_permutations=19).to_html()
    assert "sampling weights of w" in text


def test_rows_and_sums_of_weights_are_told_apart(table):
    from sklearn.model_selection import train_test_split

    data = table[["income", "utilization", "group", "bad"]].assign(w=np.where(table["bad"] == 1, 2.5, 1.0))
    report = scorecard_report(data, target="bad", protected="group", weight="w", n_permutations=19)
    _, test = train_test_split(data, test_size=0.3, random_state=0, stratify=data["bad"])
    said, text = report.numbers["performance"]["test"], report.to_html()
    assert (said["rows"], said["weighted_rows"]) == (len(test), pytest.approx(test["w"].sum()))
    assert said["weighted_events"] == pytest.approx(2.5 * said["events"])
    groups = report.numbers["disparity"]["group"]["test"]
    assert groups["group_rows"] == {str(name): n for name, n in test["group"].value_counts().items()}
    sums = test.groupby("group")["w"].sum()
    assert {name: row["rows"] for name, row in groups["event_rates"].items()} == {
        str(name): pytest.approx(total) for name, total in sums.items()
    }
    assert f'<td class="t">1</td><td>{groups["group_rows"]["1"]:,}</td><td>{sums[1]:,.1f}</td>' in text
    assert f"<td>{said['rows']:,}</td><td>{said['events']:,}</td><td>{said['weighted_rows']:,.1f}</td>" in text
    assert "no p-value: its law is that of rows without weights" in text


def test_without_weights_no_sum_of_weights_is_shown(report):
    assert report.numbers["performance"]["test"]["weighted_rows"] is None
    text = report.to_html()
    assert "sum of weights" not in text
    assert "no p-value: its law" not in text


def test_a_smoothed_divergence_is_marked_on_the_page(table):
    group = np.where(np.arange(len(table)) % 25 == 0, "few", "many")
    data = table[["income", "utilization", "bureau_score", "bad"]].assign(sex=group)
    report = scorecard_report(data, target="bad", protected="sex", n_permutations=19, random_state=2)
    (record,) = report.numbers["disparity"]["sex"]["test"]["score_information"].values()
    assert record["smoothed"]
    section = report.to_html().partition('id="disparity"')[2]
    assert " *</td>" in section
    assert "* A half was added" in section


def test_what_looks_wrong_and_is_right_has_its_sentence(table, report):
    alone = scorecard_report(table[["utilization", "noise_0", "noise_1", "bad"]], target="bad", n_permutations=99)
    assert alone.card.features_ == ["utilization"]
    assert "With one feature alone its coefficient is &minus;1" in alone.to_html()
    assert "With one feature alone" not in report.to_html()
    below = [record["feature"] for record in alone.numbers["features"] if record["iv"] < 0]
    assert below
    assert f"The IV of {', '.join(below)} came out below zero" in alone.to_html()


def test_both_files_are_written_or_none(report, tmp_path, monkeypatch):
    page, numbers = report.save(tmp_path / "report.html")
    assert (page.name, numbers.name) == ("report.html", "report.json")
    assert page.read_text(encoding="utf-8") == report.to_html()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["report.html", "report.json"]

    def fail(self):
        raise RuntimeError("no page")

    monkeypatch.setattr(type(report), "to_json", fail)
    with pytest.raises(RuntimeError):
        report.save(tmp_path / "other.html")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["report.html", "report.json"]


@pytest.mark.parametrize("path", ["report.json", "report.pdf", "report", "nowhere/report.html", "."])
def test_a_path_that_cannot_be_written_is_refused(report, tmp_path, path):
    with pytest.raises(InputError):
        report.save(tmp_path / path)


def test_categorical_labels_and_numpy_numbers_are_fine(table):
    data = table[["income", "utilization"]].assign(status=pd.Categorical(table["status"]))
    report = scorecard_report(
        data, target="status", scorecard=Scorecard(pdo=np.int64(20)), random_state=np.int64(3), n_permutations=19
    )
    assert json.loads(report.to_json())["data"]["event"] == "good"


@pytest.mark.parametrize("card", [Scorecard(pos_label=0), Scorecard(binner=OptimalBinner(pos_label=0))])
def test_the_event_is_the_one_that_the_scorecard_names(table, card):
    data = table[["income", "utilization", "bad"]]
    named = scorecard_report(data, target="bad", scorecard=card, n_permutations=19).numbers
    assert named["data"]["event"] == "0"
    assert (
        named["performance"] == scorecard_report(data, target="bad", event=0, n_permutations=19).numbers["performance"]
    )
    words = scorecard_report(
        table[["income", "utilization", "status"]],
        target="status",
        scorecard=Scorecard(pos_label="bad"),
        n_permutations=19,
    )
    assert words.numbers["data"]["event"] == "bad"
    assert "event assumed" not in rules(words)


def test_a_share_is_the_number_that_it_reads(table):
    data = table[["income", "utilization", "bad"]]
    first, second = (
        scorecard_report(data, target="bad", test_size=size, n_permutations=19) for size in (0.3, np.float32(0.3))
    )
    assert first.to_json() == second.to_json()


def test_a_column_of_lists_is_told_by_name(table):
    data = table[["income", "bad"]].assign(history=[[1, 2]] * len(table))
    with pytest.raises(InputError, match="data has a column 'history' with values of the type list"):
        scorecard_report(data, target="bad")


def test_each_protected_column_has_its_section_and_none_predicts(table):
    data = table[["income", "utilization", "group", "bad"]].assign(
        age_band=pd.qcut(table["noise_0"].rank(), 3, labels=["young", "middle", "old"]).astype(str)
    )
    report = scorecard_report(data, target="bad", protected=["group", "age_band"], n_permutations=19)
    assert report.numbers["data"]["protected"] == ["group", "age_band"]
    assert list(report.numbers["disparity"]) == ["group", "age_band"]
    assert set(report.numbers["disparity"]["age_band"]["test"]["event_rates"]) == {"young", "middle", "old"}
    assert {record["feature"] for record in report.numbers["features"]} == {"income", "utilization"}
    text = report.to_html()
    assert [text.count(f"<h3>{name}</h3>") for name in ("group", "age_band")] == [1, 1]
    assert text.count("The column is not in the model") == 2
    alone = scorecard_report(data.drop(columns="age_band"), target="bad", protected="group", n_permutations=19)
    assert alone.numbers["disparity"]["group"] == report.numbers["disparity"]["group"]
    kept = scorecard_report(
        data, target="bad", protected=["group", "age_band"], keep=["age_band"], n_permutations=19
    ).to_html()
    assert kept.count("The column is in the model: it was kept on request") == 1


def test_a_feature_in_one_bin_has_no_trend(table):
    data = table[["income", "utilization", "noise_0", "bad"]]
    card = Scorecard(binner=OptimalBinner(min_bin_fraction=0.45, min_bin_events=200))
    report = scorecard_report(data, target="bad", scorecard=card, n_permutations=19)
    trends = {record["bins"]: record["trend"] for record in report.numbers["features"]}
    assert trends[1] is None
    assert '<td class="t">\u2013</td><td>1</td>' in report.to_html()


def test_decimal_commas_are_a_finding(table, tmp_path):
    data = table[["income", "utilization", "bad"]].round(3)
    data.to_csv(tmp_path / "points.csv", index=False)
    data.to_csv(tmp_path / "commas.csv", index=False, sep=";", decimal=",")
    plain = scorecard_report(read_table(tmp_path / "points.csv"), target="bad", n_permutations=19)
    read = scorecard_report(read_table(tmp_path / "commas.csv", delimiter=";"), target="bad", n_permutations=19)
    assert read.numbers["performance"] == plain.numbers["performance"]
    assert rules(read)["decimal commas"]["column"] == "income, utilization"
    assert "decimal commas" not in rules(plain)
