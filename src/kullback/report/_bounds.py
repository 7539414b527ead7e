"""From a table to a report of what it says of a treatment's effect, in one call."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from kullback._checks import check_confidence_level
from kullback.bounds import CausalBounds, with_laws_kept
from kullback.exceptions import InputError, KullbackWarning
from kullback.report import _bounds_sections as sections
from kullback.report._bounds_data import outcome_record, raw_means
from kullback.report._bounds_figures import bounds_figures
from kullback.report._bounds_findings import of_assumptions, of_groups, of_overlap, of_rows
from kullback.report._bounds_rows import Asked, Study, study_of
from kullback.report._bounds_words import breakdown_words, headline
from kullback.report._findings import warned
from kullback.report._model import Progress
from kullback.report._provenance import environment, plain, provenance
from kullback.report._read import table_of
from kullback.report._saved import Report
from kullback.report._screen import Finding, by_severity

__all__ = ["BoundsReport", "bounds_report"]

STEPS = 6
ESTIMANDS = ("ate", "att", "mean")
DIRECTIONS = ("increasing", "decreasing")


@dataclass(frozen=True, eq=False)
class BoundsReport(Report):
    """Fitted bounds with everything their report says.

    Attributes
    ----------
    numbers : dict
        Every number of the report; the keys are described in the user guide.
    figures : dict of str to str
        SVG text by name.
    bounds : CausalBounds
        Fitted under no unrecorded confounding, with treatments as codes; other assumptions follow from it by
        :func:`~kullback.bounds.under_assumptions`.
    """

    template = "bounds.html"

    bounds: CausalBounds


def bounds_report(
    data: Any,
    *,
    outcome: Hashable,
    treatment: Hashable,
    covariates: Sequence[Hashable] | None = None,
    exclude: Sequence[Hashable] = (),
    arm: Any = None,
    control: Any = None,
    estimand: str = "ate",
    outcome_bounds: tuple[float, float] | None = None,
    monotone: str = "increasing",
    null: float | None = None,
    group: Hashable | None = None,
    weight: Hashable | None = None,
    clusters: Hashable | None = None,
    drop_missing: bool = False,
    cv: int = 5,
    confidence_level: float = 0.95,
    propensity_estimator: Any = None,
    outcome_estimator: Any = None,
    random_state: int = 0,
    command: str | None = None,
    progress: Progress | None = None,
) -> BoundsReport:
    """Bound a treatment's effect under nothing, and under one assumption after another.

    Nuisances are fitted once, across folds; all assumptions are compared on them. What the data alone allow comes
    first: no effect is signed without an assumption.

    Parameters
    ----------
    data : dataframe or Table
        As :func:`read_table` returns it, or any dataframe.
    outcome : name
        Column of numbers.
    treatment : name
        Column of two labels or more.
    covariates : sequence of names, optional
        By default all other columns, but for those that restate the treatment or the outcome. Texts become indicators.
    exclude : sequence of names
        Columns that are no covariates.
    arm, control : labels, optional
        Treated and control: of two treatments the greater and the lesser by default. "mean" is that of `arm`.
    estimand : {"ate", "att", "mean"}
        Average effect, effect on those treated, or mean under one treatment.
    outcome_bounds : (low, high), optional
        Range that the outcome can have; of a 0/1 outcome it is known.
    monotone : {"increasing", "decreasing"}
        Whether the treatment is assumed to lower no one's outcome, or to raise no one's, where monotone response and
        selection are looked at.
    null : float, optional
        For breakdown values: 0 for an effect by default; a mean has none.
    group : name, optional
        Column of groups, each with its own bounds; not with "att".
    weight, clusters : names, optional
        Columns of sampling weights, and of rows that may depend on each other.
    drop_missing : bool
        Whether to leave rows with missing values out; they are refused otherwise.
    cv : int
        Folds.
    confidence_level : float
    propensity_estimator, outcome_estimator : estimators, optional
        As of :class:`~kullback.bounds.CausalBounds`.
    random_state : int
        Of folds and forests.
    command : str, optional
        Printed with the report, so that it can be made again.
    progress : callable, optional
        Told (stage, steps done, steps in all).

    Returns
    -------
    BoundsReport

    Raises
    ------
    InputError
        If a named column does not exist or cannot have its role, values are missing, outcomes lie outside the stated
        range, or an arm is not a level of the treatment.

    Examples
    --------
    >>> from kullback.datasets import make_confounded
    >>> from kullback.report import bounds_report
    >>> drawn = make_confounded(400, random_state=0)
    >>> data = drawn.X.assign(y=drawn.outcome, a=drawn.treatment)
    >>> report = bounds_report(data, outcome="y", treatment="a", outcome_bounds=(0, 1), cv=2)
    >>> {r["key"]: round(r["width"], 2) for r in report.numbers["assumptions"] if r["kind"] == "data"}
    {'nothing': 1.0}
    """
    asked = Asked(
        outcome,
        treatment,
        None if covariates is None else tuple(covariates),
        tuple(exclude),
        arm,
        control,
        estimand,
        outcome_bounds,
        monotone,
        null,
        group,
        weight,
        clusters,
        drop_missing,
        cv,
        check_confidence_level(confidence_level),
        random_state,
    )
    _check(asked)
    table = table_of(data, "data")
    told = _steps(progress)
    told()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", KullbackWarning)
        study = study_of(table, asked)
        told()
        bounds = _fit(study, asked, propensity_estimator, outcome_estimator)
        numbers, findings = _numbers(bounds, study, asked, told)
    findings = [*of_rows(table, study, asked), *findings, *warned(caught)]
    learners = {"propensity_estimator": plain(propensity_estimator), "outcome_estimator": plain(outcome_estimator)}
    numbers = {
        "schema": "kullback.bounds/1",
        "run": environment(command, random_state) | {"data": provenance(table)} | _options(asked) | learners,
        "data": _data(study, asked, findings),
        "findings": by_severity(findings),
    } | numbers
    numbers["headline"], numbers["frontier"]["words"] = headline(numbers), breakdown_words(numbers)
    told()
    figures = bounds_figures(numbers)
    told()
    return BoundsReport(numbers, figures, bounds)


def _steps(progress: Progress | None) -> Callable[[], None]:
    """Return what counts the steps for `progress`."""
    done = iter(range(STEPS + 1))

    def told() -> None:
        if progress is not None:
            progress("bounds", next(done), STEPS)

    return told


def _check(asked: Asked) -> None:
    if asked.estimand not in ESTIMANDS:
        raise InputError(f"The estimand must be one of {', '.join(ESTIMANDS)}; {asked.estimand!r} came.")
    if asked.monotone not in DIRECTIONS:
        raise InputError(f"monotone must be one of {', '.join(DIRECTIONS)}; {asked.monotone!r} came.")
    if asked.group is not None and asked.estimand == "att":
        raise InputError("Groups go with the estimands ate and mean; leave --group out, or ask for --estimand ate.")


def _fit(study: Study, asked: Asked, propensity_estimator: Any, outcome_estimator: Any) -> CausalBounds:
    """Fit under no unrecorded confounding, with the laws that monotone response needs."""
    arm: Any = study.treated if asked.estimand == "mean" else (study.treated, study.control)
    estimator = CausalBounds(
        odds_ratio_bound=1.0,
        assumptions=("mtr",) if study.ordered else (),
        outcome_bounds=study.support,
        estimand=asked.estimand,
        arm=arm,
        propensity_estimator=propensity_estimator,
        outcome_estimator=outcome_estimator,
        cv=asked.cv,
        random_state=asked.random_state,
    )
    given = {"sample_weight": study.weights, "clusters": study.clusters}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r".*estimated propensity of 0 or 1", KullbackWarning)  # a finding says it
        return with_laws_kept(estimator.fit(study.design, study.y, treatment=study.arm, **given))


def _numbers(
    bounds: CausalBounds, study: Study, asked: Asked, told: Callable[[], None]
) -> tuple[dict[str, Any], list[Finding]]:
    effect = asked.estimand != "mean"
    null = 0.0 if effect and asked.null is None else asked.null
    numbers: dict[str, Any] = {
        "estimand": {
            "name": asked.estimand,
            "words": _estimand_words(study, asked),
            "odds": sections.odds_of(study, asked),
            "effect": effect,
            "null": null,
        },
        "overlap": sections.overlap_record(bounds, study),
    }
    findings = of_overlap(numbers["overlap"], study)
    told()
    numbers["assumptions"] = sections.assumption_records(bounds, study, asked, null)
    findings += of_assumptions(numbers["assumptions"])
    told()
    numbers["frontier"] = sections.frontier_record(bounds, study, asked, null)
    told()
    if not study.has_range:
        numbers["distributions"] = sections.distribution_records(bounds, study, asked)
    else:
        numbers["divergences"] = sections.divergence_records(bounds, study, asked)
    if study.group is not None:
        numbers["groups"] = sections.group_records(bounds, study, asked)
        findings += of_groups(numbers["groups"], str(asked.group))
    return numbers, findings


def _estimand_words(study: Study, asked: Asked) -> str:
    treated = study.labels[study.treated]
    if asked.estimand == "mean":
        return f"the mean of {asked.outcome} were all under {asked.treatment} = {treated}"
    control = study.labels[study.control or 0]
    on = f" among those with {treated}" if asked.estimand == "att" else ""
    return f"the average effect on {asked.outcome} of {asked.treatment} = {treated} against {control}{on}"


def _options(asked: Asked) -> dict[str, Any]:
    """Return what was asked for beside the columns' roles, as it came."""
    names = ("arm", "control", "estimand", "outcome_bounds", "monotone", "null", "drop_missing", "cv")
    return {name: plain(getattr(asked, name)) for name in (*names, "confidence_level")} | {
        "covariates": None if asked.covariates is None else [str(name) for name in asked.covariates],
        "exclude": [str(name) for name in asked.exclude],
        **{name: None if (of := getattr(asked, name)) is None else str(of) for name in ("group", "weight", "clusters")},
    }


def _data(study: Study, asked: Asked, findings: Sequence[Finding]) -> dict[str, Any]:
    control = None if study.control is None or asked.estimand == "mean" else study.labels[study.control]
    rules = {finding.column: finding.rule for finding in findings if finding.left_out}
    return {
        "rows_read": study.rows_read,
        "rows": int(study.y.size),
        "dropped": study.dropped,
        "outcome": outcome_record(study, asked.outcome),
        "treatment": {
            "name": str(asked.treatment),
            "treated": study.labels[study.treated],
            "control": control,
            "levels": raw_means(study),
        },
        "covariates": [{"name": name, "columns": columns} for name, columns in study.covariates.items()],
        "balance": study.balance,
        "missed": study.missed,
        "left_out": [{"name": name, "reason": reason} for name, reason in rules.items()]
        + [{"name": str(name), "reason": "excluded on request"} for name in asked.exclude],
        "weight": None if asked.weight is None else str(asked.weight),
        "clusters": None if asked.clusters is None else str(asked.clusters),
        "n_clusters": None if study.clusters is None else len(set(study.clusters.tolist())),
        "group": None if asked.group is None else str(asked.group),
    }
