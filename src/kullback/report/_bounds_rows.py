"""The rows of a table as a study of a treatment: outcome, arms, covariates, and what was left out."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from kullback._checks import declared_order
from kullback._frames import Column, column_names, column_of
from kullback._typing import FloatArray, IntArray
from kullback.exceptions import InputError
from kullback.report._bounds_balance import against_missed, balance_of
from kullback.report._bounds_missing import complete
from kullback.report._bounds_screen import screen_covariates
from kullback.report._read import Table, check_weight_column
from kullback.report._rows import label_position, no_column
from kullback.report._screen import Finding

__all__ = ["MOST_LEVELS", "Asked", "Study", "study_of", "words_of"]

MOST_LEVELS = 20
"""Treatments, groups and texts that become indicators have no more values than this."""


@dataclass(frozen=True)
class Asked:
    """What a report of bounds was asked for; as the arguments of :func:`bounds_report`."""

    outcome: Hashable
    treatment: Hashable
    covariates: Sequence[Hashable] | None = None
    exclude: Sequence[Hashable] = ()
    arm: Any = None
    control: Any = None
    estimand: str = "ate"
    outcome_bounds: tuple[float, float] | None = None
    monotone: str = "increasing"
    null: float | None = None
    group: Hashable | None = None
    weight: Hashable | None = None
    clusters: Hashable | None = None
    drop_missing: bool = False
    cv: int = 5
    confidence_level: float = 0.95
    random_state: int = 0

    def roles(self) -> dict[str, Hashable]:
        """Return the columns that are named for something else than being covariates."""
        named = {
            "outcome": self.outcome,
            "treatment": self.treatment,
            "weight": self.weight,
            "clusters": self.clusters,
            "group": self.group,
        }
        return {role: column for role, column in named.items() if column is not None}


@dataclass(frozen=True, eq=False)
class Study:
    """Rows without missing values, ready for :class:`~kullback.bounds.CausalBounds`.

    Attributes
    ----------
    design : pandas.DataFrame
        Covariates as numbers.
    covariates : dict of str to list of str
        Columns of `design` that each covariate has become.
    y : (rows,) float64
    arm : (rows,) int64
        Codes of treatments. Of two, or where they are numbers, their order is that of monotone assumptions.
    labels : list of str
        Of the codes.
    treated, control : int
        Codes; `control` is that of the other treatment where only one arm's mean is asked for, None among several.
    compared : tuple of int
        Codes of the arms that the estimand is about.
    ordered : bool
        Whether monotone response has a meaning.
    support : (low, high) or None
    support_source : str or None
    weights, clusters, group : arrays or None
    rows_read : int
    places : (rows,) int64
        Where the rows were in the table that was read.
    dropped : dict of str to int
        Rows left out by reason.
    balance, missed : list of dict
        Covariates in the arms that are compared, and columns of rows kept and left out, with their differences.
    findings : list of Finding
    """

    design: Any
    covariates: dict[str, list[str]]
    y: FloatArray
    arm: IntArray
    labels: list[str]
    treated: int
    control: int | None
    compared: tuple[int, ...]
    ordered: bool
    support: tuple[float, float] | None
    support_source: str | None
    weights: FloatArray | None
    clusters: Any
    group: Any
    rows_read: int
    places: IntArray
    dropped: dict[str, int] = field(default_factory=dict)
    balance: list[dict[str, Any]] = field(default_factory=list)
    missed: list[dict[str, Any]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def has_range(self) -> bool:
        """Whether both ends of the outcome's support are known and finite."""
        return self.support is not None and bool(np.isfinite(self.support).all())


