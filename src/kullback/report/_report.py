"""From a table to a scorecard with its validation report, in one call."""

from __future__ import annotations

import warnings
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from kullback._checks import encode_events
from kullback.exceptions import InputError, KullbackWarning, SmallCountWarning
from kullback.report import _sections as sections
from kullback.report._figures import scorecard_figures
from kullback.report._findings import gaps, heard, miscalibrations, of_table, possible_codes, very_strong, warned
from kullback.report._model import FittedModel, Progress, fit_model
from kullback.report._provenance import run_record
from kullback.report._read import Table, table_of
from kullback.report._rows import (
    Prepared,
    check_choices,
    check_columns,
    event_label,
    prepare,
    share_of_rows,
    split,
)
from kullback.report._saved import Report
from kullback.report._screen import Finding, by_severity, screen_columns
from kullback.scorecard import Scorecard

__all__ = ["ScorecardReport", "scorecard_report"]


@dataclass(frozen=True, eq=False)
class ScorecardReport(Report):
    """A fitted scorecard with everything its report says.

    Attributes
    ----------
    numbers : dict
        Every number of the report; the keys are described in the user guide.
    figures : dict of str to str
        SVG text by name.
    card : Scorecard
        Fitted on the training rows.
    """

    template = "scorecard.html"

    card: Scorecard


def scorecard_report(
    data: Any,
    *,
    target: Hashable,
    event: Any = None,
    protected: Hashable | list[Hashable] | None = None,
    exclude: Sequence[Hashable] = (),
    keep: Sequence[Hashable] = (),
    weight: Hashable | None = None,
    out_of_time: Any = None,
    test_size: float = 0.3,
    scorecard: Scorecard | None = None,
    n_permutations: int | None = None,
    random_state: int = 0,
    command: str | None = None,
    progress: Progress | None = None,
) -> ScorecardReport:
    """Screen the columns, choose the features, fit a scorecard and validate it.

    The rows are split at random, by class, into training and test rows. Columns that leak the target or stand in
    for the protected column are left out, each with a finding. Features enter the model where the permutation
    test of their information, adjusted for their number (Benjamini-Hochberg), rejects at 5%, but for duplicates
    and those whose coefficient, given the others, would give more points to more risk. All figures that bins
    chosen on the same rows would flatter are cross-fitted or come from rows held out.

    Parameters
    ----------
    data : dataframe or Table
        As :func:`read_table` returns it, or any dataframe.
    target : name
        Column with two labels.
    event : label, optional
        The bad outcome; the `pos_label` of `scorecard` where None, and the greater label where that is None too. A
        text that reads like a label will do.
    protected : name or list of names, optional
        Columns of protected groups: never predictors unless `keep` names them, and each the subject of a section on
        disparity.
    exclude, keep : sequences of names
        Columns to leave out, and columns to leave in whatever the screen finds.
    weight : name, optional
        Column of sampling weights.
    out_of_time : dataframe or Table, optional
        Later rows with the same columns, judged separately.
    test_size : float
        Share of the rows held out.
    scorecard : Scorecard, optional
        Unfitted; its parameters are used. The defaults where None.
    n_permutations : int, optional
        Of each feature's test; by default 999, or 20 a feature where that is more, so that one feature alone can
        stand after adjustment.
    random_state : int
        Of the split, the folds and the permutations.
    command : str, optional
        Printed with the report, so that it can be made again.
    progress : callable, optional
        Told (stage, steps done, steps in all).

    Returns
    -------
    ScorecardReport

    Raises
    ------
    InputError
        If a named column does not exist, the target has not two labels, a protected column is the target, `event` is
        not the label that `scorecard` names, or no column is left to predict with.

    Examples
    --------
    >>> from kullback.datasets import make_credit
    >>> from kullback.report import scorecard_report
    >>> credit = make_credit(1000, event_rate=0.3, random_state=0)
    >>> data = credit.data[["income", "utilization", "noise_0"]].assign(default=credit.target)
    >>> report = scorecard_report(data, target="default", n_permutations=99)
    >>> report.card.features_
    ['income', 'utilization']
    """
    table, card = table_of(data, "data"), scorecard or Scorecard()
    told = progress or (lambda _stage, _done, _total: None)
    named = protected if isinstance(protected, list) else [] if protected is None else [protected]
    groups = list(dict.fromkeys(named))
    test_size = share_of_rows(test_size)
    check_columns(table.frame, target, groups, weight, [*exclude, *keep], table.name)
    check_choices(target, weight, exclude, keep)
    label = event_label(table.frame[target], event, card)
    out = {target, weight, *exclude, *(name for name in groups if name not in keep)}
    features = [column for column in table.frame.columns if column not in out]
    rows = prepare(table.frame, features, target, label, groups, weight)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", KullbackWarning)
        told("screening columns", 0, 1)
        findings = screen_columns(table.frame[list(dict.fromkeys([*features, *groups]))], rows.events, keep, groups)
        left_out = {finding.column for finding in findings if finding.left_out}
        used = [c for c in features if str(c) not in left_out]
        if not used:
            raise InputError(
                f"No column is left to predict {target!r} with: all were excluded or left out by the screen. "
                "Name in keep the columns that stay."
            )
        train, test = split(rows, used, test_size, random_state)
        fitted = fit_model(train, card, keep, n_permutations, random_state, told)
    parts = {"train": train, "test": test}
    later = None if out_of_time is None else table_of(out_of_time, "out_of_time")
    if later is not None:
        check_columns(later.frame, target, groups, weight, used, later.name)
        parts["out_of_time"] = _later(later, used, target, label, groups, weight)
    codes = possible_codes(train.frame, fitted.binner)
    findings += [*of_table(table, target, label), *codes, *fitted.findings, *warned(caught)]
    samples = []
    for name, part in parts.items():
        sample, told_of_it = heard(partial(_sample, fitted.card, name, part), name)
        samples.append(sample)
        findings += told_of_it
    numbers = _numbers(fitted, samples, findings, groups)
    numbers = {
        "schema": "kullback.scorecard/2",
        "run": run_record(table, later, card, random_state, command)
        | {"test_size": test_size, "n_permutations": fitted.n_permutations, "kept": [str(column) for column in keep]},
        "data": _data(table, rows, target, label, weight, groups, exclude, samples),
    } | numbers
    told("drawing", 0, 1)
    shown = [name for name, t in fitted.binner.tables_.items() if t.rule.n_bins > 1]
    shown.sort(key=lambda name: name not in fitted.card.features_)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SmallCountWarning)  # the numbers have told it
        figures = scorecard_figures(fitted.binner, samples[1], shown)
    told("drawing", 1, 1)
    return ScorecardReport(numbers, figures, fitted.card)


