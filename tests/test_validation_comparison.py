"""Our own answers where other packages fail without a word; the others are asked in the full study."""

import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]
if not (ROOT / "validation" / "claims.toml").exists():
    pytest.skip("the studies are not installed with the package", allow_module_level=True)
sys.path.insert(0, str(ROOT))

from validation.comparison._cases import CASES  # noqa: E402
from validation.comparison._packages import PACKAGES  # noqa: E402
from validation.comparison.silent_failures import KNOWN, _answer  # noqa: E402

SAID_ALOUD = {"hidden code", "unseen level"}
"""Where no answer is right, and a warning is due."""


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("seed", range(2))
def test_kullback_is_right_or_says_what_is_wrong(name, seed):
    row = _answer(CASES[name].pose(np.random.default_rng(seed)), "kullback")
    assert not row["silent"]
    assert row["right"] or name in SAID_ALOUD
    assert row["said"] or name not in SAID_ALOUD


def test_each_case_asks_kullback_and_packages_that_are_known():
    for case in CASES.values():
        assert case.packages[0] == "kullback"
        assert set(case.packages) <= set(PACKAGES)


def test_each_known_failure_is_asked_for():
    assert all(package in CASES[case].packages for case, package in KNOWN)


def test_an_error_is_not_silence():
    def refuse(package):
        raise ValueError("no")

    assert _answer(refuse, "kullback") == {"answer": "ValueError", "right": False, "said": "no", "silent": False}