def study_of(table: Table, asked: Asked) -> Study:
    """Return the study, or raise with what must be changed.

    Raises
    ------
    InputError
    """
    check_names(table, asked)
    frame, findings = table.frame.reset_index(drop=True), []
    candidates, unusable = _candidates(frame, asked)
    findings += unusable
    used = list(dict.fromkeys([*asked.roles().values(), *candidates]))
    whole = frame[used]
    frame, dropped = complete(whole, asked.roles(), drop=asked.drop_missing)
    if asked.weight is not None:
        check_weight_column(Table(frame, table.name, table.sha256, table.source), asked.weight)
        zero = frame[asked.weight].to_numpy(dtype=np.float64) == 0
        if zero.any():
            dropped["weight 0"] = int(zero.sum())
            frame = frame[~zero]
    missed = against_missed(frame, whole[whole.isna().any(axis=1)], [asked.outcome, asked.treatment, *candidates])
    places, frame = frame.index.to_numpy(), frame.reset_index(drop=True)
    y = outcome_of(frame[asked.outcome], asked.outcome)
    support, source = support_of(y, asked)
    arms = _arms_of(frame[asked.treatment], asked)
    screened = screen_covariates(frame, candidates, y, arms.rows(asked), asked.covariates or ())
    findings += screened
    left_out = {finding.column for finding in screened if finding.left_out}
    kept = [name for name in candidates if str(name) not in left_out]
    group = None if asked.group is None else _group_of(frame[asked.group], asked.group)
    design, covariates = _design(frame, kept)
    weights = None if asked.weight is None else frame[asked.weight].to_numpy(dtype=np.float64)
    return Study(
        design=design,
        covariates=covariates,
        y=y,
        arm=arms.codes,
        labels=arms.labels,
        treated=arms.treated,
        control=arms.control,
        compared=arms.compared(asked),
        ordered=arms.ordered,
        support=support,
        support_source=source,
        weights=weights,
        clusters=None if asked.clusters is None else frame[asked.clusters].astype(str).to_numpy(dtype=object),
        group=group,
        rows_read=len(table.frame),
        dropped=dropped,
        places=places,
        balance=balance_of(design, covariates, arms.codes, arms.compared(asked), weights),
        missed=missed,
        findings=[*findings, *arms.findings],
    )


def check_names(table: Table, asked: Asked) -> None:
    """Raise where a named column does not exist, or has two roles that exclude each other."""
    columns = column_names(table.frame)
    listed = [("covariate", name) for name in asked.covariates or ()] + [("", name) for name in asked.exclude]
    for role, column in [*asked.roles().items(), *listed]:
        if column not in columns:
            raise no_column(table.name, column, columns, role)
    roles = {role: column for role, column in asked.roles().items() if role != "group"}
    for role, column in roles.items():
        twice = [other for other, same in roles.items() if same == column and other != role]
        if twice:
            raise InputError(f"{column!r} is named as the {role} and as the {twice[0]}: it can be one of them.")
        if ("covariate", column) in listed:
            raise InputError(f"{column!r} is the {role}, and cannot be a covariate. Take it out of --covariates.")
    both = [name for role, name in listed if role and name in asked.exclude]
    if both:
        raise InputError(f"{both[0]!r} cannot both be a covariate and excluded.")


def _candidates(frame: Any, asked: Asked) -> tuple[list[Hashable], list[Finding]]:
    """Return the covariates that can be used, and findings on those that cannot."""
    from kullback.report._screen import unusable

    taken = {column for role, column in asked.roles().items() if role != "group"} | set(asked.exclude)
    named = asked.covariates is not None
    listed = list(dict.fromkeys(asked.covariates or ())) if named else [c for c in frame.columns if c not in taken]
    used, findings = [], []
    for name in listed:
        finding = unusable(frame[name], len(frame)) or _too_many_levels(frame[name])
        if finding is None:
            used.append(name)
        elif named and finding.rule != "constant column":
            raise InputError(
                f"The covariate {name!r} cannot be used: {finding.evidence} Make numbers or at most {MOST_LEVELS} "
                "levels of it first, or leave it out."
            )
        else:
            findings.append(_left_out(finding.rule, name, finding.evidence, finding.severity))
    return used, findings


def _left_out(rule: str, name: Hashable, evidence: str, severity: str) -> Finding:
    return Finding(rule, str(name), evidence, "Left out of the covariates.", severity, left_out=True)