def _later(
    table: Table,
    used: list[Hashable],
    target: Hashable,
    label: Any,
    protected: Sequence[Hashable],
    weight: Hashable | None,
) -> Prepared:
    try:
        return prepare(table.frame, used, target, label, protected, weight)
    except InputError as error:
        raise InputError(f"The later rows, {table.name}, cannot be judged: {error}") from None


def _sample(card: Scorecard, name: str, rows: Prepared) -> sections.Sample:
    chosen = list(card.binner_.tables_)
    return sections.Sample(
        name,
        rows.frame,
        rows.events,
        rows.weights,
        card.points(rows.frame[chosen]),
        card.event_probability(rows.frame[chosen]),
        rows.groups,
    )


def _numbers(
    fitted: FittedModel,
    samples: list[sections.Sample],
    findings: list[Finding],
    protected: Sequence[Hashable],
) -> dict[str, Any]:
    card = fitted.card
    coefficients = sections.coefficient_records(card)
    evidence, action = "More risk with a higher WoE, given the others.", "Kept on request."
    conflicts = [record["name"] for record in coefficients if record["sign_conflict"]]
    findings += [Finding("sign conflict", name, evidence, action, "high") for name in conflicts]
    cutoff = float(np.median(samples[0].points))
    performance: dict[str, Any] = {}
    disparity: dict[str, dict[str, Any]] = {str(column): {} for column in protected}
    for s in samples:
        performance[s.name], told = heard(partial(sections.performance, s, fitted=s.name == "train"), s.name)
        findings += told
    for s, column in product(samples[1:], protected):
        disparity[str(column)][s.name], told = heard(partial(sections.disparity, s, cutoff, column), s.name)
        findings += told
    features = sections.feature_records(card, fitted.binner, fitted.pvalues, fitted.n_permutations, samples)
    findings += [*very_strong(features), *gaps(performance), *miscalibrations(performance)]
    numbers: dict[str, Any] = {
        "findings": by_severity(findings),
        "features": features,
        "model": {"penalty": card.penalty_, "log_likelihood": card.log_likelihood_}
        | {"null_log_likelihood": card.null_log_likelihood_},
        "coefficients": coefficients,
        "scale": {
            "pdo": float(card.pdo),
            "base_points": float(card.base_points),
            "base_odds": float(card.base_odds),
            "factor": card.scale_.factor,
            "offset": card.scale_.offset,
            "odds": "good to bad; points rise with the weight of evidence",
        },
        "scorecard": sections.bin_records(card),
        "performance": performance,
        "stability": sections.stability(samples),
    }
    return numbers | {"disparity": disparity} if protected else numbers


def _data(
    table: Table,
    rows: Prepared,
    target: Hashable,
    label: Any,
    weight: Hashable | None,
    protected: Sequence[Hashable],
    exclude: Sequence[Hashable],
    samples: list[sections.Sample],
) -> dict[str, Any]:
    event = encode_events(table.frame[target], label, name=str(target))[1][1]
    missing = table.frame.isna().mean()
    return {
        "target": str(target),
        "event": str(event.item() if isinstance(event, np.generic) else event),
        "weight": None if weight is None else str(weight),
        "protected": [str(column) for column in protected],
        "excluded": [str(column) for column in exclude],
        "rows": int(rows.events.size),
        "events": int(rows.events.sum()),
        "duplicated_rows": int(table.frame.duplicated().sum()),
        "missing": {str(c): float(share) for c, share in missing.items() if share > 0},
        "samples": {s.name: {"rows": int(s.events.size), "events": int(s.events.sum())} for s in samples},
    }
