"""Findings on a table, on the rows a scorecard is judged on, and from warnings."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeVar

import numpy as np

from kullback._checks import encode_events
from kullback._frames import column_of
from kullback._typing import BoolArray, FloatArray
from kullback.binning import OptimalBinner
from kullback.exceptions import KullbackWarning, UnknownValueWarning
from kullback.report._read import Table
from kullback.report._screen import Finding

__all__ = ["gaps", "heard", "miscalibrations", "of_table", "possible_codes", "very_strong", "warned"]

REPEATED = 0.05
"""Share of repeated rows above which they are a finding."""

STRONG = 0.5
"""Few features known before the event have so much information."""

MISCALIBRATED = 0.01
"""p-value of Cox's joint test below which probabilities are not those of the rows."""

CODE_SHARE = 0.01
"""Share of the rows, no fewer, that a value far from all others holds where it is taken for a code."""

MEASURED = 5
"""A column with fewer different values beside its codes measures too little to say how far away a value is."""

T = TypeVar("T")


def of_table(table: Table, target: Hashable, event: Any) -> list[Finding]:
    """Return findings on the table: how it was read, rows that repeat others, and an event that was not named."""
    findings = []
    if table.decimal_commas:
        evidence = "Every value reads as a number with a decimal comma."
        columns = ", ".join(table.decimal_commas)
        findings.append(Finding("decimal commas", columns, evidence, "Read as numbers.", "low"))
    labels = table.frame[target]
    if event is None and labels.dtype.kind not in "biuf":
        taken = encode_events(labels, None, name=str(target))[1][1]
        evidence = f"The event was not named; {str(taken)!r}, the greater label, is taken for the bad outcome."
        findings.append(Finding("event assumed", str(target), evidence, "If it is not so, name it: --event.", "high"))
    repeated = float(table.frame.duplicated().mean())
    if repeated > REPEATED:
        evidence = f"{repeated:.0%} of the rows repeat an earlier one, in training and test rows alike."
        findings.append(Finding("duplicated rows", "", evidence, "Kept. Figures on test rows are too good.", "medium"))
    return findings


def possible_codes(frame: Any, binner: OptimalBinner) -> list[Finding]:
    """Return a finding for each numeric feature with values at an end that look like codes and are not declared."""
    findings = []
    for name, table in binner.tables_.items():
        if table.kind != "numeric":
            continue
        values = np.asarray(column_of(frame[name], name).values)
        declared = np.isin(values, [code for code in table.rule.specials if not isinstance(code, str)])
        codes = [f"{code:.15g}" for code in _far_values(np.where(declared, np.nan, values))]
        if codes:
            evidence = (
                f"{', '.join(codes)}: at least {CODE_SHARE:.0%} of the rows each, and farther from the other values "
                "than these are from each other."
            )
            action = f"Binned as numbers. Codes are declared: --special {name}={','.join(codes)}."
            findings.append(Finding("a code?", str(name), evidence, action, "medium"))
    return findings


def _far_values(values: FloatArray) -> list[float]:
    """Return the frequent values, one or more at an end, that are farther from the others than these reach."""
    levels, count = np.unique(values[np.isfinite(values)], return_counts=True)
    often = count >= CODE_SHARE * values.size
    far: list[float] = []
    while True:
        low = _far_below(levels, often)
        high = 0 if low else _far_below(-levels[::-1], often[::-1])
        if not low + high:
            return sorted(far)
        inner = slice(low, levels.size - high)
        far += [value for value in levels.tolist() if value not in levels[inner]]
        levels, often = levels[inner], often[inner]


def _far_below(levels: FloatArray, often: BoolArray) -> int:
    most = min(int(np.cumprod(often).sum()), levels.size - MEASURED)
    return next((k for k in range(1, most + 1) if levels[k] - levels[k - 1] > levels[-1] - levels[k]), 0)


