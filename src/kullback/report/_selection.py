"""Which features enter the model, and why the others do not."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np
from scipy import stats

from kullback._typing import BoolArray, FloatArray
from kullback.binning import without_twins
from kullback.exceptions import KullbackWarning
from kullback.report._screen import Finding
from kullback.scorecard import Scorecard

__all__ = [
    "LEVEL",
    "features_with_information",
    "same_weights",
    "without_duplicates",
    "without_duplicates_and_conflicts",
]

LEVEL = 0.05
"""Features with an adjusted p-value up to this may enter the model."""

SHOWN = 1.645
"""z of a coefficient above which its sign is shown, one-sided at 5%."""

SAME = 0.999
"""Two features whose weights of evidence correlate by this much are one."""


def features_with_information(
    pvalues: dict[Hashable, float], keep: Sequence[Hashable]
) -> tuple[list[Hashable], list[Finding]]:
    """Return the features whose information is shown, or the most likely one with a finding where none is.

    Parameters
    ----------
    pvalues : dict of feature to float
        Of no information; adjusted here for their number (Benjamini-Hochberg).
    keep : list of names
        Features that enter all the same.
    """
    adjusted = stats.false_discovery_control(list(pvalues.values()))
    chosen = [name for name, p in zip(pvalues, adjusted, strict=True) if p <= LEVEL or name in keep]
    if chosen:
        return chosen, []
    best = min(pvalues, key=lambda name: pvalues[name])
    evidence = f"The smallest adjusted p-value is {adjusted.min():.2g}."
    return [best], [Finding("no information shown", str(best), evidence, "The model has this one feature.", "high")]


def without_duplicates_and_conflicts(
    same: BoolArray,
    value: dict[Hashable, float],
    fit: Callable[[list[Hashable]], Scorecard],
    chosen: list[Hashable],
    keep: Sequence[Hashable],
) -> tuple[list[Hashable], list[Finding]]:
    """Return the features without duplicates, and without those that would give more points to more risk.

    Of the latter, given the other features, one at a time is left out, the most significant first, until no
    coefficient is above zero. Duplicates are judged among what remains: one whose twin was left out is tried again.

    Parameters
    ----------
    same : (features, features) bool array
        From :func:`same_weights`.
    value : dict of feature to float
        Information value of each feature, in the order of `same`.
    fit : callable
        From a list of features to a fitted scorecard.
    chosen, keep : lists of names
        Candidates, and those that stay whatever is found.
    """
    conflicts: list[Finding] = []
    while True:
        unique, duplicates = without_duplicates(same, value, chosen, keep)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", KullbackWarning)  # the last fit will tell
            worst, z = _worst_sign(fit(unique), keep)
        if worst is None:
            return unique, [*duplicates, *conflicts]
        chosen = [name for name in chosen if name != worst]
        conflicts.append(_conflict(worst, z))


def _conflict(name: Hashable, z: float) -> Finding:
    if z < SHOWN:
        evidence = f"Given the other features its coefficient is not distinguishable from none (z = {z:.2f})."
        return _left_out("sign conflict", name, evidence, "low")
    return _left_out("sign conflict", name, f"More risk with a higher WoE, given the other features (z = {z:.2f}).")


def same_weights(encoded: FloatArray) -> BoolArray:
    """Return (features, features) whether two columns of weights of evidence, (rows, features), say the same."""
    with np.errstate(invalid="ignore", divide="ignore"):
        correlation = np.corrcoef(encoded, rowvar=False).reshape(encoded.shape[1], encoded.shape[1])
    return np.asarray(np.abs(correlation) >= SAME)


def without_duplicates(
    same: BoolArray, value: dict[Hashable, float], chosen: list[Hashable], keep: Sequence[Hashable]
) -> tuple[list[Hashable], list[Finding]]:
    """Return the features without those that say the same as one with more information."""
    names = list(value)
    position = {name: j for j, name in enumerate(names)}
    order = sorted(chosen, key=lambda name: (name not in keep, -value[name]))
    twins = without_twins(same, [position[name] for name in order], [position[name] for name in order if name in keep])
    findings = []
    for left_out, twin in twins.items():
        evidence = f"Its weights of evidence are those of {names[twin]!r} (correlation at least {SAME})."
        findings.append(_left_out("duplicate", names[left_out], evidence))
    return [name for name in chosen if position[name] not in twins], findings


def _worst_sign(card: Scorecard, keep: Sequence[Hashable]) -> tuple[Any, float]:
    z = card.coefficients_.test().statistic[1:]
    conflicts = [(float(s), name) for name, s in zip(card.features_, z, strict=True) if s > 0 and name not in keep]
    if not conflicts:
        return None, 0.0
    score, name = max(conflicts, key=lambda conflict: conflict[0])
    return name, score


def _left_out(rule: str, name: Hashable, evidence: str, severity: str = "medium") -> Finding:
    action = "Left out of the model."
    return Finding(rule, str(name), evidence, action, severity, left_out=True)