def _too_many_levels(series: Any) -> Finding | None:
    column = column_of(series, series.name)
    if column.levels is None or len(column.levels) <= MOST_LEVELS:
        return None
    evidence = f"{len(column.levels)} different texts, more than the {MOST_LEVELS} that become indicators."
    return _left_out("too many levels", series.name, evidence, "medium")


def outcome_of(series: Any, name: Hashable) -> FloatArray:
    """Return the outcome as numbers that vary."""
    column = column_of(series, name)
    if column.values is None:
        texts = ", ".join(repr(level) for level in (column.levels or ())[:4])
        raise InputError(
            f"The outcome, {name!r}, must hold numbers; it holds {texts}. Make a column of 0 and 1, 1 where it came "
            "about, or of amounts."
        )
    values = np.ascontiguousarray(column.values, dtype=np.float64)
    infinite = int(np.isinf(values).sum())
    if infinite:
        raise InputError(f"The outcome, {name!r}, must hold finite numbers; {infinite} rows hold an infinity.")
    if np.ptp(values) == 0:
        raise InputError(f"The outcome, {name!r}, is {values[0]:g} in every row: there is no effect to bound.")
    return values


def support_of(y: FloatArray, asked: Asked) -> tuple[tuple[float, float] | None, str | None]:
    """Return the outcome's support and where it comes from: stated, or 0 and 1 by its values."""
    if asked.outcome_bounds is None:
        return ((0.0, 1.0), "an outcome of 0 and 1") if np.isin(y, (0.0, 1.0)).all() else (None, None)
    low, high = (float(end) for end in asked.outcome_bounds)
    if not low < high:
        raise InputError(f"--outcome-bounds must be two numbers, LOW below HIGH; {low:g} and {high:g} came.")
    if np.isinf([low, high]).all():
        raise InputError("--outcome-bounds must have a finite end; without one leave it out.")
    outside = (y < low) | (y > high)
    if outside.any():
        raise InputError(
            f"The outcome, {asked.outcome!r}, must lie in the stated bounds, {low:g} to {high:g}; "
            f"{int(outside.sum()):,} of {y.size:,} rows do not, and it reaches from {y.min():g} to {y.max():g}. "
            "State the range that it can have, or correct these rows."
        )
    return (low, high), "stated"


@dataclass(frozen=True, eq=False)
class _Arms:
    """Codes of treatments with their labels, and which of them are compared."""

    codes: IntArray
    labels: list[str]
    treated: int
    control: int | None
    ordered: bool
    findings: list[Finding]

    def compared(self, asked: Asked) -> tuple[int, ...]:
        """Return the codes of the arms that the estimand is about."""
        return (self.treated,) if asked.estimand == "mean" or self.control is None else (self.treated, self.control)

    def rows(self, asked: Asked) -> dict[str, Any]:
        """Return the rows of each arm that is compared, by label."""
        return {self.labels[code]: self.codes == code for code in self.compared(asked)}


def _arms_of(series: Any, asked: Asked) -> _Arms:
    name = asked.treatment
    column = column_of(series, name)
    codes, labels = _coded(column)
    if len(labels) < 2:
        raise InputError(
            f"The treatment, {name!r}, must have two levels or more; every row has {labels[0]!r}. Without rows that "
            "were treated otherwise there is nothing to compare."
        )
    if len(labels) > MOST_LEVELS:
        raise InputError(
            f"The treatment, {name!r}, must have at most {MOST_LEVELS} levels; it has {len(labels)}. Put it into "
            "groups first."
        )
    _check_asked_arms(asked, labels)
    treated, control = (_position(labels, label, name) for label in (asked.arm, asked.control))
    findings = []
    if treated is None:
        treated = (len(labels) - 1) if control is None else 1 - control
        if column.kind == "categorical" and control is None:
            last = "in the alphabet" if declared_order(series) is None else "of the declared order"
            evidence = f"No arm was named; {labels[treated]!r}, the last {last}, counts as treated."
            findings.append(Finding("treated assumed", str(name), evidence, "If not so, name it: --arm.", "high"))
    if control is None and len(labels) == 2:
        control = 1 - treated
    if treated == control:
        raise InputError(f"--arm and --control must be two treatments; both are {labels[treated]!r}.")
    order = _order(len(labels), treated, control, falling=asked.monotone == "decreasing")
    place = np.argsort(order)
    return _Arms(
        place[codes],
        [labels[code] for code in order],
        int(place[treated]),
        None if control is None else int(place[control]),
        len(labels) == 2 or column.kind == "numeric" or declared_order(series) is not None,
        findings,
    )


