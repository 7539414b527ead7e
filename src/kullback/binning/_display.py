"""Pictures of bins and of information values."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
from scipy import special
from sklearn.utils.validation import check_is_fitted

from kullback._plotting import new_axes
from kullback._typing import FloatArray
from kullback.binning._class_table import ClassTable
from kullback.binning._number_table import NumberTable
from kullback.binning._table import BinningTable
from kullback.exceptions import InputError
from kullback.metrics import table_weights

__all__ = ["IVDisplay", "TargetDisplay", "WOEDisplay"]

LONGEST = 24
"""Characters of a bin's name that are shown."""

COLOURS = ("#1f4e79", "#b5541c", "#3c7a3c", "#7a4b9a", "#8a7a1f", "#a03060", "#2f7f86", "#555555")
"""Of the classes."""

MEASURED = {
    "binary": "information value (nats)",
    "multiclass": "information value, summed over classes (nats)",
    "continuous": "share of variance explained",
    "count": "divergence of events from exposure (nats)",
}
"""What an :class:`IVDisplay` shows, by the kind of target."""


class WOEDisplay:
    """Weight of evidence of each bin with its interval, over the share of rows.

    Parameters
    ----------
    feature : hashable
    labels : sequence of str
    woe : (bins,) array
        Or (bins, classes) of several classes.
    limits : (bins, 2) array
        Or (bins, classes, 2). NaN for a bin without rows.
    share : (bins,) array
        Share of the rows in each bin.
    confidence_level : float
    classes : sequence of str
        Names of several classes.

    Examples
    --------
    >>> import numpy as np
    >>> from kullback.binning import OptimalBinner, WOEDisplay
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(2000, 1))
    >>> y = rng.random(2000) < 1 / (1 + np.exp(2 - X[:, 0]))
    >>> binner = OptimalBinner(max_bins=3).fit(X, y)
    >>> WOEDisplay.from_estimator(binner, "x0").plot().ax_.get_ylabel()
    'weight of evidence, 95% limits'
    """

    def __init__(
        self,
        *,
        feature: Hashable,
        labels: Sequence[str],
        woe: FloatArray,
        limits: FloatArray,
        share: FloatArray,
        confidence_level: float,
        classes: Sequence[str] = (),
    ) -> None:
        self.feature = feature
        self.labels = list(labels)
        self.woe = woe
        self.limits = limits
        self.share = share
        self.confidence_level = confidence_level
        self.classes = list(classes)

    @classmethod
    def from_estimator(cls, binner: Any, feature: Hashable, *, confidence_level: float = 0.95) -> WOEDisplay:
        """Compute the display of one feature of a fitted binner.

        Parameters
        ----------
        binner : OptimalBinner
            Or what holds one as ``binner_``, as a Scorecard does.
        feature : hashable
        confidence_level : float

        Raises
        ------
        InputError
            If there is no binner, it has no such feature, or the target is of numbers.
        """
        binner = _fitted_binner(binner)
        _require_features(binner, [feature])
        table = binner.tables_[feature]
        if isinstance(table, NumberTable):
            raise InputError("Weights of evidence are of classes, and the target is of numbers. Use TargetDisplay.")
        return cls(
            feature=feature,
            labels=table.labels,
            woe=table.woe,
            limits=_woe_limits(table, confidence_level),
            share=table.count / table.count.sum(),
            confidence_level=confidence_level,
            classes=list(map(str, table.classes)) if isinstance(table, ClassTable) else (),
        )

    def plot(self, ax: Any = None) -> WOEDisplay:
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib Axes, optional

        Returns
        -------
        WOEDisplay
            With `ax_`, `figure_`, `share_ax_`, `bars_` and `points_`, a list of them for several classes.
        """
        self.figure_, self.ax_ = new_axes(ax)
        self.share_ax_, self.bars_ = _draw_shares(self.ax_, self.share)
        self.ax_.axhline(0, color="#888888", linewidth=0.8)
        points = _draw_points(self.ax_, self.labels, self.woe, self.limits, self.classes)
        self.points_ = points if self.classes else points[0]
        self.ax_.set_ylabel(f"weight of evidence, {100 * self.confidence_level:g}% limits")
        told = "  (higher: the class is rarer)" if self.classes else "  (higher: lower risk)"
        self.ax_.set_title(f"{self.feature}{told}", fontsize=10, parse_math=False)
        return self


class TargetDisplay:
    """The target in each bin with its limits, over the share of rows: event rates, means, or rates of counts.

    Limits of rates of classes are Wilson's, with the effective rows where there are weights; those of means normal,
    and of rates of counts normal on the scale of their logarithms.

    Parameters
    ----------
    feature : hashable
    labels : sequence of str
    level : (bins,) array
        Or (bins, classes) of several classes.
    limits : (bins, 2) array
        Or (bins, classes, 2). NaN for a bin without rows.
    share : (bins,) array
        Share of the rows, or of exposure, in each bin.
    overall : float or sequence of float
        Of all rows.
    what : str
        What `level` is.
    confidence_level : float
    classes : sequence of str
        Names of several classes.

    Examples
    --------
    >>> import numpy as np
    >>> from kullback.binning import OptimalBinner, TargetDisplay
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(2000, 1))
    >>> binner = OptimalBinner(max_bins=3).fit(X, X[:, 0] + rng.normal(size=2000))
    >>> TargetDisplay.from_estimator(binner, "x0").plot().ax_.get_ylabel()
    'mean, 95% limits'
    """

    def __init__(
        self,
        *,
        feature: Hashable,
        labels: Sequence[str],
        level: FloatArray,
        limits: FloatArray,
        share: FloatArray,
        overall: Any,
        what: str,
        confidence_level: float,
        classes: Sequence[str] = (),
    ) -> None:
        self.feature = feature
        self.labels = list(labels)
        self.level = level
        self.limits = limits
        self.share = share
        self.overall = overall
        self.what = what
        self.confidence_level = confidence_level
        self.classes = list(classes)

    @classmethod
    def from_estimator(cls, binner: Any, feature: Hashable, *, confidence_level: float = 0.95) -> TargetDisplay:
        """Compute the display of one feature of a fitted binner.

        Parameters
        ----------
        binner : OptimalBinner
            Or what holds one as ``binner_``, as a Scorecard does.
        feature : hashable
        confidence_level : float

        Raises
        ------
        InputError
            If there is no binner, or it has no such feature.
        """
        binner = _fitted_binner(binner)
        _require_features(binner, [feature])
        table = binner.tables_[feature]
        if isinstance(table, NumberTable):
            what = "events per exposure" if table.target_type == "count" else "mean"
            level, overall, limits = table.mean, table.overall, _mean_limits(table, confidence_level)
        else:
            what = "share of the class" if isinstance(table, ClassTable) else "event rate"
            level, overall = table.event_rate, np.nansum(table.event_rate.T * table.count, axis=-1) / table.count.sum()
            limits = _rate_limits(table, confidence_level)
        return cls(
            feature=feature,
            labels=table.labels,
            level=level,
            limits=limits,
            share=table.count / table.count.sum(),
            overall=overall,
            what=what,
            confidence_level=confidence_level,
            classes=list(map(str, table.classes)) if isinstance(table, ClassTable) else (),
        )

    def plot(self, ax: Any = None) -> TargetDisplay:
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib Axes, optional

        Returns
        -------
        TargetDisplay
            With `ax_`, `figure_`, `share_ax_`, `bars_` and `points_`, a list of them for several classes.
        """
        self.figure_, self.ax_ = new_axes(ax)
        self.share_ax_, self.bars_ = _draw_shares(self.ax_, self.share)
        for position, overall in enumerate(np.atleast_1d(self.overall)):
            self.ax_.axhline(overall, color=COLOURS[position % len(COLOURS)], linewidth=0.8, linestyle=":")
        points = _draw_points(self.ax_, self.labels, self.level, self.limits, self.classes)
        self.points_ = points if self.classes else points[0]
        self.ax_.set_ylabel(f"{self.what}, {100 * self.confidence_level:g}% limits")
        self.ax_.set_title(f"{self.feature}  (dotted: all rows)", fontsize=10, parse_math=False)
        return self


