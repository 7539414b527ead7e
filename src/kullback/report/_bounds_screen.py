"""Covariates that restate the treatment or the outcome, and values at which an arm is absent."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
from scipy import stats

from kullback._frames import column_of
from kullback._typing import BoolArray, FloatArray
from kullback.report._screen import LEAK_AUC, Finding, single_column_auc

__all__ = ["screen_covariates"]

SAME_RANKS = 0.95
"""Rank correlation with the outcome above which a covariate is another version of it."""

FEW_VALUES = 20
"""A covariate with at most so many values has enough rows at each to look for arms there."""

EXPECTED = 10.0
"""Rows of an arm expected at a value that holds none: chance has a part of e^-10 in it."""


def screen_covariates(
    frame: Any,
    candidates: Sequence[Hashable],
    y: FloatArray,
    arms: Mapping[str, BoolArray],
    keep: Sequence[Hashable],
) -> list[Finding]:
    """Return findings on each candidate; those in `keep` stay whatever is found, and the finding says so.

    Parameters
    ----------
    frame : pandas.DataFrame
        Without missing values.
    candidates : sequence of names
    y : (rows,) array
    arms : dict of str to (rows,) bool
        Rows of each arm that is compared.
    keep : sequence of names
    """
    findings = []
    for name in candidates:
        finding = _restates(frame[[name]], y, arms)
        if finding is None:
            findings += _absent(frame[name], arms)
        elif name in keep:
            findings.append(Finding(finding.rule, str(name), finding.evidence, "Kept on request.", finding.severity))
        else:
            findings.append(finding)
    return findings


def _restates(frame: Any, y: FloatArray, arms: Mapping[str, BoolArray]) -> Finding | None:
    name = str(frame.columns[0])
    action = "Left out of the covariates; name it in --covariates to keep it."
    auc = max(single_column_auc(frame, inside.astype(np.int64)) for inside in arms.values())
    if auc > LEAK_AUC:
        evidence = f"AUC {auc:.3f} alone for the treatment: part of it, or its consequence?"
        return Finding("restates the treatment", name, evidence, action, "high", left_out=True)
    told = _of_outcome(frame, y)
    if told:
        evidence = f"{told} alone for the outcome: another version of it, or known only after it?"
        return Finding("restates the outcome", name, evidence, action, "high", left_out=True)
    return None


def _of_outcome(frame: Any, y: FloatArray) -> str:
    if np.isin(y, (0.0, 1.0)).all():
        auc = single_column_auc(frame, y.astype(np.int64))
        return f"AUC {auc:.3f}" if auc > LEAK_AUC else ""
    values = column_of(frame.iloc[:, 0], frame.columns[0]).values
    if values is None:
        return ""
    ranks = abs(float(stats.spearmanr(values, y).statistic))
    return f"Rank correlation {ranks:.3f}" if ranks > SAME_RANKS else ""


def _absent(series: Any, arms: Mapping[str, BoolArray]) -> list[Finding]:
    """Return a finding where a value of a covariate has no row of an arm that chance would have left there."""
    if series.nunique() > FEW_VALUES:
        return []
    values = series.astype(str).to_numpy(dtype=object)
    told = []
    for value, label in ((value, label) for value in sorted(set(values)) for label in arms):
        at, inside = values == value, arms[label]
        if not inside[at].any() and at.sum() * inside.mean() >= EXPECTED:
            told.append(f"{value} ({int(at.sum()):,} rows) has no row with {label}")
    if not told:
        return []
    action = (
        "Kept. There the other arm is known by assumption alone; leave the column out (--exclude) if the treatment "
        "made it."
    )
    return [Finding("arm absent at a value", str(series.name), f"{'; '.join(told)}.", action, "high")]
