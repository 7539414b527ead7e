"""From a table to a scorecard with its validation report, in one call."""

from __future__ import annotations

import os
import platform
import warnings
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from kullback._checks import check_weights, encode_events
from kullback._frames import column_names
from kullback._typing import FloatArray, IntArray
from kullback.binning import OptimalBinner
from kullback.exceptions import InputError, KullbackWarning
from kullback.report import _sections as sections
from kullback.report._figures import scorecard_figures
from kullback.report._read import Table, table_of
from kullback.report._screen import Finding, screen_columns
from kullback.scorecard import Scorecard

__all__ = ["ScorecardReport", "scorecard_report"]

LEVEL = 0.05
"""Features with an adjusted p-value up to this enter the model."""

PACKAGES = (
    "kullback",
    "numpy",
    "scipy",
    "pandas",
    "scikit-learn",
    "statsmodels",
    "numba",
    "narwhals",
    "matplotlib",
)

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, eq=False)
class ScorecardReport:
    """A fitted scorecard with everything its report says.

    Attributes
    ----------
    card : Scorecard
        Fitted on the training rows.
    numbers : dict
        Every number of the report; the keys are described in the user guide.
    figures : dict of str to str
        SVG text by name.
    """

    card: Scorecard
    numbers: dict[str, Any]
    figures: dict[str, str]

    def to_html(self) -> str:
        """Return the report as one HTML page that needs no other file."""
        from kullback.report._render import render

        return render(self.numbers, self.figures)

    def to_json(self) -> str:
        """Return the numbers as JSON."""
        import json

        return json.dumps(self.numbers, indent=2, ensure_ascii=False, allow_nan=False) + "\n"

    def save(self, path: str | Path) -> tuple[Path, Path]:
        """Write the page to `path` and the numbers beside it, with the ending ``.json``.

        Both are written in full before either takes its name, so that no half-written report is left behind.

        Returns
        -------
        tuple of Path
            The page and the numbers.

        Raises
        ------
        InputError
            If the folder does not exist, or the path ends in ``.json`` itself.
        """
        page = Path(path)
        beside = page.with_suffix(".json")
        if beside == page:
            raise InputError(f"The report's page cannot end in .json, which its numbers do; {page.name!r} came.")
        if not page.parent.is_dir():
            raise InputError(f"There is no folder {str(page.parent)!r} to write {page.name!r} to.")
        parts = [(page, self.to_html()), (beside, self.to_json())]
        drafts = [target.with_name(f".{target.name}.part") for target, _ in parts]
        try:
            for draft, (_, text) in zip(drafts, parts, strict=True):
                draft.write_text(text, encoding="utf-8")
            for draft, (target, _) in zip(drafts, parts, strict=True):
                os.replace(draft, target)
        finally:
            for draft in drafts:
                draft.unlink(missing_ok=True)
        return page, beside


@dataclass(frozen=True, eq=False)
class _Prepared:
    """The rows and columns of one table, as the model sees them."""

    frame: Any
    events: IntArray
    weights: FloatArray | None
    group: Any


def scorecard_report(
    data: Any,
    *,
    target: Hashable,
    event: Any = None,
    protected: Hashable | None = None,
    exclude: Sequence[Hashable] = (),
    keep: Sequence[Hashable] = (),
    weight: Hashable | None = None,
    out_of_time: Any = None,
    test_size: float = 0.3,
    scorecard: Scorecard | None = None,
    n_permutations: int = 999,
    random_state: int = 0,
    command: str | None = None,
    progress: Progress | None = None,
) -> ScorecardReport:
    """Screen the columns, choose the features, fit a scorecard and validate it.

    The rows are split at random, by class, into training and test rows. Columns that leak the target or stand in
    for the protected column are left out, each with a finding. Features enter the model where the permutation
    test of their information, adjusted for their number (Benjamini-Hochberg), rejects at 5%. All figures that
    bins chosen on the same rows would flatter are cross-fitted or come from rows held out.

    Parameters
    ----------
    data : dataframe or Table
        As :func:`read_table` returns it, or any dataframe.
    target : name
        Column with two labels.
    event : label, optional
        The bad outcome; the greater label where None. A text that reads like a label will do.
    protected : name, optional
        Column of a protected group: never a predictor unless `keep` names it, and the subject of the section on
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
    n_permutations : int
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
        If a named column does not exist, the target has not two labels, the protected column is the target, or no
        column is left to predict with.
    """
    table = table_of(data, "data")
    told = progress or (lambda _stage, _done, _total: None)
    _check_columns(table.frame, target, protected, weight, [*exclude, *keep], table.name)
    label = match_label(table.frame[target], event)
    features = [c for c in table.frame.columns if c not in {target, weight, *exclude} and (c != protected or c in keep)]
    rows = _prepare(table.frame, features, target, label, protected, weight)
    candidates = features if protected is None or protected in features else [*features, protected]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", KullbackWarning)
        told("screening columns", 0, 1)
        findings = screen_columns(table.frame[candidates], rows.events, keep, protected)
        left_out = {finding.column for finding in findings if finding.left_out}
        used = [c for c in features if str(c) not in left_out]
        if not used:
            raise InputError(
                f"No column is left to predict {target!r} with: all were excluded or left out by the screen. --keep "
                "names columns that stay."
            )
        train, test = _split(rows, used, test_size, random_state)
        fitted = _fit(train, scorecard, n_permutations, random_state, told)
        samples = [_sample(fitted.card, name, part) for name, part in (("train", train), ("test", test))]
        later = None if out_of_time is None else table_of(out_of_time, "out_of_time")
        if later is not None:
            _check_columns(later.frame, target, protected, weight, used, later.name)
            samples.append(
                _sample(fitted.card, "out_of_time", _prepare(later.frame, used, target, label, protected, weight))
            )
    findings += fitted.findings + _warned(caught)
    numbers = _numbers(fitted, samples, findings, protected, n_permutations)
    numbers = {
        "schema": "kullback.scorecard/1",
        "run": _run(table, later, random_state, command),
        "data": _data(table, rows, target, label, weight, protected, exclude, samples),
    } | numbers
    told("drawing", 0, 1)
    shown = [name for name, t in fitted.binner.tables_.items() if t.rule.n_bins > 1]
    figures = scorecard_figures(fitted.binner, samples[1], shown)
    told("drawing", 1, 1)
    return ScorecardReport(fitted.card, numbers, figures)


