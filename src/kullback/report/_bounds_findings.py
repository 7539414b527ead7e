"""Findings on a study of a treatment: what a validator of a causal claim must see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kullback.report._bounds_rows import Asked, Study
from kullback.report._read import Table
from kullback.report._screen import Finding

__all__ = ["of_assumptions", "of_groups", "of_overlap", "of_rows"]

FEW_EFFECTIVE = 0.25
"""Share of an arm's rows, or fewer, to which inverse weighting leaves their weight."""

FEW_ROWS = 100.0
"""Effective rows of an arm below which its limits, which are those of large samples, need not hold."""

LITTLE = 0.1
"""Share of rows with a propensity below .05 above which an arm is rare in a part of the table."""

SLOPES = (0.75, 1.33)
"""Calibration slopes of a propensity outside these are a finding."""

DECISIVE = 10
"""Rows that make half of a variance, or fewer, below which the law of large samples is not to be relied on."""

SMALL_GROUP = 30
"""Rows of an arm in a group below which the group's limits need not hold."""


def of_rows(table: Table, study: Study, asked: Asked) -> list[Finding]:
    """Return findings on the rows: how they were read, which were left out, and covariates that no one named."""
    findings = list(study.findings)
    if table.decimal_commas:
        evidence = "Every value reads as a number with a decimal comma."
        findings.append(Finding("decimal commas", ", ".join(table.decimal_commas), evidence, "Read as numbers.", "low"))
    rows = study.dropped.get("missing", 0)
    if rows:
        columns = [reason.removeprefix("missing ") for reason in study.dropped if reason.startswith("missing ")]
        evidence = f"{rows:,} of {study.rows_read:,} rows have missing values."
        action = "Left out on request. All that is said is of the other rows, who may differ from these."
        severity = "high" if rows > 0.1 * study.rows_read else "medium"
        findings.append(Finding("rows left out", ", ".join(columns), evidence, action, severity))
    if asked.covariates is None and study.covariates:
        evidence = (
            f"All other columns, {len(study.covariates)}, are taken for covariates: {', '.join(study.covariates)}."
        )
        action = (
            "A column set after the treatment, by it or by the outcome, must not be among them: name those known "
            "before, --covariates, or leave it out, --exclude."
        )
        findings.append(Finding("covariates not named", "", evidence, action, "medium"))
    if not study.covariates:
        evidence = "There is none: arms are compared as they are."
        findings.append(Finding("no covariates", "", evidence, "Name what was known before the treatment.", "medium"))
    return findings


def of_overlap(overlap: dict[str, Any], study: Study) -> list[Finding]:
    """Return findings on where an arm is rare, and on a propensity that is not calibrated."""
    findings = []
    if overlap["rows_certain"]:
        evidence = f"{overlap['rows_certain']:,} rows have an estimated propensity of 0 or 1."
        action = (
            "Kept. There an arm shows nothing; bounds without an assumption stay valid, an odds ratio says nothing."
        )
        findings.append(Finding("no overlap", "", evidence, action, "high"))
    for record in overlap["treatments"]:
        findings += _few(record)
    return [*findings, *_uncalibrated(overlap["treatments"], two=len(study.labels) == 2)]


def _few(record: dict[str, Any]) -> list[Finding]:
    arm, rows, effective = record["treatment"], record["rows"], record["effective_rows"] or 0.0
    findings = []
    if effective < FEW_ROWS or effective < FEW_EFFECTIVE * rows:
        evidence = f"{rows:,.0f} rows with {arm} count as {effective:,.0f} once weighted to stand for all."
        action = "Limits are those of large samples, and lean on few rows here: read them as too narrow."
        findings.append(Finding("few effective rows", arm, evidence, action, "medium" if effective >= 30 else "high"))
    return findings


def _uncalibrated(records: Sequence[dict[str, Any]], *, two: bool) -> list[Finding]:
    """Return one finding for the one model of all propensities; of two arms they say the same."""
    wrong = [record for record in records[: 1 if two else None] if _is_uncalibrated(record)]
    if not wrong:
        return []
    told = ", ".join(
        f"{'' if two else record['treatment'] + ' '}{record['calibration_slope']:.2f} "
        f"(standard error {record['calibration_slope_se']:.2f})"
        for record in wrong
    )
    steep = all(record["calibration_slope"] > 1 for record in wrong)
    way = "too close to each other" if steep else "too extreme"
    evidence = f"Calibration slope of the propensity: {told}, where 1 is calibrated: estimates are {way}."
    action = (
        "Scores divide by it but for the worst case. "
        + (
            "Add columns that tell the treatment better"
            if steep
            else "Leave out covariates that hardly tell the treatment"
        )
        + " (--covariates), or give bounds_report another propensity_estimator in Python."
    )
    return [
        Finding(
            "propensity not calibrated",
            ", ".join("" if two else r["treatment"] for r in wrong),
            evidence,
            action,
            "medium",
        )
    ]


def _is_uncalibrated(record: dict[str, Any]) -> bool:
    """Return whether a slope is far from 1, and not by chance."""
    slope, error = record["calibration_slope"], record["calibration_slope_se"]
    if slope is None or error is None or SLOPES[0] <= slope <= SLOPES[1]:
        return False
    return not record["calibration_slope_lower"] <= 1 <= record["calibration_slope_upper"]


def of_assumptions(records: Sequence[dict[str, Any]]) -> list[Finding]:
    """Return findings where few rows make the error, and where bounds cross."""
    findings = []
    fewest = min(records, key=lambda record: record.get("half_variance_rows", DECISIVE))
    if fewest.get("half_variance_rows", DECISIVE) < DECISIVE:
        unit, many = fewest["half_variance_unit"], fewest["half_variance_rows"]
        what, make = (unit, "make") if many > 1 else (unit[:-1], "makes")
        evidence = f"{many} {what} {make} half of the variance ({fewest['title']}): {_named(fewest)}."
        action = (
            f"Limits are those of many {unit}: look at these, outcomes far from others or people rare in their arm."
        )
        findings.append(Finding("few rows decide", "", evidence, action, "medium"))
    for record in records:
        if record.get("crossed"):
            error = float(np.hypot(record["lower_se"], record["upper_se"]))
            gap = record["lower"] - record["upper"]
            told = f"by {gap / error:.1f} standard errors" if error else "without any error"
            evidence = f"Under {record['title']} the lower end lies above the upper one, {told}."
            action = (
                "Shown as estimated, without limits. The data speak against the assumption, or it is estimation error."
            )
            severity = "high" if not error or gap > 1.645 * error else "medium"
            findings.append(Finding("bounds cross", "", evidence, action, severity))
    return findings


def _named(record: dict[str, Any]) -> str:
    first = record["half_variance_first"]
    told = ", ".join(str(name) for name in first)
    more = record["half_variance_rows"] - len(first)
    kind = "row" if record["half_variance_unit"] == "rows" else "cluster"
    return f"{kind}{'s' if len(first) > 1 else ''} {told}{f' and {more} more' if more else ''}"


def of_groups(records: Sequence[dict[str, Any]], column: str) -> list[Finding]:
    """Return a finding where an arm has few rows in a group."""
    small = [
        f"{record['group']} ({least})" for record in records if (least := min(record["arms"].values())) < SMALL_GROUP
    ]
    if not small:
        return []
    evidence = f"Groups with fewer than {SMALL_GROUP} rows in an arm: {', '.join(small)}."
    action = "Shown; their limits, those of large samples, need not hold."
    return [Finding("small groups", column, evidence, action, "medium")]
