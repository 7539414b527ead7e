"""The command line: 0 when done, 2 and one line where the input is bad, and no half-written report."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import kullback
from kullback import cli
from kullback.datasets import DATASETS, make_confounded, make_credit

ROOT = Path(__file__).parents[1]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    drawn = make_credit(1200, event_rate=0.25, random_state=0)
    drawn.data.assign(bad=drawn.target).to_csv(tmp_path / "credit.csv", index=False)
    drawn.data.assign(bad=drawn.target).to_parquet(tmp_path / "credit.parquet")
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "page.html").write_text("a,bad\n1,0\n2,1\n")
    (tmp_path / "tabs.csv").write_text("a\tbad\n1\t0\n2\t1\n")
    (tmp_path / "semicolons.csv").write_text("a;bad\n1;0\n2;1\n")
    (tmp_path / "false.parquet").write_text("no parquet")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["kullback", *arguments])
    return cli.run()


QUICK = ("--permutations", "19")


def test_a_table_becomes_a_page_and_its_numbers(folder, monkeypatch, capsys):
    code = run(
        monkeypatch, "scorecard", "credit.csv", "--target", "bad", "--out", "r.html", "--protected", "group",
        "--protected", "owner",
        "--exclude", "purpose", "--exclude", "region", "--out-of-time", "credit.parquet", "--seed", "3", *QUICK,
    )  # fmt: skip
    said = capsys.readouterr()
    assert code == 0
    assert (
        "bad = 1 is taken for the bad outcome; if it is not, name it: --event\nr.html: AUC on test rows 0." in said.out
    )
    assert said.err == ""  # a progress bar is for a terminal
    numbers = json.loads((folder / "r.json").read_text())
    assert (folder / "r.html").read_text().startswith("<!DOCTYPE html>")
    assert numbers["run"]["seed"] == 3
    assert numbers["run"]["command"].startswith("kullback scorecard credit.csv --target bad")
    assert numbers["data"]["excluded"] == ["purpose", "region"]
    assert list(numbers["disparity"]) == numbers["data"]["protected"] == ["group", "owner"]
    assert set(numbers["performance"]) == {"train", "test", "out_of_time"}


def test_an_event_that_was_not_named_is_told_as_taken(folder, monkeypatch, capsys):
    frame = pd.read_csv(folder / "credit.csv")
    frame["bad"] = np.where(frame["bad"] == 1, "good", "bad")  # the greater label, and rare
    frame.to_csv(folder / "labels.csv", index=False)
    assert run(monkeypatch, "scorecard", "labels.csv", "--target", "bad", "--out", "r.html", *QUICK) == 0
    assert "bad = good is taken for the bad outcome; if it is not, name it: --event\n" in capsys.readouterr().out


def test_codes_have_bins_of_their_own(folder, monkeypatch, capsys):
    frame = pd.read_csv(folder / "credit.csv")
    frame.loc[frame.index % 10 == 0, "income"] = -999.0
    frame.to_csv(folder / "coded.csv", index=False)
    code = run(
        monkeypatch, "scorecard", "coded.csv", "--target", "bad", "--out", "r.html", "--special", "income=-999,-998",
        "--special", "purpose=car", *QUICK,
    )  # fmt: skip
    assert code == 0
    capsys.readouterr()
    bins = [r["bin"] for r in json.loads((folder / "r.json").read_text())["scorecard"] if r["feature"] == "income"]
    assert "special -999" in bins


def test_the_main_job_of_the_readme_finds_the_leaks_and_leaves_out_what_is_known_later(folder, monkeypatch, capsys):
    readme = (ROOT / "README.md").read_text(encoding="utf-8").replace("\\\n", "")
    arguments = shlex.split(re.search(r"<!-- main job -->.*?bin/kullback ([^\n]+)", readme, re.DOTALL)[1])
    assert run(monkeypatch, *arguments, "--permutations", "199") == 0
    said = capsys.readouterr().out
    assert "approve = 0 is the bad outcome\n" in said
    assert "target leakage: reject" in said
    assert "target leakage: action" in said
    numbers = json.loads((folder / "report.json").read_text())
    features = {f["feature"] for f in numbers["features"]}
    assert not {"reject", "action", "black", "hispan", "typur"} & features
    assert numbers["data"]["excluded"] == ["typur"]
    quoted = float(re.search(r"AUC on test rows\s+\.92 with it, (\.\d+) without", readme)[1])
    assert numbers["performance"]["test"]["auc"]["value"] == pytest.approx(quoted, abs=0.01)


def test_codes_of_one_column_may_be_named_one_by_one():
    frame = pd.DataFrame({"income": [1.0, -999.0], "purpose": ["car", "home"]})
    entries = ["income=-999,-998", "purpose=car", "income=-997,-999"]
    assert cli._special_values(entries, frame, {"bad", None}) == {
        "income": [-999.0, -998.0, -997.0],
        "purpose": ["car"],
    }


def test_help_and_the_refusal_of_a_name_list_the_same_data_sets(folder, monkeypatch, capsys):
    assert ", ".join(DATASETS) == cli.TABLES
    run(monkeypatch, "scorecard", "nothing", "--target", "bad", "--out", "r.html")
    assert f"({cli.TABLES})" in capsys.readouterr().err


def test_a_bad_weight_of_later_rows_names_their_file(folder, monkeypatch, capsys):
    frame = pd.read_csv(folder / "credit.csv").assign(w=1.0)
    frame.to_csv(folder / "weighted.csv", index=False)
    frame.loc[3, "w"] = -2.0
    frame.to_csv(folder / "later.csv", index=False)
    named = ("scorecard", "weighted.csv", "--target", "bad", "--out", "r.html", "--weight", "w")
    assert run(monkeypatch, *named, "--out-of-time", "later.csv") == 2
    assert "column 'w' of later.csv" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nothing.csv", "--target", "bad"), "no file 'nothing.csv'"),
        (("credit.csv", "--target", "nothing"), "no column 'nothing'"),
        (("credit.csv", "--target", "bad", "--special", "income"), "COLUMN=CODE"),
        (("credit.csv", "--target", "bad", "--special", "pay=-1"), "'pay', which the data do not have"),
        (("credit.csv", "--target", "bad", "--special", "bad=1"), "names 'bad', the target"),
        (("credit.csv", "--target", "bad", "--special", "income=none"), "so must its codes"),
        (("empty.csv", "--target", "bad"), "empty.csv is empty"),
        (("semicolons.csv", "--target", "bad"), "separated by semicolons"),
        (("semicolons.csv", "--target", "bad", "--delimiter", ";"), "test_size"),
        (("tabs.csv", "--target", "bad", "--delimiter", "\\t"), "test_size"),
        (("false.parquet", "--target", "bad"), "not a Parquet file"),
        (("credit.csv", "--target", "bad", "--protected", "bad"), "cannot be the target"),
        (("credit.csv", "--target", "bad", "--event", "7"), "not a label"),
        (("credit.csv", "--target", "bad", "--seed", "-1"), "--seed"),
        (("credit.csv", "--target", "bad", "--nonsense"), "--nonsense"),
        (("credit.csv",), "--target"),
        (("credit.csv", "--target", "bad", "--out", "nowhere/r.html"), "no folder 'nowhere'"),
        (("credit.csv", "--target", "bad", "--out", "."), "folder"),
        (("credit.csv", "--target", "bad", "--out", "credit.csv"), "must end in .html"),
        (("page.html", "--target", "bad", "--out", "page.html"), "would replace it"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(folder, monkeypatch, capsys, arguments, said):
    before = sorted(p.name for p in folder.iterdir())
    out = () if "--out" in arguments else ("--out", "r.html")
    assert run(monkeypatch, "scorecard", *arguments, *out) == 2
    told = capsys.readouterr().err
    assert told.startswith("kullback: ")
    assert told.count("\n") == 1
    assert said in told
    assert sorted(p.name for p in folder.iterdir()) == before


@pytest.fixture
def treated(tmp_path, monkeypatch):
    drawn = make_confounded(200, random_state=0)
    frame = drawn.X[["x0", "x1"]].assign(y=drawn.outcome, a=drawn.treatment)
    frame["x0, first"] = frame["x0"] + np.arange(200)
    frame["one"], frame["word"] = "only", np.where(frame["y"] > 0.5, "yes", "no")
    frame.to_csv(tmp_path / "t.csv", index=False)
    frame.assign(gaps=frame["x1"].where(np.arange(200) >= 7)).to_csv(tmp_path / "gaps.csv", index=False)
    (tmp_path / "page.html").write_text("a,y\n1,0\n2,1\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


BOUNDS = ("bounds", "t.csv", "--outcome", "y", "--treatment", "a")


def test_a_treatment_becomes_a_page_of_bounds_and_its_numbers(treated, monkeypatch, capsys):
    code = run(
        monkeypatch, *BOUNDS, "--covariates", "x0,x1", "--covariates", "x0, first", "--outcome-bounds", "-1", "2",
        "--cv", "2", "--seed", "3", "--confidence-level", "0.9", "--out", "r.html",
    )  # fmt: skip
    said = capsys.readouterr()
    assert (code, said.err) == (0, "")
    numbers = json.loads((treated / "r.json").read_text())
    assert said.out.startswith(numbers["headline"][0])
    assert "r.html: the report\nr.json: its numbers\n" in said.out
    assert (treated / "r.html").read_text().startswith("<!DOCTYPE html>")
    assert numbers["run"]["covariates"] == ["x0", "x1", "x0, first"]
    assert numbers["run"]["outcome_bounds"] == [-1, 2]
    assert (numbers["run"]["seed"], numbers["run"]["cv"], numbers["run"]["confidence_level"]) == (3, 2, 0.9)
    assert numbers["run"]["command"].startswith("kullback bounds t.csv --outcome y")


def test_excluded_columns_are_read_as_covariates_are_and_medium_findings_are_told(treated, monkeypatch, capsys):
    code = run(
        monkeypatch, *BOUNDS, "--exclude", "one,word", "--exclude", "x0, first", "--estimand", "att",
        "--outcome-bounds", "-1", "inf", "--cv", "2", "--out", "r.html",
    )  # fmt: skip
    said = capsys.readouterr()
    assert (code, said.err) == (0, "")
    numbers = json.loads((treated / "r.json").read_text())
    assert numbers["run"]["exclude"] == ["one", "word", "x0, first"]
    assert [entry["name"] for entry in numbers["data"]["covariates"]] == ["x0", "x1"]
    assert "finding: covariates not named: All other columns, 2, are taken for covariates: x0, x1." in said.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((*BOUNDS[:3], "Y", *BOUNDS[4:]), "no column 'Y', named as the outcome. Did you mean 'y'"),
        ((*BOUNDS[:5], "aa"), "named as the treatment"),
        ((*BOUNDS, "--covariates", "x0,x9"), "no column 'x9', named as the covariate"),
        ((*BOUNDS[:5], "one"), "two levels or more"),
        ((*BOUNDS[:3], "word", *BOUNDS[4:]), "must hold numbers"),
        ((*BOUNDS, "--outcome-bounds", "0", "0.5"), "must lie in the stated bounds"),
        ((*BOUNDS, "--outcome-bounds", "0"), "takes two numbers, LOW HIGH"),
        ((*BOUNDS, "--outcome-bounds", "0", "--seed", "1"), "takes two numbers, LOW HIGH"),
        ((*BOUNDS, "--outcome-bounds", "-inf", "inf"), "must have a finite end"),
        ((*BOUNDS, "--arm", "2"), "'2' is no level of the treatment"),
        ((*BOUNDS, "--estimand", "cate"), "one of ate, att, mean"),
        (("bounds", "gaps.csv", *BOUNDS[2:]), "'gaps' in 7 of 200 rows, 7 rows in all"),
        ((*BOUNDS, "--seed", "-1"), "--seed"),
        ((*BOUNDS, "--out", "t.csv"), "must end in .html"),
        ((*BOUNDS, "--out", "nowhere/r.html"), "no folder 'nowhere'"),
        (("bounds", "page.html", *BOUNDS[2:], "--out", "page.html"), "would replace it"),
        (("bounds", "none.csv", *BOUNDS[2:]), "no file 'none.csv'"),
    ],
)
def test_a_treatment_that_cannot_be_bounded_is_one_line_and_exit_code_2(treated, monkeypatch, capsys, arguments, said):
    before = sorted(p.name for p in treated.iterdir())
    out = () if "--out" in arguments else ("--out", "r.html")
    assert run(monkeypatch, *arguments, *out) == 2
    told = capsys.readouterr().err
    assert told.startswith("kullback: ")
    assert told.count("\n") == 1
    assert said in told
    assert sorted(p.name for p in treated.iterdir()) == before


def test_a_folder_that_cannot_be_written_to_is_told_before_the_work(treated, monkeypatch, capsys):
    monkeypatch.setattr("os.access", lambda *_: False)
    assert run(monkeypatch, *BOUNDS, "--out", "r.html") == 2
    assert "cannot be written to" in capsys.readouterr().err


def test_an_unknown_command_is_bad_usage(monkeypatch, capsys):
    assert run(monkeypatch, "frobnicate") == 2
    assert "frobnicate" in capsys.readouterr().err


def test_no_command_prints_the_help(monkeypatch, capsys):
    assert run(monkeypatch) == 2
    said = capsys.readouterr()
    assert "scorecard" in said.out
    assert said.err == ""


def test_a_defect_of_the_package_is_no_bad_input(folder, monkeypatch):
    def broken(*_args, **_kwargs):
        raise ZeroDivisionError

    monkeypatch.setattr("kullback.report.read_table", broken)
    with pytest.raises(ZeroDivisionError):
        run(monkeypatch, "scorecard", "credit.csv", "--target", "bad", "--out", "r.html")


def test_the_module_runs_as_a_program(folder):
    done = subprocess.run([sys.executable, "-m", "kullback", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"kullback {kullback.__version__}\n"


def test_a_missing_extra_is_named(monkeypatch, capsys):
    from kullback.__main__ import main

    monkeypatch.delitem(sys.modules, "kullback.cli", raising=False)
    monkeypatch.setitem(sys.modules, "typer", None)
    assert main() == 2
    assert "kullback[report]" in capsys.readouterr().err


def test_a_progress_bar_shows_each_stage(capsys):
    with cli._Bar() as bar:
        bar("binning", 0, 1)
        bar("binning", 1, 1)
    assert capsys.readouterr().out == ""