def very_strong(features: Sequence[dict[str, Any]]) -> list[Finding]:
    """Return a finding for each feature that is shown to have more information than most that are known in time."""
    findings = []
    for record in features:
        if record["iv_lower"] is not None and record["iv_lower"] > STRONG:
            evidence = (
                f"IV {record['iv']:.3f}, at least {record['iv_lower']:.3f}, on rows that did not choose the bins: few "
                f"features known before the event reach {STRONG}."
            )
            action = "Check when it is recorded; exclude it if that is after the event."
            findings.append(Finding("very strong feature", record["feature"], evidence, action, "medium"))
    return findings


def gaps(performance: dict[str, Any]) -> list[Finding]:
    """Return a finding for each sample whose AUC is shown to be below that of the training rows."""
    floor = performance["train"]["auc"]["lower"]
    findings = []
    for name, record in performance.items():
        auc = record["auc"]
        if name != "train" and auc["upper"] < floor:
            evidence = (
                f"AUC on {_rows(name)} {auc['value']:.3f}, at most {auc['upper']:.3f}; on training rows at least "
                f"{floor:.3f}."
            )
            action = f"Judge the model by {_rows(name)}."
            findings.append(Finding("gap to training rows", "", evidence, action, "medium"))
    return findings


def miscalibrations(performance: dict[str, Any]) -> list[Finding]:
    """Return a finding for each sample but the training rows on which the probabilities are shown to be wrong."""
    findings = []
    for name, record in performance.items():
        said = record["calibration"]
        pvalue = said.get("pvalue")
        if name != "train" and pvalue is not None and pvalue < MISCALIBRATED:
            told = "p < 0.001" if pvalue < 0.001 else f"p = {pvalue:.3f}"
            evidence = (
                f"On {_rows(name)} the intercept is {said['intercept']['value']:.2f}, the slope "
                f"{said['slope']['value']:.2f} ({told} of 0 and 1); observed less predicted "
                f"{said['in_the_large']['value']:.3f}."
            )
            action = "Recalibrate before the probabilities are used; the order of the scores stays."
            findings.append(Finding("miscalibration", "", evidence, action, "medium"))
    return findings


def heard(compute: Callable[[], T], sample: str) -> tuple[T, list[Finding]]:
    """Return what is computed on one sample, and the warnings it gave as findings that name the sample."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", KullbackWarning)
        result = compute()
    return result, warned(caught, sample)


_ONE_BIN = re.compile(r"'(?P<column>.+?)' (?P<said>stays in one bin: .*)")


def warned(caught: Sequence[Any], sample: str = "") -> list[Finding]:
    """Turn warnings into findings, one for all columns of which the same is said; name the sample where given."""
    columns: dict[tuple[str, bool], list[str]] = {}
    ours = [w for w in caught if issubclass(w.category, KullbackWarning)]
    for message, unknown in dict.fromkeys((str(w.message), issubclass(w.category, UnknownValueWarning)) for w in ours):
        match = _ONE_BIN.fullmatch(message)
        said = match["said"][0].upper() + match["said"][1:] if match else message
        columns.setdefault((said, unknown), []).extend([match["column"]] if match else [])
    return [_warning(said, names, sample, unknown) for (said, unknown), names in columns.items()]


def _warning(said: str, names: list[str], sample: str, unknown: bool) -> Finding:
    where = f"On {_rows(sample)}: " if sample else ""
    if unknown:
        told = said.partition(" have the neutral encoding: ")[2].partition(". handle_unknown")[0]
        evidence = f"{where}values that the training rows did not have: {told}."
        action = "They count as WoE 0. See how the columns are coded in these rows; new levels need a new fit."
        columns = ", ".join(re.findall(r"\d+ in '(.+?)'(?=, \d|$)", told))
        return Finding("unseen values", columns, evidence[0].upper() + evidence[1:], action, "low")
    if said.startswith("Some bins separate"):
        return Finding("separation", "", said, "All coefficients are shrunk a little.", "medium")
    return Finding("warning", ", ".join(names), where + said, "None.", "low")


def _rows(sample: str) -> str:
    return {"train": "training rows", "test": "test rows"}.get(sample, "out-of-time rows")
