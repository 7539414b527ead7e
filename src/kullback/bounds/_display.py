"""Pictures of bounds over the rows and of overlap, and the look that pictures of bounds share."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from numbers import Integral
from textwrap import fill
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from kullback._checks import check_lengths
from kullback._plotting import new_axes
from kullback._typing import BoolArray, FloatArray
from kullback.bounds._causal import ROUNDING, CausalBounds
from kullback.bounds._estimand import arm_position
from kullback.exceptions import InputError

__all__ = [
    "ENDS",
    "MARK",
    "BoundsDisplay",
    "OverlapDisplay",
    "crossing",
    "finish",
    "limits_label",
    "mark_crossed",
    "mark_null",
    "null_of",
    "units_label",
]

POINTS = 300
"""Rows at most whose own bounds are shown, spread over the covariate's order."""

WIDTH = 78
"""Characters of the legend's size that stand above axes of the usual width."""

LABEL = 40
"""Characters of a treatment's label in a picture, at most."""

LINE = 0.2
"""Inches of a line of the legend or of a name."""

ENDS, UPPER, MARK, GUIDE = "#0072B2", "#009E73", "#D55E00", "#7f7f7f"
ARMS = ("#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
"""Colours of Okabe and Ito, which the colour-blind tell apart, and a grey for guides."""


class BoundsDisplay:
    """Bounds over a covariate or the propensity: means in groups with limits, and those of single rows behind them.

    Parameters
    ----------
    by, target : str
        What they are shown over, and what is bounded under which assumption.
    rows : (points, 3) array
        Covariate, lower and upper bound of single rows, in the covariate's order: without limits.
    groups : pandas.DataFrame
        Covariate's mean, least and greatest ("at", "from", "to") and bounds with limits of each group, as
        :meth:`IntervalEstimate.to_frame` has them.
    null : float or None
        Drawn as a line; 0 for an effect.
    confidence_level : float
    outcome : str, optional
        Its name, on the axis.

    Examples
    --------
    >>> from kullback.bounds import BoundsDisplay, CausalBounds
    >>> from kullback.datasets import make_confounded
    >>> data = make_confounded(300, random_state=0)
    >>> bounds = CausalBounds(outcome_bounds=(0, 1), cv=2, random_state=0)
    >>> bounds = bounds.fit(data.X, data.outcome, treatment=data.treatment)
    >>> BoundsDisplay.from_estimator(bounds, data.X, "x0", bins=3).plot().ax_.get_xlabel()
    'x0'
    """

    def __init__(
        self,
        *,
        by: str,
        target: str,
        rows: FloatArray,
        groups: Any,
        null: float | None,
        confidence_level: float,
        outcome: str | None = None,
    ) -> None:
        self.by = by
        self.target = target
        self.rows = rows
        self.groups = groups
        self.null = null
        self.confidence_level = confidence_level
        self.outcome = outcome

    @classmethod
    def from_estimator(
        cls,
        estimator: CausalBounds,
        X: Any,
        by: Hashable = None,
        *,
        arm: Hashable = None,
        bins: int = 10,
        confidence_level: float = 0.95,
        outcome: str | None = None,
    ) -> BoundsDisplay:
        """Compute the display.

        Parameters
        ----------
        estimator : CausalBounds
            Fitted; for what :meth:`CausalBounds.gate` is for.
        X : (rows, features) array or dataframe
            The rows that `fit` saw, in their order.
        by : name or position of a covariate, optional
            By default the cross-fitted propensity of `arm`.
        arm : label, optional
            By default the first of the estimand's: of an effect the treated one.
        bins : int
            Groups of about as many rows each; a covariate of no more values than that has a group for each.
        confidence_level : float
            Of the limits for the parameter of each group by itself.
        outcome : str, optional
            Its name, on the axis.

        Raises
        ------
        InputError
            If `X` has other rows than `fit` saw or no such covariate, or the estimand has no bounds in groups.
        """
        check_is_fitted(estimator, "levels_")
        check_lengths(propensity=estimator.propensity_, X=X)
        check_bins(bins)
        name, values = _covariate(estimator, X, by, arm)
        group = _groups(values, bins)
        found = estimator.gate(group)
        groups = found.to_frame(confidence_level)
        parts = [values[group == g] for g in range(len(groups))]
        places = {"at": [p.mean() for p in parts], "from": [p.min() for p in parts], "to": [p.max() for p in parts]}
        groups = groups.assign(**places)[[*places, *groups.columns]]
        order = np.argsort(values, kind="stable")
        shown = order[np.linspace(0, order.size - 1, min(order.size, POINTS)).round().astype(np.int64)]
        ends = estimator.predict_bounds(X.iloc[shown] if hasattr(X, "iloc") else np.asarray(X)[shown])
        return cls(
            by=name,
            target=found.lower.target,
            rows=np.column_stack([values[shown], ends]),
            groups=groups,
            null=null_of(estimator),
            confidence_level=confidence_level,
            outcome=outcome,
        )

    def plot(self, ax: Any = None) -> BoundsDisplay:
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib Axes, optional

        Returns
        -------
        BoundsDisplay
            With `ax_`, `figure_`, `points_` (lower, upper; of single rows), `ribbons_`, `bars_` (of groups with one
            value of the covariate), `ends_` (lower, upper) and `limits_` (likewise) of groups; `crossed_` marks ends
            that cross, of groups and of rows. Groups whose ends cross have no ribbon, bar or limits.
        """
        self.figure_, self.ax_ = new_axes(ax, figsize=(6.4, 4.4))
        table, at = self.groups, self.groups["at"]
        mark_null(self.ax_.axhline, self.null)
        self._draw_rows()
        single = (table["from"] == table["to"]).to_numpy()
        over = crossing(table["lower"].to_numpy(), table["upper"].to_numpy())
        self.ribbons_ = tuple(
            self.ax_.fill_between([start, stop], lower, upper, color=ENDS, alpha=0.2, linewidth=1.5)
            for start, stop, lower, upper in table.loc[~single & ~over, ["from", "to", "lower", "upper"]].to_numpy()
        )
        alone = table[single & ~over]
        self.bars_ = self.ax_.vlines(alone["at"], alone["lower"], alone["upper"], color=ENDS, linewidth=12, alpha=0.3)
        (*self.ribbons_, self.bars_)[0].set_label("bounds, means of groups")
        self.ends_ = tuple(
            self.ax_.plot(at, table[end], mark, color=color, markersize=5, label=f"{end} ends")[0]
            for end, mark, color in (("lower", "v", ENDS), ("upper", "^", UPPER))
        )
        sure = table[~over]
        self.limits_ = tuple(
            self.ax_.vlines(
                sure["at"], sure[end], _drawn(sure[f"limit_{end}"]), color=color, linewidth=1.2, label=label
            )
            for end, color, label in (
                ("lower", ENDS, limits_label(self.confidence_level)),
                ("upper", UPPER, None),
            )
        )
        every = np.vstack([table[["at", "lower", "upper"]].to_numpy(), self.rows])
        self.crossed_ = mark_crossed(self.ax_.plot, *every.T)
        if single.all():
            self.ax_.set_xticks(at, [f"{value:g}" for value in at])
            self.ax_.margins(x=0.25)
        self.ax_.set_xlabel(fill(self.by, WIDTH), parse_math=False)
        self.ax_.set_ylabel(units_label(self.outcome), parse_math=False)
        finish(self.ax_, self.target, grow=ax is None)
        return self

    def _draw_rows(self) -> None:
        at, ends = self.rows[:, 0], self.rows[:, 1:].T
        labels = ("single rows, without limits", None)
        self.points_ = tuple(
            self.ax_.plot(at, end, ".", color=color, alpha=0.3, markersize=3, label=label)[0]
            for end, color, label in zip(ends, (ENDS, UPPER), labels, strict=True)
        )


class OverlapDisplay:
    """Histograms of the cross-fitted propensity of one treatment, among the rows of each.

    Parameters
    ----------
    arm : label
        Whose propensity it is.
    levels : sequence of labels
    edges : (bins + 1,) array
    shares : (treatments, bins) array
        Of the rows (or weights) of each treatment.

    Examples
    --------
    >>> from kullback.bounds import CausalBounds, OverlapDisplay
    >>> from kullback.datasets import make_confounded
    >>> data = make_confounded(300, random_state=0)
    >>> bounds = CausalBounds(outcome_bounds=(0, 1), cv=2, random_state=0)
    >>> bounds = bounds.fit(data.X, data.outcome, treatment=data.treatment)
    >>> OverlapDisplay.from_estimator(bounds, bins=20).plot().ax_.get_xlabel()
    'propensity of treatment 1'
    """

    def __init__(self, *, arm: Hashable, levels: Sequence[Hashable], edges: FloatArray, shares: FloatArray) -> None:
        self.arm = arm
        self.levels = list(levels)
        self.edges = edges
        self.shares = shares

    @classmethod
    def from_estimator(cls, estimator: CausalBounds, arm: Hashable = None, *, bins: int = 40) -> OverlapDisplay:
        """Compute the display.

        Parameters
        ----------
        estimator : CausalBounds
            Fitted.
        arm : label, optional
            By default the first of the estimand's: of an effect the treated one.
        bins : int
            Of equal width, from 0 to 1.

        Raises
        ------
        InputError
            If `arm` is no treatment.
        """
        check_is_fitted(estimator, "levels_")
        check_bins(bins)
        rows, levels = estimator._sample.rows, estimator.levels_.tolist()
        arm = _first_arm(estimator) if arm is None else arm
        propensity = estimator.propensity_[:, arm_position(arm, estimator.levels_)]
        weights = np.ones(len(rows)) if rows.weights is None else rows.weights
        edges = np.linspace(0, 1, bins + 1)
        inside = [rows.arm == position for position in range(len(levels))]
        counts = [np.histogram(propensity[rows_in], edges, weights=weights[rows_in])[0] for rows_in in inside]
        return cls(arm=arm, levels=levels, edges=edges, shares=np.array([count / count.sum() for count in counts]))

    def plot(self, ax: Any = None) -> OverlapDisplay:
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib Axes, optional

        Returns
        -------
        OverlapDisplay
            With `ax_` (the lowest axes), `axes_`, `figure_` and `steps_`, one a treatment. Of three treatments or more
            each has axes of its own, unless `ax` is given.
        """
        if ax is None and len(self.levels) > 2:
            self.figure_, self.axes_ = self._stacked()
        else:
            self.figure_, only = new_axes(ax, figsize=(6.4, 3.8))
            self.axes_ = (only,) * len(self.levels)
        self.ax_ = self.axes_[-1]
        self.steps_ = tuple(self._draw(i, axes) for i, axes in enumerate(self.axes_))
        self.ax_.set_xlabel(f"propensity of treatment {_shortened(str(self.arm), 50)}", parse_math=False)
        for axes in dict.fromkeys(self.axes_):
            axes.set(xlim=(0, 1), ylim=(0, None))
            finish(axes, None, grow=ax is None and len(self.levels) <= 2)
        if len(set(self.axes_)) > 1:
            self.figure_.supylabel("share of each treatment's rows in a bin (%)", fontsize=10)
        else:
            self.ax_.set_ylabel("share of each treatment's\nrows in a bin (%)")
        return self

    def _stacked(self) -> tuple[Any, tuple[Any, ...]]:
        """Return a figure with axes of one height for each treatment."""
        count = len(self.levels)
        figure, whole = new_axes(figsize=(6.4, 0.6 + 1.25 * count))
        whole.remove()
        return figure, tuple(figure.subplots(count, 1, sharex=True))

    def _draw(self, i: int, axes: Any) -> Any:
        share, color = 100 * self.shares[i], ARMS[i % len(ARMS)]
        axes.stairs(share, self.edges, fill=True, alpha=0.25, color=color, linewidth=0)
        label = f"rows with treatment {_shortened(str(self.levels[i]), LABEL)}"
        return axes.stairs(share, self.edges, color=color, linewidth=1.5, label=label)


def _first_arm(estimator: CausalBounds) -> Any:
    """Return the first treatment of the estimand: of an effect the treated one."""
    if estimator.estimand == "policy":
        return estimator.levels_[-1]
    return estimator.levels_[estimator._contrast.arms[0]]


def _shortened(label: str, most: int) -> str:
    """Return a label with its middle left out where it is long."""
    if len(label) <= most:
        return label
    return f"{label[: most // 2].rstrip()}\u2026{label[most // 2 + 1 - most :].lstrip()}"


def check_bins(bins: Any) -> None:
    """Raise unless there is a positive whole number of bins."""
    if not isinstance(bins, Integral) or isinstance(bins, bool) or bins < 1:
        raise InputError(f"bins must be a positive whole number; {bins!r} came.")


def _covariate(estimator: CausalBounds, X: Any, by: Hashable, arm: Hashable) -> tuple[str, FloatArray]:
    """Return the name and the (rows,) values of what bounds are shown over."""
    if by is None:
        arm = _first_arm(estimator) if arm is None else arm
        return f"propensity of treatment {arm}", estimator.propensity_[:, arm_position(arm, estimator.levels_)]
    names = list(getattr(estimator, "feature_names_in_", range(estimator.n_features_in_)))
    if by not in names:
        raise InputError(f"by must be a covariate of fit, {', '.join(map(str, names))}; {by!r} is not.")
    values = X[by] if hasattr(X, "iloc") else np.asarray(X)[:, names.index(by)]
    return str(by), np.asarray(values, dtype=np.float64)


def _groups(values: FloatArray, bins: int) -> Any:
    """Return the (rows,) number of each row's group, none of them empty."""
    distinct = np.unique(values)
    cuts = distinct[1:] if distinct.size <= bins else np.quantile(values, np.arange(1, bins) / bins)
    return np.unique(np.searchsorted(cuts, values, side="right"), return_inverse=True)[1]


def _drawn(limits: Any) -> Any:
    """Return limits with gaps where they are infinite, as of a group of one row whose outcome has no support."""
    return limits.where(np.isfinite(limits))


def null_of(estimator: CausalBounds) -> float | None:
    """Return 0 for an effect; a mean has no null of itself."""
    return 0.0 if estimator._contrast.is_effect else None


def mark_null(line: Any, null: float | None) -> None:
    """Draw a null, where there is one, with a method of the axes."""
    if null is not None:
        line(null, color=GUIDE, linewidth=1)


def limits_label(confidence_level: float) -> str:
    """Return what limits are called."""
    return f"{100 * confidence_level:g}% limits"


def units_label(outcome: str | None) -> str:
    """Return the label of an axis of bounds."""
    return "bounds (units of the outcome)" if outcome is None else f"bounds ({_shortened(outcome, LABEL)})"


def crossing(lower: FloatArray, upper: FloatArray) -> BoolArray:
    """Return where the lower end lies above the upper one by more than rounding."""
    return np.asarray(lower - upper > ROUNDING * (np.abs(lower) + np.abs(upper)))


def mark_crossed(plot: Any, at: FloatArray, lower: FloatArray, upper: FloatArray) -> Any:
    """Mark both ends where the lower lies above the upper by more than rounding.

    It is estimation error, or assumptions that contradict. `plot` takes places and ends.
    """
    over = crossing(lower, upper)
    (marks,) = plot(
        np.tile(at[over], 2),
        np.concatenate([lower[over], upper[over]]),
        "x",
        color=MARK,
        markersize=6,
        label="ends that cross" if over.any() else None,
        zorder=5,
    )
    return marks


def finish(ax: Any, title: str | None, *, grow: bool = False) -> None:
    """Take away the frame; name the artists above the axes, where nothing is drawn, and put the title above them.

    With `grow` the figure is made higher by what that takes, so that the axes keep their height.
    """
    ax.spines[["top", "right"]].set_visible(False)
    handles, labels = ax.get_legend_handles_labels()
    columns = _columns(labels)
    lines = -(-len(handles) // columns)
    heading = fill(title, 76) if title else ""
    legend = ax.legend(
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=columns,
        frameon=False,
        borderaxespad=0.2,
        columnspacing=1.2,
        fontsize=9,
    )
    for text in legend.get_texts():
        text.set_parse_math(False)
    if heading:
        ax.set_title(heading, fontsize=10, pad=8 + 16 * lines, loc="left", parse_math=False)
    if grow:
        ax.figure.set_figheight(ax.figure.get_figheight() + LINE * max(0, lines - 2 + heading.count("\n")))


def _columns(labels: Sequence[str]) -> int:
    """Return how many columns of names fit above the axes."""
    wanted = 3 if len(labels) in (3, 5, 6) else 2
    room = WIDTH // (max(map(len, labels), default=0) + 6)
    return max(1, min(wanted, room))
