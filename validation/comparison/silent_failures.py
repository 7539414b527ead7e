"""Where other packages are wrong without a word (specification, section 5), and what kullback says there."""

from __future__ import annotations

import warnings
from collections import Counter
from typing import Any

import numpy as np

from validation.comparison._cases import CASES, Answer, Ask
from validation.comparison._packages import PACKAGES

__all__ = ["KNOWN", "side_by_side"]

KNOWN = (
    ("separating numbers", "optbinning"),
    ("missing all events", "optbinning"),
    ("missing, default transform", "optbinning, default transform"),
    ("hidden code", "optbinning"),
    ("light cuts", "optbinning"),
    ("separating levels", "fastwoe"),
    ("pure level", "fastwoe"),
    ("weights", "category_encoders"),
)
"""Silent failures that are claimed of the pinned versions."""

NOISE = (DeprecationWarning, FutureWarning, PendingDeprecationWarning)
"""Warnings about code, not about data."""


def side_by_side(*, seed: int, replications: int) -> dict[str, Any]:
    """Ask each case of each package: an answer is silent where it is wrong, without an error or a warning."""
    rows = [
        {"case": name, "question": case.question, "package": package, **_answer(case.pose(_rng(seed, r, i)), package)}
        for r in range(replications)
        for i, (name, case) in enumerate(CASES.items())
        for package in case.packages
    ]
    silent = {(row["case"], row["package"]) for row in rows if row["silent"]}
    asked = Counter(row["package"] for row in rows)
    return {
        "figures": {
            "asked": dict(asked),
            "silent": {package: sum(row["silent"] for row in rows if row["package"] == package) for package in asked},
            "known": [f"{package}: {case}" for case, package in KNOWN],
            "known_found": [float(pair in silent) for pair in KNOWN],
        },
        "table": rows,
    }


def _rng(seed: int, replication: int, case: int) -> np.random.Generator:
    return np.random.default_rng((seed, replication, case))


def _answer(ask: Ask, package: str) -> dict[str, Any]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            answer = ask(PACKAGES[package])
        except Exception as error:  # whatever a package raises is its word
            return {"answer": type(error).__name__, "right": False, "said": _short(error), "silent": False}
    said = [_short(warning.message) for warning in caught if not issubclass(warning.category, NOISE)]
    return _row(answer, said[0] if said else "")


def _row(answer: Answer, said: str) -> dict[str, Any]:
    return {"answer": answer.text, "right": answer.right, "said": said, "silent": not answer.right and not said}


def _short(message: Any) -> str:
    text = " ".join(str(message).split())
    return text if len(text) <= 160 else text[:157] + "..."