def _check_columns(
    frame: Any,
    target: Hashable,
    protected: Hashable | None,
    weight: Hashable | None,
    others: Sequence[Hashable],
    name: str,
) -> None:
    columns = column_names(frame)
    for role, column in (("target", target), ("protected column", protected), ("weight", weight)):
        if column is not None and column not in columns:
            raise InputError(f"{name} has no column {column!r}, named as the {role}. {_known(columns)}")
    for column in others:
        if column not in columns:
            raise InputError(f"{name} has no column {column!r}. {_known(columns)}")
    if protected == target:
        raise InputError(f"The protected column cannot be the target, {target!r}: there would be nothing to compare.")
    if weight is not None and weight in (target, protected):
        raise InputError(f"The weight cannot be the target or the protected column; {weight!r} came.")


def _known(columns: Sequence[Hashable]) -> str:
    return f"It has: {', '.join(map(str, columns[:12]))}{', ...' if len(columns) > 12 else ''}."


def match_label(labels: Any, event: Any) -> Any:
    """Return the label that `event` stands for: itself, or the one that reads the same; None for None."""
    if event is None:
        return None
    present = labels.dropna().unique().tolist()
    for label in present:
        if label == event or str(label) == str(event):
            return label
    for label in present:
        if _as_float(label) is not None and _as_float(label) == _as_float(event):
            return label
    told = ", ".join(map(repr, present[:5]))
    raise InputError(f"The event {event!r} is not a label of the target; it holds {told}.")


