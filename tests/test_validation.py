"""The claims can be read, their studies exist, and a verdict means what it says."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

ROOT = Path(__file__).parents[1]
if not (ROOT / "validation" / "claims.toml").exists():
    pytest.skip("the studies are not installed with the package", allow_module_level=True)
sys.path.insert(0, str(ROOT))

from validation import run  # noqa: E402
from validation._judge import binomial_band, environment, judge  # noqa: E402

CLAIMS = run.load_claims()


def test_each_claim_has_an_id_of_its_own():
    ids = [claim["id"] for claim in CLAIMS]
    assert len(ids) == len(set(ids)) > 0


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim["id"])
def test_a_claim_says_what_is_run_and_what_is_accepted(claim):
    assert {"statement", "seed", "replications", "quick_replications"} <= set(claim)
    assert callable(run.resolve(claim["study"]))
    assert claim["accept"]
    for rule in claim["accept"]:
        assert ("binomial" in rule) != ("range" in rule)


@pytest.mark.parametrize("path", sorted((ROOT / "validation" / "results").glob("*.json")), ids=lambda p: p.stem)
def test_a_committed_result_is_of_a_full_run_that_held(path):
    record = json.loads(path.read_text())
    claims = {claim["id"]: claim for claim in CLAIMS}
    if path.stem not in claims:
        return
    assert record["held"]
    assert not record["quick"]
    for key in ("statement", "study", "seed", "replications"):
        assert record[key] == claims[path.stem][key]
    assert {"versions", "machine", "date", "figures", "judged"} <= set(record)


def test_a_binomial_band_holds_all_but_a_thousandth():
    low, high = binomial_band(0.95, 2000)
    assert (low, high) == (0.9335, 0.9655)  # 1867 and 1931 of 2000
    law = stats.binom(2000, 0.95)
    assert law.cdf(2000 * low - 1) <= 0.0005
    assert law.sf(2000 * high) <= 0.0005


@pytest.mark.parametrize(
    ("value", "rule", "quick", "held"),
    [
        (0.95, {"binomial": 0.95}, False, True),
        (0.93, {"binomial": 0.95}, False, False),
        ([0.94, 0.97], {"range": [0.93, 0.98]}, False, True),
        ([0.94, 0.99], {"range": [0.93, 0.98]}, False, False),
        ([0.925, 0.985], {"range": [0.93, 0.98]}, True, True),
        (3.0, {"range": [1, 2], "rate": False}, True, False),
        (3.0, {"range": [1, 2], "quick_range": [1, 4]}, True, True),
        ([], {"range": [0, 1]}, False, False),
        (np.nan, {"range": [0, 1]}, False, False),
    ],
)
def test_a_figure_is_held_against_its_band(value, rule, quick, held):
    (verdict,) = judge({"study": {"rate": value}}, [{"figure": "study.rate", **rule}], 2000, quick=quick)
    assert verdict.held is held


def test_a_quick_run_of_a_study_holds_and_writes_nothing(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(run, "RESULTS", tmp_path / "results")
    assert run.main(["--quick", "--only", "weight-of-evidence-coverage"]) == 0
    assert "held" in capsys.readouterr().out
    assert not (tmp_path / "results").exists()


def test_a_result_file_names_no_machine(tmp_path):
    assert run.main(["--quick", "--only", "stability-bounds", "--out", str(tmp_path)]) == 0
    text = (tmp_path / "stability-bounds.json").read_text()
    record = json.loads(text)
    assert record["quick"]
    assert record["replications"] == 1000
    assert len(record["table"]) == 27
    assert set(record["machine"]) == {"cpu", "cores", "system"}
    assert str(ROOT) not in text
    assert str(Path.home()) not in text.replace('"/"', "")


def test_the_same_seed_gives_the_same_figures():
    study = run.resolve("calibration.stability:bounds")
    assert study(seed=3, replications=50) == study(seed=3, replications=50)
    assert study(seed=4, replications=50) != study(seed=3, replications=50)


def test_a_claim_that_fails_is_said_and_counted(monkeypatch, capsys):
    claim = CLAIMS[0] | {"id": "false", "study": "calibration.stability:bounds", "quick_replications": 20}
    claim["accept"] = [{"figure": "equivalence", "range": [0.9, 1.0]}]
    monkeypatch.setattr(run, "load_claims", lambda: [claim])
    assert run.main(["--quick"]) == 1
    assert "FAILED  false" in capsys.readouterr().out


@pytest.mark.parametrize(("options", "code"), [(["--quick"], 0), ([], 1)])
def test_a_claim_whose_peer_is_not_installed_is_not_run_and_never_held(options, code, monkeypatch, capsys, tmp_path):
    claim = CLAIMS[0] | {
        "id": "compared",
        "study": "calibration.stability:nothing",
        "requires": ["numpy", "no-such-peer"],
    }
    monkeypatch.setattr(run, "load_claims", lambda: [claim])
    assert run.main([*options, "--out", str(tmp_path / "results")]) == code  # a full run has not shown it
    said = capsys.readouterr().out
    assert said.startswith("not run compared")
    assert "needs no-such-peer" in said
    assert "0 of 1 claims held, 1 not run" in said
    assert not (tmp_path / "results").exists()


def test_the_peers_that_claims_require_are_pinned():
    text = "".join(path.read_text() for path in (ROOT / "requirements").glob("validation-*.txt"))
    pinned = {line.partition("==")[0] for line in text.splitlines() if "==" in line}
    assert {peer for claim in CLAIMS for peer in claim.get("requires", ())} <= pinned


def test_the_versions_of_the_peers_are_recorded():
    assert environment(["pytest"])["versions"]["pytest"] == pytest.__version__


def test_an_unknown_claim_is_named(capsys):
    assert run.main(["--only", "nonsense"]) == 2
    assert "nonsense" in capsys.readouterr().err


def test_the_environment_names_versions():
    assert {"python", "numpy", "scipy", "numba"} <= set(environment()["versions"])
