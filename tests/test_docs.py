"""The documentation says what the code does: keys of the report's JSON, and figures quoted from studies."""

import json
import re
import runpy
from pathlib import Path

import pytest
from sklearn.ensemble import ExtraTreesRegressor

import kullback
from kullback.datasets import make_confounded, make_credit
from kullback.report import bounds_report, scorecard_report

ROOT = Path(__file__).parents[1]
INTERVAL = ("value", "se", "lower", "upper")
SPAN = ("lower", "upper", "limit_lower", "limit_upper")
RECORDS = {
    "interval": INTERVAL,
    "psi": (*INTERVAL, "pvalue", "pvalue_at_least_0.1", "smoothed"),
    "span": SPAN,
    "ends": (*SPAN, "lower_se", "upper_se"),
    "bounds": (*SPAN, "lower_se", "upper_se", "crossed"),
}


@pytest.fixture(scope="module")
def numbers():
    credit, later = (make_credit(n, event_rate=0.2, n_noise=0, random_state=n) for n in (1500, 900))
    first, second = (c.data.assign(default=c.target) for c in (credit, later))
    return scorecard_report(
        first, target="default", protected=["group", "owner"], exclude=["region"], out_of_time=second, n_permutations=39
    ).numbers


def documented_keys(name="report"):
    page = (ROOT / f"docs/user-guide/{name}.md").read_text(encoding="utf-8")
    keys = set()
    for key, kind in re.findall(r"^\| `([^`]+)` \| (.+?) \|", page.partition("## Keys of the JSON")[2], re.MULTILINE):
        keys |= {f"{key}.{part}" for part in RECORDS[kind]} if kind in RECORDS else {key}
    return keys


def keys_of(record, path=""):
    """Yield the path of each entry, with the names of samples, groups, columns and packages left open."""
    if isinstance(record, dict):
        for key, entry in record.items():
            yield from keys_of(entry, f"{path}.{_open(path, key)}".lstrip("."))
    elif isinstance(record, list):
        for entry in record:
            yield from keys_of(entry, f"{path}[]")
    else:
        yield path


def _open(path, key):
    if key in ("train", "test", "out_of_time") and path != "run":
        return "SAMPLE"
    tail = path.rpartition(".")[2]
    if tail in ("event_rates", "acceptance_rates", "ratios", "score_information", "group_rows"):
        return "GROUP"
    names = {"groups[].bounds": "ASSUMPTION", "groups[].arms": "ARM", "data.dropped": "REASON"}
    if path in names:
        return names[path]
    if path in ("run.scorecard", "run.binner"):
        return "PARAMETER"
    return {"run.packages": "PACKAGE", "data.missing": "COLUMN", "disparity": "COLUMN"}.get(path, key)


def test_every_key_of_the_json_is_described(numbers):
    assert set(keys_of(numbers)) - documented_keys() == set()


def test_every_key_described_is_in_the_json(numbers):
    never_filled_here = {"features[].violations[]", "run.kept[]"}  # bins given by hand; columns kept on request
    assert documented_keys() - set(keys_of(numbers)) == never_filled_here


def test_every_rule_of_a_finding_is_described(numbers):
    page = (ROOT / "docs/user-guide/report.md").read_text(encoding="utf-8")
    assert {finding["rule"] for finding in numbers["findings"]} <= set(re.findall(r"^\| ([a-z ?-]+) \|", page, re.M))


@pytest.fixture(scope="module")
def bounds_numbers():
    drawn = make_confounded(300, random_state=0)
    table = drawn.X[["x0", "x1", "x2"]].assign(y=drawn.outcome, a=drawn.treatment, text=["a", "b", "c"] * 100)
    table.loc[0, "x0"] = None
    few = ExtraTreesRegressor(10, min_samples_leaf=10, random_state=0)
    asked = {"outcome": "y", "treatment": "a", "cv": 2, "outcome_estimator": few, "drop_missing": True}
    return [
        bounds_report(table, outcome_bounds=(0, 1), group="text", exclude=["x1"], **asked).numbers,
        bounds_report(table, covariates=["x0"], arm=1, control=0, **asked).numbers,
    ]


