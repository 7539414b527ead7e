"""Columns that must not enter a model, each a named finding."""

from __future__ import annotations

import warnings
from collections.abc import Hashable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from kullback.binning import OptimalBinner
from kullback.exceptions import KullbackWarning
from kullback.metrics import roc_auc

__all__ = ["LEAK_AUC", "Finding", "by_severity", "screen_columns", "single_column_auc", "unusable"]

LEAK_AUC = 0.95
"""A single column above this area under the ROC curve knows the answer rather than predicts it."""

IDENTIFIER_SHARE = 0.5
"""A text column with more different values than this share of the rows names rows rather than describes them."""

FEWEST_OF_A_GROUP = 20
"""With fewer rows in a group, or outside it, no column is held against it."""

_DAY = r"\s*(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4})([ T]\d.*)?$"


@dataclass(frozen=True)
class Finding:
    """Something a validator must see.

    Attributes
    ----------
    rule : str
        Short name of the rule.
    column : str
    evidence : str
        What was measured.
    action : str
        What was done, and how to do otherwise.
    severity : {"high", "medium", "low"}
    left_out : bool
        Whether the column is left out of the model.
    """

    rule: str
    column: str
    evidence: str
    action: str
    severity: str
    left_out: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return the fields by name."""
        return asdict(self)


def screen_columns(
    frame: Any, events: Any, keep: Sequence[Hashable] = (), protected: Sequence[Hashable] = ()
) -> list[Finding]:
    """Screen each column alone, against the target and against each group of the protected columns.

    A group of too few rows, against which nothing can be held, is a finding too.

    Parameters
    ----------
    frame : pandas.DataFrame
        Candidate features, and the protected columns where there are any.
    events : (rows,) int64
    keep : sequence of names
        Columns that stay in the model whatever is found; the finding says so.
    protected : sequence of names

    Returns
    -------
    list of Finding
    """
    sides = {name: _sides(frame[name]) for name in protected}
    findings = [finding for name in protected if (finding := _not_screened(frame[name], sides[name])) is not None]
    for column in (column for column in frame.columns if column not in protected):
        alone = unusable(frame[column], len(frame)) or _leak(frame[[column]], events)
        found = [alone] if alone else [_stand_in(frame[[column]], frame[name], sides[name]) for name in protected]
        findings += [_kept(finding) if column in keep else finding for finding in found if finding is not None]
    return findings


def _kept(finding: Finding) -> Finding:
    return Finding(
        finding.rule,
        finding.column,
        finding.evidence,
        "Kept in the model on request.",
        finding.severity,
    )


def _left_out(rule: str, column: Any, evidence: str, severity: str) -> Finding:
    action = "Left out of the model."
    return Finding(rule, str(column), evidence, action, severity, left_out=True)


def by_severity(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """Return the findings as records, the gravest first."""
    return [f.to_dict() for f in sorted(findings, key=lambda f: ("high", "medium", "low").index(f.severity))]


def unusable(series: Any, n_rows: int) -> Finding | None:
    """Return a finding on a column that tells nothing whatever it is asked: constant, dates, or names of rows."""
    n_levels = int(series.nunique(dropna=False))
    if n_levels < 2:
        return _left_out("constant column", series.name, "One value in every row.", "low")
    if series.dtype.kind in "mM" or "datetime" in series.dtype.name:
        return _left_out("date", series.name, f"Holds dates ({series.dtype}).", "medium")
    text = series.dtype.kind not in "biufcmM" and series.dtype.name != "category"
    if text and _dates(series):
        return _left_out("date", series.name, f"Holds dates as text, such as {series.dropna().iloc[0]}.", "medium")
    if text and series.nunique() > IDENTIFIER_SHARE * n_rows:
        return _left_out(
            "identifier",
            series.name,
            f"{series.nunique()} different values in {n_rows} rows of text.",
            "medium",
        )
    return None


def _dates(series: Any) -> bool:
    """Whether all texts read as days: 2024-01-31, 31.01.2024, 1/31/2024, with or without a time."""
    return bool(series.dropna().astype(str).str.match(_DAY).all())


def _leak(frame: Any, events: Any) -> Finding | None:
    column = frame.columns[0]
    auc = single_column_auc(frame, events)
    if _determines(frame[column], events):
        return _left_out(
            "target leakage",
            column,
            f"Each of its values goes with one class only (AUC {auc:.3f} alone).",
            "high",
        )
    if auc > LEAK_AUC:
        return _left_out(
            "target leakage",
            column,
            f"AUC {auc:.3f} alone, above {LEAK_AUC}: known only after the event?",
            "high",
        )
    return None


def _sides(protected: Any) -> list[Any]:
    """Return the groups to hold columns against, each against all others: of two, one says it all."""
    counts = protected.value_counts()
    counts = counts[counts > 0]
    enough = (counts >= FEWEST_OF_A_GROUP) & (counts.sum() - counts >= FEWEST_OF_A_GROUP)
    groups = list(counts.index[enough])
    return groups[:1] if len(counts) == 2 else groups


def _not_screened(protected: Any, sides: list[Any]) -> Finding | None:
    groups = list(protected.dropna().unique())
    missed = [] if sides and len(groups) == 2 else [str(group) for group in groups if group not in sides]
    if not missed:
        return None
    reason = f"fewer than {FEWEST_OF_A_GROUP} rows in it or outside it"
    evidence = f"No column could be held against {', '.join(sorted(missed))}: {reason}."
    action = "Check by hand that no column stands in for it."
    return Finding("stand-in not screened", str(protected.name), evidence, action, "medium")


def _stand_in(frame: Any, protected: Any, sides: list[Any]) -> Finding | None:
    """Return a finding on the group that the column tells best from all others, where it tells it."""
    known = protected.notna().to_numpy()
    aucs = []
    for group in sides:
        member = (protected[known] == group).to_numpy().astype(np.int64)
        aucs.append(single_column_auc(frame[known], member, min(0.01, member.mean() / 4, (1 - member.mean()) / 4)))
    if not aucs or max(aucs) <= LEAK_AUC:
        return None
    group = f"group {str(sides[int(np.argmax(aucs))])!r} of " if protected.nunique() > 2 else ""
    evidence = f"AUC {max(aucs):.3f} alone against {group}{protected.name!r}."
    return _left_out("stand-in for the protected column", frame.columns[0], evidence, "high")


def _determines(series: Any, events: Any) -> bool:
    """Whether the column's values, each in ten rows on average at least, fix the class."""
    grouped = _grouped(series, events)
    return len(grouped) * 10 <= len(series) and bool((grouped["min"] == grouped["max"]).all())


def _grouped(series: Any, events: Any) -> Any:
    import pandas as pd

    table = pd.DataFrame({"value": np.asarray(series.astype(object)), "event": events})
    return table.groupby("value", dropna=False)["event"].agg(["min", "max"])


def single_column_auc(frame: Any, events: Any, min_bin_fraction: float = 0.01) -> float:
    """Return the area under the ROC curve of one column, binned freely on other rows than those it is judged on."""
    smallest = int(min(events.sum(), (1 - events).sum()))
    if smallest < 4:
        return 0.5
    binner = OptimalBinner(monotonic="none", min_bin_fraction=min_bin_fraction, min_bin_events=1, cv=2, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", KullbackWarning)  # the model's own binning will tell
        risk = -binner.fit_transform(frame, events)[:, 0]
    return float(roc_auc(events, risk)) if np.ptp(risk) > 0 else 0.5