def _as_float(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _prepare(
    frame: Any,
    features: list[Hashable],
    target: Hashable,
    label: Any,
    protected: Hashable | None,
    weight: Hashable | None,
) -> _Prepared:
    events, _ = encode_events(frame[target], label, name=str(target))
    weights = None if weight is None else check_weights(frame[weight], len(frame))
    return _Prepared(frame[features], events, weights, None if protected is None else frame[protected])


def _split(rows: _Prepared, used: list[Hashable], test_size: float, seed: int) -> tuple[_Prepared, _Prepared]:
    from sklearn.model_selection import train_test_split

    smallest = int(min(rows.events.sum(), (1 - rows.events).sum()))
    if not 0 < test_size < 1 or min(test_size, 1 - test_size) * smallest < 2:
        raise InputError(
            f"test_size must leave two rows of each class on both sides; test_size={test_size} of {rows.events.size} "
            f"rows, {smallest} in the smaller class, does not."
        )
    index = np.arange(rows.events.size)
    first, second = train_test_split(index, test_size=test_size, random_state=seed, stratify=rows.events)
    return _take(rows, np.sort(first), used), _take(rows, np.sort(second), used)


def _take(rows: _Prepared, index: IntArray, used: list[Hashable]) -> _Prepared:
    return _Prepared(
        rows.frame[used].iloc[index],
        rows.events[index],
        None if rows.weights is None else rows.weights[index],
        None if rows.group is None else rows.group.iloc[index],
    )


@dataclass(frozen=True, eq=False)
class _Fitted:
    """The binner of all candidates, the p-values, the scorecard of those chosen, and what was found on the way."""

    binner: OptimalBinner
    pvalues: dict[Hashable, float]
    card: Scorecard
    findings: list[Finding]


def _fit(train: _Prepared, scorecard: Scorecard | None, n_permutations: int, seed: int, told: Progress) -> _Fitted:
    from sklearn.base import clone

    card = Scorecard() if scorecard is None else clone(scorecard)
    binner = clone(card.binner or OptimalBinner()).set_params(random_state=seed)
    told("binning", 0, 1)
    binner.fit(train.frame, train.events, sample_weight=train.weights)
    done, total = 0, n_permutations * len(binner.tables_)

    def step(_feature: Hashable, size: int) -> None:
        nonlocal done
        done += size
        told("permutation tests", done, total)

    test = binner.permutation_test(n_permutations, on_step=step)
    pvalues = dict(zip(binner.tables_, test.pvalue.tolist(), strict=True))
    chosen, findings = _choose(pvalues)
    told("fitting the scorecard", 0, 1)
    trends = {name: binner.tables_[name].trend for name in chosen if binner.tables_[name].kind == "numeric"}
    asked = binner.monotonic if isinstance(binner.monotonic, dict) else {}
    trends = {name: trend for name, trend in trends.items() if trend != "as given"}
    few = clone(binner).set_params(monotonic={k: v for k, v in (asked | trends).items() if k in chosen})
    card.set_params(binner=few, pos_label=None)
    card.fit(train.frame[chosen], train.events, sample_weight=train.weights)
    return _Fitted(binner, pvalues, card, findings)


def _choose(pvalues: dict[Hashable, float]) -> tuple[list[Hashable], list[Finding]]:
    """Return the features whose information is shown, or the most likely one with a finding where none is."""
    from scipy import stats

    adjusted = stats.false_discovery_control(list(pvalues.values()))
    chosen = [name for name, p in zip(pvalues, adjusted, strict=True) if p <= LEVEL]
    if chosen:
        return chosen, []
    best = min(pvalues, key=lambda name: pvalues[name])
    evidence = f"The smallest adjusted p-value is {adjusted.min():.2g}."
    return [best], [Finding("no information shown", str(best), evidence, "The model has this one feature.", "high")]


def _sample(card: Scorecard, name: str, rows: _Prepared) -> sections.Sample:
    chosen = list(card.binner_.tables_)
    return sections.Sample(
        name,
        rows.frame,
        rows.events,
        rows.weights,
        card.points(rows.frame[chosen]),
        card.event_probability(rows.frame[chosen]),
        rows.group,
    )


def _warned(caught: Sequence[Any]) -> list[Finding]:
    """Turn the warnings of the fit into findings, each once."""
    messages = dict.fromkeys(str(w.message) for w in caught if issubclass(w.category, KullbackWarning))
    return [Finding("warning", "", message, "See the sections below.", "low") for message in messages]


def _numbers(
    fitted: _Fitted,
    samples: list[sections.Sample],
    findings: list[Finding],
    protected: Hashable | None,
    n_permutations: int,
) -> dict[str, Any]:
    card = fitted.card
    coefficients = sections.coefficient_records(card)
    conflicts = [r["name"] for r in coefficients if r["sign_conflict"]]
    findings += [
        Finding(
            "sign conflict",
            name,
            "More risk with a higher WoE, given the others.",
            "Shown, not hidden.",
            "medium",
        )
        for name in conflicts
    ]
    numbers: dict[str, Any] = {
        "findings": [finding.to_dict() for finding in findings],
        "features": sections.feature_records(card, fitted.binner, fitted.pvalues, n_permutations, samples),
        "coefficients": coefficients,
        "scale": {
            "pdo": card.pdo,
            "base_points": card.base_points,
            "base_odds": card.base_odds,
            "factor": card.scale_.factor,
            "offset": card.scale_.offset,
            "odds": "good to bad; points rise with the weight of evidence",
        },
        "scorecard": sections.bin_records(card),
        "performance": {s.name: sections.performance(s, fitted=s.name == "train") for s in samples},
        "stability": sections.stability(samples),
    }
    if protected is not None:
        cutoff = float(np.median(samples[0].points))
        numbers["disparity"] = {s.name: sections.disparity(s, cutoff, protected) for s in samples[1:]}
    return numbers


def _run(table: Table, later: Table | None, seed: int, command: str | None) -> dict[str, Any]:
    return {
        "command": command,
        "seed": seed,
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
        "data": _provenance(table),
        "out_of_time": None if later is None else _provenance(later),
    }


def _provenance(table: Table) -> dict[str, Any]:
    rows, columns = table.frame.shape
    return {
        "name": table.name,
        "source": table.source,
        "sha256": table.sha256,
        "rows": rows,
        "columns": columns,
    }


def _data(
    table: Table,
    rows: _Prepared,
    target: Hashable,
    label: Any,
    weight: Hashable | None,
    protected: Hashable | None,
    exclude: Sequence[Hashable],
    samples: list[sections.Sample],
) -> dict[str, Any]:
    event = table.frame[target].max() if label is None else label
    missing = table.frame.isna().mean()
    return {
        "target": str(target),
        "event": str(event.item() if isinstance(event, np.generic) else event),
        "weight": None if weight is None else str(weight),
        "protected": None if protected is None else str(protected),
        "excluded": [str(column) for column in exclude],
        "rows": int(rows.events.size),
        "events": int(rows.events.sum()),
        "duplicated_rows": int(table.frame.duplicated().sum()),
        "missing": {str(c): float(share) for c, share in missing.items() if share > 0},
        "samples": {s.name: {"rows": int(s.events.size), "events": int(s.events.sum())} for s in samples},
    }