def _order(n_labels: int, treated: int, control: int | None, *, falling: bool) -> IntArray:
    """Return the labels in the order in which no one's outcome falls: of two from control to treated."""
    order = np.array([control, treated]) if n_labels == 2 else np.arange(n_labels)
    return order[::-1] if falling else order


def _check_asked_arms(asked: Asked, labels: list[str]) -> None:
    told = ", ".join(map(quoted, labels))
    if asked.estimand == "mean":
        if asked.control is not None:
            raise InputError("--estimand mean asks for one arm: name it by --arm, without --control.")
        if asked.arm is None and len(labels) > 2:
            raise InputError(f"The treatment has {len(labels)} levels ({told}): name one, --arm.")
    elif len(labels) > 2 and (asked.arm is None or asked.control is None):
        raise InputError(
            f"The treatment has {len(labels)} levels ({told}): name the two to compare, --arm and --control."
        )


def _position(labels: list[str], wanted: Any, name: Hashable) -> int | None:
    if wanted is None:
        return None
    place = label_position(labels, wanted)
    if place is None:
        raise InputError(f"{wanted!r} is no level of the treatment, {name!r}; it has {', '.join(map(quoted, labels))}.")
    return place


def quoted(label: str) -> str:
    """Return a label as it is written on the command line: with quotes where it has blanks."""
    return f"'{label}'" if " " in label else label


def words_of(values: Sequence[Any]) -> list[str]:
    """Return labels as they are read: 1, not 1.0."""
    return [
        f"{value:.15g}" if isinstance(value, float | int) and not isinstance(value, bool) else str(value)
        for value in values
    ]


def _coded(column: Column) -> tuple[IntArray, list[str]]:
    """Return codes of a column's values and their labels, in their order."""
    if column.values is None:
        return np.asarray(column.codes), [str(level) for level in column.levels or ()]
    levels, codes = np.unique(column.values, return_inverse=True)
    named = [bool(level) for level in levels] if column.kind == "boolean" else levels.tolist()
    return codes.reshape(-1).astype(np.int64), words_of(named)


def _group_of(series: Any, name: Hashable) -> tuple[IntArray, list[str]]:
    codes, labels = _coded(column_of(series, name))
    if len(labels) > MOST_LEVELS:
        raise InputError(
            f"--group must name at most {MOST_LEVELS} groups; {name!r} has {len(labels)}. Put it into bands first."
        )
    return codes, labels


def _design(frame: Any, names: Sequence[Hashable]) -> tuple[Any, dict[str, list[str]]]:
    """Return covariates as numbers: texts as indicators of all levels but the first."""
    import pandas as pd

    columns: dict[str, FloatArray] = {}
    covariates: dict[str, list[str]] = {}
    for name in names:
        column = column_of(frame[name], name)
        if column.values is not None:
            parts = {str(name): np.asarray(column.values)}
        else:
            levels = list(enumerate(column.levels or ()))
            parts = {f"{name}={level}": (np.asarray(column.codes) == code) + 0.0 for code, level in levels[1:]}
        infinite = sum(int(np.isinf(values).sum()) for values in parts.values())
        if infinite:
            raise InputError(f"The covariate {name!r} must hold finite numbers; {infinite} rows hold an infinity.")
        columns |= parts
        covariates[str(name)] = list(parts)
    if not columns:
        return pd.DataFrame({"(none)": np.zeros(len(frame))}), {}
    return pd.DataFrame(columns), covariates
