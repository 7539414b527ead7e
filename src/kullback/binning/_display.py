"""Pictures of bins and of information values."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from kullback._plotting import new_axes
from kullback._typing import FloatArray
from kullback.exceptions import InputError

__all__ = ["IVDisplay", "WOEDisplay"]

LONGEST = 24
"""Characters of a bin's name that are shown."""


class WOEDisplay:
    """Weight of evidence of each bin with its interval, over the share of rows.

    Parameters
    ----------
    feature : hashable
    labels : sequence of str
    woe : (bins,) array
    limits : (bins, 2) array
        NaN for a bin without rows.
    share : (bins,) array
        Share of the rows in each bin.
    confidence_level : float

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
    ) -> None:
        self.feature = feature
        self.labels = list(labels)
        self.woe = woe
        self.limits = limits
        self.share = share
        self.confidence_level = confidence_level

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
            If there is no binner, or it has no such feature.
        """
        binner = _fitted_binner(binner)
        _require_features(binner, [feature])
        table = binner.tables_[feature]
        limits = np.full((table.rule.n_bins, 2), np.nan)
        limits[table.count > 0] = table.weight_of_evidence().conf_int(confidence_level)
        return cls(
            feature=feature,
            labels=table.labels,
            woe=table.woe,
            limits=limits,
            share=table.count / table.count.sum(),
            confidence_level=confidence_level,
        )

    def plot(self, ax: Any = None) -> WOEDisplay:
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib Axes, optional

        Returns
        -------
        WOEDisplay
            With `ax_`, `figure_`, `share_ax_`, `bars_` and `points_`.
        """
        self.figure_, self.ax_ = new_axes(ax)
        place = np.arange(len(self.labels))
        self.share_ax_ = self.ax_.twinx()
        self.bars_ = self.share_ax_.bar(place, self.share, width=0.7, color="#d9dee4", zorder=0)
        self.share_ax_.set_ylabel("share of rows")
        highest = float(self.share.max())
        self.share_ax_.set_ylim(0, 2.5 * highest)  # bars keep to the lower part, behind the points
        ticks = self.share_ax_.get_yticks()
        self.share_ax_.set_yticks(ticks[(ticks >= 0) & (ticks <= min(1.0, 1.1 * highest))])
        self.ax_.set_zorder(self.share_ax_.get_zorder() + 1)
        self.ax_.patch.set_visible(False)
        self.ax_.axhline(0, color="#888888", linewidth=0.8)
        errors = np.nan_to_num(np.abs(self.limits.T - self.woe))
        self.points_ = self.ax_.errorbar(
            place, self.woe, yerr=errors, fmt="o", color="#1f4e79", capsize=3, linewidth=1.2, markersize=4
        )
        names = [label if len(label) <= LONGEST else label[: LONGEST - 1] + "\u2026" for label in self.labels]
        self.ax_.set_xticks(place, names, rotation=35, ha="right", fontsize=8, parse_math=False)
        self.ax_.set_ylabel(f"weight of evidence, {100 * self.confidence_level:g}% limits")
        self.ax_.set_title(f"{self.feature}  (higher: lower risk)", fontsize=10, parse_math=False)
        return self


class IVDisplay:
    """Information values of features with their intervals, greatest on top.

    Parameters
    ----------
    names : sequence of str
    value : (features,) array
    limits : (features, 2) array
    confidence_level : float

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

    def __init__(self, *, names: Sequence[str], value: FloatArray, limits: FloatArray, confidence_level: float) -> None:
        self.names = list(names)
        self.value = value
        self.limits = limits
        self.confidence_level = confidence_level

    @classmethod
    def from_estimator(
        cls, binner: Any, features: Sequence[Hashable] | None = None, *, confidence_level: float = 0.95
    ) -> IVDisplay:
        """Compute the display of a fitted binner: its cross-fitted information values.

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
        iv = binner.information_value_
        if features is not None:
            _require_features(binner, features)
            iv = iv[[list(binner.tables_).index(name) for name in features]]
        order = np.argsort(iv.value)
        return cls(
            names=[iv.names[i] for i in order],
            value=iv.value[order],
            limits=iv.conf_int(confidence_level)[order],
            confidence_level=confidence_level,
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
        self.ax_.set_xlabel(f"information value (nats), cross-fitted, {100 * self.confidence_level:g}% limits")
        return self


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
