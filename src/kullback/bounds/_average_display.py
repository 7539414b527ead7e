"""Pictures of average bounds: over the odds ratio of confounding, and of several divergences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from textwrap import fill
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from kullback._plotting import new_axes
from kullback._typing import ArrayLike, FloatArray
from kullback.bounds._causal import CausalBounds
from kullback.bounds._display import (
    ENDS,
    MARK,
    crossing,
    finish,
    limits_label,
    mark_crossed,
    mark_null,
    null_of,
    units_label,
)
from kullback.bounds._search import BreakdownValue
from kullback.bounds._specification import require_support
from kullback.exceptions import InputError

__all__ = ["DivergenceDisplay", "FrontierDisplay"]

TOP_ODDS_RATIO = 20.0
"""A frontier goes no further of itself."""

TICKS = (
    (1, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.8, 2),
    (1, 1.25, 1.5, 2, 2.5, 3, 4, 5),
    (1, 1.5, 2, 3, 5, 7, 10, 20),
)
"""Round odds ratios, few enough to be read."""

NAME = 28
"""Characters of a line of a name beside the axes."""

BALLS = ("worst_case", "chi2", "kl", "hellinger", "js", "tv")


class FrontierDisplay:
    """Bounds and limits over the odds ratio of confounding, and where they come to hold a null.

    Parameters
    ----------
    frame : pandas.DataFrame
        As :meth:`CausalBounds.sensitivity_frontier` returns it.
    breakdown : BreakdownValue or None
    target : str
    confidence_level : float
    outcome : str, optional
        Its name, on the axis.

    Examples
    --------
    >>> from kullback.bounds import CausalBounds, FrontierDisplay
    >>> from kullback.datasets import make_confounded
    >>> data = make_confounded(300, random_state=0)
    >>> bounds = CausalBounds(odds_ratio_bound=1.0, cv=2, random_state=0)
    >>> bounds = bounds.fit(data.X, data.outcome, treatment=data.treatment)
    >>> FrontierDisplay.from_estimator(bounds, [1, 1.5, 2]).plot().ax_.get_xlabel()
    'odds ratio of confounding'
    """

    def __init__(
        self,
        *,
        frame: Any,
        breakdown: BreakdownValue | None,
        target: str,
        confidence_level: float,
        outcome: str | None = None,
    ) -> None:
        self.frame = frame
        self.breakdown = breakdown
        self.target = target
        self.confidence_level = confidence_level
        self.outcome = outcome

    @classmethod
    def from_estimator(
        cls,
        estimator: CausalBounds,
        odds_ratios: ArrayLike | None = None,
        *,
        null: float | None = None,
        confidence_level: float = 0.95,
        outcome: str | None = None,
    ) -> FrontierDisplay:
        """Compute the display.

        Parameters
        ----------
        estimator : CausalBounds
            Fitted.
        odds_ratios : (k,) array-like, optional
            By default 15 from 1 to half as much again as the breakdown value, at least 2 and at most 20.
        null : float, optional
            By default 0 for effects; without one a mean has no breakdown value.
        confidence_level : float
        outcome : str, optional
            Its name, on the axis.

        Raises
        ------
        InputError
            As :meth:`CausalBounds.sensitivity_frontier`.
        """
        check_is_fitted(estimator, "levels_")
        null = null_of(estimator) if null is None else null
        breakdown = None if null is None else estimator.breakdown_value(null, confidence_level)
        if odds_ratios is None:
            odds_ratios = np.geomspace(1, _last_odds_ratio(breakdown), 15)
        return cls(
            frame=estimator.sensitivity_frontier(odds_ratios, confidence_level).sort_index(),
            breakdown=breakdown,
            target=f"{estimator._contrast.target} under odds ratios of confounding{_kept(estimator)}",
            confidence_level=confidence_level,
            outcome=outcome,
        )

    def plot(self, ax: Any = None) -> FrontierDisplay:
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib Axes, optional

        Returns
        -------
        FrontierDisplay
            With `ax_`, `figure_`, `ribbon_`, `ends_` (lower, upper; a point where they were computed), `limits_`
            (likewise; none where ends cross), `crossed_` and `marks_`: where the limits and the bounds come to hold the
            null, if the frontier goes so far.
        """
        self.figure_, self.ax_ = new_axes(ax, figsize=(6.4, 4.4))
        frame, at = self.frame, self.frame.index.to_numpy(dtype=float)
        self.ax_.set_xscale("log")
        ends = frame[["lower", "upper"]].to_numpy().T
        sure = ~crossing(*ends)
        self.ribbon_ = self.ax_.fill_between(at, *ends, where=sure, color=ENDS, alpha=0.15, linewidth=0)
        self.ends_ = tuple(
            self.ax_.plot(at, frame[end], ".-", color=ENDS, linewidth=1.8, label=label)[0]
            for end, label in (("lower", "bounds"), ("upper", None))
        )
        self.limits_ = tuple(
            self.ax_.plot(at, frame[f"limit_{end}"].where(sure), "--", color=ENDS, linewidth=1, label=label)[0]
            for end, label in (("lower", limits_label(self.confidence_level)), ("upper", None))
        )
        self.crossed_ = mark_crossed(self.ax_.plot, at, *ends)
        self.marks_ = () if self.breakdown is None else self._mark(self.breakdown, float(at[0]), float(at[-1]))
        ticks = _odds_ticks(float(at[0]), float(at[-1]))
        self.ax_.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        self.ax_.set_xticks([], minor=True)
        self.ax_.set_xlabel("odds ratio of confounding")
        self.ax_.set_ylabel(units_label(self.outcome), parse_math=False)
        finish(self.ax_, self.target, grow=ax is None)
        return self

    def _mark(self, breakdown: BreakdownValue, first: float, last: float) -> tuple[Any, ...]:
        mark_null(self.ax_.axhline, breakdown.null)
        marks = []
        for value, what, shape in ((breakdown.limits, "limits", "s"), (breakdown.bounds, "bounds", "o")):
            inside = first <= value <= last
            told = f"{value:.3g}" if value < 1000 else f"{value:,.0f}"
            where = f"from {told}" if np.isfinite(value) else "nowhere"
            marks += self.ax_.plot(
                [value] if inside else [],
                [breakdown.null] if inside else [],
                shape,
                color=MARK,
                markersize=7,
                label=f"{breakdown.null:g} in {what} {where}",
                zorder=4,
            )
        return tuple(marks)