class IVDisplay:
    """Information values of features with their intervals, greatest on top.

    Parameters
    ----------
    names : sequence of str
    value : (features,) array
    limits : (features, 2) array
    confidence_level : float
    what : str
        What `value` is.

    Examples
    --------
    >>> import numpy as np
    >>> from kullback.binning import OptimalBinner, IVDisplay
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(2000, 1))
    >>> y = rng.random(2000) < 1 / (1 + np.exp(2 - X[:, 0]))
    >>> binner = OptimalBinner(max_bins=3).fit(X, y)
    >>> IVDisplay.from_estimator(binner).value.round(2)
    array([0.62])
    """

    def __init__(
        self,
        *,
        names: Sequence[str],
        value: FloatArray,
        limits: FloatArray,
        confidence_level: float,
        what: str = "information value (nats)",
    ) -> None:
        self.names = list(names)
        self.value = value
        self.limits = limits
        self.confidence_level = confidence_level
        self.what = what

    @classmethod
    def from_estimator(
        cls, binner: Any, features: Sequence[Hashable] | None = None, *, confidence_level: float = 0.95
    ) -> IVDisplay:
        """Compute the display of a fitted binner: its cross-fitted information values, or what it explains.

        Parameters
        ----------
        binner : OptimalBinner
            Or what holds one as ``binner_``, as a Scorecard does.
        features : sequence of names, optional
            All features where None.
        confidence_level : float

        Raises
        ------
        InputError
            If there is no binner, or it has no such feature.
        """
        binner = _fitted_binner(binner)
        iv = binner.explained_ if hasattr(binner, "explained_") else binner.information_value_
        if features is not None:
            _require_features(binner, features)
            iv = iv[[list(binner.tables_).index(name) for name in features]]
        order = np.argsort(iv.value)
        return cls(
            names=[iv.names[i] for i in order],
            value=iv.value[order],
            limits=iv.conf_int(confidence_level)[order],
            confidence_level=confidence_level,
            what=MEASURED[binner.target_type_],
        )

    def plot(self, ax: Any = None) -> IVDisplay:
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib Axes, optional

        Returns
        -------
        IVDisplay
            With `ax_`, `figure_`, `lines_` and `points_`.
        """
        self.figure_, self.ax_ = new_axes(ax)
        place = np.arange(len(self.names))
        self.lines_ = self.ax_.hlines(place, self.limits[:, 0], self.limits[:, 1], color="#7f9db9", linewidth=2)
        (self.points_,) = self.ax_.plot(self.value, place, "o", color="#1f4e79", markersize=4)
        self.ax_.axvline(0, color="#888888", linewidth=0.8)
        self.ax_.set_yticks(place, self.names, fontsize=8, parse_math=False)
        self.ax_.set_ylim(-0.7, len(self.names) - 0.3)
        self.ax_.set_xlabel(f"{self.what}, cross-fitted, {100 * self.confidence_level:g}% limits")
        return self


def _draw_shares(ax: Any, share: FloatArray) -> tuple[Any, Any]:
    """Draw bars of the shares of rows behind what the axes will show."""
    share_ax = ax.twinx()
    bars = share_ax.bar(np.arange(share.size), share, width=0.7, color="#d9dee4", zorder=0)
    share_ax.set_ylabel("share of rows")
    highest = float(share.max())
    share_ax.set_ylim(0, 2.5 * highest)  # bars keep to the lower part, behind the points
    ticks = share_ax.get_yticks()
    share_ax.set_yticks(ticks[(ticks >= 0) & (ticks <= min(1.0, 1.1 * highest))])
    ax.set_zorder(share_ax.get_zorder() + 1)
    ax.patch.set_visible(False)
    return share_ax, bars


def _draw_points(
    ax: Any, labels: Sequence[str], value: FloatArray, limits: FloatArray, classes: Sequence[str]
) -> list[Any]:
    """Draw values with their limits, side by side where there are several classes, and name the bins."""
    columns = value.reshape(len(labels), -1).T
    ends = limits.reshape(len(labels), -1, 2).swapaxes(0, 1)
    place = np.arange(len(labels))
    points = []
    for position, (column, limit) in enumerate(zip(columns, ends, strict=True)):
        shift = 0.4 * (position - (len(columns) - 1) / 2) / len(columns)
        points.append(
            ax.errorbar(
                place + shift, column, yerr=np.nan_to_num(np.abs(limit.T - column)), fmt="o",
                color=COLOURS[position % len(COLOURS)], capsize=3, linewidth=1.2, markersize=4,
            )
        )  # fmt: skip
    if classes:
        ax.legend(points, classes, fontsize=8, frameon=False)
    names = [label if len(label) <= LONGEST else label[: LONGEST - 1] + "\u2026" for label in labels]
    ax.set_xticks(place, names, rotation=35, ha="right", fontsize=8, parse_math=False)
    return points


def _woe_limits(table: BinningTable | ClassTable, confidence_level: float) -> FloatArray:
    """Return (bins, 2) limits, or (bins, classes, 2); NaN for a bin without rows."""
    filled = table.count > 0
    if isinstance(table, BinningTable):
        limits = np.full((filled.size, 2), np.nan)
        limits[filled] = table.weight_of_evidence().conf_int(confidence_level)
        return limits
    limits = np.full((filled.size, table.classes.size, 2), np.nan)
    for position in range(table.classes.size):
        two = table.against_rest(position)
        part = type(two)(two.counts[filled], two.squares[filled])
        limits[filled, position] = table_weights(part).conf_int(confidence_level)
    return limits


def _rate_limits(table: BinningTable | ClassTable, confidence_level: float) -> FloatArray:
    """Return Wilson's limits of the event rates."""
    from statsmodels.stats.proportion import proportion_confint  # slow to load

    sums = table.contingency if isinstance(table, BinningTable) else table.sums
    filled = table.count > 0
    rows = np.square(table.count[filled]) / sums.squares[filled].sum(axis=1)
    rate = table.event_rate[filled]
    rows = rows.reshape(-1, *[1] * (rate.ndim - 1))
    limits = np.full((*table.event_rate.shape, 2), np.nan)
    limits[filled] = np.stack(proportion_confint(rate * rows, rows, 1 - confidence_level, "wilson"), axis=-1)
    return limits


def _mean_limits(table: NumberTable, confidence_level: float) -> FloatArray:
    half = special.ndtri(0.5 + confidence_level / 2) * table.standard_error
    mean = table.mean
    if table.target_type == "count":
        half = half / np.where(mean > 0, mean, np.nan)
        return np.column_stack([mean * np.exp(-half), mean * np.exp(half)])
    return np.column_stack([mean - half, mean + half])


def _fitted_binner(estimator: Any) -> Any:
    check_is_fitted(estimator)
    binner = getattr(estimator, "binner_", estimator)
    if not hasattr(binner, "tables_"):
        raise InputError(
            "The estimator must be a fitted OptimalBinner or Scorecard; "
            f"{type(estimator).__name__} came. Of a pipeline, pass the step that bins."
        )
    return binner


def _require_features(binner: Any, features: Sequence[Hashable]) -> None:
    for feature in features:
        if feature not in binner.tables_:
            raise InputError(
                f"{feature!r} is not a feature of the binner; there are: {', '.join(map(str, binner.tables_))}."
            )