def test_every_key_of_the_json_of_bounds_is_described_and_no_other(bounds_numbers):
    nulls = {"run.covariates", "run.outcome_bounds", "data.outcome.support"}  # in place of lists
    found = {key for numbers in bounds_numbers for key in keys_of(numbers)}
    assert found - nulls == documented_keys("bounds-report")


def test_every_rule_of_a_finding_on_bounds_is_described():
    page = (ROOT / "docs/user-guide/bounds-report.md").read_text(encoding="utf-8")
    told = set(re.findall(r"^\| ([a-z ]+) \| (?:high|medium|low) \|", page, re.MULTILINE))
    sources = "".join(
        (ROOT / f"src/kullback/report/{name}.py").read_text(encoding="utf-8")
        for name in ("_bounds_rows", "_bounds_screen", "_bounds_findings")
    )
    raised = set(re.findall(r"(?:Finding|_left_out)\(\s*\"([a-z ]+)\"", sources))
    assert raised
    assert raised - told == set()


def figures(study):
    return json.loads((ROOT / f"validation/results/{study}.json").read_text(encoding="utf-8"))["figures"]


def span(*lists):
    values = [value for entries in lists for value in entries]
    return f"{min(values):.3f} to {max(values):.3f}"


def test_figures_in_the_readme_are_the_measured_ones():
    coverage, size = figures("information-interval-coverage"), figures("information-test-size")
    psi, bounds = figures("stability-own-quantiles"), figures("stability-bounds")
    dependent, woe = figures("information-weights-and-clusters"), figures("weight-of-evidence-coverage")
    paper = coverage["paper"]
    quoted = [
        f"covers {span(coverage['noncentral_by_cell'])} | "
        f"Eq. (22): {span([paper['min'], paper['max']])}, {paper['mean']:.3f} on average |",
        f", {coverage['cells_judged']} cells of ",
        f"rejects {span(size['pearson'])} | Eq. (21): {span(size['paper'])} |",
        f"covers {span(psi['noncentral'])} | Eq. (22): {span(psi['paper'])} |",
        f"reject {span(bounds['minimum_effect'], bounds['equivalence'])} |",
        f"covers {span(*(kind['known'] for kind in dependent.values()))} | "
        f"ignored: {span(*(kind['ignored'] for kind in dependent.values()))} |",
        f"cover {span(woe['full'])} | Eq. (15): {span(woe['paper'])} |",
    ]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [line for line in quoted if line not in readme] == []


def short_span(*lists):
    least, greatest = (f"{end([value for entries in lists for value in entries]):.2f}"[1:] for end in (min, max))
    return least if least == greatest else f"{least} to {greatest}"


@pytest.mark.parametrize("study", ["bounds-coverage", "bounds-sensitivity-coverage"])
def test_coverage_in_the_chapter_on_bounds_is_the_measured_one(study):
    chapter = (ROOT / "docs/user-guide/bounds.md").read_text(encoding="utf-8")
    table = json.loads((ROOT / f"validation/results/{study}.json").read_text(encoding="utf-8"))["table"]
    for name in {row["set"] for row in table}:
        few, many = (next(r for r in table if (r["set"], r["rows"]) == (name, n)) for n in (500, 2000))
        cells = [short_span(few["ends"]), short_span(many["ends"]), short_span(few["plug_in"], many["plug_in"])]
        label = "odds ratio within 2, t(3) outcomes" if name == "sensitivity" else f"`{name}`"
        assert f"| {label} | {' | '.join(cells)} |" in chapter


@pytest.mark.parametrize("script", sorted((ROOT / "docs/examples").glob("*.py")), ids=lambda path: path.stem)
def test_example_runs_without_a_warning(script, capsys):
    runpy.run_path(str(script), run_name="__main__")
    assert capsys.readouterr().out.count("\n") > 10


def test_the_package_lists_every_room_it_has():
    rooms = {path.parent.name for path in (ROOT / "src/kullback").glob("[a-z]*/__init__.py")}
    assert {name for name in rooms if f"``kullback.{name}``" not in kullback.__doc__} == set()