class DivergenceDisplay:
    """Average bounds of several divergences, or of several estimators, beside each other.

    Parameters
    ----------
    names : sequence of str
    bounds, limits : (k, 2) arrays
    target : str
    null : float or None
        Drawn as a line; 0 for an effect.
    confidence_level : float
    outcome : str, optional
        Its name, on the axis.

    Examples
    --------
    The balls hold the worst case, which is exact:

    >>> from kullback.bounds import CausalBounds, DivergenceDisplay
    >>> from kullback.datasets import make_confounded
    >>> data = make_confounded(300, random_state=0)
    >>> bounds = CausalBounds(outcome_bounds=(0, 1), cv=2, random_state=0)
    >>> bounds = bounds.fit(data.X, data.outcome, treatment=data.treatment)
    >>> display = DivergenceDisplay.from_estimator(bounds, ["worst_case", "chi2", "kl"])
    >>> (display.bounds[:, 1] - display.bounds[:, 0]).round(2)
    array([1.  , 1.04, 1.09])
    """

    def __init__(
        self,
        *,
        names: Sequence[str],
        bounds: FloatArray,
        limits: FloatArray,
        target: str,
        null: float | None,
        confidence_level: float,
        outcome: str | None = None,
    ) -> None:
        self.names = list(names)
        self.bounds = bounds
        self.limits = limits
        self.target = target
        self.null = null
        self.confidence_level = confidence_level
        self.outcome = outcome

    @classmethod
    def from_estimator(
        cls,
        estimator: CausalBounds,
        divergences: Sequence[Any] = BALLS,
        *,
        confidence_level: float = 0.95,
        outcome: str | None = None,
    ) -> DivergenceDisplay:
        """Compute the display of one fitted estimator, with each divergence in the place of its own.

        Parameters
        ----------
        estimator : CausalBounds
            Fitted. Its monotone assumptions stay; a sensitivity model does not.
        divergences : sequence of str or FDivergence
        confidence_level : float
        outcome : str, optional
            Its name, on the axis.

        Raises
        ------
        InputError
            If the outcome has no support, or the estimand is a CDF.
        """
        check_is_fitted(estimator, "levels_")
        estimator._require_contrast("DivergenceDisplay")
        if len(divergences) == 0:
            raise InputError("divergences must name one at least; an empty list came.")
        contrast, functional, sample = estimator._contrast, estimator._functional, estimator._sample
        fresh = replace(estimator._model, odds_ratio_bound=None, divergence_bound=None, radius_scale=1.0, kth=False)
        models = [replace(fresh, divergences=(divergence,)) for divergence in divergences]
        for model in models:
            require_support(model, functional, contrast, sample.rows.X)
        found = iter(sample.bounds([(model, functional, arm) for model in models for arm in contrast.bounded]))
        intervals = {}
        for divergence, model in zip(divergences, models, strict=True):
            ends = {arm: next(found) for arm in contrast.bounded}
            name = divergence if isinstance(divergence, str) else divergence.name
            intervals[name] = estimator._averages(model).contrast(contrast, functional, ends)
        estimator._flag_clipped(list(intervals.values()))
        kept = _kept(estimator).removeprefix(", ") or "no assumption on confounding"
        target = f"{contrast.target} under {kept}"
        return cls._of(intervals, target, null_of(estimator), confidence_level, outcome)

    @classmethod
    def from_estimators(
        cls, estimators: Mapping[str, CausalBounds], *, confidence_level: float = 0.95, outcome: str | None = None
    ) -> DivergenceDisplay:
        """Compute the display of several fitted estimators of one estimand.

        Parameters
        ----------
        estimators : mapping of names to CausalBounds
        confidence_level : float
        outcome : str, optional
            Its name, on the axis.

        Raises
        ------
        InputError
            If there is none, or they have different estimands.
        """
        for estimator in estimators.values():
            check_is_fitted(estimator, "levels_")
            estimator._require_contrast("DivergenceDisplay")
        targets = sorted({estimator._contrast.target for estimator in estimators.values()})
        if len(targets) != 1:
            raise InputError(f"estimators must bound one estimand; they bound: {', '.join(targets) or 'none'}.")
        null = null_of(next(iter(estimators.values())))
        intervals = {name: estimator.average_bounds() for name, estimator in estimators.items()}
        return cls._of(intervals, targets[0], null, confidence_level, outcome)

    @classmethod
    def _of(
        cls, intervals: Mapping[str, Any], target: str, null: float | None, confidence_level: float, outcome: str | None
    ) -> DivergenceDisplay:
        return cls(
            names=list(intervals),
            bounds=np.array([[found.lower.value[0], found.upper.value[0]] for found in intervals.values()]),
            limits=np.concatenate([found.conf_int(confidence_level) for found in intervals.values()]),
            target=target,
            null=null,
            confidence_level=confidence_level,
            outcome=outcome,
        )

    def plot(self, ax: Any = None) -> DivergenceDisplay:
        """Draw the display, the first on top.

        Parameters
        ----------
        ax : matplotlib Axes, optional

        Returns
        -------
        DivergenceDisplay
            With `ax_`, `figure_`, `bars_` (bounds), `ends_` (theirs, as a point has no bar), `lines_` (limits) and
            `crossed_`. Where ends cross there is neither bar nor limits.
        """
        names = [fill(name, NAME) for name in self.names]
        lines = sum(name.count("\n") for name in names)
        self.figure_, self.ax_ = new_axes(ax, figsize=(6.4, 1.6 + 0.35 * len(names) + 0.2 * lines))
        sure = ~crossing(*self.bounds.T)
        place = np.arange(len(self.names), dtype=np.float64)[::-1]
        mark_null(self.ax_.axvline, self.null)
        shown, at = self.bounds[sure], place[sure]
        self.bars_ = self.ax_.hlines(at, *shown.T, color=ENDS, linewidth=7, alpha=0.4, label="bounds")
        (self.ends_,) = self.ax_.plot(shown.T.ravel(), np.tile(at, 2), "|", color=ENDS, markersize=9)
        self.lines_ = self.ax_.hlines(
            at, *self.limits[sure].T, color=ENDS, linewidth=1.2, label=limits_label(self.confidence_level)
        )
        self.crossed_ = mark_crossed(lambda at, ends, *a, **k: self.ax_.plot(ends, at, *a, **k), place, *self.bounds.T)
        self.ax_.set_yticks(place, names, parse_math=False)
        self.ax_.set_ylim(-0.7, len(names) - 0.3)
        self.ax_.set_xlabel(units_label(self.outcome), parse_math=False)
        finish(self.ax_, self.target, grow=ax is None)
        return self


def _kept(estimator: CausalBounds) -> str:
    """Return the monotone assumptions, which stay, in words after a comma."""
    return "".join(f", {words}" for words in estimator._model.words().split(", ") if "monotone" in words)


def _last_odds_ratio(breakdown: BreakdownValue | None) -> float:
    if breakdown is None or np.isinf(breakdown.bounds):
        return 5.0
    return float(np.clip(1.5 * breakdown.bounds, 2.0, TOP_ODDS_RATIO))


def _odds_ticks(first: float, last: float) -> FloatArray:
    """Return the odds ratios to be named on the axis."""
    known = next((ticks for ticks in TICKS if last <= ticks[-1]), None)
    if known is None:
        return np.unique(np.geomspace(first, last, 6).round())
    chosen = np.array([tick for tick in known if first <= tick <= last])
    return chosen if chosen.size > 1 else np.unique([first, last])
